"""The lines of a list that are in view: only these are drawn, and only the pages around them are fetched.

Textual's line API: one scrolling widget and a cached strip for each line.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from rich.cells import cell_len
from rich.style import Style
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.widgets.columns import Column, Painter
from screens.widgets.looks import theme_style
from screens.widgets.source import MemorySource, Pages

Row = TypeVar("Row")

STRIPS_KEPT = 2048

Ticks: TypeAlias = tuple[str, str]
"""What stands before a row that is not selected, and before one that is."""


class RowView(ScrollView, Generic[Row], can_focus=True):
    """Rows under column titles, one of them under the cursor, some of them ticked."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-view--titles",
        "row-view--cursor",
        "row-view--mark",
        "row-view--waiting",
        "row-view--empty",
    }
    DEFAULT_CSS = """
    RowView {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .row-view--titles { color: $text-muted; }
        & > .row-view--cursor { background: $panel; }
        & > .row-view--mark { color: $accent; }
        & > .row-view--waiting { color: $text-disabled; }
        & > .row-view--empty { color: $text-muted; }
    }
    """

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], Hashable],
        *,
        ticks: Ticks,
        id: str | None,
        classes: str | None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns = columns
        self.empty = ""
        self._ticks = ticks
        self._marks = 2 + max(map(cell_len, ticks))
        self._key = key
        self._pages: Pages[Row] = Pages(MemorySource((), key), 0)
        self._loaded = False
        self._cursor = 0
        self._selected: dict[Any, None] = {}
        self._fetching = False
        self._strips: dict[tuple[int, bool], Strip] = {}
        self._styles: dict[str, Style] = {}
        self._drawn_by: Painter[Row] | None = None

    @property
    def count(self) -> int:
        """How many rows the list has."""
        return self._pages.count

    @property
    def _rows_in_view(self) -> int:
        return max(1, self.size.height - 1)

    def _keep_in_view(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + self._rows_in_view:
            self.scroll_to(y=self._cursor - self._rows_in_view + 1, animate=False, force=True)

    # Fetching.

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Draw and fetch what came into view; draw the scrollbar when its thumb moves an eighth of a cell."""
        if round(old_value) != round(new_value):
            self.refresh(self.size.region)
        if self.show_vertical_scrollbar:
            thumb = self.vertical_scrollbar
            eighth = self.max_scroll_y / (8 * self.size.height or 1)
            if abs(new_value - thumb.position) >= eighth or new_value in (0, self.max_scroll_y):
                thumb.position = new_value
        self._want_pages()

    def _missing(self) -> int | None:
        top = self.scroll_offset.y
        return self._pages.missing(top, top + self._rows_in_view, 2 * self._rows_in_view)

    def _want_pages(self) -> None:
        if not self._fetching and self.is_mounted and self._missing() is not None:
            self._fetching = True
            self.screen.run_worker(self._fetch_missing(), group=f"pages {self.id}", exit_on_error=False)

    async def _fetch_missing(self) -> None:
        try:
            while (number := self._missing()) is not None:
                pages = self._pages
                await pages.fetch(number)
                if pages is self._pages and self._in_view(number):
                    self.rows_arrived()
        finally:
            self._fetching = False

    def rows_arrived(self) -> None:
        """Draw the rows that have come."""
        self.refresh()

    def _in_view(self, page: int) -> bool:
        size, top = self._pages.source.PAGE, self.scroll_offset.y
        return page * size <= top + self._rows_in_view and top < (page + 1) * size

    # Drawing.

    def on_resize(self) -> None:
        """Share the columns out anew and keep the cursor in view."""
        self._keep_in_view()
        self._repaint()
        self._want_pages()

    def on_focus(self) -> None:
        """Show the cursor as the one that keys move."""
        self._repaint()

    def on_blur(self) -> None:
        """Show the cursor as waiting."""
        self._repaint()

    def notify_style_update(self) -> None:
        """Forget what was drawn in the old theme."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def _repaint(self) -> None:
        self._strips.clear()
        self.refresh()

    def _refresh_rows(self, *indexes: int) -> None:
        for index in indexes:
            self.refresh(Region(0, index - self.scroll_offset.y + 1, self.size.width, 1))

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            part = f"row-view--{name}"
            if part in self.COMPONENT_CLASSES:
                style = self.get_component_rich_style(part, partial=name == "mark")
            else:
                style = theme_style(self.app, name)
            self._styles[name] = style
        return style

    def render_line(self, y: int) -> Strip:
        """The titles, a row, a row that is on its way, or what an empty list has to say."""
        painter = self._painter
        if y == 0:
            return painter.titles()
        index = self.scroll_offset.y + y - 1
        if index < self.count:
            return self._row_line(index, painter)
        if self._loaded:
            lines = self.empty.split("\n") if self.count == 0 else []
            return painter.words(lines[y - 2] if 2 <= y < len(lines) + 2 else "")
        return painter.waiting()

    @property
    def _painter(self) -> Painter[Row]:
        width = self.scrollable_content_region.width
        if self._drawn_by is None or (self._drawn_by.width, self._drawn_by.columns) != (width, self.columns):
            self._drawn_by = Painter(self.columns, width, self._marks, self._style)
        return self._drawn_by

    def _row_line(self, index: int, painter: Painter[Row]) -> Strip:
        at_cursor = index == self._cursor
        strip = self._strips.get((index, at_cursor))
        if strip is not None:
            return strip
        row = self._pages.row(index)
        if row is None:
            return painter.waiting()
        bar = " " if not at_cursor else "▌" if self.has_focus else "│"
        tick = self._ticks[self._key(row) in self._selected]
        strip = painter.row(row, bar + tick, self._style("cursor") if at_cursor else self.rich_style)
        if len(self._strips) > STRIPS_KEPT:
            self._strips.clear()
        self._strips[index, at_cursor] = strip
        return strip
