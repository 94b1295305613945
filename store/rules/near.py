"""What may have been meant by what was typed: one letter wrong, missing, too many or swapped; spaces and
dashes elsewhere; O for 0 and I for 1.

The neighbours of a text are looked up by an index as beginnings of names and IDs, which takes no longer at a
million users than at a thousand; distances over all names would.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise, product

LEAST, MOST = 4, 32
"""Characters of a text that has neighbours: fewer mean anything, more are not mistyped names."""
LONGEST_RUN = 16
"""Characters of a run in which spaces may be missing."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_ALIKE = {"0": "0O", "O": "O0", "1": "1IL", "I": "I1L", "L": "L1I"}
MOST_ALIKE = 64
_BETWEEN = " -‐‑‒–—−_./"


def compact(text: str) -> str:
    """The text without spaces, dashes and what else is written between the parts of an ID."""
    return "".join(char for char in text if char not in _BETWEEN)


def looks_like_id(sought: Sequence[str]) -> bool:
    """Whether the words may be one ID, written in parts: there are digits, and at most one part has none."""
    plain = [word for word in sought if not any(map(str.isdigit, word))]
    return 0 < len(sought) <= 3 and len(plain) <= 1 and len(plain) < len(sought)


def near_names(whole: str) -> list[str]:
    """Beginnings of folded names that `whole` may have been meant for, the likeliest first."""
    if not LEAST <= len(whole) <= MOST:
        return []
    spaced = _with_spaces(compact(whole)) if len(whole) <= LONGEST_RUN else iter(())
    found = dict.fromkeys((*_swapped(whole), *spaced, *_edited(whole, _LETTERS + " -")))
    found.pop(whole, None)
    return [each for each in found if each == each.strip() and "  " not in each]


def near_ids(sought: Sequence[str]) -> list[str]:
    """Beginnings of IDs (in capitals) that the words may have been meant for, the likeliest first."""
    plain = compact("".join(sought)).upper()
    if len(sought) > 1 and not looks_like_id(sought):
        return []
    if not LEAST <= len(plain) <= MOST or not plain.isascii():
        return []
    alike = _alike(plain)
    return list(dict.fromkeys((*alike, *_swapped(plain), *_edited(plain, _LETTERS.upper() + _DIGITS + "-"))))


def nearness(typed: str, word: str) -> int | None:
    """How near a word is to what was typed, both folded: 0 it begins so, 1 one letter off, 2 it begins like
    something one letter off; None when it is farther away.
    """
    same = next((at for at, pair in enumerate(zip(typed, word, strict=False)) if pair[0] != pair[1]), None)
    if same is None:
        return 0 if len(typed) <= len(word) else 1 if len(typed) == len(word) + 1 else None
    rest, other = typed[same:], word[same:]
    ways = [(other, rest[1:]), (other[1:], rest), (other[1:], rest[1:])]
    if len(rest) > 1:
        ways.append((other, rest[1] + rest[0] + rest[2:]))
    if any(left == right for left, right in ways):
        return 1
    return 2 if any(left.startswith(right) for left, right in ways) else None


def _alike(text: str) -> list[str]:
    """The text with every choice of the characters that look alike, itself first."""
    choices = [_ALIKE.get(char, char) for char in text]
    count = 1
    for place in reversed(range(len(choices))):
        if count * len(choices[place]) > MOST_ALIKE:
            choices[place] = text[place]
        count *= len(choices[place])
    return ["".join(chosen) for chosen in product(*choices)]


def _swapped(text: str) -> Iterator[str]:
    for at in range(len(text) - 1):
        if text[at] != text[at + 1]:
            yield text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _edited(text: str, alphabet: str) -> Iterator[str]:
    """The text with one letter left out, put in (not at the end: a beginning goes on) or changed."""
    for at in range(len(text)):
        yield text[:at] + text[at + 1 :]
    for at, char in enumerate(text):
        for letter in alphabet:
            yield text[:at] + letter + text[at:]
            if char.isascii() and letter != char:
                yield text[:at] + letter + text[at + 1 :]


def _with_spaces(run: str) -> Iterator[str]:
    """A run of letters as one, two or three words."""
    places = range(2, len(run) - 1)
    for spaces in (0, 1, 2):
        for cuts in combinations(places, spaces):
            edges = (0, *cuts, len(run))
            yield " ".join(run[start:end] for start, end in pairwise(edges))
