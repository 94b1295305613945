"""A simulation of the cut-over beside the plain `sqlite3` read of the same users.

Run: `python -m bench.simulate_bench [--rows 100000] [--keep FOLDER]`.
"""

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.synthetic import make_desk
from store.clock import SystemClock
from store.database import Database
from store.desk import Desk
from store.keys import read_key_file
from store.views import Operator, Role

ROUNDS = 5
READ = """
SELECT user_id, user_name, participant_id, kind, smartcard_serial, suspended, locked, undeliverable,
    active_canonical, pending_canonical, code_expires_at, proposal_expires_at, password_set_at, enrolled_at,
    proven_at, otp_method, drift_seconds, drift_seen_at
FROM ccms_user LEFT JOIN credential ON user_pk = pk ORDER BY user_id
"""


def plain(folder: Path) -> float:
    """Seconds to read every user with nothing in between."""
    with sqlite3.connect(folder / "desk.db") as database:
        began = time.perf_counter()
        database.execute(READ).fetchall()
        return time.perf_counter() - began


async def simulations(folder: Path, url: str) -> tuple[list[float], int]:
    """Seconds of each simulation, and how many users it found locked out."""
    database = Database(url)
    keys = read_key_file(folder / "desk.key")
    desk = Desk(database, SystemClock(), keys, Operator("b", "B", Role.OPERATIONS))
    seconds = []
    for _round in range(ROUNDS):
        began = time.perf_counter()
        simulation = await desk.cutover.simulate()
        seconds.append(time.perf_counter() - began)
    await database.close()
    return seconds, len(simulation.locked_out)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder in which the desk is made once and stays")
    given = parser.parse_args(arguments)
    with ExitStack() as stack:
        home = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ccms-tui-bench-")))
        folder = home / str(given.rows)
        settings = make_desk(folder, given.rows)
        read = median(plain(folder) for _round in range(ROUNDS))
        seconds, out = asyncio.run(simulations(folder, settings["CCMS_TUI_DATABASE_URL"]))
        ours = median(seconds)
        sys.stdout.write(
            f"simulation of {given.rows:,} users, {out:,} of them locked out\n"
            f"  sqlite3, reading them      {read:5.2f} s\n"
            f"  desk.cutover.simulate      {ours:5.2f} s, {ours / read:.1f} times that\n"
        )


if __name__ == "__main__":
    main()
