"""Why a user cannot log on with two factors: the chain of DESIGN 3.6, link by link, and who can help."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from store.enrolment_views import OtpMethod
from store.rules.access import OPENS_TWO_FACTOR, AccessFacts, Method, Programme, Refusal, decide
from store.rules.standing import NOT_VERIFIED
from store.views import Kind, MailRow, MailState, Standing

DRIFT_LIMIT = timedelta(seconds=60)
"""From here on no code can be good: the window is one step of 30 seconds on either side (RFC 6238, 5.2)."""

MAIL_TAKES = timedelta(minutes=5)
"""Within this time a worker takes a message that is due; else none runs."""


def clock_right(method: OtpMethod | None, drift_seconds: float | None) -> bool:
    """Whether a phone's clock, if known, lets codes be good; none matters when they come by email."""
    if drift_seconds is None or method is OtpMethod.EMAIL:
        return True
    return abs(timedelta(seconds=drift_seconds)) < DRIFT_LIMIT


class Who(StrEnum):
    """Who can take an obstacle away, in the words of the desk."""

    USER = "user"
    MAKER = "maker"
    CHECKER = "checker"
    OPERATIONS = "operations"
    HELPDESK = "helpdesk"
    NOBODY = "nobody yet"


class Link(StrEnum):
    """One link of the chain, in its order."""

    PHASE = "phase"
    PARTICIPANT = "participant"
    USER = "user"
    LOCK = "lock"
    ADDRESS = "address"
    MAIL = "mail"
    PASSWORD = "password"  # noqa: S105 - a link, not a secret
    OTP = "otp"
    CLOCK = "clock"


class Reason(StrEnum):
    """What can be in the way."""

    NOT_OPEN = "two-factor not open yet"
    NO_MAKER = "participant without a maker"
    NO_CHECKER = "participant without a checker"
    NO_DA = "participant without a Delegated Administrator"
    SUSPENDED = "suspended"
    LOCKED = "locked"
    NO_EMAIL = "no email"
    NO_FORM = "no form DA 3"
    DA_NOT_OPEN = "DA registration not open"
    AWAITING_APPROVAL = "awaiting approval"
    NOT_ENTERED = "code not entered"
    CODE_EXPIRED = "code expired"
    CODE_SPENT = "code spent"
    NOT_SENT = "no code sent"
    MAIL_WAITING = "mail waiting"
    MAIL_DEFERRED = "mail deferred"
    MAIL_HELD = "mail held"
    MAIL_EXPIRED = "mail expired"
    MAIL_CANCELLED = "mail cancelled"
    BOUNCED = "mail bounced"
    NO_PASSWORD = "no password"  # noqa: S105 - a reason, not a secret
    NO_OTP = "no one-time password"
    CLOCK_OFF = "clock of the phone is off"


LINK_OF: dict[Reason, Link] = {
    Reason.NOT_OPEN: Link.PHASE,
    Reason.NO_MAKER: Link.PARTICIPANT,
    Reason.NO_CHECKER: Link.PARTICIPANT,
    Reason.NO_DA: Link.PARTICIPANT,
    Reason.SUSPENDED: Link.USER,
    Reason.LOCKED: Link.LOCK,
    Reason.NO_EMAIL: Link.ADDRESS,
    Reason.NO_FORM: Link.ADDRESS,
    Reason.DA_NOT_OPEN: Link.ADDRESS,
    Reason.AWAITING_APPROVAL: Link.ADDRESS,
    Reason.NOT_ENTERED: Link.ADDRESS,
    Reason.CODE_EXPIRED: Link.ADDRESS,
    Reason.CODE_SPENT: Link.ADDRESS,
    Reason.NOT_SENT: Link.MAIL,
    Reason.MAIL_WAITING: Link.MAIL,
    Reason.MAIL_DEFERRED: Link.MAIL,
    Reason.MAIL_HELD: Link.MAIL,
    Reason.MAIL_EXPIRED: Link.MAIL,
    Reason.MAIL_CANCELLED: Link.MAIL,
    Reason.BOUNCED: Link.MAIL,
    Reason.NO_PASSWORD: Link.PASSWORD,
    Reason.NO_OTP: Link.OTP,
    Reason.CLOCK_OFF: Link.CLOCK,
}

_FATES: dict[MailState, Reason] = {
    MailState.QUEUED: Reason.MAIL_WAITING,
    MailState.SENDING: Reason.MAIL_WAITING,
    MailState.DEFERRED: Reason.MAIL_DEFERRED,
    MailState.HELD: Reason.MAIL_HELD,
    MailState.EXPIRED: Reason.MAIL_EXPIRED,
    MailState.CANCELLED: Reason.MAIL_CANCELLED,
    MailState.BOUNCED: Reason.BOUNCED,
}
"""What the fate of a code's mail is as an obstacle; an accepted one is none."""

