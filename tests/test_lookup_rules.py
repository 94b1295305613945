"""What a clue means, and what it may have been meant for: pure rules, hammered with typing mistakes."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from store.rules.clues import LONGEST, MOST_WORDS, Clue, is_too_long, read_clue
from store.rules.near import LEAST, compact, looks_like_id, near_ids, respaced
from store.views import Kind

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NAMES = some.lists(some.text(LETTERS, min_size=2, max_size=8), min_size=1, max_size=3).map(" ".join)
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


@given(NAMES)
def test_a_name_without_its_spaces_has_it_among_its_neighbours(name: str) -> None:
    run = compact(name)
    if name != run and LEAST <= len(run) <= 16:
        assert name in respaced(run)


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


@given(some.text(LETTERS, min_size=2, max_size=8), some.text(LETTERS, min_size=2, max_size=8))
def test_a_name_with_a_space_elsewhere_or_a_dash_has_it_among_its_neighbours(first: str, second: str) -> None:
    name, dashed = f"{first} {second}", f"{first}-{second}"
    if len(name) >= LEAST + 1:
        assert name in respaced(dashed)
        assert dashed in respaced(name)
        assert name in respaced(f"{first[:-1]} {first[-1]}{second}")
        assert name in respaced(f"{first}{second[0]} {second[1:]}")


@given(some.text(max_size=60))
def test_neighbours_are_few_and_differ_from_what_was_typed(typed: str) -> None:
    names = respaced(" ".join(typed.split()))
    assert len(names) <= 250
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
