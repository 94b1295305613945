"""The helpdesk sees addresses masked until a reason is given, and then for thirty seconds (DESIGN 3.7)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from textual.pilot import Pilot
from textual.screen import Screen

from screens.lock import LockScreen
from screens.reveal import SHOWN_FOR, RevealScreen
from screens.user_card import UserCardScreen
from screens.users import UsersScreen
from screens.widgets.command_bar import CommandBar
from store.database import Database
from store.desk import Desk
from store.rules.sessions import IDLE_LIMIT
from store.tables import EVENTS, USERS
from store.views import Role
from tests.at_the_desk import CP, HOSTILE, opened, seen, shows, type_over, until
from tests.at_the_desk import desk as maker
from tests.conftest import DeskOf, HeldClock, Roster
from tests.test_session_screens import Door, door, give

__all__ = ["door", "maker"]

ACTIVE, PENDING = "tai.man@harbour.hk", "taiman.new@harbour.hk"
WHY = "reads out the old address"


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def user_id(maker: Desk, roster: Roster) -> str:
    return await roster.user(CP, active=ACTIVE, pending=PENDING)


@pytest.fixture
def helpdesk(maker: Desk, desk_of: DeskOf) -> Desk:
    return desk_of(Role.HELPDESK)


async def reasons(database: Database) -> list[str]:
    """Why addresses were shown, each time it was done."""
    mine = select(EVENTS.c.personal).where(EVENTS.c.action == "address.revealed").order_by(EVENTS.c.event_id)
    async with database.reading() as connection:
        return [json.loads(personal)["reason"] for personal in (await connection.execute(mine)).scalars()]


async def reveal(pilot: Pilot[None], reason: str = WHY) -> None:
    """Ask on the card in front, and see the addresses."""
    await until(pilot, shows(pilot, "CHAN Tai Man", "t***@harbour.hk"))
    await pilot.press("o")
    await until(pilot, lambda: isinstance(pilot.app.screen, RevealScreen))
    await type_over(pilot, "#why", reason)
    await pilot.press("enter")
    await until(pilot, shows(pilot, ACTIVE, PENDING, "in full until"))


def front(pilot: Pilot[Any], screen: type[Screen[Any]]) -> bool:
    return isinstance(pilot.app.screen, screen)


def masked(pilot: Pilot[Any]) -> bool:
    """Whether the card is in front, with no whole address on it."""
    text = seen(pilot.app)
    whole = ACTIVE in text or PENDING in text or "in full until" in text
    return front(pilot, UserCardScreen) and "t***@harbour.hk" in text and not whole


async def test_for_a_reason_the_addresses_are_shown_for_thirty_seconds(
    helpdesk: Desk, user_id: str, database: Database, clock: HeldClock
) -> None:
    async with opened(helpdesk, UserCardScreen(user_id)) as pilot:
        await reveal(pilot)
        assert await reasons(database) == [WHY]
        assert "in full until 09:30:30" in seen(pilot.app)
        clock.advance(SHOWN_FOR - timedelta(seconds=1))
        pilot.app.screen._mask_in_time()  # type: ignore[attr-defined]
        await pilot.app.screen.store_changed()  # type: ignore[attr-defined]
        await pilot.app.workers.wait_for_complete(
            [each for each in pilot.app.workers if each.group == "load"]
        )
        assert ACTIVE in seen(pilot.app)
        clock.advance(timedelta(seconds=1))
        await until(pilot, lambda: masked(pilot))
        await reveal(pilot, "once more")
        assert await reasons(database) == [WHY, "once more"]


async def test_without_a_reason_nothing_is_shown_and_nothing_recorded(
    helpdesk: Desk, user_id: str, database: Database
) -> None:
    async with opened(helpdesk, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "t***@harbour.hk"))
        await pilot.press("o", "enter")
        await until(pilot, shows(pilot, "Say why you need the whole address"))
        await pilot.press("space", "enter", "escape")
        await until(pilot, lambda: masked(pilot))
    assert await reasons(database) == []


@pytest.mark.parametrize("covering", ["question_mark", "ctrl+p", "r"])
async def test_whatever_covers_the_card_masks_it(helpdesk: Desk, user_id: str, covering: str) -> None:
    async with opened(helpdesk, UserCardScreen(user_id)) as pilot:
        await reveal(pilot)
        await pilot.press(covering)
        await until(pilot, lambda: not front(pilot, UserCardScreen))
        await until(pilot, lambda: ACTIVE not in seen(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: masked(pilot))


async def test_a_window_made_too_small_masks_it(helpdesk: Desk, user_id: str) -> None:
    async with opened(helpdesk, UserCardScreen(user_id)) as pilot:
        await reveal(pilot)
        await pilot.resize_terminal(20, 6)
        await until(pilot, lambda: not front(pilot, UserCardScreen))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: masked(pilot))


async def test_leaving_the_card_for_another_place_masks_it(helpdesk: Desk, user_id: str) -> None:
    async with opened(helpdesk) as pilot:
        await pilot.press("escape", "2")
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await pilot.press("enter")
        await until(pilot, lambda: front(pilot, UserCardScreen))
        await reveal(pilot)
        await pilot.press("1")
        await until(pilot, lambda: not front(pilot, UserCardScreen))
        await pilot.press("2")
        await until(pilot, lambda: masked(pilot))


async def test_another_users_card_begins_masked(helpdesk: Desk, user_id: str, roster: Roster) -> None:
    await roster.user(CP, "WONG Siu", active="siu.wong@harbour.hk")
    async with opened(helpdesk, UsersScreen()) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man", "WONG Siu"))
        await pilot.press("enter")
        await until(pilot, lambda: front(pilot, UserCardScreen))
        await reveal(pilot)
        await pilot.press("escape", "down", "enter")
        await until(pilot, lambda: front(pilot, UserCardScreen))
        await until(pilot, shows(pilot, "WONG Siu", "s***@harbour.hk"))
        assert not {ACTIVE, PENDING, "siu.wong@harbour.hk"} & set(seen(pilot.app).split())
        await pilot.press("escape", "up", "enter")
        await until(pilot, lambda: masked(pilot))


async def test_the_lock_masks_it(door: Door, clock: HeldClock) -> None:
    user_id = await door.roster.user(CP, active=ACTIVE, pending=PENDING)
    await door.operator("help.ho", Role.HELPDESK)
    async with opened(await door.sign_in("help.ho"), UserCardScreen(user_id)) as pilot:
        await reveal(pilot)
        clock.moment += IDLE_LIMIT
        await until(pilot, lambda: front(pilot, LockScreen))
        await give(pilot, door.code("help.ho"))
        await until(pilot, lambda: masked(pilot))


async def test_an_answer_that_comes_while_the_desk_is_locked_shows_nothing(
    door: Door, clock: HeldClock, database: Database
) -> None:
    user_id = await door.roster.user(CP, active=ACTIVE, pending=PENDING)
    await door.operator("help.ho", Role.HELPDESK)
    async with opened(await door.sign_in("help.ho"), UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "t***@harbour.hk"))
        await pilot.press("o")
        await until(pilot, lambda: front(pilot, RevealScreen))
        await type_over(pilot, "#why", WHY)
        dialog = pilot.app.screen
        clock.moment += IDLE_LIMIT
        await until(pilot, lambda: front(pilot, LockScreen))
        dialog._ask(WHY)  # type: ignore[attr-defined]
        await pilot.app.workers.wait_for_complete([each for each in pilot.app.workers if each.group == "ask"])
        assert await reasons(database) == [WHY]
        await give(pilot, door.code("help.ho"))
        await until(pilot, lambda: front(pilot, RevealScreen))
        assert ACTIVE not in seen(pilot.app)


async def test_addresses_that_changed_meanwhile_are_masked(helpdesk: Desk, maker: Desk, user_id: str) -> None:
    async with opened(helpdesk, UserCardScreen(user_id)) as pilot:
        await reveal(pilot)
        await maker.registrations.edit_email(user_id, "third@harbour.hk", version=1)
        await until(pilot, shows(pilot, "registered t***@harbour.hk"))
        assert masked(pilot)


async def test_a_proposed_address_is_shown_as_well(helpdesk: Desk, roster: Roster, desk_of: DeskOf) -> None:
    await roster.participant("C00002")
    user_id = await roster.user("C00002")
    proposing = desk_of(Role.DA_MAKER, "C00002").registrations
    await proposing.edit_email(user_id, "proposed@dual.hk", version=1)
    async with opened(helpdesk, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "p***@dual.hk"))
        await pilot.press("o")
        await until(pilot, lambda: front(pilot, RevealScreen))
        await type_over(pilot, "#why", WHY)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "proposed@dual.hk", "in full until"))


async def test_from_the_list_the_card_opens_and_asks(helpdesk: Desk, user_id: str, roster: Roster) -> None:
    await roster.user(CP, "AU Nobody")
    async with opened(helpdesk, UsersScreen()) as pilot:
        await until(pilot, shows(pilot, "AU Nobody", "CHAN Tai Man"))
        await pilot.press("o")
        await until(pilot, shows(pilot, "AU Nobody has no address to show."))
        assert front(pilot, UserCardScreen)
        await pilot.press("escape", "down", "o")
        await until(pilot, lambda: front(pilot, RevealScreen))
        await pilot.press("escape")
        await until(pilot, lambda: masked(pilot))
        await reveal(pilot)


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER, Role.OPERATIONS])
async def test_who_sees_whole_addresses_has_nothing_to_reveal(
    maker: Desk, user_id: str, role: Role, desk_of: DeskOf
) -> None:
    desk = desk_of(role, None if role is Role.OPERATIONS else CP)
    async with opened(desk, UserCardScreen(user_id), size=(160, 40)) as pilot:
        await until(pilot, shows(pilot, ACTIVE))
        foot = pilot.app.screen.query_one(CommandBar).items()
        assert "reveal" not in {item.command.name for item in foot}
        await pilot.press("o")
        await until(pilot, shows(pilot, "sees whole addresses"))
        assert front(pilot, UserCardScreen)


@pytest.mark.parametrize("from_list", [False, True])
async def test_in_a_call_whose_caller_was_not_checked_it_is_dimmed_and_says_so(
    helpdesk: Desk, user_id: str, from_list: bool, database: Database
) -> None:
    await helpdesk.enquiries.begin(user_id, question="?")
    async with opened(helpdesk, UsersScreen() if from_list else UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        if not from_list:
            await until(pilot, shows(pilot, "t***@harbour.hk"))
        await pilot.press("o")
        await until(pilot, shows(pilot, "'Reveal' is only for a caller who was checked"))
        assert front(pilot, UserCardScreen)
        bar = pilot.app.screen.query_one(CommandBar).items()
        assert not any(item.allowed for item in bar if item.command.name == "reveal")
    assert await reasons(database) == []


async def test_hostile_text_is_shown_as_text(helpdesk: Desk, user_id: str, database: Database) -> None:
    hostile = HOSTILE[:60]
    async with database.writing() as connection:
        await connection.execute(update(USERS).values(user_name=hostile, active_email=f"{hostile}@x.hk"))
    async with opened(helpdesk, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "[/x] [bold]"))
        await pilot.press("o")
        await until(pilot, lambda: front(pilot, RevealScreen))
        await until(pilot, shows(pilot, "Show whole addresses", "[/x] [bold]"))
        await type_over(pilot, "#why", hostile)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "in full until", "in full: [/x] [bold]"))
        assert not {"\x1b", "\x07", "\u202e", "\u2066", "\u200d"} & set(seen(pilot.app))
