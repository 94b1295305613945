"""Debian's sshd on a port of its own, configured from the fragment in `deploy/`, with a desk behind it.

It serves the account the tests run as: only root could serve another one, and it would need a Python that
this other one may run.
"""

import asyncio
import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from store.audit_rows import facts_of
from store.clock import SystemClock
from store.context import Context
from store.database import Database
from store.keys import create_key_file, read_key_file
from store.migrate import upgrade
from store.operators import add, add_keys
from store.rules.ssh_keys import parse_key
from store.setup import SYSTEM, initialise
from store.tables import EVENTS, OPERATOR_SESSIONS
from store.views import Operator, Role
from tests.command_line import ROOT, Done
from tests.conftest import Roster
from tests.terminal import PATIENCE, Terminal

FRAGMENT = ROOT / "deploy" / "sshd-ccms-tui.conf"
SSHD = "/usr/sbin/sshd"
ENV = "/usr/bin/env"
"""sshd runs nothing that is not root's own, with all the directories above it; it leads to ours."""


@dataclass
class Person:
    """An operator with a key pair and an authenticator app."""

    login: str
    key: Path
    seed: str
    step: int = 0

    def code(self) -> str:
        """A code that the door has not seen: each call moves one step on, at most one into the future."""
        now = int(SystemClock().now().timestamp()) // 30
        self.step = max(self.step + 1, now)
        assert self.step <= now + 1, "two codes are all that one moment has; use another operator"
        return pyotp.TOTP(self.seed).generate_otp(self.step)


class SshHost:
    """A host that operators reach by SSH."""

    def __init__(self, home: Path, database_url: str) -> None:
        self.home = home
        self.database_url = database_url
        self.port = free_port()
        self.sshd: subprocess.Popen[bytes] | None = None
        self._numbers: Iterator[int] = count(1)
        self.logins: set[str] = set()
        self.config = home / "config.toml"
        self.program = (sys.executable, "-I", "-m", "ccms_tui", "--config", str(self.config))
        key_file = home / "desk.key"
        create_key_file(key_file)
        self.keys = read_key_file(key_file)
        self.config.write_text(
            f'database_url = "{database_url}"\nkey_file = "{key_file}"\n', encoding="utf-8"
        )

    watcher: tuple[str, ...] = ()
    """What sshd is started under, if anything."""

    def start(self) -> None:
        """Start sshd, and wait until it takes connections."""
        make_key(self.home / "host_key")
        public = (self.home / "host_key.pub").read_text(encoding="ascii")
        (self.home / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {public}", encoding="ascii")
        (self.home / "sshd_config").write_text(self._sshd_config(), encoding="utf-8")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        with (self.home / "sshd.log").open("wb") as log:
            command = (*self.watcher, SSHD, "-D", "-e", "-f", str(self.home / "sshd_config"))
            self.sshd = subprocess.Popen(("setpriv", "--pdeathsig", "TERM", *command), stderr=log)
        while not self._answers():
            if self.sshd.poll() is not None:
                pytest.fail(f"sshd did not start: {self.log}", pytrace=False)

    def stop(self) -> None:
        """End sshd itself, by its process id; what watches it ends with it."""
        if self.sshd is not None:
            os.kill(int((self.home / "sshd.pid").read_text(encoding="ascii")), signal.SIGTERM)
            self.sshd.wait()

    @property
    def log(self) -> str:
        return (self.home / "sshd.log").read_text(encoding="utf-8", errors="replace")

    def _sshd_config(self) -> str:
        """The fragment as delivered, but for the account, the program's place and the settings' place."""
        command = " ".join((ENV, *self.program))
        fragment = FRAGMENT.read_text(encoding="utf-8")
        installed = "/opt/ccms-tui/bin/ccms-tui --config /etc/ccms-tui/config.toml"
        assert installed in fragment
        fragment = fragment.replace(installed, command)
        user = getpass.getuser()
        fragment = fragment.replace("Match User desk", f"Match User {user}")
        fragment = fragment.replace("AuthorizedKeysCommandUser desk", f"AuthorizedKeysCommandUser {user}")
        own = [
            f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.home / 'host_key'}",
            f"PidFile {self.home / 'sshd.pid'}", "UsePAM no", "LogLevel VERBOSE", "StrictModes yes",
            "MaxStartups 200", "PermitRootLogin yes", "Subsystem sftp internal-sftp", "AcceptEnv *",
            f"SetEnv HOME={self.home}",  # where no shell finds a start-up file of this account
        ]  # fmt: skip
        return "\n".join([*own, fragment])

    def _answers(self) -> bool:
        with socket.socket() as attempt:
            attempt.settimeout(0.1)
            return attempt.connect_ex(("127.0.0.1", self.port)) == 0

    def command(self, key: Path, words: Sequence[str] = (), options: Sequence[str] = ()) -> list[str]:
        """The real client's command line."""
        settings = (
            "IdentitiesOnly=yes", f"IdentityFile={key}", "IdentityAgent=none", "BatchMode=yes",
            f"UserKnownHostsFile={self.home / 'known_hosts'}", "StrictHostKeyChecking=yes",
            "GlobalKnownHostsFile=none", "PreferredAuthentications=publickey", "LogLevel=ERROR",
        )  # fmt: skip
        flags = [part for setting in settings for part in ("-o", setting)]
        return [
            "ssh", "-F", "none", *flags, "-p", str(self.port), *options,
            f"{getpass.getuser()}@127.0.0.1", *words,
        ]  # fmt: skip

    def ssh(
        self, key: Path, *words: str, options: Sequence[str] = (), stdin: bytes = b"", **more: Any
    ) -> Done:
        """One command by the real client, without a terminal."""
        done = subprocess.run(
            self.command(key, words, options),
            input=stdin,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            **more,
        )
        return Done(
            done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        )

    def terminal(
        self,
        person: Person,
        *words: str,
        options: Sequence[str] = ("-t",),
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
    ) -> Terminal:
        """The real client in a window."""
        return Terminal(self.command(person.key, words, options), env, columns=columns, rows=rows)

    def sign_in(self, person: Person, **more: Any) -> Terminal:
        """The desk, after the key and a good one-time password; `more` is as for `terminal`."""
        terminal = self.terminal(person, **more)
        terminal.wait_for("One-time password:")
        terminal.press(person.code(), "enter")
        return terminal

    def gateways(self) -> list[int]:
        """The process ids of the gateways at work."""
        assert self.sshd is not None
        words = b"\0".join(word.encode() for word in self.program) + b"\0ssh\0gateway\0"
        return [pid for pid in family(self.sshd.pid) if process_file(pid, "cmdline").startswith(words)]

    def gateway_of(self, person: Person) -> int:
        """The person's gateway at work, as a descriptor of its process."""
        words = f"\0--operator\0{person.login}\0".encode()
        [pid] = [pid for pid in self.gateways() if process_file(pid, "cmdline").endswith(words)]
        return os.pidfd_open(pid)

    def operator(self, role: Role, participant_id: str | None = None) -> Person:
        """A fresh operator with a login, a key and a seed."""
        login = f"{role.value}-{next(self._numbers)}"
        self.logins.add(login)
        key, seed = make_key(self.home / login), pyotp.random_base32()
        public = parse_key(key.with_suffix(".pub").read_text(encoding="ascii"))

        async def make(database: Database) -> None:
            async with Context(database, SystemClock(), self.keys, SYSTEM).changing() as change:
                operator = Operator(login, login, role, participant_id)
                add(change, operator, seed)
                await add_keys(change, operator, [public])

        self.run(make)
        return Person(login, key, seed)

    def stranger(self) -> Path:
        """A key that belongs to nobody."""
        return make_key(self.home / f"stranger-{next(self._numbers)}")

    def run(self, work: Any) -> Any:
        """Await `work(database)` against the desk's database."""

        async def opened() -> Any:
            database = Database(self.database_url)
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(opened())

    def events(self, operator_id: str) -> list[tuple[str, str]]:
        """The events of one operator, in order: action and facts, the personal ones too."""

        async def read(database: Database) -> list[tuple[str, str]]:
            columns = (EVENTS.c.action, EVENTS.c.facts, EVENTS.c.personal)
            mine = select(*columns).where(EVENTS.c.operator_id == operator_id).order_by(EVENTS.c.event_id)
            async with database.reading() as connection:
                return [
                    (action, json.dumps(facts_of(facts, personal)))
                    for action, facts, personal in await connection.execute(mine)
                ]

        found: list[tuple[str, str]] = self.run(read)
        return found

    def endings(self, operator_id: str) -> list[str | None]:
        """How the operator's sessions ended, in order; None while one lasts."""

        async def read(database: Database) -> list[str | None]:
            sessions = OPERATOR_SESSIONS.c
            mine = select(sessions.end_reason).where(sessions.operator_id == operator_id)
            async with database.reading() as connection:
                return list((await connection.execute(mine.order_by(sessions.began_at))).scalars())

        found: list[str | None] = self.run(read)
        return found


