"""The words of the desk: what a standing looks like, and every refusal in one sentence.

A refusal says what, where and what to do. The store raises typed errors with facts; here they become words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from screens.address_words import problem_words
from screens.audit_words import bad_head
from screens.call_refusals import CALLS
from screens.door_words import DOOR
from screens.enrolment_words import ENROLMENT
from screens.schedule_errors import NOT_NOW, SCHEDULE
from screens.times import hk_date, hk_time, waiting_time
from screens.words import _, ngettext
from store import errors
from store.rules.clues import LONGEST, MOST_WORDS
from store.views import Kind, MailState, MilestoneStatus, Role, Standing


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown: never by colour alone. `style` is the name of a theme variable."""

    glyph: str
    word: str
    style: str


LOCKED = Look("⊘", _("locked"), "error")
SUSPENDED = Look("‖", _("suspended"), "warning")
ONLY_SMARTCARD = Look("▣", _("smartcard so far"), "warning")

STANDINGS: dict[Standing, Look] = {
    Standing.NO_EMAIL: Look("○", _("no email"), "warning"),
    Standing.AWAITING_APPROVAL: Look("◔", _("awaiting approval"), "primary"),
    Standing.UNDELIVERABLE: Look("✗", _("undeliverable"), "error"),
    Standing.CODE_EXPIRED: Look("!", _("code expired"), "warning"),
    Standing.UNVERIFIED: Look("◑", _("unverified"), "primary"),
    Standing.VERIFIED: Look("◕", _("verified"), "success"),
    Standing.PASSWORD_SET: Look("◉", _("password set"), "success"),
    Standing.ENROLLED: Look("●", _("enrolled"), "success"),
    Standing.PROVEN: Look("✓", _("proven"), "success"),
}

MEANINGS: dict[Standing, str] = {
    Standing.NO_EMAIL: _("no address is registered"),
    Standing.AWAITING_APPROVAL: _("a maker's new address waits for a checker"),
    Standing.UNDELIVERABLE: _("mail to the address was refused for good"),
    Standing.CODE_EXPIRED: _("the code was not used in time"),
    Standing.UNVERIFIED: _("an address is registered; no code to it is entered yet"),
    Standing.VERIFIED: _("the mailbox is read: the code was good"),
    Standing.PASSWORD_SET: _("the regular password is chosen"),
    Standing.ENROLLED: _("one good one-time password was given"),
    Standing.PROVEN: _("one full logon with both factors worked"),
}

MAIL_STATES: dict[MailState, Look] = {
    MailState.QUEUED: Look("○", _("queued"), "primary"),
    MailState.SENDING: Look("▸", _("sending"), "primary"),
    MailState.ACCEPTED: Look("✓", _("accepted"), "success"),
    MailState.DEFERRED: Look("◔", _("deferred"), "warning"),
    MailState.BOUNCED: Look("✗", _("bounced"), "error"),
    MailState.EXPIRED: Look("!", _("expired"), "warning"),
    MailState.HELD: Look("‖", _("held"), "warning"),
    MailState.CANCELLED: Look("–", _("cancelled"), "text-muted"),
}

MAIL_MEANINGS: dict[MailState, str] = {
    MailState.QUEUED: _("waiting to be sent"),
    MailState.SENDING: _("being handed to the mail server"),
    MailState.ACCEPTED: _("by the mail server; nobody sees whether it is read"),
    MailState.DEFERRED: _("the mail server said not now; it is tried again"),
    MailState.BOUNCED: _("refused for good; it will not be tried again"),
    MailState.EXPIRED: _("too old to be of use; never sent"),
    MailState.HELD: _("kept back by operations until it is released"),
    MailState.CANCELLED: _("overtaken by a newer mail; never sent"),
}

MILESTONES: dict[MilestoneStatus, Look] = {
    MilestoneStatus.TENTATIVE: Look("○", _("tentative"), "text-muted"),
    MilestoneStatus.CONFIRMED: Look("◔", _("confirmed"), "primary"),
    MilestoneStatus.DONE: Look("✓", _("done"), "success"),
    MilestoneStatus.CANCELLED: Look("–", _("cancelled"), "text-muted"),
}
BEGUN = Look("●", _("begun"), "success")
PROPOSED = Look("◐", _("proposed"), "warning")

