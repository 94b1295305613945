"""Days as people type them."""

import re
from datetime import date

from screens.times import MONTHS
from screens.words import _

_FIGURES = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_NAMED = re.compile(r"(\d{1,2})\s+([a-z]{3,9})\.?\s+(\d{4})", re.ASCII | re.IGNORECASE)
SHOWN = 20
"""As much of what was typed as a sentence repeats."""


def read_day(typed: str) -> date:
    """The day that is meant by 2023-06-12 or 12 June 2023. Raises: ValueError with the sentence for it."""
    text = " ".join(typed.split())
    if not text:
        raise ValueError(_("Give both days, such as 2023-06-12."))
    if found := _FIGURES.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif (found := _NAMED.fullmatch(text)) and (month := _month(found[2])):
        day, year = int(found[1]), int(found[3])
    else:
        raise ValueError(_("'%s' is not a day; type it like 2023-06-12 or 12 Jun 2023.") % text[:SHOWN])
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(_("There is no day '%s'; correct it.") % text[:SHOWN]) from None


def looks_like_day(typed: str) -> bool:
    """Whether it is written like a day, be there such a day or not."""
    text = " ".join(typed.split())
    found = _NAMED.fullmatch(text)
    return bool(_FIGURES.fullmatch(text) or (found and _month(found[2])))


def _month(name: str) -> int:
    """The number of a month by its name or the beginning of it; 0 for what is none."""
    known = (
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
        "november", "december",
    )  # fmt: skip
    return next((at for at, month in enumerate(known, 1) if month.startswith(name.casefold())), 0)


def past_day(day: date, today: date) -> str:
    """A day before today in a word: yesterday, Friday, 20 Jan."""
    names = (
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"),
    )  # fmt: skip
    back = (today - day).days
    if back == 1:
        return _("yesterday")
    return names[day.weekday()] if back < len(names) else f"{day.day} {MONTHS[day.month - 1]}"


def day_range(earliest: date, latest: date) -> str:
    """The days a window can mean, in short: 12 Jun 2023, or 1 Apr to 30 Jun 2023."""
    last = f"{latest.day} {MONTHS[latest.month - 1]} {latest.year}"
    if earliest == latest:
        return last
    first = f"{earliest.day} {MONTHS[earliest.month - 1]}"
    first = first if earliest.year == latest.year else f"{first} {earliest.year}"
    return _("%(first)s to %(last)s") % {"first": first, "last": last}
