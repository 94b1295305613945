"""What is typed and pasted at the desk: kept, asked about, joined or told of, held while it is saved."""

import pytest
from textual import events
from textual.pilot import Pilot

from screens.approvals import ApprovalsScreen
from screens.confirm import ConfirmScreen
from screens.dialog import Line
from screens.edit_email import EditEmailScreen
from screens.enter_code import EnterCodeScreen
from screens.reject import RejectScreen
from screens.users import UsersScreen
from screens.widgets.search_box import SearchInput
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.setup import initialise
from store.views import Role
from tests.at_the_desk import CP, opened, shows, until
from tests.conftest import DeskOf, HeldClock, Roster


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def maker(database: Database, clock: HeldClock, keys: Keys, roster: Roster, desk_of: DeskOf) -> Desk:
    await initialise(database, clock, keys, "ops", "Operations")
    await roster.participant(CP, "Harbour Securities")
    return desk_of(Role.DA_MAKER, CP)


async def paste(pilot: Pilot[None], text: str) -> None:
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()


async def users_in_front(pilot: Pilot[None]) -> UsersScreen:
    await pilot.press("2")
    await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen) and pilot.app.screen.rows.count)
    screen = pilot.app.screen
    assert isinstance(screen, UsersScreen)
    return screen


# What is not saved.


async def test_the_desk_is_not_left_with_drafts_unless_that_is_confirmed(maker: Desk, roster: Roster) -> None:
    await roster.user(CP)
    await roster.user(CP, "LEE Ka Yan")
    async with opened(maker) as pilot:
        await users_in_front(pilot)
        for _user in range(2):
            await pilot.press("e")
            await until(pilot, shows(pilot, "Type the address to register."))
            await pilot.press("a", "escape", "down")
        await pilot.press("q")
        await until(pilot, shows(pilot, "2 drafts are not saved. Leave the desk all the same?"))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, EditEmailScreen))
        await until(pilot, lambda: pilot.app.screen.query_one("#address", Line).value == "a")
        await pilot.press("backspace", "escape", "q")
        await until(pilot, shows(pilot, "A draft is not saved. Leave"))
        await pilot.press("y")
        await until(pilot, lambda: not pilot.app.is_running)


async def test_without_drafts_the_desk_is_left_at_once(maker: Desk, roster: Roster) -> None:
    await roster.user(CP)
    async with opened(maker) as pilot:
        await users_in_front(pilot)
        await pilot.press("e")
        await until(pilot, shows(pilot, "Type the address to register."))
        await pilot.press("a", "backspace", "escape", "q")
        await until(pilot, lambda: not pilot.app.is_running)


# Pasted lines.


async def test_of_pasted_addresses_the_first_is_taken_and_the_others_are_told_of(
    maker: Desk, roster: Roster
) -> None:
    user_id = await roster.user(CP)
    async with opened(maker, EditEmailScreen(user_id), notifications=True) as pilot:
        await until(pilot, shows(pilot, "Type the address to register."))
        await paste(pilot, "\na@harbour.hk\nb@harbour.hk\n\nc@harbour.hk\n")
        await until(pilot, shows(pilot, "2 more lines were not taken; on Users (2), p takes a whole list."))
        assert pilot.app.screen.query_one("#address", Line).value == "a@harbour.hk"


async def test_of_pasted_codes_the_first_is_taken_and_the_others_are_told_of(
    maker: Desk, roster: Roster
) -> None:
    user_id = await roster.user(CP, pending="a@harbour.hk")
    async with opened(maker, EnterCodeScreen(user_id), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, Line))
        await paste(pilot, "ABCD-EFGH\nfrom the desk")
        await until(pilot, shows(pilot, "1 more line was not taken.", "reads as ABCD-EFGH"))


async def test_the_pasted_lines_of_a_reason_are_joined(maker: Desk) -> None:
    async with opened(maker, RejectScreen(())) as pilot:
        await paste(pilot, "not at the firm\r\n\r\n  any more\n\x1b[2J\u202e")
        line = pilot.app.screen.query_one(Line)
        await until(pilot, lambda: line.value == "not at the firm any more ·[2J·")


