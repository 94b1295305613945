"""An operator's session in the app: real sessions through the sign-in, a real database, and a held clock."""

import os
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import select
from textual.app import SuspendNotSupported
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from ccms_tui.app import DeskApp
from screens.confirm import ConfirmScreen
from screens.dialog import AddressLine, Line
from screens.edit_email import EditEmailScreen
from screens.enter_code import EnterCodeScreen
from screens.help import HelpScreen
from screens.lock import LockScreen
from screens.opening import TooSmallScreen
from screens.proof import OtpLine, ProofScreen
from screens.revise import ReviseScreen
from screens.schedule import ScheduleScreen
from screens.users import UsersScreen
from screens.widgets.virtual_list import VirtualList
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.rules.sessions import IDLE_LIMIT, PROOF_LIFE, SESSION_LIFE
from store.setup import initialise
from store.sign_in import SignIn, seal_seed
from store.tables import MAILS, OPERATOR_SESSIONS, OPERATORS, AuditEvent
from store.views import Role
from tests.at_the_desk import seen, shows, type_over, until
from tests.conftest import HeldClock, Roster

CP = "C00001"
LOGIN = "da.chan"
ORIGIN = "10.1.2.3"
NOTHING_BELOW = ("CHAN", "WONG", "Harbour", CP, "harbour.hk", "Users", "Phase", "sign-in.")


@pytest.fixture
def backend() -> str:
    return "sqlite"


@dataclass
class Door:
    """Operators with a one-time-password seed, and their way in."""

    roster: Roster
    clock: HeldClock
    keys: Keys
    seeds: dict[str, str]

    async def operator(self, login: str, role: Role, participant_id: str | None = None) -> None:
        await self.roster.operator(login, role, participant_id)
        self.seeds[login] = pyotp.random_base32()
        await self.change(login, totp_sealed=seal_seed(self.keys, login, self.seeds[login]))

    async def change(self, login: str, **values: Any) -> None:
        """Set columns of the operator's row, as another process would."""
        async with self.roster.database.writing() as connection:
            await connection.execute(
                OPERATORS.update().where(OPERATORS.c.operator_id == login).values(**values)
            )

    def code(self, login: str = LOGIN) -> str:
        """A code that was not used yet: the next one of the operator's authenticator."""
        self.clock.advance(timedelta(seconds=60))
        return pyotp.TOTP(self.seeds[login]).at(self.clock.now())

    async def sign_in(self, login: str = LOGIN, origin: str = ORIGIN) -> Desk:
        door = SignIn(self.roster.database, self.clock, self.keys)
        operator, session = await door.open(login, self.code(login), origin=origin)
        return Desk(self.roster.database, self.clock, self.keys, operator, session)

    async def events(self) -> list[str]:
        """What the audit has, in order."""
        async with self.roster.database.reading() as connection:
            query = select(AuditEvent.action).order_by(AuditEvent.event_id)  # type: ignore[call-overload]
            return list((await connection.execute(query)).scalars())


@pytest.fixture
async def door(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> Door:
    """A participant with a waiver, its maker, and an operations operator."""
    await initialise(database, clock, keys, "ops", "Operations")
    await roster.participant(CP, "Harbour Securities 港灣證券", waiver="ops: sole proprietor")
    made = Door(roster, clock, keys, {})
    await made.operator(LOGIN, Role.DA_MAKER, CP)
    await made.operator("ops.lee", Role.OPERATIONS)
    return made


@pytest.fixture
async def desk(door: Door) -> Desk:
    """The maker's desk, signed in."""
    return await door.sign_in()


@asynccontextmanager
async def opened(desk: Desk, screen: Screen[Any] | None = None) -> AsyncIterator[Pilot[None]]:
    """The desk with `screen` in front, its messages shown as an operator sees them."""

    async def opener() -> Desk:
        return desk

    app = DeskApp(opener)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.ready and app.phase)
        if screen is not None:
            await app.push_screen(screen)
            await until(pilot, lambda: app.screen is screen)
        yield pilot
        assert not app._exception


