"""The audit log as sentences: what happened, as the user card and the audit screen tell it."""

from collections.abc import Mapping

from screens.words import _

Facts = Mapping[str, str | int | bool | None]

SENTENCES: dict[str, str] = {
    "address.registered": _("registered {email}"),
    "address.proposed": _("proposed {email}"),
    "address.approved": _("approved {email}, proposed by {made_by}"),
    "address.rejected": _("rejected {email}, proposed by {made_by}: {reason}"),
    "address.verified": _("verified {email}"),
    "address.shared": _("recorded why two users share {email}: {reason}"),
    "address.flagged": _("in use at {also_in} too: {email} of {user_id}"),
    "address.revealed": _("saw addresses in full: {reason}"),
    "proposal.voided": _("voided proposed change no. {proposal_id}: {why}"),
    "verification.issued": _("issued code no. {number}"),
    "verification.refused": _("wrong code entered for code no. {number}, tries left {tries_left}"),
    "user.imported": _("loaded from a roster"),
    "user.changed": _("changed by a roster: {changed}"),
    "participant.imported": _("loaded participant {name} from a roster"),
    "waiver.granted": _("granted a single-DA waiver: {reason}"),
    "waiver.withdrawn": _("withdrew the single-DA waiver: {reason}"),
    "mail.accepted": _("mail accepted by the mail server"),
    "mail.deferred": _("mail put off by the mail server, attempt {attempts}"),
    "mail.bounced": _("mail refused for good by the mail server"),
    "mail.expired": _("mail expired, never sent"),
    "mail.held": _("mail held"),
    "mail.released": _("mail released"),
    "mail.retried": _("mail to be tried again"),
    "mail.cancelled": _("mail cancelled: a newer code had been issued"),
    "mail.overtaken": _("cancelled {messages} mails about {milestone_id}: newer ones were queued"),
    "milestone.begun": _("declared {milestone_id} begun"),
    "milestone.done": _("declared {milestone_id} done"),
    "milestone.revised": _("revised the window of {milestone_id}: {window}, {status}, by {circular}"),
    "milestone.proposed": _(
        "proposed to begin {milestone_id}, {locked_out} of {users} users locked out by it"
    ),
    "milestone.approved": _("approved to begin {milestone_id}, proposed by {proposed_by}"),
    "milestone.rejected": _("rejected to begin {milestone_id}, proposed by {proposed_by}: {reason}"),
    "milestone.withdrawn": _("took back the proposal to begin {milestone_id}: {reason}"),
    "milestone.voided": _("voided the proposal to begin {milestone_id}: {why}"),
    "cutover.simulated": _("simulated the cut-over to '{phase}': {locked_out} of {users} locked out"),
    "user.proven": _("proven by a full logon, from {origin}"),
    "logons.imported": _("loaded {new} logons"),
    "enquiry.logged": _("logged call no. {enquiry_id}"),
    "enquiry.begun": _("took call no. {enquiry_id}: {question}"),
    "enquiry.taken-back": _("took back call no. {enquiry_id}: nothing was done in it"),
    "enquiry.ended": _("ended call no. {enquiry_id}, {outcome}: {question}"),
    "enquiry.followed-up": _("did the follow-up of call no. {enquiry_id}: {note}"),
    "enquiry.handed-over": _("left a note for the next shift: {note}"),
    "caller.code-sent": _("sent caller check code no. {number} for call no. {enquiry_id}"),
    "caller.code-refused": _("wrong caller check code in call no. {enquiry_id}, tries left {tries_left}"),
    "caller.verified": _("checked the caller of call no. {enquiry_id} by {method}"),
    "caller.failed": _("did not reach the caller of call no. {enquiry_id} by {method}"),
    "participant.phone-set": _("entered the number to call back: {phone}"),
    "participant.phone-removed": _("removed the number to call back: {old_phone}"),
    "operator.added": _("added operator {operator} as {role}"),
    "operator.disabled": _("disabled operator {operator}: {reason}"),
    "operator.enabled": _("enabled operator {operator} again"),
    "operator.locked": _("locked the login of {operator} after too many wrong codes"),
    "operator.unlocked": _("unlocked the login of {operator}"),
    "operator.otp-reset": _("set up the one-time password of {operator} anew"),
    "operator.otp-confirmed": _("confirmed the one-time password of {operator} by a first good code"),
    "operator.key-added": _("added an SSH key of {operator}: {fingerprint}"),
    "operator.key-removed": _("removed an SSH key of {operator}, their sessions ended: {fingerprint}"),
    "signin.opened": _("signed in from {origin}"),
    "signin.refused": _("sign-in refused: {reason}"),
    "session.locked": _("desk locked, nobody was at it"),
    "session.resumed": _("desk unlocked with a one-time password"),
    "session.proved": _("gave a fresh one-time password"),
    "session.ended": _("signed out: {reason}"),
    "refused": _("refused: may not {permission}"),
    "export.made": _("exported {rows} rows of {what} as {format}"),
    "audit.head-exported": _("exported the audit head"),
    "audit.verified": _("verified the audit log, {events} events: {outcome}"),
    "activation.sent": _("sent activation code no. {number}"),
    "enrolment.activated": _("came in with the activation code, from {origin}"),
    "password.set": _("chose a password"),
    "password.changed": _("changed the password"),
    "password.rehashed": _("password kept under stronger parameters"),
    "otp.chosen": _("chose one-time passwords, by {method}"),
    "otp.changed": _("changed how one-time passwords come, by {method}"),
    "otp.sent": _("sent one-time password no. {number} for a logon"),
    "factor.proven": _("proved who they are, by {factor}"),
    "user.enrolled": _("enrolled, one-time passwords by {method}"),
    "logon.begun": _("gave the password for a logon, one-time password by {method} awaited, from {origin}"),
    "logon.passed": _("logged on with both factors, from {origin}"),
    "entry.refused": _("refused {entry}: {reason}"),
    "user.locked": _("locked after too many wrong entries, from {origin}"),
    "user.unlocked": _("unlocked: {reason}"),
    "user.reset": _("let start over: {reason}"),
}

