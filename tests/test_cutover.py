"""The simulation on the roster: it agrees with explanations, keeps within scopes and refuses nonsense."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from store.access import Access
from store.clock import HONG_KONG
from store.database import Database
from store.desk import Desk
from store.enrolment_views import OtpMethod
from store.errors import BeforeRoster, CannotFollow
from store.keys import Keys
from store.pictures import live_picture
from store.rules.access import Method
from store.rules.cutover import Cause, LockedOut
from store.rules.cutover_changes import Changes, Freed, changes
from store.rules.explain import Explanation, Link
from store.rules.explain import obstacles as obstacles_of
from store.rules.picture import Picture
from store.setup import initialise
from store.tables import CREDENTIALS, CUTOVER_SIMULATIONS, EVENTS, USERS, Milestone
from store.views import Kind, Phase, Role
from tests.conftest import START, DeskOf, HeldClock, Roster
from tests.cutover_oracle import expected
from tests.test_cutover_rules import told

DAY = timedelta(days=1)
_KEYS = (USERS.c.pk, USERS.c.password_set_at)
OPENED: dict[Phase, tuple[str, ...]] = {
    Phase.USER_REGISTRATION: ("user-email",),
    Phase.PARALLEL_RUN: ("user-email", "da-email", "connectivity", "parallel-start"),
    Phase.TWO_FACTOR_ONLY: ("user-email", "da-email", "connectivity", "parallel-start", "parallel-end"),
}
FIRMS = {"ONE1": None, "TWO2": "sole proprietor (ops)", "THREE3": None}


@pytest.fixture(autouse=True)
async def schedule(database: Database, clock: HeldClock, keys: Keys) -> None:
    """The circular's schedule."""
    await initialise(database, clock, keys, "ops-1", "Operations One")


@pytest.fixture
def operations(desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS)


async def reach(database: Database, clock: HeldClock, phase: Phase) -> None:
    """Have the milestones begun that open `phase`."""
    wanted = Milestone.milestone_id.in_(OPENED[phase])  # type: ignore[attr-defined]
    async with database.writing() as connection:
        await connection.execute(update(Milestone).where(wanted).values(begun_at=clock.now()))


def columns(random: Random, now: datetime) -> dict[str, Any]:
    """A user at any point of the way: what stands later on it is there only after what stands before."""
    way = random.randint(0, 6)
    facts: dict[str, Any] = {
        "smartcard_serial": random.choice([None, "", "SC-1"]),
        "suspended": random.random() < 0.1,
        "locked": random.random() < 0.1,
        "undeliverable": way > 0 and random.random() < 0.25,
    }
    if way == 0:
        facts["proposal_expires_at"] = random.choice([None, now - DAY, now, now + DAY])
    if way == 1 or (way > 1 and random.random() < 0.3):
        expires = random.choice([now - DAY, now, now + DAY])
        facts |= {"pending": f"new{random.random()}@bank.example", "code_expires_at": expires}
    reached = ("active", "password_set_at", "enrolled_at", "proven_at")[: max(0, way - 1)]
    facts |= {name: now for name in reached if name != "active"}
    return facts | ({"active": f"a{random.random()}@bank.example"} if reached else {})


async def mixed_roster(roster: Roster, clock: HeldClock, seed: int, users: int = 60) -> None:
    """Three participants and `users` of them, at any point of the way."""
    random, now = Random(seed), clock.now()
    for name, waiver in FIRMS.items():
        await roster.participant(name, waiver=waiver)
    kinds = [Kind.USER, Kind.USER, Kind.DA_MAKER, Kind.DA_CHECKER]
    rows = [
        roster.row(random.choice(list(FIRMS)), kind=random.choice(kinds), **columns(random, now))
        for _user in range(users)
    ]
    await roster.insert(rows)
    async with roster.database.writing() as connection:
        table = await connection.execute(select(*_KEYS))
        credentials = [_credential(random, pk, now) for pk, password_set in table if password_set]
        await connection.execute(insert(CREDENTIALS), credentials)


