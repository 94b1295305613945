"""Days and moments as people type them: the day first, the year nearest, one sentence for what is none."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.typed_days import parse_moment, read_day, read_moment
from store.clock import HONG_KONG
from tests.conftest import START

TODAY = date(2023, 2, 6)
"""A Monday."""
DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@given(DAYS)
def test_a_day_is_read_as_it_is_written(day: date) -> None:
    month = MONTHS[day.month - 1]
    for written in (
        day.isoformat(), f" {day.year}-{day.month}-{day.day} ", f"{day.day} {month} {day.year}",
        f"{day.day}  {month[:3].upper()} {day.year}", f"{day.day}/{day.month}/{day.year}",
        f"{day.day:02}.{day.month:02}.{day.year}", f"{day.day}-{day.month}-{day.year}",
        f"{day.day}{month[:3]}{day.year}", f"{day.day}th {month}, {day.year}",
    ):  # fmt: skip
        assert read_day(written, TODAY) == day
        assert read_day(written, TODAY, past=True) == day


@given(DAYS, DAYS, st.booleans())
def test_without_a_year_it_is_this_years_unless_that_lies_far_the_wrong_way(
    day: date, today: date, past: bool
) -> None:
    for written in (f"{day.day}/{day.month}", f"{day.day} {MONTHS[day.month - 1]}"):
        found = read_day(written, today, past=past)
        assert (found.day, found.month) == (day.day, day.month)
        if (day.day, day.month) == (29, 2):
            continue
        wrong_way = (found - today if past else today - found).days
        assert wrong_way <= 183
        assert found.year == today.year or abs((found - today).days) <= 183


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today", TODAY), (" Today ", TODAY), ("tomorrow", date(2023, 2, 7)), ("yesterday", date(2023, 2, 5)),
        ("+14", date(2023, 2, 20)), ("-3", date(2023, 2, 3)), ("fri", date(2023, 2, 10)),
        ("Monday", date(2023, 2, 13)), ("8 feb", date(2023, 2, 8)), ("13/2", date(2023, 2, 13)),
        ("13.2.", date(2023, 2, 13)), ("13-2", date(2023, 2, 13)), ("13/2/24", date(2024, 2, 13)),
        ("5 Feb", date(2023, 2, 5)), ("3/1", date(2023, 1, 3)), ("15 Sep", date(2023, 9, 15)),
        ("29 February", date(2024, 2, 29)), ("8 Feb 2024", date(2024, 2, 8)), ("８／２", date(2023, 2, 8)),
        ("1st Mar", date(2023, 3, 1)),
    ],
)  # fmt: skip
def test_a_day_is_read_as_people_type_it(typed: str, day: date) -> None:
    assert read_day(typed, TODAY) == day


def test_days_behind_are_meant_where_one_looks_back() -> None:
    assert read_day("28 Dec", date(2023, 1, 6), past=True) == date(2022, 12, 28)
    assert read_day("3 Jan", date(2022, 12, 28)) == date(2023, 1, 3)
    assert read_day("mon", TODAY, past=True) == date(2023, 1, 30)
    assert read_day("fri", TODAY, past=True) == date(2023, 2, 3)


@given(st.text(max_size=300) | st.text("0123456789-/. JanuMyDec", max_size=14))
def test_whatever_else_is_typed_for_a_day_is_told_in_a_sentence(typed: str) -> None:
    told = told_of(typed)
    assert not told or (told.endswith(".") and len(told) < 120)


def told_of(typed: str) -> str:
    """What is said of what was typed for a day; of a day, nothing."""
    try:
        read_day(typed, TODAY)
    except ValueError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "typed",
    ["2023-02-29", "31 Jun 2023", "2023-13-01", "0 May 2023", "0000-01-01", "30 Feb", "32/1", "8 Feb 0000"],
)
def test_a_day_that_there_is_not_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(ValueError, match="There is no day"):
        read_day(typed, TODAY)


def test_the_month_first_is_told_the_order() -> None:
    with pytest.raises(ValueError, match="There is no day '2/13': the day comes first, then the month"):
        read_day("2/13", TODAY)


@pytest.mark.parametrize(
    "typed", ["", "someday", "31 Foo", "+", "mo", "monkey", "23-02-13", "9" * 10_000, "fri" + " " * 99 + "x"]
)
def test_what_is_no_day_is_told_how_to_type_one(typed: str) -> None:
    with pytest.raises(ValueError, match=r"is no day; type it like 13 Feb, 13/2 or 2023-02-13\."):
        read_day(typed, TODAY)


@given(DAYS, st.times())
def test_a_moment_is_a_day_and_a_time_in_hong_kong(day: date, clock: time) -> None:
    clock = clock.replace(microsecond=0)
    found = read_moment(f"{day.isoformat()} {clock:%H:%M:%S}", START)
    assert found == datetime.combine(day, clock, HONG_KONG)
    assert read_moment(day.isoformat(), START) == datetime.combine(day, time.min, HONG_KONG)


def test_a_moment_is_read_as_people_type_it() -> None:
    assert read_moment("tomorrow 9:05", START) == datetime(2023, 2, 7, 9, 5, tzinfo=HONG_KONG)
    assert read_moment("13/2 14:30", START) - START < timedelta(days=8)
    with pytest.raises(ValueError, match="has no time of a day"):
        parse_moment("2023-02-06 25:00")
    with pytest.raises(ValueError, match="is no day"):
        parse_moment("soon 09:00")
