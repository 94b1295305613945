"""Moments as people in Hong Kong read them; the store keeps UTC."""

from datetime import date, datetime, timedelta

from screens.words import ngettext
from store.clock import HONG_KONG

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def hk_time(moment: datetime) -> str:
    """The time of day: 14:03."""
    return f"{moment.astimezone(HONG_KONG):%H:%M}"


def hk_second(moment: datetime) -> str:
    """The time of day to the second: 14:03:25."""
    return f"{moment.astimezone(HONG_KONG):%H:%M:%S}"


def hk_day(moment: datetime) -> date:
    """The day it is in Hong Kong at this moment."""
    return moment.astimezone(HONG_KONG).date()


def hk_date(day: date | datetime) -> str:
    """A day with its year: 19 Dec 2022."""
    if isinstance(day, datetime):
        day = hk_day(day)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def hk_moment(moment: datetime, now: datetime) -> str:
    """A moment as short as it can be said at `now`: 14:03, or 19 Dec 14:03, or 19 Dec 2022 14:03."""
    day, today = hk_day(moment), hk_day(now)
    if day == today:
        return hk_time(moment)
    if day.year == today.year:
        return f"{day.day} {MONTHS[day.month - 1]} {hk_time(moment)}"
    return f"{hk_date(day)} {hk_time(moment)}"


def waiting_time(seconds: int) -> str:
    """How long to wait, rounded up: 45 seconds, 4 minutes, 2 hours."""
    if seconds <= 90:
        seconds = max(1, seconds)
        return ngettext("%d second", "%d seconds", seconds) % seconds
    minutes = -(-seconds // 60)
    if minutes <= 90:
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    hours = -(-minutes // 60)
    return ngettext("%d hour", "%d hours", hours) % hours


def span(time: timedelta) -> str:
    """A length of time in its largest unit, rounded down: 12 minutes, 5 hours, 2 days."""
    minutes = max(0, int(time.total_seconds())) // 60
    if minutes < 60:
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    if minutes < 48 * 60:
        return ngettext("%d hour", "%d hours", minutes // 60) % (minutes // 60)
    return ngettext("%d day", "%d days", minutes // 1440) % (minutes // 1440)


def short_span(time: timedelta) -> str:
    """The same in a few cells: 12 min, 5 h, 2 d."""
    number, unit = span(time).split(" ", 1)
    return f"{number} {unit[:3] if unit[0] == 'm' else unit[0]}"