_UNDER_WAY = frozenset({MailState.QUEUED, MailState.SENDING, MailState.DEFERRED, MailState.HELD})

_RESEND = frozenset(
    {Reason.CODE_EXPIRED, Reason.CODE_SPENT, Reason.NOT_SENT, Reason.MAIL_EXPIRED, Reason.MAIL_CANCELLED}
)
_REGISTER = frozenset({Reason.NO_EMAIL, Reason.BOUNCED})

_WHO: dict[Reason, Who] = {
    Reason.NOT_OPEN: Who.NOBODY,
    Reason.NO_MAKER: Who.OPERATIONS,
    Reason.NO_CHECKER: Who.OPERATIONS,
    Reason.NO_DA: Who.OPERATIONS,
    Reason.SUSPENDED: Who.OPERATIONS,
    Reason.NO_FORM: Who.OPERATIONS,
    Reason.DA_NOT_OPEN: Who.OPERATIONS,
    Reason.AWAITING_APPROVAL: Who.CHECKER,
    Reason.NOT_ENTERED: Who.USER,
    Reason.MAIL_WAITING: Who.NOBODY,
    Reason.MAIL_DEFERRED: Who.NOBODY,
    Reason.MAIL_HELD: Who.OPERATIONS,
    Reason.NO_PASSWORD: Who.USER,
    Reason.NO_OTP: Who.USER,
    Reason.CLOCK_OFF: Who.USER,
}
"""Who takes it away, whosesoever it is; the others depend on whether the user is a DA."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an explanation rests on.

    `makers` and `checkers` are the participant's own, neither suspended nor locked, this user not counted.
    `code_state` is the fate of the newest code's mail, None when no code was sent to the address;
    `code_waits` is how long it has been due, while nobody takes it out of the queue. None for
    `otp_method` and `clock_drift` is unknown. `password_set` and `enrolled` are as the user's row says.
    """

    programme: Programme
    kind: Kind = Kind.USER
    standing: Standing = Standing.NO_EMAIL
    makers: int = 1
    checkers: int = 1
    single_da_waiver: bool = False
    da_registration_open: bool = True
    smartcard: bool = False
    suspended: bool = False
    locked: bool = False
    undeliverable: bool = False
    code_state: MailState | None = None
    code_waits: timedelta | None = None
    code_spent: bool = False
    password_set: bool = False
    enrolled: bool = False
    otp_method: OtpMethod | None = None
    clock_drift: timedelta | None = None

    @property
    def verified(self) -> bool:
        """Whether there is an address that is proved to be read."""
        return self.standing not in NOT_VERIFIED

    @property
    def mail_stuck(self) -> bool:
        """Whether the code's mail is due for so long that no worker can be at work."""
        return self.code_waits is not None and self.code_waits > MAIL_TAKES

    @property
    def known_drift(self) -> timedelta | None:
        """How far the phone's clock is off; None too when one-time passwords come by email."""
        return None if self.otp_method is OtpMethod.EMAIL else self.clock_drift

    @property
    def access(self) -> AccessFacts:
        """The facts that the access rule decides on."""
        drift = self.clock_drift
        return AccessFacts(
            smartcard=self.smartcard,
            suspended=self.suspended,
            locked=self.locked,
            verified=self.verified,
            password_set=self.password_set,
            enrolled=self.enrolled,
            mail_arrives=not (self.undeliverable and self.otp_method is OtpMethod.EMAIL),
            clock_right=clock_right(self.otp_method, drift.total_seconds() if drift is not None else None),
        )


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something in the way, and who can take it away."""

    reason: Reason
    who: Who

    @property
    def link(self) -> Link:
        """Where in the chain it is."""
        return LINK_OF[self.reason]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is in the way of one user, and all that it was found from and that helps to say it.

    `mail` is the newest code's message while an address waits for it, else the newest message of all;
    `opens_two_factor` and `opens_da_registration` are the windows announced.
    """

    user_id: str
    user_name: str
    participant_id: str
    participant_name: str
    facts: Facts
    email: str | None
    mail: MailRow | None
    code_number: int | None
    opens_two_factor: str
    opens_da_registration: str
    password_set_at: datetime | None
    enrolled_at: datetime | None

    @property
    def obstacles(self) -> tuple[Obstacle, ...]:
        """All that keeps the user from logging on with two factors, in the order of the chain."""
        return obstacles(self.facts)

    @property
    def leading(self) -> Obstacle | None:
        """The obstacle to tell a caller first; None when nothing is in the way."""
        return leading(self.obstacles)

    def refusal(self, method: Method) -> Refusal | None:
        """Why the user may not log on by `method` now; None when they may."""
        return decide(self.facts.access, method, self.facts.programme)


