"""How each screen looks at 80x24 and 120x40, with the demo's roster and a clock that stands still."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from textual.pilot import Pilot

from ccms_tui.app import DeskApp
from ccms_tui.demo.cast import START
from ccms_tui.demo.stage import Demo
from tests.conftest import HeldClock

LANDED = {
    "operations": "Users verified",
    "maker": "no email",
    "helpdesk": "Look up a caller",
    "checker": "wait for you",
}
RESTING = {"live", "decide"}
"""Work that waits for somebody: the watch over the database, and a decision that asks first."""
SMALL, WIDE = (80, 24), (120, 40)
SCENES: dict[str, tuple[str, Sequence[str], str]] = {
    "board": ("operations", (), "P90"),
    "board-past": ("operations", ("left", "left", "left", "down"), "THE PAST"),
    "board-goal": ("operations", ("g",), "Users enrolled"),
    "participants": ("operations", ("1",), "by attention"),
    "users": ("maker", (), "C10100"),
    "lookup": ("helpdesk", tuple("harbour chan"), "5 found"),
    "answer": ("helpdesk", (*"halb0003", "enter"), "Never ask"),
    "calls": ("helpdesk", ("escape", "8"), "Open follow-ups"),
    "all-users": ("helpdesk", ("escape", "2"), "2,4"),
    "user-card": ("maker", ("enter",), "History"),
    "why": ("maker", ("enter", "w"), "Smartcard"),
    "edit-email": ("maker", ("e",), "New address"),
    "enter-code": ("maker", ("down", "down", "v"), "Its mail"),
    "schedule": ("operations", ("3",), "Connectivity test"),
    "cutover": ("operations", ("3", "i"), "Participants 60"),
    "schedule-revise": ("operations", ("3", "e"), "Nothing is published before"),
    "mail": ("operations", ("4",), "queued"),
    "audit": ("operations", ("6",), "newest first"),
    "approvals": ("checker", ("end",), "moved to the Kowloon office"),
    "approvals-plan": ("checker", ("down", "down", "a"), "verification mails go out"),
    "approvals-reject": ("checker", ("end", "x"), "the maker reads it"),
    "approvals-decided": ("checker", ("f", "down"), "private mailbox"),
    "help": ("operations", ("question_mark",), "Keys here"),
}


def _seen(app: DeskApp) -> str:
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


async def _until(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    for _ in range(400):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError(_seen(pilot.app))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("scene", SCENES)
def test_a_screen_looks_as_it_did(snap_compare: Any, scene: str, size: tuple[int, int]) -> None:
    role, keys, words = SCENES[scene]
    demo = Demo(next(each for each in Demo.roles if each.name == role))
    demo.clock = HeldClock(START)
    app = DeskApp(lambda: demo.enter(demo.roles[0]), demo=demo)

    async def come_in(pilot: Pilot[Any]) -> None:
        await _until(pilot, lambda: app.ready and LANDED[role] in _seen(app))
        await pilot.press(*keys)
        await _until(pilot, lambda: words in _seen(app))
        await _until(pilot, lambda: all(worker.group in RESTING for worker in app.workers))
        app.clear_notifications()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=come_in)