def family(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from family(int(child))


def process_file(pid: int, name: str) -> bytes:
    """What /proc has under `name` for a process; empty once it is gone."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:  # ended meanwhile
        return b""


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_key(path: Path, *kind: str) -> Path:
    """A fresh key pair; `kind` is its type, and more of ssh-keygen's words."""
    command = ("ssh-keygen", "-q", "-t", *(kind or ("ed25519",)), "-N", "", "-C", path.name, "-f", str(path))
    subprocess.run(command, check=True)
    return path


@pytest.fixture(scope="module")
def ssh_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A running host with two participants of one user each; a missing sshd is a failure, never a skip."""
    for program in (SSHD, "ssh", "ssh-keygen"):
        if shutil.which(program) is None:
            pytest.fail(f"{program} is missing: install openssh-server and openssh-client.", pytrace=False)
    home = tmp_path_factory.mktemp("ssh")
    host = SshHost(home, f"sqlite:///{home / 'desk.db'}")
    upgrade(host.database_url)
    host.run(lambda database: furnish(host, database))
    host.start()
    try:
        yield host
    finally:
        host.stop()


async def furnish(host: SshHost, database: Database) -> None:
    clock = SystemClock()
    await initialise(database, clock, host.keys, "ops1", "Operations One")
    roster = Roster(database, clock)  # type: ignore[arg-type] - the clock of the real world
    for participant_id, address in (("OWN1", "tm.chan@own.example"), ("OTHER2", "sm.lee@other.example")):
        await roster.participant(participant_id)
        await roster.user(participant_id, "CHAN Tai Man", pending=address)
