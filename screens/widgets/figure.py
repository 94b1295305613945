"""One figure of the board: its name, the number as large as there is room for, and words below."""

from collections.abc import Iterable, Sequence

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
    DEFAULT_CSS = "Figure { width: 1fr; height: 1fr; padding: 0 1 0 0; text-wrap: nowrap; }"

    def __init__(self, id: str, largest: int = LARGEST) -> None:
        super().__init__(id=id)
        self._largest = largest
        self.title = ""
        self.number = ""
        self.style = "$foreground"
        self.words: tuple[tuple[str, str], ...] = ()

    def tell(
        self, title: str, number: str, words: Sequence[tuple[str, str]], style: str = "$foreground"
    ) -> None:
        """Show this number under this name."""
        self.title, self.number, self.words, self.style = title, number, tuple(words), style
        self.refresh()

    @property
    def scale(self) -> int:
        """The scale that this figure alone could have."""
        width, height = self.size
        return min(self._largest, best_scale(self.number, width - 1, height - 1 - len(self.words)))

    @property
    def _row(self) -> Iterable["Figure"]:
        """The figures beside this one, and itself: they are all as large as the narrowest."""
        return self.parent.query(Figure) if isinstance(self.parent, Widget) else (self,)

    def render(self) -> Content:
        """The name, the digits, the words that there is room for."""
        width = self.size.width
        lines: list[Content] = [Content.styled(fit(self.title, width), "bold $text-muted")]
        scale = min(figure.scale for figure in self._row)
        digits = large(self.number, scale) if scale else [self.number]
        lines += [Content.styled(fit(line, width), self.style) for line in digits]
        lines += [Content.styled(fit(words, width), style) for words, style in self.words]
        return Content("\n").join(lines) if self.number else muted("")
