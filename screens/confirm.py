"""Ask before something dangerous is done; only the letter that is named does it, so a stray key does not."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.dialog import SCROLLING, Dialog, Panel
from screens.paint import foreign, hints
from screens.widgets.hanging import Hanging
from screens.words import _


class ConfirmScreen(Dialog[bool]):
    """A question, what follows from it, however long, and two keys that are always there. True for yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
        *SCROLLING,
    ]

    def __init__(self, question: str, consequence: str | Content, yes: str, *, no: str = "") -> None:
        super().__init__()
        self.question = question
        self.consequence = consequence
        self.yes, self.no = yes, no or _("leave it")

    def compose(self) -> ComposeResult:
        """The question and the keys."""
        with Panel():
            yield Static(foreign(self.question, "bold $warning"))
            told = self.consequence
            yield Hanging(foreign(told) if isinstance(told, str) else told, classes="gap")
            yield Static(hints(self._keys), classes="hints")

    @property
    def _keys(self) -> list[tuple[str, str]]:
        return [("y", self.yes), ("n", self.no)]

    def on_mount(self) -> None:
        """Say how to read on, where there is more than the window has room for."""
        self.call_after_refresh(self._show_keys)

    def on_resize(self) -> None:
        """The same for the new size."""
        self.call_after_refresh(self._show_keys)

    def _show_keys(self) -> None:
        keys = self._keys
        if self.query_one(VerticalScroll).max_scroll_y > 0:
            keys.append(("↑ ↓", _("read on")))
        self.query_one(".hints", Static).update(hints(keys))

    def action_answer(self, answer: bool) -> None:
        """Give the answer."""
        self.dismiss(answer)

    def action_leave(self) -> None:
        """Leave it."""
        self.dismiss(False)
