"""The rule of forgiven mistakes: how many by the length of a word, and how what was meant is found."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from store.near_lookup import how_near, ways_to_mean
from store.rules.grams import fold
from store.rules.mistakes import (
    IN_ALL,
    LONGEST,
    allowed,
    forgivable,
    kept_words,
    keys_of,
    nearest,
    nearness,
    total,
)
from tests.test_lookup_rules import LETTERS, MISTAKES, mistyped

SHORT = some.text(LETTERS, min_size=3, max_size=6)
LONG = some.text(LETTERS, min_size=7, max_size=14)
FEW_LETTERS = some.text("ab", min_size=1, max_size=9)
ONE_MISTAKE = some.tuples(MISTAKES, some.integers(0, 100), some.sampled_from(LETTERS))


def apart(typed: str, word: str) -> int:
    """How many mistakes lie between two words, by the book: a table of all their beginnings."""
    rows = {(0, at): at for at in range(len(word) + 1)} | {(at, 0): at for at in range(len(typed) + 1)}
    for left, right in product(range(1, len(typed) + 1), range(1, len(word) + 1)):
        same = typed[left - 1] == word[right - 1]
        ways = [rows[left - 1, right] + 1, rows[left, right - 1] + 1, rows[left - 1, right - 1] + (not same)]
        if left > 1 and right > 1 and typed[left - 2 : left] == word[right - 1] + word[right - 2]:
            ways.append(rows[left - 2, right - 2] + 1)
        rows[left, right] = min(ways)
    return rows[len(typed), len(word)]


@pytest.mark.parametrize(("letters", "mistakes"), [(0, 0), (2, 0), (3, 1), (6, 1), (7, 2), (30, 2)])
def test_the_longer_a_word_the_more_is_forgiven(letters: int, mistakes: int) -> None:
    assert allowed(letters) == mistakes


@given(some.one_of(SHORT, LONG), ONE_MISTAKE)
def test_one_mistake_in_a_word_is_forgiven(word: str, mistake: tuple[str, int, str]) -> None:
    near = nearness(mistyped(word, *mistake), word)
    assert near is not None
    assert near[0] <= 1
    assert nearness(word, word) == (0, 0)


@given(LONG, ONE_MISTAKE, ONE_MISTAKE)
def test_two_mistakes_in_a_long_word_are_forgiven(
    word: str, one: tuple[str, int, str], other: tuple[str, int, str]
) -> None:
    typed = mistyped(mistyped(word, *one), *other)
    near = nearness(typed, word)
    assert near is not None or apart(typed, word) > allowed(max(len(typed), len(word)))
    assert near is None or near[0] <= IN_ALL


@given(FEW_LETTERS, FEW_LETTERS)
def test_as_many_are_counted_as_there_are(typed: str, word: str) -> None:
    most, near = allowed(max(len(typed), len(word))), nearness(typed, word)
    if word.startswith(typed):
        assert near == (0, int(typed != word))
    elif near is not None and not near[1]:
        assert near[0] == apart(typed, word) <= most
    elif forgivable(typed) and forgivable(word):
        assert apart(typed, word) > most


@given(some.one_of(SHORT, FEW_LETTERS), some.one_of(SHORT, FEW_LETTERS))
def test_words_so_near_have_a_key_in_common(typed: str, word: str) -> None:
    near = nearness(typed, word)
    if near is not None and not near[1]:
        assert keys_of(typed) & keys_of(word)


@given(LONG, ONE_MISTAKE, ONE_MISTAKE)
def test_a_mistyped_long_word_has_a_key_in_common_with_what_was_meant(
    word: str, one: tuple[str, int, str], other: tuple[str, int, str]
) -> None:
    typed = mistyped(mistyped(word, *one), *other)
    near = nearness(typed, word)
    assert keys_of(typed) & keys_of(word) or near is None or near[1]


@given(SHORT, ONE_MISTAKE, some.text(LETTERS, min_size=2, max_size=5))
def test_an_unfinished_word_with_a_mistake_is_near_but_less_so(
    start: str, mistake: tuple[str, int, str], rest: str
) -> None:
    typed = mistyped(start, *mistake)
    near = nearness(typed, start + rest)
    assert near is not None or len(typed) < len(start)
    assert near is None or near > (0, 0)


@pytest.mark.parametrize(
    ("typed", "word", "how"),
    [
        ("mna", "man", (1, 0)), ("man", "mandy", (0, 1)), ("mna", "manfred", (1, 1)), ("abc", "xyz", None),
        ("lee", "l", None), ("yn", "yan", (1, 0)), ("raghuvansi", "raghuvanshi", (1, 0)),
        ("ragvanshi", "raghuvanshi", (2, 0)), ("chna", "chann", (1, 1)), ("684", "685", None),
        ("u0001", "u0002", None), ("大文", "大明", None), ("大", "大文", (0, 1)), ("ho", "hu", None),
    ],
)  # fmt: skip
def test_how_near_a_word_is(typed: str, word: str, how: tuple[int, int] | None) -> None:
    assert nearness(typed, word) == how


def test_the_nearest_word_counts_and_two_mistakes_in_all() -> None:
    assert nearest("mna", ["wong", "manfred", "man"]) == (1, 0)
    assert nearest("mna", []) is None
    assert total([(1, 0), (0, 1), (1, 0)]) == (2, 1)
    assert total([(1, 0), (1, 0), (1, 0)]) is None
    assert how_near(("chna", "tia"), "HK1", "chan tai man", set()) == (2, 0)
    assert how_near(("chna", "tia", "mna"), "HK1", "chan tai man", set()) is None
    assert how_near(("harbour", "chna"), "HK1", "chan tai man", {"harbour"}) == (1, 0)
    assert how_near(("hk1", "chna"), "HK1", "chan tai man", set()) == (1, 0)


def test_a_stranger_must_have_been_meant_for_something_else() -> None:
    near = {"chna": {"chan": (1, 0)}, "tai": {"tan": (1, 0), "tang": (1, 1)}}
    both = {"chna": ["chan"], "tai": ["tan", "tang"]}
    assert ways_to_mean(near, [], 1) == [{"chna": ["chan"]}, {"tai": ["tan", "tang"]}]
    assert ways_to_mean(near, ["chna"], 1) == [{"chna": ["chan"]}]
    assert ways_to_mean(near, ["chna"], IN_ALL) == [both]
    assert ways_to_mean({"rahguvanshy": {"raghuvanshi": (2, 0)}}, [], IN_ALL) == [
        {"rahguvanshy": ["raghuvanshi"]}
    ]
    assert ways_to_mean(near, ["chna", "zz"], IN_ALL) == []


@given(some.lists(some.text(max_size=40), max_size=4))
def test_every_word_but_a_chinese_one_is_kept_whole_or_as_it_begins(names: list[str]) -> None:
    folded = [fold(name) for name in names]
    kept = kept_words(folded)
    assert all(0 < len(word) <= LONGEST and word in keys_of(word) for word in kept)
    for word in " ".join(folded).split():
        assert (word[:LONGEST] in kept) is all(letter < "\u2e80" for letter in word[:LONGEST])


@pytest.mark.parametrize(
    ("word", "may"),
    [("chan", True), ("o'brien", True), ("zoë", True), ("x", False), ("684", False), ("陳大文", False),
     ("x" * 33, False)],
)  # fmt: skip
def test_what_can_be_mistyped(word: str, may: bool) -> None:
    assert forgivable(word) is may
    assert may or keys_of(word) == {word}
