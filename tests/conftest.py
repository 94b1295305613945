"""What every test stands on: real databases, one held clock, desks of every role and a small roster."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import insert, text
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.migrate import upgrade
from store.name_words import keep_words
from store.rules.grams import name_columns
from store.rules.standing import Facts, standing
from store.tables import CcmsUser, OperatorRow, Participant
from store.views import Kind, Operator, Role
from tests.lent_database import LentDatabase

MEMORY = Path("/dev/shm")
ROOM = 6 * 2**30
"""Bytes that must be free: two workers' databases, and what the last run left."""


settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """Keep what the tests write in memory where there is room: they wait for the disk a third of their time.

    Not where programs cannot be started from it.
    """
    if config.option.basetemp is None and MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        found = os.statvfs(MEMORY)
        if found.f_bavail * found.f_frsize > ROOM and not found.f_flag & os.ST_NOEXEC:
            tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)


def _parse_styles_once() -> None:
    """Each application parses the same style sheets for itself, an eighth of what a screen test costs.

    What comes of it is shared here as it is within one application: by the text, its place and its variables.
    """
    parse, parsed = Stylesheet._parse_rules, dict[tuple[Any, ...], list[RuleSet]]()

    def parse_once(sheet: Stylesheet, *told: Any, **more: Any) -> list[RuleSet]:
        key = (*told, *more.items(), *sheet._variables.items())
        if key not in parsed:
            parsed[key] = parse(sheet, *told, **more)
        return parsed[key]

    Stylesheet._parse_rules = parse_once  # type: ignore[method-assign]


_parse_styles_once()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the test that takes longest, so that nobody waits for it at the end."""
    items.sort(key=lambda item: "test_ssh_fifty" not in item.nodeid)


START = datetime(2023, 2, 6, 1, 30, tzinfo=UTC)
"""09:30 in Hong Kong on a working Monday inside the programme's dates."""


