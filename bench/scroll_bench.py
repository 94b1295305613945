"""Key to paint in the users list of the real program, in a pseudo-terminal, at several lengths.

Run: `python -m bench.scroll_bench [--rows 1000 100000 1000000] [--keys 120] [--keep FOLDER]`.
A paint is timed to its last byte, so a row that came in late counts.
"""

import argparse
import itertools
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.synthetic import make_desk
from bench.timed_terminal import TimedTerminal, median_and_p95

SEARCHES = ("chan tai", "小明", "u0000123", "lee12@firm", "c00001", "歐陽", "mei ling 12")
ESCAPE = b"\x1b"
DOWN, PAGE_DOWN, HOME, END = b"\x1b[B", b"\x1b[6~", b"\x1b[H", b"\x1b[F"


class Desk:
    """The program on one database, standing in its users list."""

    def __init__(self, env: dict[str, str], rows: int) -> None:
        self.rows = rows
        self.seconds: dict[str, list[float]] = {}
        self.terminal = TimedTerminal([sys.executable, "-m", "ccms_tui"], env)
        self.terminal.wait_for("by attention")
        before = len(self.terminal.written)
        self.terminal.press(b"2")
        self.terminal.wait_for(f"{rows:,} users", after=before)
        self.terminal.settle()

    def press(self, move: str, key: bytes) -> None:
        """Press a key and note how long its paint took."""
        self.seconds.setdefault(move, []).append(self.terminal.press(key))


def measure(desks: list[Desk], keys: int) -> dict[int, dict[str, tuple[float, float]]]:
    """p50 and p95 in milliseconds of each kind of move; the desks take turns at every key."""
    for _ in range(30):
        for desk in desks:
            desk.terminal.press(DOWN)
    plan = [(("down, scrolling", DOWN),) * keys, (("page down", PAGE_DOWN),) * min(keys, 20)]
    plan.append((("end and home", END), ("end and home", HOME)) * (keys // 4))
    for move, key in itertools.chain.from_iterable(plan):
        for desk in desks:
            desk.press(move, key)
    for words in SEARCHES:
        for desk in desks:
            desk.terminal.press(b"/")
        for letter in words:
            for desk in desks:
                desk.press("search while typing", letter.encode())
        for desk in desks:
            desk.terminal.press(ESCAPE)
            desk.terminal.press(ESCAPE)
    return {
        desk.rows: {move: median_and_p95(seconds) for move, seconds in desk.seconds.items()} for desk in desks
    }


def report(results: dict[int, dict[str, tuple[float, float]]]) -> str:
    """A line for each move: the lengths side by side, and the p95 of the longest beside the shortest's."""
    lengths = list(results)
    lines = [
        f"{'key to paint, ms p50 / p95':28}"
        + "".join(f"{length:>18,}" for length in lengths)
        + f"{'p95 ratio':>12}"
    ]
    for move in results[lengths[0]]:
        figures = [results[length][move] for length in lengths]
        cells = "".join(f"{f'{p50:.1f} / {p95:.1f}':>18}" for p50, p95 in figures)
        lines.append(f"{move:28}{cells}{figures[-1][1] / figures[0][1]:12.2f}")
    return "\n".join(lines)


def main() -> None:
    """Make the desks, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    parser.add_argument("--keys", type=int, default=120)
    parser.add_argument("--keep", type=Path, help="a folder to keep the databases in, for the next run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        desks = []
        for rows in given.rows:
            desks.append(Desk(make_desk((given.keep or Path(scratch)) / str(rows), rows), rows))
            stack.enter_context(desks[-1].terminal)
        results = measure(desks, given.keys)
    sys.stdout.write(report(results) + "\n")


if __name__ == "__main__":
    main()
