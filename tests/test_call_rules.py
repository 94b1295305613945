"""The caller check, telephone numbers and free text as rules: what may be said to whom, and what is kept."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules import caller_check, codes, free_text, otp, telephone
from store.rules.caller_check import PERMITTED, CallerStatus, CheckMethod, Deed

NOW = datetime(2023, 2, 6, 6, 3, tzinfo=UTC)
TELLING = {Deed.SAY_CAUSE, Deed.SAY_WHETHER_SENT, Deed.SAY_ADDRESS, Deed.REVEAL}
"""What tells that there is such a user."""
MOMENTS = st.datetimes(datetime(2022, 1, 1), datetime(2024, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))


def test_nobody_unchecked_is_told_anything_of_a_user_but_gets_a_code_sent_to_the_registered_address() -> None:
    anybody = CallerStatus().permitted(NOW)
    assert anybody == {Deed.LOG_CALL, Deed.GENERAL, Deed.CALL_BACK, Deed.SEND_CHECK_CODE, Deed.RESEND}
    assert not anybody & TELLING


def test_the_table_has_every_method_and_a_check_only_adds() -> None:
    assert set(PERMITTED) == set(CheckMethod)
    for method in CheckMethod:
        assert PERMITTED[CheckMethod.NONE] <= PERMITTED[method]
    assert set().union(*PERMITTED.values()) == set(Deed)


@given(st.sampled_from(list(CheckMethod)), st.none() | MOMENTS, MOMENTS)
def test_only_a_check_that_held_within_the_hour_opens_anything(
    method: CheckMethod, verified_at: datetime | None, now: datetime
) -> None:
    status = CallerStatus(method, verified_at)
    good = (
        method is not CheckMethod.NONE
        and verified_at is not None
        and timedelta(0) <= now - verified_at < caller_check.GOOD_FOR
    )
    assert status.verified(now) is good
    assert bool(status.permitted(now) & TELLING) is good


@given(st.text(alphabet="0123456789", min_size=7, max_size=7), st.sampled_from([" ", "-", "–", " - ", "."]))
def test_a_caller_check_code_is_read_as_it_was_meant(code: str, between: str) -> None:
    assert caller_check.normalise(f" {code[:3]}{between}{code[3:]} ") == code
    assert caller_check.normalise(caller_check.show(code)) == code


@given(st.text(max_size=90))
def test_anything_may_be_typed_for_a_code(typed: str) -> None:
    found = caller_check.normalise(typed)
    assert found is None or (len(found) == caller_check.LENGTH and found.isdigit())


def test_no_other_code_can_be_taken_for_a_caller_check_code() -> None:
    """So that nobody's one-time password is ever asked for or noted by mistake."""
    for _ in range(200):
        assert caller_check.normalise(codes.format(codes.generate())) is None or codes.LENGTH == 7
        assert caller_check.normalise(otp.show_email(otp.generate_email())) is None
    assert caller_check.normalise("123456") is None
    drawn = {caller_check.generate() for _ in range(200)}
    assert len(drawn) > 190
    assert all(len(code) == 7 and code.isdigit() for code in drawn)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("29797222", "+852 2979 7222"),
        (" 2979-7222 ", "+852 2979 7222"),
        ("+852 2979 7222", "+852 2979 7222"),
        ("００８５２　２９７９　７２２２", "+852 2979 7222"),
        ("(852) 2979 7222", None),
        ("+44 (20) 7946 0000", "+442079460000"),
        ("0044 20 7946 0000", "+442079460000"),
        ("+852 297 972", None),
        ("+852 0979 7222", None),
        ("2979 722", None),
        ("2979 7222 ext. 3", None),
        ("+", None),
        ("", None),
        ("\x1b[31m29797222", None),
        ("9" * 40, None),
    ],
)
def test_a_telephone_number_is_kept_as_people_read_it_out(typed: str, kept: str | None) -> None:
    assert telephone.normalise(typed) == kept


@given(st.text(max_size=40))
def test_a_number_that_is_kept_is_kept_the_same_again(typed: str) -> None:
    kept = telephone.normalise(typed)
    assert kept is None or telephone.normalise(kept) == kept


@given(st.text(max_size=200))
def test_a_line_that_is_kept_has_nothing_in_it_that_hides_or_steers(typed: str) -> None:
    kept = free_text.one_line(typed)
    assert not {unicodedata.category(char) for char in kept} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert kept == kept.strip()
    assert free_text.one_line(kept) == kept


def test_an_address_is_kept_masked_and_chinese_as_it_is() -> None:
    typed = "陳小明\u202e asks\x1b[31m for\t ada.chan@bank.example,\nnot  [/x]"
    assert free_text.one_line(typed) == "陳小明 asks [31m for a***@bank.example, not [/x]"


def test_a_note_keeps_its_lines() -> None:
    assert free_text.several_lines("\n one \r\n\r\n\r\n two\x07 \n\n") == "one\n\ntwo"
