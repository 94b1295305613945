"""Verifies the audit log from the desk and says what was found."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.audit_words import verdict_lines
from screens.dialog import Dialog
from screens.paint import foreign, hints, lines, muted
from screens.sentences import explain_error
from screens.words import _
from store.audit_views import EventKind, EventQuery
from store.errors import StoreError


class VerifyLogScreen(Dialog[None]):
    """How far it is, then the outcome, which stays until it is closed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,q", "leave", show=False)]

    def compose(self) -> ComposeResult:
        """Title, outcome, keys."""
        with VerticalScroll(classes="panel"):
            yield Static(_("Verifying the audit log"), classes="title")
            yield Static(muted(_("Following the log from its first event …")), id="outcome", classes="gap")
            yield Static(hints([("esc", _("close"))]), classes="hints")

    def on_mount(self) -> None:
        """Begin."""
        self.verify()

    @work(group="verify", exclusive=True, exit_on_error=False)
    async def verify(self) -> None:
        """Follow the log; leaving stops it."""
        try:
            verdict = await self.desk.audit.verify(progress=self._progress)
        except StoreError as error:
            self._say(foreign(explain_error(error), "$error"))
            return
        first, *others = verdict_lines(verdict, await self._own_number())
        mark, style = ("✓", "bold $success") if verdict.ok else ("✗", "bold $error")
        self._say(lines([Content.styled(f"{mark} {first}", style), *others]))

    async def _own_number(self) -> int | None:
        """The number of the newest verification in the log: this one."""
        newest = await self.desk.audit.listing(EventQuery(kind=EventKind.LOOKS)).page(0)
        return next((row.event_id for row in newest if row.action == "audit.verified"), None)

    def _progress(self, done: int, events: int) -> None:
        self._say(muted(_("{done} of {all} events followed").format(done=f"{done:,}", all=f"{events:,}")))

    def _say(self, words: Content) -> None:
        self.query_one("#outcome", Static).update(words)
