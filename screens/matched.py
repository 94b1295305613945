"""The part of a name that a search found, where the whole name has no room."""

from rich.cells import cell_len

from screens.text import clean
from store.rules.grams import fold, words


def show_match(name: str, typed: str, width: int) -> str:
    """`name`, or its matching part where that would be cut off at `width` cells."""
    name = clean(name)
    sought = words(typed)
    start = _cut_off_match(name, sought, width - 1)
    if cell_len(name) <= width or start is None:
        return name
    room = width - 1
    if cell_len(name[start:]) >= room:
        return "…" + name[start:]
    shown = start
    while shown and cell_len(name[shown - 1 :]) <= room:
        shown -= 1
    return "…" + name[shown:]


def _cut_off_match(name: str, sought: tuple[str, ...], room: int) -> int | None:
    """Where the first word begins that matches and is not whole within `room` cells."""
    at = 0
    for word in name.split(" "):
        folded = fold(word)
        if cell_len(name[: at + len(word)]) > room and any(part in folded for part in sought):
            return at
        at += len(word) + 1
    return None