@asynccontextmanager
async def locked(
    desk: Desk, clock: HeldClock, screen: Screen[Any] | None = None
) -> AsyncIterator[Pilot[None]]:
    """The desk, locked a moment ago."""
    async with opened(desk, screen) as pilot:
        await lock(pilot, clock)
        yield pilot


async def lock(pilot: Pilot[None], clock: HeldClock) -> None:
    clock.advance(IDLE_LIMIT)
    await until(pilot, lambda: is_locked(pilot))


def is_locked(pilot: Pilot[None]) -> bool:
    return isinstance(pilot.app.screen, LockScreen) and pilot.app.screen.is_mounted


async def watched(pilot: Pilot[None]) -> None:
    """Let the watch over the session decide once more at this moment."""
    await pilot.app._sitting.look()  # type: ignore[attr-defined]
    await pilot.pause()


async def changed_elsewhere(pilot: Pilot[None], roster: Roster) -> None:
    """Another process adds WONG Other, and the desk has noticed."""
    changes = pilot.app.changes  # type: ignore[attr-defined]
    other = Database(roster.database.url)
    await Roster(other, roster.clock).user(CP, "WONG Other", user_id=f"{CP}U09999")
    await other.close()
    await until(pilot, lambda: pilot.app.changes > changes)  # type: ignore[attr-defined]


async def give(pilot: Pilot[None], otp: str) -> None:
    """Type a one-time password and enter it."""
    await type_over(pilot, "#otp", otp)
    await pilot.press("enter")


async def resume(pilot: Pilot[None], door: Door) -> None:
    await give(pilot, door.code())
    await until(pilot, lambda: not isinstance(pilot.app.screen, LockScreen))


def ended(app: DeskApp) -> Callable[[], bool]:
    return lambda: bool(app._exit)


# The lock.


