"""Ask before something dangerous is done; only the letter that is named does it, so a stray key does not."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.dialog import Dialog
from screens.paint import foreign, hints
from screens.words import _


class ConfirmScreen(Dialog[bool]):
    """A question, what follows from it, and two keys. Answers True for yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
    ]

    def __init__(self, question: str, consequence: str | Content, yes: str) -> None:
        super().__init__()
        self.question = question
        self.consequence = consequence
        self.yes = yes

    def compose(self) -> ComposeResult:
        """The question and the keys."""
        with VerticalScroll(classes="panel", can_focus=False):
            yield Static(foreign(self.question, "bold $warning"))
            told = self.consequence
            yield Static(foreign(told) if isinstance(told, str) else told, classes="gap")
            yield Static(hints([("y", self.yes), ("n", _("leave it"))]), classes="hints")

    def action_answer(self, answer: bool) -> None:
        """Give the answer."""
        self.dismiss(answer)

    def action_leave(self) -> None:
        """Leave it."""
        self.dismiss(False)
