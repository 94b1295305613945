"""The days that a window's words mean, where they are of a form that circulars use: Q2 2023, late Q2 2023,
June 2023, 2023, or a day.

Early and late halve it, as the circular's own late Q2 2023 begins on 16 May.
"""

import re
from calendar import monthrange
from datetime import date

from screens.typed_days import MONTH_NAMES, names_a_day, read_day

_QUARTER = re.compile(r"(?:(early|late) )?q([1-4]) (\d{4})", re.ASCII)
_MONTH = re.compile(r"(?:(early|late) )?([a-z]{3,9}) (\d{4})", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_HALF_A_MONTH = 15


def days_meant(words: str) -> tuple[date, date] | None:
    """The earliest and the latest day that the words can mean; None where that is not certain."""
    text = " ".join(words.casefold().split())
    if names_a_day(text):
        return _day(text)
    if (found := _QUARTER.fullmatch(text)) and (year := int(found[3])):
        last = 3 * int(found[2])
        return _span(found[1], year, last - 2, last)
    if (found := _MONTH.fullmatch(text)) and (year := int(found[3])):
        months = [at for at, name in enumerate(MONTH_NAMES, 1) if name.startswith(found[2])]
        return _span(found[1], year, months[0], months[0]) if months else None
    if _YEAR.fullmatch(text) and (year := int(text)):
        return date(year, 1, 1), date(year, 12, 31)
    return None


def _day(text: str) -> tuple[date, date] | None:
    try:
        day = read_day(text, date.min)
    except ValueError:
        return None
    return day, day


def _span(half: str | None, year: int, first: int, last: int) -> tuple[date, date]:
    """From the beginning of one month to the end of another, or the half of it."""
    middle = (first + last) // 2
    begins = date(year, middle, _HALF_A_MONTH + 1) if half == "late" else date(year, first, 1)
    ends = (
        date(year, middle, _HALF_A_MONTH) if half == "early" else date(year, last, monthrange(year, last)[1])
    )
    return begins, ends
