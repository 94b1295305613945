"""What takes two people of operations: proposed with the simulation in view, approved by another, or not."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from store import setup
from store.audit_rows import facts_of
from store.database import Database
from store.desk import Desk
from store.errors import (
    AlreadyProposed,
    Conflict,
    LookAgain,
    NotAllowed,
    NotFound,
    NotNow,
    OwnPhaseChange,
    PhaseVoided,
    ReasonNeeded,
    StoreError,
)
from store.keys import Keys
from store.phase_change_rows import PHASE_CHANGE_LIFETIME
from store.rules.cutover import Simulation
from store.rules.foreseen import figures
from store.schedule_views import PhaseChangeRow, ScheduleChange
from store.tables import EVENTS, MAILS, PHASE_CHANGES, USERS, Milestone
from store.views import Kind, MilestoneRow, MilestoneStatus, Operator, Phase, Role
from tests.conftest import DeskOf, HeldClock, Roster, waits_for_a_lock
from tests.test_registrations import everything

START = "parallel-start"


@pytest.fixture(autouse=True)
async def before_the_parallel_run(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> None:
    """All before the parallel run has begun; of the participant's four, one has a smartcard, one both."""
    await setup.initialise(database, clock, keys, "amy", "Operations One")
    async with database.writing() as connection:
        these = Milestone.milestone_id.in_(["da-email", "connectivity"])  # type: ignore[attr-defined]
        await connection.execute(update(Milestone).where(these).values(begun_at=clock.now()))
    await roster.participant("CP1")
    await roster.user("CP1", "CARD only", smartcard_serial="S1")
    await roster.user("CP1", "NOTHING at all")
    ready = {"active": "maker@cp1.example", "verified_at": clock.now(), "password_set_at": clock.now()}
    await roster.user(
        "CP1", "MAKER", kind=Kind.DA_MAKER, smartcard_serial="S2", enrolled_at=clock.now(), **ready
    )
    await roster.user("CP1", "CHECKER", kind=Kind.DA_CHECKER, smartcard_serial="S3")


@pytest.fixture
def amy(desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS, operator_id="amy")


@pytest.fixture
def ben(desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS, operator_id="ben")


async def find(desk: Desk, milestone_id: str) -> MilestoneRow:
    return next(row for row in await desk.schedule.milestones() if row.milestone_id == milestone_id)


async def propose(desk: Desk, milestone_id: str = START) -> PhaseChangeRow:
    """Propose it as it is, with what is foreseen now."""
    row, shown = await find(desk, milestone_id), await desk.phase_changes.foresee(milestone_id)
    return await desk.phase_changes.propose(milestone_id, shown, version=row.version)


async def approve(desk: Desk, proposed: PhaseChangeRow) -> PhaseChangeRow:
    """Approve it, with what is foreseen now."""
    shown = await desk.phase_changes.foresee(proposed.milestone_id)
    return await desk.phase_changes.approve(proposed.change_id, proposed.digest, shown)


async def actions(database: Database) -> list[tuple[str, str, dict[str, Any]]]:
    """Action, operator and facts of the events since the first day."""
    query = select(EVENTS).order_by(EVENTS.c.event_id).offset(2)
    async with database.reading() as connection:
        found = await connection.execute(query)
        return [(row.action, row.operator_id, facts_of(row.facts, row.personal)) for row in found]