async def test_what_is_too_long_for_a_line_is_taken_as_far_as_it_has_room(maker: Desk) -> None:
    async with opened(maker, RejectScreen(()), notifications=True) as pilot:
        line = pilot.app.screen.query_one(Line)
        await pilot.press("a", "b")
        await paste(pilot, "because\n" * 100)
        await until(pilot, shows(pilot, "The line takes 500 characters; the rest"))
        assert line.value == ("ab" + "because " * 100)[:500]


async def test_the_pasted_lines_of_a_search_are_joined(maker: Desk, roster: Roster) -> None:
    wanted = await roster.user(CP, "LEE Ka Yan")
    await roster.user(CP, "LEE Ka Fai")
    async with opened(maker) as pilot:
        screen = await users_in_front(pilot)
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        await paste(pilot, "LEE\nYan\n")
        await until(pilot, lambda: screen.rows.count == 1 and screen.rows.cursor_key == wanted)


# The address that stands there.


async def test_typing_replaces_the_address_that_the_card_came_with(maker: Desk, roster: Roster) -> None:
    user_id = await roster.user(CP, active="old@harbour.hk")
    async with opened(maker, EditEmailScreen(user_id)) as pilot:
        line = pilot.app.screen.query_one("#address", Line)
        await until(pilot, shows(pilot, "The present address."))
        await pilot.press("n")
        assert line.value == "n"
        await until(pilot, shows(pilot, "F4 put the present one back"))
        await pilot.press("f4", "right", "x")
        assert line.value == "old@harbour.hkx"


async def test_the_right_arrow_goes_on_behind_the_address_that_stands_there(
    maker: Desk, roster: Roster
) -> None:
    user_id = await roster.user(CP, active="old@harbour.hk")
    async with opened(maker, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "The present address."))
        await pilot.press("right", "x")
        assert pilot.app.screen.query_one("#address", Line).value == "old@harbour.hkx"


# While something is saved.


async def test_keys_wait_until_what_was_confirmed_is_saved(
    maker: Desk, roster: Roster, desk_of: DeskOf, database: Database
) -> None:
    for name in ("CHAN Tai Man", "LEE Ka Yan"):
        user_id = await roster.user(CP, name)
        version = (await maker.users.card(user_id)).version
        await maker.registrations.edit_email(user_id, f"{user_id}@harbour.hk".lower(), version=version)
    async with opened(desk_of(Role.DA_CHECKER, CP), notifications=True) as pilot:
        await pilot.press("5")
        await until(pilot, lambda: isinstance(pilot.app.screen, ApprovalsScreen))
        screen = pilot.app.screen
        assert isinstance(screen, ApprovalsScreen)
        await until(pilot, lambda: screen.rows.count == 2)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        async with database.writing():
            pilot.app.post_message(events.Key("y", "y"))
            await until(pilot, shows(pilot, "Saving …"))
            pilot.app.post_message(events.Key("f", "f"))
            await pilot.pause()
            assert not screen.decided
        await until(pilot, lambda: screen.decided)
        await until(pilot, lambda: screen.rows.count == 1)
        assert not shows(pilot, "Saving …")()


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_the_keys_of_a_dialog_are_in_view_at_any_size(
    maker: Desk, roster: Roster, size: tuple[int, int]
) -> None:
    user_id = await roster.user(CP, active="old@harbour.hk")
    async with opened(maker, EditEmailScreen(user_id), size=size) as pilot:
        await until(pilot, shows(pilot, "The present address.", "esc leave, keeping it"))


async def test_a_click_on_what_has_just_gone_ends_nothing(maker: Desk, roster: Roster) -> None:
    await roster.user(CP)
    async with opened(maker) as pilot:
        screen = await users_in_front(pilot)
        status = screen.query_one("#status")
        at = (status.region.x + 2, status.region.y)
        assert screen.get_widget_and_offset_at(*at)[0] is status
        parent, status._parent = status._parent, None
        pilot.app.post_message(
            events.MouseDown(None, *at, 0, 0, 1, False, False, False, screen_x=at[0], screen_y=at[1])
        )
        await pilot.pause()
        status._parent = parent
        await pilot.press("3")
        await until(pilot, shows(pilot, "Connectivity test"))
