"""The enrolment terminal in a process of `enrol --serve`: painted into a pipe, ended with it."""

import asyncio
import os
import resource
from ipaddress import ip_address

from ccms_tui.confine import confine

CPU_SECONDS = 300
OPEN_FILES = 256
SMALLEST, LARGEST = (20, 10), (400, 200)
UNKNOWN = "browser"


def bounded(width: int, height: int) -> tuple[int, int]:
    """A size that a terminal can have."""
    (least_width, least_height), (most_width, most_height) = SMALLEST, LARGEST
    return min(max(width, least_width), most_width), min(max(height, least_height), most_height)


def open_served(config: str | None) -> int:
    """Let a user enrol in a browser; the exit code. Only `ccms-tui enrol --serve` starts this."""
    origin, size = _origin(), _size()
    confine(config)
    os.environ |= {"COLORTERM": "truecolor", "COLUMNS": str(size[0]), "ROWS": str(size[1])}
    _limit()
    from ccms_tui.enrol_app import EnrolApp  # noqa: PLC0415
    from ccms_tui.enrol_driver import ServedDriver  # noqa: PLC0415
    from ccms_tui.enrol_open import Opening, run_visit  # noqa: PLC0415

    opening = Opening(origin)
    app = EnrolApp(opening)
    app.driver_class = ServedDriver
    return asyncio.run(run_visit(app, opening))


def _origin() -> str:
    """The visitor's address, as the server saw it."""
    try:
        return str(ip_address(os.environ.get("CCMS_TUI_ORIGIN", "")))
    except ValueError:
        return UNKNOWN


def _size() -> tuple[int, int]:
    try:
        return bounded(int(os.environ.get("COLUMNS", "80")), int(os.environ.get("ROWS", "24")))
    except ValueError:
        return bounded(80, 24)


def _limit() -> None:
    """What one visitor may use of the host at most; who enrols needs two seconds of the processor."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    os.nice(5)
