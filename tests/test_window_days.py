"""The days that the words of a window mean."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.window_days import days_meant
from store.schedule import MILESTONES


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("Q3 2024", "2024-07-01", "2024-09-30"),
        (" q1  2024 ", "2024-01-01", "2024-03-31"),
        ("Late Q2 2023", "2023-05-16", "2023-06-30"),
        ("early Q2 2023", "2023-04-01", "2023-05-15"),
        ("February 2024", "2024-02-01", "2024-02-29"),
        ("late Sept 2023", "2023-09-16", "2023-09-30"),
        ("2023", "2023-01-01", "2023-12-31"),
        ("13 March 2023", "2023-03-13", "2023-03-13"),
        ("2023-03-13", "2023-03-13", "2023-03-13"),
    ],
)
def test_words_of_a_known_form_mean_days(words: str, first: str, last: str) -> None:
    assert days_meant(words) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "words",
    ["", "Q5 2023", "Q1", "Q1 0000", "soon", "Smarch 2023", "31 February 2023", "mid Q2 2023", "0000"],
)
def test_other_words_mean_no_certain_days(words: str) -> None:
    assert days_meant(words) is None


@given(st.text(max_size=30) | st.from_regex(r"\A(late |early )?([qQ][0-9]|[A-Za-z]{3,9}) ?[0-9]{4}\Z"))
def test_whatever_is_typed_the_first_day_is_not_after_the_last(words: str) -> None:
    meant = days_meant(words)
    assert meant is None or timedelta(0) <= meant[1] - meant[0] < timedelta(days=366)


def test_the_circulars_own_windows_mean_the_days_it_came_with() -> None:
    for row in MILESTONES:
        assert days_meant(row.window) == (row.earliest, row.latest)
