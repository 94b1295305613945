"""How text is folded for order and search, and the short pieces of a name that a short query looks for.

A trigram index finds nothing under three characters, and a Chinese given name has two: so the single
characters and pairs of every Chinese run of a name are kept, and the first one and two letters of its other words.
"""

import re
import unicodedata
from itertools import pairwise
from typing import TypedDict

SHORT = 3
LONGEST_NAME = 500

_RUNS = re.compile(r"[\u2e80-\U0010ffff]+|[^\W\u2e80-\U0010ffff]+")
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
    for run in _RUNS.findall(folded_name):
        if run[0] < "\u2e80":
            pieces[run[0]] = pieces[run[:2]] = None
        else:
            pieces.update(dict.fromkeys(run))
            pieces.update(dict.fromkeys(map("".join, pairwise(run))))
    return " ".join(pieces)


def words(typed: str) -> tuple[str, ...]:
    """The distinct folded words of a query; all of them must be found."""
    return tuple(dict.fromkeys(fold(typed).split()))


def short_pieces(word: str) -> tuple[str, ...]:
    """The pieces to look for when `word` is too short for the trigram index; none when it holds no letter."""
    return tuple(_RUNS.findall(word))
