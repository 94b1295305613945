"""One-time passwords: by mobile application (RFC 6238) and by email (DESIGN 3.4)."""

import secrets
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta

import pyotp
from pyotp.exceptions import OTPVerificationError

APP_DIGITS = 6
STEP = timedelta(seconds=30)
WINDOW = 1
"""Steps before and after the present one whose code is accepted."""
TELLING_WINDOW = 40
"""Steps searched to tell how far a phone's clock is off; never to accept a code."""
EMAIL_DIGITS = 8
EMAIL_LIFE = timedelta(minutes=5)

DRIFT_TOLD = timedelta(days=7)
"""How long a clock that was seen to be off is told: it may have been set since."""

_AS_MEANT = str.maketrans({"O": "0", "o": "0", "I": "1", "i": "1", "L": "1", "l": "1"})
_DASHES = frozenset("-‐‑‒–—−")


def normalise(typed: str, digits: int) -> str | None:
    """The one-time password that was meant by what was typed, or None when it cannot be one."""
    plain = unicodedata.normalize("NFKC", typed[:64]).translate(_AS_MEANT)
    code = "".join(char for char in plain if not char.isspace() and char not in _DASHES)
    return code if len(code) == digits and code.isascii() and code.isdigit() else None


def generate_email(randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """A fresh one-time password for a mail."""
    return f"{randbelow(10**EMAIL_DIGITS):0{EMAIL_DIGITS}d}"


def show_email(code: str) -> str:
    """It as the mail writes it: `1234 5678`."""
    return f"{code[: EMAIL_DIGITS // 2]} {code[EMAIL_DIGITS // 2 :]}"


def step_at(moment: datetime) -> int:
    """The number of the 30-second step that `moment` lies in."""
    return int(moment.timestamp()) // int(STEP.total_seconds())


def matched_step(seed: str, code: str, now: datetime, window: int = WINDOW) -> int | None:
    """The step, at most `window` away from now, whose code this is; None for no such step."""
    try:
        return pyotp.TOTP(seed, digits=APP_DIGITS).verify_and_get_timecode(
            code, for_time=now, valid_window=window
        )
    except OTPVerificationError:
        return None


def drift_seconds(step: int, now: datetime) -> int:
    """How far ahead (behind: negative) a clock is that shows the code of `step` now, to half a minute."""
    return (step - step_at(now)) * int(STEP.total_seconds())


def known_drift(seconds: int | None, seen_at: datetime | None, now: datetime) -> int | None:
    """How far a phone's clock is off as far as that is known now: what was seen too long ago is not told."""
    return seconds if seen_at is not None and now - seen_at < DRIFT_TOLD else None
