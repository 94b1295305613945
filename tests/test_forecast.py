"""The forecast: what it says of every history, and that no order of figures makes it contradict itself."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.rules.forecast import (
    FEWEST,
    HORIZON,
    LOOK_BACK,
    DayDone,
    Verdict,
    daily_numbers,
    forecast,
    needed_pace,
)
from store.rules.working_days import add_working_days, is_working, working_days_between

TODAY = date(2023, 6, 14)
NUMBERS = st.lists(st.integers(0, 40), min_size=FEWEST, max_size=30)


def history_of(numbers: list[int], start: int = 0) -> list[DayDone]:
    """Days before `TODAY` on whose working days these numbers were reached, after one that had `start`."""
    first = TODAY - timedelta(days=1)
    while not is_working(first) or working_days_between(first, TODAY - timedelta(days=1)) < len(numbers):
        first -= timedelta(days=1)
    left, done, history = iter(numbers), start, [(first, start)]
    for ahead in range(1, (TODAY - first).days):
        day = first + timedelta(days=ahead)
        done += next(left) if is_working(day) else 0
        history.append((day, done))
    return history


@given(NUMBERS)
def test_what_was_reached_each_day_is_read_from_the_ends_of_days(numbers: list[int]) -> None:
    assert list(daily_numbers(history_of(numbers), TODAY)) == numbers[-LOOK_BACK:]


def test_a_steady_pace_ends_on_the_day_that_division_gives() -> None:
    said = forecast(history_of([10] * 20), 200, 300, TODAY)
    assert (said.verdict, said.pace, said.days) == (Verdict.FORECAST, 10.0, 20)
    assert said.p50 == said.p90 == add_working_days(TODAY, 10)


def test_what_was_done_on_a_saturday_counts_for_the_monday() -> None:
    friday = date(2023, 6, 9)
    history = [(friday, 0), (date(2023, 6, 10), 7), (date(2023, 6, 11), 7), (date(2023, 6, 12), 9)]
    assert daily_numbers(history, TODAY) == (9,)


def test_today_is_left_out_of_the_pace() -> None:
    history = [*history_of([10] * 6), (TODAY, 1_000)]
    assert forecast(history, 60, 100, TODAY).pace == 10.0


def test_too_little_history_gives_no_day() -> None:
    said = forecast(history_of([10] * (FEWEST - 1)), 40, 100, TODAY)
    assert (said.verdict, said.p50, said.p90) == (Verdict.TOO_LITTLE, None, None)


def test_no_history_at_all_gives_no_day() -> None:
    assert forecast([], 0, 100, TODAY).verdict is Verdict.TOO_LITTLE


def test_done_is_said_even_without_history() -> None:
    assert forecast([], 5, 5, TODAY).verdict is Verdict.DONE


def test_nobody_to_count_is_said() -> None:
    assert forecast([], 0, 0, TODAY).verdict is Verdict.NOBODY


@pytest.mark.parametrize("numbers", [[0] * 20, [-1, 0] * 10])
def test_no_progress_never_ends(numbers: list[int]) -> None:
    assert forecast(history_of(numbers, 50), 40, 100, TODAY).verdict is Verdict.NOT_AT_THIS_PACE


def test_a_crawl_ends_beyond_the_horizon() -> None:
    assert forecast(history_of([1] * 20), 20, 20 + HORIZON + 1, TODAY).verdict is Verdict.NOT_AT_THIS_PACE


@settings(deadline=None)
@given(NUMBERS, st.integers(1, 3_000))
def test_p50_is_never_after_p90_and_both_are_working_days_to_come(numbers: list[int], missing: int) -> None:
    done = sum(numbers)
    said = forecast(history_of(numbers), done, done + missing, TODAY)
    if said.verdict is Verdict.NOT_AT_THIS_PACE:
        assert said.p50 is said.p90 is None
        return
    assert said.p50
    assert said.p50 > TODAY
    assert is_working(said.p50)
    assert working_days_between(TODAY, said.p50) <= HORIZON
    if said.p90:
        assert said.p50 <= said.p90
        assert is_working(said.p90)


@settings(deadline=None)
@given(NUMBERS, st.integers(1, 2_000), st.integers(0, 2_000))
def test_more_done_is_never_later(numbers: list[int], missing: int, fewer: int) -> None:
    history, total = history_of(numbers), sum(numbers) + missing
    behind = forecast(history, sum(numbers), total, TODAY)
    ahead = forecast(history, min(total - 1, sum(numbers) + fewer), total, TODAY)
    never = date.max
    assert (ahead.p50 or never) <= (behind.p50 or never)
    assert (ahead.p90 or never) <= (behind.p90 or never)


@settings(deadline=None)
@given(NUMBERS, st.integers(1, 2_000))
def test_the_same_figures_give_the_same_days(numbers: list[int], missing: int) -> None:
    done = sum(numbers)
    first, again = (forecast(history_of(numbers), done, done + missing, TODAY) for _time in range(2))
    assert first == again


@given(NUMBERS, st.integers(1, 500))
@settings(deadline=None)
def test_a_finish_lies_between_the_best_and_the_worst_day_repeated(numbers: list[int], missing: int) -> None:
    done = sum(numbers)
    said = forecast(history_of(numbers), done, done + missing, TODAY)
    drawn = numbers[-LOOK_BACK:]
    if said.p50:
        assert working_days_between(TODAY, said.p50) >= -(-missing // max(drawn))
    if min(drawn) and said.p90:
        assert working_days_between(TODAY, said.p90) <= -(-missing // min(drawn))


def test_the_pace_needed_is_what_is_missing_over_the_working_days_left() -> None:
    assert needed_pace(60, 100, date(2023, 2, 6), date(2023, 2, 10)) == 10.0
    assert needed_pace(60, 100, date(2023, 2, 6), date(2023, 2, 6)) is None
    assert needed_pace(100, 100, date(2023, 2, 6), date(2023, 2, 10)) == 0.0
