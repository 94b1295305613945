"""A list of any length, with a cursor that repaints the two lines it leaves and enters.

A refresh keeps the cursor on the row with the same key, at the same height. Of a list with the newest first
a cursor on the first row stays there, and one further down hears how many came in above what is in view.
"""

from collections.abc import Callable, Collection, Container, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from screens.widgets.columns import Column
from screens.widgets.row_view import RowView, Ticks
from screens.widgets.source import Pages, Source

Row = TypeVar("Row")


class VirtualList(RowView[Row], Generic[Row]):
    """Rows of a `Source` under column titles, with a cursor and, when `selectable`, a selection by key."""

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

    @dataclass
    class NewerSeen(About):
        """Rows that had come in above came into view."""

    def __init__(
        self,
        columns: Sequence[Column[Row]],
        key: Callable[[Row], Hashable],
        *,
        selectable: bool = False,
        ticks: Ticks = ("", "●"),
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(columns, key, ticks=ticks if selectable else ("", ""), id=id, classes=classes)
        self.selectable = selectable
        self.together: Callable[[Row], Collection[Hashable]] | None = None
        """The keys that are selected with a row, its own among them; None for its own alone."""
        self.newest_first = False
        self._newer = 0
        self._told: Hashable | None = None
        self._turn = 0

    # What the list shows and holds.

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

    @property
    def newer(self) -> int:
        """How many rows came in above those in view and were not seen yet; only with `newest_first`."""
        return min(self._newer, self.scroll_offset.y)

    @property
    def _follows_newest(self) -> bool:
        return self.newest_first and self._cursor == 0 and self.scroll_offset.y == 0

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
            keeps = keep_cursor and not self._follows_newest
            key = at if at is not None else self.cursor_key if keeps else None
            pages = Pages(source, await source.count())
            position = await source.position(key) if key is not None else None
            kept = self._cursor if keeps else 0
            index = max(0, min(kept if position is None else position, pages.count - 1))
            while (
                number := pages.missing(index - self._rows_in_view, index + self._rows_in_view, 0)
            ) is not None:
                await pages.fetch(number)
            if turn != self._turn:
                return
            if not keep_cursor or at is not None:
                break
            moved = keeps == self._follows_newest or (keeps and key != self.cursor_key)
            if not moved:
                break
        came = index - kept if keeps and self.newest_first and position is not None else 0
        newer = self.newer + max(0, came) if keeps else 0
        self._put(pages, index, self._cursor - self.scroll_offset.y if keeps else self._rows_in_view // 2)
        self._newer = newer

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

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Count what came in above as seen once it is in view."""
        super().watch_scroll_y(old_value, new_value)
        if self.newer < self._newer:
            self._newer = self.newer
            self.post_message(self.NewerSeen(self))

    # Moving.

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
        """Select or deselect the row under the cursor, and what is selected with it."""
        if not self.selectable or (row := self.cursor_row) is None:
            return
        key = self._key(row)
        keys = self.together(row) if self.together else (key,)
        if key in self._selected:
            for each in keys:
                self._selected.pop(each, None)
        else:
            self._selected.update(dict.fromkeys(keys))
        self._repaint()
        self.post_message(self.SelectionChanged(self))

    def select(self, *keys: Hashable) -> None:
        """Select the rows with these keys as well."""
        self._selected.update(dict.fromkeys(keys))
        self._repaint()

    def narrow_selection(self, keys: Container[Hashable]) -> None:
        """Deselect the rows whose key is not among these."""
        if gone := [key for key in self._selected if key not in keys]:
            for key in gone:
                del self._selected[key]
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

    def rows_arrived(self) -> None:
        """Draw the rows that have come; the one under the cursor may be among them."""
        super().rows_arrived()
        self._tell()

    def _tell(self) -> None:
        key = self.cursor_key
        if key is not None and key != self._told:
            self._told = key
            self.post_message(self.Highlighted(self, key))
