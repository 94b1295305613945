"""Runs `ccms-tui demo`."""

import asyncio
import sys
from functools import partial

from ccms_tui.launch import checked_keymap, show, terminal_refusal


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
    app = DeskApp(partial(demo.enter, demo.roles[0]), demo=demo, keymap=keymap)
    return await show(app, demo.close)
