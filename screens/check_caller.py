"""Check who is calling: call back to the number on file, or have a mailed code read out."""

from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens.call_words import TAKEN_BACK, caller_look, is_untouched, may_say, never_ask
from screens.dialog import Dialog, Line, Panel
from screens.paint import foreign, hints, lines, muted, painted
from screens.sentences import explain_error
from screens.text import clean
from screens.times import hk_date, hk_time
from screens.words import _
from store.enquiry_views import Call, CheckCodeSent, NumberOnFile
from store.errors import StoreError


class CheckCallerScreen(Dialog[Call]):
    """The two ways, and one line for the code. Answers with the call as it stands when it is left,
    with nothing when it was taken back.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "called_back(True)", show=False),
        Binding("f6", "called_back(False)", show=False),
        Binding("f7", "send_code", show=False),
        Binding("f8", "take_back", show=False),
    ]
    DEFAULT_CSS = """
    CheckCallerScreen {
        #trouble { min-height: 1; height: auto; margin-top: 1; }
        #code { width: 20; }
    }
    """

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call
        self.number: NumberOnFile | None = None
        self.by_code = False
        """Whether a code can be mailed to the user the call is about."""
        self.sent: CheckCodeSent | None = None
        self.busy = False

    def compose(self) -> ComposeResult:
        """How the caller stands, the number to call back, the code."""
        with Panel():
            yield Static(_("Who is calling?"), classes="title")
            yield Static(id="stands", classes="gap")
            yield Static(_("Call back"), classes="label")
            yield Static(id="number")
            yield Static(_("Or by code, which the caller reads out"), classes="label")
            yield Static(id="sent")
            yield Line(id="code", placeholder=_("e.g. 482-1905"), max_length=20)
            yield Static(id="trouble")
            yield Static(id="hints", classes="hints")

    def on_mount(self) -> None:
        """Find the number on file."""
        self._show()
        self.query_one(Line).focus()
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Show the number to call back, and whether a code can be mailed."""
        if self.call.participant_id is not None:
            try:
                self.number = await self.desk.callers.number_on_file(self.call.participant_id)
                if self.call.user_id is not None:
                    self.by_code = (await self.desk.callers.ways(self.call.user_id)).code
            except StoreError as error:
                self._show_trouble(error)
        self._show()

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_called_back(self, reached: bool) -> None:
        """Note whether the caller was reached at the number on file."""
        try:
            await self.finish("load")
            self.call = await self.desk.callers.called_back(self.call.enquiry_id, reached=reached)
        except StoreError as error:
            self._show_trouble(error)
            return
        self._show()
        if reached:
            self._leave_checked()
        else:
            self._tell(muted(_("Noted: not reached. The caller is not checked.")))

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_send_code(self) -> None:
        """Mail a code to the verified address."""
        try:
            self.sent = await self.desk.callers.send_code(self.call.enquiry_id)
        except StoreError as error:
            self._show_trouble(error)
            return
        self._tell(
            muted(_("Queued. Say: 'If it is you, a code is on its way; read it out when it is there.'"))
        )
        self._show()

    @on(Line.Submitted)
    def _submitted(self, event: Line.Submitted) -> None:
        if not event.value.strip():
            self.action_leave()
        elif not self.busy:
            self.busy = True
            self.enter(event.value)

    @work(group="enter", exit_on_error=False)
    async def enter(self, code: str) -> None:
        """Check the code that was read out."""
        try:
            self.call = await self.desk.callers.enter_code(self.call.enquiry_id, code)
        except StoreError as error:
            self._show_trouble(error)
        else:
            self._leave_checked()
        finally:
            self.busy = False

    @work(group="act", exclusive=True, exit_on_error=False)
    async def action_take_back(self) -> None:
        """Take back the call, which was begun by mistake."""
        number = self.call.enquiry_id
        try:
            await self.desk.enquiries.take_back(number)
        except StoreError as error:
            self._show_trouble(error)
            return
        self.say(TAKEN_BACK % number)
        self.dismiss(None)

    def _leave_checked(self) -> None:
        self.say(_("The caller is checked; the log says how."))
        self.dismiss(self.call)

    def action_leave(self) -> None:
        """Leave it as it is."""
        self.dismiss(self.call)

    def _show(self) -> None:
        status, now = self.call.caller, self.desk.clock.now()
        stands = [painted(caller_look(status, now)), muted(may_say(status, now)), muted(never_ask())]
        self.query_one("#stands", Static).update(lines(stands))
        self.query_one("#number", Static).update(self._number())
        self.query_one("#sent", Static).update(self._sent())
        keys = [("enter", _("check")), ("F7", _("mail a code"))] if self.by_code else []
        if self.number is not None:
            keys += [("F5", _("reached")), ("F6", _("not reached"))]
        if self.sent is None and is_untouched(self.call):
            keys.append(("F8", _("take back")))
        self.query_one("#hints", Static).update(hints([*keys, ("esc", _("back"))]))

    def _number(self) -> Content:
        number = self.number
        if self.call.participant_id is None:
            return muted(_("The call is about no participant, so there is no number to ring."))
        if number is None:
            words = _("No number of %s is on file; operations enter it (ccms-tui participant phone).")
            return muted(words % self.call.participant_id)
        since = _("on file since %(day)s, entered by %(who)s") % {
            "day": hk_date(number.entered_at),
            "who": number.entered_by,
        }
        ring = _("Ring this number and no other, ask for the caller, then F5.")
        return lines([Content.assemble((clean(number.number), "bold"), muted(f"  {since}")), muted(ring)])

    def _sent(self) -> Content:
        if self.call.user_id is None:
            return muted(_("The call is about no user, so there is no address for a code."))
        if self.sent is None and not self.by_code:
            return muted(_("No code can be mailed: the user has no verified address that mail reaches."))
        if self.sent is None:
            return muted(_("It goes to the user's verified address alone, and is good for 10 minutes."))
        return foreign(_sent_words(self.sent, self.desk.clock.now()))

    def _show_trouble(self, error: StoreError) -> None:
        self._tell(Content.styled(f"✗ {clean(explain_error(error))}", "$error"))

    def _tell(self, said: Content) -> None:
        self.query_one("#trouble", Static).update(said)


def _sent_words(sent: CheckCodeSent, now: datetime) -> str:
    over = sent.expires_at <= now
    words = (
        _("code no. %(number)d to %(to)s, %(at)s, expired")
        if over
        else _("code no. %(number)d to %(to)s, %(at)s, good until %(until)s")
    )
    return words % {
        "number": sent.number,
        "to": sent.to,
        "at": hk_time(sent.sent_at),
        "until": hk_time(sent.expires_at),
    }
