"""The users of one participant, or all: found while typing, narrowed by standing, selected for a resend."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType

from screens.commands import bindings_for
from screens.filter_picker import Choice, FilterPicker
from screens.list_screen import ListScreen, cycle
from screens.sentences import KINDS, LOCKED, SUSPENDED, look, next_step
from screens.widgets.columns import Column
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.views import Standing, UserQuery, UserRow, UserSort

if TYPE_CHECKING:
    from store.users import UserListing


def standing_cell(row: UserRow) -> Text:
    """Glyph, word and colour of a standing; a lock or suspension is said before it."""
    shown = look(row.standing)
    text = Text()
    for flag, said in ((row.locked, LOCKED), (row.suspended, SUSPENDED)):
        if flag:
            text.append(f"{said.glyph} ", said.style)
    text.append(f"{shown.glyph} {shown.word}", shown.style)
    return text.append(" +", "warning") if row.change_pending else text


def address_cell(row: UserRow) -> str | Text:
    """The address, or a dash."""
    return row.email or Text("–", "text-disabled")


def next_step_cell(row: UserRow) -> Text:
    """The next step and whose it is."""
    return Text(next_step(row.standing, row.kind, locked=row.locked, suspended=row.suspended), "text-muted")


class UsersScreen(ListScreen[UserRow]):
    """One line for each user of the query."""

    PLACE = "users"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("users")]
    CSS_PATH = "list_screen.tcss"
    SEARCH_HINT = _("ID, name (also two Chinese characters), address or participant")
    SELECTABLE = True

    def __init__(
        self, query: UserQuery | None = None, *, participant_name: str = "", searching: bool = False
    ) -> None:
        self.query_now = query or UserQuery()
        self.participant_name = participant_name
        self.searching = searching
        self.found = 0
        self.capped = False
        super().__init__()

    def columns(self) -> Sequence[Column[UserRow]]:
        """Few at 80 cells, more when there is room; the participant only in a list of more than one."""
        columns = [
            Column[UserRow](_("User ID"), lambda row: row.user_id, width=9),
            Column[UserRow](_("Name"), lambda row: row.user_name, width=12, fraction=2),
            Column[UserRow](_("Address"), address_cell, width=12, fraction=3),
            Column[UserRow](_("Standing"), standing_cell, width=19),
            Column[UserRow](_("Kind"), lambda row: KINDS[row.kind], width=10, from_width=110),
        ]
        if self.query_now.participant_id is None:
            columns.append(Column(_("CP"), lambda row: row.participant_id, width=6))
            columns.append(Column(_("Participant"), lambda row: row.participant_name, width=10, fraction=2, from_width=110))
        columns.append(Column(_("Next step"), next_step_cell, width=20, fraction=4, from_width=150))
        return columns

    def key_of(self, row: UserRow) -> str:
        """The user's ID."""
        return row.user_id

    def on_mount(self) -> None:
        """Begin in the search box where the work begins with a call."""
        if self.searching:
            self.do_search()

    async def source(self) -> "UserListing":
        """The listing of the query as it is now."""
        self.query_now = replace(self.query_now, search=self.search)
        listing = self.desk.users.listing(self.query_now)
        self.found = await listing.count()
        self.capped = listing.capped
        return listing
