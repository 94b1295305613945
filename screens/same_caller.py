"""Ask whether a call that is still open is the present caller's: a check of one caller is not another's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from screens.base import DeskScreen
from screens.dialog import SCROLLING, Dialog, Panel
from screens.paint import foreign, hints
from screens.sentences import explain_error
from screens.times import hk_time
from screens.words import _
from store.enquiry_views import Call
from store.errors import StoreError


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


async def is_same_caller(screen: DeskScreen[Any], call: Call | None, phone: OnThePhone) -> bool:
    """Whether what goes on is the present caller's call, once the operator was asked, or nothing does.

    Only within a worker. Raises: StoreError.
    """
    from screens.log_call import LogCallScreen  # noqa: PLC0415

    if call is None or phone.knows(call):
        return True
    same = await screen.app.push_screen_wait(SameCallerScreen(call))
    if same:
        phone.call_id = call.enquiry_id
    elif same is not None:
        ending: Screen[Call] = LogCallScreen(
            call.user_id, participant_id=call.participant_id, enquiry_id=call.enquiry_id
        )
        same = await screen.app.push_screen_wait(ending) is not None
        phone.since = screen.desk.clock.now() if same else phone.since
    return bool(same)


async def who_calls(
    screen: DeskScreen[Any], user_id: str | None, participant_id: str | None = None
) -> OnThePhone | None:
    """Who is on the telephone when something is done from a list; None when the operator went back.

    Who called before is not silently taken for who calls now: not about the user, nor, without one, about
    the participant or nobody in particular. Only within a worker.
    """
    phone, current = OnThePhone(), screen.desk.enquiries.current
    try:
        while (call := await current(user_id)) is not None:
            if user_id is None and call.participant_id != participant_id:
                break  # it is about others
            if not await is_same_caller(screen, call, phone):
                return None
            if phone.knows(call):
                break
    except StoreError as error:
        screen.say(explain_error(error), severity="error")
        return None
    return phone


async def log_call(screen: DeskScreen[Any], user_id: str | None, came_back: Callable[[Any], None]) -> None:
    """Log a call from a list. Only within a worker."""
    from screens.log_call import LogCallScreen  # noqa: PLC0415

    if (phone := await who_calls(screen, user_id)) is not None:
        screen.app.push_screen(LogCallScreen(user_id, since=phone.since), came_back)


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
        with Panel():
            yield Static(foreign(asked[:1].upper() + asked[1:], "bold $warning"))
            yield Static(foreign(follows), classes="gap")
            yield Static(hints(keys), classes="hints")

    def action_answer(self, answer: bool) -> None:
        """Give the answer."""
        self.dismiss(answer)
