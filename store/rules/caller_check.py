"""Who is on the telephone, and what they may be told: nothing of a user before the caller was checked.

A caller is checked in one of two ways. A **call back** to the participant's number on file (never to a number
that the caller gives) shows that they sit at that participant. A **code** sent to the user's verified address
and read out shows that they read that mailbox. What a caller knows (a name, a user ID, a colleague's name)
shows nothing: helpdesks were robbed by callers who knew all that (CISA and FBI, advisory AA23-320A).

Until then an agent says the same of every user ID, whether there is such a user or not: the schedule, where
and how to enrol, that their Delegated Administrator can help. A fresh code may be sent all the same: it goes
to nobody but the registered address, so that a stranger gains nothing; the agent says "if that user waits for
a code, it is on its way", and neither where to nor whether it was sent.
"""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LENGTH = 7
"""No other code of CCMS is of seven digits (the application's has six, the mailed password eight, a
verification code letters too): an agent sees at once when a caller reads out what nobody may ask for.
"""
LIFETIME = timedelta(minutes=10)
TRIES_PER_CODE = 3
GOOD_FOR = timedelta(hours=1)
"""A checked caller is one for so long within the call: a call left open by mistake does not stay a key."""


class CheckMethod(StrEnum):
    """How a caller is checked."""

    NONE = "none"
    CALL_BACK = "call back"
    CODE = "code"


class Deed(StrEnum):
    """Something an agent may do or say in a call."""

    LOG_CALL = "log the call"
    GENERAL = "give general information"
    CALL_BACK = "call back to the number on file"
    SEND_CHECK_CODE = "send a caller check code"
    RESEND = "send a fresh code to the registered address"
    SAY_WHETHER_SENT = "say whether a code was sent"
    SAY_CAUSE = "say why the user cannot log on"
    SAY_ADDRESS = "say the masked address"
    REVEAL = "reveal the whole address"


_ANYBODY = frozenset({Deed.LOG_CALL, Deed.GENERAL, Deed.CALL_BACK, Deed.SEND_CHECK_CODE, Deed.RESEND})
_CHECKED = _ANYBODY | {Deed.SAY_WHETHER_SENT, Deed.SAY_CAUSE, Deed.SAY_ADDRESS, Deed.REVEAL}

PERMITTED: dict[CheckMethod, frozenset[Deed]] = {
    CheckMethod.NONE: _ANYBODY,
    CheckMethod.CALL_BACK: _CHECKED,
    CheckMethod.CODE: _CHECKED,
}
"""What is permitted once the caller was checked by each method."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Which ways there are to check a caller about one user: a number to call back, a mailbox for a code."""

    call_back: bool
    code: bool


def why_no_code(*, suspended: bool, verified: bool, undeliverable: bool, pending: bool) -> str | None:
    """Why no caller check code can be mailed to a user, as `NotNow` has it; None when one can.

    While another address is pending, it is that one whose mail came back.
    """
    if suspended:
        return "suspended"
    if not verified:
        return "no verified address"
    return "undeliverable" if undeliverable and not pending else None


class NeverAsk(StrEnum):
    """What no agent ever asks a caller for, whoever they are: the way helpdesks are robbed."""

    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    ONE_TIME_PASSWORD = "one-time password"  # noqa: S105 - a word, not a secret
    SMARTCARD_PIN = "smartcard PIN"
    CODES = "verification or activation code"
    SECRET = "secret or QR code of the mobile application"  # noqa: S105 - a word, not a secret


@dataclass(frozen=True, slots=True)
class CallerStatus:
    """How far the caller of one call was checked.

    `method` is the one that was tried last; `verified_at` is when it held, None when it did not (yet).
    """

    method: CheckMethod = CheckMethod.NONE
    verified_at: datetime | None = None

    def verified(self, now: datetime) -> bool:
        """Whether the caller counts as checked at `now`."""
        if self.method is CheckMethod.NONE or self.verified_at is None:
            return False
        return self.verified_at <= now < self.verified_at + GOOD_FOR

    def permitted(self, now: datetime) -> frozenset[Deed]:
        """What the agent may do and say at `now`."""
        return PERMITTED[self.method if self.verified(now) else CheckMethod.NONE]


def generate() -> str:
    """A fresh code: seven digits."""
    return f"{secrets.randbelow(10**LENGTH):0{LENGTH}d}"


def show(code: str) -> str:
    """The code as the mail shows it and people read it out: `482-1905`."""
    return f"{code[:3]}-{code[3:]}"


def normalise(typed: str) -> str | None:
    """The code that was meant by what was typed, or None when it cannot be one."""
    plain = unicodedata.normalize("NFKC", typed[:64])
    code = "".join(char for char in plain if not char.isspace() and char not in "-‐‑‒–—−.")
    return code if len(code) == LENGTH and code.isascii() and code.isdigit() else None
