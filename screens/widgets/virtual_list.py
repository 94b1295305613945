"""A list of any length: only the lines in view are drawn, only the pages around them are fetched.

Textual's line API: one scrolling widget, a cached strip for each line, and a cursor that repaints the two
lines it leaves and enters. A refresh keeps the cursor on the row with the same key, at the same height.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from screens.widgets.columns import Column, Painter
from screens.widgets.looks import theme_style
from screens.widgets.source import MemorySource, Pages, Source

Row = TypeVar("Row")

STRIPS_KEPT = 2048


class VirtualList(ScrollView, Generic[Row], can_focus=True):
    """Rows of a `Source` under column titles, with a cursor and, when `selectable`, a selection by key."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "virtual-list--titles",
        "virtual-list--cursor",
        "virtual-list--mark",
        "virtual-list--waiting",
        "virtual-list--empty",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move_page(-1)", show=False),
        Binding("pagedown", "move_page(1)", show=False),
        Binding("home", "move_to_end(False)", show=False),
        Binding("end", "move_to_end(True)", show=False),
        Binding("enter", "open", show=False, id="open"),
        Binding("space", "select", show=False, id="select"),
    ]
    DEFAULT_CSS = """
    VirtualList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        & > .virtual-list--titles { color: $text-muted; }
        & > .virtual-list--cursor { background: $panel; }
        & > .virtual-list--mark { color: $accent; }
        & > .virtual-list--waiting { color: $text-disabled; }
        & > .virtual-list--empty { color: $text-muted; }
    }
    """

    @dataclass
    class About(Message):
        """Something about one list."""

        source_list: "VirtualList[Any]"

        @property
        def control(self) -> "VirtualList[Any]":
            """The list it is about."""
            return self.source_list

    @dataclass
    class Highlighted(About):
        """The cursor came to the row with this key."""

        key: Any

    @dataclass
    class Opened(About):
        """The row with this key was opened, by enter or a double click."""

        key: Any

    @dataclass
    class SelectionChanged(About):
        """Rows were selected or deselected."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], Hashable],
        *,
        selectable: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns = columns
        self.selectable = selectable
        self._marks = 3 if selectable else 2
        self.empty = ""
        self._key = key
        self._pages: Pages[Row] = Pages(MemorySource((), key), 0)
        self._loaded = False
        self._cursor = 0
        self._told: Hashable | None = None
        self._selected: dict[Any, None] = {}
        self._turn = 0
        self._fetching = False
        self._strips: dict[tuple[int, bool], Strip] = {}
        self._styles: dict[str, Style] = {}
        self._drawn_by: Painter[Row] | None = None

    # What the list shows and holds.

    @property
    def count(self) -> int:
        """How many rows the list has."""
        return self._pages.count

    @property
    def cursor(self) -> int:
        """The index of the row under the cursor."""
        return self._cursor

    @property
    def cursor_row(self) -> Row | None:
        """The row under the cursor; None in an empty list, or while the row is on its way."""
        return self._pages.row(self._cursor)

    @property
    def cursor_key(self) -> Any | None:
        """The key of the row under the cursor."""
        row = self.cursor_row
        return None if row is None else self._key(row)

    @property
    def selection(self) -> tuple[Any, ...]:
        """The keys of the selected rows, in the order they were selected."""
        return tuple(self._selected)

    async def show(
        self, source: Source[Row], *, keep_cursor: bool = False, at: Hashable | None = None
    ) -> None:
        """Show another source's rows once those in view are here.

        The cursor goes to the first row, to the row with key `at`, or stays on the row it is on. A newer call
        overtakes an older one. Raises what the source raises; the list then stays as it was.
        """
        self._turn += 1
        turn = self._turn
        while True:
            key = at if at is not None else self.cursor_key if keep_cursor else None
            pages = Pages(source, await source.count())
            position = await source.position(key) if key is not None else None
            kept = self._cursor if keep_cursor else 0
            index = max(0, min(kept if position is None else position, pages.count - 1))
            while (
                number := pages.missing(index - self._rows_in_view, index + self._rows_in_view, 0)
            ) is not None:
                await pages.fetch(number)
            if turn != self._turn:
                return
            if not keep_cursor or at is not None or key == self.cursor_key:
                break
        self._put(
            pages, index, self._cursor - self.scroll_offset.y if keep_cursor else self._rows_in_view // 2
        )

    async def reload(self) -> None:
        """Read the same source again, keeping the cursor on its row."""
        await self.show(self._pages.source, keep_cursor=True)

    def _put(self, pages: Pages[Row], index: int, height: int) -> None:
        self._loaded = True
        self._pages = pages
        self._cursor = index
        self.set_reactive(VirtualList.virtual_size, Size(0, pages.count + 1))
        self._scroll_update(self.virtual_size)  # the scrollbar alone: rows that come and go move nothing else
        self.scroll_to(y=index - height, animate=False, force=True)
        self._keep_in_view()
        self._repaint()
        self._told = None
        self._tell()

    # Moving.

    @property
    def _rows_in_view(self) -> int:
        return max(1, self.size.height - 1)

    def move_to(self, index: int) -> None:
        """Put the cursor on a row, scrolling no more than needed."""
        if not self.count:
            return
        left, self._cursor = self._cursor, max(0, min(index, self.count - 1))
        self._keep_in_view()
        self._refresh_rows(left, self._cursor)
        self._want_pages()
        self._tell()

    def action_move(self, rows: int) -> None:
        """Move the cursor some rows down, or up."""
        self.move_to(self._cursor + rows)

    def action_move_page(self, pages: int) -> None:
        """Move by whole windows; the cursor stays at its height while it can."""
        rows = pages * self._rows_in_view
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False, force=True)
        self.move_to(self._cursor + rows)

    def action_move_to_end(self, last: bool) -> None:
        """Move to the first or the last row."""
        self.move_to(self.count - 1 if last else 0)

    def action_open(self) -> None:
        """Open the row under the cursor."""
        if (key := self.cursor_key) is not None:
            self.post_message(self.Opened(self, key))

    def action_select(self) -> None:
        """Select or deselect the row under the cursor, and go to the next."""
        if not self.selectable or (key := self.cursor_key) is None:
            return
        if key in self._selected:
            del self._selected[key]
        else:
            self._selected[key] = None
        self._strips.clear()
        self.post_message(self.SelectionChanged(self))
        self.move_to(self._cursor + 1)

    def select(self, *keys: Hashable) -> None:
        """Select the rows with these keys as well."""
        self._selected.update(dict.fromkeys(keys))
        self._repaint()

    def clear_selection(self) -> None:
        """Deselect every row."""
        if self._selected:
            self._selected.clear()
            self._repaint()
            self.post_message(self.SelectionChanged(self))

    def on_click(self, event: events.Click) -> None:
        """Go to the row that was clicked; a second click opens it."""
        index = self.scroll_offset.y + event.y - 1
        if event.y < 1 or index >= self.count:
            return
        self.move_to(index)
        if event.chain == 2:
            self.action_open()

    def _keep_in_view(self) -> None:
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + self._rows_in_view:
            self.scroll_to(y=self._cursor - self._rows_in_view + 1, animate=False, force=True)

    def _tell(self) -> None:
        key = self.cursor_key
        if key is not None and key != self._told:
            self._told = key
            self.post_message(self.Highlighted(self, key))

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
                    self.refresh()
                    self._tell()
        finally:
            self._fetching = False

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
            part = f"virtual-list--{name}"
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
        tick = "●" if self._key(row) in self._selected else ""
        strip = painter.row(row, bar + tick, self._style("cursor") if at_cursor else self.rich_style)
        if len(self._strips) > STRIPS_KEPT:
            self._strips.clear()
        self._strips[index, at_cursor] = strip
        return strip
