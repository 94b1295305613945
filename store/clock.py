"""The one place the desk asks what time it is, so that a demo can shift it and a test can hold it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

HONG_KONG = ZoneInfo("Asia/Hong_Kong")
"""Where the clearing house is: moments are kept in UTC and told in its time."""


class Clock(Protocol):
    """Tells the present moment as an aware UTC datetime."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...


class SystemClock:
    """The host's own clock."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class OffsetClock:
    """The host's clock moved by a constant, so that waits and expiries still run (the demo's clock)."""

    offset: timedelta

    def now(self) -> datetime:
        """The shifted moment, in UTC."""
        return datetime.now(UTC) + self.offset
