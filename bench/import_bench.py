"""Import rows per second beside plain `sqlite3.executemany` of the same rows, and where the time goes.

Run: `python -m bench.import_bench [--rows 100000] [--url postgresql://...]`
"""

import argparse
import asyncio
import csv
import gc
import io
import sqlite3
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event

from store.clock import SystemClock
from store.database import Database
from store.desk import Desk
from store.keys import create_key_file
from store.migrate import upgrade
from store.rules.roster_file import COLUMNS, read_roster
from store.setup import SYSTEM, initialise

_SURNAMES = "陳李張黃何王林吳劉梁鄭蔡"
_GIVEN = "大文小明美玲志強家欣俊傑詠詩"
_USERS = "insert users (their indexes)"
_STEPS = {
    "INSERT INTO roster_staging": "stage the rows",
    "INSERT INTO ccms_user": _USERS,
    "INSERT INTO audit_event": "insert events",
    "INSERT INTO participant": "insert participants",
    "COMMIT": "commit",
}


@dataclass(frozen=True)
class Measured:
    rows: int
    plain_seconds: float
    seconds: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    @property
    def share(self) -> float:
        """Our speed as a part of plain executemany's."""
        return self.plain_seconds / self.total


def roster_rows(count: int) -> list[list[str]]:
    rows = []
    for number in range(count):
        firm = number // 170
        chinese = _SURNAMES[number % 12] + _GIVEN[number % 13] + _GIVEN[number * 7 % 13]
        rows.append(
            [
                f"CP{firm:05}",
                f"Harbour Securities {firm} 海港證券",
                f"U{number:07}",
                f"Chan Tai Man {number} {chinese}",
                "user",
                f"user{number}@firm{firm}.example.com",
                f"SC{number:08}",
                ("en", "zh-Hant")[number % 2],
            ]
        )
    return rows


def roster_bytes(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    return text.getvalue().encode()


def plain_executemany(rows: list[list[str]], folder: Path) -> float:
    """Seconds to put the rows into one table with the user ID as its key, and commit."""
    database = sqlite3.connect(folder / "plain.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(f"CREATE TABLE roster ({', '.join(COLUMNS)}, UNIQUE (user_id))")
    began = time.perf_counter()
    database.execute("BEGIN IMMEDIATE")
    database.executemany("INSERT INTO roster VALUES (?,?,?,?,?,?,?,?)", rows)
    database.execute("COMMIT")
    seconds = time.perf_counter() - began
    database.close()
    return seconds


def watch_statements(database: Database) -> dict[str, float]:
    """Seconds spent in the driver, by step; filled while statements run."""
    spent: dict[str, float] = defaultdict(float)
    began: list[float] = []
    engine = database.engine.sync_engine

    @event.listens_for(engine, "before_cursor_execute")
    def _before(*_: Any) -> None:
        began.append(time.perf_counter())

    @event.listens_for(engine, "after_cursor_execute")
    def _after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        step = next(
            (name for start, name in _STEPS.items() if statement.startswith(start)), "other statements"
        )
        spent[step] += time.perf_counter() - began.pop()

    return spent


async def ours(data: bytes, url: str, folder: Path, *, with_search: bool = True) -> dict[str, float]:
    """Seconds of each step from the file's bytes to the commit, in a fresh database."""
    upgrade(url)
    database, clock, keys = Database(url), SystemClock(), create_key_file(folder / "desk.key")
    await initialise(database, clock, keys, "ops", "Operations")
    if not with_search:
        async with database.writing() as connection:
            await connection.exec_driver_sql("DROP TRIGGER user_search_insert")
    desk = Desk(database, clock, keys, SYSTEM)
    spent = watch_statements(database)
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    file = read_roster(data)
    seconds["parse and validate"] = time.perf_counter() - began
    began = time.perf_counter()
    plan = await desk.roster.plan(file)
    seconds["compare with the desk"] = time.perf_counter() - began
    assert not plan.bad
    spent.clear()
    began = time.perf_counter()
    await desk.roster.apply(plan)
    whole = time.perf_counter() - began
    seconds |= spent
    seconds["build rows, chain events, commit"] = whole - sum(spent.values())
    await database.close()
    return seconds


def measure(count: int, url: str | None = None, repeat: int = 3) -> Measured:
    """The best of `repeat` turns of each; a database given by `url` must be empty, and has one turn."""
    rows = roster_rows(count)
    data = roster_bytes(rows)
    plain: list[float] = []
    turns: list[dict[str, float]] = []
    for _ in range(1 if url else repeat):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            gc.collect()
            gc.disable()  # as the command does
            plain.append(plain_executemany(rows, folder))
            turns.append(asyncio.run(ours(data, url or f"sqlite:///{folder}/desk.db", folder)))
    seconds = min(turns, key=lambda turn: sum(turn.values()))
    if url is None:
        with tempfile.TemporaryDirectory() as name:
            bare = asyncio.run(ours(data, f"sqlite:///{name}/bare.db", Path(name), with_search=False))
        users = min(bare[_USERS], seconds[_USERS])
        seconds["keep the search index"] = seconds[_USERS] - users
        seconds[_USERS] = users
    gc.enable()
    return Measured(count, min(plain), seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url")
    args = parser.parse_args()
    found = measure(args.rows, args.url)
    print(f"import of {found.rows:,} rows")
    for name, seconds in (("sqlite3.executemany", found.plain_seconds), ("ccms-tui import", found.total)):
        print(f"  {name:<24}{seconds:7.2f} s  {found.rows / seconds:10,.0f} rows/s")
    print(f"  our speed is 1/{found.total / found.plain_seconds:.1f} of executemany's (aim: 1/6)")
    for step, seconds in sorted(found.seconds.items(), key=lambda item: -item[1]):
        print(f"    {step:<40}{seconds:7.2f} s  {seconds / found.total:5.0%}")


if __name__ == "__main__":
    main()