_SHORTER: dict[str, tuple[str, str]] = {
    "enquiry.logged": ("enquiry_id", _("logged a call")),
    "user.enrolled": ("method", _("enrolled")),
}
"""What is said where one fact was not kept."""

_NOT_THEIRS = _("refused: no {what} {identity} that they may see")

_BASES: dict[str, str] = {
    "single-DA waiver": _("at once, by single-DA waiver"),
    "form DA 3": _("by form DA 3"),
    "roster": _("from a roster"),
    "dual control": _("under dual control"),
}

_REASONS: dict[str, dict[str, str]] = {
    "signin.refused": {
        "wrong": _("wrong one-time password"),
        "replayed": _("one-time password used before"),
        "wait": _("too soon after wrong ones"),
        "locked": _("the login is locked"),
        "unknown": _("no such login, or disabled"),
        "unknown-key": _("unknown SSH key"),
        "disabled": _("key of a disabled login"),
        "no-code": _("no one-time password was given"),
        "timed-out": _("nobody typed a one-time password"),
        "hung-up": _("the line was cut"),
        "command": _("a command the gateway does not run"),
    },
    "entry.refused": {
        "wrong": _("wrong"),
        "replayed": _("used before"),
        "clock": _("the phone's clock is off"),
        "wait": _("too soon after wrong ones"),
        "locked": _("the user is locked"),
        "suspended": _("the user is suspended"),
        "not enrolled": _("right, but the user has not finished enrolling"),
        "often": _("right, but many logons were begun and not finished"),
        "earlier": _("a newer one had been sent"),
        "elsewhere": _("sent for another session or logon"),
        "activation": _("an activation code in place of the verification code"),
        "verification": _("the verification code in place of an activation code"),
        "expired": _("it had expired, or its logon had"),
        "used": _("used before"),
        "spent": _("tried too often"),
    },
    "session.ended": {
        "left": _("left the desk"),
        "hung-up": _("the line was cut"),
        "command": _("the command was done"),
        "aged": _("after 12 hours"),
        "disabled": _("the login was disabled"),
        "failed": _("the desk failed"),
    },
}
_CHECKS: dict[str, str] = {
    "none": _("caller not checked"),
    "call back": _("caller called back"),
    "code": _("caller checked by code"),
}
_ENTRIES: dict[str, str] = {
    "code": _("code"),
    "password": _("password"),
    "otp": _("one-time password"),
}
_WHYS: dict[str, str] = {
    "replaced": _("another address came in its place"),
    "expired": _("it waited too long"),
    "disabled": _("its maker's login was disabled"),
    "own": _("their own proposal"),
    "changed": _("it was not what had been shown"),
    "decided": _("it was decided already"),
    "moved": _("the user's address was another one by then"),
    "kind": _("the user had become a Delegated Administrator"),
}