def _credential(random: Random, pk: int, now: datetime) -> dict[str, Any]:
    method = random.choice([None, OtpMethod.APP.value, OtpMethod.EMAIL.value])
    drift = random.choice([None, 0, 30, -60, 90]) if method else None
    seen = random.choice([now, now - 6 * DAY, now - 7 * DAY, now - 8 * DAY]) if drift is not None else None
    return {"user_pk": pk, "otp_method": method, "drift_seconds": drift, "drift_seen_at": seen}


async def picture_of(desk: Desk) -> Picture:
    async with desk._context.reading() as connection:
        return await live_picture(desk._context, connection)


def first_of_their_own(explanation: Explanation, phase: Phase) -> Link:
    """Where in the chain, with `phase` reached, the first thing is that is the user's own."""
    programme = replace(explanation.facts.programme, phase=phase)
    found = obstacles_of(replace(explanation.facts, programme=programme))
    return next(each.link for each in found if each.link not in (Link.PHASE, Link.PARTICIPANT))


LINKS = {
    Cause.SUSPENDED: {Link.USER},
    Cause.LOCKED: {Link.LOCK},
    Cause.NO_PASSWORD: {Link.PASSWORD},
    Cause.NO_OTP: {Link.OTP},
    Cause.CLOCK_OFF: {Link.CLOCK},
}
"""Where an explanation has the cause; the others are of the address or of its mail."""


@pytest.mark.parametrize("phase", list(OPENED))
@pytest.mark.parametrize("seed", range(3))
async def test_simulation_of_the_present_agrees_with_every_users_explanation(
    operations: Desk, database: Database, roster: Roster, clock: HeldClock, phase: Phase, seed: int
) -> None:
    await mixed_roster(roster, clock, seed)
    await reach(database, clock, phase)
    simulation = await operations.cutover.simulate(phase)
    out = {each.user_id: each for each in simulation.locked_out}
    assert 0 < len(out) < simulation.users == 60
    for person in (await picture_of(operations)).people:
        explanation = await operations.access.explain(person.user_id)
        assert explanation.facts.access == person.access(clock.now())
        refusals = [explanation.refusal(method) for method in Method]
        assert (person.user_id in out) is all(refusals), person
        if person.user_id in out:
            assert out[person.user_id].refusal in refusals
            assert out[person.user_id].already
            assert_same_reason(out[person.user_id], explanation, phase)


def assert_same_reason(out: LockedOut, explanation: Explanation, phase: Phase) -> None:
    if out.reason is Cause.NO_SMARTCARD:
        assert not explanation.facts.smartcard
        return
    assert first_of_their_own(explanation, phase) in LINKS.get(out.reason, {Link.ADDRESS, Link.MAIL})


@pytest.mark.parametrize("seed", range(3))
async def test_simulation_of_the_next_phase_agrees_with_explanations_once_it_has_come(
    operations: Desk, database: Database, roster: Roster, clock: HeldClock, seed: int
) -> None:
    await mixed_roster(roster, clock, seed)
    await reach(database, clock, Phase.PARALLEL_RUN)
    before = await operations.cutover.simulate(Phase.TWO_FACTOR_ONLY)
    assert told(before) == expected(await picture_of(operations), Phase.TWO_FACTOR_ONLY, clock.now())
    can_today = [each.user_id for each in before.locked_out if await gets_in(operations.access, each.user_id)]
    assert [each.user_id for each in before.losing] == can_today != []
    await reach(database, clock, Phase.TWO_FACTOR_ONLY)
    for person in (await picture_of(operations)).people:
        out = person.user_id in {each.user_id for each in before.locked_out}
        assert await gets_in(operations.access, person.user_id) is not out


async def gets_in(access: Access, user_id: str) -> bool:
    explanation = await access.explain(user_id)
    return any(explanation.refusal(method) is None for method in Method)


async def test_delegated_administrator_learns_of_their_own_people_only(
    desk_of: DeskOf, operations: Desk, roster: Roster, clock: HeldClock
) -> None:
    await mixed_roster(roster, clock, seed=7)
    everyone = await operations.cutover.simulate()
    mine = await desk_of(Role.DA_MAKER, "ONE1").cutover.simulate()
    assert mine.locked_out == tuple(each for each in everyone.locked_out if each.participant_id == "ONE1")
    assert [firm.participant_id for firm in mine.firms] == ["ONE1"]
    assert (await desk_of(Role.HELPDESK).cutover.simulate()).locked_out == everyone.locked_out


