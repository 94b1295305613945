"""What a regular password must be: length and nothing else, but for what anybody would guess first."""

import string
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from store.enrolment_views import Hint, PasswordProblem, Strength
from store.hashing import Hasher, keyed
from store.keys import Keys
from store.rules.passwords import (
    COMMON_WORDS,
    MAX_LENGTH,
    MIN_LENGTH,
    Profile,
    context_words,
    judge,
    normalise,
)
from store.rules.passwords import PHRASES as KNOWN_PHRASES

NIST, LEGACY = Profile.NIST, Profile.HKEX_LEGACY
WORDS = context_words("C10100U7", "CHAN Siu Ming 陳小明", "C10100", "Jade Abacus Limited", "siu.ming")
PHRASES = (
    "violet anchor 7 paints the harbour",
    "eleven quiet tramways uphill at noon",
    "茶葉蛋放在藍色的舊木桌上等人來吃吧",
)


def problem(typed: str, profile: Profile = NIST) -> PasswordProblem | None:
    return judge(typed, profile, WORDS).problem


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_long_phrase_of_any_characters_is_good(phrase: str) -> None:
    assert problem(phrase) is None


def test_no_composition_is_asked_for() -> None:
    assert problem("pmqzvhdrkwtbnyx") is None
    assert problem("             kqvzwpjmxh bd") is None


@pytest.mark.parametrize("typed", ["", "Tr0ub4dor&3", "pmqzvhdrkwtbny", "😀" * 14])
def test_fourteen_characters_are_too_few(typed: str) -> None:
    advice = judge(typed, NIST, WORDS)
    assert (advice.problem, advice.detail, advice.hint) == (PasswordProblem.SHORT, "15", Hint.LONGER)


def test_the_longest_password_and_one_longer() -> None:
    longest = "".join(chr(0x4E00 + 7 * number) for number in range(MAX_LENGTH))
    assert problem(longest) is None
    assert problem(longest + "x") is PasswordProblem.LONG
    assert problem("x" * 10_000) is PasswordProblem.LONG
    assert problem("\ufdfa" * 1_000_000) is PasswordProblem.LONG


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\n", "\x7f", "\x9b", "\ud800"])
def test_control_characters_are_refused(char: str) -> None:
    assert problem(f"violet anchor{char} paints the harbour") is PasswordProblem.CONTROL


def test_emoji_with_joiners_are_characters_like_others() -> None:
    assert problem("👩‍🚀🦑🧭🎻🪁🫖🛶🧲🪵🎐🧩🪗🦔🌶") is None


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("C10100U7C10100U7", PasswordProblem.CONTEXT),
        ("c10100u7!2023!ccms", PasswordProblem.CONTEXT),
        ("SiuMing-SiuMing-1", PasswordProblem.CONTEXT),
        ("Jade Abacus Limited 1", PasswordProblem.CONTEXT),
        ("hkexccmsseoch2022", PasswordProblem.CONTEXT),
        ("陳小明陳小明陳小明陳小明陳小明", PasswordProblem.CONTEXT),
        ("password12345678", PasswordProblem.COMMON),
        ("P@ssw0rdP@ssw0rd!", PasswordProblem.COMMON),
        ("correcthorsebatterystaple", PasswordProblem.COMMON),
        ("Iloveyou-2022-2023", PasswordProblem.COMMON),
        ("qwertyuiopasdfghjkl", PasswordProblem.COMMON),
        ("zxcvbnmasdfghjkl;'", PasswordProblem.SEQUENCE),
        ("123456789012345", PasswordProblem.SEQUENCE),
        ("abcdefghijklmnopqrst", PasswordProblem.SEQUENCE),
        ("1qaz2wsx3edc4rfv", PasswordProblem.SEQUENCE),
        ("aaaaaaaaaaaaaaaaaaa", PasswordProblem.REPEATED),
        ("xkxkxkxkxkxkxkxkxk", PasswordProblem.REPEATED),
        ("mzvmzvmzvmzvmzvmzv", PasswordProblem.REPEATED),
        ("                    ", PasswordProblem.REPEATED),
    ],
)
def test_what_is_guessed_first_is_refused(typed: str, why: PasswordProblem) -> None:
    assert problem(typed) is why


@given(
    st.sampled_from([phrase for phrase in KNOWN_PHRASES if len(phrase) >= MIN_LENGTH[NIST] + 3]),
    st.sampled_from(["", " ", "-", "_", ".", "!", "  ", "7", " & "]),
    st.sampled_from([str.lower, str.upper, str.title, str.swapcase]),
    st.sampled_from(["", "1", "!", "2023", "99"]),
)
def test_a_phrase_that_everybody_knows_is_refused_however_it_is_joined(
    phrase: str, between: str, case: Callable[[str], str], behind: str
) -> None:
    typed = between.join(case(word) for word in phrase.split()) + behind
    advice = judge(typed, NIST, WORDS)
    assert advice.strength is Strength.WEAK
    assert advice.problem in (PasswordProblem.COMMON, PasswordProblem.SHORT)


