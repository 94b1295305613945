"""One figure of the board: its name, the number as large as there is room for, and words below."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from screens.paint import muted
from screens.text import fit
from screens.widgets.large_digits import best_scale, large

LARGEST = 4
"""Beyond this a digit is readable across any room."""


class Figure(Widget):
    """A name, a number, and lines that say what it means; each line is (words, style)."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "Figure { width: 1fr; height: 1fr; padding: 0 1; text-wrap: nowrap; }"

    def __init__(self, id: str, name: str = "") -> None:
        super().__init__(id=id)
        self.title = name
        self.number = ""
        self.style = "$foreground"
        self.words: tuple[tuple[str, str], ...] = ()

    def tell(
        self, title: str, number: str, words: Sequence[tuple[str, str]], style: str = "$foreground"
    ) -> None:
        """Show this number under this name."""
        self.title, self.number, self.words, self.style = title, number, tuple(words), style
        self.refresh()

    def render(self) -> Content:
        """The name, the digits, the words that there is room for."""
        width, height = self.size
        lines: list[Content] = [Content.styled(fit(self.title, width), "bold $text-muted")]
        scale = min(LARGEST, best_scale(self.number, width, height - 1 - len(self.words)))
        digits = large(self.number, scale) if scale else [self.number]
        lines += [Content.styled(fit(line, width), self.style) for line in digits]
        lines += [Content.styled(fit(words, width), style) for words, style in self.words]
        return Content("\n").join(lines) if self.number else muted("")
