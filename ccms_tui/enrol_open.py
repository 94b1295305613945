"""Opens the enrolment terminal: confined, with the first frame before the store, left without a trace."""

import asyncio
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from ccms_tui.config_file import BadSetting
from ccms_tui.confine import confine
from ccms_tui.enrol_slots import no_room
from ccms_tui.launch import show, terminal_refusal
from screens.sentences import explain_error
from store.errors import StoreError

if TYPE_CHECKING:
    from ccms_tui.enrol_app import EnrolApp
    from ccms_tui.host import Host
    from store.enrolment import Enrolment

ON_THE_HOST = "host"
SETTINGS = ("CCMS_TUI_", "XDG_")
"""How the names of variables begin that settings may come from, but never over SSH."""


class Opening:
    """Opens the host when the application asks for it, and closes it when the application has ended."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._host: Host | None = None
        self.fault: StoreError | None = None
        """Why it could not be opened the last time; the user is only told that it could not."""

    async def __call__(self) -> "Enrolment":
        """Enrolment on this host. Raises: StoreError."""
        try:
            enrolment = await self._open()
        except StoreError as fault:
            self.fault = fault
            raise
        self.fault = None
        return enrolment

    async def _open(self) -> "Enrolment":
        """The heavy imports happen beside the event loop."""
        await asyncio.to_thread(_import_store)
        from ccms_tui.host import open_host  # noqa: PLC0415
        from store.enrolment import Enrolment  # noqa: PLC0415
        from store.rules.passwords import Profile  # noqa: PLC0415

        await self.close()
        self._host = host = await open_host()
        profile = Profile(host.settings.password_profile)
        return Enrolment(host.database, host.clock, host.keys, origin=self._origin, profile=profile)

    async def close(self) -> None:
        """Give the database back."""
        if self._host is not None:
            await self._host.close()
            self._host = None


def _import_store() -> None:
    for module in ("ccms_tui.settings", "ccms_tui.host", "store.enrolment", "screens.enrol.way"):
        import_module(module)


def open_enrolment(config: str | None, *, forced: bool = False) -> int:
    """Let a user enrol on this terminal; the exit code.

    `forced` says that sshd runs it in place of a shell: then the settings come from `config` alone.
    """
    origin = os.environ.get("SSH_CONNECTION", "").partition(" ")[0] or ON_THE_HOST
    kept = {} if forced else {name: value for name, value in os.environ.items() if name.startswith(SETTINGS)}
    confine(config)
    os.environ.update(kept)
    if refusal := terminal_refusal():
        print(refusal, file=sys.stderr)
        return 1
    if forced and (refusal := no_room(origin)):
        print(refusal, file=sys.stderr)
        return 1
    from ccms_tui.enrol_app import EnrolApp  # noqa: PLC0415

    opening = Opening(origin)
    code = asyncio.run(run_visit(EnrolApp(opening), opening))
    if opening.fault is not None and not forced:
        fault = opening.fault
        print(str(fault) if isinstance(fault, BadSetting) else explain_error(fault), file=sys.stderr)
    return code


async def run_visit(app: "EnrolApp", opening: Opening) -> int:
    """Show the application until it is left; the exit code."""

    async def close() -> None:
        await app.close_visit()
        await opening.close()

    return await show(app, close)
