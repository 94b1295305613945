"""Ask whether a call that is still open is the present caller's: a check of one caller is not another's."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from screens.dialog import SCROLLING, Dialog
from screens.paint import foreign, hints
from screens.times import hk_time
from screens.words import _
from store.enquiry_views import Call


@dataclass
class OnThePhone:
    """Who a card was opened for: since when they are on the telephone, and which call is surely theirs.

    The cards of one user that were opened from each other share it.
    """

    since: datetime | None = None
    call_id: int | None = None

    def knows(self, call: Call) -> bool:
        """Whether the call is the present caller's: it began here, or the agent said so."""
        if self.call_id != call.enquiry_id and self.since is not None and call.taken_at >= self.since:
            self.call_id = call.enquiry_id
        return self.call_id == call.enquiry_id


def still_open(call: Call) -> str:
    """The question that a call from before the card was opened raises."""
    words = _("call no. %(number)d of %(at)s is still open: the same caller?")
    return words % {"number": call.enquiry_id, "at": hk_time(call.taken_at)}


class SameCallerScreen(Dialog[bool | None]):
    """Two answers, and esc for neither. True for the same caller, False for another one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
        *SCROLLING,
    ]

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call

    def compose(self) -> ComposeResult:
        """The question, what follows from either answer, and the keys."""
        asked = still_open(self.call)
        follows = _(
            "If it is, the call goes on as it stands. If it is somebody else, end that call first: "
            "whoever was checked in it was not this caller."
        )
        keys = [("y", _("the same")), ("n", _("another: end that call")), ("esc", _("back"))]
        with VerticalScroll(classes="panel", can_focus=False):
            yield Static(foreign(asked[:1].upper() + asked[1:], "bold $warning"))
            yield Static(foreign(follows), classes="gap")
            yield Static(hints(keys), classes="hints")

    def action_answer(self, answer: bool) -> None:
        """Give the answer."""
        self.dismiss(answer)
