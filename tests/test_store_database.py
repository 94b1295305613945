"""The database itself: its schema, its faults as a person is told them, and many processes at once."""

import asyncio
import concurrent.futures.thread  # noqa: F401 - asyncio loads it late, when nobody may read it any more
import os
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, create_engine, func, insert, inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from store import database as database_module
from store import setup, tables
from store.context import Context
from store.database import HEAD_REVISION, Database, normalise_url
from store.errors import DatabaseFault
from store.keys import Keys
from store.migrate import current, upgrade
from store.outbox import Outbox
from store.setup import SYSTEM
from store.views import Role
from tests.conftest import DeskOf, HeldClock, Roster

SEARCH_OBJECTS = re.compile("user_search|user_grams")


def sync_engine_of(url: str):
    parsed = make_url(normalise_url(url))
    return create_engine(parsed.set(drivername="sqlite") if "sqlite" in parsed.drivername else parsed)


def differences(connection: Connection) -> list[object]:
    """What Alembic would change to reach `store.tables`; what is for search alone is left out."""

    def ours(_object: object, name: str | None, *_rest: object) -> bool:
        return name is None or not SEARCH_OBJECTS.match(name)

    options = {"compare_type": True, "compare_server_default": True, "include_object": ours}
    return compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata)


def _conditions(index: Any) -> list[str]:
    return sorted(f"{name} {value}" for name, value in index.get("dialect_options", {}).items())


def shape(connection: Connection) -> dict[str, object]:
    """Every table as the database tells it: columns, keys, indexes and their conditions."""
    seen = inspect(connection)
    return {
        name: (
            [
                (c["name"], str(c["type"]), c["nullable"], getattr(c["type"], "collation", None))
                for c in seen.get_columns(name)
            ],
            seen.get_pk_constraint(name)["constrained_columns"],
            sorted(
                (tuple(k["constrained_columns"]), k["referred_table"]) for k in seen.get_foreign_keys(name)
            ),
            sorted(tuple(u["column_names"]) for u in seen.get_unique_constraints(name)),
            sorted(
                (i["name"], tuple(i["column_names"]), bool(i["unique"]), _conditions(i))
                for i in seen.get_indexes(name)
                if not SEARCH_OBJECTS.match(str(i["name"]))
            ),
        )
        for name in seen.get_table_names()
        if name != "alembic_version" and not SEARCH_OBJECTS.match(name)
    }


def test_migrations_make_exactly_the_tables_of_the_program(database_url: str, empty_url: str) -> None:
    with sync_engine_of(database_url).connect() as connection:
        assert differences(connection) == []
        migrated = shape(connection)
    with sync_engine_of(empty_url).begin() as connection:
        SQLModel.metadata.create_all(connection)
        assert shape(connection) == migrated


def test_upgrade_makes_the_file_and_its_directory_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "ccms" / "desk.db"
    upgrade(f"sqlite:///{path}")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert current(f"sqlite:///{path}") == HEAD_REVISION


def test_upgrade_again_changes_nothing(database_url: str) -> None:
    upgrade(database_url)
    assert current(database_url) == HEAD_REVISION