async def test_after_five_idle_minutes_nothing_of_the_desk_is_left_on_the_screen(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    await roster.user(CP, "CHAN Tai Man", pending="tai.man@harbour.hk")
    async with opened(desk) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man", "tai.man@harbour.hk", "first sign-in"))
        clock.advance(IDLE_LIMIT - timedelta(seconds=1))
        await watched(pilot)
        assert not is_locked(pilot)
        pilot.app.notify("CHAN was saved", markup=False)
        await until(pilot, lambda: "CHAN was saved" in seen(pilot.app))
        clock.advance(timedelta(seconds=1))
        await until(pilot, lambda: is_locked(pilot))
        await until(pilot, lambda: "one-time password" in seen(pilot.app))
        assert [word for word in NOTHING_BELOW if word in seen(pilot.app)] == []
        assert "session.locked" in await door.events()


async def test_a_key_keeps_the_desk_open_and_a_mouse_that_merely_moves_does_not(
    desk: Desk, clock: HeldClock
) -> None:
    async with opened(desk) as pilot:
        clock.advance(IDLE_LIMIT - timedelta(seconds=1))
        await pilot.press("down")
        clock.advance(IDLE_LIMIT - timedelta(seconds=1))
        await pilot.click(offset=(5, 5))
        clock.advance(IDLE_LIMIT - timedelta(seconds=1))
        await pilot.hover(offset=(9, 9))
        await watched(pilot)
        assert not is_locked(pilot)
        clock.advance(timedelta(seconds=1))
        await until(pilot, lambda: is_locked(pilot))


async def test_who_works_on_the_host_is_never_locked_out(
    desk: Desk, database: Database, clock: HeldClock, keys: Keys
) -> None:
    async with opened(Desk(database, clock, keys, desk.actor)) as pilot:
        clock.advance(timedelta(days=1))
        await until(pilot, lambda: pilot.app.changes)  # type: ignore[attr-defined]
        assert isinstance(pilot.app.screen, UsersScreen)
        assert pilot.app.is_running
        assert "Last sign-in" not in seen(pilot.app)


async def test_what_was_typed_in_a_dialog_is_there_again_to_the_last_character(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    user_id = await roster.user(CP)
    dialog = EditEmailScreen(user_id)
    async with opened(desk, dialog) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "tai.man@harbour")
        dialog.address.cursor_position = 4
        await pilot.press("shift+right", "shift+right")
        marked = dialog.address.selection
        before = seen(pilot.app)
        assert "tai.man@harbour" in before
        pilot.app.clear_notifications()
        await lock(pilot, clock)
        assert "tai.man" not in seen(pilot.app)
        await resume(pilot, door)
        assert pilot.app.screen is dialog
        assert (dialog.address.value, dialog.address.selection) == ("tai.man@harbour", marked)
        assert pilot.app.focused is dialog.address
        await until(pilot, lambda: "tai.man@harbour" in seen(pilot.app))
        events_now = await door.events()
        assert events_now[-2:] == ["session.locked", "session.resumed"]


async def test_the_list_keeps_its_cursor_its_scroll_its_selection_and_its_search(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    await roster.insert([roster.row(CP, f"CHAN Number {number}") for number in range(60)])
    async with opened(desk) as pilot:
        await until(pilot, shows(pilot, "CHAN Number 1"))
        await pilot.press("slash", "c", "h", "a", "n", "down")
        rows = pilot.app.screen.query_one(VirtualList)
        await until(pilot, lambda: rows.count == 60)
        for _row in range(30):
            await pilot.press("down")
        await pilot.press("space")
        kept = (rows.cursor_key, rows.scroll_offset, rows.selection)
        await lock(pilot, clock)
        await resume(pilot, door)
        assert (rows.cursor_key, rows.scroll_offset, rows.selection) == kept
        assert pilot.app.screen.query_one(Input).value == "chan"
        assert pilot.app.focused is rows


async def test_no_key_reaches_what_is_locked(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    await roster.user(CP)
    async with opened(desk) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        below = pilot.app.screen
        pilot.app.copy_to_clipboard("tai.man@harbour.hk")
        await lock(pilot, clock)
        await pilot.press("q", "2", "3", "e", "r", "slash", "question_mark", "f1", "f2", "space", "down")
        await pilot.press("ctrl+p", "ctrl+c", "ctrl+q", "ctrl+z", "ctrl+v", "tab", "shift+tab", "escape")
        await until(pilot, lambda: "Press esc again to leave" in seen(pilot.app))
        assert is_locked(pilot)
        assert len(pilot.app.screen_stack) == 1
        assert pilot.app.screen.query_one(OtpLine).value.strip() == "23"
        assert [word for word in (*NOTHING_BELOW, "Press q to") if word in seen(pilot.app)] == []
        await resume(pilot, door)
        assert pilot.app.screen is below


async def test_the_second_esc_leaves_the_desk_and_typing_takes_the_first_back(
    desk: Desk, clock: HeldClock
) -> None:
    async with locked(desk, clock) as pilot:
        await pilot.press("escape", "1", "escape")
        assert pilot.app.is_running
        assert is_locked(pilot)
        assert not ended(pilot.app)()  # type: ignore[arg-type]
        await pilot.press("escape")
        await until(pilot, ended(pilot.app))  # type: ignore[arg-type]
        assert pilot.app.ending == "left"  # type: ignore[attr-defined]


async def test_a_wrong_code_and_a_used_one_leave_the_desk_locked(
    desk: Desk, door: Door, clock: HeldClock
) -> None:
    async with locked(desk, clock) as pilot:
        await give(pilot, "000 000")
        await until(pilot, lambda: "is not right" in seen(pilot.app))
        assert pilot.app.screen.query_one(OtpLine).value == ""
        good = door.code()
        await give(pilot, f"{good[:3]} {good[3:]}")
        await until(pilot, lambda: not isinstance(pilot.app.screen, LockScreen))
        clock.advance(IDLE_LIMIT)
        await until(pilot, lambda: is_locked(pilot))
        assert pilot.app.screen.query_one(OtpLine).value == ""


async def test_a_login_locked_by_wrong_codes_ends_the_desk_with_a_sentence(
    desk: Desk, door: Door, clock: HeldClock
) -> None:
    async with locked(desk, clock) as pilot:
        await door.change(LOGIN, locked=True)
        await give(pilot, door.code())
        app = pilot.app
        await until(pilot, ended(app))  # type: ignore[arg-type]
        assert app.return_code == 4
        assert "locked" in app.parting  # type: ignore[attr-defined]
        assert app.ending == "over"  # type: ignore[attr-defined]


async def test_messages_are_held_back_and_changes_are_shown_only_when_the_desk_is_open_again(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    async with locked(desk, clock) as pilot:
        pilot.app.notify("WONG was saved", timeout=60, markup=False)
        await changed_elsewhere(pilot, roster)
        assert is_locked(pilot)
        assert "WONG" not in seen(pilot.app)
        await resume(pilot, door)
        await until(pilot, lambda: all(word in seen(pilot.app) for word in ("WONG was saved", "WONG Other")))


async def test_the_list_behind_a_dialog_catches_up_as_well(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    user_id = await roster.user(CP)
    async with opened(desk) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        rows = pilot.app.screen.query_one(VirtualList)
        await pilot.app.push_screen(EditEmailScreen(user_id))
        await lock(pilot, clock)
        await changed_elsewhere(pilot, roster)
        assert rows.count == 1
        await resume(pilot, door)
        await until(pilot, lambda: rows.count == 2)
        assert isinstance(pilot.app.screen, EditEmailScreen)


async def test_a_screen_that_would_come_in_front_waits_below_the_lock(
    desk: Desk, door: Door, clock: HeldClock
) -> None:
    async with locked(desk, clock) as pilot:
        question = ConfirmScreen("CHAN?", "Harbour", "yes")
        pilot.app.push_screen(question)
        await pilot.pause()
        assert is_locked(pilot)
        assert "CHAN" not in seen(pilot.app)
        question.dismiss(True)
        await pilot.pause()
        assert is_locked(pilot)
        await resume(pilot, door)
        assert pilot.app.screen is question


async def test_a_window_made_small_while_locked_is_covered_once_it_is_open_again(
    desk: Desk, door: Door, clock: HeldClock
) -> None:
    async with locked(desk, clock) as pilot:
        await pilot.resize_terminal(44, 12)
        await until(pilot, lambda: "one-time password" in seen(pilot.app))
        assert is_locked(pilot)
        await give(pilot, door.code())
        await until(pilot, lambda: isinstance(pilot.app.screen, TooSmallScreen))


# Proof before what matters.


async def test_an_address_is_saved_once_a_fresh_password_was_given(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    user_id = await roster.user(CP)
    clock.advance(PROOF_LIFE)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "tai.man@harbour.hk")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProofScreen))
        await give(pilot, "000000")
        await until(pilot, lambda: "is not right" in seen(pilot.app))
        assert (await desk.users.card(user_id)).pending_email is None
        await give(pilot, door.code())
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
        assert (await desk.users.card(user_id)).pending_email == "tai.man@harbour.hk"
        assert "session.proved" in await door.events()


async def test_without_the_password_nothing_is_changed_and_what_was_typed_stays(
    desk: Desk, roster: Roster, clock: HeldClock
) -> None:
    user_id = await roster.user(CP)
    dialog = EditEmailScreen(user_id)
    clock.advance(PROOF_LIFE)
    async with opened(desk, dialog) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "tai.man@harbour.hk")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProofScreen))
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing was changed" in seen(pilot.app))
        assert pilot.app.screen is dialog
        assert dialog.address.value == "tai.man@harbour.hk"
        assert isinstance(pilot.app.focused, AddressLine)
        assert (await desk.users.card(user_id)).pending_email is None