@pytest.mark.parametrize(
    "typed",
    [
        "correct horse battery staple",
        "C0rrect H0rse Battery 5taple",
        "correct horse battery",
        "恭喜發財身體健康萬事如意心想事成",
    ],
)
def test_the_best_known_example_is_no_password_any_more(typed: str) -> None:
    assert problem(typed) is PasswordProblem.COMMON


def test_words_of_ones_own_beside_a_known_phrase_are_judged_by_themselves() -> None:
    assert problem("correct horse battery staple Zq8") is PasswordProblem.COMMON
    assert problem("correct horse under violet tramways") is None
    assert judge("correct horse battery staple", NIST, WORDS).detail == "correct horse battery staple"


def test_the_word_that_gave_it_away_is_named() -> None:
    assert judge("password12345678", NIST, WORDS).detail == "password"
    assert judge("SiuMing-SiuMing-1", NIST, WORDS).detail in {"ming", "siu"}


def test_a_long_password_may_hold_a_common_word() -> None:
    assert problem("my password box hums at 4 tunes") is None
    assert problem("Chan feeds ninety grey zebras") is None


def test_the_legacy_profile_asks_for_kinds_and_fewer_characters() -> None:
    assert problem("kV7-zq9w", LEGACY) is None
    assert problem("kvzq-bwx", LEGACY) is PasswordProblem.KINDS
    assert problem("kV7-zq9", LEGACY) is PasswordProblem.SHORT
    assert problem("Passw0rd!", LEGACY) is PasswordProblem.COMMON
    assert problem("Ccms2022", LEGACY) is PasswordProblem.CONTEXT


def test_strength_grows_and_says_how_to_grow() -> None:
    steps = ["kqvzwpjmxhbdfgt", "kqvzwpjmxhbdfgt 5ry", "kqvzwpjmxhbdfgt 5ry unyielding"]
    assert [judge(typed, NIST).strength for typed in steps] == [
        Strength.GOOD, Strength.GOOD, Strength.STRONG,
    ]  # fmt: skip
    assert judge("ccms kqvzwpjmxhb", NIST).hint is Hint.LESS_PREDICTABLE
    assert judge("ababcbacbacabcabccba", NIST).problem is PasswordProblem.REPEATED
    assert judge(steps[-1], NIST).hint is None


@given(st.text(max_size=300), st.sampled_from(Profile))
@example("ﷺ" * 10, NIST)
def test_any_text_is_judged(typed: str, profile: Profile) -> None:
    advice = judge(typed, profile, WORDS)
    if advice.problem is None:
        plain = normalise(typed)
        assert MIN_LENGTH[profile] <= len(plain) <= MAX_LENGTH
        assert not any(unicodedata.category(char) == "Cc" for char in plain)
    else:
        assert advice.strength is Strength.WEAK


@given(st.text(max_size=200))
def test_what_a_keyboard_composes_otherwise_is_the_same_password(typed: str) -> None:
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert normalise(unicodedata.normalize(form, typed)) == normalise(typed)


@given(st.sampled_from(COMMON_WORDS), st.text(string.digits, max_size=3), st.integers(1, 8))
def test_a_common_word_stays_bad_however_often_it_is_said(word: str, digits: str, times: int) -> None:
    assert problem((word + digits) * times) is not None
    assert problem((word + digits).upper() * times) is not None


HASHER = Hasher()


def test_the_hash_is_argon2id_with_at_least_the_owasp_parameters() -> None:
    kept = HASHER.hash(b"secret")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert HASHER.verify(kept, b"secret")
    assert not HASHER.verify(kept, b"Secret")
    assert HASHER.hash(b"secret") != kept


def test_nobody_has_a_password() -> None:
    assert not HASHER.verify(None, b"")
    assert not HASHER.verify(HASHER.nobody, b"")
    assert not HASHER.verify("no hash", b"secret")
    assert HASHER.nobody.split("$")[1:4] == HASHER.hash(b"x").split("$")[1:4]


def test_weaker_parameters_are_no_parameters() -> None:
    for weak in ({"memory_kib": 19_455}, {"time_cost": 1}, {"parallelism": 0}):
        with pytest.raises(ValueError, match="below"):
            Hasher(**weak)


def test_a_hash_of_lower_parameters_verifies_and_is_outdated() -> None:
    kept, stronger = HASHER.hash(b"secret"), Hasher(memory_kib=20_000)
    assert stronger.verify(kept, b"secret")
    assert stronger.outdated(kept)
    assert not HASHER.outdated(kept)


def test_what_is_hashed_depends_on_the_key_the_user_and_the_password() -> None:
    one, other = Keys(b"k" * 32), Keys(b"l" * 32)
    made = {
        keyed(one, 1, "a"),
        keyed(other, 1, "a"),
        keyed(one, 2, "a"),
        keyed(one, 1, "b"),
        keyed(one, 1, "\ud800"),
    }
    assert len(made) == 5
