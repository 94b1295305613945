"""The board, the simulator and time travel on a desk of many users with a long past.

Run: `python -m bench.scale_bench [--rows 100000] [--keep FOLDER] [--on sqlite postgresql] [--only WORD]`.
Each command is a process of its own: seconds on the wall, seconds of the processor, the most memory it had.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.history import make_history
from bench.lookup_bench import postgresql
from bench.timed_terminal import TimedTerminal, median_and_p95

LEFT, RIGHT, DOWN, ESCAPE = b"\x1b[D", b"\x1b[C", b"\x1b[B", b"\x1b"
STEPS = 20
MIB = 1024


@dataclass(frozen=True)
class Cost:
    """What a program took: seconds on the wall and of the processor, MiB at most."""

    wall: float
    processor: float
    memory: float

    def __str__(self) -> str:
        return f"{self.wall:7.2f} {self.processor:7.2f} {self.memory:6.0f}"


def run(arguments: Sequence[str], env: Mapping[str, str]) -> Cost:
    """Run one command to its end."""
    command = [sys.executable, "-m", "ccms_tui", *arguments]
    began = time.perf_counter()
    with subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL) as process:
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
    if code not in (0, 3):
        raise RuntimeError(f"{arguments} ended with {code}")
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / MIB)


def commands(folder: Path) -> dict[str, list[str]]:
    """The commands, by what they are called in the table; a past moment is a day ago."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    return {
        "status": ["status", "--json"],
        "simulate": ["simulate", "--json"],
        "status --as-of": ["status", "--json", "--as-of", yesterday],
        "simulate --as-of": ["simulate", "--json", "--as-of", yesterday],
        "report": ["report", "--output", str(folder / "report")],
        "doctor": ["doctor", "--json"],
    }


@dataclass
class Board:
    """The board in a pseudo-terminal."""

    env: Mapping[str, str]

    def measure(self) -> tuple[dict[str, str], Cost]:
        """What it took by what was done, and the program's whole cost."""
        found = {}
        with TimedTerminal([sys.executable, "-m", "ccms_tui"], self.env) as terminal:
            found["board, with rows"] = f"{terminal.wait_for('All participants'):7.2f} s"
            keys = [terminal.press(DOWN) for _ in range(STEPS)]
            found["  key while the days are counted"] = _told(keys)
            found["  its days counted"] = f"{terminal.wait_for('random redraws'):7.2f} s"
            terminal.settle()
            found["  cursor down"] = _told([terminal.press(DOWN) for _ in range(STEPS)])
            found["  slider, a key"] = _told([terminal.press(LEFT) for _ in range(STEPS)])
            terminal.settle()
            before, began = len(terminal.written), time.perf_counter()
            terminal.press(LEFT)
            terminal.wait_for("THE PAST", after=before)
            found["  slider, the past in view"] = f"{time.perf_counter() - began:7.2f} s"
            terminal.press(b"n")
            terminal.settle()
            before, began = len(terminal.written), time.perf_counter()
            terminal.press(b"i")
            terminal.wait_for("users locked out", after=before)
            found["simulation screen"] = f"{time.perf_counter() - began:7.2f} s"
            terminal.settle()
            usage = _usage(terminal.pid)
        return found, usage


def _usage(pid: int) -> Cost:
    """What a running process has used."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    started = int(words[19]) / ticks
    up = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    return Cost(up - started, (int(words[11]) + int(words[12])) / ticks, peak / MIB)


def _told(seconds: Sequence[float]) -> str:
    p50, p95 = median_and_p95(seconds)
    return f"{p50:.0f} / {p95:.0f} ms"


def main() -> None:
    """Make the desks, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder in which the SQLite desk is made once and stays")
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    parser.add_argument("--only", default="", help="commands whose name holds this; 'board' for the board")
    given = parser.parse_args()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ccms-scale-", dir="/tmp")))
        scratch.chmod(0o755)
        for name in given.on:
            folder = (
                (given.keep or scratch) / f"history-{given.rows}" if name == "sqlite" else scratch / "key"
            )
            url = None if name == "sqlite" else stack.enter_context(postgresql(scratch / "server"))
            env = make_history(folder, given.rows, url)
            sys.stdout.write(f"\n{name:34}   wall   proc.    MiB\n")
            for title, arguments in commands(scratch).items():
                if given.only in title:
                    sys.stdout.write(f"{title:32}{run(arguments, env)}\n")
                    sys.stdout.flush()
            if given.only in "board":
                found, cost = Board(env).measure()
                for title, said in found.items():
                    sys.stdout.write(f"{title:34}{said}\n")
                sys.stdout.write(f"{'board, all of it':32}{cost}\n")


if __name__ == "__main__":
    main()
