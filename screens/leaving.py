"""Leave the desk: while something is left undone, ask first and say what becomes of it."""

from collections.abc import Iterator
from typing import Any

from textual.content import Content

from screens import drafts
from screens.base import DeskScreen
from screens.confirm import ConfirmScreen
from screens.paint import foreign, lines, muted
from screens.times import hk_time
from screens.words import _, ngettext
from store.enquiry_views import Call
from store.errors import StoreError
from store.rules.roles import Permission


async def leave_desk(screen: DeskScreen[Any]) -> None:
    """End the desk, once the operator was asked about what would be left undone. Only within a worker."""
    calls, unsaved = await _going_on(screen), drafts.kept(screen.app)
    if not (calls or unsaved) or await screen.app.push_screen_wait(_question(calls, unsaved)):
        screen.app.exit()


async def _going_on(screen: DeskScreen[Any]) -> tuple[Call, ...]:
    """The operator's calls that are going on."""
    if not screen.desk.allows(Permission.WRITE_ENQUIRY):
        return ()
    try:
        return await screen.desk.enquiries.going_on()
    except StoreError:
        return ()


def _question(calls: tuple[Call, ...], unsaved: int) -> ConfirmScreen:
    asked = " ".join([*_undone(calls, unsaved), _("Leave the desk all the same?")])
    return ConfirmScreen(asked, lines(_consequences(calls, unsaved)), _("leave"), no=_("stay"))


def _undone(calls: tuple[Call, ...], unsaved: int) -> Iterator[str]:
    if calls:
        words = ngettext(
            "A call of yours is still going on.", "{n} calls of yours are still going on.", len(calls)
        )
        yield words.format(n=len(calls))
    if unsaved:
        yield ngettext("A draft is not saved.", "{n} drafts are not saved.", unsaved).format(n=unsaved)


def _consequences(calls: tuple[Call, ...], unsaved: int) -> Iterator[Content]:
    yield from (foreign(_told(call)) for call in calls)
    if calls:
        yield muted(_("What goes on is kept: go on with it, or end it, on Calls (8; f lists them)."))
    if unsaved:
        yield muted(_("What is not saved is lost. Stay to save it: it stands where you typed it."))


def _told(call: Call) -> str:
    about = call.user_name or call.participant_name or _("about no user in particular")
    words = _("Call no. %(number)d since %(at)s, %(about)s")
    return words % {"number": call.enquiry_id, "at": hk_time(call.taken_at), "about": about}
