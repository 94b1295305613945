"""A line for the day of the cut-over that is simulated."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from screens.dialog import Dialog, Line
from screens.paint import foreign, hints, muted
from screens.words import _


class CutoverDate(Dialog[str]):
    """Answers what was typed, empty for now; None when it was left. `trouble` is why it is asked again."""

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = "CutoverDate #trouble { height: auto; }"

    def __init__(self, typed: str, trouble: str = "") -> None:
        super().__init__()
        self.typed = typed
        self.trouble = trouble

    def compose(self) -> ComposeResult:
        """The line, what it takes, the keys."""
        takes = _("A day means its first minute in Hong Kong; nothing means now.")
        with Vertical(classes="panel"):
            yield Static(_("On which day?"), classes="title")
            wanted = _("2023-06-30, or 2023-06-30 09:00")
            yield Line(self.typed, id="day", placeholder=wanted, max_length=40, replaced=True)
            yield Static(foreign(self.trouble, "$warning") if self.trouble else muted(takes), id="trouble")
            yield Static(hints([("enter", _("simulate")), ("esc", _("leave"))]), classes="hints")

    def on_mount(self) -> None:
        """Begin with what was typed selected, so that typing replaces it."""
        self.query_one(Line).focus()

    @on(Line.Submitted)
    def _submitted(self, event: Line.Submitted) -> None:
        self.dismiss(event.value.strip())
