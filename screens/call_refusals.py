"""The refusals of the enquiry log and of the caller check, in words (see `screens.sentences`)."""

from collections.abc import Callable
from typing import Any

from screens.times import hk_date, hk_time
from screens.words import _, ngettext
from store import errors

_TEXTS: dict[str, str] = {
    "question": _("The question"),
    "caller": _("The caller's name"),
    "follow-up": _("The follow-up"),
    "note": _("The note"),
}


def _too_long(error: errors.TextTooLong) -> str:
    return _("%(what)s has %(length)d characters, at most %(limit)d are kept; say it shorter.") % {
        "what": _TEXTS.get(error.what, error.what),
        "length": error.length,
        "limit": error.limit,
    }


def _bad_day(error: errors.BadDay) -> str:
    if error.why == "past":
        return _("The day %s is over; give today or a later one for the follow-up.") % hk_date(error.day)
    return _("The day %s is too far ahead; give one within the next 90 days.") % hk_date(error.day)


def _follow_up_done(error: errors.FollowUpDone) -> str:
    return _(
        "The follow-up of call no. %(number)d was done by %(who)s on %(day)s at %(time)s; nothing is left."
    ) % {
        "who": error.done_by,
        "number": error.enquiry_id,
        "day": hk_date(error.done_at),
        "time": hk_time(error.done_at),
    }


def _check_refused(error: errors.CheckRefused) -> str:
    words = {
        "malformed": _("A caller check code has 7 digits, like 482-1905; never take down any other code."),
        "expired": _("That caller check code is not good any more; send a fresh one."),
        "spent": _("That caller check code was tried too often; send a fresh one, or call back."),
        "not-sent": _("No caller check code was sent in this call; send one first."),
    }
    if error.reason in words:
        return words[error.reason]
    left = error.tries_left
    tries = ngettext("%d try is left.", "%d tries are left.", left) % left
    return _("That is not the caller check code.") + " " + tries


CALLS: dict[type[errors.StoreError], Callable[[Any], str]] = {
    errors.TextTooLong: _too_long,
    errors.BadDay: _bad_day,
    errors.BadPhone: lambda _error: _(
        "That is no telephone number; give 8 digits, or + and the country code in front, like +852 2979 7222."
    ),
    errors.FollowUpDone: _follow_up_done,
    errors.CheckRefused: _check_refused,
}
