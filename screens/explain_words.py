"""Why somebody cannot log on, in words: what is in the way, who can help and how, and the whole chain."""

from dataclasses import dataclass, replace
from datetime import datetime

from screens import next_step_words as words
from screens.sentences import KINDS, MAIL_MEANINGS, Look, mail_look
from screens.text import clean
from screens.times import hk_date, hk_time
from screens.words import _, ngettext
from store.enrolment_views import OtpMethod
from store.rules.access import Method, Refusal
from store.rules.explain import Explanation, Link, Obstacle, Reason, Who
from store.rules.next_step import step_of
from store.views import MailRow, MailState, Phase

LINKS: dict[Link, str] = {
    Link.PHASE: _("Phase"),
    Link.PARTICIPANT: _("Participant"),
    Link.USER: _("User"),
    Link.LOCK: _("Lock"),
    Link.ADDRESS: _("Address"),
    Link.MAIL: _("Last mail"),
    Link.PASSWORD: _("Password"),
    Link.OTP: _("One-time password"),
    Link.CLOCK: _("Phone's clock"),
}

REASONS: dict[Reason, str] = {
    Reason.NOT_OPEN: _("Two-factor logon opens with the parallel run{window}."),
    Reason.NO_MAKER: _("{participant} has no DA maker who could register an address."),
    Reason.NO_CHECKER: _("{participant} has no DA checker who could approve an address."),
    Reason.NO_DA: _("{participant} has no DA who could unlock the user."),
    Reason.SUSPENDED: _("The user is suspended."),
    Reason.LOCKED: _("The user is locked, by too many wrong passwords or codes."),
    Reason.NO_EMAIL: _("No email address is registered."),
    Reason.NO_FORM: _("No email address is registered; a DA's comes by form DA 3."),
    Reason.DA_NOT_OPEN: _("DAs' email addresses cannot be registered yet{window}."),
    Reason.AWAITING_APPROVAL: _("The new address waits for a checker's approval."),
    Reason.NOT_ENTERED: _("Code no. {number} went to {email}, whose server took it; it is not entered yet."),
    Reason.CODE_EXPIRED: _("Code no. {number} was not used in time, so {email} is not verified."),
    Reason.CODE_SPENT: _("Code no. {number} was tried too often, so {email} is not verified."),
    Reason.NOT_SENT: _("No code was sent to {email} yet."),
    Reason.MAIL_WAITING: _("The mail with code no. {number} is on its way to the mail server{since}."),
    Reason.MAIL_DEFERRED: _("The mail server put the mail with code no. {number} off{reply}."),
    Reason.MAIL_HELD: _("The mail with code no. {number} is held back by operations."),
    Reason.MAIL_EXPIRED: _("The mail with code no. {number} could not be delivered in time."),
    Reason.MAIL_CANCELLED: _("The mail with code no. {number} was cancelled and never sent."),
    Reason.BOUNCED: _("Mail to {email} was refused for good{reply}."),
    Reason.NO_PASSWORD: _("No regular password is set."),
    Reason.NO_OTP: _("One-time passwords are not set up."),
    Reason.CLOCK_OFF: _("The clock of the user's phone is off by {drift}, so none of its codes fits."),
}  # fmt: skip

REFUSALS: dict[Refusal, str] = {
    Refusal.NOT_OPEN: _("not open yet"),
    Refusal.ENDED: _("refused: the parallel run is over"),
    Refusal.DECOMMISSIONED: _("refused for good: smartcards are decommissioned"),
    Refusal.SUSPENDED: _("refused: the user is suspended"),
    Refusal.LOCKED: _("refused: the user is locked"),
    Refusal.NO_SMARTCARD: _("the user has none"),
    Refusal.NOT_VERIFIED: _("not yet: the address is not verified"),
    Refusal.NO_MAIL: _("not now: one-time passwords do not arrive"),
    Refusal.NO_PASSWORD: _("not yet: no password is set"),
    Refusal.NO_OTP: _("not yet: one-time passwords are not set up"),
    Refusal.CLOCK_OFF: _("not now: the phone's clock is off"),
}

WELL = Look("✓", _("in order"), "success")
BROKEN = Look("✗", _("in the way"), "error")
WARNED = Look("!", _("held up"), "warning")
UNKNOWN = Look("–", _("not known"), "text-muted")

