"""A screen that is one list: a status line, a search box, the list, and a refresh that never piles up."""

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from typing import Any, Generic, TypeVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.widgets import Input, Static

from screens.base import DeskScreen
from screens.commands import Command
from screens.text import plain
from screens.widgets.columns import Column
from screens.widgets.search_box import SearchBox
from screens.widgets.source import Source
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext

Row = TypeVar("Row")


class ListScreen(DeskScreen[None], Generic[Row]):
    """Says what is listed, lists it, and keeps it as it is in the store.

    Every change of what is wanted (a key typed, an order, a filter, the store itself) asks for one more look;
    looks follow one another, and one that is overtaken while it waits is never made.
    """

    AUTO_FOCUS = "VirtualList"
    SEARCH_HINT = ""
    LONGEST_SEARCH = 100
    """Characters that the search box takes; 0 for any number."""
    SELECTABLE = False
    NEWEST_FIRST = False

    def __init__(self, *, searching: bool = False) -> None:
        super().__init__()
        self.searching = searching
        self.search = ""
        self.rows: VirtualList[Row] = VirtualList((), self.key_of, selectable=self.SELECTABLE, id="rows")
        self._wanted = False
        self._looking = False
        self._to_top = True

    # What a list screen is made of.

    @abstractmethod
    def columns(self) -> Sequence[Column[Row]]:
        """The columns, most important ones first to be kept."""

    @abstractmethod
    def key_of(self, row: Row) -> Hashable:
        """What tells a row from every other."""

    @abstractmethod
    async def source(self) -> Source[Row]:
        """The rows that are wanted now."""

    @abstractmethod
    def status_words(self) -> str:
        """Of whom, how many, in which order, narrowed how."""

    @abstractmethod
    def empty_words(self) -> str:
        """What an empty list says: what to do."""

    # How it works.

    def compose(self) -> ComposeResult:
        """Status line, search box, list."""
        yield Static(id="status")
        yield SearchBox(self.SEARCH_HINT, self.LONGEST_SEARCH)
        yield self.rows

    def on_mount(self) -> None:
        """Begin with the first look, in the search box where work begins with a search."""
        self.rows.columns = self.columns()
        self.rows.focus()
        if self.searching:
            self.do_search()
        self.look_again(to_top=True)

    def look_again(self, *, to_top: bool = False) -> None:
        """Show what is wanted now; the cursor keeps its row unless `to_top`."""
        self._to_top = self._to_top or to_top
        self._wanted = True
        if not self._looking:
            self._looking = True
            self._look()

    @work(group="look", exit_on_error=False)
    async def _look(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                to_top, self._to_top = self._to_top, False
                self.rows.newest_first = self.newest_first
                await self.rows.show(await self.source(), keep_cursor=not to_top)
                self.rows.empty = self.empty_words()
                self.show_status()
        finally:
            self._looking = False

    def show_status(self) -> None:
        """Bring the status line up to date."""
        self.query_one("#status", Static).update(
            Text.assemble(self._newer_words(), plain(self.status_words())), layout=False
        )

    @property
    def newest_first(self) -> bool:
        """Whether new rows come in above the others."""
        return self.NEWEST_FIRST

    def _newer_words(self) -> Text:
        """How many rows came in above what is in view."""
        number = self.rows.newer
        if not number:
            return Text()
        words = ngettext("↑ {n} newer line above", "↑ {n} newer lines above", number)
        return Text(words.format(n=f"{number:,}"), "bold").append(" · ", "not bold")

    def on_virtual_list_newer_seen(self, event: VirtualList.NewerSeen) -> None:
        """Tell how many newer ones are left above."""
        self.show_status()

    async def store_changed(self) -> None:
        """Look again; the cursor stays on its row and what is typed stays typed."""
        self.look_again()

    def label_of(self, command: Command) -> str:
        """While something is typed, esc takes it back."""
        return _("Clear") if command.name == "back" and self.typing else super().label_of(command)

    def do_search(self) -> None:
        """Open the search box."""
        self.query_one(SearchBox).begin_anew()

    def do_back(self) -> None:
        """Clear the search that narrows the list; with none, leave."""
        search = self.query_one(SearchBox).input
        if search.value:
            search.value = ""
        else:
            super().do_back()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search for what is typed so far; once it is cleared the cursor keeps the row last looked at."""
        self.search = event.value.strip()
        self.look_again(to_top=bool(self.search))

    @work(group="choose", exclusive=True, exit_on_error=False)
    async def on_search_input_chosen(self) -> None:
        """Open the best match once the results for all that was typed stand; with none, type on."""
        self.rows.focus()
        await self.finish("look")
        if self.rows.count:
            self.rows.action_open()
        else:
            self.query_one(SearchBox).input.focus()

    def on_search_input_done(self) -> None:
        """Go on to the list."""
        self.rows.focus()

    def on_virtual_list_selection_changed(self, event: VirtualList.SelectionChanged) -> None:
        """Tell how many are selected."""
        self.show_status()

    def do_open(self) -> None:
        """Open the row under the cursor (the list does it itself while it has the focus)."""
        self.rows.action_open()

    def do_select(self) -> None:
        """Select the row under the cursor."""
        self.rows.action_select()


def cycle(values: Sequence[Any], value: Any) -> Any:
    """The value after this one, the first after the last."""
    return values[(values.index(value) + 1) % len(values)]