def history_words(action: str, facts: Facts) -> str:
    """What happened, without who and when; an action that is not known here is shown as it is kept."""
    known = {key: "?" if value is None else str(value) for key, value in facts.items()}
    if "reason" in known:
        known["reason"] = _REASONS.get(action, {}).get(known["reason"], known["reason"]) or _("(none given)")
    for optional in ("question", "note"):
        if optional in known:
            known[optional] = known[optional] or _("(not written down)")
    if "entry" in known:
        known["entry"] = _ENTRIES.get(known["entry"], known["entry"])
    if "why" in known:
        known["why"] = _WHYS.get(known["why"], known["why"])
    if action == "audit.verified":
        number = facts.get("first_bad")
        known["outcome"] = _("whole") if number is None else _("event {n} bad or missing").format(n=number)
    if action in _SHORTER and facts.get(_SHORTER[action][0]) is None:
        return _SHORTER[action][1]
    sentence = _NOT_THEIRS if action == "refused" and "what" in facts else SENTENCES.get(action, action)
    words = sentence.format_map(_Known(known))
    return ", ".join(part for part in (words, *_circumstances(action, facts)) if part)


def _circumstances(action: str, facts: Facts) -> list[str]:
    """What there is to add to the sentence."""
    old = facts.get("old_email") or facts.get("old_name")
    said = [_("in place of {old}").format(old=old)] if old else []
    if basis := _BASES.get(str(facts.get("basis", ""))):
        said.append(basis)
    if action in ("verification.issued", "address.revealed") and (number := facts.get("enquiry_id")):
        said.append(_("in call no. {number}").format(number=number))
        said.append(_CHECKS.get(str(facts.get("caller_check")), _CHECKS["none"]))
    if action == "entry.refused" and "tries_left" in facts:
        said.append(_("tries left {tries_left}").format(tries_left=facts["tries_left"]))
    if action in ("signin.refused", "entry.refused"):
        if origin := facts.get("origin"):
            said.append(_("from {origin}").format(origin=origin))
        if facts.get("reason") != "disabled" and (operator := facts.get("operator")):
            said.append(_("login {operator}").format(operator=operator))
        if tried := facts.get("tried"):
            said.append(_("tried: {tried}").format(tried=tried))
    if action == "refused" and (why := facts.get("why")):
        said.append(_WHYS.get(str(why), str(why)))
    if action == "export.made" and (as_of := facts.get("as_of")):
        said.append(_("as of {moment}").format(moment=as_of))
    if action in ("address.proposed", "address.approved") and (reason := facts.get("reason")):
        said.append(_("because {reason}").format(reason=reason))
    return said


class _Known(dict[str, str]):
    """Facts that say so when they were not kept or are gone."""

    def __missing__(self, key: str) -> str:
        return _("(not kept)")