METHODS: dict[Method, str] = {Method.SMARTCARD: _("Smartcard"), Method.TWO_FACTOR: _("Two-factor")}


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain in words. `mark` may warn of one that is not itself in the way."""

    link: Link
    ok: bool
    detail: str
    mark: Look


@dataclass(frozen=True, slots=True)
class Answer:
    """What to tell a caller: what is in the way, who can help, how, and what comes after it.

    `who` is empty when nobody has to do anything; `after` when nothing else is in the way.
    """

    reason: str
    who: str
    remedy: str
    after: str


def answer(explanation: Explanation) -> Answer | None:
    """The obstacle that can be removed now, whole, and in one line what is left then; None when none is."""
    lead = explanation.leading
    if lead is None:
        return None
    step = step_of(explanation)
    return Answer(
        reason(explanation, lead),
        words.helper(step, explanation.participant_id),
        words.remedy(step),
        _after(explanation, lead),
    )


def _after(explanation: Explanation, lead: Obstacle) -> str:
    others = [each for each in explanation.obstacles if each != lead]
    then = next((each for each in others if each.link is not Link.PHASE), None)
    if then is None:
        words = _("Two-factor logon itself opens with the parallel run{window}.")
        return words.format_map(_facts(explanation, others[0].reason)) if others else ""
    told = _("Then: {reason} ({who})") if then.who is not Who.NOBODY else _("Then: {reason}")
    return told.format(reason=reason(explanation, then), who=who(explanation, then))


def reason(explanation: Explanation, obstacle: Obstacle) -> str:
    """What is in the way, as a sentence."""
    return REASONS[obstacle.reason].format_map(_facts(explanation, obstacle.reason))


def remedy(explanation: Explanation, obstacle: Obstacle) -> str:
    """How it is taken away, as a sentence to whoever can; of the phase, what can be done until it opens."""
    step = step_of(explanation)
    if obstacle.reason is not Reason.NOT_OPEN or obstacle == step.obstacle:
        return words.remedy(replace(step, obstacle=obstacle))
    if not explanation.facts.verified:
        return _("The user can enrol once the address is verified.") + words.meanwhile(step)
    return words.next_step_words(step, explanation.participant_id) + words.meanwhile(step)


def who(explanation: Explanation, obstacle: Obstacle) -> str:
    """Who can take it away."""
    return words.who_words(obstacle.who, explanation.participant_id)


def access(explanation: Explanation, method: Method) -> str:
    """Whether the user may log on by `method` now, in half a sentence."""
    refusal = explanation.refusal(method)
    return _("may log on") if refusal is None else REFUSALS[refusal]


def chain(explanation: Explanation) -> tuple[Step, ...]:
    """Every link in its order, with what there is to say of it."""
    broken = {each.link: each for each in explanation.obstacles}
    return tuple(
        Step(link, False, reason(explanation, broken[link]), BROKEN)
        if link in broken
        else Step(link, True, _well(explanation, link), _mark(explanation, link))
        for link in Link
    )


def _mark(explanation: Explanation, link: Link) -> Look:
    """How a link that is not itself in the way is marked."""
    facts = explanation.facts
    if link is Link.ADDRESS and (facts.undeliverable or not facts.verified):
        return WARNED
    unknown = (link is Link.MAIL and explanation.mail is None) or (
        link is Link.CLOCK and facts.clock_drift is None
    )
    return UNKNOWN if unknown else WELL


def _facts(explanation: Explanation, why: Reason) -> dict[str, str]:
    mail = explanation.mail
    da = why is Reason.DA_NOT_OPEN
    announced = explanation.opens_da_registration if da else explanation.opens_two_factor
    return {
        "participant": clean(explanation.participant_id),
        "email": clean(explanation.email or _("the address")),
        "number": str(explanation.code_number or "?"),
        "window": _(", announced for %s") % clean(announced) if announced else "",
        "since": _since_due(mail),
        "reply": f" ({clean(mail.last_reply)})" if mail and mail.last_reply else "",
        "drift": _drift(explanation),
    }


def _since_due(mail: MailRow | None) -> str:
    """Since when a message stands in the queue, to be put behind another word."""
    if mail is None or mail.state is not MailState.QUEUED or mail.next_attempt_at is None:
        return ""
    due = mail.next_attempt_at
    return _(", waiting since %(day)s %(time)s") % {"day": hk_date(due), "time": hk_time(due)}


def _address(explanation: Explanation) -> str:
    facts = explanation.facts
    if not facts.verified:
        words = _("%s is not verified yet")
    else:
        words = _("%s is verified, but mail to it is refused") if facts.undeliverable else _("%s is verified")
    return words % clean(explanation.email or _("the address"))


def _well(explanation: Explanation, link: Link) -> str:
    """What there is to say of a link that is not in the way."""
    facts = explanation.facts
    over = facts.programme.phase is Phase.TWO_FACTOR_ONLY
    words = {
        Link.PHASE: _("two-factor logon only") if over else _("smartcard or two-factor logon"),
        Link.PARTICIPANT: clean(f"{explanation.participant_id} {explanation.participant_name}"),
        Link.USER: _("%s, not suspended") % KINDS[facts.kind],
        Link.LOCK: _("not locked"),
        Link.ADDRESS: _address(explanation),
        Link.MAIL: _mail(explanation.mail),
        Link.PASSWORD: _since(_("set"), explanation.password_set_at),
        Link.OTP: _since(_OTP[facts.otp_method], explanation.enrolled_at),
        Link.CLOCK: _("off by %s, which does no harm") % _drift(explanation),
    }
    if link is Link.CLOCK and not facts.known_drift:
        if facts.known_drift is not None:
            return _("right")
        by_email = facts.otp_method is OtpMethod.EMAIL
        return _("none is needed") if by_email else _("not known; it shows with the phone's first code")
    return words[link]


_OTP = {
    None: _("set up"),
    OtpMethod.APP: _("by mobile application, set up"),
    OtpMethod.EMAIL: _("by email, set up"),
}


def _since(words: str, moment: datetime | None) -> str:
    return f"{words} {hk_date(moment)}" if moment else words


def _mail(mail: MailRow | None) -> str:
    if mail is None:
        return _("none was sent")
    about = _("code no. %d") % mail.code_number if mail.code_number else _(mail.kind.value)
    return f"{about}: {mail_look(mail.state).word} ({MAIL_MEANINGS[mail.state]})"


def _drift(explanation: Explanation) -> str:
    seconds = (
        round(abs(explanation.facts.clock_drift.total_seconds())) if explanation.facts.clock_drift else 0
    )
    if seconds <= 90:
        return ngettext("%d second", "%d seconds", seconds) % seconds
    minutes = round(seconds / 60)
    return ngettext("%d minute", "%d minutes", minutes) % minutes
