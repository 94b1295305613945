"""The desk opens: at once, late, or not at all."""

import asyncio
import subprocess
import sys
from collections.abc import Callable

from ccms_tui.app import DeskApp
from screens.board import BoardScreen
from screens.lookup import LookupScreen
from screens.widgets.search_box import SearchInput
from store.desk import Desk
from store.errors import DatabaseFault
from store.views import Role
from tests.conftest import Roster
from tests.people_listed import Open, backend, names, open_desk, people, screen_text, until

__all__ = ["backend", "open_desk", "people"]


def test_importing_the_shell_loads_no_database_and_no_settings_library() -> None:
    heavy = (
        "('sqlalchemy', 'sqlmodel', 'pydantic', 'alembic', 'aiosmtplib', 'cryptography', 'email_validator')"
    )
    program = f"import sys, ccms_tui.app; sys.exit(bool([name for name in {heavy} if name in sys.modules]))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def test_the_frame_stands_while_the_store_is_still_opening(
    people: Roster, desk_of: Callable[..., Desk]
) -> None:
    may_open = asyncio.Event()

    async def opener() -> Desk:
        await may_open.wait()
        return desk_of(Role.OPERATIONS)

    app = DeskApp(opener)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1", "slash", "e")
        text = screen_text(pilot)
        assert "CCMS 2FA registration desk" in text
        assert "1 CPs" in text
        assert "? Help" in text
        assert "opening" in text
        may_open.set()
        await until(pilot, lambda: isinstance(app.screen, BoardScreen), "the landing screen")


async def test_a_database_that_cannot_be_used_is_told_with_its_remedy_and_q_leaves() -> None:
    async def opener() -> Desk:
        raise DatabaseFault("missing", "/srv/[/x]/desk.db")

    app = DeskApp(opener)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "cannot open" in screen_text(pilot), "the fault")
        assert "/srv/[/x]/desk.db" in screen_text(pilot)
        assert "ccms-tui init" in " ".join(screen_text(pilot).split())
        await pilot.press("q")
    assert app.return_code == 0


async def test_each_role_lands_where_its_work_is(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS, stay=True) as pilot:
        assert isinstance(pilot.app.screen, BoardScreen)
        assert "Users verified" in screen_text(pilot)
    async with open_desk(Role.HELPDESK) as pilot:
        assert isinstance(pilot.app.screen, LookupScreen)
        assert isinstance(pilot.app.focused, SearchInput)
    async with open_desk(Role.DA_MAKER) as pilot:
        assert names(pilot) == [
            "CHAN Tai Man 陳大文",
            "FUNG Kit",
            "HO Late",
            "LEE Siu Ming 李小明",
            "YIP Maker",
        ]
    async with open_desk(Role.DA_CHECKER) as pilot:
        assert "0 changes wait for you" in screen_text(pilot)


async def test_the_header_tells_who_is_signed_in_and_the_phase(open_desk: Open) -> None:
    async with open_desk(Role.DA_MAKER) as pilot:
        lines = screen_text(pilot).splitlines()
        assert "DA maker · P1" in lines[0]
        assert "user registration" in lines[0] + lines[1]
