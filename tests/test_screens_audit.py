"""The audit screen, one event in full, the filters and the verification, as each role meets them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from textual.pilot import Pilot
from textual.widgets import OptionList

from screens.audit import AuditScreen
from screens.audit_filter import CHOICES, AuditFilter
from screens.event import EventScreen
from screens.user_card import UserCardScreen
from store.audit_views import EventKind, EventRow
from store.context import Context
from store.database import Database
from store.desk import Desk
from store.rules.audit_chain import Event
from store.setup import initialise
from store.views import Operator, Role
from tests.at_the_desk import opened, seen, shows, type_over, until
from tests.conftest import DeskOf, HeldClock, Roster

HOSTILE = "[/x] \u202eright\u202c \x1b[31m 陳大文 {email}"


@pytest.fixture
def backend() -> str:
    """What the screens show does not depend on the database behind the store."""
    return "sqlite"


@pytest.fixture
async def operations(roster: Roster, keys: Any, clock: HeldClock, desk_of: DeskOf) -> Desk:
    """Two participants of one user each, and what happened to them over two days."""
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    await roster.participant("P1", "Bright Wealth")
    await roster.participant("P2", "Gold Wealth")
    await roster.user("P1", "CHAN Tai Man 陳大文")
    await roster.user("P2", "LEE [/x]")
    desk = desk_of(Role.OPERATIONS)
    await note(desk, Event("address.registered", "P1", 1, {"version": 2}, {"email": "tm@bright.example"}))
    await note(
        desk, Event("signin.refused", "P2", None, {"reason": "wrong", "origin": "10.1.2.3"}), by="gold.maker"
    )
    clock.advance(timedelta(days=1))
    await note(desk, Event("address.revealed", "P2", 2, {"reason": "the caller reads it out"}), by="hotline")
    return desk


async def note(desk: Desk, *events: Event, by: str = "bright.maker") -> None:
    context = desk._context
    actor = Operator(by, by, Role.OPERATIONS)
    async with Context(context.database, context.clock, context.keys, actor).changing() as change:
        change.events += events


@asynccontextmanager
async def audit_of(desk: Desk, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    """The audit screen of that desk, with its rows."""
    async with opened(desk, size=size) as pilot:
        await pilot.press("6")
        await until(
            pilot, lambda: isinstance(pilot.app.screen, AuditScreen) and pilot.app.screen.rows._loaded
        )
        yield pilot


def rows_of(pilot: Pilot[None]) -> int:
    screen = pilot.app.screen
    return screen.rows.count if isinstance(screen, AuditScreen) else -1


async def narrow(pilot: Pilot[None], kind: EventKind | None = None, **typed: str) -> None:
    """Open the filter, type, choose, and press enter."""
    await pilot.press("f")
    await until(pilot, lambda: isinstance(pilot.app.screen, AuditFilter) and pilot.app.focused is not None)
    for line, value in typed.items():
        await type_over(pilot, f"#{line}", value)
    pilot.app.screen.query_one(OptionList).highlighted = CHOICES.index(kind)
    await pilot.press("enter")


async def test_the_newest_event_stands_first_with_when_who_whom_and_what(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        lines = seen(pilot.app).splitlines()
        assert "events · newest first" in lines[2]
        assert "hotline" in lines[4]
        assert "P2U00002" in lines[4]
        assert "saw addresses in full: the" in lines[4]
        assert "6 Feb 09:30" in lines[5]
        assert "✗ sign-in refused: wrong" in lines[5]


async def test_a_wide_window_shows_number_participant_and_name_as_well(operations: Desk) -> None:
    async with audit_of(operations, (160, 40)) as pilot:
        assert all(word in seen(pilot.app) for word in ("No.", "CP", "LEE [/x]", "from 10.1.2.3"))


async def test_enter_opens_one_event_in_full_and_from_there_its_user(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        await pilot.press("down", "down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, EventScreen))
        await until(
            pilot, shows(pilot, "registered tm@bright.example", "6 Feb 2023 09:30:00", "bright.maker")
        )
        text = seen(pilot.app)
        assert all(word in text for word in ("P1U00001 CHAN Tai Man 陳大文", "address.registered", "version"))
        assert "Its hash begins with" in text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen))
        await until(pilot, shows(pilot, "History", "registered tm@bright.example"))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, AuditScreen))


async def test_an_event_about_nobody_opens_no_card(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, EventScreen))
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, EventScreen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, AuditScreen))


async def test_an_event_whose_personal_values_are_gone_is_shown_without_them(
    operations: Desk, database: Database
) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE audit_event SET personal = NULL, salt = NULL"))
    async with audit_of(operations) as pilot:
        assert "registered (not kept)" in seen(pilot.app)


async def test_the_filter_narrows_by_who_kind_participant_user_and_day(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        everything = rows_of(pilot)
        for kind, typed, words in (
            (None, {"who": "gold.maker"}, "only by gold.maker"),
            (EventKind.REFUSALS, {}, "only refusals"),
            (None, {"participant": "P1"}, "only participant P1"),
            (EventKind.LOOKS, {"user": "P2U00002"}, "only reveals, exports, audit, user P2U00002"),
            (None, {"day": "2023-02-07"}, "only 7 Feb 2023"),
            (EventKind.LOOKS, {"day": "6 Feb 2023", "until": "7 feb 2023"}, "6 Feb 2023 – 7 Feb 2023"),
        ):
            await narrow(pilot, kind, **typed)
            await until(
                pilot, shows(pilot, f"1 event · {words}") if "–" not in words else shows(pilot, words)
            )
            assert rows_of(pilot) == 1
            await pilot.press("escape")
            await until(pilot, lambda: rows_of(pilot) == everything)


async def test_a_filter_that_is_not_right_is_told_and_keeps_what_was_typed(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        await narrow(pilot, day="31 Feb 2023")
        await until(pilot, shows(pilot, "There is no day '31 Feb 2023'; correct it."))
        await type_over(pilot, "#day", "")
        await type_over(pilot, "#user", "NOBODY[/x]")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "There is no user NOBODY[/x] that you may see"))
        await type_over(pilot, "#user", "P1U00001")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "1 event · only user P1U00001"))
        await pilot.press("f")
        await until(pilot, lambda: isinstance(pilot.app.screen, AuditFilter))
        await until(pilot, shows(pilot, "P1U00001"))


async def test_a_filter_that_finds_nothing_says_what_to_do(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        await narrow(pilot, who="nobody")
        await until(pilot, shows(pilot, "No event to show under this filter.", "Press esc to show all"))


async def test_in_a_small_window_the_filter_shows_its_keys_and_every_kind(operations: Desk) -> None:
    async with audit_of(operations, (60, 15)) as pilot:
        await pilot.press("f")
        await until(pilot, shows(pilot, "Show only", "everything", "enter show them", "esc leave"))
        pilot.app.screen.query_one(OptionList).focus()
        await pilot.press("end")
        await until(pilot, shows(pilot, "refusals", "enter show them"))


async def test_in_a_small_window_what_is_cut_ends_in_an_ellipsis(operations: Desk) -> None:
    async with audit_of(operations, (60, 15)) as pilot:
        lines = seen(pilot.app).splitlines()
        assert "Operations" in lines[0]
        assert lines[4].rstrip().endswith("…")
        assert "address" in lines[4]


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER])
async def test_a_delegated_administrator_sees_the_own_events_and_may_not_verify(
    role: Role, operations: Desk, desk_of: DeskOf
) -> None:
    async with audit_of(desk_of(role, "P1")) as pilot:
        assert "P1 · 1 event · newest first" in seen(pilot.app)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(pilot.app.screen, AuditFilter))
        assert not pilot.app.screen.query("#participant")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, AuditScreen))
        await pilot.press("v")
        await until(pilot, shows(pilot, "'Verify' is not for your role"))


async def test_the_helpdesk_is_told_that_the_audit_is_not_for_them(operations: Desk, desk_of: DeskOf) -> None:
    async with opened(desk_of(Role.HELPDESK)) as pilot:
        await pilot.press("escape", "6")
        await until(pilot, shows(pilot, "'Audit' is not for your role (Helpdesk)."))
        assert not isinstance(pilot.app.screen, AuditScreen)


async def test_operations_verify_from_the_screen(operations: Desk, database: Database) -> None:
    async with audit_of(operations) as pilot:
        everything = rows_of(pilot)
        await pilot.press("v")
        await until(pilot, shows(pilot, "✓ The audit log is whole"))
        assert f"(This verification is event {everything + 1}.)" in seen(pilot.app)
        await pilot.press("escape")
        async with database.writing() as connection:
            await connection.execute(text("UPDATE audit_event SET action = 'mail.held' WHERE event_id = 3"))
        await pilot.press("v")
        await until(pilot, shows(pilot, "✗ The audit log is not whole: event 3 is not as it was written."))


async def test_what_happens_meanwhile_arrives_and_the_cursor_keeps_its_event(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, AuditScreen)
        await pilot.press("down")
        kept = screen.rows.cursor_key
        await note(operations, Event("mail.held", "P1", 1))
        screen.look_again()
        await until(pilot, shows(pilot, "mail held"))
        assert screen.rows.cursor_key == kept


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_hostile_values_neither_break_nor_steer_the_screen(
    operations: Desk, size: tuple[int, int]
) -> None:
    facts = {"reason": HOSTILE, HOSTILE: HOSTILE, "origin": HOSTILE}
    await note(operations, Event("signin.refused", "P2", 2, facts, {"email": HOSTILE}), by=HOSTILE[:40])
    await note(operations, Event(HOSTILE[:40], "P2", 2, facts), by=HOSTILE[:40])
    async with audit_of(operations, size) as pilot:
        for _event in range(2):
            assert all(char.isprintable() or char == "\n" for char in seen(pilot.app))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, EventScreen))
            await pilot.pause()
            assert all(char.isprintable() or char == "\n" for char in seen(pilot.app))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(pilot.app.screen, AuditScreen))
            await pilot.press("down")


async def test_a_log_that_was_made_unreadable_is_shown_all_the_same(
    operations: Desk, database: Database
) -> None:
    async with database.writing() as connection:
        ruin = "at = 'never', facts = '[[', operator_id = x'ff', hash = 'x', personal = CAST(x'ff' AS TEXT)"
        await connection.execute(text(f"UPDATE audit_event SET {ruin}"))
    async with audit_of(operations) as pilot:
        assert "(unreadable)" in seen(pilot.app)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Its hash begins with ?."))


async def test_the_newest_event_comes_into_view_or_is_said_to_be_above(operations: Desk) -> None:
    for number in range(40):
        await note(operations, Event("mail.held", "P1", number))
    async with audit_of(operations) as pilot:
        rows = pilot.app.screen.rows  # type: ignore[attr-defined]
        newest = rows.cursor_key
        await note(operations, Event("mail.released", "P1", 1))
        pilot.app.screen.look_again()  # type: ignore[attr-defined]
        await until(pilot, lambda: rows.cursor_key == newest + 1)
        await pilot.press("down")
        for number in (1, 2):
            await note(operations, Event("mail.released", "P1", 1))
            pilot.app.screen.look_again()  # type: ignore[attr-defined]
            await until(pilot, shows(pilot, f"↑ {number} newer line"))
        assert rows.cursor_key == newest
        await pilot.press("home")
        await until(pilot, lambda: "newer line" not in seen(pilot.app))


async def test_a_participant_that_there_is_not_is_told_in_the_filter(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        await narrow(pilot, participant="P1U00001")
        await until(pilot, shows(pilot, "There is no participant P1U00001 that you may see"))
        await type_over(pilot, "#participant", "P2")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "only participant P2"))


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("2023-02-13T01:12:00+00:00", "13 Feb 2023 09:12:00"),
        ("2023-12-31T23:59:59.123456Z", "1 Jan 2024 07:59:59"),
        ("2023-02-31T01:12:00+00:00", "2023-02-31T01:12:00+00:00"),
        ("[/x]\x1b 2023-02-13T01:12:00+00:00", "[/x]· 2023-02-13T01:12:00+00:00"),
    ],
)
async def test_a_moment_among_the_facts_is_told_in_hong_kongs_time(
    kept: str, told: str, operations: Desk
) -> None:
    row = EventRow(
        1, operations.clock.now(), "ops", "proposal.voided", None, None, None, {"expires_at": kept}, ""
    )
    async with opened(operations, EventScreen(row)) as pilot:
        await until(pilot, shows(pilot, "expires at", told))


async def test_after_a_verification_the_list_shows_it(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        before = rows_of(pilot)
        await pilot.press("v")
        await until(pilot, shows(pilot, "The audit log is whole"))
        await pilot.press("escape")
        await until(pilot, lambda: rows_of(pilot) == before + 1)
        await until(pilot, shows(pilot, f"{before + 1} events", "verified the audit log"))
        assert "verified the audit log" in seen(pilot.app).splitlines()[4]


async def test_exporting_is_told_to_operations(operations: Desk) -> None:
    async with audit_of(operations) as pilot:
        await pilot.press("x")
        await until(pilot, shows(pilot, "On the host: ccms-tui export audit --format csv"))
