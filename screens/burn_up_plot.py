"""A burn-up in the cells of a terminal: what is done as an area, the lines across it in braille dots."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rich.cells import cell_len
from textual.content import Content

from screens.times import MONTHS
from screens.words import _
from store.rules.burn_up import BurnUp
from store.rules.forecast import Verdict

BLOCKS = " ▁▂▃▄▅▆▇█"
DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a braille character by row and column of its dots."""
DONE, NEEDED, EXPECTED, LATE = "bar", "warning", "primary", "secondary"
LEAST_WIDTH, LEAST_HEIGHT = 24, 4


@dataclass(frozen=True, slots=True)
class Scale:
    """Days and users shared out over `width` by `height` dots."""

    first: date
    last: date
    total: int
    width: int
    height: int

    def x(self, day: date) -> float:
        """The column of dots a day falls on."""
        return (day - self.first).days * (self.width - 1) / max(1, (self.last - self.first).days)

    def y(self, users: float) -> float:
        """The row of dots, counted from the bottom, that a number of users falls on."""
        return users * (self.height - 1) / max(1, self.total)


class Canvas:
    """Cells with an area and lines on it; where lines meet, the one drawn last gives the colour."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._levels = [0] * width
        self._dots: dict[tuple[int, int], int] = {}
        self._colours: dict[tuple[int, int], str] = {}

    def area(self, column: int, eighths: int) -> None:
        """Fill a column of cells from the bottom, to the eighth of a cell."""
        self._levels[column] = max(0, min(eighths, self.height * 8))

    def dot(self, x: int, y: int, colour: str) -> None:
        """Set a dot, counted from the left and from the bottom; what lies outside is left out."""
        if not (0 <= x < self.width * 2 and 0 <= y < self.height * 4):
            return
        row = self.height * 4 - 1 - y
        cell = (x // 2, row // 4)
        self._dots[cell] = self._dots.get(cell, 0) | DOTS[row % 4][x % 2]
        self._colours[cell] = colour

    def line(self, start: tuple[float, float], end: tuple[float, float], colour: str, dash: int = 0) -> None:
        """A straight line; with `dash`, so many dots drawn and as many left out."""
        (x0, y0), (x1, y1) = start, end
        steps = max(1, round(abs(x1 - x0)), round(abs(y1 - y0)))
        for step in range(steps + 1):
            if dash and step // dash % 2:
                continue
            x, y = x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps
            self.dot(round(x), round(y), colour)

    def rows(self) -> Iterator[Content]:
        """The lines of cells, from the top."""
        for row in range(self.height):
            yield Content.assemble(*(self._cell(column, row) for column in range(self.width)))

    def _cell(self, column: int, row: int) -> tuple[str, str]:
        level = max(0, min(8, self._levels[column] - (self.height - 1 - row) * 8))
        dots = self._dots.get((column, row))
        if dots is None:
            return BLOCKS[level], f"${DONE}"
        ground = f" on ${DONE}" if level > 4 else ""
        return chr(0x2800 + dots), f"${self._colours[column, row]}{ground}"


def draw(burn: BurnUp, width: int, height: int) -> Content:
    """The burn-up in `width` by `height` cells, with its axes; a sentence where there is nothing to draw."""
    if burn.total == 0:
        return Content(_("No users yet: nothing to draw."))
    if width < LEAST_WIDTH or height < LEAST_HEIGHT:
        return Content("")
    margin = len(f"{burn.total:,}") + 1
    canvas = Canvas(width - margin, height - 1)
    scale = Scale(burn.history[0][0], last_day(burn), burn.total, canvas.width * 2, canvas.height * 4)
    _fill(canvas, scale, burn)
    _lines(canvas, scale, burn)
    labels = [f"{burn.total:,}", *[""] * (canvas.height - 2), "0"]
    plotted = [
        Content.assemble((label.rjust(margin - 1) + " ", "$text-muted"), row)
        for label, row in zip(labels, canvas.rows(), strict=True)
    ]
    return Content("\n").join([*plotted, _days(scale, burn, margin, canvas.width)])


def last_day(burn: BurnUp) -> date:
    """The last day drawn: that of the forecast, unless it would press all that is known into a corner."""
    expected, due = burn.last_days
    first = burn.history[0][0]
    return min(max(expected, due), max(due, burn.today) + (max(due, burn.today) - first) / 2)


def _fill(canvas: Canvas, scale: Scale, burn: BurnUp) -> None:
    at, done = 0, dict(enumerate(burn.history))
    for column in range(canvas.width):
        while at + 1 in done and scale.x(done[at + 1][0]) <= column * 2 + 1:
            at += 1
        if column * 2 > scale.x(burn.today):
            break
        canvas.area(column, round(scale.y(done[at][1]) * 2 + (done[at][1] > 0)))


def _lines(canvas: Canvas, scale: Scale, burn: BurnUp) -> None:
    now = (scale.x(burn.today), scale.y(burn.done))
    said = burn.forecast
    if burn.due and burn.due.earliest > scale.first:
        end = (scale.x(burn.due.earliest), scale.y(burn.total))
        canvas.line((0, scale.y(burn.history[0][1])), end, NEEDED)
    if said.verdict is Verdict.FORECAST:
        for day, colour, dash in ((said.p90, LATE, 1), (said.p50, EXPECTED, 2)):
            if day:
                canvas.line(now, (scale.x(day), scale.y(burn.total)), colour, dash)


def _days(scale: Scale, burn: BurnUp, margin: int, width: int) -> Content:
    """The days below: the figures' and the one they are needed by first, then the ends if they have room."""
    cells = [" "] * width
    marks = [burn.today, *([burn.due.earliest] if burn.due else [])]
    for day in (*marks, scale.first, scale.last):
        label = f"{day.day} {MONTHS[day.month - 1]}"
        size = cell_len(label)
        start = max(0, min(width - size, round(scale.x(day) / 2) - size // 2))
        if all(cell == " " for cell in cells[max(0, start - 1) : start + size + 1]):
            cells[start : start + size] = label
    return Content.assemble((" " * margin + "".join(cells), "$text-muted"))
