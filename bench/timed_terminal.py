"""A program in a pseudo-terminal whose output is timed to the byte."""

import fcntl
import os
import pty
import re
import select
import signal
import statistics
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Self

PATIENCE = 120.0
QUIET = 0.04
_CONTROL = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


class TimedTerminal:
    """Runs a command at `columns` x `rows`; every wait answers seconds on the monotonic clock."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str] | None = None, columns: int = 80, rows: int = 24
    ) -> None:
        surroundings = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})}
        surroundings.pop("NO_COLOR", None)
        self.written = bytearray()
        self.started = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], list(command), surroundings)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_fault: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._terminal], [], [], seconds)
        if not ready:
            return b""
        try:
            data = os.read(self._terminal, 1 << 20)
        except OSError:
            raise EOFError(f"it ended: {_CONTROL.sub(b'', bytes(self.written))[-2000:]!r}") from None
        self.written += data
        return data

    def wait_for(self, words: str, *, after: int = 0) -> float:
        """Seconds from the start until `words` were written (after the first `after` bytes)."""
        wanted = words.encode()
        deadline = time.perf_counter() + PATIENCE
        while wanted not in _CONTROL.sub(b"", bytes(self.written[after:])):
            if time.perf_counter() > deadline:
                raise TimeoutError(
                    f"never wrote {words!r}: {_CONTROL.sub(b'', bytes(self.written))[-2000:]!r}"
                )
            self._read(0.05)
        return time.perf_counter() - self.started

    def settle(self, quiet: float = 0.5) -> None:
        """Wait until nothing was written for a while."""
        while self._read(quiet):
            pass

    def press(self, key: bytes) -> float:
        """Seconds from a key to the last byte of what it painted."""
        pressed = last = time.perf_counter()
        os.write(self._terminal, key)
        seconds = 1.0
        while self._read(seconds):
            last = time.perf_counter()
            seconds = QUIET
        return last - pressed


def median_and_p95(seconds: Sequence[float]) -> tuple[float, float]:
    """p50 and p95, in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] * 1000
