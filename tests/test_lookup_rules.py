"""What a clue means, and what it may have been meant for: pure rules, hammered with typing mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from store.rules.clues import LONGEST, MOST_WORDS, Clue, is_too_long, read_clue
from store.rules.near import LEAST, MOST, compact, looks_like_id, near_ids, near_names, nearness
from store.views import Kind

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NAMES = some.lists(some.text(LETTERS, min_size=2, max_size=8), min_size=1, max_size=3).map(" ".join)
WORDS = some.text(LETTERS, min_size=4, max_size=12)
IDS = some.from_regex(r"[A-Z]{2,4}[0-9]{4}", fullmatch=True)
MISTAKES = some.sampled_from(["wrong", "missing", "extra", "swapped"])


def mistyped(text: str, mistake: str, at: int, letter: str) -> str:
    """`text` with one mistake, at a place within it."""
    at %= len(text) - 1
    match mistake:
        case "wrong":
            return text[:at] + letter + text[at + 1 :]
        case "missing":
            return text[:at] + text[at + 1 :]
        case "extra":
            return text[:at] + letter + text[at:]
        case _:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


@pytest.mark.parametrize(
    ("typed", "clue"),
    [
        ("CHAN Tai Man", Clue(("chan", "tai", "man"))),
        ("mail 1234", Clue((), mail_id=1234)),
        ("Mail no. 1234", Clue((), mail_id=1234)),
        ("#1234 chan", Clue(("chan",), mail_id=1234)),
        ("電郵 1234", Clue((), mail_id=1234)),
        ("1234", Clue(("1234",), perhaps_mail_id=1234)),
        ("0001", Clue(("0001",))),
        ("chan code no. 2", Clue(("chan",), code_number=2)),
        ("code 2 chan", Clue(("chan",), code_number=2)),
        ("no. 2", Clue((), code_number=2)),
        ("code 9999", Clue((), code_number=9999)),
        ("code 99999999999", Clue(("code", "99999999999"))),
        ("第 2 個驗證碼", Clue((), code_number=2)),
        ("驗證碼 2 陳", Clue(("陳",), code_number=2)),
        ("ＨＫ０００１", Clue(("hk0001",))),
        ("chan\x1btai\u202eman·", Clue(("chan", "tai", "man"))),
        ("[/x]", Clue(("[/x]",))),
        ("email", Clue(("email",))),
        ("decode 2", Clue(("decode", "2"))),
        (" \t\x00", Clue(())),
    ],
)
def test_a_clue_is_taken_apart(typed: str, clue: Clue) -> None:
    assert read_clue(typed) == clue
    assert read_clue(typed).is_empty is (typed.isspace() or typed == " \t\x00")


@given(some.text(max_size=200))
def test_whatever_is_typed_is_read(typed: str) -> None:
    clue = read_clue(typed)
    assert all(word and " " not in word for word in clue.words)
    assert clue.is_empty is (not clue.words and clue.mail_id is None and clue.code_number is None)


def test_more_than_a_clue_can_be_is_too_long() -> None:
    assert not is_too_long("x" * LONGEST)
    assert is_too_long("x" * (LONGEST + 1))
    assert not is_too_long("x " * MOST_WORDS)
    assert is_too_long("x " * (MOST_WORDS + 1))


@given(NAMES, MISTAKES, some.integers(0, 100), some.sampled_from(LETTERS))
def test_a_name_with_one_mistake_has_the_name_among_its_neighbours(
    name: str, mistake: str, at: int, letter: str
) -> None:
    typed = " ".join(mistyped(name, mistake, at, letter).split())
    if LEAST <= len(typed) <= MOST and typed != name:
        assert any(name.startswith(each) for each in near_names(typed)) or name.startswith(typed)


@given(NAMES)
def test_a_name_without_its_spaces_has_it_among_its_neighbours(name: str) -> None:
    run = compact(name)
    if name != run and LEAST <= len(run) <= 16:
        assert name in near_names(run)


@given(IDS, MISTAKES, some.integers(0, 100), some.sampled_from("ABC0123"))
def test_an_id_with_one_mistake_has_it_among_its_neighbours(
    user_id: str, mistake: str, at: int, letter: str
) -> None:
    typed = mistyped(user_id, mistake, at, letter)
    assert any(user_id.startswith(each) for each in near_ids((typed.lower(),)))


@given(IDS)
def test_what_looks_alike_and_what_parts_an_id_does_no_harm(user_id: str) -> None:
    alike = user_id.replace("0", "O").replace("1", "I")
    assert user_id in near_ids((alike.lower(),))
    parted = (user_id[:-4].lower(), f"{user_id[-4:-2]}-{user_id[-2:]}")
    assert looks_like_id(parted)
    assert near_ids(parted)[0] == user_id


@pytest.mark.parametrize(
    ("typed", "holds"),
    [("hk 0001", True), ("hk0001", True), ("u 0000 123", True), ("chan", False), ("chan tai 12", False),
     ("1 2 3 4", False), ("", False)],
)  # fmt: skip
def test_an_id_in_parts_is_told_from_a_name(typed: str, holds: bool) -> None:
    assert looks_like_id(typed.split()) is holds


@given(WORDS, MISTAKES, some.integers(0, 100), some.sampled_from(LETTERS), some.text(LETTERS, max_size=3))
def test_one_mistake_is_near_and_the_whole_word_nearer_than_its_beginning(
    word: str, mistake: str, at: int, letter: str, rest: str
) -> None:
    typed = mistyped(word, mistake, at, letter)
    assert nearness(word, word) == 0
    near = nearness(typed, word)
    assert near is not None
    assert near <= 1
    longer = nearness(typed, word + rest)
    assert longer is not None
    assert longer <= 2


@pytest.mark.parametrize(
    ("typed", "word", "how"),
    [("mna", "man", 1), ("man", "mandy", 0), ("mna", "manfred", 2), ("abc", "xyz", None), ("lee", "l", None)],
)
def test_how_near_a_word_is(typed: str, word: str, how: int | None) -> None:
    assert nearness(typed, word) == how


@given(some.text(max_size=60))
def test_neighbours_are_few_and_differ_from_what_was_typed(typed: str) -> None:
    names = near_names(" ".join(typed.split()))
    assert len(names) <= 2_000
    assert " ".join(typed.split()) not in names
    assert all(each == each.strip() for each in names)
    assert len(near_ids(tuple(typed.split()))) <= 3_000


@pytest.mark.parametrize(
    ("typed", "words", "kinds"),
    [
        ("CP123 DA", ("cp123",), {Kind.DA_MAKER, Kind.DA_CHECKER}),
        ("CP123 da", ("cp123",), {Kind.DA_MAKER, Kind.DA_CHECKER}),
        ("CP123 maker", ("cp123",), {Kind.DA_MAKER}),
        ("Checkers harbour", ("harbour",), {Kind.DA_CHECKER}),
        ("harbour DA maker", ("harbour",), {Kind.DA_MAKER}),
        ("DAs", (), {Kind.DA_MAKER, Kind.DA_CHECKER}),
        ("checker", (), {Kind.DA_CHECKER}),
        ("wang da", ("wang", "da"), set()),
        ("DA Wei", ("da", "wei"), set()),
        ("chan da ming", ("chan", "da", "ming"), set()),
        ("makerson", ("makerson",), set()),
    ],
)
def test_a_clue_says_what_somebody_is(typed: str, words: tuple[str, ...], kinds: set[Kind]) -> None:
    clue = read_clue(typed)
    assert (clue.words, clue.kinds) == (words, kinds)
    assert not clue.is_empty
    assert read_clue(typed, by_kind=False).kinds == frozenset()
