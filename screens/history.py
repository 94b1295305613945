"""The audit log as sentences: what happened to a user, as the user card tells it."""

from collections.abc import Mapping

from screens.words import _

Facts = Mapping[str, str | int | bool | None]

_SENTENCES: dict[str, str] = {
    "address.registered": _("registered {email}"),
    "address.proposed": _("proposed {email}"),
    "address.verified": _("{email} verified"),
    "address.shared": _("recorded why two users share {email}: {reason}"),
    "address.revealed": _("addresses shown in full: {reason}"),
    "verification.issued": _("code no. {number} issued"),
    "verification.refused": _("wrong code entered for code no. {number}, tries left {tries_left}"),
    "user.imported": _("loaded from a roster"),
    "user.changed": _("changed by a roster: {changed}"),
    "participant.imported": _("participant loaded from a roster"),
    "mail.accepted": _("mail accepted by the mail server"),
    "mail.deferred": _("mail put off by the mail server, attempt {attempts}"),
    "mail.bounced": _("mail refused for good by the mail server"),
    "mail.expired": _("mail expired, never sent"),
    "mail.held": _("mail held"),
    "mail.released": _("mail released"),
    "mail.retried": _("mail to be tried again"),
    "mail.cancelled": _("mail cancelled: a newer code had been issued"),
    "milestone.begun": _("milestone declared begun: {milestone_id}"),
    "enquiry.logged": _("call logged, no. {enquiry_id}"),
    "operator.added": _("operator added: {operator}"),
}

_BASES: dict[str, str] = {
    "single-DA waiver": _("at once, by single-DA waiver"),
    "form DA 3": _("by form DA 3"),
    "roster": _("from a roster"),
}


def history_words(action: str, facts: Facts) -> str:
    """What happened, without who and when; an action that is not known here is shown as it is kept."""
    known = {key: "?" if value is None else str(value) for key, value in facts.items()}
    words = _SENTENCES.get(action, action).format_map(_Known(known))
    basis = _BASES.get(known.get("basis", ""))
    old = facts.get("old_email")
    parts = [words, _("in place of {old}").format(old=old) if old else None, basis]
    return ", ".join(part for part in parts if part)


class _Known(dict[str, str]):
    """Facts that say so when they were not kept or were erased."""

    def __missing__(self, key: str) -> str:
        return _("(not kept)")
