"""Note that what was promised to a caller has been done."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from screens.dialog import Dialog, Line, Panel
from screens.paint import foreign, hints, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.times import hk_date
from screens.words import _
from store.enquiry_views import Call
from store.errors import StoreError
from store.rules import free_text


class FollowUpDoneScreen(Dialog[bool]):
    """What was promised, and one line for what came of it. Answers True when it was noted."""

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = """
    FollowUpDoneScreen {
        #trouble { min-height: 1; height: auto; margin-top: 1; }
    }
    """

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call
        self.busy = False

    def compose(self) -> ComposeResult:
        """The promise, the line."""
        call = self.call
        promised = call.follow_up.text if call.follow_up else ""
        due = _("due on %s") % hk_date(call.follow_up.due) if call.follow_up else ""
        with Panel():
            yield Static(_("Follow-up of call no. %d") % call.enquiry_id, classes="title")
            yield Static(muted(f"{call.user_id or call.participant_id or ''}  {due}"), classes="clipped")
            yield Static(foreign(promised), classes="gap")
            yield Static(_("What was done (may be left empty)"), classes="label")
            yield Line(id="done", max_length=free_text.FOLLOW_UP)
            yield Static(id="trouble")
            yield Static(hints([("enter", _("it is done")), ("esc", _("leave it open"))]), classes="hints")

    @on(Line.Submitted)
    def _submitted(self, event: Line.Submitted) -> None:
        if not self.busy:
            self.busy = True
            self.close_it(event.value)

    @work(group="close", exit_on_error=False)
    async def close_it(self, note: str) -> None:
        """Note it; somebody may have been quicker, who is then named."""
        try:
            await self.desk.enquiries.close_follow_up(self.call.enquiry_id, note)
        except StoreError as error:
            said = Content.styled(f"✗ {clean(explain_error(error))}", "$error")
            self.query_one("#trouble", Static).update(said)
        else:
            self.say(_("The follow-up of call no. %d is done.") % self.call.enquiry_id)
            self.dismiss(True)
        finally:
            self.busy = False

    def action_leave(self) -> None:
        """Leave it open."""
        self.dismiss(False)
