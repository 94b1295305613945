"""An SSH host under watch: every program its sshd starts and every file opened for writing, by strace."""

import json
import os
import pwd
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from store.migrate import upgrade
from store.views import Role
from tests.command_line import ROOT
from tests.ssh_host import ENV, SSHD, Person, SshHost, family, furnish, process_file
from tests.terminal import Terminal

_EXEC = re.compile(r'execve\("((?:[^"\\]|\\.)*)", \[(.*?)\](?:, | <)')
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
_WRITE = re.compile(r'(?:open(?:at)?|creat)\(.*?"((?:[^"\\]|\\.)*)", [^"]*O_(?:WRONLY|RDWR|CREAT)')
_NAME = re.compile(r'(?:mkdir|rename|link|symlink|mknod)(?:at2?)?\(.*?"((?:[^"\\]|\\.)*)"')
_MAKING = "mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat"
_OF_THE_SYSTEM = re.compile(r"/dev/|/proc/self/|/run/utmp$|/var/(?:run/utmp|log/(?:wtmp|btmp|lastlog))$")
"""What sshd itself opens: terminals, its own score in the kernel, and who is logged in."""
_LISTENING = "0A"
_ACCEPTING = 0x10000


class Started(NamedTuple):
    """A program that was started, and its words."""

    program: str
    words: tuple[str, ...]


class WatchedHost(SshHost):
    """Knows which programs ran on it, what they wrote, and what the sessions of its sshd listen on."""

    @property
    def _trace(self) -> Path:
        return self.home / "execve"

    @property
    def watcher(self) -> tuple[str, ...]:
        """What sshd is started under."""
        calls = f"execve,open,openat,creat,{_MAKING}"
        asked = ("-f", "--seccomp-bpf", "-qq", "-s", "65536", "-e", f"trace={calls}", "-e", "signal=none")
        return ("strace", *asked, "-o", str(self._trace))

    def _read_on(self) -> None:
        """Take up what was noted since the last look."""
        with self._trace.open(encoding="utf-8", errors="replace") as trace:
            trace.seek(self._read)
            for line in trace:
                if not line.endswith("\n"):
                    break
                self._read += len(line.encode("utf-8", errors="replace"))
                if found := _EXEC.search(line):
                    self._started.append(Started(found[1], tuple(_WORD.findall(found[2]))))
                elif found := _WRITE.search(line) or _NAME.search(line):
                    self._written.add(found[1])

    def started(self) -> list[Started]:
        """Every program that sshd or a descendant of it started (or tried to start), sshd itself included."""
        self._read_on()
        return self._started

    def written(self) -> set[str]:
        """Every file they opened for writing or made, but for the database, and what is sshd's own."""
        self._read_on()
        own = (str(self.home / "desk.db"), str(self.home / "sshd.pid"))
        return {
            path
            for path in self._written
            if not (_OF_THE_SYSTEM.match(path) or path.startswith(own) or _is_bytecode(path))
        }

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._read = 0
        self._started: list[Started] = []
        self._written: set[str] = set()
        self._terminals: list[Terminal] = []

    def terminal(self, *args: Any, **more: Any) -> Terminal:
        """The real client in a window, which `close_windows` closes."""
        terminal = super().terminal(*args, **more)
        self._terminals.append(terminal)
        return terminal

    def close_windows(self) -> None:
        """Close what is still open, and wait until its gateways have ended: sshd does not wait for them."""
        at_work = self.gateways()
        while self._terminals:
            self._terminals.pop().close()
        while any(process_file(pid, "cmdline") for pid in at_work):
            time.sleep(0.01)

    def strangers(self) -> list[Started]:
        """What ran and is neither sshd, nor the look-up of a key, nor the gateway bound to an operator."""
        return [each for each in self.started() if not self._belongs(each)]

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
        inodes = {inode for pid in family(self.sshd.pid) for inode in _sockets(pid)}
        return {where for inode, where in _listeners() if inode in inodes}

    def refusals(self, person: Person) -> list[str]:
        """Why the person's sign-ins were refused, in order."""
        events = self.events(person.login)
        return [json.loads(facts)["reason"] for action, facts in events if action == "signin.refused"]


def environment(pid: int) -> dict[str, str]:
    """The variables a process was started with."""
    pairs = process_file(pid, "environ").decode(errors="replace").split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def is_stopped(pid: int) -> bool:
    """Whether a process waits to be continued, as after ctrl-z in a shell."""
    return process_file(pid, "stat").rpartition(b")")[2].split()[:1] == [b"T"]


def _is_bytecode(path: str) -> bool:
    """Python keeps what it compiled, on a checkout; on a host the program is not its account's to write."""
    return "__pycache__" in path and path.startswith((str(ROOT), sys.prefix))


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
        yield host
    finally:
        host.stop()


@pytest.fixture
def maker(watched: WatchedHost) -> Person:
    """Whose key was stolen: somebody new each time, as a repeated refusal is recorded once a minute."""
    return watched.operator(Role.DA_MAKER, "OWN1")


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A file that must not appear."""
    return tmp_path / "marker"


@pytest.fixture(autouse=True)
def nothing_but_the_gateway(watched: WatchedHost, marker: Path) -> Iterator[None]:
    """After each attempt: what ran, what was written, what listens."""
    yield
    watched.close_windows()
    assert watched.strangers() == [], watched.strangers()
    assert watched.written() == set(), watched.written()
    assert not list(marker.parent.glob("marker*"))
    assert watched.listening() == {f"port {watched.port}"}
