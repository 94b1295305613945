"""A line from the operator's terminal that is not shown, and a signal that is never too late to be heeded."""

import os
import select
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LINE = 4096
"""Bytes of the longest line that a terminal hands over at once."""


def read_unseen(prompt: str) -> str:
    """What is typed up to enter, unseen; what is no ASCII is replaced.

    The library's own reading can miss a signal: with other threads at work it may come after Python has
    looked for one and before the read begins, and then waits for the next line. Here it ends the wait.

    Raises: EOFError, OSError when the line is cut, and what the handlers of signals raise.
    """
    terminal = sys.stdin.fileno()
    with _unshown(terminal), _woken_by_signals() as woken:
        print(prompt, end="", flush=True)
        while terminal not in select.select([terminal, woken], [], [])[0]:
            os.read(woken, LINE)
        typed = os.read(terminal, LINE)
    if not typed:
        raise EOFError
    print()
    return typed.decode("ascii", errors="replace").rstrip("\r\n")


@contextmanager
def _unshown(terminal: int) -> Iterator[None]:
    before = termios.tcgetattr(terminal)
    quiet = [*before]
    quiet[0] |= termios.ICRNL  # a client whose own terminal is raw has made this one raw too
    quiet[3] = (before[3] | termios.ICANON | termios.ISIG) & ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSAFLUSH, quiet)
    try:
        yield
    finally:
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)


@contextmanager
def _woken_by_signals() -> Iterator[int]:
    """What can be read from once a signal has come."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    try:
        yield woken
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(wake)