ROLES: dict[Role, str] = {
    Role.DA_MAKER: _("DA maker"),
    Role.DA_CHECKER: _("DA checker"),
    Role.HELPDESK: _("Helpdesk"),
    Role.OPERATIONS: _("Operations"),
}

KINDS: dict[Kind, str] = {
    Kind.USER: _("user"),
    Kind.DA_MAKER: _("DA maker"),
    Kind.DA_CHECKER: _("DA checker"),
}


def look(standing: Standing) -> Look:
    """How a standing is shown."""
    return STANDINGS[standing]


def mail_look(state: MailState) -> Look:
    """How a message's state is shown."""
    return MAIL_STATES[state]


LEFT_OUT: dict[str, str] = {
    "not found": _("not among the users you may see"),
    "nothing to verify": _("no address waits for a code"),
    "suspended": _("suspended"),
    "undeliverable address": _("mail to the address was refused; correct it first"),
    "fresh code": _("a code sent within 4 hours is still good; select a user and press r to replace it"),
    "too soon": _("a code went out just now"),
    "hour limit": _("5 codes within the hour already"),
    "day limit": _("10 codes within the day already"),
}


def not_allowed(label: str, role: Role) -> str:
    """Why a command is not this operator's."""
    return _("'%(command)s' is not for your role (%(role)s).") % {"command": label, "role": ROLES[role]}


def nothing_masked(label: str, role: Role) -> str:
    """Why nothing is revealed to a role that sees all."""
    words = _("'%(command)s' has nothing to show: your role (%(role)s) sees whole addresses.")
    return words % {"command": label, "role": ROLES[role]}


_DATABASE: dict[str, str] = {
    "missing": _("There is no desk database at %s; make one with 'ccms-tui init'."),
    "locked": _("The database %s is held by another program; wait a moment and try again."),
    "read-only": _(
        "The database %s cannot be written; give yourself the right to write the file and its folder."
    ),
    "newer": _("The database %s was made by a newer version of this program; install that version."),
    "older": _("The database %s is from an older version; run 'ccms-tui db upgrade'."),
    "damaged": _("%s is not a desk database, or it is damaged; restore it from a backup."),
    "unreachable": _("The database %s does not answer; check that it runs and that the address is right."),
    "denied": _(
        "The database %s does not let this program in; correct the user and password in its address."
    ),
    "unsupported": _("%s is not a database this program knows; give a sqlite: or postgresql: address."),
    "full": _("The disk of the database %s is full; make room and try again."),
    "refused": _(
        "The database %s refused that; nothing was changed. Try again, and tell operations if it stays so."
    ),
}

_KEY: dict[str, str] = {
    "missing": _("There is no key file at %s; make one with 'ccms-tui init', or put the old one back."),
    "unreadable": _("The key file %s cannot be read; run as the account that owns it."),
    "exposed": _("The key file %s can be read by others; run 'chmod 600' on it."),
    "malformed": _("The key file %s does not hold the desk's keys; put the right one back."),
    "unwritable": _("The key file %s cannot be written; give yourself the right to write its folder."),
    "wrong": _("The database was sealed with another key than that of %s; put the right key file back."),
}

_CODE: dict[str, str] = {
    "wrong": _("That is not the code."),
    "expired": _("That code has expired; send a fresh one."),
    "malformed": _("A code has 8 letters and digits, like ABCD-EFGH; this did not count as a try."),
    "spent": _("This code has been tried too often; send a fresh one."),
    "day-limit": _("Too many codes were tried for this user today; go on tomorrow."),
}

_THINGS: dict[str, str] = {
    "user": _("user"),
    "participant": _("participant"),
    "mail": _("message"),
    "milestone": _("milestone"),
    "operator": _("operator"),
    "proposal": _("change"),
    "phase change": _("phase change"),
    "key": _("key"),
    "call": _("call"),
}

