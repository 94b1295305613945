"""The schedule drawn on an axis of months: a window is a bar, today a line through them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rich.cells import cell_len
from textual.content import Content

from screens.sentences import BEGUN, MILESTONES, PROPOSED, Look
from screens.text import clean, fit
from screens.times import MONTHS, hk_date
from screens.words import _
from store.views import MilestoneRow, MilestoneStatus

STATUS = 12
MONTH = 4
"""The cells that the name of a month takes."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Days shared out over cells; it begins with a month and holds every window."""

    first: date
    last: date
    width: int

    @classmethod
    def around(cls, milestones: Sequence[MilestoneRow], width: int) -> "Axis":
        """The months of all windows, and one more for air."""
        first = min(row.earliest for row in milestones).replace(day=1)
        last = _next_month(_next_month(max(row.latest for row in milestones))) - timedelta(days=1)
        return cls(first, last, max(1, width))

    def cell(self, day: date) -> int:
        """The cell a day falls on, kept within the axis."""
        days = (self.last - self.first).days + 1
        return max(0, min(self.width - 1, (day - self.first).days * self.width // days))

    def months(self) -> list[date]:
        """The first day of each month."""
        found, day = [], self.first
        while day <= self.last:
            found.append(day)
            day = _next_month(day)
        return found


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def status_look(row: MilestoneRow, *, proposed: bool = False) -> Look:
    """How firm a milestone is, that it has begun, or that it was proposed to begin."""
    if proposed:
        return PROPOSED
    if row.begun_at is not None and row.status is not MilestoneStatus.DONE:
        return BEGUN
    return MILESTONES[row.status]


def month_line(axis: Axis) -> Content:
    """The names of the months, with the year where one begins; years alone where months have no room."""
    if axis.width < len(axis.months()) * MONTH:
        return _year_line(axis)
    cells = [" "] * axis.width
    for month in axis.months():
        name = MONTHS[month.month - 1]
        if month == axis.first or month.month == 1:
            name = f"{name} {month.year}"
        start = axis.cell(month)
        room = axis.cell(_next_month(month)) - start
        name = name if len(name) < room else MONTHS[month.month - 1]
        for at, char in enumerate(name[: axis.width - start]):
            cells[start + at] = char
    return Content.styled("".join(cells), "$text-muted")


def _year_line(axis: Axis) -> Content:
    cells = [" "] * axis.width
    for year in range(axis.first.year, axis.last.year + 1):
        start = axis.cell(max(axis.first, date(year, 1, 1)))
        if axis.cell(date(year, 12, 31)) - start >= len(str(year)):
            cells[start : start + len(str(year))] = str(year)
    return Content.styled("".join(cells), "$text-muted")


def today_line(axis: Axis, today: date) -> Content:
    """Where today is on the axis, or on which side of it."""
    words = _("today %s") % hk_date(today)
    at = axis.cell(today)
    if today < axis.first:
        return Content.styled(fit(f"◂ {words}", axis.width), "$accent")
    if today > axis.last:
        return Content.styled(f"{words} ▸".rjust(axis.width), "$accent")
    if at + len(words) + 2 <= axis.width:
        return Content.styled(" " * at + f"▼ {words}", "$accent")
    return Content.styled(f"{words} ▼".rjust(at + 1), "$accent")


def bar_line(row: MilestoneRow, axis: Axis, today: date) -> Content:
    """The window of one milestone on the axis."""
    cells = [(" ", "")] * axis.width
    for month in axis.months():
        cells[axis.cell(month)] = ("·", "$text-disabled")
    colour = f"${status_look(row).style}"
    first, last = axis.cell(row.earliest), axis.cell(row.latest)
    for at in range(first, last + 1):
        cells[at] = ("━", colour)
    if row.earliest == row.latest:
        cells[first] = ("◆", colour)
    if axis.first <= today <= axis.last:
        crossed = first <= axis.cell(today) <= last
        cells[axis.cell(today)] = ("┿" if crossed else "│", "$accent")
    return Content.assemble(*cells)


def title_line(row: MilestoneRow, width: int, *, proposed: bool = False) -> Content:
    """How firm it is, its title, and its window in the words it was announced in."""
    seen = status_look(row, proposed=proposed)
    window = clean(row.window)
    if cell_len(window) > width // 3:
        window = fit(window, width // 3).rstrip()
    room = max(0, width - STATUS - cell_len(window) - 1)
    return Content.assemble(
        (fit(f"{seen.glyph} {seen.word}", STATUS), f"${seen.style}"), fit(row.title, room), f" {window}"
    )
