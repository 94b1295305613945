"""One database URL, two engines: SQLite (WAL) by default, PostgreSQL when one machine is outgrown.

Writers begin with the write lock, readers without it: a deferred transaction that reads and then writes
is refused by SQLite whatever the timeout, and a blanket immediate one makes every read queue for the lock.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from store.errors import DatabaseFault
from store.sqlite_connection import SqliteConnection, SqliteConnections
from store.turns import TurnMissed, Turns

BUSY_MS = 10_000
HEAD_REVISION = "0010"
CACHE_KIB = 32_768

_DATA_VERSION = text("PRAGMA data_version")
_NEWEST_EVENT = text(
    "SELECT (SELECT max(event_id) FROM audit_event), "
    "(SELECT max(next_attempt_at) FROM mail WHERE state = 'sending')"
)
"""Every change writes an event but one: a worker that takes messages to send moves the newest lease instead.
Each is read from the end of an index.
"""
_REVISION = text("SELECT version_num FROM alembic_version")


def normalise_url(url: str) -> str:
    """The URL with the driver the desk uses. Raises: DatabaseFault (unsupported)."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise DatabaseFault("unsupported", "CCMS_TUI_DATABASE_URL") from None
    drivers = {
        "sqlite": "sqlite+aiosqlite",
        "postgresql": "postgresql+psycopg",
        "postgres": "postgresql+psycopg",
    }
    backend = parsed.drivername.split("+")[0]
    if backend not in drivers:
        raise DatabaseFault("unsupported", parsed.render_as_string(hide_password=True))
    return parsed.set(drivername=drivers[backend]).render_as_string(hide_password=False)


def describe_url(url: str) -> str:
    """The database as a person may see it: the file, or the address without its password."""
    parsed = make_url(url)
    if parsed.drivername.startswith("sqlite"):
        return parsed.database or ":memory:"
    return parsed.render_as_string(hide_password=True)


