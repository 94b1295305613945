"""What can be registered as a designated email address, and what is remarkable about it."""

import string
import time

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from store.errors import BadAddress
from store.rules.addresses import AddressBook, Lint, Problem, check_address, lint

REFUSED = [
    ("", Problem.EMPTY),
    ("   ", Problem.EMPTY),
    ("nobody.example.com", Problem.NO_AT),
    ("jo＠example.com", Problem.NO_AT),
    ("jo@chan@example.com", Problem.TWO_ATS),
    ("jo@example.com; amy@example.com", Problem.TWO_ATS),
    ("jo chan@example.com", Problem.SPACES),
    ("jo@exam ple.com", Problem.SPACES),
    ("jo\u3000chan@example.com", Problem.SPACES),
    ("a" * 308 + "@example.com", Problem.TOO_LONG),
    ("a" * 65 + "@example.com", Problem.TOO_LONG),
    ("a@" + ".".join(["b" * 60] * 4) + ".example.com", Problem.TOO_LONG),
    ('"jo chan"@example.com', Problem.QUOTED),
    ('"jo@chan"@example.com', Problem.QUOTED),
    ("Jo Chan <jo@example.com>", Problem.DISPLAY_NAME),
    ("jo@example.com.", Problem.TRAILING_DOT),
    ("jo@example.com。", Problem.TRAILING_DOT),
    ("jo.@example.com", Problem.LOCAL),
    ("jo..chan@example.com", Problem.LOCAL),
    ("@example.com", Problem.LOCAL),
    ("陳大文@example.com", Problem.LOCAL_NOT_ASCII),
    ("jo@", Problem.DOMAIN),
    ("jo@example", Problem.DOMAIN),
    ("jo@[192.0.2.1]", Problem.DOMAIN),
    ("jo@exa_mple.com", Problem.DOMAIN),
    ("jo@-example.com", Problem.DOMAIN),
    ("jo@xn--a.com", Problem.DOMAIN),
    ("jo@desk.localhost", Problem.RESERVED),
    ("jo@example.invalid", Problem.RESERVED),
    ("jo\x00@example.com", Problem.CONTROL),
    ("jo\x1b[31m@example.com", Problem.CONTROL),
    ("jo@\u202emoc.elpmaxe", Problem.CONTROL),
    ("jo@exa\u00admple.com", Problem.CONTROL),
]


