"""The enrolment terminal in words: what became of a mailed code, and faults as a user should hear of them.

A user is never told where files are or what the database said: who can help is what they need.
"""

from datetime import datetime

from screens.enrolment_words import ENROLMENT
from screens.sentences import MAIL_MEANINGS, explain_error
from screens.times import hk_moment, hk_time, waiting_time
from screens.words import _
from store import errors
from store.enrolment_views import CodeSent, Strength
from store.rules.access import OPENS_TWO_FACTOR
from store.rules.passwords import MIN_LENGTH, Profile
from store.views import MailState, Phase

HOTLINE = _("the DCASS Hotline, 2979 7222")
DRIFT_TOLD = 30
"""Seconds a phone's clock may be off before it is worth a sentence."""

MARKS: dict[Strength, tuple[int, str]] = {
    Strength.WEAK: (1, "error"),
    Strength.FAIR: (2, "warning"),
    Strength.GOOD: (3, "success"),
    Strength.STRONG: (4, "success"),
}
"""How many of four marks a strength has, and the theme's colour."""


def explain(error: errors.StoreError) -> str:
    """A refusal in one sentence for a user; a fault of the host says whom to call and nothing else."""
    if isinstance(error, errors.TooSoon):
        return _("Another code can be sent in %s.") % waiting_time(error.seconds)
    if type(error) in ENROLMENT:
        return explain_error(error)
    words = _("Enrolment does not work at the moment; what was done stays done. Try again later, or call %s.")
    return words % HOTLINE


def drift_words(seconds: int | None) -> str:
    """What to do about a phone's clock that is a little off; empty when there is nothing to do."""
    if seconds is None or abs(seconds) < DRIFT_TOLD:
        return ""
    return _("Your phone's clock is about half a minute off; let the phone set its time by itself.")


def which_code(code: CodeSent, now: datetime) -> str:
    """Which code is meant, in the words of its mail."""
    words = _("code no. %(number)d, sent %(sent)s, valid until %(until)s")
    if code.expires_at <= now:
        words = _("code no. %(number)d, sent %(sent)s, expired %(until)s: have another one sent")
    return words % {
        "number": code.number,
        "sent": hk_time(code.sent_at),
        "until": hk_moment(code.expires_at, now),
    }


def way_in(phase: Phase) -> str:
    """How one logs on to CCMS in this phase, said to who sets up or has set up both factors."""
    if phase not in OPENS_TWO_FACTOR:
        return _("Until the parallel run begins, your smartcard stays the way in.")
    if phase is Phase.PARALLEL_RUN:
        return _("During the parallel run either way works: your smartcard, or both factors.")
    return _("The parallel run is over: both factors are the only way in.")


_MEANWHILE: dict[MailState, str] = {
    MailState.QUEUED: _("It goes out as soon as the mail server takes it; leave this open meanwhile."),
    MailState.SENDING: _("Leave this open meanwhile."),
    MailState.DEFERRED: _("Leave this open, or come back later: what you did is kept."),
    MailState.ACCEPTED: _("Look into the junk folder too."),
    MailState.BOUNCED: _("Your Delegated Administrator has to correct your address."),
    MailState.EXPIRED: _("Have another one sent."),
    MailState.HELD: _("Call %s.") % HOTLINE,
    MailState.CANCELLED: _("Have another one sent."),
}


def meanwhile(state: MailState) -> str:
    """What a mail's state means and what its reader can do."""
    meaning = MAIL_MEANINGS[state]
    return f"{meaning[:1].upper()}{meaning[1:]}. {_MEANWHILE[state]}"


def password_rules(profile: Profile) -> str:
    """What is asked of a password, before one is typed."""
    words = _("At least %d characters. A few unrelated words are easy to remember.")
    if profile is Profile.HKEX_LEGACY:
        words = _("At least %d characters of three kinds: capitals, small letters, digits, other signs.")
    return words % MIN_LENGTH[profile]
