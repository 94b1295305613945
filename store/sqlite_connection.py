"""SQLite connections that can be given up at any moment, and all end before the event loop does."""

import asyncio
import sqlite3
from functools import partial
from typing import Any
from weakref import WeakSet

import aiosqlite

ROWS_AT_A_TIME = 64
PATIENCE = 2.0


class SqliteConnection(aiosqlite.Connection):
    """Closing it twice, or being cancelled while it closes, is harmless.

    A screen that is left cancels the reads it has under way, and a cancelled connection is closed by the
    engine; aiosqlite's own `close()` would then wait for ever for a thread that has ended already.
    """

    inline = False
    """Whether statements run at once, on the caller's thread, instead of being handed to the connection's."""

    async def _execute(self, fn: Any, *args: Any, **options: Any) -> Any:
        """Run `fn`: four hand-overs a statement would keep others from the write lock on a busy host."""
        if not self.inline:
            return await super()._execute(fn, *args, **options)  # type: ignore[no-untyped-call]
        if not self._running or self._connection is None:
            raise ValueError("Connection closed")
        return fn(*args, **options)

    async def close(self) -> None:
        """Let the connection's thread finish what it has, close the file and end."""
        if self._running and (ended := self.stop()) is not None:
            await ended

    @property
    def is_alive(self) -> bool:
        """Whether the connection's thread runs."""
        return self._thread.is_alive()

    def join(self, seconds: float) -> None:
        """Wait that long for the connection's thread to end."""
        self._thread.join(seconds)


class SqliteConnections:
    """The connections to the database file at `path`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._made: WeakSet[SqliteConnection] = WeakSet()

    def connect(self) -> SqliteConnection:
        """A new connection, to be awaited."""
        connection = SqliteConnection(
            partial(sqlite3.connect, self._path, check_same_thread=False), ROWS_AT_A_TIME
        )
        connection._thread.daemon = True  # a thread that waits for a lock must not hold up leaving
        self._made.add(connection)
        return connection

    async def end(self) -> None:
        """Stop what is left and wait: a thread that outlives the event loop prints a fault over the shell."""
        left = [connection for connection in self._made if connection.is_alive]
        for connection in left:
            connection.stop()
        for connection in left:
            await asyncio.to_thread(connection.join, PATIENCE)
