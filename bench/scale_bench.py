"""The board, the simulator and time travel on a desk of many users with a long past.

Run: `python -m bench.scale_bench [--rows 100000] [--keep FOLDER] [--on sqlite postgresql]`.
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

LEFT, DOWN = b"\x1b[D", b"\x1b[B"
STEPS = 20
MIB = 1024


@dataclass(frozen=True)
class Cost:
    """What a program took: seconds on the wall and of the processor, MiB at most."""

    wall: float
    processor: float
    memory: float


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
        "simulate": ["simulate"],
        "status --as-of": ["status", "--json", "--as-of", yesterday],
        "simulate --as-of": ["simulate", "--as-of", yesterday],
        "report": ["report", "--output", str(folder / "report")],
        "doctor": ["doctor", "--json"],
    }


def board(env: Mapping[str, str]) -> tuple[dict[str, str], Cost]:
    """The board in a pseudo-terminal: what was felt, by what was done, and the program's whole cost."""
    found = {}
    with TimedTerminal([sys.executable, "-m", "ccms_tui"], env) as terminal:
        found["board, its rows are there"] = f"{terminal.wait_for('All participants'):.2f} s"
        found["  a key meanwhile"] = _told([terminal.press(DOWN) for _ in range(STEPS)])
        found["  all days are counted"] = f"{terminal.wait_for('Finish: P50'):.2f} s"
        terminal.settle()
        found["  cursor down"] = _told([terminal.press(DOWN) for _ in range(STEPS)])
        found["  a day back"] = _told([terminal.press(LEFT) for _ in range(STEPS)])
        terminal.press(b"n")
        terminal.settle()
        before, began = len(terminal.written), time.perf_counter()
        terminal.press(b"i")
        terminal.wait_for("users locked out", after=before)
        found["simulation on the screen"] = f"{time.perf_counter() - began:.2f} s"
        terminal.settle()
        return found, _usage(terminal.pid)


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


def measure(env: Mapping[str, str], scratch: Path) -> tuple[dict[str, Cost], dict[str, str]]:
    """What each command and the board cost, and what was felt at the board."""
    costs = {title: run(arguments, env) for title, arguments in commands(scratch).items()}
    felt, costs["board, all of it"] = board(env)
    return costs, felt


def report(results: Mapping[str, tuple[dict[str, Cost], dict[str, str]]]) -> str:
    """The databases side by side: seconds, seconds of the processor beside those of `status`, MiB."""
    lines = [f"{'':27}" + "".join(f"{name:^38}" for name in results)]
    lines.append(f"{'':27}" + f"{'wall s':>10}{'proc. s':>10}{'of status':>10}{'MiB':>8}" * len(results))
    for title in next(iter(results.values()))[0]:
        cells = ""
        for costs, _felt in results.values():
            cost, least = costs[title], costs["status"].processor
            ratio = f"{cost.processor / least:.1f}"
            cells += f"{cost.wall:10.2f}{cost.processor:10.2f}{ratio:>10}{cost.memory:8.0f}"
        lines.append(f"{title:27}{cells}")
    lines.append("")
    for title in next(iter(results.values()))[1]:
        lines.append(f"{title:27}" + "".join(f"{felt[title]:>24}" for _costs, felt in results.values()))
    return "\n".join(lines)


def main() -> None:
    """Make the desks, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="a folder in which the SQLite desk is made once and stays")
    parser.add_argument("--on", nargs="+", default=["sqlite", "postgresql"], choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    results = {}
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ccms-scale-", dir="/tmp")))
        scratch.chmod(0o755)
        for name in given.on:
            folder = (given.keep or scratch) / f"past-{given.rows}" if name == "sqlite" else scratch / "key"
            url = None if name == "sqlite" else stack.enter_context(postgresql(scratch / "server"))
            results[name] = measure(make_history(folder, given.rows, url), scratch)
    sys.stdout.write(f"{given.rows:,} users, about {12 * given.rows:,} events\n{report(results)}\n")


if __name__ == "__main__":
    main()
