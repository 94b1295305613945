"""A day as people type it: today, tomorrow, +3, fri, 8 Feb, 2023-02-08."""

import re
from contextlib import suppress
from datetime import date, timedelta

from screens.times import MONTHS
from screens.words import _

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NEAR = {"": 0, "today": 0, "tomorrow": 1}
_SHORT = re.compile(r"(\d{1,2})\s*([a-z]{3})[a-z]*\.?(?:\s+(\d{4}))?")


def read_day(typed: str, today: date) -> date | None:
    """The day that was meant (nothing typed is today); None when it cannot be one.

    A weekday is the next one, a day and a month without a year the next such day.
    """
    words = " ".join(typed.lower().split())[:40]
    if words in _NEAR:
        return today + timedelta(days=_NEAR[words])
    if re.fullmatch(r"\+\d{1,3}", words):
        return today + timedelta(days=int(words))
    if words[:3] in _WEEKDAYS and words.isalpha():
        return today + timedelta(days=(_WEEKDAYS.index(words[:3]) - today.weekday() - 1) % 7 + 1)
    if short := _SHORT.fullmatch(words):
        return _in_month(int(short[1]), short[2].capitalize(), short[3], today)
    with suppress(ValueError):
        return date.fromisoformat(words)
    return None


def _in_month(day: int, month: str, year: str | None, today: date) -> date | None:
    if month not in MONTHS:
        return None
    for number in (int(year),) if year else (today.year, today.year + 1):
        try:
            found = date(number, MONTHS.index(month) + 1, day)
        except ValueError:
            continue
        if year or found >= today:
            return found
    return None


def no_day(typed: str) -> str:
    """What is said of something that is no day."""
    return _("'%s' is no day; type today, +2, fri, 8 Feb or 2023-02-08.") % typed.strip()[:20]
