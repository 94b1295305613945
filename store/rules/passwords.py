"""What a regular password must be (DESIGN 3.4; NIST SP 800-63B section 3.1.1.2, OWASP ASVS 6.2), and advice.

A password is judged by what is left of it when all that is easily guessed is taken out: words everybody
uses, words about this user, runs of the alphabet or the keyboard, years, one thing said again and again.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum

from store.enrolment_views import Hint, PasswordAdvice, PasswordProblem, Strength

MAX_LENGTH = 128
"""Characters after normalisation. What is longer is never hashed."""


class Profile(StrEnum):
    """Which rules hold: NIST's, or those that smartcard-time passwords of the exchange are used to."""

    NIST = "nist"
    """At least 15 characters, of any kind."""
    HKEX_LEGACY = "hkex-legacy"
    """At least 8 characters, of three of the four kinds: capitals, small letters, digits, others."""


MIN_LENGTH = {Profile.NIST: 15, Profile.HKEX_LEGACY: 8}
LEFT_NEEDED = {Profile.NIST: 8, Profile.HKEX_LEGACY: 4}
"""Characters that must be left when the guessable is taken out."""
VARIETY_NEEDED = {Profile.NIST: 5, Profile.HKEX_LEGACY: 3}
"""Different characters among those left."""
KINDS_NEEDED = 3

SYSTEM_WORDS = (
    "ccms", "ccass", "dcass", "hkex", "hkcc", "seoch", "hongkong", "clearing", "participant", "terminal",
    "smartcard", "twofactor", "2fa", "otp", "registration",
)  # fmt: skip
COMMON_WORDS = (
    "password", "passphrase",
    "passwort", "passwd", "pass", "letmein", "welcome", "changeme", "iloveyou", "trustno1", "qwerty",
    "azerty", "administrator", "admin", "default", "secret", "login", "master", "dragon", "monkey",
    "football", "baseball", "superman", "batman", "sunshine", "princess", "shadow", "michael",
    "whatever", "starwars", "computer", "internet", "service", "access", "summer", "winter", "spring",
    "autumn", "january", "february", "march", "april", "june", "july", "august", "september", "october",
    "november", "december", "monday", "friday", "hello", "freedom", "company", "money", "lovely",
    "test", "user", "abc123", "china",
)  # fmt: skip
"""The stems of the common password lists; their long entries are stems said twice or with digits behind."""

PHRASES = (
    "correct horse battery staple", "correct horse battery", "horse battery staple", "troubador",
    "troubadour", "the quick brown fox", "jumps over the lazy dog", "jumped over the lazy dog",
    "lorem ipsum dolor sit amet", "consectetur adipiscing elit", "to be or not to be",
    "that is the question", "may the force be with you", "live long and prosper", "winter is coming",
    "one ring to rule them all", "all your base are belong to us", "never gonna give you up",
    "a long time ago in a galaxy", "far far away", "once upon a time", "happily ever after",
    "twinkle twinkle little star", "mary had a little lamb", "row row row your boat",
    "happy birthday to you", "happy new year", "merry christmas", "god save the king",
    "god save the queen", "we the people", "in the beginning", "an apple a day",
    "keeps the doctor away", "practice makes perfect", "time is money", "easy come easy go",
    "let it be", "hello world", "open sesame", "i love you", "my voice is my passport",
    "verify me", "this is my password", "this is a password", "this is a passphrase",
    "supercalifragilisticexpialidocious", "antidisestablishmentarianism",
    "床前明月光", "疑是地上霜", "舉頭望明月", "低頭思故鄉", "恭喜發財", "身體健康", "萬事如意", "心想事成",
    "一帆風順", "人之初性本善", "天地玄黃宇宙洪荒",
)  # fmt: skip
"""What everybody knows, from guides to passwords, songs, films and proverbs, however its words are joined."""

