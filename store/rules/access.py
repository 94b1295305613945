"""Who may log on to CCMS, by which method, in which phase (DESIGN 3.6): one pure function decides."""

from dataclasses import dataclass
from enum import StrEnum

from store.views import Phase


class Method(StrEnum):
    """A way to log on."""

    SMARTCARD = "smartcard"
    TWO_FACTOR = "2fa"


class Refusal(StrEnum):
    """Why a logon is refused."""

    NOT_OPEN = "two-factor not open yet"
    ENDED = "smartcards ended with the parallel run"
    DECOMMISSIONED = "smartcards decommissioned"
    SUSPENDED = "suspended"
    LOCKED = "locked"
    NO_SMARTCARD = "no smartcard"
    NOT_VERIFIED = "address not verified"
    NO_MAIL = "one-time passwords do not arrive"
    NO_PASSWORD = "no password"  # noqa: S105 - a reason, not a secret
    NO_OTP = "no one-time password"
    CLOCK_OFF = "clock of the phone is off"


OPENS_TWO_FACTOR = frozenset({Phase.PARALLEL_RUN, Phase.TWO_FACTOR_ONLY})


@dataclass(frozen=True, slots=True)
class Programme:
    """What is open. A begun decommissioning holds for good, whatever the phase is said to be later."""

    phase: Phase
    decommissioned: bool = False


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """What a decision rests on.

    The last two are known to an explanation only: at a logon the code itself tells, and what was in the way
    the last time must not keep anybody from trying again.
    """

    smartcard: bool = False
    suspended: bool = False
    locked: bool = False
    verified: bool = False
    password_set: bool = False
    enrolled: bool = False
    mail_arrives: bool = True
    clock_right: bool = True


def decide(facts: AccessFacts, method: Method, programme: Programme) -> Refusal | None:
    """Why this user may not log on by `method` now; None when they may."""
    if method is Method.SMARTCARD:
        checks = (*_smartcard_phase(programme), *_person(facts), (not facts.smartcard, Refusal.NO_SMARTCARD))
    else:
        checks = (
            (programme.phase not in OPENS_TWO_FACTOR, Refusal.NOT_OPEN),
            *_person(facts),
            (not facts.verified, Refusal.NOT_VERIFIED),
            (not facts.mail_arrives, Refusal.NO_MAIL),
            (not facts.password_set, Refusal.NO_PASSWORD),
            (not facts.enrolled, Refusal.NO_OTP),
            (not facts.clock_right, Refusal.CLOCK_OFF),
        )
    return next((refusal for refused, refusal in checks if refused), None)


def _smartcard_phase(programme: Programme) -> tuple[tuple[bool, Refusal], ...]:
    return (
        (programme.decommissioned, Refusal.DECOMMISSIONED),
        (programme.phase is Phase.TWO_FACTOR_ONLY, Refusal.ENDED),
    )


def _person(facts: AccessFacts) -> tuple[tuple[bool, Refusal], ...]:
    return ((facts.suspended, Refusal.SUSPENDED), (facts.locked, Refusal.LOCKED))