async def test_next_simulation_tells_who_was_freed_and_who_came_to_be_locked_out(
    operations: Desk, desk_of: DeskOf, roster: Roster, clock: HeldClock
) -> None:
    await mixed_roster(roster, clock, seed=7)
    far = {"active": "x@bank.example", "password_set_at": clock.now(), "enrolled_at": clock.now()}
    freed = await roster.user("ONE1", locked=True, **far)
    caught = await roster.user("TWO2", **far)
    assert await operations.cutover.last(Phase.TWO_FACTOR_ONLY) is None
    await operations.cutover.keep(await operations.cutover.simulate())
    async with roster.database.writing() as connection:
        await connection.execute(update(USERS).where(USERS.c.user_id == freed).values(locked=False))
        await connection.execute(update(USERS).where(USERS.c.user_id == caught).values(suspended=True))
    clock.advance(DAY)
    told_of = await changes_of(operations)
    assert (told_of.kept_at, told_of.kept_by) == (START, "operations")
    assert [(each.user_id, each.reason) for each in told_of.added] == [(caught, Cause.SUSPENDED)]
    assert told_of.removed == (Freed(freed, "ONE1", "locked"),)
    assert (await changes_of(desk_of(Role.DA_MAKER, "ONE1"))).removed == told_of.removed
    assert (await changes_of(desk_of(Role.DA_MAKER, "THREE3"))).removed == ()


async def changes_of(desk: Desk) -> Changes:
    kept = await desk.cutover.last(Phase.TWO_FACTOR_ONLY)
    assert kept is not None
    return changes(kept, await desk.cutover.simulate())


async def test_only_the_newest_simulation_of_a_phase_is_kept_and_each_leaves_its_numbers(
    operations: Desk, roster: Roster, clock: HeldClock
) -> None:
    await mixed_roster(roster, clock, seed=7)
    for phase in (Phase.PARALLEL_RUN, Phase.TWO_FACTOR_ONLY, Phase.TWO_FACTOR_ONLY):
        clock.advance(DAY)
        await operations.cutover.keep(await operations.cutover.simulate(phase))
    async with roster.database.reading() as connection:
        kept = (await connection.execute(select(CUTOVER_SIMULATIONS))).all()
        facts = (await connection.execute(select(EVENTS.c.facts).order_by(EVENTS.c.event_id))).scalars().all()
    assert sorted((row.phase, row.kept_at) for row in kept) == [
        ("2FA only", START + 3 * DAY), ("parallel run", START + DAY),
    ]  # fmt: skip
    simulation = await operations.cutover.simulate()
    assert json.loads(facts[-1]) == {
        "phase": "2FA only",
        "at": (START + 3 * DAY).isoformat(),
        "users": 60,
        "locked_out": len(simulation.locked_out),
        "losing_everyone": len(simulation.losing_everyone),
        "without_maker_or_checker": len(simulation.without_maker_or_checker),
    }


async def test_empty_roster_locks_nobody_out(operations: Desk) -> None:
    simulation = await operations.cutover.simulate(at=datetime(2000, 1, 1, tzinfo=HONG_KONG))
    assert (simulation.users, simulation.locked_out, simulation.firms) == (0, (), ())


async def test_day_before_the_roster_is_refused_and_its_first_day_is_not(
    operations: Desk, roster: Roster
) -> None:
    await roster.participant("ONE1")
    midnight = datetime(2023, 2, 6, tzinfo=HONG_KONG)
    assert (await operations.cutover.simulate(at=midnight)).at == midnight
    with pytest.raises(BeforeRoster) as caught:
        await operations.cutover.simulate(at=midnight - timedelta(minutes=1))
    assert caught.value.at == midnight - timedelta(minutes=1)


async def test_phase_that_has_passed_is_refused(
    operations: Desk, database: Database, clock: HeldClock
) -> None:
    await reach(database, clock, Phase.PARALLEL_RUN)
    with pytest.raises(CannotFollow) as caught:
        await operations.cutover.simulate(Phase.CONNECTIVITY_TEST)
    assert (caught.value.phase, caught.value.present) == ("connectivity test", "parallel run")
    assert (await operations.cutover.simulate(Phase.PARALLEL_RUN)).phase is Phase.PARALLEL_RUN