_RUNS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890", "`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./",
    "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujm", "!@#$%^&*()_+", "一二三四五六七八九十",
)  # fmt: skip
_ALL_RUNS = "\n".join([*_RUNS, *(run[::-1] for run in _RUNS)])
_RUN_LENGTH = 4
_YEAR = re.compile(r"(?:19|20)\d\d")
_SAME = re.compile(r"(.)\1{2,}", re.DOTALL)
_LEET = "0134578@$!"
_UNLEET = str.maketrans(_LEET, "oieastbasi")
_WORD = re.compile(r"[^\W_]+")


def normalise(typed: str) -> str:
    """The password as it is judged and hashed, the same from every keyboard (NFKC, NIST SP 800-63B).

    What is far too long is cut beyond what any rule lets through, so that it costs nothing.
    """
    return unicodedata.normalize("NFKC", typed[: 8 * MAX_LENGTH])


def context_words(*about_the_user: str | None) -> tuple[str, ...]:
    """The words a password must not lean on: the system's, and those in the user's ID, names and address."""
    words = set(SYSTEM_WORDS)
    for about in about_the_user:
        whole = unicodedata.normalize("NFKC", about or "").casefold()
        parts = [whole, *_WORD.findall(whole)]
        words.update(part for part in parts if len(part) >= (3 if part.isascii() else 2))
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


def judge(typed: str, profile: Profile, words: Iterable[str] = SYSTEM_WORDS) -> PasswordAdvice:
    """What is to be said of a password; `words` come from `context_words`."""
    password = normalise(typed)
    problem, detail = _form_problem(password, profile)
    if problem is not None:
        longer = Hint.LONGER if problem is PasswordProblem.SHORT else None
        return PasswordAdvice(Strength.WEAK, longer, problem, detail)
    found = _Guesses(password.casefold(), words)
    left, kinds = len(found.left), len(set(found.left))
    if left < LEFT_NEEDED[profile] or kinds < VARIETY_NEEDED[profile]:
        return PasswordAdvice(Strength.WEAK, Hint.LESS_PREDICTABLE, *found.why())
    if left < 14 or kinds < 8:
        hint = Hint.LESS_PREDICTABLE if found.anything else Hint.MORE_VARIED if kinds < 8 else Hint.LONGER
        return PasswordAdvice(Strength.FAIR, hint)
    if left < 20:
        return PasswordAdvice(Strength.GOOD, Hint.LONGER)
    return PasswordAdvice(Strength.STRONG)


def _form_problem(password: str, profile: Profile) -> tuple[PasswordProblem | None, str]:
    if len(password) > MAX_LENGTH:
        return PasswordProblem.LONG, str(MAX_LENGTH)
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in password):
        return PasswordProblem.CONTROL, ""
    if len(password) < MIN_LENGTH[profile]:
        return PasswordProblem.SHORT, str(MIN_LENGTH[profile])
    if profile is Profile.HKEX_LEGACY and _kinds(password) < KINDS_NEEDED:
        return PasswordProblem.KINDS, str(KINDS_NEEDED)
    return None, ""


def _kinds(password: str) -> int:
    capital = any(char.isupper() for char in password)
    small = any(char.islower() for char in password)
    digit = any(char.isdigit() for char in password)
    other = any(not char.isalnum() for char in password)
    return capital + small + digit + other


class _Guesses:
    """What of a password is easily guessed, and what is left when it is taken out."""

    def __init__(self, folded: str, words: Iterable[str]) -> None:
        self.text = _unit(folded)
        self.repeated = len(self.text) < len(folded)
        self.covered = [False] * len(self.text)
        self.context = self._cover_words(words)
        self.common = self._cover_phrases() or self._cover_words(COMMON_WORDS)
        self.sequence = self._cover(_runs(self.text))
        self._cover(match.span() for match in _YEAR.finditer(self.text))
        self.same = self._cover(match.span() for match in _SAME.finditer(self.text))
        pairs = zip(self.text, self.covered, strict=True)
        self.left = "".join(char for char, covered in pairs if not covered and not char.isspace())

    @property
    def anything(self) -> bool:
        """Whether anything was easily guessed."""
        return self.repeated or any(self.covered)

    def why(self) -> tuple[PasswordProblem, str]:
        """The plainest reason to refuse it."""
        if self.context:
            return PasswordProblem.CONTEXT, self.context
        if self.common:
            return PasswordProblem.COMMON, self.common
        if self.sequence:
            return PasswordProblem.SEQUENCE, ""
        return PasswordProblem.REPEATED, ""

    def _cover_phrases(self) -> str:
        """Mark where the phrases are, whatever stands between their letters; the first that was found."""
        found = ""
        for letters in (str.isalpha, str.isalnum, _may_be_letter):
            at = [place for place, char in enumerate(self.text) if letters(char)]
            joined = "".join(self.text[place] for place in at).translate(_UNLEET)
            for phrase in PHRASES:
                spans = _places(joined, phrase.replace(" ", ""))
                if self._cover([(at[start], at[end - 1] + 1) for start, end in spans]):
                    found = found or phrase
        return found

    def _cover_words(self, words: Iterable[str]) -> str:
        """Mark where the words are, plainly or with digits for letters; the first that was found."""
        first, plain = "", self.text.translate(_UNLEET)
        for word in words:
            spans = [*_places(self.text, word), *_places(plain, word.translate(_UNLEET))]
            if self._cover(spans) and not first:
                first = word
        return first

    def _cover(self, spans: Iterable[tuple[int, int]]) -> bool:
        found = False
        for start, end in spans:
            found = True
            self.covered[start:end] = [True] * (end - start)
        return found


def _may_be_letter(char: str) -> bool:
    return char.isalnum() or char in _LEET


def _unit(text: str) -> str:
    """What `text` says again and again, or all of it."""
    period = (text + text).find(text, 1)
    return text[:period] if 0 < period < len(text) else text


def _places(text: str, word: str) -> Iterator[tuple[int, int]]:
    start = text.find(word)
    while start >= 0:
        yield start, start + len(word)
        start = text.find(word, start + 1)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start <= len(text) - _RUN_LENGTH:
        end = start + _RUN_LENGTH
        if text[start:end] not in _ALL_RUNS or "\n" in text[start:end]:
            start += 1
            continue
        while end < len(text) and text[start : end + 1] in _ALL_RUNS:
            end += 1
        yield start, end
        start = end
