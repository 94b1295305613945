"""What may have been meant by a whole clue: an ID with one character wrong, missing, too many or swapped, or
with O for 0 and I for 1; a name with its spaces and dashes elsewhere. `mistakes` is about words.

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


def respaced(whole: str) -> list[str]:
    """Beginnings of folded names that `whole` may be with its spaces elsewhere, the likeliest first."""
    if not LEAST <= len(whole) <= MOST:
        return []
    spaced = _with_spaces(compact(whole)) if len(whole) <= LONGEST_RUN else iter(())
    found = dict.fromkeys((*spaced, *_parted(whole)))
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


def _parted(text: str) -> Iterator[str]:
    """The text with one space or dash left out, put in, changed for the other, or swapped with a letter."""
    for at, char in enumerate(text):
        if char in " -":
            yield text[:at] + text[at + 1 :]
            yield text[:at] + ("-" if char == " " else " ") + text[at + 1 :]
        elif at:
            yield text[:at] + " " + text[at:]
            yield text[:at] + "-" + text[at:]
    for at, (char, following) in enumerate(pairwise(text)):
        if (char in " -") != (following in " -"):
            yield text[:at] + following + char + text[at + 2 :]


def _with_spaces(run: str) -> Iterator[str]:
    """A run of letters as one, two or three words."""
    places = range(2, len(run) - 1)
    for spaces in (0, 1, 2):
        for cuts in combinations(places, spaces):
            edges = (0, *cuts, len(run))
            yield " ".join(run[start:end] for start, end in pairwise(edges))
