"""How many mistakes in a typed word are forgiven, and which words of names it may have been meant for.

A mistake is a letter wrong, missing, too many, or swapped with the next. **The rule**: none in a word of one
or two letters, one up to six, two from seven on, by the longer of what was typed and what was meant; two in
the whole clue. A word that is not finished yet may have one, and is less near than a finished one. A number
could be any other and a Chinese character is another word: neither is forgiven.

The words are found by what is left of them (Garbe's symmetric deletes): two words so near have a text in
common that either becomes by leaving letters out, and these texts an index finds.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from typing import TypeAlias

from store.rules.grams import is_latin

IN_ALL = 2
"""Mistakes in a whole clue."""
ONE_FROM, TWO_FROM = 3, 7
"""Letters of a word that may have one mistake, and two."""
SHORTEST, LONGEST = 2, 32
"""Letters of a word that can be mistyped; of longer ones the beginning is kept."""

Nearness: TypeAlias = tuple[int, int]
"""Mistakes, and whether it is only the beginning of a word: the smaller, the nearer."""
EXACT: Nearness = (0, 0)
BEGINS: Nearness = (0, 1)


def allowed(letters: int) -> int:
    """How many mistakes a word of so many letters may have."""
    return 0 if letters < ONE_FROM else 1 if letters < TWO_FROM else 2


@lru_cache(4_096)
def forgivable(word: str) -> bool:
    """Whether a folded word may be mistyped at all: of letters alone, and neither a number nor Chinese."""
    return SHORTEST <= len(word) <= LONGEST and is_latin(word) and not any(map(str.isdigit, word))


def nearness(typed: str, word: str) -> Nearness | None:
    """How near a word is to what was typed, both folded; None when it is farther away than is forgiven."""
    if word.startswith(typed):
        return EXACT if typed == word else BEGINS
    if not (forgivable(typed) and forgivable(word)):
        return None
    most = allowed(max(len(typed), len(word)))
    if abs(len(typed) - len(word)) <= most and (apart := _apart(typed, word, most)) is not None:
        return apart, 0
    if allowed(len(typed)) and len(word) > len(typed) and _apart(typed, word, 1, unfinished=True) is not None:
        return 1, 1
    return None


def nearest(typed: str, words: Iterable[str]) -> Nearness | None:
    """How near the nearest of some words is."""
    return min((near for word in words if (near := nearness(typed, word)) is not None), default=None)


def total(each: Sequence[Nearness]) -> Nearness | None:
    """How near a whole clue is by the nearness of its words; None beyond what is forgiven in all."""
    mistakes = sum(mistakes for mistakes, _unfinished in each)
    return (mistakes, sum(unfinished for _mistakes, unfinished in each)) if mistakes <= IN_ALL else None


def keys_of(word: str) -> set[str]:
    """The word, and what is left of it with as many letters left out as it may have mistakes."""
    if not forgivable(word):
        return {word}
    kept = (
        "".join(letters)
        for left_out in range(allowed(len(word)) + 1)
        for letters in combinations(word, len(word) - left_out)
    )
    return set(kept)


def kept_words(folded_names: Iterable[str]) -> set[str]:
    """The words of names that are kept; a Chinese name is found by its characters."""
    every = {word[:LONGEST] for name in folded_names for word in name.split()}
    return set(filter(is_latin, every))


def _apart(typed: str, word: str, most: int, *, unfinished: bool = False) -> int | None:
    """How many mistakes lie between two words, or a beginning of the second; None if more than `most`."""
    same = 0
    for one, other in zip(typed, word, strict=False):
        if one != other:
            break
        same += 1
    typed, word = typed[same:], word[same:]
    if not typed and (unfinished or not word):
        return 0
    if most == 0:
        return None
    ways = [(typed[1:], word)] if typed else []
    if word:
        ways += [(typed, word[1:]), (typed[1:], word[1:])]
        if len(word) > 1 and typed[:2] == word[1] + word[0]:
            ways.append((typed[2:], word[2:]))
    if most == 1:
        same_after = (after.startswith(left) if unfinished else left == after for left, after in ways)
        return 1 if any(same_after) else None
    found = (_apart(*way, most - 1, unfinished=unfinished) for way in ways)
    return min((1 + mistakes for mistakes in found if mistakes is not None), default=None)
