"""How a list's row becomes one line of the terminal: columns share its width, theme variables style cells."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from screens.text import clean, fit

Row = TypeVar("Row")
Cell: TypeAlias = str | Text
Resolve: TypeAlias = Callable[[str], Style]

GAP = 2
LEAST = 8
"""Cells that a column which shares the width keeps as long as others can give way."""


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column of a list.

    `width` is its cells; a column with a `fraction` shares what the others leave, and `width` is its least.
    `render` gives foreign text as it is (it is cleaned here), or a `Text` whose styles are names of theme
    variables. The column is shown from a list width of `from_width` cells on. `shorten` gives the cell for a
    width instead, where there is a better way than to cut off its end.
    """

    title: str
    render: Callable[[Row], Cell]
    width: int = 0
    fraction: int = 0
    from_width: int = 0
    justify: Literal["left", "right"] = "left"
    shorten: Callable[[Row, int], Cell] | None = None


def share_out(columns: Sequence[Column[Row]], width: int) -> list[tuple[Column[Row], int]]:
    """The columns shown at `width` cells, each with the cells it gets (the gaps not counted in).

    Where even the least widths have no room, the widest columns give way, so that each ends in an ellipsis.
    """
    shown = [column for column in columns if width >= column.from_width]
    parts = sum(column.fraction for column in shown)
    free = width - sum(column.width for column in shown) - GAP * (len(shown) - 1)
    widths: list[tuple[Column[Row], int]] = []
    for column in shown:
        extra = max(0, free) * column.fraction // parts if column.fraction else 0
        free -= extra
        parts -= column.fraction
        widths.append((column, column.width + extra))
    return _narrowed(widths, -free) if free < 0 else widths


def _narrowed(widths: list[tuple[Column[Row], int]], missing: int) -> list[tuple[Column[Row], int]]:
    cells = [width for _column, width in widths]
    for _cell in range(missing):
        sharing = [at for at, (column, _width) in enumerate(widths) if column.fraction and cells[at] > LEAST]
        widest = max(sharing or range(len(cells)), key=cells.__getitem__)
        cells[widest] = max(0, cells[widest] - 1)
    return [(column, width) for (column, _width), width in zip(widths, cells, strict=True)]


class Painter(Generic[Row]):
    """Draws a list's lines at one width: `marks` cells for cursor and selection, then the columns."""

    def __init__(self, columns: Sequence[Column[Row]], width: int, marks: int, style: Resolve) -> None:
        self.columns = columns
        self.width = width
        self.marks = marks
        self.style = style
        self.widths = share_out(columns, width - marks)

    def titles(self) -> Strip:
        """The line of column titles."""
        style = self.style("titles")
        segments = [Segment(" " * self.marks, style)]
        for column, width in self.widths:
            segments.append(Segment(_justified(column.title, width, column.justify) + " " * GAP, style))
        return self._line(segments, style)

    def row(self, row: Row, mark: str, base: Style) -> Strip:
        """The line of one row: every cell cleaned, cut or padded to its column's cells."""
        segments = [Segment(mark.ljust(self.marks), base + self.style("mark"))]
        for column, width in self.widths:
            cell = column.shorten(row, width) if column.shorten else column.render(row)
            if isinstance(cell, Text):
                segments += _text_segments(cell, width, column.justify, base, self.style)
            else:
                segments.append(Segment(_justified(cell, width, column.justify), base))
            segments.append(Segment(" " * GAP, base))
        return self._line(segments, base)

    def waiting(self) -> Strip:
        """The line of a row that is on its way."""
        style = self.style("waiting")
        dots = (fit("┄" * min(width, 6), width) for _column, width in self.widths)
        return self._line([Segment(" " * self.marks + (" " * GAP).join(dots), style)], style)

    def words(self, words: str) -> Strip:
        """A line of an empty list."""
        style = self.style("empty")
        return self._line([Segment("  " + fit(words, self.width - 2), style)], style)

    def _line(self, segments: list[Segment], style: Style) -> Strip:
        return Strip(segments).adjust_cell_length(self.width, style)


def _justified(value: str, width: int, justify: str) -> str:
    fitted = fit(value, width)
    if justify == "left":
        return fitted
    word = fitted.rstrip(" ")
    return " " * (width - cell_len(word)) + word


def _text_segments(text: Text, width: int, justify: str, base: Style, resolve: Resolve) -> list[Segment]:
    whole = base + resolve(str(text.style))
    shown = clean(text.plain)
    segments: list[Segment] = []
    at = 0
    for span in sorted(text.spans):
        segments.append(Segment(shown[at : span.start], whole))
        segments.append(Segment(shown[span.start : span.end], whole + resolve(str(span.style))))
        at = span.end
    segments.append(Segment(shown[at:], whole))
    size = cell_len(shown)
    if size <= width:
        pad = Segment(" " * (width - size), base)
        return [pad, *segments] if justify == "right" else [*segments, pad]
    return [*Segment.adjust_line_length(segments, width - 1), Segment("…", whole)]