def test_upgrade_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    engine = sync_engine_of(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE verification (stray INTEGER)"))
    with pytest.raises(DatabaseFault):
        upgrade(empty_url)
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["verification"]


async def opening(url: str) -> str:
    """The kind of fault met on opening the database, or a dash."""
    opened = Database(url)
    try:
        await opened.check_revision()
    except DatabaseFault as fault:
        return fault.kind
    finally:
        await opened.close()
    return "-"


async def test_a_migrated_database_opens(database_url: str) -> None:
    assert await opening(database_url) == "-"


async def test_a_database_without_schema_is_missing(empty_url: str) -> None:
    assert await opening(empty_url) == "missing"


async def test_a_missing_file_is_told_and_not_made(tmp_path: Path) -> None:
    assert await opening(f"sqlite:///{tmp_path / 'no.db'}") == "missing"
    assert await opening(f"sqlite:///{tmp_path / 'no' / 'such' / 'directory.db'}") == "missing"
    assert os.listdir(tmp_path) == []


async def test_a_missing_database_of_a_server_is_missing_and_a_missing_server_unreachable(postgres) -> None:
    assert await opening(postgres.url("nosuch")) == "missing"
    assert await opening("postgresql://desk@/desk?host=/nonexistent") == "unreachable"
    assert await opening("postgresql://desk:secret@127.0.0.1:1/desk") == "unreachable"


async def test_a_server_that_does_not_know_us_has_denied_us(postgres) -> None:
    assert await opening(postgres.url("postgres").replace("desk@", "nobody@")) == "denied"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("3D000", "missing"), ("28P01", "denied"), ("25006", "read-only"), ("42P01", "older"),
        ("53100", "full"), ("57P01", "unreachable"), ("08006", "unreachable"), ("23505", "refused"),
    ],
)  # fmt: skip
async def test_a_servers_error_is_told_by_its_code_whatever_its_text_says(
    code: str, kind: str, postgres
) -> None:
    opened = Database(postgres.url("postgres"))
    raising = f"RAISE EXCEPTION 'database is locked, does not exist, timeout' USING ERRCODE = '{code}'"
    with pytest.raises(DatabaseFault) as met:
        async with opened.writing() as connection:
            await connection.execute(text(f"DO $$ BEGIN {raising}; END $$"))
    assert met.value.kind == kind
    await opened.close()


async def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Sirs, this is not a database. " * 200, encoding="utf-8")
    assert await opening(f"sqlite:///{path}") == "damaged"
    with pytest.raises(DatabaseFault) as met:
        upgrade(f"sqlite:///{path}")
    assert met.value.kind == "damaged"
    assert path.read_text(encoding="utf-8").startswith("Dear Sirs")


async def test_a_database_of_a_newer_or_older_program_is_told_so(database_url: str) -> None:
    engine = sync_engine_of(database_url)
    for revision, kind in (("9999", "newer"), ("0000", "older")):
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
        assert await opening(database_url) == kind
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseFault) as met:
        upgrade(database_url)
    assert (met.value.kind, met.value.detail) == ("newer", "9999")


def test_an_unknown_kind_of_database_is_unsupported_and_keeps_the_password_to_itself() -> None:
    for url in ("mysql://desk:secret@host/desk", "not a url", ""):
        with pytest.raises(DatabaseFault) as met:
            Database(url)
        assert met.value.kind == "unsupported"
        assert "secret" not in str(met.value)
    assert "secret" not in Database("postgresql://desk:secret@host/desk").where


