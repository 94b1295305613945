"""A line for the day of the cut-over that is simulated."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.days import weekday
from screens.dialog import Dialog, Line
from screens.paint import foreign, hints, muted
from screens.times import hk_day, hk_time
from screens.typed_days import read_moment
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
        with Vertical(classes="panel"):
            yield Static(_("On which day?"), classes="title")
            wanted = _("30 Jun, 30/6 or 2023-06-30; 30 Jun 09:00")
            yield Line(self.typed, id="day", placeholder=wanted, max_length=40, replaced=True)
            yield Static(foreign(self.trouble, "$warning") if self.trouble else self._meant(), id="trouble")
            yield Static(hints([("enter", _("simulate")), ("esc", _("leave"))]), classes="hints")

    def on_mount(self) -> None:
        """Begin with what was typed selected, so that typing replaces it."""
        self.query_one(Line).focus()

    @on(Line.Changed)
    def _changed(self, event: Line.Changed) -> None:
        if event.value != self.typed:  # what it comes filled in with leaves the trouble in view
            self.typed = event.value
            self.query_one("#trouble", Static).update(self._meant())

    def _meant(self) -> Content:
        """The moment that is typed, read back, or what is wrong with it."""
        if not self.typed.strip():
            return muted(_("A day means its first minute in Hong Kong; nothing means now."))
        try:
            moment = read_moment(self.typed, self.desk.clock.now())
        except ValueError as error:
            return foreign(str(error), "$warning")
        when = {"day": weekday(hk_day(moment)), "time": hk_time(moment)}
        return muted(_("That is %(day)s, %(time)s in Hong Kong.") % when)

    @on(Line.Submitted)
    def _submitted(self, event: Line.Submitted) -> None:
        self.dismiss(event.value.strip())
