"""The checks of `ccms-tui doctor`: each says what it found and, where something is wrong, the remedy.

A check that needs what an earlier one found missing is left out: the first fault is the one to mend.
"""

import os
import re
import stat
import sys
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from ccms_tui.answers import hong_kong
from ccms_tui.config_file import BadSetting
from ccms_tui.progress import progress_bar
from screens.words import _
from store.errors import DatabaseFault, KeyFault, StoreError

if TYPE_CHECKING:
    from ccms_tui.host import Host
    from ccms_tui.settings import Settings
    from store.desk import Desk

SSHD = (Path("/etc/ssh/sshd_config"), Path("/etc/ssh/sshd_config.d"))
NEAR = timedelta(seconds=5)
"""How far two clocks may be apart."""
PATIENCE = 10.0
"""Seconds for the mail server to answer."""
SMALLEST = (80, 24)
_KEYS_COMMAND = re.compile(r"^\s*AuthorizedKeysCommand\s+(\S+)\s.*\bssh\s+authorized-keys\b", re.IGNORECASE)


class State(StrEnum):
    """What came of a check."""

    HOLDS = "ok"
    LOOK = "look"
    FAILS = "fails"
    UNUSED = "not set up"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, what came of it, and what to do if it does not hold."""

    check: str
    state: State
    detail: str
    remedy: str | None = None


async def examine(*, whole: bool, sshd: Iterable[Path] = SSHD) -> AsyncGenerator[Finding, None]:
    """Every check in turn, as soon as it is done; `whole` follows the whole audit log."""
    from ccms_tui.settings import load_settings  # noqa: PLC0415

    try:
        settings = load_settings()
    except StoreError as error:
        yield Finding("settings", State.FAILS, str(error), _("Correct it, then run this again."))
    else:
        async with aclosing(_desk(settings, whole=whole)) as findings:
            async for finding in findings:
                yield finding
        yield await check_mail(settings)
    yield check_sshd(sshd)
    yield check_terminal()


async def _desk(settings: "Settings", *, whole: bool) -> AsyncGenerator[Finding, None]:
    """The database, the key and, where both are there, what is in the database."""
    from ccms_tui.host import open_host  # noqa: PLC0415

    database, key = await check_database(settings), check_key(settings)
    yield database
    yield key
    if State.FAILS in (database.state, key.state):
        return
    try:
        host = await open_host()
    except StoreError as error:
        yield _fault("key", error)
        return
    try:
        async with aclosing(_contents(host, whole=whole)) as findings:
            async for finding in findings:
                yield finding
    finally:
        await host.close()


async def _contents(host: "Host", *, whole: bool) -> AsyncGenerator[Finding, None]:
    desk = await host.desk()
    for name, check in (
        ("seals", check_seal(desk)),
        ("audit log", check_log(desk, whole=whole)),
        ("past", check_past(desk)),
        ("clock", check_clock(desk)),
    ):
        try:
            yield await check
        except StoreError as error:
            yield _fault(name, error)


def _fault(check: str, error: StoreError) -> Finding:
    """A fault whose sentence holds the remedy too."""
    from screens.sentences import explain_error  # noqa: PLC0415

    words = str(error) if isinstance(error, BadSetting) else explain_error(error)
    detail, separator, remedy = words.partition("; ")
    return Finding(check, State.FAILS, detail, remedy[:1].upper() + remedy[1:] if separator else None)


async def check_database(settings: "Settings") -> Finding:
    """Whether it answers and has the schema of this program."""
    from store.database import HEAD_REVISION, Database  # noqa: PLC0415

    try:
        database = Database(settings.database_url)
        try:
            await database.check_revision()
        finally:
            await database.close()
    except DatabaseFault as fault:
        return _fault("database", fault)
    words = _("{where} answers, schema {revision}")
    return Finding("database", State.HOLDS, words.format(where=database.where, revision=HEAD_REVISION))


def check_key(settings: "Settings") -> Finding:
    """Whether the key file is there, whole, and nobody else's."""
    from ccms_tui.host import demand_key_owner  # noqa: PLC0415
    from store.keys import read_key_file  # noqa: PLC0415

    try:
        read_key_file(settings.key_file)
        demand_key_owner(settings.key_file)
    except (KeyFault, BadSetting) as fault:
        return _fault("key", fault)
    mode = stat.S_IMODE(settings.key_file.stat().st_mode)
    words = _("{path}, mode {mode:04o}").format(path=settings.key_file, mode=mode)
    return Finding("key", State.HOLDS, words)