@contextmanager
def somebody_unprivileged() -> Iterator[None]:
    """Root may write everywhere: file permissions show only as somebody else."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
@pytest.mark.parametrize("directory_too", [True, False])
def test_a_file_that_may_only_be_read_is_told_as_read_only(
    journal: str, directory_too: bool, sqlite_template: Path
) -> None:
    """At the latest by the first change; a file is never reported as damaged or missing for it."""
    home = Path(tempfile.mkdtemp(prefix="ccms-read-only-"))
    path = home / "desk.db"
    shutil.copyfile(sqlite_template, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={journal}")
    path.chmod(0o444)
    home.chmod(0o555 if directory_too else 0o777)
    try:
        with somebody_unprivileged():
            assert asyncio.run(changing(f"sqlite:///{path}")) == "read-only"
    finally:
        home.chmod(0o755)
        shutil.rmtree(home)


async def changing(url: str) -> str:
    """The kind of fault met on opening the database and then changing it, or a dash."""
    opened = Database(url)
    try:
        await opened.check_revision()
        async with opened.writing() as connection:
            await connection.execute(text("DELETE FROM milestone"))
            return "-"
    except DatabaseFault as fault:
        return fault.kind
    finally:
        await opened.close()


async def test_a_change_while_another_process_holds_the_file_is_locked(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "BUSY_MS", 50)
    opened = Database(sqlite_url)
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with opened.reading() as connection:
        await connection.execute(select(func.count()).select_from(tables.USERS))
    with pytest.raises(DatabaseFault) as met:
        async with opened.writing():
            pass
    other.execute("ROLLBACK")
    assert (met.value.kind, met.value.where) == ("locked", str(tmp_path / "desk.db"))
    await opened.close()


async def test_reading_refuses_to_write_on_a_server_and_sees_one_moment(
    database: Database, roster: Roster
) -> None:
    await roster.participant("A100")
    count = select(func.count()).select_from(tables.PARTICIPANTS)
    async with database.reading() as connection:
        assert (await connection.execute(count)).scalar_one() == 1
        await roster.participant("B200")
        assert (await connection.execute(count)).scalar_one() == 1
    async with database.reading() as connection:
        assert (await connection.execute(count)).scalar_one() == 2


async def test_change_mark_tells_of_another_connections_change_and_of_nothing_else(
    database: Database, clock: HeldClock, keys: Keys
) -> None:
    mark = await database.change_mark()
    assert await database.change_mark() == mark
    other = Database(database.url)
    async with Context(other, clock, keys, SYSTEM).changing() as change:
        change.record("participant.imported", participant_id="A100")
    await other.close()
    assert await database.change_mark() != mark
    async with database.reading():
        pass
    assert await database.change_mark() == await database.change_mark()


async def test_change_mark_tells_of_messages_that_a_worker_took_to_send(
    database: Database, roster: Roster, clock: HeldClock, keys: Keys, desk_of: DeskOf
) -> None:
    await setup.initialise(database, clock, keys, "ops", "Operations")
    await roster.participant("CP1", waiver="ops: sole proprietor")
    maker = desk_of(Role.DA_MAKER, "CP1")
    for number in range(2):
        user_id = await roster.user("CP1")
        await maker.registrations.edit_email(user_id, f"u{number}@example.com", version=1)
    other = Database(database.url)
    for _message in range(2):
        mark = await database.change_mark()
        clock.advance(timedelta(seconds=1))
        assert len(await Outbox(other, clock, keys).claim(1, "elsewhere")) == 1
        assert await database.change_mark() != mark
    await other.close()


async def test_watching_for_changes_does_not_keep_anybody_from_writing(
    database: Database, roster: Roster
) -> None:
    await database.change_mark()
    await roster.participant("A100")
    await database.change_mark()
    await roster.participant("B200")


async def test_an_error_inside_a_change_undoes_all_of_it(
    database: Database, clock: HeldClock, keys: Keys
) -> None:
    context = Context(database, clock, keys, SYSTEM)
    row = {"participant_id": "A100", "name": "A", "created_at": clock.now()}

    async def fail_halfway() -> None:
        async with context.changing() as change:
            await change.connection.execute(insert(tables.PARTICIPANTS), [row])
            change.record("participant.imported", participant_id="A100")
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        await fail_halfway()
    async with database.reading() as connection:
        for table in (tables.PARTICIPANTS, tables.EVENTS):
            assert (await connection.execute(select(func.count()).select_from(table))).scalar_one() == 0


async def test_many_writers_at_once_keep_one_unbroken_chain_of_events(
    database: Database, clock: HeldClock, keys: Keys
) -> None:
    async def write(writer: int) -> None:
        context = Context(database, clock, keys, SYSTEM)
        for turn in range(5):
            async with context.changing() as change:
                change.record(
                    "participant.imported", participant_id=f"P{writer}", turn=turn, name="ünïcode 陳"
                )

    await asyncio.gather(*(write(writer) for writer in range(6)))
    async with database.reading() as connection:
        rows = (await connection.execute(select(tables.EVENTS).order_by(tables.EVENTS.c.event_id))).all()
    assert [row.event_id for row in rows] == list(range(1, 31))
    assert len({bytes(row.hash) for row in rows}) == 30


async def test_foreign_keys_hold(database: Database, roster: Roster) -> None:
    with pytest.raises(DatabaseFault) as met:
        await roster.user("nobody")
    assert isinstance(met.value.__cause__, DBAPIError)