@dataclass
class HeldClock:
    """A clock that moves only when a test moves it."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def advance(self, by: timedelta) -> None:
        self.moment += by


@dataclass
class PostgresServer:
    """A real server on a Unix socket in a directory of its own, run by an unprivileged user.

    It ends with the process that started it, however that ends.
    """

    home: Path
    binaries: Path
    user: str | None
    names: Iterator[int] = field(default_factory=lambda: count(1))
    process: subprocess.Popen[bytes] | None = None
    lent: dict[str, LentDatabase] = field(default_factory=dict)
    """By their templates, what no test uses at the moment."""

    def start(self) -> None:
        """An English ICU locale, so that an order that leans on the server's collation shows."""
        locale = ("--locale-provider=icu", "--icu-locale=en-US", "--encoding=UTF8")
        quick = ("fsync=off", "full_page_writes=off", "autovacuum=off", "max_wal_size=64MB")
        settings = ("listen_addresses=", "max_connections=60", *quick)
        options = ("-k", str(self.home), *(word for setting in settings for word in ("-c", setting)))
        data = ("-D", str(self.home / "data"))
        made = self._begin(
            str(self.binaries / "initdb"), *data, "-U", "desk", "-A", "trust", "--no-sync", *locale
        )
        if made.wait():
            pytest.fail(f"initdb failed: {self.log}", pytrace=False)
        self.process = self._begin(
            "setpriv", "--pdeathsig", "QUIT", str(self.binaries / "postgres"), *data, *options
        )
        while not self._answers():
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.05)
                pytest.fail(f"PostgreSQL did not start: {self.log}", pytrace=False)

    def stop(self) -> None:
        for lent in self.lent.values():
            lent.close()
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    @property
    def log(self) -> str:
        return (self.home / "log").read_text(encoding="utf-8", errors="replace")

    def _begin(self, *command: str) -> subprocess.Popen[bytes]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "TZ": "Asia/Hong_Kong",
        }
        as_user = {"user": self.user, "group": self.user_group, "extra_groups": []} if self.user else {}
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.home, env=environment, stdout=log, stderr=log, **as_user
            )

    @property
    def user_group(self) -> int:
        return pwd.getpwnam(self.user or "").pw_gid

    def _answers(self) -> bool:
        try:
            self.sql("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://desk@/{name}?host={self.home}"

    def conninfo(self, name: str) -> str:
        return f"host={self.home} user=desk dbname={name}"

    def sql(self, statement: str) -> None:
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, template: str | None = None) -> str:
        """A new database's name: an empty one, or a copy of `template`."""
        name = f"desk{next(self.names)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        return name

    def drop(self, name: str) -> None:
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def lend(self, template: str) -> Iterator[str]:
        """The name of a database as `template` is, for one test; the next gets it as this one did."""
        lent = self.lent.pop(template, None)
        if lent is None:
            name = self.create(template)
            lent = LentDatabase(name, self.conninfo(name))
        try:
            yield lent.name
        finally:
            if lent.put_back():
                self.lent[template] = lent
            else:
                lent.close()
                self.drop(lent.name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for the session (one for each xdist worker); missing is a failure, never a skip."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.fail("PostgreSQL is missing: install it (Debian: apt-get install postgresql).", pytrace=False)
    user = None if os.geteuid() else _unprivileged()
    home = Path(tempfile.mkdtemp(prefix="ccms-pg-"))
    if user:
        shutil.chown(home, user)
    server = PostgresServer(home, found[-1].parent, user)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _unprivileged() -> str:
    return "postgres" if "postgres" in {known.pw_name for known in pwd.getpwall()} else "nobody"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "desk.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """A migrated PostgreSQL database to copy."""
    name = postgres.create()
    upgrade(postgres.url(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Both databases, one after the other."""
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without a schema."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of the test's own."""
    if backend == "sqlite":
        path = tmp_path / "desk.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.lend(request.getfixturevalue("postgres_template")) as name:
        yield server.url(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database, open."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite file, for what does not depend on the database."""
    path = tmp_path / "desk.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def keys() -> Keys:
    return Keys(secrets.token_bytes(32))


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


DeskOf = Callable[..., Desk]


@pytest.fixture
def desk_of(database: Database, clock: HeldClock, keys: Keys) -> DeskOf:
    """`desk_of(role, participant_id=None, operator_id=None)`: the desk as somebody of that role has it."""

    def make(role: Role, participant_id: str | None = None, operator_id: str | None = None) -> Desk:
        name = operator_id or "-".join(filter(None, (role.value, participant_id)))
        return Desk(database, clock, keys, Operator(name, name, role, participant_id))

    return make


@dataclass
class Roster:
    """Puts participants, users and operators straight into the tables, as if they had always been there."""

    database: Database
    clock: HeldClock
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def participant(self, participant_id: str, name: str = "", *, waiver: str | None = None) -> str:
        row = {
            "participant_id": participant_id,
            "name": name or f"{participant_id} Securities Limited",
            "single_da_waiver": waiver,
            "created_at": self.clock.now(),
        }
        async with self.database.writing() as connection:
            await connection.execute(insert(Participant), [row])
        return participant_id

    async def user(
        self, participant_id: str, user_name: str = "CHAN Tai Man", *, kind: Kind = Kind.USER, **facts: Any
    ) -> str:
        """One user; `facts` are columns. `active` and `pending` set an address as typed and as canonical."""
        row = self.row(participant_id, user_name, kind=kind, **facts)
        await self.insert([row])
        return str(row["user_id"])

    def row(
        self, participant_id: str, user_name: str = "CHAN Tai Man", *, kind: Kind = Kind.USER, **facts: Any
    ) -> dict[str, Any]:
        """A row of `ccms_user`, with the standing that follows from its facts."""
        number, now = next(self.numbers), self.clock.now()
        for which in ("active", "pending"):
            if address := facts.pop(which, None):
                facts |= {f"{which}_email": address, f"{which}_canonical": address.lower()}
        row = {column.name: None for column in CcmsUser.__table__.columns if column.name != "pk"}
        row |= {
            "user_id": f"{participant_id}U{number:05d}", "participant_id": participant_id,
            **name_columns(user_name), "kind": kind.value, "language": "en", "undeliverable": False,
            "locked": False, "suspended": False, "version": 1, "changed_at": now, "changed_by": "system",
            **facts,
        }  # fmt: skip
        row["standing"] = standing(
            Facts(
                has_active=row["active_canonical"] is not None,
                has_pending=row["pending_canonical"] is not None,
                undeliverable=row["undeliverable"],
                proposal_expires_at=now + timedelta(days=1) if row["proposal_expires_at"] else None,
                password_set=row["password_set_at"] is not None,
                enrolled=row["enrolled_at"] is not None,
                proven=row["proven_at"] is not None,
            ),
            now,
        ).value
        return row

    async def insert(self, rows: list[dict[str, Any]]) -> None:
        async with self.database.writing() as connection:
            for start in range(0, len(rows), 500):
                await connection.execute(insert(CcmsUser).values(rows[start : start + 500]))
            await keep_words(connection, [row["sort_name"] for row in rows])

    async def operator(self, operator_id: str, role: Role, participant_id: str | None = None) -> str:
        row = {
            "operator_id": operator_id, "name": operator_id, "role": role.value,
            "participant_id": participant_id, "created_at": self.clock.now(),
        }  # fmt: skip
        async with self.database.writing() as connection:
            await connection.execute(insert(OperatorRow), [row])
        return operator_id


@pytest.fixture
def roster(database: Database, clock: HeldClock) -> Roster:
    """Inserts participants, users and operators quickly."""
    return Roster(database, clock)


async def waits_for_a_lock(database: Database) -> bool:
    """Whether somebody waits for a row that another holds (PostgreSQL)."""
    here = "FROM pg_stat_activity WHERE datname = current_database()"
    async with database.reading() as connection:
        found = await connection.execute(text(f"SELECT count(*) {here} AND wait_event_type = 'Lock'"))
        return bool(found.scalar_one())
