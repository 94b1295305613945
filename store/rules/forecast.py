"""When the users of a programme, or of one participant, will have reached a goal (issue 5).

The method is a bootstrap of the daily numbers: what was reached on each of the last 20 working days is drawn
again at random, day after day from tomorrow on, until nothing remains, 500 times over. P50 and P90 are the
days on which half and nine tenths of these runs are done. The draws are the same each time, so the same
figures give the same days, and more done never gives a later one. Nothing is assumed of a last spurt, of
bulk loads still to come or of people who never answer; today is left out of the pace because it is not over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from random import Random

from store.rules.working_days import add_working_days, is_working, working_days_between

LOOK_BACK = 20
"""Working days whose numbers are drawn from."""
FEWEST = 5
"""Working days of history without which nothing is said."""
RUNS, HORIZON = 500, 260
"""Runs of the bootstrap, and the working days (about a year) after which a run is given up."""
SEED = 20221219

DayDone = tuple[date, int]


class Verdict(StrEnum):
    """What can be said of the finish."""

    NOBODY = "nobody"
    DONE = "done"
    TOO_LITTLE = "too little history"
    NOT_AT_THIS_PACE = "not at this pace"
    FORECAST = "forecast"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is said: `pace` is users a working day over `days` of them; `p90` is None past the horizon."""

    verdict: Verdict
    pace: float = 0.0
    days: int = 0
    p50: date | None = None
    p90: date | None = None


def daily_numbers(history: Sequence[DayDone], today: date) -> tuple[int, ...]:
    """What was reached on each of the last working days before `today`, oldest first.

    `history` holds how many had reached the goal at the end of each day, by day; what was reached on a day
    off counts for the next working day.
    """
    ends = [done for day, done in history if day < today and is_working(day)]
    return tuple(later - earlier for earlier, later in pairwise(ends))[-LOOK_BACK:]


def forecast(history: Sequence[DayDone], done: int, total: int, today: date) -> Forecast:
    """When `total` will be reached, `done` of them by now."""
    if total <= 0:
        return Forecast(Verdict.NOBODY)
    numbers = daily_numbers(history, today)
    pace = sum(numbers) / len(numbers) if numbers else 0.0
    if done >= total:
        return Forecast(Verdict.DONE, pace, len(numbers))
    if len(numbers) < FEWEST:
        return Forecast(Verdict.TOO_LITTLE, pace, len(numbers))
    p50, p90 = _runs(numbers, total - done)
    if p50 is None:
        return Forecast(Verdict.NOT_AT_THIS_PACE, pace, len(numbers))
    finish = add_working_days(today, p50)
    late = add_working_days(finish, p90 - p50) if p90 is not None else None
    return Forecast(Verdict.FORECAST, pace, len(numbers), finish, late)


def needed_pace(done: int, total: int, today: date, due: date) -> float | None:
    """Users a working day that would still make it by the end of `due`; None when no day is left for it."""
    left = working_days_between(today, due)
    return max(0, total - done) / left if left else None


def _runs(numbers: Sequence[int], remaining: int) -> tuple[int | None, int | None]:
    """The working days that half and nine tenths of the runs take; None where they do not arrive."""
    if max(numbers) <= 0:
        return None, None
    lengths = sorted(_length(numbers, draws, remaining) for draws in _draws(len(numbers)))
    p50, p90 = lengths[RUNS // 2 - 1], lengths[RUNS * 9 // 10 - 1]
    return (p50 if p50 <= HORIZON else None), (p90 if p90 <= HORIZON else None)


def _length(numbers: Sequence[int], draws: bytes, remaining: int) -> int:
    for days, drawn in enumerate(draws, start=1):
        remaining -= numbers[drawn]
        if remaining <= 0:
            return days
    return HORIZON + 1


@lru_cache(maxsize=LOOK_BACK)
def _draws(choices: int) -> tuple[bytes, ...]:
    """For each run, which of the `choices` days is drawn on each of its days."""
    rng = Random(SEED)
    return tuple(bytes(rng.choices(range(choices), k=HORIZON)) for _run in range(RUNS))
