"""The audit log as sentences: what happened to a user, in the order of the user card."""

from collections.abc import Mapping
from datetime import datetime

from screens.times import hk_moment
from screens.words import _
from store.views import HistoryLine

_SENTENCES: dict[str, str] = {
    "address.registered": _("registered %(email)s"),
    "address.proposed": _("proposed %(email)s, which waits for a checker"),
    "address.verified": _("verified %(email)s"),
    "address.shared": _("let two users share %(email)s"),
    "verification.issued": _("issued code no. %(number)s"),
    "verification.refused": _("a code was refused: %(reason)s"),
    "user.imported": _("loaded from the roster"),
    "user.changed": _("changed by a roster"),
    "participant.imported": _("participant loaded from the roster"),
    "mail.accepted": _("the mail server accepted the %(kind)s mail"),
    "mail.deferred": _("the mail server put the %(kind)s mail off"),
    "mail.bounced": _("the mail server refused the %(kind)s mail for good"),
    "mail.expired": _("the %(kind)s mail became too old to be sent"),
    "mail.held": _("held the %(kind)s mail"),
    "mail.released": _("released the %(kind)s mail"),
    "mail.retried": _("had the %(kind)s mail tried again"),
    "mail.cancelled": _("the %(kind)s mail was overtaken by a newer one"),
    "milestone.begun": _("declared a milestone begun"),
    "enquiry.logged": _("logged a call"),
    "operator.added": _("added an operator"),
}
_MORE = ("reply", "question", "waiver", "shared_reason", "changed")


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?" if key != "kind" else ""


def history_words(action: str, facts: Mapping[str, str | int | bool | None]) -> str:
    """What happened, without who and when; unknown actions are shown as they are kept."""
    known = _Known({key: str(value) for key, value in facts.items() if value is not None})
    words = " ".join((_SENTENCES.get(action, action) % known).split())
    more = "; ".join(known[key] for key in _MORE if known.get(key))
    return f"{words}: {more}" if more else words


def history_sentence(line: HistoryLine, now: datetime) -> str:
    """One event with its moment and its operator."""
    return f"{hk_moment(line.at, now)}  {line.operator_id}  {history_words(line.action, line.facts)}"
