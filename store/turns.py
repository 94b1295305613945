"""Whose turn it is to write: SQLite lets waiting writers in by chance, and a busy host makes that chance bad.

Everybody who writes first takes the lock of a file beside the database. The kernel hands it on in about the
order of asking and wakes the next one at once, where SQLite's waiters sleep and look again: with fifty desks
on two busy processors some of those slept past ten seconds.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from threading import Thread

PATIENCE = 30.0
"""Seconds that a writer waits for its turn: far more than fifty desks need for theirs."""


class TurnMissed(Exception):
    """Somebody kept the turn longer than a writer waits."""


class Turns:
    """The turns at one database file; `path` is the file whose lock stands for them."""

    def __init__(self, path: str) -> None:
        self._path = path

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the turn. Raises: TurnMissed, OSError when the file beside the database cannot be opened."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            await _wait(descriptor)
        try:
            yield
        finally:
            os.close(descriptor)


async def _wait(descriptor: int) -> None:
    """Wait in a thread of its own, which ends with the process; who gives up passes the turn on."""
    got: Future[None] = Future()

    def wait() -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if not got.set_running_or_notify_cancel():
            os.close(descriptor)
            return
        got.set_result(None)

    Thread(target=wait, name="turn", daemon=True).start()
    try:
        await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(got)), PATIENCE)
    except BaseException as error:
        if not got.cancel():
            os.close(descriptor)  # the turn came at the same moment
        if isinstance(error, TimeoutError):
            raise TurnMissed from None
        raise