class Database:
    """An engine and its ways in: `reading()` for queries, `writing()` for one immediate transaction."""

    def __init__(self, url: str) -> None:
        self.url = normalise_url(url)
        self.where = describe_url(self.url)
        self.is_sqlite = self.url.startswith("sqlite")
        self._sqlite = SqliteConnections(self.where)
        in_file = self.is_sqlite and self.where != ":memory:"
        self._turns = Turns(f"{self.where}-turn") if in_file else None
        self.engine: AsyncEngine = create_async_engine(self.url, **self._engine_options())
        self._watch: AsyncConnection | None = None
        prepare(self.engine.sync_engine)

    def _engine_options(self) -> dict[str, Any]:
        told = {"hide_parameters": True}  # an error's text must not carry an address into a log
        if self.is_sqlite:
            return {**told, "async_creator": self._sqlite.connect}
        return {**told, "pool_size": 5, "max_overflow": 5, "pool_pre_ping": True}

    @property
    def _to_read(self) -> dict[str, Any]:
        """What makes a transaction one snapshot; PostgreSQL is told as the transaction begins."""
        if self.is_sqlite:
            return {"desk_read": True}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    async def close(self) -> None:
        """Give every connection back."""
        await self._stop_watching()
        await self.engine.dispose()
        await self._sqlite.end()

    async def _stop_watching(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            with suppress(SQLAlchemyError):  # a cancelled look may have lost the connection already
                await watch.close()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside one read-only snapshot. Raises: DatabaseFault."""
        try:
            async with self.engine.connect() as connection:
                await connection.execution_options(**self._to_read)
                yield connection
        except SQLAlchemyError as error:
            raise self.fault(error) from error

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside one write transaction, committed on leaving. Raises: DatabaseFault."""
        try:
            async with self._turn(), self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self.fault(error) from error

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """The turn to write, where the database does not hand it on in order itself."""
        async with AsyncExitStack() as held:
            if self._turns is not None:
                try:
                    await held.enter_async_context(self._turns.turn())
                except TurnMissed:
                    raise DatabaseFault("locked", self.where) from None
                except OSError as error:
                    kind = "missing" if isinstance(error, FileNotFoundError) else "read-only"
                    raise DatabaseFault(kind, self.where) from None
            yield

    async def change_mark(self) -> int:
        """A number that differs whenever another process has changed the database (cheap: microseconds)."""
        statement = _DATA_VERSION if self.is_sqlite else _NEWEST_EVENT
        try:
            if self._watch is None:
                self._watch = await self._watching()
            return hash(tuple((await self._watch.execute(statement)).one()))
        except SQLAlchemyError as error:
            await self._stop_watching()
            raise self.fault(error) from error

    async def _watching(self) -> AsyncConnection:
        """A connection that stays open and outside any transaction: inside one, nothing would ever change."""
        connection = await self.engine.connect()
        if self.is_sqlite:
            return await connection.execution_options(desk_watch=True)
        return await connection.execution_options(isolation_level="AUTOCOMMIT")

    async def check_revision(self) -> None:
        """Raises DatabaseFault (missing, older, newer, damaged, ...) unless the schema is this program's."""
        if self._file_is_missing():
            raise DatabaseFault("missing", self.where)
        try:
            async with self.reading() as connection:
                revision = (await connection.execute(_REVISION)).scalar()
        except DatabaseFault as fault:
            if fault.kind == "older":
                raise DatabaseFault("missing", self.where) from None
            raise
        if revision is None:
            raise DatabaseFault("missing", self.where)
        if revision != HEAD_REVISION:
            raise DatabaseFault("newer" if revision > HEAD_REVISION else "older", self.where, str(revision))

    def _file_is_missing(self) -> bool:
        return self.is_sqlite and self.where != ":memory:" and not Path(self.where).exists()

    def fault(self, error: SQLAlchemyError) -> DatabaseFault:
        """The typed fault behind a driver's error."""
        return fault_of(error, self.where)


def fault_of(error: SQLAlchemyError, where: str) -> DatabaseFault:
    """The typed fault behind a driver's error."""
    return DatabaseFault(_fault_kind(error), where)


def prepare(engine: Engine) -> None:
    """Have `engine` open its connections and begin its transactions as this module says."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "checkin", _checkin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
        event.listen(engine, "begin", _begin_postgresql)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get("desk_watch"):
        return
    if options.get("desk_read"):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(
        "BEGIN IMMEDIATE"
    )  # may wait, so in the connection's thread; what follows may not
    _set_inline(connection.connection.dbapi_connection, True)


def _checkin_sqlite(connection: Any, _record: Any) -> None:
    _set_inline(connection, False)


def _set_inline(connection: Any, inline: bool) -> None:
    driver = getattr(connection, "driver_connection", None)  # a migration's connection has no thread
    if isinstance(driver, SqliteConnection):
        driver.inline = inline


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """What is looked up all day is in memory: or else a whole table is read for a word that is rare."""
    cursor = connection.cursor()
    cursor.execute("SET random_page_cost = 1.1")
    cursor.close()
    connection.commit()


def _begin_postgresql(connection: Any) -> None:
    if connection.get_execution_options().get("desk_read"):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


_BY_SQLSTATE = (
    ("missing", ("3D000",)),
    ("denied", ("28",)),
    ("read-only", ("25006",)),
    ("older", ("42P01", "42703")),
    ("full", ("53100",)),
    ("unreachable", ("08", "53300", "57P")),
)
"""What the code that PostgreSQL gives an error begins with; its text may hold anything, a user's name too."""

_BY_MESSAGE = (
    ("locked", ("database is locked", "database table is locked")),
    ("read-only", ("readonly database", "read-only")),
    ("damaged", ("file is not a database", "malformed", "disk image")),
    ("older", ("no such table", "no such column")),
    ("denied", ('fatal:  role "', "password authentication failed", "no pg_hba.conf entry")),
    ("missing", ("unable to open", "does not exist")),
    ("full", ("disk is full", "no space left")),
    ("unreachable", ("connection", "could not connect", "server closed", "timeout")),
)
"""What SQLite says, and a PostgreSQL that was not reached: neither gives a code."""


def _fault_kind(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None)
    refused = "refused" if isinstance(error, DBAPIError) else "unreachable"
    if sqlstate := getattr(cause, "sqlstate", None):
        return next((kind for kind, codes in _BY_SQLSTATE if sqlstate.startswith(codes)), refused)
    message = str(cause or error).lower()
    return next((kind for kind, marks in _BY_MESSAGE if any(mark in message for mark in marks)), refused)
