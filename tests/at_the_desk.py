"""The desk on a real database with one screen in front, and what stands on the terminal."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import select
from textual.pilot import Pilot
from textual.screen import Screen

from ccms_tui.app import DeskApp
from screens.dialog import Line
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.setup import initialise
from store.tables import CcmsUser, Mail
from store.views import Role
from tests.conftest import DeskOf, HeldClock, Roster

HOSTILE = "[/x] [bold]\x1b[2J\x07\u202eevil\u2066 陳小明 👩\u200d💻 " + "長" * 500
MAKER = Role.DA_MAKER
CP = "C00001"


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def desk(database: Database, clock: HeldClock, keys: Keys, roster: Roster, desk_of: DeskOf) -> Desk:
    """A maker's desk of a participant with a single-DA waiver, on an initialised database."""
    await initialise(database, clock, keys, "ops", "Operations")
    await roster.participant(CP, "Harbour Securities 港灣證券", waiver="ops: sole proprietor")
    return desk_of(MAKER, CP)


async def until(pilot: Pilot[Any], condition: Callable[[], Any]) -> None:
    """Let the app run until `condition` holds; fail after some seconds."""
    for _turn in range(250):
        if condition():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    pytest.fail("the screen never came to show it:\n" + seen(pilot.app))


def seen(app: Any) -> str:
    """What stands on the terminal, as text."""
    size = app.screen.size
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(size))


def shows(pilot: Pilot[Any], *words: str) -> Callable[[], bool]:
    """Whether all `words` are on the screen, or told in a notification."""

    def shown() -> bool:
        told = " ".join(each.message for each in pilot.app._notifications)
        text = seen(pilot.app) + told
        return all(word in text for word in words)

    return shown


@asynccontextmanager
async def opened(
    desk: Desk,
    screen: Screen[Any] | None = None,
    size: tuple[int, int] = (80, 24),
    *,
    notifications: bool = False,
) -> AsyncIterator[Pilot[None]]:
    """The desk with `screen` in front."""

    async def opener() -> Desk:
        return desk

    app = DeskApp(opener)
    async with app.run_test(size=size, notifications=notifications) as pilot:
        await until(pilot, lambda: app.ready and app.phase)
        if screen is not None:
            await app.push_screen(screen)
            await until(pilot, lambda: app.screen is screen)
        yield pilot
        assert not app._exception


async def type_over(pilot: Pilot[Any], selector: str, value: str) -> None:
    """Put `value` into a line as a paste would."""
    line = pilot.app.screen.query_one(selector, Line)
    line.value = value
    line.cursor_position = len(value)
    await pilot.pause()


async def code_of(database: Database, keys: Keys, user_id: str) -> str:
    """The newest code, as only its recipient may read it."""
    query = select(Mail.sealed).join(CcmsUser, CcmsUser.pk == Mail.user_pk)
    query = query.where(CcmsUser.user_id == user_id, Mail.sealed.is_not(None)).order_by(Mail.mail_id.desc())
    async with database.reading() as connection:
        sealed = (await connection.execute(query.limit(1))).scalar_one()
    return keys.unseal(sealed)