async def test_one_proposes_and_another_lets_it_begin(
    database: Database, clock: HeldClock, amy: Desk, ben: Desk
) -> None:
    proposed = await propose(amy)
    assert (proposed.state, proposed.proposed_by, proposed.expires_at) == (
        "open", "amy", clock.now() + PHASE_CHANGE_LIFETIME,
    )  # fmt: skip
    assert (await find(amy, START)).begun_at is None
    assert await ben.phase_changes.waiting() == (proposed,)
    clock.advance(timedelta(hours=2))
    approved = await approve(ben, proposed)
    assert (approved.state, approved.decided_by, approved.decided_at) == ("approved", "ben", clock.now())
    begun = await find(amy, START)
    assert (begun.begun_at, begun.status, begun.version) == (clock.now(), MilestoneStatus.CONFIRMED, 2)
    assert await amy.schedule.phase() is Phase.PARALLEL_RUN
    assert await amy.phase_changes.waiting() == ()
    (past,) = await amy.phase_changes.past(START)
    assert (past.state, past.decided_by) == ("approved", "ben")
    assert (await amy.schedule.revisions(START))[0].change is ScheduleChange.BEGUN
    first, second, third = await actions(database)
    assert [(action, who) for action, who, _facts in (first, second, third)] == [
        ("milestone.proposed", "amy"), ("milestone.approved", "ben"), ("milestone.begun", "ben"),
    ]  # fmt: skip
    assert second[2]["proposed_by"] == "amy"
    assert (third[2]["begun_at"], third[2]["status"]) == (clock.now().isoformat(), "confirmed")
    async with database.reading() as connection:
        mails = (await connection.execute(select(MAILS))).all()
    assert [(mail.to_email, mail.facts["change"]) for mail in mails] == [("maker@cp1.example", "begun")]


async def test_the_board_counts_what_waits_for_those_who_may_decide(
    amy: Desk, ben: Desk, desk_of: DeskOf, clock: HeldClock
) -> None:
    await propose(amy)
    assert (await ben.board.read()).phase_changes == 1
    assert (await desk_of(Role.HELPDESK).board.read()).phase_changes == 0
    clock.advance(PHASE_CHANGE_LIFETIME)
    assert (await ben.board.read()).phase_changes == 0


async def test_the_proposal_and_its_event_keep_what_the_simulation_said(
    database: Database, clock: HeldClock, amy: Desk, ben: Desk
) -> None:
    await approve(ben, await propose(amy))
    proposed = await propose(amy, "parallel-end")
    foreseen = proposed.figures
    assert (foreseen.users, foreseen.locked_out, foreseen.losing) == (4, 3, 2)
    assert (foreseen.losing_everyone, foreseen.cannot_repair) == (0, 1)
    assert foreseen.simulated_at == clock.now()
    simulation = await amy.cutover.simulate(Phase.TWO_FACTOR_ONLY)
    assert foreseen == figures(simulation)
    action, _who, facts = (await actions(database))[-1]
    assert (action, facts["locked_out"], facts["losing"], facts["simulation"]) == (
        "milestone.proposed", 3, 2, foreseen.digest,
    )  # fmt: skip


async def test_nobody_is_their_own_second_person(database: Database, amy: Desk, ben: Desk) -> None:
    proposed = await propose(amy)
    with pytest.raises(OwnPhaseChange):
        await approve(amy, proposed)
    assert (await find(amy, START)).begun_at is None
    action, who, facts = (await actions(database))[-1]
    assert (action, who, facts["why"], facts["permission"]) == (
        "refused", "amy", "own", "approve or reject a phase change",
    )  # fmt: skip
    assert (await approve(ben, proposed)).state == "approved"


async def test_a_rejection_needs_a_reason_which_is_kept(database: Database, amy: Desk, ben: Desk) -> None:
    proposed = await propose(amy)
    for nothing in ("", "  \n"):
        with pytest.raises(ReasonNeeded):
            await ben.phase_changes.reject(proposed.change_id, proposed.digest, nothing)
    await ben.phase_changes.reject(proposed.change_id, proposed.digest, " too many [/x] locked out ")
    (past,) = await amy.phase_changes.past(START)
    assert (past.state, past.decided_by, past.reason) == ("rejected", "ben", "too many [/x] locked out")
    assert (await actions(database))[-1][0] == "milestone.rejected"
    assert (await find(amy, START)).version == 1
    again = await propose(amy)
    assert await ben.phase_changes.waiting() == (again,)


