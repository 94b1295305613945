"""How text is folded for order and search, and the short pieces of a name that a short query looks for.

A trigram index finds nothing under three characters, and a Chinese given name has two: so the first one and
two characters of every word of a name are kept, and every character and pair of its Chinese runs.
"""

import re
import unicodedata
from itertools import pairwise
from typing import TypedDict

SHORT = 3
LONGEST_NAME = 500

_CHINESE = re.compile(r"[\u2e80-\U0010ffff]+")
_BEGINNING = re.compile(r"[^\u2e80-\U0010ffff]{1,2}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class NameColumns(TypedDict):
    """The columns of a user's row that follow from their name; they are always written together."""

    user_name: str
    sort_name: str
    grams: str


def fold(text: str) -> str:
    """`text` as order and search see it: one width, no case, nothing a database cannot keep."""
    if text.isascii():
        return text.lower().replace("\x00", "")
    return _UNSTORABLE.sub("", unicodedata.normalize("NFKC", text).casefold())


def name_columns(user_name: str) -> NameColumns:
    """What to write on a user's row for this name."""
    folded = fold(user_name)[:LONGEST_NAME]
    return NameColumns(user_name=user_name, sort_name=folded, grams=grams(folded))


def grams(folded_name: str) -> str:
    """The short pieces of a folded name, each once, separated by spaces."""
    pieces: dict[str, None] = {}
    for word in folded_name.split():
        if beginning := _BEGINNING.match(word):
            pieces[beginning[0][0]] = pieces[beginning[0]] = None
        for run in _CHINESE.findall(word):
            pieces.update(dict.fromkeys(run))
            pieces.update(dict.fromkeys(map("".join, pairwise(run))))
    return " ".join(pieces)


def words(typed: str) -> tuple[str, ...]:
    """The distinct folded words of a query; all of them must be found."""
    return tuple(dict.fromkeys(fold(typed).split()))


def short_pieces(word: str) -> tuple[str, ...]:
    """The pieces of a name to look for when `word` is too short for the trigram index."""
    beginning = _BEGINNING.match(word)
    return (*([beginning[0]] if beginning else []), *_CHINESE.findall(word))


def beginnings(word: str) -> tuple[str, ...]:
    """The pieces of a name that must be there for one of its words to begin with `word`, or to hold it."""
    pieces = grams(word).split(" ")
    pairs = tuple(piece for piece in pieces if len(piece) > 1)
    return pairs if pairs and len(word) > 1 else tuple(pieces)


def is_chinese(word: str) -> bool:
    """Whether all of a word is a Chinese run."""
    return _CHINESE.fullmatch(word) is not None


def is_latin(word: str) -> bool:
    """Whether nothing in a word is Chinese."""
    return _CHINESE.search(word) is None


def begins_a_word(piece: str) -> bool:
    """Whether a piece is the beginning of a word, and not a part of a Chinese run."""
    return not _CHINESE.match(piece)
