"""Days in words."""

from datetime import date

from screens.times import MONTHS, hk_date
from screens.words import _


def weekday(day: date) -> str:
    """A day with its name: Fri 3 Feb 2023."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{names[day.weekday()]} {hk_date(day)}"


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
