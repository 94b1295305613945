"""Runs `ccms-tui demo`."""

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING

from ccms_tui.launch import checked_keymap, show, terminal_refusal

if TYPE_CHECKING:
    from ccms_tui.demo.stage import Demo


def run_demo(role_name: str | None = None) -> int:
    """Show the embedded desk until it is left."""
    if refusal := terminal_refusal():
        print(refusal, file=sys.stderr)
        return 1
    return asyncio.run(_run(role_name, checked_keymap()))


async def _run(role_name: str | None, keymap: dict[str, str]) -> int:
    from ccms_tui.app import DeskApp  # noqa: PLC0415
    from ccms_tui.demo.stage import Demo  # noqa: PLC0415

    demo = Demo(next((role for role in Demo.roles if role.name == role_name), None))
    try:
        while True:
            demo.enrols = False
            app = DeskApp(partial(demo.enter, demo.roles[0]), demo=demo, keymap=keymap)
            code = await show(app, _nothing)
            if not demo.enrols or await _hung_up_enrolling(demo):
                return code
    finally:
        await demo.close()


async def _hung_up_enrolling(demo: "Demo") -> bool:
    """Show the users' own terminal, from the picker and back to it; whether the line was hung up there."""
    from ccms_tui.demo.enrol import DemoEnrolApp  # noqa: PLC0415

    app = DemoEnrolApp(demo)
    await show(app, app.close_visit)
    demo.role = None
    return app.ending == "hung-up"


async def _nothing() -> None:
    """What a demo uses stays open until it is left."""