@pytest.mark.parametrize(("typed", "problem"), REFUSED)
def test_bad_address_is_refused_with_its_reason(typed: str, problem: Problem) -> None:
    assert AddressBook().judge(typed) == (None, problem)
    with pytest.raises(BadAddress) as refusal:
        check_address(typed)
    assert (refusal.value.typed, refusal.value.reason) == (typed, problem.value)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("jo@example.com", "jo@example.com"),
        ("  Jo.Chan@EXAMPLE.com\n", "jo.chan@example.com"),
        ("jo@例子.公司", "jo@xn--fsqu00a.xn--55qx5d"),
        ("jo@XN--FSQU00A.xn--55qx5d", "jo@xn--fsqu00a.xn--55qx5d"),
        ("jo@ｅｘａｍｐｌｅ．com", "jo@example.com"),
        ("o'hara+ccms@example.com", "o'hara+ccms@example.com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_good_address_has_one_canonical_form(typed: str, canonical: str) -> None:
    assert check_address(typed) == canonical
    assert check_address(canonical) == canonical


USUAL = {"example-bank.com": 5, "例子.公司".encode("idna").decode(): 1}


@pytest.mark.parametrize(
    ("typed", "kind", "detail"),
    [
        ("jo@gmail.com", Lint.WEBMAIL, "gmail.com"),
        ("jo@other.com.hk", Lint.UNLIKE, "other.com.hk"),
        ("jo@exаmple-bank.com", Lint.LOOK_ALIKE, "example-bank.com"),
        ("jo@éxample-bank.com", Lint.LOOK_ALIKE, "example-bank.com"),
        ("jo@аррӏе.com", Lint.LOOK_ALIKE, "аррӏе.com"),
        ("jo@hκbank.com", Lint.LOOK_ALIKE, "hκbank.com"),
        ("settlement@example-bank.com", Lint.ROLE, "settlement"),
        ("jo+ccms@example-bank.com", Lint.PLUS_TAG, "+ccms"),
        ("jo@gmial.com", Lint.TYPO, "jo@gmail.com"),
        ("jo@exampl-bank.com", Lint.TYPO, "jo@example-bank.com"),
        ("jo@examp1e-bank.com", Lint.TYPO, "jo@example-bank.com"),
        ("jo@exarnple-bank.com", Lint.TYPO, "jo@example-bank.com"),
        ("jo@example-bank.con", Lint.TYPO, "jo@example-bank.com"),
        ("jo@never-seen.con", Lint.TYPO, "jo@never-seen.com"),
    ],
)
def test_remarkable_address_is_flagged(typed: str, kind: Lint, detail: str) -> None:
    assert (kind.value, detail) in {
        (remark.kind, remark.detail) for remark in lint(check_address(typed), USUAL)
    }


@pytest.mark.parametrize(
    "typed", ["jo@example-bank.com", "jo@hk.example-bank.com", "jo@例子.公司", "opsahl@example-bank.com"]
)
def test_ordinary_address_draws_no_remark(typed: str) -> None:
    assert lint(check_address(typed), USUAL) == ()


def test_chinese_and_latin_in_one_domain_are_no_imitation() -> None:
    kinds = {remark.kind for remark in lint(check_address("jo@abc證券.com"), {})}
    assert Lint.LOOK_ALIKE.value not in kinds


def test_an_address_elsewhere_is_told_where_the_others_are() -> None:
    (remark,) = lint("jo@other.example", USUAL | {"third.example": 1})
    assert (remark.detail, remark.usual) == ("other.example", "example-bank.com, third.example")


def test_first_address_of_a_participant_is_not_unlike_the_others() -> None:
    assert lint("jo@example.com", {}) == ()
    assert lint("jo@example.com", {"example.org": 1}) == ()


CHARACTERS = st.text(string.ascii_letters + string.digits + "@@..-_+'\" \x00é陳。＠", max_size=30)
ATOMS = st.from_regex(r"\A[a-zA-Z0-9.+_'-]{1,70}@[a-zA-Z0-9.-]{1,30}(\.com)?\Z")


@given(CHARACTERS | ATOMS | st.emails())
def test_the_quick_way_agrees_with_email_validator(typed: str) -> None:
    try:
        verdict = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False, strict=True)
        expected = (verdict.ascii_email or "").lower()
    except EmailNotValidError:
        expected = None
    canonical, problem = AddressBook().judge(typed)
    assert (canonical is None) == (problem is not None)
    if problem is not Problem.CONTROL:
        assert canonical == expected


@given(st.text(max_size=400))
def test_nothing_typed_is_answered_with_a_crash(typed: str) -> None:
    canonical, problem = AddressBook().judge(typed)
    assert (canonical is None) == (problem in set(Problem))
    if canonical is not None:
        assert canonical.isascii()
        assert AddressBook().judge(canonical) == (canonical, None)
        lint(canonical, {"example.com": 3})


@given(st.lists(CHARACTERS | ATOMS | st.emails(), max_size=20))
def test_one_book_judges_many_as_fresh_books_judge_each(typed: list[str]) -> None:
    book = AddressBook()
    assert [book.judge(each) for each in typed] == [AddressBook().judge(each) for each in typed]


def test_a_hundred_thousand_addresses_of_few_domains_are_judged_quickly() -> None:
    typed = [f"user{number}@cp{number % 500}.example.com" for number in range(100_000)]
    book, start = AddressBook(), time.perf_counter()
    assert all(book.judge(each)[1] is None for each in typed)
    assert time.perf_counter() - start < 2
