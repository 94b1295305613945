"""An SSH host under watch: every program that its sshd starts is noted as the kernel sees it, by strace."""

import os
import pwd
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from store.migrate import upgrade
from store.views import Role
from tests.ssh_host import ENV, SSHD, SshHost, furnish

_EXEC = re.compile(r'execve\("((?:[^"\\]|\\.)*)", \[(.*?)\](?:, | <)')
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LISTENING = "0A"
_ACCEPTING = 0x10000


class Started(NamedTuple):
    """A program that was started, and its words."""

    program: str
    words: tuple[str, ...]


class WatchedHost(SshHost):
    """Knows which programs ran on it, and which sockets the sessions of its sshd listen on."""

    @property
    def _trace(self) -> Path:
        return self.home / "execve"

    @property
    def watcher(self) -> tuple[str, ...]:
        """What sshd is started under."""
        asked = ("-f", "--seccomp-bpf", "-qq", "-s", "65536", "-e", "trace=execve", "-e", "signal=none")
        return ("strace", *asked, "-o", str(self._trace))

    def started(self) -> list[Started]:
        """Every program that sshd or a descendant of it started (or tried to start), sshd itself included."""
        lines = self._trace.read_text(encoding="utf-8", errors="replace").splitlines()
        found = [_EXEC.search(line) for line in lines]
        return [Started(each[1], tuple(_WORD.findall(each[2]))) for each in found if each]

    own_start: frozenset[Started] = frozenset()
    """What this account's shell starts by itself for any command: its own start-up files are not ours."""

    def strangers(self) -> list[Started]:
        """What ran and is neither sshd, nor the look-up of a key, nor the gateway bound to an operator."""
        return [each for each in self.started() if not self._belongs(each) and each not in self.own_start]

    def _belongs(self, each: Started) -> bool:
        user, ours = pwd.getpwuid(os.getuid()), (*self.program, "ssh")
        gateways = {(*ours, "gateway", "--operator", login) for login in self.logins}
        words = each.words[1:] if each.program == ENV else each.words
        if each.program == user.pw_shell:
            return words[1:2] == ("-c",) and tuple(words[2].split(" ")) in gateways
        if each.program in (ENV, sys.executable):
            return words in gateways or words[:-2] == (*ours, "authorized-keys", user.pw_name)
        return each.program == SSHD

    def listening(self) -> set[str]:
        """The addresses and files that sshd and its descendants listen on."""
        assert self.sshd is not None
        inodes = {inode for pid in _family(self.sshd.pid) for inode in _sockets(pid)}
        return {where for inode, where in _listeners() if inode in inodes}


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text(encoding="ascii").split():
            yield from _family(int(child))


def _sockets(pid: int) -> Iterator[int]:
    for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
        found = re.fullmatch(r"socket:\[(\d+)\]", _target(descriptor))
        if found:
            yield int(found[1])


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:  # closed meanwhile
        return ""


def _listeners() -> Iterator[tuple[int, str]]:
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            cells = line.split()
            if cells[3] == _LISTENING:
                yield int(cells[9]), f"port {int(cells[1].rpartition(':')[2], 16)}"
    for line in Path("/proc/net/unix").read_text(encoding="utf-8").splitlines()[1:]:
        cells = line.split()
        if int(cells[3], 16) & _ACCEPTING:
            yield int(cells[6]), " ".join(cells[7:])


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WatchedHost]:
    """A running host under watch; a missing strace is a failure, never a skip."""
    if shutil.which("strace") is None:
        pytest.fail("strace is missing: install it (Debian: apt-get install strace).", pytrace=False)
    home = tmp_path_factory.mktemp("watched")
    host = WatchedHost(home, f"sqlite:///{home / 'desk.db'}")
    upgrade(host.database_url)
    host.run(lambda database: furnish(host, database))
    host.start()
    try:
        host.ssh(host.operator(Role.HELPDESK).key, "help")
        host.own_start = frozenset(host.strangers())
        yield host
    finally:
        host.stop()
