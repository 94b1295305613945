"""Small pieces of styled text that the cards and dialogs are made of; foreign text is cleaned here."""

from collections.abc import Iterable

from rich.cells import cell_len
from textual.content import Content

from screens.sentences import Look
from screens.text import clean

LABEL = 11


def foreign(value: str, style: str = "") -> Content:
    """Foreign text, cleaned."""
    return Content.styled(clean(value), style)


def muted(value: str) -> Content:
    """Words that stand back."""
    return Content.styled(clean(value), "$text-muted")


def painted(look: Look) -> Content:
    """Glyph, word and colour of a state."""
    return Content.styled(f"{look.glyph} {look.word}", f"${look.style}")


def lines(parts: Iterable[Content | str]) -> Content:
    """Parts under one another."""
    return Content("\n").join(part if isinstance(part, Content) else Content(part) for part in parts)


def fields(pairs: Iterable[tuple[str, Content | str]], width: int = LABEL) -> Content:
    """Labelled values under one another, the labels standing back."""
    return lines(
        Content.assemble((label + " " * max(1, width - cell_len(label)), "$text-muted"), value)
        for label, value in pairs
    )


def hints(pairs: Iterable[tuple[str, str]]) -> Content:
    """The keys of a dialog and what each does."""
    return Content("   ").join(
        Content.assemble((key, "bold $accent"), " ", (clean(label), "$text-muted")) for key, label in pairs
    )
