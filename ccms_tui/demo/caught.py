"""The caught mail: what the demo's mail server received, newest first, and one of them to read."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from ccms_tui.demo.catcher import CaughtMail
from screens.base import DeskScreen
from screens.commands import bindings_for
from screens.text import clean, plain
from screens.widgets.columns import Column
from screens.widgets.source import MemorySource
from screens.widgets.virtual_list import VirtualList
from screens.words import _
from store.clock import HONG_KONG


def _number(mail: CaughtMail) -> int:
    return mail.number


class CaughtScreen(DeskScreen[None]):
    """A list above, the mail under its cursor below; the newest is shown until another is picked."""

    PLACE = "caught"
    CSS_PATH = "caught.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("caught")]

    def __init__(self, caught: Sequence[CaughtMail]) -> None:
        super().__init__()
        self._caught = caught
        self._shown = 0

    def compose(self) -> ComposeResult:
        """The list and the reading view."""
        columns = [
            Column[CaughtMail](_("Time"), lambda mail: f"{mail.at.astimezone(HONG_KONG):%H:%M:%S}", width=8),
            Column[CaughtMail](_("To"), lambda mail: mail.to, width=20, fraction=2),
            Column[CaughtMail](_("Subject"), lambda mail: mail.subject, width=20, fraction=3),
        ]
        yield VirtualList(columns, _number, id="caught-list")
        with VerticalScroll(id="caught-reading"):
            yield Static(id="caught-text")

    def on_mount(self) -> None:
        """Show what was caught so far."""
        super().on_mount()
        self.list.empty = _("Nothing was caught yet: send a code, and its mail comes in here.")
        self.list.focus()
        self.run_worker(self._show(), group="show", exclusive=True)

    @property
    def list(self) -> VirtualList[CaughtMail]:
        """The list of mails."""
        return self.query_one("#caught-list", VirtualList)

    async def store_changed(self) -> None:
        """Show mails that came in meanwhile; a reader of an older one is left in peace."""
        if len(self._caught) != self._shown:
            await self._show()

    async def _show(self) -> None:
        follows = self.list.cursor == 0
        self._shown = len(self._caught)
        await self.list.show(MemorySource(reversed(self._caught), _number), keep_cursor=not follows)

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        """Show the mail under the cursor."""
        mail = self._caught[event.key - 1]
        text = plain(_("To: {to}").format(to=mail.to), "bold")
        text.append("\n").append_text(plain(_("Subject: {subject}").format(subject=mail.subject), "bold"))
        text.append("\n\n" + "\n".join(clean(line) for line in mail.text.splitlines()))
        self.query_one("#caught-text", Static).update(text)
        self.query_one("#caught-reading").scroll_home(animate=False)

    def on_virtual_list_opened(self, _event: VirtualList.Opened) -> None:
        """Let the keys move the mail."""
        self.query_one("#caught-reading").focus()

    def do_back(self) -> None:
        """Give the keys back to the list."""
        self.list.focus()
