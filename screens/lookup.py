"""Look somebody up: one box, what it finds as you type, and the answer card on enter."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import work
from textual.binding import BindingType

from screens.commands import bindings_for
from screens.found_words import about_number, as_sentences, the_best_of
from screens.list_screen import ListScreen
from screens.matched import show_match
from screens.sentences import KINDS, too_long
from screens.text import clean, fit
from screens.users import address_cell, next_step_cell, standing_cell
from screens.widgets.columns import Column
from screens.widgets.search_box import SearchBox
from screens.widgets.source import MemorySource
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.rules.clue_examples import ClueKind
from store.rules.clues import LONGEST, is_too_long, take_kinds
from store.rules.roles import sees_full_addresses
from store.views import Found, UserRow

SHOWN = 50
CLUES = {
    ClueKind.USER_ID: _("a user ID, or its beginning; dashes and O for 0 do no harm"),
    ClueKind.NAME: _("a name or parts of it; a mistake or two is forgiven"),
    ClueKind.CHINESE: _("a Chinese name, or the given name alone"),
    ClueKind.PARTICIPANT: _("a participant, by name or number, and a name"),
    ClueKind.DA: _("its Delegated Administrators; maker or checker for one kind"),
    ClueKind.MAIL: _("the number of a mail, as the Mail screen has it"),
    ClueKind.CODE: _("the number of the code that the caller has in hand"),
}


class LookupScreen(ListScreen[UserRow]):
    """The box stays open; with nothing typed the list says what can be."""

    PLACE = "lookup"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("lookup")]
    CSS_PATH = ["list_screen.tcss", "lookup.tcss"]  # noqa: RUF012 - as Textual declares it
    SEARCH_HINT = _("What does the caller give? ID, name, address, participant, mail or code number")
    LONGEST_SEARCH = 0

    def __init__(self) -> None:
        super().__init__(searching=True)
        self.found = Found()
        self.examples: Mapping[ClueKind, str] = {}
        self.by_kind = False
        """Whether the clue says what somebody is: then the list does, where there is room for little."""

    def columns(self) -> Sequence[Column[UserRow]]:
        """Enough to tell people of one name apart at 80 cells."""
        return [
            Column[UserRow](_("User ID"), lambda row: row.user_id, width=9, fraction=1),
            Column[UserRow](
                _("Name"), lambda row: row.user_name, width=20, fraction=6, shorten=self._name_cell
            ),
            Column[UserRow](_("CP"), lambda row: row.participant_id, width=7),
            Column[UserRow](
                _("Participant"),
                lambda row: row.participant_name,
                width=12,
                fraction=4,
                from_width=100 if self.by_kind else 60,
            ),
            Column[UserRow](_("Standing"), standing_cell, width=19),
            Column[UserRow](
                _("Kind"), lambda row: KINDS[row.kind], width=10, from_width=60 if self.by_kind else 100
            ),
            Column[UserRow](_("Address"), address_cell, width=14, fraction=4, from_width=110),
            Column[UserRow](_("Next step"), next_step_cell, width=20, fraction=10, from_width=150),
        ]

    def _name_cell(self, row: UserRow, width: int) -> str:
        return show_match(row.user_name, self.search, width) if self.search else row.user_name

    def key_of(self, row: UserRow) -> str:
        """The user's ID."""
        return row.user_id

    async def source(self) -> MemorySource[UserRow]:
        """Who the clue finds."""
        if self.by_kind != (by_kind := bool(take_kinds(self.search)[1])):
            self.by_kind = by_kind
            self.rows.columns = self.columns()
        if self.search:
            self.found = await self.desk.users.lookup(self.search, SHOWN)
        else:
            self.found, self.examples = Found(), await self.desk.users.clue_examples()
        return MemorySource(self.found.rows, self.key_of)

    def status_words(self) -> str:
        """How many were found, and how sure that is."""
        found = self.found
        count = len(found.rows)
        if not self.search:
            return _("Look up a caller")
        if is_too_long(self.search):
            if len(self.search) > LONGEST:
                return _("{n} characters").format(n=f"{len(self.search):,}")
            return _("{n} words").format(n=f"{len(self.search.split()):,}")
        if not count:
            return _("Nobody found")
        if found.close:
            return _("Nobody is called exactly that; these come close, the closest first")
        words = ngettext("{n} found", "{n} found, best match first", count).format(n=count)
        if found.more:
            words = the_best_of(count, self.search)
        return " · ".join((words, *about_number(self.search, found)))

    def empty_words(self) -> str:
        """What can be typed; or what to try when nobody is found."""
        if not self.search:
            return self._what_to_type()
        if is_too_long(self.search):
            return too_long(self.search) + _(" Press esc to clear it.")
        lines = [_("Nobody matches that, nor comes close; try fewer words or another part.")]
        if not sees_full_addresses(self.desk.actor.role):
            lines.append(_("An address finds its user only when it is typed whole."))
        lines += as_sentences(about_number(self.search, self.found))
        return "\n".join([*lines, _("Press esc to clear it.")])

    def _what_to_type(self) -> str:
        """What finds somebody here, or what would once there is anybody."""
        lines = [_("Type what the caller gives; enter opens the best match.")]
        if self.examples:
            shown = {kind: clean(example) for kind, example in self.examples.items()}
            width = max(map(cell_len, shown.values())) + 2
            lines[0] += _(" For example:")
            lines += ["", *(fit(example, width) + CLUES[kind] for kind, example in shown.items())]
        return "\n".join(lines)

    async def on_screen_resume(self) -> None:
        """Be ready for the next caller: typing replaces what the last one gave."""
        self.query_one(SearchBox).begin_anew()

    def came_again(self) -> None:
        """Be ready for the next caller."""
        self.query_one(SearchBox).begin_anew()

    def do_back(self) -> None:
        """Take back what was typed and be ready for the next clue, as typed keys would be commands else."""
        search = self.query_one(SearchBox)
        if search.input.value:
            search.input.value = ""
            search.open()
        else:
            super().do_back()

    @work(exclusive=True, group="call", exit_on_error=False)
    async def do_log_call(self) -> None:
        """Log a call: about the user under the cursor, or a general one when nobody is found."""
        from screens.same_caller import log_call  # noqa: PLC0415

        await log_call(self, self.rows.cursor_key, lambda _ended: None)

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """Show the answer card."""
        from screens.answer import AnswerScreen  # noqa: PLC0415

        self.app.push_screen(AnswerScreen(event.key))
