"""The line to the operator's terminal: when it is cut the desk ends, and if it cannot, the process does."""

import asyncio
import os
import select
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccms_tui.quiet_app import QuietApp

GRACE = 10.0
"""Seconds in which the desk closes by itself; a transaction that has not begun by then never does."""
HUNG_UP = 128 + signal.SIGHUP


def watch_line(app: "QuietApp") -> None:
    """End `app` on a hang-up, told by a signal or seen on the terminal itself, and the process soon after.

    Not every hang-up is told: no signal comes to a program that is not the terminal's own. And not every
    end comes: work in a thread cannot be cancelled, and it would hold the process for ever.
    """
    loop = asyncio.get_running_loop()

    def cut() -> None:
        _end_after(GRACE)
        app.hang_up()

    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, cut)

    def listen() -> None:
        line = select.poll()
        line.register(sys.stdin.fileno(), 0)  # nothing but a hang-up or an error is reported then
        line.poll()
        stop_writing()
        _end_after(GRACE)
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(cut)

    threading.Thread(target=listen, name="line", daemon=True).start()


def _end_after(seconds: float) -> None:
    timer = threading.Timer(seconds, os._exit, (HUNG_UP,))
    timer.daemon = True
    timer.start()


def stop_writing() -> None:
    """Let what is still painted go nowhere: writing to a terminal that is gone fails."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
