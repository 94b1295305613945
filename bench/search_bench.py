"""Search as one types, at the store: what each keystroke asks for (matches and first page), by length.

Run: `python -m bench.search_bench [--rows 1000 100000 1000000] [--keep FOLDER]`.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.synthetic import make_desk
from bench.timed_terminal import median_and_p95
from store.clock import SystemClock
from store.database import Database
from store.desk import Desk
from store.keys import read_key_file
from store.views import Operator, Role, UserQuery

TYPED = (
    "chan tai man",
    "u0000123",
    "小明",
    "陳小明",
    "lee12@firm",
    "c00001",
    "ho ka yan",
    "firm0.example",
    "zzz",
)
ROUNDS = 5


async def keystrokes(folder: Path, settings: dict[str, str]) -> list[float]:
    """Seconds for each keystroke of every query, over ROUNDS rounds."""
    database = Database(settings["CCMS_TUI_DATABASE_URL"])
    desk = Desk(
        database, SystemClock(), read_key_file(folder / "desk.key"), Operator("b", "B", Role.OPERATIONS)
    )
    seconds = []
    for _round in range(ROUNDS + 1):
        for typed in TYPED:
            for end in range(1, len(typed) + 1):
                began = time.perf_counter()
                listing = desk.users.listing(UserQuery(search=typed[:end]))
                if await listing.count():
                    await listing.page(0)
                seconds.append(time.perf_counter() - began)
        if _round == 0:
            seconds.clear()
    await database.close()
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--keep", type=Path, help="a folder with the databases of an earlier run")
    given = parser.parse_args()
    sys.stdout.write(f"{'users':>10} {'keystrokes':>11} {'p50 ms':>8} {'p95 ms':>8} {'worst':>8}\n")
    with ExitStack() as stack:
        folder = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for rows in given.rows:
            settings = make_desk(folder / str(rows), rows)
            seconds = asyncio.run(keystrokes(folder / str(rows), settings))
            median, p95 = median_and_p95(seconds)
            worst = max(seconds)
            sys.stdout.write(f"{rows:10,} {len(seconds):11,} {median:8.1f} {p95:8.1f} {worst * 1000:8.1f}\n")


if __name__ == "__main__":
    main()