async def check_seal(desk: "Desk") -> Finding:
    """Whether the key opens what the database holds."""
    if await desk.health.seal():
        return Finding("seals", State.HOLDS, _("the key file opens what is sealed in the database"))
    return Finding("seals", State.UNUSED, _("nothing has been sealed yet"))


async def check_log(desk: "Desk", *, whole: bool) -> Finding:
    """Whether the audit log verifies, as far as it is followed."""
    from screens.audit_words import fault_words  # noqa: PLC0415
    from store.health import NEWEST  # noqa: PLC0415

    with progress_bar(_("Following the log")) as progress:
        verdict = await desk.health.log(None if whole else NEWEST, progress)
    if not verdict.ok:
        remedy = _("Run 'ccms-tui audit verify', and find out who could write to the database.")
        return Finding("audit log", State.FAILS, fault_words(verdict), remedy)
    words = _("all {n} events verify") if whole else _("the newest {n} events verify")
    return Finding("audit log", State.HOLDS, words.format(n=f"{verdict.events:,}"))


async def check_past(desk: "Desk") -> Finding:
    """Whether the present rebuilt from the audit log is what the tables hold."""
    with progress_bar(_("Rebuilding the present")) as progress:
        difference = await desk.health.past(progress)
    if difference is None:
        return Finding("past", State.HOLDS, _("the present rebuilt from the audit log equals the tables"))
    if difference.only_in is None:
        words = _("{what} {identity} is not in the tables as the audit log tells: {names}")
    elif difference.only_in == "log":
        words = _("{what} {identity} is in the audit log, but not in the tables")
    else:
        words = _("{what} {identity} is in the tables, but the audit log does not tell of it")
    detail = words.format(
        what=difference.what, identity=difference.identity, names=", ".join(difference.names)
    )
    remedy = _("Somebody wrote to the tables past the desk: hold it against a backup before you go on.")
    return Finding("past", State.FAILS, detail, remedy)


async def check_clock(desk: "Desk") -> Finding:
    """Whether this host's clock agrees with the database's, and with what was recorded."""
    database, newest = await desk.health.ahead()
    remedy = _("Set both clocks by NTP: codes are good for seconds.")
    if abs(database) > NEAR:
        words = _("the database's clock is {seconds:+.0f} seconds from this host's")
        return Finding("clock", State.FAILS, words.format(seconds=database.total_seconds()), remedy)
    if newest > NEAR:
        words = _("the newest event is {seconds:.0f} seconds ahead of this host's clock")
        return Finding("clock", State.FAILS, words.format(seconds=newest.total_seconds()), remedy)
    words = _("{time} in Hong Kong, which agrees with the database and with the newest event")
    return Finding("clock", State.HOLDS, words.format(time=hong_kong(desk.clock.now())))


