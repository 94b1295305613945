"""Mail: the messages of the outbox, newest first, and their honest fate."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.base import DeskScreen
from screens.commands import bindings_for
from screens.list_screen import ListScreen
from screens.mail_filter import MailFilter
from screens.paint import lines, muted, painted
from screens.sentences import MAIL_MEANINGS, explain_error, mail_look
from screens.text import clean
from screens.times import hk_moment
from screens.widgets.columns import Column
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.errors import StoreError
from store.views import TROUBLED_MAIL, WAITING_MAIL, MailRow, MailState

if TYPE_CHECKING:
    from store.mailbox import MailListing


def state_cell(row: MailRow) -> Text:
    """Glyph, word and colour of a message's state."""
    seen = mail_look(row.state)
    return Text(f"{seen.glyph} {seen.word}", seen.style)


def message_cell(row: MailRow) -> str:
    """What the message says, in few words."""
    return _("code no. %d") % row.code_number if row.code_number else _(row.kind.value)


class MailScreen(ListScreen[MailRow]):
    """One line for each message; what is known of the one under the cursor stands below."""

    PLACE = "mail"
    NEWEST_FIRST = True
    CSS_PATH: ClassVar[list[str]] = ["list_screen.tcss", "mail.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("mail")]

    def __init__(self) -> None:
        super().__init__()
        self.states: frozenset[MailState] = frozenset()
        self.counts: Mapping[MailState, int] = {}

    def compose(self) -> ComposeResult:
        """Status line, list, detail."""
        yield Static(id="status")
        yield self.rows
        with Vertical(id="detail"):
            yield Static(id="whose")
            yield Static(id="reply")

    def columns(self) -> Sequence[Column[MailRow]]:
        """Few at 80 cells, names when there is room."""
        return [
            Column[MailRow](_("Written"), self._written, width=12),
            Column[MailRow](_("State"), state_cell, width=11),
            Column[MailRow](_("User ID"), lambda row: row.user_id, width=9),
            Column[MailRow](_("Name"), lambda row: row.user_name, width=12, fraction=2, from_width=100),
            Column[MailRow](_("Message"), message_cell, width=16),
            Column[MailRow](_("To"), lambda row: row.to, width=14, fraction=3),
            Column[MailRow](
                _("Tries"), lambda row: str(row.attempts), width=5, from_width=100, justify="right"
            ),
        ]

    def key_of(self, row: MailRow) -> int:
        """The message's number."""
        return row.mail_id

    async def source(self) -> "MailListing":
        """The messages that are wanted now."""
        self.counts = await self.desk.mailbox.counts()
        return self.desk.mailbox.listing(self.states)

    def status_words(self) -> str:
        """How many there are, in which states."""
        count = self.rows.count
        number = ngettext("{n} message", "{n} messages", count).format(n=f"{count:,}")
        if self.states:
            narrowed = ", ".join(mail_look(state).word for state in MailState if state in self.states)
            return " · ".join([number, _("only {words}").format(words=narrowed), _("newest first")])
        trouble = sum(self.counts.get(state, 0) for state in TROUBLED_MAIL)
        waiting = sum(self.counts.get(state, 0) for state in WAITING_MAIL)
        parts = [number, _("{n} waiting").format(n=f"{waiting:,}")]
        return " · ".join([*parts, _("{n} in trouble").format(n=f"{trouble:,}"), _("newest first")])

    def empty_words(self) -> str:
        """What to do when nothing is listed."""
        if self.states:
            return _("No message is in that state.\nPress esc to show all.")
        return _("No message was written yet.\nOne is written when an address is registered or a code sent.")

    def show_status(self) -> None:
        """Bring the status line and the detail up to date."""
        super().show_status()
        self._show_detail()

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        """Show what is known of the message under the cursor."""
        self._show_detail()

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """Show the card of the user it was written to."""
        from screens.user_card import UserCardScreen  # noqa: PLC0415

        if (row := self.rows.cursor_row) is not None:
            self.app.push_screen(UserCardScreen(row.user_id))

    def _written(self, row: MailRow) -> str:
        return hk_moment(row.created_at, self.desk.clock.now())

    def _show_detail(self) -> None:
        row, now = self.rows.cursor_row, self.desk.clock.now()
        self.query_one("#detail").display = row is not None
        if row is not None:
            self.query_one("#whose", Static).update(self._whose(row))
            self.query_one("#reply", Static).update(muted(self._reply(row, now)))

    @staticmethod
    def _whose(row: MailRow) -> Content:
        who = muted(f"  {row.user_id} · {row.participant_id} · {row.to}")
        fate = Content.assemble(painted(mail_look(row.state)), f"  {MAIL_MEANINGS[row.state]}")
        return lines([Content.assemble((clean(row.user_name), "bold"), who), fate])

    @staticmethod
    def _reply(row: MailRow, now: datetime) -> str:
        known = [_("mail no. %d") % row.mail_id]
        known.append(ngettext("%d attempt", "%d attempts", row.attempts) % row.attempts)
        if row.accepted_at:
            known.append(_("accepted %s") % hk_moment(row.accepted_at, now))
        if row.next_attempt_at and row.state in (MailState.QUEUED, MailState.DEFERRED):
            known.append(_("next attempt %s") % hk_moment(row.next_attempt_at, now))
        if row.last_reply:
            known.append(row.last_reply)
        return " · ".join(known)

    @work(group="filter", exclusive=True, exit_on_error=False)
    async def do_filter(self) -> None:
        """Choose the states to show."""
        chosen = await self.app.push_screen_wait(MailFilter(await self.desk.mailbox.counts(), self.states))
        if chosen is not None:
            self.states = chosen
            self.look_again(to_top=True)

    def do_back(self) -> None:
        """Show all again; when all are shown, leave."""
        if self.states:
            self.states = frozenset()
            self.look_again(to_top=True)
        else:
            DeskScreen.do_back(self)

    def do_retry(self) -> None:
        """Try the message again now."""
        self._steer("retry", _("The message is queued to be tried again now."))

    def do_hold(self) -> None:
        """Keep the message from being sent."""
        self._steer("hold", _("The message is held until you release it."))

    def do_release(self) -> None:
        """Let the message go."""
        self._steer("release", _("The message is queued again."))

    @work(group="steer", exit_on_error=False)
    async def _steer(self, what: str, done: str) -> None:
        row = self.rows.cursor_row
        if row is None:
            return
        mailbox = self.desk.mailbox
        steer = {"retry": mailbox.retry, "hold": mailbox.hold, "release": mailbox.release}[what]
        try:
            await steer(row.mail_id)
        except StoreError as error:
            self.say(explain_error(error), severity="warning")
        else:
            self.say(done)
        self.look_again()