async def test_who_proposed_it_may_take_it_back(database: Database, amy: Desk) -> None:
    proposed = await propose(amy)
    taken = await amy.phase_changes.reject(proposed.change_id, proposed.digest, "the wrong line")
    assert taken.state == "withdrawn"
    assert (await actions(database))[-1][0] == "milestone.withdrawn"
    assert await amy.phase_changes.waiting() == ()


async def test_a_decision_once_taken_stays(amy: Desk, ben: Desk, desk_of: DeskOf) -> None:
    proposed = await propose(amy)
    await ben.phase_changes.reject(proposed.change_id, proposed.digest, "not yet")
    cleo = desk_of(Role.OPERATIONS, operator_id="cleo")
    with pytest.raises(PhaseVoided) as refusal:
        await approve(cleo, proposed)
    assert (refusal.value.why, refusal.value.by) == ("decided", "ben")
    with pytest.raises(PhaseVoided):
        await cleo.phase_changes.reject(proposed.change_id, proposed.digest, "no")


async def test_after_seven_days_it_is_void_and_can_be_proposed_anew(
    database: Database, clock: HeldClock, amy: Desk, ben: Desk
) -> None:
    proposed = await propose(amy)
    clock.advance(PHASE_CHANGE_LIFETIME)
    assert await ben.phase_changes.waiting() == ()
    with pytest.raises(PhaseVoided) as refusal:
        await approve(ben, proposed)
    assert refusal.value.why == "expired"
    again = await propose(ben)
    assert await amy.phase_changes.waiting() == (again,)
    assert [row.state for row in await amy.phase_changes.past(START)] == ["expired"]
    assert ("milestone.voided", "expired") in {
        (action, facts.get("why")) for action, _who, facts in await actions(database)
    }


async def test_a_milestone_that_was_changed_voids_what_waits(
    database: Database, amy: Desk, ben: Desk
) -> None:
    proposed = await propose(amy)
    await ben.schedule.confirm(START, "SEOCH/030/2023", version=1)
    assert await amy.phase_changes.waiting() == ()
    with pytest.raises(PhaseVoided) as refusal:
        await approve(ben, proposed)
    assert refusal.value.why == "changed"
    assert [row.state for row in await amy.phase_changes.past(START)] == ["voided"]
    assert [action for action, _who, _facts in await actions(database)][:3] == [
        "milestone.proposed", "milestone.revised", "milestone.voided",
    ]  # fmt: skip


async def test_a_decision_is_on_exactly_what_was_proposed(database: Database, amy: Desk, ben: Desk) -> None:
    proposed = await propose(amy)
    async with database.writing() as connection:
        await connection.execute(update(PHASE_CHANGES).values(locked_out=0, losing=0))
    with pytest.raises(PhaseVoided) as refusal:
        await approve(ben, proposed)
    assert refusal.value.why == "changed"


async def test_what_a_disabled_operator_proposed_is_void(amy: Desk, ben: Desk, roster: Roster) -> None:
    await roster.operator("ben", Role.OPERATIONS)
    proposed = await propose(amy)
    await ben.operators.disable("amy", "left the firm")
    assert await ben.phase_changes.waiting() == ()
    with pytest.raises(PhaseVoided):
        await approve(ben, proposed)


async def test_what_is_approved_while_its_proposer_is_disabled_is_not_void(
    backend: str, database: Database, amy: Desk, ben: Desk, roster: Roster
) -> None:
    await roster.operator("ben", Role.OPERATIONS)
    await propose(amy)
    async with database.writing() as approving:
        await approving.execute(update(PHASE_CHANGES).values(state="approved"))
        disabling = asyncio.create_task(ben.operators.disable("amy", "left the firm"))
        while backend == "postgresql" and not await waits_for_a_lock(database):
            continue
    await disabling
    assert "milestone.voided" not in {action for action, _who, _facts in await actions(database)}
    assert [row.state for row in await ben.phase_changes.past(START)] == ["approved"]


