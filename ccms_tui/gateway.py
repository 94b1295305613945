"""The forced command of sshd: a one-time password, then the desk or one command, and the door closes."""

import asyncio
import os
import select
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from ccms_tui.confine import confine
from ccms_tui.gateway_request import BadRequest, Request, help_text, read_request
from ccms_tui.host import Host, opened_host
from ccms_tui.line import stop_writing
from ccms_tui.unseen import read_unseen
from screens.sentences import explain_error
from screens.words import _
from store.errors import SignInRefused, StoreError
from store.rules.logins import check_login

if TYPE_CHECKING:
    from store.desk import Desk
    from store.sign_in import SignIn

TRIES = 3
PATIENCE_SECONDS = 120
"""How long the prompt for the one-time password waits."""
DONE, FAILED, USAGE, NOT_ALLOWED = 0, 1, 2, 4
FINAL = frozenset({"locked", "wait", "unknown"})
"""Refusals after which another code cannot be better."""
NO_CODE = _("Signed off: no one-time password was given.")


class GivenUp(Exception):
    """No one-time password came; its text is a short word for why."""


def run_gateway(operator_id: str, config: str | None) -> int:
    """Serve whoever sshd let in as `operator_id`; the exit code. Raises: StoreError."""
    check_login(operator_id)
    command = os.environb.get(b"SSH_ORIGINAL_COMMAND", b"")
    origin = os.environ.get("SSH_CONNECTION", "").partition(" ")[0]
    confine(config)
    return asyncio.run(_Visit(operator_id, origin, command).serve())


def _time_out(*_signal: Any) -> NoReturn:
    raise GivenUp("timed-out")


class _Visit:
    """One connection, from the key that sshd accepted to the end of the session."""

    def __init__(self, operator_id: str, origin: str, command: bytes) -> None:
        self.operator_id = operator_id
        self.origin = origin
        self.command = command

    async def serve(self) -> int:
        """Read what is asked for, let the operator sign in, do it, close the session."""
        try:
            request = read_request(self.command)
        except BadRequest as error:
            return await self._refuse("command", str(error), self.command, code=USAGE)
        if request.is_help:
            print(help_text())
            return DONE
        if refusal := _no_way_to_serve(request):
            return await self._refuse("no-code", refusal, code=USAGE)
        return await self._ask_and_serve(request, _warm(request))

    async def _ask_and_serve(self, request: Request, imports: threading.Thread) -> int:
        """Three codes may be tried; a few empty lines count for none."""
        tried = 0
        for _line in range(2 * TRIES):
            try:
                otp = _ask() if request.otp is None else request.otp
            except (GivenUp, EOFError, KeyboardInterrupt) as error:
                imports.join()
                reason = str(error) if isinstance(error, GivenUp) else "no-code"
                return await self._refuse(reason, NO_CODE)
            imports.join()
            if not otp.strip():
                continue
            tried += 1
            try:
                return await self._open_and_serve(request, otp)
            except SignInRefused as refused:
                print(explain_error(refused), file=sys.stderr)
                if request.otp is not None or refused.reason in FINAL:
                    return NOT_ALLOWED
            if tried == TRIES:
                break
        if not tried:
            return await self._refuse("no-code", NO_CODE)
        print(_("That was the last try of this connection; connect again."), file=sys.stderr)
        return NOT_ALLOWED

    async def _refuse(
        self, reason: str, sentence: str, command: bytes = b"", *, code: int = NOT_ALLOWED
    ) -> int:
        """Say why not and leave a trace of it; the exit code."""
        print(sentence, file=sys.stderr)
        tried = command.decode("ascii", errors="replace")
        with suppress(StoreError):
            async with opened_host() as host:
                await _door(host).refuse(self.operator_id, reason, origin=self.origin, tried=tried)
        return code

    async def _open_and_serve(self, request: Request, otp: str) -> int:
        from store.desk import Desk  # noqa: PLC0415

        async with opened_host() as host:
            operator, session = await _door(host).open(self.operator_id, otp, origin=self.origin)
            return await _serve(request, Desk(host.database, host.clock, host.keys, operator, session))


def _door(host: Host) -> "SignIn":
    from store.sign_in import SignIn  # noqa: PLC0415

    return SignIn(host.database, host.clock, host.keys)


def _warm(request: Request) -> threading.Thread:
    """Import what will be needed while the one-time password is being typed.

    To be joined before anything else is imported: two threads that import each other's modules see halves.
    """
    names = ["ccms_tui.settings", "store.desk", *(["ccms_tui.app"] if request.args is None else [])]

    def load() -> None:
        for name in names:
            import_module(name)

    imports = threading.Thread(target=load, name="warm", daemon=True)
    imports.start()
    return imports


def _no_way_to_serve(request: Request) -> str | None:
    """Why the request cannot be served over this line, in one sentence."""
    from ccms_tui.launch import terminal_refusal  # noqa: PLC0415

    on_terminal = sys.stdin.isatty()
    if request.args is None:
        return terminal_refusal()
    if request.args.command == "import" and on_terminal:
        return _("Send the file on standard input, without -t: ssh desk otp 123456 import < emails.csv.")
    if request.args.command == "export" and on_terminal:
        return _("Leave -t out, or the prompt lands in the file: ssh desk otp 123456 export users > FILE.")
    if request.otp is None and not on_terminal:
        return _("Put a one-time password before the command (ssh desk otp 123456 ...), or use ssh -t.")
    return None


def _ask() -> str:
    """A one-time password from the terminal, unseen. Raises: GivenUp, EOFError, KeyboardInterrupt."""
    is_cut = False

    def hang_up(*_signal: Any) -> NoReturn:
        nonlocal is_cut
        is_cut = True
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # told twice, it must not end before it is recorded
        stop_writing()
        raise GivenUp("hung-up")

    signal.signal(signal.SIGALRM, _time_out)
    signal.signal(signal.SIGHUP, hang_up)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.alarm(PATIENCE_SECONDS)
    try:
        return read_unseen(_("One-time password: "))
    except OSError:
        hang_up()
    finally:
        signal.alarm(0)
        if not is_cut:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)


async def _serve(request: Request, desk: "Desk") -> int:
    """Show the desk or run the command; the session ends with it, however it ends."""
    if request.args is None:
        from ccms_tui.app import DeskApp  # noqa: PLC0415
        from ccms_tui.launch import show  # noqa: PLC0415

        app = DeskApp(_opened(desk))
        return await show(app, lambda: _end(desk, app.ending))
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, task.cancel)
    request.args.is_cut = _is_cut
    ending = "command"
    try:
        return int(await request.args.handler(request.args, desk))
    except asyncio.CancelledError:
        ending = "hung-up"
        return FAILED
    finally:
        await _end(desk, ending)


async def _end(desk: "Desk", reason: str) -> None:
    with suppress(StoreError):
        await desk.sessions.end(reason)


def _opened(desk: "Desk") -> Any:
    async def opener() -> "Desk":
        return desk

    return opener


def _is_cut() -> bool:
    """Whether nobody is at the other end any more: what came on standard input may be half of it."""
    line = select.poll()
    line.register(sys.stdout.fileno(), 0)
    return bool(line.poll(0)) or os.getppid() == 1
