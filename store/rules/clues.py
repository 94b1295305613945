"""What a caller gave to find them by: words, the number of a code or of a mail, and what they are."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from store.rules.grams import fold, words
from store.views import Kind

LONGEST = 500
"""Characters of a clue; nothing that is looked up is longer."""
MOST_WORDS = 32
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_DOT = "\N{MIDDLE DOT}"
"""What a screen shows in the place of a character that it does not let through."""
_BEFORE = r"\s*(?:no\.?|number|#|編號|號)?\s*[:.#]?\s*"
_OF_MAIL = r"(\d{1,18})(?!\w)"
"""A mail's number; as many digits as the database can count to."""
_OF_CODE = r"(\d{1,4})(?!\w)"
"""The number of a code counts one user's codes; longer ones are none."""
_MAIL = re.compile(
    rf"(?<!\w)(?:mail|email|e-mail|message|電郵|郵件|信件)(?![a-z]){_BEFORE}{_OF_MAIL}|(?<![\w#])#(\d{{1,18}})(?!\w)"
)
_CODE = re.compile(
    rf"(?<!\w)(?:code|驗證碼)(?![a-z]){_BEFORE}{_OF_CODE}|第\s*(\d{{1,4}})\s*[個號](?:驗證碼)?"
    r"|(?<!\w)no\.\s*(\d{1,4})(?!\w)"
)


_DAS = frozenset({Kind.DA_MAKER, Kind.DA_CHECKER})
_KINDS: Mapping[str, frozenset[Kind]] = {
    "maker": frozenset({Kind.DA_MAKER}),
    "makers": frozenset({Kind.DA_MAKER}),
    "checker": frozenset({Kind.DA_CHECKER}),
    "checkers": frozenset({Kind.DA_CHECKER}),
}
"""Words that say what somebody is, wherever they stand."""
_DA = re.compile(r"(?<!\w)DAs?\s*$|(?<=\d)\s+das?\s*$|(?<!\w)(?:DA|da)s?(?=\s+(?i:makers?|checkers?)(?!\w))")
"""A Delegated Administrator: in capitals at the end, or behind a number, or before maker or checker. Else it
may be somebody's name (WANG Da).
"""

_SMALL_DA = re.compile(r"\S\s+das?\s*$")


@dataclass(frozen=True, slots=True)
class Clue:
    """A clue taken apart. `words` are folded; all of them must be found.

    `mail_id` is a mail's number that was said to be one, `perhaps_mail_id` a bare number that may be one;
    `code_number` counts one user's codes, as their mails do; `kinds` is what they were said to be.
    """

    words: tuple[str, ...]
    mail_id: int | None = None
    perhaps_mail_id: int | None = None
    code_number: int | None = None
    kinds: frozenset[Kind] = frozenset()

    @property
    def whole(self) -> str:
        """The words as they were typed, on one line."""
        return " ".join(self.words)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self.words or self.kinds) and self.mail_id is None and self.code_number is None


def says_das_in_small(typed: str) -> bool:
    """Whether the last of several words is `da`, which may be a kind as well as a part of a name."""
    return _SMALL_DA.search(typed) is not None


def read_clue(typed: str, *, by_kind: bool = True) -> Clue:
    """The clue in what was typed; characters that nobody types on purpose part words.

    Without `by_kind` every word is one of a name.
    """
    shown = "".join(" " if _is_hidden(char) else char for char in typed)
    rest, kinds = take_kinds(shown) if by_kind else (shown, frozenset())
    plain, mail_id = _take(_MAIL, fold(rest))
    plain, code_number = _take(_CODE, plain)
    sought = words(plain)
    return Clue(sought, mail_id, _bare_number(sought) if mail_id is None else None, code_number, kinds)


def take_kinds(typed: str) -> tuple[str, frozenset[Kind]]:
    """What was typed without the words that say what somebody is, and what they say."""
    rest, das = _DA.subn(" ", typed)
    sought = rest.split()
    said = [_KINDS[word.lower()] for word in sought if word.lower() in _KINDS]
    kinds = frozenset().union(*said) if said else _DAS if das else frozenset()
    return (
        (" ".join(word for word in sought if word.lower() not in _KINDS), kinds) if kinds else (typed, kinds)
    )


def is_too_long(typed: str) -> bool:
    """Whether more was typed than a clue can be."""
    return len(typed) > LONGEST or len(typed.split()) > MOST_WORDS


def _is_hidden(char: str) -> bool:
    return char == _DOT or unicodedata.category(char) in _HIDDEN


def _take(pattern: re.Pattern[str], text: str) -> tuple[str, int | None]:
    """The text without the number that the pattern finds, and the number."""
    found = pattern.search(text)
    if found is None:
        return text, None
    number = next(group for group in found.groups() if group is not None)
    return f"{text[: found.start()]} {text[found.end() :]}", int(number)


def _bare_number(sought: tuple[str, ...]) -> int | None:
    """A number alone, written as mails are numbered."""
    if len(sought) == 1 and re.fullmatch(r"[1-9][0-9]{0,17}", sought[0]):
        return int(sought[0])
    return None
