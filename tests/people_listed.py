"""The lists of the desk on a real database, and what stands in them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from ccms_tui.app import DeskApp
from screens.board import BoardScreen
from screens.list_screen import ListScreen
from screens.opening import TooSmallScreen
from screens.users import UsersScreen
from screens.widgets.search_box import SearchInput
from store.desk import Desk
from store.keys import Keys
from store.setup import initialise
from store.views import Kind, Role
from tests.conftest import HeldClock, Roster

PARTICIPANT = {Role.DA_MAKER: "P1", Role.DA_CHECKER: "P1", Role.HELPDESK: None, Role.OPERATIONS: None}
HOSTILE = ("[/x]", "[bold]bold", "\x1b[31mred\x1b[0m", "right\u202eleft", "陳大文 CHAN", "👩‍👩‍👧", "x" * 500)


@pytest.fixture
def backend() -> str:
    """What the screens show does not depend on the database behind the store."""
    return "sqlite"


@pytest.fixture
async def people(roster: Roster, keys: Keys, clock: HeldClock) -> Roster:
    """Two participants: P1 with seven users of several standings, P2 with three."""
    await initialise(roster.database, clock, keys, "ops", "Ops")
    await roster.participant("P1", "Bright Wealth Securities")
    await roster.participant("P2", "金富證券有限公司")
    soon = clock.now() + timedelta(hours=1)
    await roster.insert(
        [
            roster.row("P1", "AU Mei 區美", active="mei.au@bright.example", verified_at=clock.now()),
            roster.row("P1", "CHAN Tai Man 陳大文"),
            roster.row("P1", "FUNG Kit", pending="kit@bright.example", code_expires_at=soon),
            roster.row("P1", "HO Late", pending="late@bright.example", code_expires_at=clock.now()),
            roster.row("P1", "LEE Siu Ming 李小明", pending="ming@bright.example", undeliverable=True),
            roster.row("P1", "MA Locked", active="ma@bright.example", locked=True),
            roster.row("P1", "YIP Maker", kind=Kind.DA_MAKER),
            roster.row("P2", "WONG 李小明", active="wong@gold.example"),
            roster.row("P2", "WU One", active="wu@gold.example"),
            roster.row("P2", "YU Two", active="yu@gold.example"),
        ]
    )
    return roster


Open = Callable[..., Any]


@pytest.fixture
def open_desk(desk_of: Callable[..., Desk], people: Roster) -> Open:
    """`async with open_desk(role, size=...) as pilot:` the desk as it stands after opening.

    `in_users` goes on to the search box of the users' list, where the helpdesk does not land; operations go
    on to the participants unless they `stay` where they land.
    """

    @asynccontextmanager
    async def opened(
        role: Role,
        size: tuple[int, int] = (80, 24),
        *,
        in_users: bool = False,
        stay: bool = False,
        **options: Any,
    ) -> AsyncIterator[Pilot[None]]:
        async def opener() -> Desk:
            return desk_of(role, PARTICIPANT[role])

        app = DeskApp(opener, **options)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.ready and app.phase is not None, "the desk open")
            await until(pilot, lambda: landed(app), "the landing screen's rows")
            await settled(pilot)
            if role is Role.OPERATIONS and not stay and not isinstance(app.screen, TooSmallScreen):
                await pilot.press("1")
                await until(pilot, lambda: landed(app), "the participants")
                await settled(pilot)
            if in_users:
                await pilot.press("escape", "2", "slash")
                await settled(pilot)
            yield pilot

    return opened


def landed(app: DeskApp) -> bool:
    """Whether the screen that the role lands on has its rows, or is covered."""
    screen = app.screen
    if isinstance(screen, BoardScreen):
        return screen.list._loaded
    return isinstance(screen, TooSmallScreen) or (isinstance(screen, ListScreen) and screen.rows._loaded)


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    """Wait until something holds; the live watch needs real time, so this pauses in small steps."""
    for _ in range(400):
        await pilot.pause(0.01)
        if condition():
            return
    pytest.fail(f"never: {what}\n{screen_text(pilot)}")


async def settled(pilot: Pilot[None]) -> None:
    """Wait until no look at the store is under way."""
    busy = {"look", "filter", "open"}
    await until(
        pilot,
        lambda: (
            not getattr(pilot.app.screen, "_wanted", False)
            and not any(worker.group in busy for worker in pilot.app.workers)
        ),
        "settled",
    )
    await pilot.pause()


def screen_text(pilot: Pilot[None]) -> str:
    """The screen in front as plain lines."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


def shell(pilot: Pilot[None]) -> DeskApp:
    app = pilot.app
    assert isinstance(app, DeskApp)
    return app


def users_screen(pilot: Pilot[None]) -> UsersScreen:
    screen = pilot.app.screen
    assert isinstance(screen, UsersScreen)
    return screen


def names(pilot: Pilot[None]) -> list[str]:
    """The second column of the users in front."""
    rows = users_screen(pilot).rows
    return [row.user_name for index in range(rows.count) if (row := rows._pages.row(index)) is not None]


def told(pilot: Pilot[None]) -> list[str]:
    return [notification.message for notification in pilot.app._notifications]


async def type_in(pilot: Pilot[None], words: str) -> None:
    pilot.app.screen.query_one(SearchInput).insert_text_at_cursor(words)
    await settled(pilot)