async def test_a_code_that_replaces_an_address_in_use_is_taken_once_a_fresh_password_was_given(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    user_id = await roster.user(CP, active="old@harbour.hk", verified_at=clock.now())
    await desk.registrations.edit_email(user_id, "new@harbour.hk", version=1)
    async with door.roster.database.reading() as connection:
        sealed = select(MAILS.c.sealed).where(MAILS.c.kind == "verification")
        code = door.keys.unseal((await connection.execute(sealed)).scalar_one())
    clock.advance(PROOF_LIFE)
    dialog = EnterCodeScreen(user_id)
    async with opened(desk, dialog) as pilot:
        await until(pilot, shows(pilot, "new@harbour.hk"))
        await type_over(pilot, "#code", code)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProofScreen))
        await pilot.press("escape")
        await until(pilot, lambda: "Nothing was changed" in seen(pilot.app))
        assert dialog.query_one("#code", Line).value == code
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProofScreen))
        await give(pilot, door.code())
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
        assert (await desk.users.card(user_id)).active_email == "new@harbour.hk"


async def test_a_fresh_sign_in_is_proof_enough(desk: Desk, roster: Roster) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "tai.man@harbour.hk")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
        assert (await desk.users.card(user_id)).pending_email == "tai.man@harbour.hk"


