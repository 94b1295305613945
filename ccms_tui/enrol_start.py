"""What is settled before strangers are served: where, under which name, with which settings, for how many."""

import asyncio
import os
import signal
import sys
from ipaddress import ip_address
from pathlib import Path

from ccms_tui.commands_enrol import DEFAULT_PLACE
from ccms_tui.config_file import BadSetting, config_path
from ccms_tui.confine import confine
from ccms_tui.logs import log_to_stderr
from ccms_tui.settings import PREFIX, Settings
from screens.words import _

USAGE = 2


def read_address(value: str) -> tuple[str, int]:
    """The address and port in `ADDRESS:PORT`, as in 127.0.0.1:8080 or [::1]:8080. Raises: ValueError."""
    host, _colon, port = value.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(value)
    return str(ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))), int(port)


def serve_enrolment(where: str, config: str | None, *, unprotected: bool) -> int:
    """Serve until told to stop; the exit code. Raises: StoreError, OSError when the port is taken."""
    try:
        host, port = read_address(where)
    except ValueError:
        return _refuse(_("Give --serve an address and a port, such as %s.") % DEFAULT_PLACE)
    if not (ip_address(host).is_loopback or unprotected):
        return _refuse(
            _(
                "TLS is the proxy's work, so only an address of this host alone is served, such as %s; "
                "--unprotected serves any other."
            )
            % DEFAULT_PLACE
        )
    _demand_settings_in_a_file()
    path = config_path() if config is None else Path(config)
    file = str(path.resolve()) if path else None
    confine(file)
    log_to_stderr()
    settings = asyncio.run(_checked())
    asyncio.run(_serve(host, port, file, settings))
    return 0


def visitor_words(file: str | None) -> tuple[str, ...]:
    """The command of one visitor's terminal."""
    config = ("--config", file) if file else ()
    return (sys.executable, "-I", "-m", "ccms_tui", *config, "enrol", "--served")


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return USAGE


def _demand_settings_in_a_file() -> None:
    """A visitor's process has no settings in its environment, where a password of the database might be."""
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name != PREFIX + "CONFIG":
            raise BadSetting(name, _("enrol --serve takes its settings from the file only; put it there"))


async def _checked() -> Settings:
    """The settings, once it is known that the store can be opened with them: here, not before a visitor."""
    from ccms_tui.host import opened_host  # noqa: PLC0415

    async with opened_host() as host:
        return host.settings


async def _serve(host: str, port: int, file: str | None, settings: Settings) -> None:
    from ccms_tui.enrol_limits import Turnstile  # noqa: PLC0415
    from ccms_tui.enrol_serve import EnrolServer  # noqa: PLC0415

    shown = f"[{host}]" if ":" in host else host
    url = settings.enrol_url or f"http://{shown}:{port}"
    turnstile = Turnstile(
        settings.enrol_terminals, settings.enrol_terminals_per_address, settings.enrol_starts_per_minute
    )
    server = EnrolServer(visitor_words(file), host, port, url, turnstile)
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopped.set)

    def started(on: int) -> None:
        words = _("Enrolment is served on {where}, for browsers at {url}.")
        print(words.format(where=f"{shown}:{on}", url=url), flush=True)

    await server.run(started, stopped)
