"""The past, rebuilt from the audit events: it equals what was there, whoever looks and whatever happened."""

import asyncio
import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from store import health, moments
from store.audit import Progress
from store.board import figures_of, figures_of_day
from store.database import Database
from store.desk import Desk
from store.errors import NoSuchMoment, NotAllowed
from store.health import Difference
from store.keys import Keys
from store.rules.day_counts import DayCounter
from store.rules.person_state import PersonState
from store.rules.picture import Firm, Picture
from store.rules.replay import CHANGES, CHANGES_NOTHING, OF_A_CLOCK, TOLD_BY_NAME, Replay
from store.setup import initialise
from store.tables import EVENTS, MILESTONES, PARTICIPANTS, USERS
from store.views import Operator, Role, Standing
from tests.conftest import START, DeskOf, HeldClock
from tests.random_history import History
from tests.test_history_words import actions

OPERATIONS = Operator("operations", "operations", Role.OPERATIONS)
KEYS = Keys(bytes(range(32)))
DAY = timedelta(days=1)


def test_every_action_is_named_as_one_that_changes_a_picture_or_as_one_that_does_not() -> None:
    assert actions() - CHANGES - CHANGES_NOTHING == set()
    assert CHANGES.isdisjoint(CHANGES_NOTHING)


@pytest.fixture(scope="module")
def lived(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """A desk with a short past, and when that ends."""
    path = tmp_path_factory.mktemp("lived") / "desk.db"
    shutil.copyfile(sqlite_template, path)
    clock = HeldClock()

    async def live() -> None:
        database = Database(f"sqlite:///{path}")
        history = History(database, clock, KEYS, Random(3))
        await history.begin()
        for _step in range(60):
            await history.step()
        await database.close()

    asyncio.run(live())
    return path, clock.now()


@pytest.fixture
def keys() -> Keys:
    return KEYS


@pytest.fixture
def database_url(lived: tuple[Path, datetime], tmp_path: Path) -> str:
    """That desk's database, to do with as one likes."""
    path = tmp_path / "desk.db"
    shutil.copyfile(lived[0], path)
    return f"sqlite:///{path}"


@pytest.fixture
def ended(lived: tuple[Path, datetime], clock: HeldClock) -> datetime:
    """The clock stands where that past ended."""
    clock.moment = lived[1]
    return lived[1]


def counted(picture: Picture, participant_id: str | None = None) -> dict[Standing, int]:
    standings = Counter(
        person.standing(picture.as_of)
        for person in picture.people
        if participant_id in (None, person.participant_id)
    )
    return {standing: standings[standing] for standing in Standing}


async def test_each_day_counts_what_its_last_moment_shows(desk_of: DeskOf, ended: datetime) -> None:
    desk = desk_of(Role.OPERATIONS)
    first, today = date(2023, 2, 4), (ended + timedelta(hours=8)).date()
    days = await desk.moments.daily(first, today + 5 * DAY)
    assert [day.day for day in days] == [first + DAY * number for number in range((today - first).days + 1)]
    assert set(days[0].standing.values()) == {0}
    assert days[0].by_participant == {}
    assert days[-1].moment == ended
    assert days[-2].moment == datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(
        hours=8, microseconds=1
    )
    for day in days[2:]:
        picture = await desk.moments.at(day.moment)
        assert day.standing == counted(picture)
        assert figures_of_day(day) == figures_of(picture)
        told = {key: firm.standing for key, firm in day.by_participant.items()}
        assert told == {key: Counter(counted(picture, key)) for key in picture.firms}
    assert len({tuple(day.standing.values()) for day in days}) > 5
    assert await desk.moments.daily(today, first) == ()
    assert await desk.moments.daily(today + DAY, today + DAY) == ()


def test_days_share_the_figures_of_participants_in_which_nobody_moved() -> None:
    replay = Replay(())
    replay.firms = {key: Firm(key, key) for key in ("CP1", "CP2")}
    counter = DayCounter(replay)
    mover, stayer = PersonState("U1", "CP1"), PersonState("U2", "CP2")
    counter.note(1, mover)
    counter.note(2, stayer)
    first, second = (counter.counts(START.date(), START + number * DAY) for number in range(2))
    mover.has_active = True
    counter.note(1, mover)
    counter.note(2, stayer)
    third = counter.counts(START.date(), START + 2 * DAY)
    assert second.by_participant is first.by_participant
    assert third.by_participant["CP2"] is first.by_participant["CP2"]
    missing = [day.by_participant["CP1"].standing[Standing.NO_EMAIL] for day in (first, second, third)]
    assert missing == [1, 1, 0]
    replay.firms["CP2"] = Firm("CP2", "Renamed")
    fourth = counter.counts(START.date(), START + 3 * DAY)
    assert fourth.by_participant["CP2"].name == "Renamed"
    assert fourth.by_participant["CP1"] is third.by_participant["CP1"]


def test_a_proposal_and_a_code_that_run_out_are_counted_without_an_event() -> None:
    replay = Replay(())
    replay.firms = {"CP1": Firm("CP1", "One")}
    counter = DayCounter(replay)
    waits = PersonState("U1", "CP1", has_active=True, proposal_expires_at=START + DAY)
    coded = PersonState("U2", "CP1", has_pending=True, code_expires_at=START + 2 * DAY)
    both = PersonState(
        "U3", "CP1", has_pending=True, code_expires_at=START + DAY, proposal_expires_at=START + 3 * DAY
    )
    for number, person in enumerate((waits, coded, both)):
        counter.note(number, person)
    days = [counter.counts(START.date(), START + number * DAY) for number in range(4)]
    assert [day.approvals for day in days] == [2, 1, 1, 0]
    assert [day.standing[Standing.UNVERIFIED] for day in days] == [2, 1, 0, 0]
    assert [day.standing[Standing.CODE_EXPIRED] for day in days] == [0, 1, 2, 2]
    assert {day.users for day in days} == {3}


@pytest.mark.parametrize("action", sorted(TOLD_BY_NAME))
def test_of_what_the_name_alone_tells_plain_facts_change_nothing(action: str) -> None:
    facts = {"method": "app", "expires_at": START.isoformat(), "drift_seconds": 9, "changed": "kind"}
    states = []
    for plain in ({}, facts):
        replay = Replay(())
        replay.take("user.imported", START, "CP1", 1, {"user_id": "U1", "pending": True})
        replay.take("user.enrolled", START, "CP1", 1, {"method": "app", "drift_seconds": 3})
        replay.take(action, START, "CP1", 1, plain)
        states.append(replay.people[1])
    assert states[0] == states[1]


@pytest.mark.parametrize("action", sorted(OF_A_CLOCK))
def test_what_tells_of_a_clock_changes_nothing_where_it_tells_nothing(action: str) -> None:
    replay = Replay(())
    replay.take("user.imported", START, "CP1", 1, {"user_id": "U1"})
    before = replace(replay.people[1])
    replay.take(action, START, "CP1", 1, {"method": "email"})
    assert replay.people[1] == before
    replay.take(action, START, "CP1", 1, {"drift_seconds": 4})
    assert replay.people[1].drift_seconds == 4


async def test_a_delegated_administrator_sees_the_past_of_their_own_participant_alone(
    desk_of: DeskOf, ended: datetime
) -> None:
    whole = await desk_of(Role.OPERATIONS).moments.at(ended)
    theirs = desk_of(Role.DA_MAKER, "CP2")
    assert await theirs.moments.at(ended) == whole.within(["CP2"])
    assert {row.participant_id for row in await theirs.moments.roster(ended)} == {"CP2"}
    (day,) = await theirs.moments.daily(ended.date(), ended.date())
    assert set(day.by_participant) == {"CP2"}
    assert day.standing == counted(whole, "CP2")
    assert figures_of_day(day) == figures_of(whole.within(["CP2"]))
    hotline = desk_of(Role.HELPDESK)
    assert await hotline.moments.at(ended) == whole
    with pytest.raises(NotAllowed):
        await hotline.moments.roster(ended)


async def test_how_far_a_long_log_was_followed_is_told(
    desk_of: DeskOf, ended: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moments, "CHUNK", 10)
    monkeypatch.setattr(health, "CHUNK", 10)
    desk, told = desk_of(Role.OPERATIONS), list[tuple[int, int]]()

    def progress(done: int, events: int) -> None:
        told.append((done, events))

    async def daily(progress: Progress) -> object:
        return await desk.moments.daily(date(2023, 2, 4), ended.date(), progress)

    for follow in (lambda told: desk.moments.at(ended, told), daily, desk.health.past):
        told.clear()
        assert await follow(progress) == await follow(lambda _done, _events: None)
        assert len(told) > 5
        assert told == sorted(told)
        assert {done <= events for done, events in told} == {True}
    told.clear()
    verdict = await desk.health.log(None, progress)
    assert told[-1] == (verdict.events, verdict.events)


async def test_a_moment_before_the_log_or_to_come_is_refused_with_its_bounds(
    desk_of: DeskOf, ended: datetime
) -> None:
    moments = desk_of(Role.OPERATIONS).moments
    with pytest.raises(NoSuchMoment) as caught:
        await moments.at(START - timedelta(microseconds=1))
    assert (caught.value.why, caught.value.began) == ("before", START)
    with pytest.raises(NoSuchMoment) as caught:
        await moments.roster(ended + timedelta(microseconds=1))
    assert caught.value.why == "to come"
    assert len((await moments.at(START)).people) == 18


async def test_a_log_that_holds_nothing_says_so(sqlite_url: str, clock: HeldClock, keys: Keys) -> None:
    database = Database(sqlite_url)
    desk = Desk(database, clock, keys, OPERATIONS)
    with pytest.raises(NoSuchMoment) as caught:
        await desk.moments.at(clock.now())
    assert caught.value.began is None
    (day,) = await desk.moments.daily(clock.now().date(), clock.now().date())
    assert set(day.standing.values()) == {0}
    await initialise(database, clock, keys, "ops1", "Operations One")
    assert len((await desk.moments.at(clock.now())).milestones) == 8
    assert await desk.health.past() is None
    await database.close()


async def test_what_was_erased_from_the_log_is_unknown_and_all_else_is_as_it_was(
    database: Database, desk_of: DeskOf, ended: datetime
) -> None:
    desk = desk_of(Role.OPERATIONS)
    before = await desk.moments.at(ended)
    async with database.writing() as connection:
        await connection.execute(EVENTS.update().values(personal=None, salt=None))
    after = await desk.moments.at(ended)
    assert {person.user_name for person in after.people} == {""}
    assert [person.progress for person in after.people] == [person.progress for person in before.people]
    assert {row.email for row in await desk.moments.roster(ended)} == {""}
    assert await desk.health.past() is None


@pytest.mark.parametrize(
    "facts",
    [
        '{"user_id"',
        "[1, 2]",
        "7",
        "null",
        '{"milestone_id": "user-email", "earliest": 3, "begun_at": [], "status": "so-so"}',
        '{"kind": {}, "user_id": 5, "expires_at": 7, "name": 8, "changed": 9, "drift_seconds": "x"}',
    ],
)
async def test_a_log_that_somebody_bent_is_still_read(
    database: Database, desk_of: DeskOf, ended: datetime, facts: str
) -> None:
    async with database.writing() as connection:
        await connection.execute(EVENTS.update().values(facts=facts))
    desk = desk_of(Role.OPERATIONS)
    await desk.moments.at(ended)
    await desk.moments.roster(ended)
    await desk.moments.daily(ended.date(), ended.date())
    assert await desk.health.past() is not None
    assert not (await desk.health.log(None)).ok


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            USERS.update().where(USERS.c.user_id == "CP2U3").values(locked=True, language="ja"),
            Difference("user", "CP2U3", ("language", "locked")),
        ),
        (
            PARTICIPANTS.update().where(PARTICIPANTS.c.participant_id == "CP3").values(name="Another"),
            Difference("participant", "CP3", ("name",)),
        ),
        (
            MILESTONES.update().where(MILESTONES.c.milestone_id == "parallel-end").values(begun_at=START),
            Difference("milestone", "parallel-end", ("begun_at",)),
        ),
        (
            EVENTS.delete().where(EVENTS.c.action == "user.imported", EVENTS.c.user_pk == 5),
            Difference("user", "CP1U4", only_in="tables"),
        ),
        (
            EVENTS.update().where(EVENTS.c.action == "user.imported").values(user_pk=EVENTS.c.user_pk + 1),
            Difference("user", "CP1U0", only_in="tables"),
        ),
    ],
)
async def test_what_was_written_past_the_desk_is_named(
    database: Database, desk_of: DeskOf, ended: datetime, change: Any, difference: Difference
) -> None:
    desk = desk_of(Role.OPERATIONS)
    assert await desk.health.past() is None
    async with database.writing() as connection:
        await connection.execute(change)
    assert await desk.health.past() == difference


def test_what_the_log_never_told_or_does_not_tell_any_more_is_no_difference() -> None:
    kept = PersonState("U1", "CP1", "CHAN", has_active=True, active_email="a@b.hk", drift_seconds=30)
    assert PersonState("U1", "CP1", has_active=True).differences(kept) == ()
    assert PersonState("U1", "CP1", drift_seconds=0).differences(kept) == (
        "active_email",
        "has_active",
        "drift_seconds",
    )
