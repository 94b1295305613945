"""Looking callers up at the store by kind of clue, on SQLite and PostgreSQL: whole clues, and keystrokes.

Run: `python -m bench.lookup_bench [--rows 1000000] [--keep FOLDER] [--on sqlite postgresql]`.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

from bench.synthetic import A_PARTICIPANT, FAMILY, GIVEN, make_desk
from bench.timed_terminal import median_and_p95
from store.clock import SystemClock
from store.database import Database
from store.desk import Desk
from store.keys import read_key_file
from store.views import Operator, Role

CLUES = 30
"""Clues of each kind."""
AIM = 20.0
KEYSTROKES, ALL = "each keystroke", "all clues"


def clues(rows: int) -> dict[str, list[str]]:
    """Clues to users of the synthetic desk, by kind; the same each time."""
    random = Random(5)
    kinds: dict[str, list[str]] = {}
    for _clue in range(CLUES):
        for kind, clue in _clues_to(random.randrange(1, rows, 3), random):
            kinds.setdefault(kind, []).append(clue)
    return kinds


def _clues_to(number: int, random: Random) -> Iterator[tuple[str, str]]:
    """One clue of each kind to one user who waits for a code."""
    family, family_chinese = FAMILY[number * 7 % len(FAMILY)].split(" ")
    given, given_chinese = GIVEN[number * 11 % len(GIVEN)].rsplit(" ", 1)
    user_id, name = f"U{number:07}", f"{family} {given} {number % 997}".lower()
    first, last = given.lower().split()[0], given.lower().split()[-1]
    yield "user ID", user_id
    yield "beginning of an ID", user_id[:6]
    yield "name", name
    yield "half a name", f"{last} {family.lower()}"
    yield "Chinese name", family_chinese + given_chinese
    yield "Chinese given name", given_chinese
    yield "whole address", f"{first}.{family.lower()}{number}@firm{number // A_PARTICIPANT}.example"
    yield "participant and name", f"C{number // A_PARTICIPANT:05} {family}"
    yield "mail number", f"mail {number + 1}"
    yield "name and code number", f"{family} {given} code no. {1 + (number + 1) % 9 // 3}"
    yield "ID, O for 0", user_id.replace("0", "O", 1)
    yield "ID, mistyped", _mistyped(user_id, random)
    yield "ID, spaced", f"{user_id[:1]}-{user_id[1:4]} {user_id[4:]}"
    yield "name, mistyped", _mistyped(name, random)
    *others, longest = sorted(name.split()[:-1], key=len)
    yield "other order, mistyped", f"{number % 997} {_mistyped(longest, random)} {' '.join(others)}"
    yield "nobody", f"{_mistyped(last, random)}xq {random.randrange(10**6)}"


def _mistyped(word: str, random: Random) -> str:
    """One letter wrong, missing, too many or swapped, somewhere after the first."""
    at = random.randrange(1, len(word) - 1)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    ways = (
        swapped,
        word[:at] + word[at + 1 :],
        word[:at] + "x" + word[at:],
        word[:at] + "x" + word[at + 1 :],
    )
    return random.choice(ways)


async def measure(url: str, key_file: Path, kinds: dict[str, list[str]]) -> dict[str, list[float]]:
    """Seconds for each clue by its kind, and for every keystroke on the way to some of them."""
    database = Database(url)
    operator = Operator("hotline", "Hotline", Role.HELPDESK)
    users = Desk(database, SystemClock(), read_key_file(key_file), operator).users

    async def seconds(typed: str) -> float:
        began = time.perf_counter()
        await users.lookup(typed)
        return time.perf_counter() - began

    for clue in (clue for of_kind in kinds.values() for clue in of_kind[:5]):
        await seconds(clue)
    taken = {kind: [await seconds(clue) for clue in of_kind] for kind, of_kind in kinds.items()}
    taken[ALL] = [each for of_kind in taken.values() for each in of_kind]
    typed = [
        clue[:end] for of_kind in kinds.values() for clue in of_kind[:5] for end in range(1, len(clue) + 1)
    ]
    taken[KEYSTROKES] = [await seconds(each) for each in typed]
    await database.close()
    return taken


@contextmanager
def postgresql(home: Path) -> Iterator[str]:
    """The URL of a database on a server of its own, which is gone afterwards."""
    from tests.conftest import PostgresServer, _unprivileged

    user = _unprivileged()
    home.mkdir(parents=True, exist_ok=True)
    shutil.chown(home, user)
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))[-1].parent
    server = PostgresServer(home, binaries, user)
    server.start()
    try:
        yield server.url(server.create())
    finally:
        server.stop()


def report(results: dict[str, dict[str, list[float]]]) -> str:
    """A line for each kind of clue, the databases side by side."""
    lines = [f"{'lookup, ms p50 / p95':30}" + "".join(f"{name:>20}" for name in results)]
    for kind in next(iter(results.values())):
        figures = (median_and_p95(taken[kind]) for taken in results.values())
        lines.append(f"{kind:30}" + "".join(f"{f'{p50:.1f} / {p95:.1f}':>20}" for p50, p95 in figures))
    for name, taken in results.items():
        p95 = median_and_p95(taken[ALL])[1]
        verdict = "reached" if p95 <= AIM else "NOT reached"
        lines.append(f"{name}: p95 of all clues {p95:.1f} ms, aim {AIM:.0f} ms: {verdict}")
    return "\n".join(lines)


def main() -> None:
    """Make the desks, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="a folder to keep the SQLite desk in, for the next run")
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    kinds = clues(given.rows)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ccms-lookup-", dir="/tmp")))
        scratch.chmod(0o755)
        results = {}
        for name in given.on:
            folder = (given.keep or scratch) / str(given.rows) if name == "sqlite" else scratch / "key"
            url = None if name == "sqlite" else stack.enter_context(postgresql(scratch / "server"))
            settings = make_desk(folder, given.rows, url)
            kept = settings["CCMS_TUI_DATABASE_URL"]
            results[name] = asyncio.run(measure(kept, folder / "desk.key", kinds))
    sys.stdout.write(report(results) + "\n")


if __name__ == "__main__":
    main()
