"""The cut-over on the screen: what would happen, to whom, what changed, and good news where there is some."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from textual.events import Key
from textual.pilot import Pilot

from screens import cutover
from screens.cutover import CutoverScreen
from screens.cutover_date import CutoverDate
from screens.schedule import ScheduleScreen
from screens.user_card import UserCardScreen
from screens.why import WhyScreen
from store.cutover import Cutover
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.setup import initialise
from store.tables import CUTOVER_SIMULATIONS, EVENTS, USERS, Milestone
from store.views import Kind, Phase, Role
from tests.at_the_desk import HOSTILE, backend, opened, seen, shows, type_over, until
from tests.conftest import START, DeskOf, HeldClock, Roster

__all__ = ["backend"]

ENROLLED = {"active": "x@bank.example", "password_set_at": START, "enrolled_at": START}
SIZES = [(80, 24), (120, 40), (200, 60), (60, 15)]


@pytest.fixture
async def people(roster: Roster, keys: Keys) -> Roster:
    """P1 loses its only user of three, P2 loses everyone; one user of P2 cannot log on now either."""
    await initialise(roster.database, roster.clock, keys, "ops", "Ops")
    await roster.participant("P1", "Bright Wealth Securities")
    await roster.participant("P2", "金富證券有限公司")
    card = {"smartcard_serial": "S1"}
    await roster.insert(
        [
            roster.row("P1", "AU Maker", kind=Kind.DA_MAKER, **ENROLLED, **card),
            roster.row("P1", "CHAN Checker", kind=Kind.DA_CHECKER, **ENROLLED, **card),
            roster.row("P1", "FUNG Without", **card),
            roster.row("P2", "李小明", active="ming@gold.example", **card),
            roster.row("P2", "WONG Nothing"),
        ]
    )
    return roster


@pytest.fixture
def operations(people: Roster, desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS)


async def change(database: Database, user_id: str, **columns: Any) -> None:
    async with database.writing() as connection:
        await connection.execute(update(USERS).where(USERS.c.user_id == user_id).values(**columns))


async def enrol_everybody(database: Database) -> None:
    """Have everybody enrolled, and P2 with a maker and a checker."""
    async with database.writing() as connection:
        values = {"active_email": "x@b.hk", "active_canonical": "x@b.hk", "standing": "enrolled"}
        await connection.execute(update(USERS).values(**values, password_set_at=START, enrolled_at=START))
        for user_id, kind in (("P2U00004", Kind.DA_MAKER), ("P2U00005", Kind.DA_CHECKER)):
            mine = USERS.c.user_id == user_id
            await connection.execute(update(USERS).where(mine).values(kind=kind.value))


async def kept(database: Database) -> int:
    async with database.reading() as connection:
        simulated = EVENTS.c.action == "cutover.simulated"
        query = select(func.count()).select_from(EVENTS).where(simulated)
        return int((await connection.execute(query)).scalar_one())


def rows(pilot: Pilot[Any]) -> list[str]:
    """The lines of the list in front."""
    return [line for line in seen(pilot.app).splitlines()[8:-1] if line.strip()]


def first_row(pilot: Pilot[Any], *words: str) -> Callable[[], bool]:
    return lambda: bool(rows(pilot)) and all(word in rows(pilot)[0] for word in words)


async def test_key_on_the_schedule_shows_who_would_be_locked_out(operations: Desk) -> None:
    async with opened(operations, ScheduleScreen()) as pilot:
        await until(pilot, shows(pilot, "Connectivity test", "i Cut-over"))
        await pilot.press("i")
        await until(pilot, shows(pilot, "✗ 3 of 5 users locked out · 2FA only · 6 Feb 2023 09:30"))
        await until(
            pilot, shows(pilot, "2 lose by it the way in that they have now; 1 cannot log on now either.")
        )
        assert "1 participant loses everyone; 1 is without a working maker" in seen(pilot.app)
        await until(pilot, first_row(pilot, "P2", "金富證券有限公司", "2", "✗ loses everyone"))
        assert "Participants 2   Reasons 2   Users 3   Changes 0" in seen(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ScheduleScreen))


async def test_enter_goes_from_a_participant_to_its_users_to_a_card_and_esc_comes_back(
    operations: Desk,
) -> None:
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, first_row(pilot, "P2"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "only P2", "李小明"))
        assert [row for row in rows(pilot) if "FUNG" in row] == []
        assert "no password" in rows(pilot)[0]
        assert "can log on" in rows(pilot)[0]
        assert "cannot either" in rows(pilot)[1]
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, WhyScreen))
        await until(pilot, shows(pilot, "As if '2FA only' had been reached; all else as it is now."))
        assert "not open yet" not in seen(pilot.app)
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, CutoverScreen))
        await pilot.press("escape")
        await until(pilot, first_row(pilot, "P2", "loses everyone"))
        assert "only P2" not in seen(pilot.app)


async def test_users_of_a_participant_begin_at_the_top_and_the_participants_keep_their_cursor(
    operations: Desk,
) -> None:
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, first_row(pilot, "P2"))
        await pilot.press("v", "v", "end", "v", "v", "enter")
        await until(pilot, shows(pilot, "only P2", "李小明"))
        assert rows(pilot)[0].startswith("▌")
        await pilot.press("escape", "down", "enter")
        await until(pilot, shows(pilot, "only P1", "FUNG Without"))
        await pilot.press("escape")
        await until(pilot, lambda: "only P1" not in seen(pilot.app) and rows(pilot)[1].startswith("▌ P1"))


async def test_another_phase_or_day_begins_at_the_top(operations: Desk) -> None:
    async with opened(operations, CutoverScreen(cutover.Wanted(Phase.TWO_FACTOR_ONLY))) as pilot:
        await until(pilot, first_row(pilot, "P2"))
        await pilot.press("down")
        await until(pilot, lambda: rows(pilot)[1].startswith("▌"))
        await pilot.press("i")
        await until(pilot, lambda: not looking(pilot) and shows(pilot, "Nothing changed since")())
        assert rows(pilot)[1].startswith("▌")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, CutoverDate))
        await pilot.press(*"2023-06-30", "enter")
        await until(pilot, lambda: shows(pilot, "30 Jun 2023 00:00")() and rows(pilot)[0].startswith("▌"))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, CutoverDate))
        await pilot.press(*"2023-07-01", "enter")
        await until(pilot, shows(pilot, "1 Jul 2023 00:00"))


async def test_day_before_the_picture_says_what_is_of_that_day(
    operations: Desk, people: Roster, clock: HeldClock
) -> None:
    clock.advance(timedelta(days=3))
    wanted = cutover.Wanted(at=START + timedelta(days=1))
    async with opened(operations, CutoverScreen(wanted)) as pilot:
        await until(pilot, shows(pilot, "3 of 5 users locked out", "The roster is today's; only codes"))
        await until(pilot, shows(pilot, "ccms-tui simulate --as-of"))
        await pilot.press("d")
        await until(pilot, lambda: isinstance(pilot.app.screen, CutoverDate))
        await pilot.press("backspace", "enter")
        await until(pilot, lambda: not shows(pilot, "The roster is today's")())


async def test_what_helps_users_and_what_helps_administrators(operations: Desk, people: Roster) -> None:
    await people.insert(
        [
            people.row("P1", "WONG Maker", kind=Kind.DA_MAKER),
            people.row("P1", "LAU Locked", kind=Kind.DA_MAKER, locked=True, **ENROLLED),
        ]
    )
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, first_row(pilot, "P2"))
        await pilot.press("v")
        await until(pilot, first_row(pilot, "○ no email", "2: a maker; 1 DA: form DA 3"))
        assert any("locked" in row and "operations unlock them" in row for row in rows(pilot))


async def test_reasons_narrow_the_users_too(operations: Desk) -> None:
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, first_row(pilot, "P2"))
        await pilot.press("w")
        await until(pilot, shows(pilot, "Go to a user first"))
        await pilot.press("v")
        await until(pilot, first_row(pilot, "○ no email", "2", "1", "a maker registers an address"))
        await pilot.press("down", "enter")
        await until(pilot, shows(pilot, "only no password", "李小明"))
        assert len(rows(pilot)) == 1
        await pilot.press("escape")
        await until(pilot, first_row(pilot, "no email"))


async def test_nobody_locked_out_looks_like_good_news(operations: Desk, database: Database) -> None:
    await enrol_everybody(database)
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, shows(pilot, "✓ Nobody would be locked out."))
        assert "All 5 users could log on · 2FA only · 6 Feb 2023 09:30" in seen(pilot.app)
        assert "Every participant keeps a working maker and checker." in seen(pilot.app)
        assert "Nobody is locked out." in seen(pilot.app)
        assert "✗" not in seen(pilot.app)


async def test_empty_roster_says_what_to_do(
    database: Database, keys: Keys, clock: HeldClock, desk_of: DeskOf
) -> None:
    await initialise(database, clock, keys, "ops", "Ops")
    async with opened(desk_of(Role.OPERATIONS), CutoverScreen()) as pilot:
        await until(pilot, shows(pilot, "There are no users yet", "ccms-tui import roster.csv --apply"))
        await pilot.press("enter", "v", "enter", "v", "enter", "v", "enter", "w")


async def test_phase_and_day_change_in_place(operations: Desk) -> None:
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, first_row(pilot, "P2"))
        await pilot.press("p")
        await until(pilot, shows(pilot, "✗ 1 of 5 users locked out · user registration"))
        assert "That is the phase that the programme is in." in seen(pilot.app)
        await pilot.press("p", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, CutoverDate))
        for typed, said in (
            ("2023-02-30", "There is no day '2023-02-30'"),
            ("1 Jan 99999999999", "'1 Jan 99999999999' is no day"),
            ("2001-01-01", "lies before it"),
        ):
            await type_over(pilot, "#day", typed)
            await pilot.press("enter")
            await until(pilot, shows(pilot, said, typed))
        await type_over(pilot, "#day", "30/6 09:05")
        await until(pilot, shows(pilot, "That is Fri 30 Jun 2023, 09:05 in Hong Kong."))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "locked out · DA registration · 30 Jun 2023 09:05"))
        await pilot.press("x")
        await until(pilot, shows(pilot, "--phase da-registration --at '2023-06-30 09:05' --csv FILE"))
        await pilot.press("d", "escape")
        await until(pilot, shows(pilot, "30 Jun 2023 09:05"))
        await pilot.press("d")
        await until(pilot, shows(pilot, "2023-06-30 09:05"))
        await type_over(pilot, "#day", "")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "DA registration · 6 Feb 2023 09:30"))


def looking(pilot: Pilot[Any]) -> bool:
    return any(worker.group == "look" for worker in pilot.app.workers)


async def test_leaving_while_it_is_still_simulating_harms_nothing(operations: Desk) -> None:
    async with opened(operations, ScheduleScreen()) as pilot:
        await until(pilot, shows(pilot, "Connectivity test"))
        for _time in range(3):
            pilot.app.post_message(Key("i", "i"))
            pilot.app.post_message(Key("escape", None))
        await until(pilot, lambda: isinstance(pilot.app.screen, ScheduleScreen) and not looking(pilot))
        await pilot.press("i")
        await until(pilot, first_row(pilot, "P2"))


async def test_last_phase_has_no_other(operations: Desk, database: Database, clock: HeldClock) -> None:
    async with database.writing() as connection:
        await connection.execute(update(Milestone).values(begun_at=clock.now()))
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, shows(pilot, "That is the phase that the programme is in."))
        await pilot.press("p")
        await until(pilot, shows(pilot, "there is no other to simulate"))


async def test_phase_that_has_passed_is_refused_in_a_sentence(
    operations: Desk, database: Database, clock: HeldClock
) -> None:
    async with database.writing() as connection:
        await connection.execute(update(Milestone).values(begun_at=clock.now()))
    wanted = cutover.Wanted(Phase.PARALLEL_RUN)
    async with opened(operations, CutoverScreen(wanted)) as pilot:
        await until(pilot, shows(pilot, "does not go back to 'parallel run'", "Nothing is simulated"))
        await pilot.press("p", "v", "enter", "escape")


async def test_simulating_again_tells_what_changed_since_the_last_time(
    operations: Desk, database: Database, clock: HeldClock
) -> None:
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, shows(pilot, "No earlier simulation of this phase"))
        await change(database, "P1U00003", suspended=True)
        await change(database, "P2U00004", enrolled_at=clock.now(), password_set_at=clock.now())
        await change(database, "P1U00001", locked=True)
        await until(pilot, shows(pilot, "✗ 3 of 5", "1 is without a working maker or checker"))
        await pilot.press("i")
        said = "1 no longer, 1 newly, 1 for another reason, since 6 Feb 2023 09:30"
        await until(pilot, shows(pilot, said, "Changes 3"))
        await pilot.press("v", "v", "v")
        await until(pilot, first_row(pilot, "✗ newly", "P1U00001", "⊘ locked"))
        assert "✓ no longer" in rows(pilot)[1]
        assert "no password" in rows(pilot)[1]
        assert all(word in rows(pilot)[2] for word in ("~ still", "P1U00003", "no email", "suspended"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen))
    assert await kept(database) == 2
    async with database.reading() as connection:
        assert len((await connection.execute(select(CUTOVER_SIMULATIONS))).all()) == 1


async def test_same_people_for_another_reason_are_a_change(operations: Desk, database: Database) -> None:
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, shows(pilot, "No earlier simulation of this phase"))
        await change(database, "P2U00004", locked=True)
        await pilot.press("i")
        said = "The same people as on 6 Feb 2023 09:30 (operations), 1 for another reason."
        await until(pilot, shows(pilot, said, "Changes 1"))
        await pilot.press("v", "v", "v")
        await until(pilot, first_row(pilot, "~ still", "P2U00004", "◕ no password", "⊘ locked"))


async def test_other_roles_see_what_they_may_and_keep_nothing(
    people: Roster, database: Database, desk_of: DeskOf
) -> None:
    async with opened(desk_of(Role.DA_MAKER, "P1"), CutoverScreen()) as pilot:
        await until(pilot, shows(pilot, "✗ 1 of 3 users locked out"))
        await pilot.press("v", "v")
        await until(pilot, first_row(pilot, "FUNG Without"))
        assert "金富" not in seen(pilot.app)
        await pilot.press("x")
        await until(pilot, shows(pilot, "'Export' is not for your role (DA maker)."))
    async with opened(desk_of(Role.HELPDESK), CutoverScreen()) as pilot:
        await until(pilot, shows(pilot, "✗ 3 of 5 users locked out"))
    assert await kept(database) == 0


async def test_large_roster_is_simulated_again_by_a_key(
    operations: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutover, "LIVE", 4)
    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, first_row(pilot, "P2"))
        await change(database, "P1U00001", locked=True)
        await until(pilot, shows(pilot, "The desk has changed since; press i to simulate again."))
        assert "✗ 3 of 5" in seen(pilot.app)
        await pilot.press("i")
        await until(pilot, shows(pilot, "✗ 4 of 5", "1 newly, since"))


async def test_esc_stops_a_simulation_under_way_and_what_was_shown_stays(
    operations: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def endless(*_wanted: Any) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with opened(operations, CutoverScreen()) as pilot:
        await until(pilot, first_row(pilot, "P2"))
        monkeypatch.setattr(Cutover, "simulate", endless)
        await pilot.press("i")
        await until(pilot, lambda: begun.is_set() and shows(pilot, "Simulating … esc stops it")())
        await pilot.press("v", "v")
        await until(pilot, shows(pilot, "FUNG Without"))
        await pilot.press("escape")
        await until(pilot, lambda: stopped.is_set() and "Simulating" not in seen(pilot.app))
        assert isinstance(pilot.app.screen, CutoverScreen)
        assert "✗ 3 of 5" in seen(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, CutoverScreen))


@pytest.mark.parametrize("size", SIZES)
async def test_hostile_names_reach_the_lists_as_text(
    operations: Desk, people: Roster, size: tuple[int, int]
) -> None:
    await people.participant("P[/x]", HOSTILE)
    await people.insert([people.row("P[/x]", HOSTILE) for _user in range(3)])
    async with opened(operations, CutoverScreen(), size) as pilot:
        await until(pilot, shows(pilot, "6 of 8"))
        for _view in range(4):
            await pilot.press("v", "end")
            assert all(char.isprintable() or char == "\n" for char in seen(pilot.app))
        await pilot.press("home", "enter")
        await until(pilot, shows(pilot, "only P[/x]"))
        assert "[/x] [bold]" in seen(pilot.app) or size == (60, 15)
        assert all(char.isprintable() or char == "\n" for char in seen(pilot.app))
