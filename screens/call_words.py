"""The hotline's calls in words: causes, outcomes, how a caller was checked, what an agent may do and never ask."""

from screens.sentences import Look
from screens.words import _
from store.enquiry_views import CLEAR, GENERAL, OTHER, UNKNOWN, Outcome
from store.rules.caller_check import CheckMethod, Deed, NeverAsk
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

CHECKS: dict[CheckMethod, str] = {
    CheckMethod.NONE: _("not checked"),
    CheckMethod.CALL_BACK: _("called back"),
    CheckMethod.CODE: _("by code"),
}

DEEDS: dict[Deed, str] = {
    Deed.LOG_CALL: _("log the call (c)"),
    Deed.GENERAL: _("say what the circular says: dates, where to enrol, that their DA can help"),
    Deed.SEND_CHECK_CODE: _("send a caller check code to the verified address"),
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
    NeverAsk.CODES: _("verification or activation code"),
    NeverAsk.SECRET: _("secret or QR code of the application"),
}


def cause_words(cause: str) -> str:
    """What a call was about; a word that is not known here is shown as it is kept."""
    return CAUSES.get(cause, cause)
