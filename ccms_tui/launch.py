"""Opens the desk on a terminal: the first frame comes before the store, and leaving is clean."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TYPE_CHECKING

from ccms_tui.config_file import BadSetting, read_keymap
from ccms_tui.line import watch_line
from screens.words import _

if TYPE_CHECKING:
    from ccms_tui.host import Host
    from ccms_tui.quiet_app import QuietApp
    from store.desk import Desk


class Opening:
    """Opens the host when the application asks for it, and closes it when the application has ended."""

    def __init__(self, operator_id: str | None) -> None:
        self._operator_id = operator_id
        self._host: Host | None = None

    async def __call__(self) -> "Desk":
        """The desk as the operator may see it; the heavy imports happen beside the event loop."""
        await asyncio.to_thread(_import_store)
        from ccms_tui.host import open_host  # noqa: PLC0415

        await self.close()
        self._host = await open_host()
        return await self._host.desk(self._operator_id)

    async def close(self) -> None:
        """Give the database back."""
        if self._host is not None:
            await self._host.close()
            self._host = None


def _import_store() -> None:
    for module in ("ccms_tui.settings", "store.desk", "store.operators"):
        import_module(module)


def open_desk(operator_id: str | None = None) -> int:
    """Show the desk until it is left; the exit code."""
    if refusal := terminal_refusal():
        print(refusal, file=sys.stderr)
        return 1
    keymap = checked_keymap()
    from ccms_tui.app import DeskApp  # noqa: PLC0415

    opening = Opening(operator_id)
    return asyncio.run(show(DeskApp(opening, keymap=keymap), opening.close))


def terminal_refusal() -> str | None:
    """Why the desk cannot be shown here, in one sentence; None when it can."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _(
            "The desk needs a terminal for input and output; over SSH use ssh -t, in scripts use a command."
        )
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        return _("This terminal cannot show the desk; set TERM to what it is, such as xterm-256color.")
    return None


def checked_keymap() -> dict[str, str]:
    """The operator's own keys. Raises: BadSetting when one is for a command the desk does not have."""
    keymap = read_keymap()
    if keymap:
        from screens.commands import BY_NAME  # noqa: PLC0415

        for name in keymap:
            if name not in BY_NAME:
                raise BadSetting("keys", _("there is no command {name}").format(name=name))
    return keymap


async def show(app: "QuietApp", close: Callable[[], Awaitable[None]]) -> int:
    """Run the application until it is left or the line is hung up, then close what it used; the exit code.

    `app.ending` says how it ended, already while it is closed. Raises: whatever fault ended the application.
    """
    watch_line(app)
    try:
        await app.run_async()
    finally:
        await close()
    if app.fault is not None:
        raise app.fault
    if app.parting:
        print(app.parting, file=sys.stderr)
    return app.return_code or 0
