"""The locked desk: it covers everything until its operator gives a one-time password again."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from screens.base import DeskScreen
from screens.paint import foreign, hints, lines, muted
from screens.proof import AskOtp, OtpLine
from screens.times import hk_time
from screens.widgets.header_strip import TITLE
from screens.words import _


class LockScreen(DeskScreen[None]):
    """Stands alone: no other screen shines through, none of their keys works, no message is shown on it."""

    CSS_PATH = "lock.tcss"
    FRAMED = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self) -> None:
        super().__init__()
        self._leaving = False

    def compose(self) -> ComposeResult:
        """What this is, whose it is, the line, the keys."""
        since = _("Locked at %s, after five minutes without a key.") % hk_time(self.desk.clock.now())
        whose = _("%s, your one-time password opens it again.") % self.desk.actor.operator_id
        with Vertical(classes="panel"):
            yield Static(TITLE, classes="title")
            yield Static(muted(since))
            yield Static(lines([foreign(whose), _("What you were doing is kept.")]), classes="gap")
            yield AskOtp(self.desk.sessions.resume)
            yield Static(hints([("enter", _("go on")), ("esc", _("leave the desk"))]), classes="hints")

    @on(OtpLine.Changed)
    def _typed(self) -> None:
        self._leaving = False

    @on(AskOtp.Accepted)
    def _accepted(self) -> None:
        self.shell.unlock()

    def action_leave(self) -> None:
        """Leave the desk, when asked a second time: what was typed goes with it."""
        if self._leaving:
            self.app.exit()
        self._leaving = True
        self.query_one(AskOtp).say(
            muted(_("Press esc again to leave the desk; what was typed is lost then."))
        )
