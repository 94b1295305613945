"""The line to the operator is cut: the desk ends at once, whole, and the audit knows how it ended."""

import asyncio
import os
import select
import signal
import sqlite3
import sys
import termios
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyotp
import pytest
from sqlalchemy import insert

from store.database import Database
from store.keys import read_key_file
from store.sign_in import seal_seed
from store.tables import OperatorRow
from store.views import Role
from tests.command_line import Desk
from tests.terminal import Terminal

LOGIN = "ops.lee"
SOON = 15.0
"""Seconds, on a machine with much else to do."""


class End(NamedTuple):
    """How the session's row says it ended, and what else the database has to say."""

    reason: str | None
    ended: bool
    actions: list[str]


@pytest.fixture
def host(tmp_path: Path) -> Desk:
    """An initialised host."""
    made = Desk(tmp_path)
    assert made.run("init").code == 0
    return made


@pytest.fixture
def seed(host: Desk) -> str:
    """The seed of an operations operator's one-time passwords."""
    seed = pyotp.random_base32()

    async def add() -> None:
        keys = read_key_file(host.home / "desk.key")
        database = Database(host.environment["CCMS_TUI_DATABASE_URL"])
        row = {
            "operator_id": LOGIN, "name": LOGIN, "role": Role.OPERATIONS.value,
            "totp_sealed": seal_seed(keys, LOGIN, seed), "created_at": datetime.now(UTC),
        }  # fmt: skip
        async with database.writing() as connection:
            await connection.execute(insert(OperatorRow), [row])
        await database.close()

    asyncio.run(add())
    return seed


class SignedIn:
    """The desk on a terminal, signed in."""

    def __init__(self, host: Desk, seed: str, *arguments: str, before: tuple[str, ...] = ()) -> None:
        program = (sys.executable, "-m", "tests.signed_in", LOGIN, pyotp.TOTP(seed).now(), *arguments)
        self.host = host
        self.terminal = Terminal([*before, *program], host.environment)
        self.terminal.wait_for("user registration", "first sign-in")
        self.process = os.pidfd_open(int((host.home / "pid").read_text()))

    def close_window(self) -> None:
        """The other end of the terminal goes away."""
        os.close(self.terminal.child.child_fd)

    def wait_end(self) -> None:
        """Wait until the process is no more; it closed the database, so that nothing is left to recover."""
        assert self.is_gone_within(SOON)
        assert sorted(path.name for path in self.host.home.glob("desk.db*")) == ["desk.db", "desk.db-turn"]

    def is_gone_within(self, seconds: float) -> bool:
        """Wait until the process is no more, but no longer than this."""
        return bool(select.select([self.process], [], [], seconds)[0])

    def end(self) -> End:
        """What the database says."""
        with closing(sqlite3.connect(self.host.database)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            [(reason, ended_at)] = database.execute("SELECT end_reason, ended_at FROM operator_session")
            actions = [row[0] for row in database.execute("SELECT action FROM audit_event ORDER BY event_id")]
        return End(reason, ended_at is not None, actions)

    def tidy(self) -> None:
        """End it whatever it does."""
        if not self.is_gone_within(0):
            signal.pidfd_send_signal(self.process, signal.SIGKILL)
        os.close(self.process)


@pytest.fixture
def signed_in(host: Desk, seed: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[SignedIn]]:
    monkeypatch.chdir(host.home)
    made: list[SignedIn] = []
    yield made
    for each in made:
        each.tidy()


@pytest.mark.parametrize("how", ["signal", "closed", "closed without a signal", "asked to end"])
def test_a_cut_line_ends_the_desk_whole(host: Desk, seed: str, signed_in: list[SignedIn], how: str) -> None:
    before = ("setsid", "--wait") if how == "closed without a signal" else ()
    desk = SignedIn(host, seed, before=before)
    signed_in.append(desk)
    if how in ("signal", "asked to end"):
        number = signal.SIGHUP if how == "signal" else signal.SIGTERM
        signal.pidfd_send_signal(desk.process, number)
    else:
        desk.close_window()
    desk.wait_end()
    end = desk.end()
    assert (end.reason, end.ended) == ("hung-up", True)
    assert end.actions[-1] == "session.ended"


def test_work_that_cannot_be_cancelled_does_not_hold_the_process(
    host: Desk, seed: str, signed_in: list[SignedIn]
) -> None:
    desk = SignedIn(host, seed, "busy")
    signed_in.append(desk)
    desk.close_window()
    desk.wait_end()
    assert desk.end().reason == "hung-up"


def test_a_desk_that_stands_still_does_not_hold_the_process(
    host: Desk, seed: str, signed_in: list[SignedIn]
) -> None:
    desk = SignedIn(host, seed, "busy")
    signed_in.append(desk)
    signal.pidfd_send_signal(desk.process, signal.SIGUSR1)
    desk.close_window()
    assert desk.is_gone_within(SOON)


def test_the_environment_gives_the_library_no_orders(host: Desk) -> None:
    orders = {
        "TEXTUAL": "devtools,debug",
        "TEXTUAL_LOG": str(host.home / "log"),
        "TEXTUAL_SCREENSHOT": "0",
        "TEXTUAL_SCREENSHOT_LOCATION": str(host.home),
        "TEXTUAL_DRIVER": "antigravity:Driver",
        "TEXTUAL_PRESS": "q",
        "TEXTUAL_ALLOW_SIGNALS": "1",
    }
    before = sorted(host.home.iterdir())
    desk = Terminal([sys.executable, "-m", "ccms_tui"], host.environment | orders)
    desk.wait_for("user registration")
    desk.press("\x03")
    desk.wait_for("Press q to leave the desk.")
    desk.press("q")
    assert desk.wait_end() == 0
    assert sorted(host.home.iterdir()) == before


def test_who_leaves_by_q_has_left(host: Desk, seed: str, signed_in: list[SignedIn]) -> None:
    desk = SignedIn(host, seed)
    signed_in.append(desk)
    desk.terminal.press("q")
    assert desk.terminal.wait_end() == 0
    assert desk.end().reason == "left"


def test_a_session_that_is_over_gives_the_terminal_back_with_one_sentence(
    host: Desk, seed: str, signed_in: list[SignedIn]
) -> None:
    desk = SignedIn(host, seed)
    signed_in.append(desk)
    with closing(sqlite3.connect(host.database)) as database, database:
        database.execute(
            "UPDATE operator SET disabled_at = '2023-01-01 00:00:00' WHERE operator_id = ?", [LOGIN]
        )
    desk.terminal.wait_ended()
    assert desk.terminal.text.count("Your login was disabled; what was saved stays saved.") == 1
    assert "Traceback" not in desk.terminal.text
    assert termios.tcgetattr(desk.terminal.child.child_fd)[3] & termios.ECHO
    assert desk.terminal.wait_end() == 4


def test_ctrl_z_and_ctrl_backslash_stop_nothing(host: Desk, seed: str, signed_in: list[SignedIn]) -> None:
    desk = SignedIn(host, seed)
    signed_in.append(desk)
    desk.terminal.press("\x1a", "\x1c", "\x11", "\x03")
    desk.terminal.wait_for("Press q to leave the desk.")
    desk.terminal.press("2")
    desk.terminal.wait_for("All users")
