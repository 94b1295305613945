"""Verification codes: made, read back from what people type, shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules import codes

CODES = st.text(codes.ALPHABET, min_size=codes.LENGTH, max_size=codes.LENGTH)


def test_code_carries_forty_bits_and_uses_the_whole_alphabet() -> None:
    assert codes.generate(lambda bits: 2**bits - 1) == "ZZZZZZZZ"
    assert codes.generate(lambda _bits: 0) == "00000000"
    assert set("".join(codes.generate() for _ in range(500))) == set(codes.ALPHABET)


@given(st.integers(0, 2**40 - 1))
def test_every_number_gives_its_own_code(number: int) -> None:
    code = codes.generate(lambda _bits: number)
    value = 0
    for char in code:
        value = value * 32 + codes.ALPHABET.index(char)
    assert value == number


@given(CODES, st.data())
def test_code_is_read_as_meant(code: str, data: st.DataObject) -> None:
    swaps = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(data.draw(st.sampled_from(swaps.get(char, char + char.lower()))) for char in code)
    gap = data.draw(st.sampled_from(["", " ", "-", "–", " - ", "\u3000"]))
    assert codes.normalise(f" {typed[:4]}{gap}{typed[4:]}\n") == code


@given(CODES)
def test_shown_code_is_read_back(code: str) -> None:
    assert codes.normalise(codes.format(code)) == code


def test_code_is_shown_in_two_halves() -> None:
    assert codes.format("ABCDEFGH") == "ABCD-EFGH"


def test_full_width_letters_of_an_input_method_are_read() -> None:
    assert codes.normalise("ＡＢＣＤ－ＥＦＧＨ") == "ABCDEFGH"


@pytest.mark.parametrize(
    "typed", ["", "ABCD-EFG", "ABCD-EFGHJ", "ABCD-EFGU", "ABCD-EFG陳", "A" * 10_000, "ABCD/EFGH"]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert codes.normalise(typed) is None


@given(st.text())
def test_any_text_is_a_code_or_none(typed: str) -> None:
    code = codes.normalise(typed)
    assert code is None or (len(code) == codes.LENGTH and set(code) <= set(codes.ALPHABET))
