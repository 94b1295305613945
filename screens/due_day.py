"""The day by which something promised is due: today where nothing is typed, never one that is over."""

from datetime import date

from textual.content import Content

from screens.days import weekday
from screens.paint import muted
from screens.typed_days import read_day
from screens.words import _
from store.errors import BadDay


def due_day(typed: str, today: date) -> date:
    """The day that is typed. Raises: ValueError with a sentence, BadDay (it is over)."""
    day = read_day(typed.strip() or "today", today)
    if day < today:
        raise BadDay(day, "past")
    return day


def due_words(typed: str, today: date) -> Content:
    """Which day is meant, with its weekday and year; that it is over, or none at all."""
    try:
        return muted(weekday(due_day(typed, today)))
    except BadDay as error:
        over = Content.styled("  " + _("✗ is over"), "$error")
        return Content.assemble(muted(weekday(error.day)), over)
    except ValueError:
        return Content.styled(_("? no day"), "$warning")
