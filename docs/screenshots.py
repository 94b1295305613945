"""Redraws the pictures in docs/ from the demo: SVG by Textual, PNG by rsvg-convert (which keeps columns)."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ccms_tui.app import DeskApp
from ccms_tui.demo.stage import Demo
from ccms_tui.wall import WallApp

HERE = Path(__file__).parent
SMALL, WIDE, HUGE = (80, 24), (120, 40), (200, 60)
PICTURES: tuple[tuple[str, str, tuple[int, int], Sequence[str]], ...] = (
    ("participants-120x40", "operations", WIDE, ("1",)),
    ("participants-80x24", "operations", SMALL, ("1",)),
    ("board-80x24", "operations", SMALL, ()),
    ("board-120x40", "operations", WIDE, ()),
    ("board-200x60", "operations", HUGE, ()),
    ("board-past-80x24", "operations", SMALL, ("left",) * 11),
    ("users-80x24", "maker", SMALL, ()),
    ("users-120x40", "helpdesk", WIDE, ("escape", "2")),
    ("lookup-80x24", "helpdesk", SMALL, tuple("chna hoi")),
    ("lookup-120x40", "helpdesk", WIDE, tuple("harbour")),
    ("answer-80x24", "helpdesk", SMALL, (*"bamboo chan", "enter")),
    ("answer-120x40", "helpdesk", WIDE, (*"bamboo chan", "enter")),
    ("answer-200x60", "helpdesk", (200, 60), (*"bamboo chan", "enter")),
    ("user-card-80x24", "maker", SMALL, ("enter",)),
    ("edit-email-80x24", "maker", SMALL, ("e",)),
    ("schedule-80x24", "operations", SMALL, ("3",)),
    ("cutover-80x24", "operations", SMALL, ("3", "i")),
    ("cutover-120x40", "operations", WIDE, ("3", "i")),
    ("cutover-200x60", "operations", HUGE, ("3", "i")),
    ("mail-120x40", "operations", WIDE, ("4",)),
    ("approvals-120x40", "checker", WIDE, ("end",)),
    ("audit-80x24", "operations", SMALL, ("6",)),
    ("why-80x24", "maker", SMALL, ("w",)),
    ("help-80x24", "operations", SMALL, ("question_mark",)),
)


WALLS: tuple[tuple[str, tuple[int, int], int], ...] = (
    ("wall-80x24", SMALL, 0),
    ("wall-120x40", WIDE, 1),
    ("wall-200x60", HUGE, 0),
)
"""Pictures of the wall, and how often its pages have turned."""


async def draw(name: str, role: str, size: tuple[int, int], keys: Sequence[str]) -> Path:
    """One picture: come in as `role`, press `keys`, write docs/NAME.png."""
    demo = Demo(next(candidate for candidate in Demo.roles if candidate.name == role))
    app = DeskApp(lambda: demo.enter(demo.roles[0]), demo=demo)
    async with app.run_test(size=size) as pilot:
        while not app.ready:
            await pilot.pause(0.05)
        await _settle(pilot)
        for key in keys:
            await pilot.press("space" if key == " " else key)
        await _settle(pilot)
        svg = app.export_screenshot()
    await demo.close()
    return write(name, svg)


async def draw_wall(name: str, size: tuple[int, int], turns: int) -> Path:
    """One picture of the wall, as operations have it."""
    demo = Demo()
    operations = next(candidate for candidate in Demo.roles if candidate.name == "operations")
    app = WallApp(lambda: demo.enter(operations), page_seconds=3600)
    async with app.run_test(size=size) as pilot:
        while app.wall.figures is None and app.is_running:
            await pilot.pause(0.05)
        for _turn in range(turns):
            await app.turn().wait()
        await _settle(pilot)
        svg = app.export_screenshot()
    await demo.close()
    return write(name, svg)


def write(name: str, svg: str) -> Path:
    """Keep a picture as docs/NAME.png."""
    picture = HERE / f"{name}.png"
    plain = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.S).replace(
        "<text ", '<text xml:space="preserve" '
    )
    subprocess.run(["rsvg-convert", "-o", str(picture)], input=plain.encode(), check=True)
    return picture


async def _settle(pilot: object) -> None:
    for _ in range(8):
        await pilot.pause(0.1)  # type: ignore[attr-defined]


def main(wanted: Sequence[str]) -> None:
    """Draw the pictures whose names begin with one of `wanted`, or all."""
    for name, role, size, keys in PICTURES:
        if not wanted or any(name.startswith(start) for start in wanted):
            print(asyncio.run(draw(name, role, size, keys)))
    for name, size, turns in WALLS:
        if not wanted or any(name.startswith(start) for start in wanted):
            print(asyncio.run(draw_wall(name, size, turns)))


if __name__ == "__main__":
    main(sys.argv[1:])
