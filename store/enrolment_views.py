"""What enrolment hands upwards: how far somebody is, what they may do next, what was sent to them.

Before a code of the session was good, nothing here tells whether the user exists. Moments are aware UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from store.views import MailState, Phase


class Step(StrEnum):
    """What comes next for the user at the enrolment terminal, in the order of the way."""

    ADDRESS = "address"
    """Enter the code of the registration mail, or have an activation code sent if that was done before."""
    ACTIVATE = "activate"
    """Have an activation code sent (unless `code` says one was) and enter it."""
    PASSWORD = "password"  # noqa: S105 - a step, not a secret
    METHOD = "method"
    """Choose how one-time passwords come: mobile application or email."""
    CONFIRM = "confirm"
    """Enter one good one-time password of the method chosen."""
    TEST = "test"
    """Log on once with both factors; that makes the user proven."""
    DONE = "done"


class OtpMethod(StrEnum):
    """How one-time passwords come to the user."""

    APP = "app"
    EMAIL = "email"


class Change(StrEnum):
    """What an enrolled user can change, once the other factor was proven in the session."""

    PASSWORD = "password"  # noqa: S105 - what is changed, not a secret
    """A new password: proven by the mobile application (`Enrolment.prove_by_app`)."""
    METHOD = "method"
    """A new phone, or the other method: proven by the password (`Enrolment.prove_by_password`)."""


@dataclass(frozen=True, slots=True)
class EnrolmentSession:
    """One visit to the enrolment terminal. `token` opens it: keep it in memory, never in a log or a file."""

    token: str = field(repr=False)
    user_id: str
    """As typed, without the spaces around it."""
    ends_at: datetime
    """The latest end; without anything done it ends earlier (`rules.enrolment.IDLE_LIMIT`)."""


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code that was mailed, never the code. `number` is told in the mail too: "code no. 2, sent 14:03";
    of activation codes it is counted in this session alone, of one-time passwords over the user's day.

    `to` (masked) and `mail_state` are None until a code of the session was good: to a stranger it looks the
    same whether there is such a user and an address, or not.
    """

    number: int
    sent_at: datetime
    expires_at: datetime
    to: str | None = None
    mail_state: MailState | None = None


@dataclass(frozen=True, slots=True)
class EnrolmentState:
    """Where the user stands in this session.

    All but `step`, `user_id`, `code`, `ends_at`, `phase` is known only once a code of the session was good.
    """

    step: Step
    user_id: str
    ends_at: datetime
    phase: Phase
    """The programme's, which says whether what is set up here is used already."""
    code: CodeSent | None = None
    """The newest code this session waits for: the activation code, or the one-time password by email."""
    user_name: str | None = None
    address: str | None = None
    """The verified address, masked."""
    password_set: bool = False
    method: OtpMethod | None = None
    """How one-time passwords come, once one was good."""
    choosing: OtpMethod | None = None
    """The method chosen in this session that waits for its first good one-time password."""
    may_change: frozenset[Change] = frozenset()
    """What an enrolled user may change now, by what was proven in this session."""


@dataclass(frozen=True, slots=True)
class AppSetup:
    """What the mobile application takes: the otpauth URI for the QR code, and the secret for typing.

    Show it in this step only. A second call makes another secret; the last one shown counts.
    """

    uri: str = field(repr=False)
    secret: str = field(repr=False)
    """In groups of four, separated by spaces."""


class Strength(StrEnum):
    """How well a password would stand against guessing: advice, not a rule."""

    WEAK = "weak"
    FAIR = "fair"
    GOOD = "good"
    STRONG = "strong"


class PasswordProblem(StrEnum):
    """Why a password is refused; `detail` of the advice or the error says more."""

    SHORT = "short"
    """`detail` is the least number of characters."""
    LONG = "long"
    """`detail` is the greatest number of characters."""
    CONTROL = "control"
    """It holds a control character, such as NUL or ESC."""
    REPEATED = "repeated"
    """It is the same few characters again and again."""
    SEQUENCE = "sequence"
    """It is a run of the alphabet, of digits or of the keyboard."""
    COMMON = "common"
    """It is little more than a common password; `detail` is the word."""
    CONTEXT = "context"
    """It is little more than the user's own ID, name, participant or address, or the system's name."""
    KINDS = "kinds"
    """Profile hkex-legacy: too few of capital letters, small letters, digits and others."""


class Hint(StrEnum):
    """What would make the password better."""

    LONGER = "longer"
    LESS_PREDICTABLE = "less predictable"
    MORE_VARIED = "more varied"


@dataclass(frozen=True, slots=True)
class PasswordAdvice:
    """What is to be said of a password while it is typed; it would be refused when `problem` is set."""

    strength: Strength
    hint: Hint | None = None
    problem: PasswordProblem | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LogonAttempt:
    """A logon whose password was good and that waits for the one-time password.

    `token` opens it, as that of a session does; `code` says what was mailed when the method is email.
    """

    token: str = field(repr=False)
    user_id: str
    method: OtpMethod
    expires_at: datetime
    code: CodeSent | None = None


@dataclass(frozen=True, slots=True)
class LoggedOn:
    """A full logon with both factors. `first` when it is the one that made the user proven."""

    user_id: str
    method: OtpMethod
    at: datetime
    first: bool
    clock_drift_seconds: int | None = None
    """How far the phone's clock is ahead (behind: negative) by the code given; None when by email."""
