"""The board on a wall: its pages turn, each fits, it takes no keys, and it comes back after a fault."""

from typing import Any

import pytest
from textual.pilot import Pilot

from ccms_tui.demo.cast import START
from ccms_tui.demo.stage import Demo
from ccms_tui.wall import WallApp
from screens.wall import PAGES
from store.desk import Desk
from store.errors import DatabaseFault, SessionOver, StoreError
from store.setup import initialise
from store.views import Role
from tests.at_the_desk import seen, shows, until
from tests.conftest import DeskOf, HeldClock, Roster

NEVER = 10_000.0
"""Seconds between two pages of a wall that only the test turns."""


@pytest.fixture
def backend() -> str:
    """What the wall shows does not depend on the database behind the store."""
    return "sqlite"


async def turned(pilot: Pilot[Any], app: WallApp, *expected: str) -> None:
    app.turn()
    await until(pilot, shows(pilot, *expected))


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["80x24", "200x60"])
async def test_the_pages_turn_and_say_where_the_programme_is(size: tuple[int, int]) -> None:
    demo = Demo()
    demo.clock = HeldClock(START)
    role = next(each for each in Demo.roles if each.name == "operations")
    app = WallApp(lambda: demo.enter(role), page_seconds=NEVER)
    async with app.run_test(size=size) as pilot:
        head = ("USER REGISTRATION", "Registration of DAs' email address for 2FA", "39 working days left")
        await until(pilot, shows(pilot, *head, "Working days left", "until 31 Mar 2023", "752 of 2,400"))
        await turned(
            pilot,
            app,
            *head,
            "done",
            "needed",
            "too late",
            "P90",
            "500 random redraws",
        )
        await turned(pilot, app, *head, "of 60 ready", "Crane", "register 64: maker")
        await turned(pilot, app, *head, "Approvals", "oldest 6 d", "✓ moving", "1 overdue")
        await turned(pilot, app, *head, "Working days left", "6 Feb 2023 09:30")
    await demo.close()


async def wall_of(roster: Roster, keys: Any, clock: HeldClock, desk_of: DeskOf) -> Desk:
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    return desk_of(Role.OPERATIONS)


async def test_no_key_does_anything_but_q_which_ends_it(
    roster: Roster, keys: Any, clock: HeldClock, desk_of: DeskOf
) -> None:
    desk = await wall_of(roster, keys, clock, desk_of)

    async def opener() -> Desk:
        return desk

    app = WallApp(opener, page_seconds=NEVER)
    async with app.run_test() as pilot:
        await until(pilot, shows(pilot, "Working days left"))
        before = seen(app)
        await pilot.press("1", "enter", "escape", "i", "tab", "space", "ctrl+p", "left", "question_mark")
        assert seen(app) == before
        await pilot.press("q")
        await until(pilot, lambda: not app.is_running)


async def test_a_fault_is_told_in_a_line_and_the_next_page_comes_back_by_itself(
    roster: Roster, keys: Any, clock: HeldClock, desk_of: DeskOf
) -> None:
    desk = await wall_of(roster, keys, clock, desk_of)
    faults: list[StoreError] = [DatabaseFault("locked", "desk.db")]

    async def opener() -> Desk:
        if faults:
            raise faults.pop()
        return desk

    app = WallApp(opener, page_seconds=NEVER)
    async with app.run_test() as pilot:
        await until(pilot, shows(pilot, "✗ "))
        for _page in PAGES:
            app.turn()
        await until(pilot, lambda: "figures of 6 Feb 2023" in seen(app) and "✗" not in seen(app))


async def test_a_session_that_is_over_ends_the_wall_and_says_why() -> None:
    async def opener() -> Desk:
        raise SessionOver("ended")

    app = WallApp(opener, page_seconds=NEVER)
    async with app.run_test() as pilot:
        await until(pilot, lambda: not app.is_running)
    assert app.parting


async def test_a_wall_without_users_is_sentences(
    roster: Roster, keys: Any, clock: HeldClock, desk_of: DeskOf
) -> None:
    desk = await wall_of(roster, keys, clock, desk_of)

    async def opener() -> Desk:
        return desk

    app = WallApp(opener, page_seconds=NEVER)
    async with app.run_test() as pilot:
        await until(pilot, shows(pilot, "Working days left"))
        await turned(pilot, app, "No users yet: nothing to draw", "Nobody yet")
