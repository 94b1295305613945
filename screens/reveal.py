"""Show the helpdesk a user's whole addresses: for a reason that is recorded, and only for a short while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from screens.dialog import Dialog, Line, Panel
from screens.paint import hints, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.words import _
from store.errors import StoreError
from store.views import Revealed, UserCard

SHOWN_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Shown:
    """Addresses that stand on the screen in full until a moment of the desk's clock."""

    addresses: Revealed
    until: datetime

    def holds(self, card: UserCard, now: datetime) -> bool:
        """Whether they may still stand there, and still are this card's."""
        seen = self.addresses
        return now < self.until and (seen.user_id, seen.version) == (card.row.user_id, card.version)


class RevealScreen(Dialog[Revealed]):
    """One line for the reason. Answers with the addresses, or with nothing when it was left.

    While another screen covers it (the desk is locked) nothing comes of an answer: enter asks once more.
    """

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = """
    RevealScreen {
        #trouble { min-height: 1; height: auto; margin-top: 1; }
    }
    """

    def __init__(self, card: UserCard) -> None:
        super().__init__()
        self._card = card
        self._asking = False

    def compose(self) -> ComposeResult:
        """Whose addresses, the line for the reason, what follows."""
        row = self._card.row
        whose = Content.assemble(clean(row.user_name), muted(f"  {row.user_id} · {row.participant_id}"))
        kept = _("Your reason is kept for the audit. The addresses are masked again after 30 seconds.")
        with Panel():
            yield Static(_("Show whole addresses"), classes="title")
            yield Static(whose, classes="gap clipped")
            yield Static(_("Why? What did the caller say?"), classes="label")
            yield Line(id="why", placeholder=_("e.g. reads out the address and asks if it is right"))
            yield Static(muted(kept), id="trouble")
            yield Static(hints([("enter", _("show")), ("esc", _("leave"))]), classes="hints")

    @on(Line.Submitted)
    def _submitted(self, event: Line.Submitted) -> None:
        if not self._asking:
            self._asking = True
            self._ask(event.value)

    @work(group="ask", exit_on_error=False)
    async def _ask(self, reason: str) -> None:
        try:
            addresses = await self.desk.users.reveal(self._card.row.user_id, reason)
        except StoreError as error:
            said = Content.styled(f"✗ {clean(explain_error(error))}", "$error")
            self.query_one("#trouble", Static).update(said)
        else:
            self.dismiss(addresses)
        finally:
            self._asking = False
