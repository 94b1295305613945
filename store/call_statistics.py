"""The calls of a while counted: what they were about, whose they were, how they ended, how long they took."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import HONG_KONG
from store.enquiry_rows import LOGGED
from store.enquiry_views import CallStatistics, HotlineLoad, Tally
from store.rules.working_days import last_working_day
from store.tables import ENQUIRIES, VERIFICATIONS

NO_PARTICIPANT = ""
"""The word of calls about no participant in particular."""
GOING_ON = ""
"""The outcome of calls that have not ended."""


async def read_statistics(connection: AsyncConnection, since: datetime, until: datetime) -> CallStatistics:
    """The calls taken from `since` up to `until`."""
    taken = (LOGGED, ENQUIRIES.c.taken_at >= since, ENQUIRIES.c.taken_at < until)
    columns = (ENQUIRIES.c.cause, ENQUIRIES.c.participant_id, ENQUIRIES.c.outcome, ENQUIRIES.c.seconds)
    rows = (await connection.execute(select(*columns, ENQUIRIES.c.verified_at).where(*taken))).all()
    codes = select(func.count()).select_from(VERIFICATIONS.join(ENQUIRIES)).where(*taken)
    return CallStatistics(
        since=since,
        until=until,
        calls=len(rows),
        median_seconds=_median(row.seconds for row in rows),
        checked=sum(row.verified_at is not None for row in rows),
        codes_sent=int((await connection.execute(codes)).scalar_one()),
        by_cause=_tallies((row.cause, row.seconds) for row in rows),
        by_participant=_tallies((row.participant_id or NO_PARTICIPANT, row.seconds) for row in rows),
        by_outcome=_tallies((row.outcome or GOING_ON, row.seconds) for row in rows),
    )


async def hotline_load(connection: AsyncConnection, now: datetime) -> HotlineLoad:
    """Calls up to this time of the day, and the follow-ups that wait."""
    start = now.astimezone(HONG_KONG).replace(hour=0, minute=0, second=0, microsecond=0)
    day_before = last_working_day(start.date())
    counts = []
    for back in (timedelta(0), start.date() - day_before, timedelta(days=7)):
        taken = (LOGGED, ENQUIRIES.c.taken_at >= start - back, ENQUIRIES.c.taken_at <= now - back)
        counts.append(int((await connection.execute(select(func.count()).where(*taken))).scalar_one()))
    waiting = select(ENQUIRIES.c.follow_up_due).where(
        ENQUIRIES.c.follow_up_due.is_not(None), ENQUIRIES.c.follow_up_done_at.is_(None)
    )
    due = list((await connection.execute(waiting)).scalars())
    today, before, last_week = counts
    overdue = sum(day < start.date() for day in due)
    return HotlineLoad(today, before, day_before, last_week, open_follow_ups=len(due), overdue=overdue)


def _tallies(pairs: Iterable[tuple[str, int | None]]) -> tuple[Tally, ...]:
    """Counted by word, the most frequent first."""
    times: defaultdict[str, list[int | None]] = defaultdict(list)
    for word, seconds in pairs:
        times[word].append(seconds)
    counted = [Tally(word, len(each), _median(each)) for word, each in times.items()]
    return tuple(sorted(counted, key=lambda tally: (-tally.calls, tally.word)))


def _median(seconds: Iterable[int | None]) -> int | None:
    known = [each for each in seconds if each is not None]
    return round(median(known)) if known else None