async def test_more_locked_out_than_was_shown_asks_to_look_again(
    database: Database, amy: Desk, ben: Desk, roster: Roster
) -> None:
    row, shown = await find(amy, START), await amy.phase_changes.foresee(START)
    another = await roster.user("CP1", "LATER without anything")
    with pytest.raises(LookAgain) as refusal:
        await amy.phase_changes.propose(START, shown, version=row.version)
    assert refusal.value.newly == 1
    assert await amy.phase_changes.waiting() == ()
    proposed, shown = await propose(amy), await ben.phase_changes.foresee(START)
    await roster.user("CP1", "LATEST without anything")
    with pytest.raises(LookAgain):
        await ben.phase_changes.approve(proposed.change_id, proposed.digest, shown)
    async with database.writing() as connection:
        await connection.execute(
            update(USERS).where(USERS.c.user_id == another).values(smartcard_serial="S9")
        )
    assert (await approve(ben, proposed)).state == "approved"


async def test_fewer_locked_out_than_was_shown_is_no_hindrance(
    database: Database, amy: Desk, ben: Desk
) -> None:
    proposed, shown = await propose(amy), await ben.phase_changes.foresee(START)
    async with database.writing() as connection:
        await connection.execute(update(USERS).values(smartcard_serial="S"))
    approved = await ben.phase_changes.approve(proposed.change_id, proposed.digest, shown)
    assert approved.state == "approved"


async def test_a_simulation_of_another_phase_shows_nobody(amy: Desk) -> None:
    other = await amy.cutover.simulate(Phase.TWO_FACTOR_ONLY)
    with pytest.raises(LookAgain):
        await amy.phase_changes.propose(START, other, version=1)


async def test_the_parallel_run_ends_after_it_began_and_the_cards_go_last(amy: Desk, ben: Desk) -> None:
    for milestone_id, first in (
        ("parallel-end", "Commencement of parallel run"), ("decommission", "End of parallel run"),
    ):  # fmt: skip
        with pytest.raises(NotNow) as refusal:
            await propose(amy, milestone_id)
        assert (refusal.value.why, refusal.value.what) == ("comes first", first)
    for milestone_id in ("parallel-start", "parallel-end", "decommission"):
        await approve(ben, await propose(amy, milestone_id))
    assert await amy.schedule.phase() is Phase.TWO_FACTOR_ONLY


async def test_what_stood_open_is_not_begun_by_what_its_past_allowed(
    database: Database, amy: Desk, ben: Desk
) -> None:
    proposed = await propose(amy)
    async with database.writing() as connection:
        mine = Milestone.milestone_id == "connectivity"
        await connection.execute(update(Milestone).where(mine).values(begun_at=None))
    with pytest.raises(NotNow) as refusal:
        await approve(ben, proposed)
    assert refusal.value.why == "comes first"


async def test_what_takes_one_person_is_not_proposed(amy: Desk) -> None:
    with pytest.raises(NotNow) as refusal:
        await amy.phase_changes.foresee("briefing")
    assert refusal.value.why == "one person"


async def test_one_person_alone_still_begins_nothing(amy: Desk) -> None:
    with pytest.raises(NotNow) as refusal:
        await amy.schedule.declare_begun(START, version=1)
    assert refusal.value.why == "two people"


