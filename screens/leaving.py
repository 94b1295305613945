"""Leave the desk: while a call is going on, ask first and say what becomes of it."""

from typing import Any

from screens.base import DeskScreen
from screens.confirm import ConfirmScreen
from screens.paint import foreign, lines, muted
from screens.times import hk_time
from screens.words import _, ngettext
from store.enquiry_views import Call
from store.errors import StoreError


async def leave_desk(screen: DeskScreen[Any]) -> None:
    """End the desk, once the operator was asked about their calls that are going on. Only within a worker."""
    try:
        calls = await screen.desk.enquiries.going_on()
    except StoreError:
        calls = ()
    if not calls or await screen.app.push_screen_wait(_question(calls)):
        screen.app.exit()


def _question(calls: tuple[Call, ...]) -> ConfirmScreen:
    asked = ngettext(
        "A call of yours is still going on. Leave the desk all the same?",
        "{n} calls of yours are still going on. Leave the desk all the same?",
        len(calls),
    )
    kept = _("What goes on is kept: go on with it, or end it, on Calls (8; f shows those going on).")
    told = lines([*(foreign(_told(call)) for call in calls), muted(kept)])
    return ConfirmScreen(asked.format(n=len(calls)), told, _("leave"), no=_("stay"))


def _told(call: Call) -> str:
    about = call.user_name or call.participant_name or _("about no user in particular")
    words = _("Call no. %(number)d since %(at)s, %(about)s")
    return words % {"number": call.enquiry_id, "at": hk_time(call.taken_at), "about": about}
