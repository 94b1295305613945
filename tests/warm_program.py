"""The program with its parts already imported: each command is a process of its own, forked from here.

A command by itself spends nine tenths of its time on imports. What it is given, and what it leaves, is the
same: its words, its surroundings, its directory, its three files, its exit code. The door to it is a socket;
once nobody holds the other end, it ends.
"""

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import IO

ROOT = Path(__file__).parent.parent
LONGEST = 65_536
"""Bytes of one order: words and surroundings."""
LATE = ("alembic.command", "aiosqlite", "aiosmtplib", "sqlalchemy.dialects.sqlite.aiosqlite")
"""What the commands' handlers import when they run, beside the desk's own."""


def ask(
    words: Sequence[str],
    surroundings: Mapping[str, str],
    where: Path,
    files: Sequence[IO[str]],
    patience: float,
) -> int:
    """Run one command; its exit code, or minus the signal that ended it.

    `files` are its standard input, output and error. Raises: TimeoutExpired.
    """
    told, tells = os.pipe()
    order = json.dumps([list(words), dict(surroundings), str(where)]).encode()
    assert len(order) < LONGEST
    socket.send_fds(_door(), [order], [*(file.fileno() for file in files), tells])
    os.close(tells)
    with open(told, encoding="ascii") as answers:
        pid = int(answers.readline())
        if not select.select([answers], [], [], patience)[0]:
            os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(words), patience)
        return int(answers.readline())


@cache
def _door() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    with theirs:
        subprocess.Popen(
            [sys.executable, "-m", "tests.warm_program", str(theirs.fileno())],
            cwd=ROOT, env=kept | {"LC_ALL": "C.UTF-8"}, pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    return ours


def _serve(door: socket.socket) -> None:
    while True:
        order, files, _flags, _sender = socket.recv_fds(door, LONGEST, 4)
        if not order:
            return
        if os.fork() == 0:
            door.close()
            _keep(*json.loads(order), files)
        for file in files:
            os.close(file)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _keep(words: list[str], surroundings: dict[str, str], where: str, files: list[int]) -> None:
    *standard, tells = files
    if (pid := os.fork()) == 0:
        os.close(tells)
        _become(words, surroundings, where, standard)
    os.write(tells, b"%d\n" % pid)
    for file in standard:
        os.close(file)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.write(tells, b"%d\n" % code)
    os._exit(0)


def _become(words: list[str], surroundings: dict[str, str], where: str, standard: list[int]) -> None:
    for number, file in enumerate(standard):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(surroundings)
    os.chdir(where)
    sys.argv[1:] = words
    import_module("ccms_tui.__main__").main()


def _warm() -> None:
    for package in ("store", "store.rules"):
        for module in iter_modules(import_module(package).__path__):
            import_module(f"{package}.{module.name}")
    for name in ("__main__", "commands", "settings", "host"):
        import_module(f"ccms_tui.{name}")
    for name in LATE:
        import_module(name)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _warm()
    _serve(socket.socket(fileno=int(sys.argv[1])))
