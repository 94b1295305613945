"""How soon a code may be sent again: 60 s after the first, doubling, 5 an hour, 10 a day (DESIGN 3.3)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FIRST_WAIT = timedelta(seconds=60)
HOUR, PER_HOUR = timedelta(hours=1), 5
DAY, PER_DAY = timedelta(days=1), 10
FRESH = timedelta(hours=4)
"""Within this after its sending, a code that is still good is waited for before all are sent another."""


class Limit(StrEnum):
    """Which limit a resend ran into."""

    WAIT = "wait"
    HOUR = "hour"
    DAY = "day"


class LeftOut(StrEnum):
    """Why a bulk resend leaves a user out, in plain words."""

    NOT_FOUND = "not found"
    NOTHING_TO_VERIFY = "nothing to verify"
    SUSPENDED = "suspended"
    UNDELIVERABLE = "undeliverable address"
    FRESH = "fresh code"
    TOO_SOON = "too soon"
    HOUR_LIMIT = "hour limit"
    DAY_LIMIT = "day limit"


LEFT_OUT_BY = {
    Limit.WAIT: LeftOut.TOO_SOON,
    Limit.HOUR: LeftOut.HOUR_LIMIT,
    Limit.DAY: LeftOut.DAY_LIMIT,
}


@dataclass(frozen=True, slots=True)
class Wait:
    """What stands in the way of the next code: how many whole seconds, and which limit says so."""

    seconds: int
    limit: Limit


def wait_before_next(issued: Iterable[datetime], now: datetime) -> Wait | None:
    """The wait before another code may be issued, None when it may be now.

    `issued` are the moments codes were issued to the user, in any order; those of the last day count. The
    doubling starts anew once an hour has passed without a code.
    """
    times = sorted((moment for moment in issued if moment > now - DAY), reverse=True)
    if not times:
        return None
    until = _pause_over(times)
    hour_full = len(times) >= PER_HOUR and times[PER_HOUR - 1] + HOUR > now
    limit = Limit.HOUR if hour_full else Limit.WAIT
    if len(times) >= PER_DAY and (freed := times[PER_DAY - 1] + DAY) > max(until, now):
        until, limit = freed, Limit.DAY
    return Wait(math.ceil((until - now).total_seconds()), limit) if until > now else None


def _pause_over(times: list[datetime]) -> datetime:
    """When the doubling pause after the newest of `times`, newest first, is over and the hour has room.

    The pause after n codes within the hour is 60 s times 2^(n-1), n below the hour's limit; as codes grow
    older than an hour n falls, so it ends at the earliest moment that satisfies it for some n.
    """
    newest = times[0]
    ends = [newest + HOUR]
    for count in range(1, PER_HOUR):
        fewer = times[count] + HOUR if count < len(times) else newest
        ends.append(max(fewer, newest + FIRST_WAIT * 2 ** (count - 1)))
    return min(ends)
