"""Foreign text (names, addresses, server replies, file cells) on its way to the screen.

It can never be parsed as markup, move the cursor, reverse the reading order or ring the bell: what is not
printable is shown as a middle dot. Widths are terminal cells: a Chinese character takes two.
"""

import unicodedata

from rich.cells import cell_len, set_cell_size
from rich.text import Text

_DOT = "\N{MIDDLE DOT}"
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(value: str) -> str:
    """`value` on one line, with control, format and unassigned characters shown as a middle dot."""
    if value.isascii() and value.isprintable():
        return value
    return "".join(_DOT if unicodedata.category(char) in _HIDDEN else char for char in value)


def fit(value: str, width: int) -> str:
    """`value` cleaned and cut or padded to exactly `width` cells, an ellipsis where it is cut."""
    shown = clean(value)
    size = cell_len(shown)
    if size <= width:
        return shown + " " * (width - size)
    if width <= 0:
        return ""
    cut = set_cell_size(shown, width - 1).rstrip() + "…"
    return cut + " " * (width - cell_len(cut))


def plain(value: str, style: str = "") -> Text:
    """`value` cleaned, as text that no widget will read as markup."""
    return Text(clean(value), style=style)
