"""The audit in words: what a verification found, and why a head cannot be used."""

from screens.times import hk_date, hk_time
from screens.words import _, ngettext
from store.audit_views import EventKind
from store.errors import BadHead
from store.rules.audit_chain import Fault, Verdict

KINDS: dict[EventKind, str] = {
    EventKind.ADDRESSES: _("addresses"),
    EventKind.CODES: _("codes and calls"),
    EventKind.MAIL: _("mail"),
    EventKind.ROSTER: _("roster and waivers"),
    EventKind.SCHEDULE: _("schedule"),
    EventKind.SIGN_INS: _("sign-ins and sessions"),
    EventKind.ENROLMENT: _("enrolment and logons"),
    EventKind.OPERATORS: _("operators"),
    EventKind.LOOKS: _("reveals, exports, audit"),
    EventKind.REFUSALS: _("refusals"),
}

_FAULTS: dict[Fault, str] = {
    Fault.CHANGED: _("event %s is not as it was written"),
    Fault.PERSONAL: _("the personal values of event %s are gone, or not as they were written"),
    Fault.MISSING: _("event %s is missing"),
    Fault.STRANGER: _("a row numbered %s does not belong to the log"),
    Fault.CUT: _("event %s is missing, and all after it: the log was cut there"),
    Fault.REPLACED: _("event %s is not the one the head was made of: the log was cut and written on"),
}


def fault_words(verdict: Verdict) -> str:
    """What is wrong with the first bad event; empty when nothing is."""
    return _FAULTS[verdict.fault] % verdict.first_bad if verdict.fault else ""


def verdict_lines(verdict: Verdict, own_number: int | None = None) -> list[str]:
    """The outcome of a verification in a few sentences: what was found, and what that proves.

    `own_number` is the event that records this verification, which came after all that were followed.
    """
    if not verdict.ok:
        said = fault_words(verdict)
        return [
            _("The audit log is not whole: %s.") % said,
            _("All before it is as it was written; believe nothing from it on. Keep the database as it is."),
        ]
    count = verdict.events
    events = ngettext("{n} event", "{n} events", count).format(n=f"{count:,}")
    lines = [_("The audit log is whole: %s, each chained to the one before it.") % events]
    if own_number is not None:
        lines.append(_("(This verification is event {n}.)").format(n=f"{own_number:,}"))
    if verdict.head is None:
        lines.append(
            _("Only a head exported before ('ccms-tui audit head') proves that its end is not cut off.")
        )
    else:
        at = verdict.head.at
        lines.append(_("It holds the head of %(day)s %(time)s, event %(number)s.") % {
            "day": hk_date(at), "time": hk_time(at), "number": f"{verdict.head.event_id:,}",
        })  # fmt: skip
    return lines


def bad_head(error: BadHead) -> str:
    """Why a head cannot be used, and what to do."""
    words = {
        "missing": _("There is no head file at %s; give the file that 'ccms-tui audit head' wrote."),
        "unreadable": _("The head file %s cannot be read; give yourself the right to read it."),
        "foreign": _(
            "This head was not signed with this desk's key, or it was changed since; give the desk's own."
        ),
    }.get(
        error.reason, _("This is no head of an audit log; give the line that 'ccms-tui audit head' printed.")
    )
    return words % error.where if "%s" in words else words
