"""Enrolment in words: what was refused and why, what a password lacks (see `screens.sentences`)."""

from collections.abc import Callable
from typing import Any

from screens.times import waiting_time
from screens.words import _, ngettext
from store import errors
from store.enrolment_views import Hint, OtpMethod, PasswordAdvice, PasswordProblem, Strength

METHODS: dict[OtpMethod, str] = {
    OtpMethod.APP: _("by mobile application"),
    OtpMethod.EMAIL: _("by email"),
}

STRENGTHS: dict[Strength, str] = {
    Strength.WEAK: _("weak"),
    Strength.FAIR: _("fair"),
    Strength.GOOD: _("good"),
    Strength.STRONG: _("strong"),
}

HINTS: dict[Hint, str] = {
    Hint.LONGER: _("a longer one is better still: several words that do not belong together"),
    Hint.LESS_PREDICTABLE: _("avoid common words, names, years and runs of keys"),
    Hint.MORE_VARIED: _("use more different characters"),
}

PROBLEMS: dict[PasswordProblem, str] = {
    PasswordProblem.SHORT: _("A password has at least %s characters; add to it."),
    PasswordProblem.LONG: _("A password has at most %s characters; shorten it."),
    PasswordProblem.CONTROL: _("A password cannot hold control characters; type it again without them."),
    PasswordProblem.REPEATED: _("This is little more than the same characters again; choose another one."),
    PasswordProblem.SEQUENCE: _("This is little more than a run of keys or letters; choose another one."),
    PasswordProblem.COMMON: _("This is little more than '%s', which is tried first; choose another one."),
    PasswordProblem.CONTEXT: _(
        "This is little more than '%s', which anybody knows of you or of CCMS; choose another one."
    ),
    PasswordProblem.KINDS: _(
        "A password has at least %s of these: capital letters, small letters, digits, other characters."
    ),
}

_OVER: dict[str, str] = {
    "superseded": _("You went on in another window or place, so this one has ended; go on there."),
    "idle": _("Nothing was done here for 20 minutes, so it has ended; what was saved stays. Begin again."),
    "aged": _("An hour has passed, so it has ended; what was saved stays. Begin again."),
    "reset": _("You were let start over: begin again, with a new password."),
    "suspended": _("Your user is suspended; ask your Delegated Administrator."),
    "address": _("Another email address was verified for you meanwhile; begin again."),
}

_NOT_YET: dict[str, str] = {
    "activation": _("Enter the activation code first."),
    "password": _("Choose a password first."),
    "method": _("Choose first how your one-time passwords come."),
    "enrolment": _("You have not finished enrolling; enrol first, then log on."),
    "by-app": _("Enter a one-time password of your mobile application first, to show that it is you."),
    "by-password": _("Enter your password first, to show that it is you."),
    "administrator": _(
        "Your one-time passwords come by email, so the mailbox alone cannot replace your password; "
        "ask your Delegated Administrator to let you start over."
    ),
}

_ENTRIES: dict[str, str] = {
    "code": _("That code is not right, or there is nothing to enter it for."),
    "password": _("That user ID or password is not right."),
    "otp": _("That one-time password is not right."),
}

_REFUSED: dict[str, str] = {
    "locked": _(
        "This user ID is locked after too many wrong entries. Your Delegated Administrator unlocks it; "
        "operations of the clearing house unlock a Delegated Administrator's own."
    ),
    "earlier": _("A newer code was sent; enter the one from the newest mail."),
    "elsewhere": _(
        "This code was asked for in another window or place; enter it there, or have one sent here."
    ),
    "expired": _("That code has expired; have another one sent."),
    "used": _("That code was used already; have another one sent."),
    "spent": _("This code has been tried too often; have another one sent."),
    "replayed": _("This one-time password was used already; wait for the next one."),
    "suspended": _("Your user is suspended; ask your Delegated Administrator."),
}

_BY_ENTRY: dict[tuple[str, str], str] = {
    ("code", "malformed"): _("A code has 8 letters and digits, like ABCD-EFGH; this did not count as a try."),
    ("code", "activation"): _(
        "That is an activation code, not the verification code, and did not count as a try; if your address "
        "is verified already, take the choice below."
    ),
    ("code", "verification"): _(
        "That is the verification code of the registration mail, not the activation code; it did not count "
        "as a try."
    ),
    ("otp", "malformed"): _(
        "A one-time password has 6 digits in the application, 8 in a mail; this did not count as a try."
    ),
    ("otp", "expired"): _(
        "That one-time password has expired, or its logon has; have another one sent, or begin again."
    ),
}


def _entry_refused(error: errors.EntryRefused) -> str:
    if error.reason in ("wrong", "replayed"):
        return _counted(error)
    if error.reason == "wait":
        return _("Too many wrong entries; wait %s before the next one.") % waiting_time(error.seconds)
    if error.reason == "often":
        often = _("Many logons were begun with your password and not finished; wait %s before the next one.")
        return often % waiting_time(error.seconds)
    if error.reason == "clock":
        return _clock(error.seconds)
    words = _BY_ENTRY.get((error.entry, error.reason)) or _REFUSED.get(error.reason)
    return words or _("That cannot be entered now; begin again.")


def _counted(error: errors.EntryRefused) -> str:
    """What was wrong, how long the next try waits, and how many there are until the lock."""
    wrong = _ENTRIES.get(error.entry, _ENTRIES["code"])
    words = [_REFUSED["replayed"] if error.reason == "replayed" else wrong]
    if error.seconds:
        words.append(_("Wait %s before the next try.") % waiting_time(error.seconds))
    words.append(ngettext("%d try is left.", "%d tries are left.", error.tries_left) % error.tries_left)
    return " ".join(words)


def _clock(seconds: int) -> str:
    words = _(
        "Your phone's clock is about %s, so its one-time passwords are refused; let it set its own time."
    )
    return words % _off(seconds)


def _off(seconds: int) -> str:
    minutes = max(1, round(abs(seconds) / 60))
    if seconds > 0:
        return ngettext("%d minute fast", "%d minutes fast", minutes) % minutes
    return ngettext("%d minute slow", "%d minutes slow", minutes) % minutes


def clock_words(seconds: int | None) -> str:
    """How far a phone's clock was off; nothing when it was right or is not known."""
    return _("phone's clock about %s") % _off(seconds) if seconds and abs(seconds) >= 60 else ""


def problem_sentence(problem: str, detail: str) -> str:
    """Why a password is refused, in one sentence."""
    known = next((each for each in PasswordProblem if each.value == problem), None)
    words = PROBLEMS[known] if known else _("This password cannot be used; choose another one.")
    return words % detail if "%s" in words else words


def advice_words(advice: PasswordAdvice) -> str:
    """What is to be said of a password while it is typed."""
    if advice.problem is not None:
        return problem_sentence(advice.problem.value, advice.detail)
    words = STRENGTHS[advice.strength]
    return f"{words}: {HINTS[advice.hint]}" if advice.hint else words


def _crowded(error: errors.Crowded) -> str:
    words = _("Too many enrolments were begun within the last hour; nothing was changed. Try again in %s.")
    return words % waiting_time(error.seconds)


ENROLMENT: dict[type[errors.StoreError], Callable[[Any], str]] = {
    errors.EnrolmentOver: lambda error: _OVER.get(error.reason, _("This has ended; begin again.")),
    errors.Crowded: _crowded,
    errors.EntryRefused: _entry_refused,
    errors.PasswordRefused: lambda error: problem_sentence(error.problem, error.detail),
    errors.NotYet: lambda error: _NOT_YET.get(error.needs, _("Something else has to be done first.")),
}
