"""How well a user matches what was typed: the whole name before all, then the ID, then the beginnings."""

from collections.abc import Sequence
from enum import IntEnum
from itertools import permutations

from store.rules.grams import is_chinese

MOST_ORDERED = 3
"""Names of so many words are looked up in every order."""
_FIRST_CHINESE = "\u2e80"


class Match(IntEnum):
    """How well a row matches, the best first."""

    NAME = 0
    USER_ID = 1
    NAME_BEGINS = 2
    PART_BEGINS = 3
    ID_BEGINS = 4
    OTHER = 5


def match(sought: Sequence[str], user_id: str, folded_name: str) -> Match:
    """How well a user matches the folded words that were typed.

    A name of Latin and of Chinese words is matched whole by all of them, or by either kind of them, in any
    order.
    """
    whole = " ".join(sought)
    words = folded_name.split()
    all_there = all(part in words for part in sought)
    if whole == folded_name or (all_there and _are_whole(set(sought), set(words))):
        return Match.NAME
    if user_id.lower() == whole:
        return Match.USER_ID
    if folded_name.startswith(whole):
        return Match.NAME_BEGINS
    if all_there or all(any(word.startswith(part) for word in words) for part in sought):
        return Match.PART_BEGINS
    return Match.ID_BEGINS if user_id.lower().startswith(whole) else Match.OTHER


def _are_whole(sought: set[str], words: set[str]) -> bool:
    """Whether some of the words are all of them, or all of either kind."""
    if len(sought) == len(words):
        return True
    chinese = {word for word in words if word[-1] >= _FIRST_CHINESE and is_chinese(word)}
    return bool(chinese) and sought in (chinese, words - chinese)


def whole_names(sought: Sequence[str]) -> tuple[str, ...]:
    """What was typed as names, in every order of its words while these are few."""
    orders = permutations(sought) if len(sought) <= MOST_ORDERED else [tuple(sought)]
    return tuple(" ".join(order) for order in orders)


def chinese_after(name: str) -> tuple[str, str]:
    """From where and to where names are in order that begin with `name` and go on in Chinese."""
    return f"{name} {_FIRST_CHINESE}", f"{name} \U0010ffff"