_NOT_NOW: dict[str, str] = {
    **NOT_NOW,
    "bad rows": _("The file has bad rows; correct them, or leave them out."),
    "overtaken": _("The desk has changed since the plan was made; plan again and look at it."),
    "it is not empty": _("The database already holds participants; this needs an empty one."),
    "initialised": _("This desk was initialised before; it was left as it is."),
    "suspended": _("%s is suspended; operations lift that first."),
    "disabled": _("%s is disabled already; nothing was changed."),
    "enabled": _("%s is not disabled; nothing was changed."),
    "unlocked": _("%s is not locked; nothing was changed."),
    "not begun": _("%s has not begun to enrol, so there is nothing to start over; nothing was changed."),
    "waived": _("%s has a single-DA waiver already; nothing was changed."),
    "not waived": _("%s has no single-DA waiver; nothing was changed."),
    "call ended": _("Call no. %s has ended already; what is done now belongs to a new one."),
    "no participant": _("Call no. %s is about no participant, so there is no number to call back."),
    "no number on file": _("There is no telephone number of %s on file to call back; operations enter it."),
    "no user": _("Call no. %s is about no user, so no caller check code can be sent."),
    "no verified address": _("%s has no verified address, so no caller check code can be mailed."),
    "undeliverable": _("Mail to %s's address came back, so no caller check code would arrive."),
    "something was done": _(
        "Something was done in call no. %s already, so it stays; end it and say what the caller asked."
    ),
    "not your call": _("%s took this call, so it is theirs; on the Calls screen anybody can end it."),
    "another user's call": _("Call no. %s is about another user; nothing was sent."),
    "another participant's call": _("Call no. %s is about another participant; nothing was sent."),
    "left open": _(
        "Call no. %s was left open too long to be going on; end it on the Calls screen, then begin a new one."
    ),
    "caller not checked": _(
        "The caller of call no. %s was not checked, so no whole address is shown; check who is calling first."
    ),
    "no follow-up": _("Nothing was promised in call no. %s, so there is nothing to close."),
    "exists": _("There is an operator %s already; choose another ID."),
    "last operations operator": _(
        "%s is the last operations operator who can sign in; add another one, with a key and a confirmed "
        "one-time password, before you do this."
    ),
}


def _bad_address(error: errors.BadAddress) -> str:
    return _("That address cannot be registered: %s.") % problem_words(error.reason, error.detail)


def _not_found(error: errors.NotFound) -> str:
    thing = _THINGS.get(error.what, error.what)
    return _("There is no %(thing)s %(identity)s that you may see; check the spelling.") % {
        "thing": thing,
        "identity": error.identity,
    }


def _refused(error: errors.NotAllowed) -> str:
    role = next((name for known, name in ROLES.items() if known.value == error.role), error.role)
    return _("Your role (%(role)s) may not %(what)s; ask somebody who may.") % {
        "role": role,
        "what": error.permission,
    }


def _conflict(error: errors.Conflict) -> str:
    return _("%(what)s was changed by %(who)s on %(day)s at %(time)s; see what differs, then save again.") % {
        "what": error.identity,
        "who": error.changed_by,
        "day": hk_date(error.changed_at),
        "time": hk_time(error.changed_at),
    }


def _no_such_moment(error: errors.NoSuchMoment) -> str:
    when = _at(error.moment)
    if error.why == "to come":
        return _("%s is still to come; ask for a moment up to now.") % when
    if error.began is None:
        return _("Nothing has been recorded yet, so there is no past to show; load a roster first.")
    words = _("Nothing is known of %(when)s: the log begins on %(began)s; ask for a moment since then.")
    return words % {"when": when, "began": _at(error.began)}


def _at(moment: datetime) -> str:
    return f"{hk_date(moment)} {hk_time(moment)}"


def _too_soon(error: errors.TooSoon) -> str:
    words = {
        "wait": _("A code for %(user)s went out just now; wait %(time)s before sending another."),
        "hour": _("%(user)s had 5 codes within an hour; wait %(time)s before sending another."),
        "day": _("%(user)s had 10 codes within a day; wait %(time)s before sending another."),
    }
    return words.get(error.limit, words["wait"]) % {
        "user": error.user_id,
        "time": waiting_time(error.seconds),
    }


