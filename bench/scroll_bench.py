"""Key to paint in the users list of the real program, in a pseudo-terminal, over lists of any length.

Run: `python -m bench.scroll_bench [--rows 1000 100000 1000000] [--keys 120] [--keep FOLDER]`.
A paint is timed to its last byte, so a row that came in late counts.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from bench.synthetic import make_desk
from bench.timed_terminal import TimedTerminal, median_and_p95

DOWN, PAGE_DOWN, HOME, END = b"\x1b[B", b"\x1b[6~", b"\x1b[H", b"\x1b[F"


def measure(env: dict[str, str], rows: int, keys: int) -> dict[str, tuple[float, float]]:
    """p50 and p95 in milliseconds of each kind of move."""
    with TimedTerminal([sys.executable, "-m", "ccms_tui"], env) as terminal:
        terminal.wait_for("by attention")
        before = len(terminal.written)
        terminal.press(b"2")
        terminal.wait_for(f"{rows:,} users", after=before)
        terminal.settle()
        for _ in range(30):
            terminal.press(DOWN)
        down = [terminal.press(DOWN) for _ in range(keys)]
        page = [terminal.press(PAGE_DOWN) for _ in range(min(keys, rows // 40))]
        ends = [terminal.press(key) for _ in range(keys // 4) for key in (END, HOME)]
    moves = {"down, scrolling": down, "page down": page, "end and home": ends}
    return {move: median_and_p95(seconds) for move, seconds in moves.items()}


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
    with tempfile.TemporaryDirectory() as scratch:
        results = {}
        for rows in given.rows:
            env = make_desk((given.keep or Path(scratch)) / str(rows), rows)
            results[rows] = measure(env, rows, given.keys)
    sys.stdout.write(report(results) + "\n")


if __name__ == "__main__":
    main()
