"""The hotline's calls in words: causes, outcomes, how a caller was checked, what an agent may say."""

from datetime import datetime

from screens.sentences import Look
from screens.times import hk_date
from screens.words import _
from store.enquiry_views import CLEAR, GENERAL, OTHER, UNKNOWN, Call, CallFilter, Outcome
from store.rules.caller_check import CallerStatus, CheckMethod, Deed, NeverAsk
from store.rules.explain import Reason

CAUSES: dict[str, str] = {
    Reason.NOT_OPEN.value: _("two-factor not open yet"),
    Reason.NO_MAKER.value: _("no DA maker"),
    Reason.NO_CHECKER.value: _("no DA checker"),
    Reason.NO_DA.value: _("no DA"),
    Reason.SUSPENDED.value: _("suspended"),
    Reason.LOCKED.value: _("locked"),
    Reason.NO_EMAIL.value: _("no email address"),
    Reason.NO_FORM.value: _("no form DA 3"),
    Reason.DA_NOT_OPEN.value: _("DA registration not open"),
    Reason.AWAITING_APPROVAL.value: _("awaiting approval"),
    Reason.NOT_ENTERED.value: _("code not entered"),
    Reason.CODE_EXPIRED.value: _("code expired"),
    Reason.CODE_SPENT.value: _("code tried too often"),
    Reason.NOT_SENT.value: _("no code sent"),
    Reason.MAIL_WAITING.value: _("mail waiting"),
    Reason.MAIL_DEFERRED.value: _("mail put off"),
    Reason.MAIL_HELD.value: _("mail held"),
    Reason.MAIL_EXPIRED.value: _("mail expired"),
    Reason.MAIL_CANCELLED.value: _("mail cancelled"),
    Reason.BOUNCED.value: _("mail refused"),
    Reason.NO_PASSWORD.value: _("no password yet"),
    Reason.NO_OTP.value: _("no one-time passwords yet"),
    Reason.CLOCK_OFF.value: _("phone's clock off"),
    CLEAR: _("nothing in the way"),
    GENERAL: _("general question"),
    OTHER: _("something else"),
    UNKNOWN: _("not noted"),
}

OUTCOMES: dict[Outcome, Look] = {
    Outcome.RESOLVED: Look("✓", _("resolved"), "success"),
    Outcome.TOLD: Look("✓", _("told what to do"), "success"),
    Outcome.FOLLOW_UP: Look("◷", _("follow-up"), "warning"),
    Outcome.PASSED_ON: Look("↑", _("to operations"), "accent"),
    Outcome.DROPPED: Look("–", _("dropped"), "text-muted"),
}
GOING_ON = Look("◐", _("going on"), "accent")

FILTERS: dict[CallFilter, str] = {
    CallFilter.FOLLOW_UPS: _("Open follow-ups"),
    CallFilter.TODAY: _("Today's calls"),
    CallFilter.OPEN: _("Calls going on"),
    CallFilter.ALL: _("All calls"),
}
PERIODS: dict[int, str] = {1: _("Today"), 7: _("7 days"), 30: _("30 days")}
BEFORE: dict[int, str] = {
    1: _("{n} by this time {day}"),
    7: _("{n} in the 7 days before"),
    30: _("{n} in the 30 days before"),
}

DEEDS: dict[Deed, str] = {
    Deed.LOG_CALL: _("log the call (c)"),
    Deed.GENERAL: _("say what the circular says: dates, where to enrol, that their DA can help"),
    Deed.CALL_BACK: _("call back to the number on file (i)"),
    Deed.SEND_CHECK_CODE: _("mail a caller check code to the verified address (i)"),
    Deed.RESEND: _("send a fresh code (r), saying neither where to nor whether"),
    Deed.SAY_WHETHER_SENT: _("say whether a code was sent, and when"),
    Deed.SAY_CAUSE: _("say why the user cannot log on"),
    Deed.SAY_ADDRESS: _("say the masked address"),
    Deed.REVEAL: _("show the whole address (o), for a reason"),
}

NEVER_ASK: dict[NeverAsk, str] = {
    NeverAsk.PASSWORD: _("password"),
    NeverAsk.ONE_TIME_PASSWORD: _("one-time password"),
    NeverAsk.SMARTCARD_PIN: _("smartcard PIN"),
    NeverAsk.CODES: _("any code but the caller check's"),
    NeverAsk.SECRET: _("app secret"),
}


TAKEN_BACK = _("Call no. %d is taken back; only the audit log keeps that it was begun.")


def goes_on(enquiry_id: int) -> str:
    """What to do with a call that has not ended."""
    return _("Call no. %d goes on; press c, or enter on Calls, to end it.") % enquiry_id


def is_untouched(call: Call) -> bool:
    """Whether nothing was done in a call, as far as it tells, so that it can be taken back."""
    return not call.codes_sent and call.caller.method is CheckMethod.NONE


def cause_words(cause: str) -> str:
    """What a call was about; a word that is not known here is shown as it is kept."""
    return CAUSES.get(cause, cause)


def caller_look(status: CallerStatus, now: datetime) -> Look:
    """How far the caller was checked, as glyph, word and colour."""
    if status.verified(now):
        words = {
            CheckMethod.CALL_BACK: _("caller checked by a call back"),
            CheckMethod.CODE: _("caller checked by code"),
        }
        return Look("✓", words[status.method], "success")
    if status.verified_at is not None:
        return Look("!", _("caller was checked, too long ago"), "warning")
    if status.method is CheckMethod.CALL_BACK:
        return Look("✗", _("caller not reached by a call back"), "error")
    return Look("○", _("caller not checked"), "warning")


def may_say(status: CallerStatus, now: datetime) -> str:
    """What the agent may say now, in one line."""
    if Deed.SAY_CAUSE in status.permitted(now):
        return _("You may say the cause and the masked address.")
    return _("General words only; not even that there is such a user.")


def never_ask() -> str:
    """What is never asked for, in one line."""
    return _("Never ask: %s.") % ", ".join(NEVER_ASK.values())


def duration(seconds: int) -> str:
    """How long a call took: 2:05, 1:02:05."""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def ended_words(call: Call) -> str:
    """How a call ended, and what was promised."""
    words = _("Call no. %(number)d ended, %(outcome)s, cause: %(cause)s.") % {
        "number": call.enquiry_id,
        "outcome": OUTCOMES[call.outcome].word if call.outcome else "",
        "cause": cause_words(call.cause),
    }
    if call.follow_up is None:
        return words
    return words + " " + _("Follow-up due on %s.") % hk_date(call.follow_up.due)
