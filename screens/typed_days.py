"""Days and moments as people type them, read in the same way wherever one is typed.

The day comes first: 13 Feb, 13/2, 13.2.2023, 13 February 2023; or 2023-02-13; or today, tomorrow, yesterday,
+3, fri. Without a year it is this year's, unless that lies more than half a year the wrong way: to come where
days behind are meant, else behind.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from screens.times import MONTHS, hk_day
from screens.words import _
from store.clock import HONG_KONG

_WORDS = {"today": 0, "tomorrow": 1, "yesterday": -1}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_FIGURES = re.compile(
    r"(?P<day>\d{1,2})([/.-])(?P<month>\d{1,2})(?:\2(?P<year>\d{4}|(?<!-)\d{2})|\.)?", re.ASCII
)
_NAMED = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)? ?(?P<month>[a-z]{3,9})\.?(?:,? ?(?P<year>\d{4}))?", re.ASCII
)
_AWAY = re.compile(r"[+-]\d{1,3}", re.ASCII)
_CLOCK = re.compile(r"(.*\S) +(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_LEAP_YEAR = 2024
_HALF_A_YEAR = 183
_LONGEST = 40
SHOWN = 20
"""As much of what was typed as a sentence repeats."""


@dataclass(frozen=True, slots=True)
class TypedDay:
    """What was typed: so many days from today, a weekday, or a day of a month, with a year or without."""

    away: int | None = None
    weekday: int | None = None
    day: int = 1
    month: int = 1
    year: int | None = None

    def on(self, today: date, *, past: bool = False) -> date:
        """The day meant on `today`; `past` where days behind are meant rather than days to come."""
        if self.away is not None:
            return today + timedelta(days=self.away)
        if self.weekday is not None:
            back = (today.weekday() - self.weekday - 1) % 7 + 1
            ahead = (self.weekday - today.weekday() - 1) % 7 + 1
            return today + timedelta(days=-back if past else ahead)
        if self.year is not None:
            return date(self.year, self.month, self.day)
        step = -1 if past else 1
        days = []
        for years in range(9):  # 29 February may be eight years away
            with suppress(ValueError):
                days.append(date(today.year + step * years, self.month, self.day))
        wrong_way = (today - days[0]).days * step
        return days[1] if wrong_way > _HALF_A_YEAR and len(days) > 1 else days[0]


def parse_day(typed: str) -> TypedDay:
    """What was typed. Raises: ValueError with the sentence for it."""
    text = _normal(typed)
    if text in _WORDS:
        return TypedDay(away=_WORDS[text])
    if _AWAY.fullmatch(text):
        return TypedDay(away=int(text))
    names = [at for at, name in enumerate(_WEEKDAYS) if len(text) > 2 and name.startswith(text)]
    if names:
        return TypedDay(weekday=names[0])
    return _in_full(text, typed)


def read_day(typed: str, today: date, *, past: bool = False) -> date:
    """The day that was typed on `today`. Raises: ValueError with the sentence for it."""
    return parse_day(typed).on(today, past=past)


def parse_moment(typed: str) -> tuple[TypedDay, time | None]:
    """A day, and a time of the day where one follows it. Raises: ValueError with the sentence for it."""
    found = _CLOCK.fullmatch(_normal(typed))
    if found is None:
        return parse_day(typed), None
    day = parse_day(found[1])
    try:
        return day, time(int(found[2]), int(found[3]), int(found[4] or 0))
    except ValueError:
        raise ValueError(
            _("'%s' has no time of a day; type it like 09:00.") % typed.strip()[:SHOWN]
        ) from None


def moment_of(day: TypedDay, clock: time | None, now: datetime) -> datetime:
    """The moment in Hong Kong that is meant; a day without a time begins at midnight."""
    return datetime.combine(day.on(hk_day(now)), clock or time.min, HONG_KONG)


def read_moment(typed: str, now: datetime) -> datetime:
    """The moment that was typed at `now`. Raises: ValueError with the sentence for it."""
    return moment_of(*parse_moment(typed), now)


def names_a_day(typed: str) -> bool:
    """Whether it is written like a day in full, be there such a day or not."""
    text = _normal(typed)
    named = _NAMED.fullmatch(text)
    return bool(_ISO.fullmatch(text) or (named and named["year"] and _month(named["month"])))


def _normal(typed: str) -> str:
    """Lower case, single spaces, the figures of a Chinese keyboard as ours; empty for what is too long."""
    if len(typed) > _LONGEST:
        return ""
    return " ".join(unicodedata.normalize("NFKC", typed).casefold().split())


def _in_full(text: str, typed: str) -> TypedDay:
    found = _ISO.fullmatch(text) or _FIGURES.fullmatch(text) or _NAMED.fullmatch(text)
    month = _month(found["month"]) if found else 0
    if found is None or month is None:
        raise ValueError(_("'%s' is no day; type it like 13 Feb, 13/2 or 2023-02-13.") % _shown(typed))
    day, year = int(found["day"]), _year(found["year"])
    try:
        date(year or _LEAP_YEAR, month, day)
    except ValueError:
        pass
    else:
        if year is None or _FIRST_YEAR <= year <= _LAST_YEAR:
            return TypedDay(day=day, month=month, year=year)
    if found.re is _FIGURES and 1 <= day <= len(MONTHS) < month:
        raise ValueError(_("There is no day '%s': the day comes first, then the month.") % _shown(typed))
    raise ValueError(_("There is no day '%s'; correct it.") % _shown(typed))


def _month(written: str) -> int | None:
    """The number of a month by its figures, its name or the beginning of it; None for what is none."""
    if written.isdigit():
        return int(written)
    return next((at for at, name in enumerate(MONTH_NAMES, 1) if name.startswith(written)), None)


def _year(written: str | None) -> int | None:
    """The year of four figures, or of two in this century."""
    return None if written is None else int(written) + (2000 if len(written) == 2 else 0)


def _shown(typed: str) -> str:
    return " ".join(typed.split())[:SHOWN]
