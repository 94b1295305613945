"""A step that waits for a mailed code: which one, what became of its mail, and when another can be sent."""

from abc import abstractmethod
from collections.abc import Iterator
from datetime import datetime, timedelta

from textual import on, work
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.line import EntryLine
from screens.enrol.step import EnrolScreen
from screens.enrol_words import meanwhile, which_code
from screens.paint import foreign, lines, muted, painted
from screens.sentences import mail_look
from screens.words import _
from store.enrolment_views import CodeSent
from store.errors import EnrolmentOver, StoreError, TooSoon
from store.rules.resend import FIRST_WAIT
from store.views import MailState

LOOK_AGAIN_EVERY = 2
"""Seconds: the state of the mail is read again."""


class MailedCodeScreen(EnrolScreen):
    """Shows the newest code's mail above the line; `send` has another one sent."""

    placeholder = "ABCD-EFGH"
    wanted = _("First type the code from the newest mail.")
    again = _("Send another code")
    followed = True
    """Whether the store tells what becomes of the mail; of a logon's it does not."""

    def __init__(self) -> None:
        super().__init__()
        self.code: CodeSent | None = None
        self._ticks = 0

    def mail(self) -> Iterator[Widget]:
        """Which code, the line for it, and the choice of another."""
        yield Static(id="which", classes="gap")
        yield Static(_("The code"), classes="label")
        yield EntryLine(id="code", placeholder=self.placeholder, wanted=self.wanted)
        yield Static(id="verdict")
        yield Action(self.again, id="again")

    @abstractmethod
    async def send(self) -> CodeSent:
        """Have another code sent. Raises: TooSoon, and what else the store says."""

    async def newest(self) -> CodeSent | None:
        """The newest code as the store has it now. Raises: StoreError."""
        return (await self.visit.enrolment.state(self.visit.session)).code

    def show_code(self, code: CodeSent | None) -> None:
        """Say which code is waited for and what became of its mail."""
        self.code = code
        if code is None:
            self.query_one("#which", Static).update("")
            return
        said: list[Content | str] = [which_code(code, self.now)]
        if code.to is None:
            words = _(
                "It goes to the verified address of %s, if there is one. Which that is, is not shown yet."
            )
            said.append(muted(words % self.visit.state.user_id))
            said.append(muted(_("A mail takes a minute, at times longer: leave this open meanwhile.")))
        elif not self.followed:
            said.append(Content.assemble(_("to "), foreign(code.to)))
            said.append(
                muted(_("It was queued then. Not there after a minute? Look into the junk folder too."))
            )
        else:
            state = code.mail_state or MailState.QUEUED
            said.append(Content.assemble(_("to "), foreign(code.to), "  ", painted(mail_look(state))))
            said.append(muted(meanwhile(state)))
        self.query_one("#which", Static).update(lines(said))

    def sent(self, code: CodeSent) -> None:
        """Another code was sent just now, or waits since then."""
        self.show_code(code)
        self.hold_back(code.sent_at + FIRST_WAIT)

    def hold_back(self, until: datetime) -> None:
        """Let the next sending wait."""
        self.query_one("#again", Action).wait_until(until, self.now)

    @on(Action.Chosen, "#again")
    def _again(self) -> None:
        self.ask(self.send_one, _("Having another code sent ..."))

    async def send_one(self, *, first: bool = False) -> None:
        """Have a code sent, or say how long another one has to wait."""
        line = self.query_one("#code", EntryLine)
        try:
            self.sent(await self.send())
        except TooSoon as wait:
            self.hold_back(self.now + timedelta(seconds=wait.seconds))
            if self.code is None:
                self.show_code(await self.newest())
            self.tell(muted(self.why_too_soon(wait)))
            return
        line.value = ""
        line.focus()
        self.tell(Content(""))
        if not first:
            self.tell_done(_("Another one is queued; only the newest works."))

    def why_too_soon(self, wait: TooSoon) -> str:
        """Which limit stands in the way of another code; one of another visit is not waited for here."""
        just_now = _("A code went out just now; it may still be on its way.")
        if self.code is None:
            just_now = _(
                "The code before this one is used up, or works only in the window that asked for it. "
                "This window needs one of its own, in a moment."
            )
        return {
            "hour": _("Five codes within an hour is the most."),
            "day": _("Ten codes within a day is the most."),
        }.get(wait.limit, just_now)

    def tick(self) -> None:
        """Look again at what became of the mail."""
        super().tick()
        self._ticks += 1
        if self.code is None or self._ticks % LOOK_AGAIN_EVERY:
            return
        if self.followed:
            self._look()
        else:
            self.show_code(self.code)

    @work(exclusive=True, group="look", exit_on_error=False)
    async def _look(self) -> None:
        try:
            code = await self.newest()
        except EnrolmentOver as over:
            self.shell.enrolment_over(over)
        except StoreError:
            return  # what is asked for next will say it
        else:
            if code is not None and self.is_attached:
                self.show_code(code)