def _code_refused(error: errors.CodeRefused) -> str:
    words = _CODE.get(error.reason, _CODE["wrong"])
    if error.reason != "wrong":
        return words
    left = error.tries_left
    return f"{words} " + (ngettext("%d try is left.", "%d tries are left.", left) % left)


def _not_now(error: errors.NotNow) -> str:
    if error.what.startswith("mail ") and error.why in set(MailState):
        state = MAIL_STATES[MailState(error.why)].word
        return _("The message is %s, so this cannot be done to it; nothing was changed.") % state
    words = _NOT_NOW.get(error.why, _("%s cannot be changed now; nothing was changed."))
    return words % error.what if "%s" in words else words


def _cannot_follow(error: errors.CannotFollow) -> str:
    words = _(
        "The programme is in the phase '%(present)s' and does not go back to '%(phase)s'; name a later one."
    )
    return words % {"present": _(error.present), "phase": _(error.phase)}


def _before_roster(error: errors.BeforeRoster) -> str:
    words = _("The roster begins on %(began)s, and %(day)s lies before it; name a day from then on.")
    return words % {"day": hk_date(error.at), "began": hk_date(error.began)}


def _bad_file(error: errors.BadFile) -> str:
    reason = f"{error.reason}: {error.detail}" if error.detail else error.reason
    if error.line:
        return _(
            "The file cannot be read as a roster, line %(line)d: %(reason)s; correct it and load it again."
        ) % {
            "line": error.line,
            "reason": reason,
        }
    return _("The file cannot be read as a roster: %s; correct it and load it again.") % reason


def _database(error: errors.DatabaseFault) -> str:
    return _DATABASE.get(error.kind, _DATABASE["refused"]) % error.where


def _key(error: errors.KeyFault) -> str:
    return _KEY.get(error.kind, _KEY["malformed"]) % error.where


_EXPLAIN: dict[type[errors.StoreError], Callable[[Any], str]] = {
    errors.NotAllowed: _refused,
    errors.NotFound: _not_found,
    errors.NoSuchMoment: _no_such_moment,
    errors.Conflict: _conflict,
    errors.BadAddress: _bad_address,
    errors.SameAddress: lambda error: (
        _("%s already has this address; there is nothing to save.") % error.user_id
    ),
    errors.AddressInUse: lambda error: (
        _("User %s has this address; give the reason why two people share it.") % error.user_id
    ),
    errors.NotOpenYet: lambda error: (
        _("%(what)s is not open yet; it is announced for %(when)s.")
        % {"what": error.milestone, "when": error.window}
    ),
    errors.NothingToVerify: lambda error: (
        _("%s has no address waiting for a code; register one first.") % error.user_id
    ),
    errors.TooSoon: _too_soon,
    errors.EnquiryNeeded: lambda _error: _(
        "Write down what the caller asked; a code is sent only in answer to a call."
    ),
    errors.CodeRefused: _code_refused,
    **CALLS,
    errors.NotNow: _not_now,
    errors.CannotFollow: _cannot_follow,
    errors.BeforeRoster: _before_roster,
    errors.BadFile: _bad_file,
    errors.BadHead: bad_head,
    errors.DatabaseFault: _database,
    errors.KeyFault: _key,
    **DOOR,
    **ENROLMENT,
    **SCHEDULE,
}


def too_long(clue: str) -> str:
    """What to say of a clue that is too long to look up: the limit that it goes beyond."""
    if len(clue) > LONGEST:
        return _("Too long to look up: a clue has at most {most} characters.").format(most=LONGEST)
    return _("Too long to look up: a clue has at most {most} words.").format(most=MOST_WORDS)


def explain_error(error: errors.StoreError) -> str:
    """A refusal or a fault in one sentence: what, where, what to do."""
    for known in type(error).__mro__:
        if known in _EXPLAIN:
            return _EXPLAIN[known](error)
    return _("That did not work; nothing was changed. Try again, and tell operations if it stays so.")