async def check_mail(settings: "Settings") -> Finding:
    """Whether the mail server takes a connection as it would for a message."""
    from ccms_tui.mail_deliver import SmtpTransport  # noqa: PLC0415

    if settings.smtp_url is None:
        remedy = _("Set CCMS_TUI_SMTP_URL to send mail from here.")
        return Finding("mail server", State.UNUSED, _("none is set; no mail leaves this host"), remedy)
    timeout = min(settings.mail_timeout, PATIENCE)
    try:
        transport = SmtpTransport(settings.smtp_target, timeout=timeout, ca_file=settings.smtp_ca_file)
    except StoreError as error:
        return _fault("mail server", error)
    reason = await transport.reach()
    await transport.close()
    if reason is not None:
        words = _("{server} cannot be reached: {reason}").format(server=transport.target, reason=reason)
        return Finding("mail server", State.FAILS, words, _("Check its address, its TLS and its password."))
    words = _("{server} takes a connection, TLS {tls}")
    detail = words.format(server=transport.target, tls=transport.target.tls.value)
    return Finding("mail server", State.HOLDS, detail)


def check_sshd(places: Iterable[Path]) -> Finding:
    """Whether sshd can run the desk's AuthorizedKeysCommand: a file of root's that nobody else can change."""
    command = next(filter(None, map(_keys_command, _files(places))), None)
    if command is None:
        remedy = _("Take deploy/sshd-ccms-tui.conf if operators are to come in by SSH.")
        return Finding("sshd", State.UNUSED, _("no AuthorizedKeysCommand of the desk is configured"), remedy)
    if why := _unfit(Path(command)):
        words = _("sshd will not run {command}: {reason}").format(command=command, reason=why)
        return Finding("sshd", State.FAILS, words, _("Install it where only root can write."))
    return Finding("sshd", State.HOLDS, _("AuthorizedKeysCommand is {command}").format(command=command))


def _files(places: Iterable[Path]) -> Iterable[Path]:
    for place in places:
        yield from sorted(place.glob("*.conf")) if place.is_dir() else [place]


def _keys_command(file: Path) -> str | None:
    """The program that the file has sshd ask for keys, if that is the desk."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return next((found[1] for line in lines if (found := _KEYS_COMMAND.match(line))), None)


def _unfit(command: Path) -> str | None:
    """Why sshd refuses to run it, as its own check of the path and all folders above does."""
    if not command.is_absolute():
        return _("it is no absolute path")
    try:
        real = command.resolve(strict=True)
    except OSError:
        return _("{path} is not there").format(path=command)
    for place in (real, *real.parents):
        found = place.stat()
        if found.st_uid != 0 or stat.S_IMODE(found.st_mode) & 0o022:
            return _("others than root can write {path}").format(path=place)
    return None if os.access(command, os.X_OK) else _("it cannot be executed")


def check_terminal() -> Finding:
    """Whether this terminal can show the desk: its kind, its colours, its size, UTF-8."""
    from ccms_tui.launch import terminal_refusal  # noqa: PLC0415

    if not sys.stdout.isatty() or not sys.stdin.isatty():
        return Finding("terminal", State.UNUSED, _("this runs without one; nothing to look at"))
    if refusal := terminal_refusal():
        return Finding("terminal", State.FAILS, refusal)
    size, colours, kind = os.get_terminal_size(), _colours(), os.environ["TERM"]
    detail = _("{kind}, {colours} colours, {columns}x{rows}, {encoding}").format(
        kind=kind, colours=colours, columns=size.columns, rows=size.lines, encoding=sys.stdout.encoding
    )
    if sys.stdout.encoding.lower().replace("-", "") != "utf8":
        return Finding("terminal", State.FAILS, detail, _("Set LANG to a UTF-8 locale, such as C.UTF-8."))
    if colours < 256:
        remedy = _("Set TERM to a kind with 256 colours, such as xterm-256color.")
        return Finding("terminal", State.LOOK, detail, remedy)
    if size.columns < SMALLEST[0] or size.lines < SMALLEST[1]:
        return Finding("terminal", State.LOOK, detail, _("Make the window at least 80 columns by 24 rows."))
    return Finding("terminal", State.HOLDS, detail)


def _colours() -> int:
    """How many colours the terminal says it has."""
    import curses  # noqa: PLC0415

    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return 1 << 24
    try:
        curses.setupterm()
    except curses.error:
        return 0
    return max(curses.tigetnum("colors"), 0)