def may_log_on(facts: Facts, method: Method) -> bool:
    """Whether the access rule lets this user in by `method`."""
    return decide(facts.access, method, facts.programme) is None


def obstacles(facts: Facts) -> tuple[Obstacle, ...]:
    """All that keeps the user from logging on with two factors, in the order of the chain, one a link."""
    own = [Obstacle(reason, _who(reason, facts)) for reason in _own(facts)]
    if lacking := _lacking(facts, own):
        own.append(Obstacle(lacking, _WHO[lacking]))
    order = list(Link)
    return tuple(sorted(own, key=lambda each: order.index(each.link)))


def leading(found: Sequence[Obstacle]) -> Obstacle | None:
    """The obstacle to begin with: the first but for the phase, which opens for everybody when it opens.

    What comes before something in the chain must be gone first, so the first is the one to be removed now.
    """
    return next((each for each in found if each.link is not Link.PHASE), next(iter(found), None))


def _own(facts: Facts) -> Iterator[Reason]:
    """What is in the way but for the participant, one reason a link."""
    if facts.programme.phase not in OPENS_TWO_FACTOR:
        yield Reason.NOT_OPEN
    if facts.suspended:
        yield Reason.SUSPENDED
    if facts.locked:
        yield Reason.LOCKED
    if not facts.verified:
        yield _unverified(facts)
    elif not facts.access.mail_arrives:
        yield Reason.BOUNCED
    if not facts.password_set:
        yield Reason.NO_PASSWORD
    if not facts.enrolled:
        yield Reason.NO_OTP
    if not facts.access.clock_right:
        yield Reason.CLOCK_OFF


def _unverified(facts: Facts) -> Reason:
    """What keeps the address from being verified: none is there, its code did not arrive, or was not used."""
    match facts.standing:
        case Standing.NO_EMAIL:
            reason = _no_email(facts)
        case Standing.AWAITING_APPROVAL:
            reason = Reason.AWAITING_APPROVAL
        case Standing.UNDELIVERABLE:
            reason = Reason.BOUNCED
        case standing if facts.code_state is MailState.ACCEPTED:
            spent = Reason.CODE_SPENT if facts.code_spent else Reason.NOT_ENTERED
            reason = Reason.CODE_EXPIRED if standing is Standing.CODE_EXPIRED else spent
        case Standing.CODE_EXPIRED if facts.code_state in _UNDER_WAY:
            reason = Reason.MAIL_EXPIRED  # the outbox never delivers a dead code
        case _:
            reason = _FATES[facts.code_state] if facts.code_state else Reason.NOT_SENT
    return reason


def _no_email(facts: Facts) -> Reason:
    if not facts.kind.is_delegated_administrator:
        return Reason.NO_EMAIL
    return Reason.NO_FORM if facts.da_registration_open else Reason.DA_NOT_OPEN


def _who(reason: Reason, facts: Facts) -> Who:
    """Who takes it away: a user's own DA where there is one, for a DA the clearing house."""
    if reason is Reason.MAIL_WAITING and facts.mail_stuck:
        return Who.OPERATIONS
    if reason in _WHO:
        return _WHO[reason]
    if facts.kind.is_delegated_administrator:
        return Who.HELPDESK if reason in _RESEND else Who.OPERATIONS
    if reason in _REGISTER or facts.makers:
        return Who.MAKER
    if facts.checkers:
        return Who.CHECKER
    return Who.HELPDESK if reason in _RESEND else Who.MAKER


def _lacking(facts: Facts, own: list[Obstacle]) -> Reason | None:
    """The DA whom the participant would need to take an obstacle away and does not have."""
    reasons = {each.reason for each in own}
    is_da = facts.kind.is_delegated_administrator
    if Reason.AWAITING_APPROVAL in reasons and facts.checkers == 0:
        return Reason.NO_CHECKER
    if reasons & _REGISTER and not is_da:
        if facts.makers == 0:
            return Reason.NO_MAKER
        if facts.checkers == 0 and not facts.single_da_waiver:
            return Reason.NO_CHECKER
    if Reason.LOCKED in reasons and not is_da and facts.makers == facts.checkers == 0:
        return Reason.NO_DA
    return None
