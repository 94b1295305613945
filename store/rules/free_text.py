"""What people write down in their own words (a question, a follow-up, a note), fit to be kept.

Control and format characters go, so that nothing typed can reorder, hide or steer what others read; an
address is kept masked, because what is noted of a call is read by many.
"""

import unicodedata

from store.rules.masking import mask_within

QUESTION, NAME, FOLLOW_UP, NOTE = 300, 80, 300, 1_000
"""How many characters each may have."""
_BREAKS = {"Cc", "Zl", "Zp", "Zs"}
_HIDDEN = {"Cf", "Cs", "Co", "Cn"}


def one_line(typed: str) -> str:
    """The text on one line, its addresses masked."""
    return mask_within(" ".join(_visible(typed).split()))


def several_lines(typed: str) -> str:
    """The text with its line breaks, without empty lines at its ends and more than one between."""
    lines = [one_line(line) for line in typed.replace("\r\n", "\n").split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip()


def _visible(typed: str) -> str:
    plain = unicodedata.normalize("NFC", typed)
    return "".join(
        " " if (kind := unicodedata.category(char)) in _BREAKS else "" if kind in _HIDDEN else char
        for char in plain
    )
