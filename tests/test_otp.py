"""One-time passwords: RFC 6238's own vectors, what people type, how far a clock is off."""

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules import otp
from store.rules.enrolment import OTP_MAILS_PER_HOUR, otp_wait
from store.rules.resend import Limit

RFC_SEED = base64.b32encode(b"12345678901234567890").decode()
RFC_VECTORS = [
    (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
]  # fmt: skip
NOW = datetime(2023, 2, 6, 1, 30, 7, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
SEEDS = st.binary(min_size=20, max_size=20).map(lambda raw: base64.b32encode(raw).decode())


@pytest.mark.parametrize(("seconds", "code"), RFC_VECTORS)
def test_the_vectors_of_rfc_6238_are_accepted_at_their_time(seconds: int, code: str) -> None:
    """The RFC prints eight digits; the last six are the code of six digits (RFC 4226 section 5.3)."""
    moment = datetime.fromtimestamp(seconds, UTC)
    assert otp.matched_step(RFC_SEED, code[-6:], moment) == seconds // 30
    assert otp.matched_step(RFC_SEED, code[-6:], moment + timedelta(minutes=2)) is None


@given(SEEDS, MOMENTS, st.integers(-45, 45))
def test_a_code_is_accepted_one_step_around_and_told_forty(seed: str, now: datetime, away: int) -> None:
    code = pyotp.TOTP(seed).at(now + away * otp.STEP)
    accepted = otp.matched_step(seed, code, now)
    if abs(away) <= otp.WINDOW:
        assert accepted is not None
    if abs(away) <= otp.TELLING_WINDOW:
        assert otp.matched_step(seed, code, now, otp.TELLING_WINDOW) is not None


def test_drift_is_told_in_half_minutes() -> None:
    step = otp.step_at(NOW)
    assert [otp.drift_seconds(step + away, NOW) for away in (-20, 0, 3)] == [-600, 0, 90]


@given(st.integers(0, 999_999), st.data())
def test_a_code_is_read_as_meant(number: int, data: st.DataObject) -> None:
    code = f"{number:06d}"
    swaps = {"0": "0Oo０", "1": "1IilL１"}
    typed = "".join(data.draw(st.sampled_from(swaps.get(char, char))) for char in code)
    gap = data.draw(st.sampled_from(["", " ", "-", "–", "\u3000"]))
    assert otp.normalise(f" {typed[:3]}{gap}{typed[3:]}\n", otp.APP_DIGITS) == code


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "12345x", "½23456", "١٢٣٤٥٦", "9" * 10_000, "\x00" * 6]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert otp.normalise(typed, otp.APP_DIGITS) is None


def test_a_code_for_a_mail_has_eight_digits_shown_in_two_groups() -> None:
    assert otp.generate_email(lambda _below: 42) == "00000042"
    assert otp.generate_email(lambda below: below - 1) == "99999999"
    assert otp.show_email("12345678") == "1234 5678"
    assert otp.normalise(otp.show_email("12345678"), otp.EMAIL_DIGITS) == "12345678"


def test_mails_of_a_logon_are_spaced_and_those_of_an_hour_counted() -> None:
    assert otp_wait([], [], NOW) is None
    wait = otp_wait([NOW], [NOW], NOW + timedelta(seconds=10))
    assert wait is not None
    assert (wait.seconds, wait.limit) == (50, Limit.WAIT)
    many = [NOW + timedelta(minutes=minute) for minute in range(OTP_MAILS_PER_HOUR)]
    full = otp_wait([], many, many[-1])
    assert full is not None
    assert full.seconds == (60 - OTP_MAILS_PER_HOUR + 1) * 60
    assert otp_wait([], many[1:], many[-1]) is None


@given(st.none() | st.integers(-1200, 1200), st.timedeltas(timedelta(), timedelta(days=30)))
def test_a_clock_that_was_off_is_told_a_week_long(seconds: int | None, ago: timedelta) -> None:
    now = datetime(2023, 2, 6, tzinfo=UTC)
    told = otp.known_drift(seconds, now - ago, now)
    assert told == (seconds if ago < otp.DRIFT_TOLD else None)
    assert otp.known_drift(seconds, None, now) is None
