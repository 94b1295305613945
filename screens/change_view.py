"""One change in full, with the keys to decide on it."""

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from screens.approval_lines import Line
from screens.approval_words import about_change, remark_lines
from screens.dialog import Dialog
from screens.paint import hints, muted
from screens.words import _

Wish = Literal["approve", "reject", "user"]


class ChangeView(Dialog[Wish]):
    """Old and new address, remarks, reason and decision, however long; answers what is to be done next.

    `why_not` says why the operator cannot decide on it; None when they can.
    """

    DEFAULT_CSS = """
    ChangeView .fact {
        height: auto;
        & > Static { width: 1fr; }
        & > .name { width: 11; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "wish('approve')", show=False),
        Binding("x", "wish('reject')", show=False),
        Binding("u", "wish('user')", show=False),
    ]

    def __init__(self, line: Line, why_not: str | None) -> None:
        super().__init__()
        self.line = line
        self.why_not = why_not

    def compose(self) -> ComposeResult:
        """The change, its remarks, the keys."""
        decision = self.line.decision
        keys = [("u", _("the user's card")), ("esc", _("close"))]
        if self.why_not is None:
            keys = [("a", _("approve")), ("x", _("reject")), *keys]
        with VerticalScroll(classes="panel"):
            yield Static(_("Decided change") if decision else _("Change that waits"), classes="title")
            yield Static()
            for name, value in about_change(self.line.first, self.desk.clock.now(), decision):
                with Horizontal(classes="fact"):
                    yield Static(muted(name), classes="name")
                    yield Static(value)
            yield Static(remark_lines(self.line.first), classes="gap")
            if self.why_not and not decision:
                yield Static(muted(self.why_not), classes="gap")
            yield Static(hints(keys), classes="hints")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_wish(self, wish: Wish) -> None:
        """Answer what is to be done next, if it may be."""
        if wish == "user" or self.why_not is None:
            self.dismiss(wish)
        elif self.line.decision is None:
            self.say(self.why_not, severity="warning")
