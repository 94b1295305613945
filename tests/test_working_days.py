"""Working days in Hong Kong: the general holidays, and arithmetic that agrees with counting by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules.working_days import (
    add_working_days,
    holidays_of,
    is_working,
    knows,
    last_working_day,
    working_days_between,
)

DAYS = st.dates(date(2022, 1, 1), date(2030, 12, 31))
YEAR_2023 = (
    date(2023, 1, 2), date(2023, 1, 23), date(2023, 1, 24), date(2023, 1, 25), date(2023, 4, 5),
    date(2023, 4, 7), date(2023, 4, 8), date(2023, 4, 10), date(2023, 5, 1), date(2023, 5, 26),
    date(2023, 6, 22), date(2023, 7, 1), date(2023, 9, 30), date(2023, 10, 2), date(2023, 10, 23),
    date(2023, 12, 25), date(2023, 12, 26),
)  # fmt: skip
"""The general holidays of 2023 besides Sundays, as the Government gazetted them."""


def test_the_holidays_of_2023_are_those_the_government_gazetted() -> None:
    assert holidays_of(2023) == frozenset(YEAR_2023)


def test_good_friday_and_the_second_weekday_after_christmas_are_days_off() -> None:
    assert not is_working(date(2023, 4, 7))
    assert not is_working(date(2022, 12, 27))
    assert is_working(date(2023, 10, 3)), "a day off by employment law alone is worked"


def test_a_saturday_is_no_working_day() -> None:
    assert not is_working(date(2023, 2, 4))


def test_the_working_days_of_the_first_quarter() -> None:
    assert working_days_between(date(2023, 2, 6), date(2023, 3, 31)) == 39


@given(DAYS, st.integers(0, 400))
def test_adding_is_the_inverse_of_counting(day: date, number: int) -> None:
    later = add_working_days(day, number)
    assert working_days_between(day, later) == number
    assert number == 0 or is_working(later)


@given(DAYS)
def test_the_last_working_day_is_before_and_nothing_was_worked_between(day: date) -> None:
    last = last_working_day(day)
    assert last < day
    assert is_working(last)
    assert working_days_between(last, day) == is_working(day)


def test_before_a_monday_comes_friday_and_before_the_new_year_holidays_the_friday_before_them() -> None:
    assert last_working_day(date(2023, 2, 6)) == date(2023, 2, 3)
    assert last_working_day(date(2023, 1, 26)) == date(2023, 1, 20)


@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_stretches_add_up(day: date, first: int, second: int) -> None:
    middle, end = day + timedelta(days=first), day + timedelta(days=first + second)
    parts = working_days_between(day, middle) + working_days_between(middle, end)
    assert working_days_between(day, end) == parts


@given(DAYS, st.integers(0, 60))
def test_nothing_lies_between_a_day_and_one_before_it(day: date, back: int) -> None:
    assert working_days_between(day, day - timedelta(days=back)) == 0


@pytest.mark.parametrize("year", [1945, 2101])
def test_outside_the_known_years_only_weekends_are_off_and_that_can_be_asked(year: int) -> None:
    assert holidays_of(year) == frozenset()
    assert not knows(date(year, 6, 1))
    assert is_working(date(1945, 12, 25))


def test_every_known_year_has_its_holidays() -> None:
    assert all(len(holidays_of(year)) >= 10 for year in range(1946, 2101, 7))


def test_no_working_days_can_be_added_backwards() -> None:
    with pytest.raises(ValueError, match="-1"):
        add_working_days(date(2023, 2, 6), -1)
