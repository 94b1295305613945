"""The burn-up as an inline drawing: points in its own units, labels, and a description in words."""

from dataclasses import dataclass
from datetime import date

from screens import board_words as words
from screens.burn_up_plot import Scale, last_day
from screens.times import hk_date
from screens.words import _
from store.rules.burn_up import BurnUp
from store.rules.forecast import Verdict

WIDTH, HEIGHT = 720, 260
LEFT, TOP, BELOW = 58, 12, 26
LABEL = 74
"""What a day's label takes of the width."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Points as SVG has them; a line that is not drawn is empty."""

    title: str
    description: str
    area: str
    needed: str
    p50: str
    p90: str
    levels: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]
    today: float


def drawing(burn: BurnUp) -> Drawing | None:
    """The drawing of a burn-up; None where there is nobody to draw."""
    if burn.total == 0:
        return None
    scale = Scale(burn.history[0][0], last_day(burn), burn.total, WIDTH - LEFT, HEIGHT - TOP - BELOW)
    now = (burn.today, burn.done)
    lines = {"p50": burn.forecast.p50, "p90": burn.forecast.p90}
    said = burn.forecast.verdict is Verdict.FORECAST
    drawn = {
        name: _points(scale, [now, (day, burn.total)]) if said and day else "" for name, day in lines.items()
    }
    needed = [burn.history[0], (burn.due.earliest, burn.total)] if burn.due else []
    return Drawing(
        title=_("Burn-up: {goal}").format(goal=words.GOALS[burn.goal]),
        description=_describe(burn),
        area=_area(scale, burn),
        needed=_points(scale, needed) if burn.due and burn.due.earliest > scale.first else "",
        levels=tuple((_y(scale, users), f"{users:,}") for users in sorted({0, burn.total // 2, burn.total})),
        days=_days(scale, burn),
        today=_x(scale, burn.today),
        **drawn,
    )


def _x(scale: Scale, day: date) -> float:
    return round(LEFT + scale.x(day), 1)


def _y(scale: Scale, users: float) -> float:
    return round(HEIGHT - BELOW - scale.y(users), 1)


def _points(scale: Scale, pairs: list[tuple[date, int]]) -> str:
    return " ".join(f"{_x(scale, day)},{_y(scale, users)}" for day, users in pairs)


def _area(scale: Scale, burn: BurnUp) -> str:
    """Steps: what was done at the end of a day stands until the end of the next."""
    corners = [(burn.history[0][0], 0)]
    before = 0
    for day, done in burn.history:
        corners += [(day, before), (day, done)]
        before = done
    return _points(scale, [*corners, (burn.today, 0)])


def _days(scale: Scale, burn: BurnUp) -> tuple[tuple[float, str], ...]:
    """The days below the axis, those that say most first; one that has no room is left out."""
    placed: list[tuple[float, str]] = []
    for day in (burn.today, burn.due.earliest if burn.due else None, scale.first, scale.last):
        if day is None or not scale.first <= day <= scale.last:
            continue
        at = _x(scale, day)
        if all(abs(at - other) >= LABEL for other, _label in placed):
            placed.append((at, hk_date(day)))
    return tuple(sorted(placed))


def _describe(burn: BurnUp) -> str:
    done = _("{n} of {all} by {day}.").format(
        n=f"{burn.done:,}", all=f"{burn.total:,}", day=hk_date(burn.today)
    )
    return " ".join((done, words.expected_words(burn).rstrip(".") + ".", words.pace_words(burn) + "."))
