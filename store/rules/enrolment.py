"""How long a visit to the enrolment terminal lasts, and which step comes next (DESIGN 3.4)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.enrolment_views import Change, OtpMethod, Step
from store.rules import resend

SESSION_LIFE = timedelta(hours=1)
"""From its beginning, whatever is done in between."""
IDLE_LIMIT = timedelta(minutes=20)
"""Without anything that reaches the store: enough to wait for a mail and install an application."""
ACTIVATION_LIFE = timedelta(minutes=10)
ATTEMPT_LIFE = timedelta(minutes=5)
"""From the good password of a logon to its one-time password."""
OTP_MAILS_PER_HOUR = 20
"""To one user: more than anybody logs on, less than would flood a mailbox."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the next step is derived from. `proved_by` is what an enrolled user proved in the session."""

    mailbox_proven: bool = False
    code_sent: bool = False
    activated: bool = False
    password_set: bool = False
    method: OtpMethod | None = None
    choosing: OtpMethod | None = None
    proven: bool = False
    proved_by: str | None = None


def why_over(began_at: datetime, seen_at: datetime, now: datetime) -> str:
    """Why a session is over that nobody ended (aged, idle); empty while it lasts."""
    if now - began_at >= SESSION_LIFE:
        return "aged"
    return "idle" if now - seen_at >= IDLE_LIMIT else ""


def next_step(facts: Facts) -> Step:
    """The step to show; a change on the way (a method chosen) comes before what was reached."""
    if not facts.activated:
        return Step.ACTIVATE if facts.mailbox_proven or facts.code_sent else Step.ADDRESS
    if not facts.password_set:
        return Step.PASSWORD
    if facts.choosing is not None:
        return Step.CONFIRM
    if facts.method is None:
        return Step.METHOD
    return Step.DONE if facts.proven else Step.TEST


def lacking(change: Change, facts: Facts) -> str:
    """What must be done before the password or the method may be set; empty when it may be now.

    The mailbox alone never changes what an enrolled user has: the other factor must be proven as well, and
    where one-time passwords come by email there is no other factor than the mailbox to replace a password by.
    """
    if not facts.activated:
        return "activation"
    if change is Change.METHOD and not facts.password_set:
        return "password"
    if facts.method is None:
        return ""
    if change is Change.METHOD:
        return "" if facts.proved_by == "password" else "by-password"
    if facts.method is OtpMethod.EMAIL:
        return "administrator"
    return "" if facts.proved_by == "app" else "by-app"


def otp_wait(in_logon: Iterable[datetime], of_user: Iterable[datetime], now: datetime) -> resend.Wait | None:
    """The wait before another one-time password may be mailed, None when it may be now.

    Within a logon as for verifications; all logons of a user together have `OTP_MAILS_PER_HOUR` an hour.
    """
    if wait := resend.wait_before_next(in_logon, now):
        return wait
    recent = sorted((moment for moment in of_user if moment > now - resend.HOUR), reverse=True)
    if len(recent) < OTP_MAILS_PER_HOUR:
        return None
    until = recent[OTP_MAILS_PER_HOUR - 1] + resend.HOUR
    return resend.Wait(math.ceil((until - now).total_seconds()), resend.Limit.WAIT)
