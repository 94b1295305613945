"""Connections that are given up half-way, as when a screen is left while it loads."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from store.database import Database
from store.sqlite_connection import SqliteConnections

LONG = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT sum(i) FROM n"
)


async def test_closing_ends_when_it_is_forced_and_cancelled_meanwhile(tmp_path: Path) -> None:
    connection = await SqliteConnections(str(tmp_path / "desk.db")).connect()
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)
    forced = connection.stop()
    closing.cancel()
    done, _stuck = await asyncio.wait({closing}, timeout=5)
    assert done
    await asyncio.to_thread(connection.join, 5)
    forced.cancel()


async def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    connection = await SqliteConnections(str(tmp_path / "desk.db")).connect()
    await connection.close()
    await asyncio.wait_for(connection.close(), timeout=5)


async def test_the_database_can_be_read_on_after_a_cancelled_read(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    async def read() -> None:
        async with database.reading() as connection:
            await connection.execute(LONG)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    async with database.reading() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM ccms_user"))).scalar_one() == 0
    await database.close()