async def test_a_milestone_is_declared_begun_after_proof(door: Door, clock: HeldClock) -> None:
    desk = await door.sign_in("ops.lee")
    clock.advance(PROOF_LIFE)
    async with opened(desk) as pilot:
        await pilot.press("3")
        await until(
            pilot, lambda: isinstance(pilot.app.screen, ScheduleScreen) and "Briefing" in seen(pilot.app)
        )
        await pilot.press("b")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProofScreen))
        await give(pilot, door.code("ops.lee"))
        await until(pilot, lambda: isinstance(pilot.app.screen, ScheduleScreen))
        await until(pilot, shows(pilot, "has begun"))
        begun = {row.milestone_id for row in await desk.schedule.milestones() if row.begun_at}
        assert len(begun) == 2


async def test_a_window_is_revised_after_proof_and_nothing_typed_is_lost_without(
    door: Door, clock: HeldClock
) -> None:
    desk = await door.sign_in("ops.lee")
    clock.advance(PROOF_LIFE)
    async with opened(desk) as pilot:
        await pilot.press("3")
        await until(pilot, shows(pilot, "Briefing"))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviseScreen))
        await type_over(pilot, "#words", "March 2023")
        await type_over(pilot, "#circular", "SEOCH/001/2023")
        pilot.app.screen.query_one("#circular").focus()
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Publish this window"))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProofScreen))
        await pilot.press("escape")
        await until(pilot, shows(pilot, "Nothing was changed", "March 2023"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Publish this window"))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProofScreen))
        await give(pilot, door.code("ops.lee"))
        await until(pilot, lambda: isinstance(pilot.app.screen, ScheduleScreen))
        assert (await desk.schedule.milestones())[1].window == "March 2023"


async def test_the_lock_covers_the_question_for_the_password_as_well(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    user_id = await roster.user(CP)
    clock.advance(PROOF_LIFE)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "tai.man@harbour.hk")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ProofScreen))
        await lock(pilot, clock)
        await resume(pilot, door)
        assert isinstance(pilot.app.screen, ProofScreen)
        await give(pilot, door.code())
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
        assert (await desk.users.card(user_id)).pending_email == "tai.man@harbour.hk"


# The end of a session.


async def test_a_login_disabled_elsewhere_ends_the_desk_at_once(
    desk: Desk, door: Door, clock: HeldClock
) -> None:
    async with opened(desk) as pilot:
        await door.change(LOGIN, disabled_at=clock.now())
        await until(pilot, ended(pilot.app))  # type: ignore[arg-type]
        assert pilot.app.return_code == 4
        assert "disabled" in pilot.app.parting  # type: ignore[attr-defined]