async def test_a_phase_change_that_there_is_not_is_not_found(amy: Desk) -> None:
    shown = await amy.phase_changes.foresee(START)
    with pytest.raises(NotFound):
        await amy.phase_changes.approve(77, "x", shown)
    with pytest.raises(NotFound):
        await amy.phase_changes.reject(77, "x", "no")


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER, Role.HELPDESK])
async def test_nobody_else_has_a_part_in_it(
    database: Database, desk_of: DeskOf, amy: Desk, role: Role
) -> None:
    desk = desk_of(role, None if role is Role.HELPDESK else "CP1")
    proposed, shown = await propose(amy), await amy.phase_changes.foresee(START)
    acts: list[Callable[[], Awaitable[Any]]] = [
        desk.phase_changes.waiting,
        lambda: desk.phase_changes.past(START),
        lambda: desk.phase_changes.propose(START, shown, version=1),
        lambda: desk.phase_changes.approve(proposed.change_id, proposed.digest, shown),
        lambda: desk.phase_changes.reject(proposed.change_id, proposed.digest, "no"),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            await act()
    assert await amy.phase_changes.waiting() == (proposed,)


Act = Callable[[Desk, Simulation, PhaseChangeRow | None], Awaitable[Any]]


async def at_once(
    url: str, clock: HeldClock, keys: Keys, proposed: PhaseChangeRow | None, acts: dict[str, Act]
) -> dict[str, StoreError | None]:
    """What each is told who acts at the same moment, from a process of their own."""

    async def attempt(name: str, act: Act) -> StoreError | None:
        own = Database(url)
        desk = Desk(own, clock, keys, Operator(name, name, Role.OPERATIONS))
        try:
            await act(desk, await desk.phase_changes.foresee(START), proposed)
        except StoreError as error:
            return error
        finally:
            await own.close()
        return None

    told = await asyncio.gather(*(attempt(name, act) for name, act in acts.items()))
    return dict(zip(acts, told, strict=True))


async def _propose(desk: Desk, shown: Simulation, _proposed: PhaseChangeRow | None) -> None:
    await desk.phase_changes.propose(START, shown, version=1)


async def _approve(desk: Desk, shown: Simulation, proposed: PhaseChangeRow | None) -> None:
    assert proposed
    await desk.phase_changes.approve(proposed.change_id, proposed.digest, shown)


async def _reject(desk: Desk, _shown: Simulation, proposed: PhaseChangeRow | None) -> None:
    assert proposed
    await desk.phase_changes.reject(proposed.change_id, proposed.digest, "not yet")


async def test_of_two_who_propose_at_once_one_is_told_of_the_other(
    database_url: str, clock: HeldClock, keys: Keys, amy: Desk
) -> None:
    outcomes = await at_once(database_url, clock, keys, None, {"ben": _propose, "cleo": _propose})
    (winner,) = [name for name, error in outcomes.items() if error is None]
    (error,) = filter(None, outcomes.values())
    assert isinstance(error, AlreadyProposed)
    assert (error.by, error.at) == (winner, clock.now())
    assert len(await amy.phase_changes.waiting()) == 1


@pytest.mark.parametrize("second", [_approve, _reject], ids=["approves", "rejects"])
async def test_of_two_who_decide_at_once_one_is_told_of_the_other(
    database_url: str, database: Database, clock: HeldClock, keys: Keys, amy: Desk, second: Act
) -> None:
    proposed = await propose(amy)
    outcomes = await at_once(database_url, clock, keys, proposed, {"ben": _approve, "cleo": second})
    (winner,) = [name for name, error in outcomes.items() if error is None]
    (error,) = filter(None, outcomes.values())
    assert isinstance(error, PhaseVoided)
    assert (error.why, error.by) == ("decided", winner)
    begun = [action for action, _who, _facts in await actions(database) if action == "milestone.begun"]
    assert len(begun) == (0 if second is _reject and winner == "cleo" else 1)
    assert await everything(database, Milestone)


async def test_who_is_overtaken_by_a_revision_is_told_by_whom(amy: Desk, ben: Desk) -> None:
    shown = await amy.phase_changes.foresee(START)
    await ben.schedule.confirm(START, "SEOCH/030/2023", version=1)
    with pytest.raises(Conflict) as refusal:
        await amy.phase_changes.propose(START, shown, version=1)
    assert (refusal.value.changed_by, refusal.value.identity) == ("ben", "Commencement of parallel run")
