"""Audit: the events of the log within the operator's scope, newest first, filtered, in full, and proved."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from screens.audit_filter import AuditFilter
from screens.audit_words import KINDS
from screens.base import DeskScreen
from screens.commands import bindings_for
from screens.event import EventScreen
from screens.history import history_words
from screens.list_screen import ListScreen
from screens.times import hk_date, hk_moment
from screens.verify_log import VerifyLogScreen
from screens.widgets.columns import Column
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.audit_views import PREFIXES, EventKind, EventQuery, EventRow

if TYPE_CHECKING:
    from store.audit_listing import EventListing

EVERYTHING = EventQuery()


def what_cell(row: EventRow) -> Text:
    """What happened; a refusal stands out."""
    words = history_words(row.action, row.facts)
    refused = row.action.startswith(PREFIXES[EventKind.REFUSALS])
    return Text(f"✗ {words}", "warning") if refused else Text(words)


def whom_cell(row: EventRow) -> str | Text:
    """The user it is about, else the participant."""
    return row.user_id or row.participant_id or Text("–", "text-disabled")


class AuditScreen(ListScreen[EventRow]):
    """One line for each event."""

    PLACE = "audit"
    NEWEST_FIRST = True
    CSS_PATH = "list_screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("audit")]

    def __init__(self) -> None:
        super().__init__()
        self.wanted = EVERYTHING

    def compose(self) -> ComposeResult:
        """Status line, list."""
        yield Static(id="status")
        yield self.rows

    def columns(self) -> Sequence[Column[EventRow]]:
        """Few at 80 cells; number, participant and name when there is room."""
        columns = [
            Column[EventRow](
                _("No."), lambda row: f"{row.event_id:,}", width=9, from_width=100, justify="right"
            ),
            Column[EventRow](_("When"), self._when, width=17),
            Column[EventRow](_("Who"), lambda row: row.operator_id, width=12),
            Column[EventRow](_("About"), whom_cell, width=9),
            Column[EventRow](_("Name"), lambda row: row.user_name or "", width=14, from_width=120),
            Column[EventRow](_("What happened"), what_cell, width=20, fraction=1),
        ]
        if self.desk.actor.participant_id is None:
            columns.insert(4, Column(_("CP"), lambda row: row.participant_id or "", width=8, from_width=100))
        return columns

    def key_of(self, row: EventRow) -> int:
        """The event's number."""
        return row.event_id

    async def source(self) -> "EventListing":
        """The events that are wanted now."""
        return self.desk.audit.listing(self.wanted)

    def status_words(self) -> str:
        """How many events, narrowed how."""
        count = self.rows.count
        whose = self.desk.actor.participant_id
        number = ngettext("{n} event", "{n} events", count).format(n=f"{count:,}")
        parts = [whose, number, *self.narrowed_words(), _("newest first")]
        return " · ".join(part for part in parts if part)

    def narrowed_words(self) -> list[str]:
        """What the filter lets through, in words."""
        wanted = self.wanted
        words = [KINDS[wanted.kind]] if wanted.kind else []
        words += [_("by {who}").format(who=wanted.operator_id)] if wanted.operator_id else []
        words += [_("participant {id}").format(id=wanted.participant_id)] if wanted.participant_id else []
        words += [_("user {id}").format(id=wanted.user_id)] if wanted.user_id else []
        first, last = AuditFilter.days_of(wanted)
        if first and last:
            words.append(hk_date(first) if first == last else f"{hk_date(first)} – {hk_date(last)}")
        return [_("only {words}").format(words=", ".join(words))] if words else []

    def empty_words(self) -> str:
        """What to do when nothing is listed."""
        if self.wanted != EVERYTHING:
            return _("No event to show under this filter.\nPress esc to show all, or f for another filter.")
        return _("Nothing has happened yet.")

    def _when(self, row: EventRow) -> str:
        return hk_moment(row.at, self.desk.clock.now()) if row.at else _("(unreadable)")

    @work(group="filter", exclusive=True, exit_on_error=False)
    async def do_filter(self) -> None:
        """Choose which events are listed."""
        chosen = await self.app.push_screen_wait(AuditFilter(self.wanted))
        if chosen is not None:
            self.wanted = chosen
            self.look_again(to_top=True)

    def do_back(self) -> None:
        """Show all again; when all are shown, leave."""
        if self.wanted != EVERYTHING:
            self.wanted = replace(EVERYTHING)
            self.look_again(to_top=True)
        else:
            DeskScreen.do_back(self)

    def do_verify(self) -> None:
        """Follow the whole log and say whether it is as it was written."""
        self.app.push_screen(VerifyLogScreen(), lambda _answer: self.look_again())

    def do_export(self) -> None:
        """Say how the log becomes a file: no session has files, the host has."""
        self.say(_("On the host: {command}").format(command="ccms-tui export audit --format csv > audit.csv"))

    @work(group="event", exclusive=True, exit_on_error=False)
    async def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """Show the event under the cursor in full, and from there its user."""
        from screens.user_card import UserCardScreen  # noqa: PLC0415

        if (row := self.rows.cursor_row) is None:
            return
        user_id = await self.app.push_screen_wait(EventScreen(row))
        if user_id is not None:
            self.app.push_screen(UserCardScreen(user_id))
