"""What others do meanwhile comes in by itself; keys, windows and foreign text do no harm."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import col
from textual.command import CommandPalette
from textual.events import Key

from ccms_tui.app import DeskApp
from ccms_tui.palette import DeskCommands
from ccms_tui.type_ahead import TypeAhead
from screens.base import DeskScreen
from screens.board import BoardScreen
from screens.opening import OpeningScreen, TooSmallScreen
from screens.participants import ParticipantsScreen
from screens.sentences import explain_error
from screens.user_card import UserCardScreen
from screens.users import UsersScreen
from screens.widgets.command_bar import CommandBar
from screens.widgets.search_box import SearchInput
from store.database import Database
from store.desk import Desk
from store.errors import StoreError
from store.keys import Keys
from store.tables import CcmsUser
from store.views import Operator, Role
from tests.conftest import Roster
from tests.people_listed import (
    HOSTILE,
    Open,
    backend,
    names,
    open_desk,
    people,
    screen_text,
    settled,
    shell,
    told,
    type_in,
    until,
    users_screen,
)

__all__ = ["backend", "open_desk", "people"]


# Live.


async def test_a_change_by_another_process_appears_and_the_cursor_stays_on_its_row(
    open_desk: Open, people: Roster, database_url: str
) -> None:
    other = Database(database_url)
    try:
        async with open_desk(Role.OPERATIONS) as pilot:
            await pilot.press("2")
            await settled(pilot)
            await pilot.press("down", "down", "space")
            rows = users_screen(pilot).rows
            key, chosen = rows.cursor_key, rows.selection
            people.database = other
            await people.user("P1", "AARON First")
            await until(pilot, lambda: "AARON First" in screen_text(pilot), "the new user")
            assert rows.cursor_key == key
            assert rows.selection == chosen
            async with other.writing() as connection:
                await connection.execute(
                    update(CcmsUser).where(col(CcmsUser.user_id) == key).values(user_name="RENAMED Person")
                )
            await until(pilot, lambda: "RENAMED Person" in screen_text(pilot), "the new name")
    finally:
        await other.close()


async def test_a_change_by_another_process_leaves_what_is_being_typed(
    open_desk: Open, people: Roster, database_url: str
) -> None:
    other = Database(database_url)
    try:
        async with open_desk(Role.HELPDESK, in_users=True) as pilot:
            await type_in(pilot, "小明")
            async with other.writing() as connection:
                await connection.execute(delete(CcmsUser).where(col(CcmsUser.user_name) == "WONG 李小明"))
            await until(pilot, lambda: len(names(pilot)) == 1, "one match fewer")
            assert pilot.app.screen.query_one(SearchInput).value == "小明"
            assert isinstance(pilot.app.focused, SearchInput)
    finally:
        await other.close()


async def test_a_screen_left_behind_catches_up_when_it_comes_back(
    open_desk: Open, people: Roster, database_url: str
) -> None:
    other = Database(database_url)
    try:
        async with open_desk(Role.OPERATIONS) as pilot:
            await pilot.press("2")
            await settled(pilot)
            people.database = other
            await people.participant("P3", "Third House")
            changes = shell(pilot).changes
            await until(pilot, lambda: shell(pilot).changes > changes, "the change seen")
            await pilot.press("1")
            await until(pilot, lambda: "Third Ho…" in screen_text(pilot), "the new participant")
    finally:
        await other.close()


class Brittle(DeskScreen[None]):
    """A screen that cannot show what changed while it is `broken`."""

    broken = False
    shown = 0

    async def store_changed(self) -> None:
        if self.broken:
            raise RuntimeError("on purpose")
        self.shown += 1


async def test_a_screen_that_cannot_show_a_change_is_told_once_and_shows_it_when_it_can(
    open_desk: Open, people: Roster, database_url: str
) -> None:
    other = Database(database_url)
    people.database = other
    try:
        async with open_desk(Role.OPERATIONS) as pilot:
            screen = Brittle()
            await pilot.app.push_screen(screen)
            screen.broken = True
            changes = shell(pilot).changes
            await people.participant("P3")
            await until(pilot, lambda: shell(pilot).changes >= changes + 2, "more than one try")
            assert told(pilot) == [explain_error(StoreError())]
            screen.broken = False
            await until(pilot, lambda: screen.shown == 1, "the change shown")
            await people.participant("P4")
            await until(pilot, lambda: screen.shown == 2, "the next change shown")
            assert told(pilot) == [explain_error(StoreError())]
    finally:
        await other.close()


# Keys.


async def test_a_key_of_another_role_is_not_in_the_foot_and_says_why(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await pilot.press("escape", "e")
        assert any("Edit email" in sentence and "Helpdesk" in sentence for sentence in told(pilot))
        bar = pilot.app.screen.query_one(CommandBar)
        assert not {"edit_email", "enter_code"} & {item.command.name for item in bar.items()}
        assert all(item.allowed for item in bar.items())


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("role", list(Role))
async def test_the_command_bar_fits_and_always_offers_help(
    open_desk: Open, role: Role, size: tuple[int, int]
) -> None:
    async with open_desk(role, size=size) as pilot:
        await pilot.press("escape", "2")
        await settled(pilot)
        bar = pilot.app.screen.query_one(CommandBar)
        items = bar.items()
        assert sum(item.width for item in items) + 2 * (len(items) - 1) <= bar.size.width
        assert "help" in {item.command.name for item in items}
        last = screen_text(pilot).splitlines()[-1]
        assert "? Help" in last


async def test_clicking_the_bar_and_the_tabs_does_what_their_keys_do(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        tabs = screen_text(pilot).splitlines()[1]
        await pilot.click("HeaderStrip", offset=(tabs.index("2 User"), 1))
        await settled(pilot)
        assert isinstance(pilot.app.screen, UsersScreen)
        line = screen_text(pilot).splitlines()[-1]
        await pilot.click(CommandBar, offset=(line.index("Search"), 0))
        assert isinstance(pilot.app.focused, SearchInput)


async def test_keys_can_be_remapped(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS, keymap={"sort": "o"}) as pilot:
        await pilot.press("o")
        await settled(pilot)
        assert "by name" in screen_text(pilot)
        assert "o Sort" in screen_text(pilot)


async def test_the_palette_lists_only_commands_the_role_may_use(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        provider = DeskCommands(pilot.app.screen)
        offered = {str(hit.display) async for hit in provider.discover()}
        assert "Resend  (r)" in offered
        assert not any("Edit email" in words or "creenshot" in words or "heme" in words for words in offered)
        await pilot.press("ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)


async def test_keys_of_the_library_that_write_files_or_suspend_are_gone(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("ctrl+q", "ctrl+z")
        assert pilot.app.is_running
        await pilot.press("ctrl+c")
        assert told(pilot) == ["Press q to leave the desk."]
        actions = {binding.action for _key, binding in pilot.app._bindings}
        assert actions == {"say_how_to_leave"}


# Windows and text.


async def test_a_window_too_small_is_covered_and_nothing_is_lost(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await type_in(pilot, "小明")
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: isinstance(pilot.app.screen, TooSmallScreen), "the cover")
        assert "This window is too small" in screen_text(pilot)
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen), "the desk again")
        assert pilot.app.screen.query_one(SearchInput).value == "小明"
        assert len(names(pilot)) == 2


async def test_a_desk_opened_in_a_small_window_comes_up_when_it_grows(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS, size=(40, 10)) as pilot:
        assert "This window is too small" in screen_text(pilot)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen), "the landing")
        await pilot.press("q")
    assert pilot.app.return_code == 0


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_hostile_names_neither_break_nor_steer_the_lists(
    open_desk: Open, people: Roster, size: tuple[int, int]
) -> None:
    await people.insert([people.row("P1", name, pending=f"{name[:20]}@x.example") for name in HOSTILE])
    await people.participant("P[/x]", "\x1b[31m[/red]\u202e 金")
    await people.insert([people.row("P[/x]", "Only One")])
    async with open_desk(Role.OPERATIONS, size=size) as pilot:
        await pilot.press("end", "enter")
        await settled(pilot)
        await pilot.press("escape", "2", "slash")
        await type_in(pilot, "[/x]\x1b\u202e")
        assert all(char.isprintable() or char == "\n" for char in screen_text(pilot))
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert len(names(pilot)) == 18
        assert all(char.isprintable() or char == "\n" for char in screen_text(pilot))


async def test_a_list_too_long_to_keep_is_walked_from_end_to_end(open_desk: Open, people: Roster) -> None:
    await people.insert([people.row("P2", f"Zed {number:05}") for number in range(6000)])
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("end")
        await until(pilot, lambda: "Zed 05999" in screen_text(pilot), "the last row")
        await pilot.press("pageup", "pageup", "home")
        await until(pilot, lambda: "AU Mei 區美" in screen_text(pilot), "the first row")


async def test_the_opening_screen_is_left_behind_for_good(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("escape", "escape")
        assert not isinstance(pilot.app.screen, OpeningScreen)


async def test_the_demo_shows_its_mark_and_its_clock(desk_of: Callable[..., Desk], people: Roster) -> None:
    class Demo:
        role = None
        began = None

        def picker(self) -> Any:
            from textual.screen import ModalScreen

            class Picker(ModalScreen[str]):
                def on_mount(self) -> None:
                    self.dismiss("operations")

            return Picker()

        async def enter(self, role: str) -> Desk:
            desk = desk_of(Role(role))
            return Desk(people.database, desk.clock, Keys(b"x" * 32), Operator("lo", "LO Ka Yan", Role(role)))

        def caught(self) -> Any:
            return ParticipantsScreen()

    async def never() -> Desk:
        pytest.fail("a demo opens its own desk")

    app = DeskApp(never, demo=Demo())  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.ready and app.phase is not None, "the demo open")
        await settled(pilot)
        first, second, *_rest = screen_text(pilot).splitlines()
        assert "DEMO · clock at 6 Feb 2023 09:30 HKT" in first
        assert "Operations · LO Ka Yan" in first
        assert "7 Caught" in second
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen), "in again")


async def test_a_burst_of_keys_is_taken_in_order(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        for key in ("2", "slash", *"lee siu", "enter"):
            pilot.app.post_message(Key(key, "/" if key == "slash" else key if len(key) == 1 else None))
        await until(
            pilot,
            lambda: any(isinstance(screen, UserCardScreen) for screen in pilot.app.screen_stack),
            "the card",
        )
        await until(pilot, lambda: "LEE Siu Ming" in screen_text(pilot), "who it is")


async def test_a_fault_in_taking_keys_in_turn_is_told_and_the_next_key_works(
    open_desk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_self: TypeAhead) -> None:
        raise RuntimeError("on purpose")

    async with open_desk(Role.OPERATIONS) as pilot:
        with monkeypatch.context() as broken:
            broken.setattr(TypeAhead, "_finish", fail)
            pilot.app.post_message(Key("down", None))
            await until(pilot, lambda: told(pilot) == [explain_error(StoreError())], "the fault told")
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen), "the next key's screen")
