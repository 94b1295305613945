"""Working days in Hong Kong: Monday to Friday without the general holidays, which banks and exchanges keep.

The holidays are the `holidays` library's general ones (Cap. 149, its category "optional"); its "public" ones
are those of employment law, which lack Good Friday and Easter Monday. The Government gazettes a year's
holidays in the spring before: what lies further ahead is computed and may yet change. Extra days off by
decree and days lost to a typhoon are in no calendar. Outside the years the library knows only the weekends
are days off, and `knows` says so.
"""

from datetime import date, timedelta
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1946, 2100
SATURDAY = 5
ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=256)
def holidays_of(year: int) -> frozenset[date]:
    """The general holidays of a year; empty where the calendar is not known."""
    from holidays.constants import OPTIONAL  # noqa: PLC0415 - not on the way to the first frame
    from holidays.countries.hongkong import HongKong  # noqa: PLC0415

    if not FIRST_YEAR <= year <= LAST_YEAR:
        return frozenset()
    return frozenset(HongKong(years=year, categories=(OPTIONAL,), expand=False))


def knows(day: date) -> bool:
    """Whether the holidays of the day's year are known."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def is_working(day: date) -> bool:
    """Whether Hong Kong works on this day."""
    return day.weekday() < SATURDAY and day not in holidays_of(day.year)


def last_working_day(day: date) -> date:
    """The last working day before `day`."""
    day -= ONE_DAY
    while not is_working(day):
        day -= ONE_DAY
    return day


def working_days_between(day: date, last: date) -> int:
    """The working days after `day`, up to and including `last`; 0 when `last` is not after it."""
    return sum(is_working(day + timedelta(days=ahead)) for ahead in range(1, (last - day).days + 1))


def add_working_days(day: date, number: int) -> date:
    """The `number`th working day after `day`; `day` itself for 0. Raises: ValueError when negative."""
    if number < 0:
        raise ValueError(number)
    while number:
        day += ONE_DAY
        number -= is_working(day)
    return day