async def test_an_operation_that_finds_the_session_ended_ends_the_desk(
    desk: Desk, door: Door, roster: Roster, clock: HeldClock
) -> None:
    await roster.user(CP)
    async with locked(desk, clock) as pilot:
        async with roster.database.writing() as connection:
            await connection.execute(
                OPERATOR_SESSIONS.update().values(ended_at=clock.now(), end_reason="test")
            )
        await give(pilot, door.code())
        await until(pilot, ended(pilot.app))  # type: ignore[arg-type]
        assert "Your session has ended" in pilot.app.parting  # type: ignore[attr-defined]


async def test_twelve_hours_are_announced_ten_minutes_before_and_then_over(
    desk: Desk, clock: HeldClock
) -> None:
    clock.advance(SESSION_LIFE - timedelta(minutes=10, seconds=1))
    async with opened(desk) as pilot:
        await watched(pilot)
        assert not shows(pilot, "twelve hours")()
        clock.advance(timedelta(seconds=1))
        await until(pilot, shows(pilot, "Your twelve hours end at"))
        pilot.app.clear_notifications()
        clock.advance(timedelta(minutes=4))
        await pilot.press("down")
        await watched(pilot)
        assert not shows(pilot, "twelve hours")()
        clock.advance(timedelta(minutes=4))
        await pilot.press("down")
        clock.advance(timedelta(minutes=2))
        await until(pilot, ended(pilot.app))  # type: ignore[arg-type]
        assert pilot.app.return_code == 4
        assert "12 hours" in pilot.app.parting  # type: ignore[attr-defined]


# Coming in.


async def test_the_operator_is_told_when_and_from_where_they_last_came(
    desk: Desk, door: Door, clock: HeldClock
) -> None:
    assert desk.session is not None
    await desk.sessions.end("left")
    clock.advance(timedelta(days=1))
    again = await door.sign_in(origin="10.9.9.9")
    async with opened(again) as pilot:
        await until(pilot, lambda: "Last sign-in 6 Feb 2023 09:31 from 10.1.2.3." in seen(pilot.app))
        [notice] = pilot.app._notifications
        assert notice.timeout >= 10
        pilot.app.clear_notifications()
        await until(pilot, lambda: "DA maker · C00001 · da.chan" in seen(pilot.app).splitlines()[0])
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.press("end")
        await until(pilot, lambda: "Last sign-in 6 Feb 2023 09:31 from 10.1.2.3." in seen(pilot.app))
        assert "Signed in 7 Feb 2023 09:32 from 10.9.9.9." in seen(pilot.app)


# What the library would do on the host.


async def test_no_key_of_the_librarys_own_is_left(desk: Desk) -> None:
    async with opened(desk) as pilot:
        app = pilot.app
        assert [*app._bindings.key_to_bindings] == ["ctrl+c"]
        await pilot.press("ctrl+q", "ctrl+z", "ctrl+c", "ctrl+backslash")
        await until(pilot, shows(pilot, "Press q to leave the desk."))
        assert app.is_running
        assert not ended(app)()  # type: ignore[arg-type]
        assert app.devtools is None
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        for words in ("screenshot", "maximize", "change the current theme"):
            app.screen.query_one(Input).value = words
            await until(pilot, lambda: "No matches found" in seen(app))
        assert list(app.get_system_commands(app.screen)) == []


async def test_nothing_is_written_opened_or_stopped_on_the_host(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_urls: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened_urls.append)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    async with opened(desk) as pilot:
        app = pilot.app
        app.action_screenshot()
        app.action_screenshot(path=str(home))
        app.save_screenshot(path=str(home))
        app.deliver_screenshot(path=str(home))
        app.deliver_text("/etc/hostname", save_directory=home)
        app.deliver_binary("/etc/hostname", save_directory=home)
        app.open_url("https://example.com/")
        app.action_suspend_process()
        with pytest.raises(SuspendNotSupported), app.suspend():
            pass
        await pilot.pause()
    assert opened_urls == []
    assert os.listdir(home) == []
