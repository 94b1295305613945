"""Ask the operator for a one-time password: before what matters most, and to open a locked desk again."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from screens.dialog import CodeLine, Dialog, Panel
from screens.paint import hints, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.words import _
from store.errors import SessionOver, SignInRefused, StoreError

if TYPE_CHECKING:
    from screens.base import DeskApp

LONGEST = 8
"""Six digits, and room for the space that authenticator apps show in the middle."""


class OtpLine(CodeLine):
    """A line that takes digits and spaces only, so that nothing else is typed or pasted into it."""

    def __init__(self) -> None:
        super().__init__(id="otp", placeholder=_("six digits"), max_length=LONGEST)
        self.restrict = r"[0-9 ]*"

    def restricted(self) -> None:
        """Say nothing, and ring no bell, about a letter."""


class AskOtp(Vertical):
    """The line for the password and what is to be said about the last one.

    `give` is the store operation it is for. A refusal is told here; one that ends the session ends the desk.
    """

    DEFAULT_CSS = """
    AskOtp {
        height: auto;
        OtpLine { width: 16; }
        #verdict { min-height: 1; height: auto; margin-top: 1; }
    }
    """

    class Accepted(Message):
        """The password was good."""

    def __init__(self, give: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()
        self._give = give
        self._trying = False

    def compose(self) -> ComposeResult:
        """The line, and room for a sentence."""
        yield OtpLine()
        yield Static(id="verdict")

    @on(OtpLine.Submitted)
    def _submitted(self, event: OtpLine.Submitted) -> None:
        event.stop()
        otp = "".join(event.value.split())
        if otp and not self._trying:
            self._trying = True
            self._try(otp)

    @work(exit_on_error=False)
    async def _try(self, otp: str) -> None:
        self.say(muted(_("Checking ...")))
        try:
            await self._give(otp)
        except StoreError as refusal:
            self._refused(refusal)
        except Exception:
            self._refused(StoreError())
            raise
        else:
            self.post_message(self.Accepted())
        finally:
            self._trying = False

    def _refused(self, refusal: StoreError) -> None:
        self.query_one(OtpLine).value = ""
        self.say(Content.styled(f"✗ {clean(explain_error(refusal))}", "$error"))
        login_locked = isinstance(refusal, SignInRefused) and refusal.reason == "locked"
        if login_locked or isinstance(refusal, SessionOver):
            cast("DeskApp", self.app).session_over(refusal)

    def say(self, said: Content) -> None:
        """Put a sentence under the line."""
        self.query_one("#verdict", Static).update(said)


class ProofScreen(Dialog[bool]):
    """Asks for a fresh one-time password. True when it was good; what is below stays as it is."""

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = """
    ProofScreen {
        & > .panel, &.-filling > .panel { width: 62; }
        .why { margin: 1 0; }
    }
    """

    def compose(self) -> ComposeResult:
        """Why it is asked, the line, the keys."""
        with Panel():
            yield Static(_("Your one-time password"), classes="title")
            why = _("This matters, and your last one is too long ago.")
            yield Static(muted(why), classes="why")
            yield AskOtp(self.desk.sessions.prove)
            yield Static(
                hints([("enter", _("go on")), ("esc", _("leave, changing nothing"))]), classes="hints"
            )

    @on(AskOtp.Accepted)
    def _accepted(self) -> None:
        self.dismiss(True)

    def action_leave(self) -> None:
        """Give none."""
        self.dismiss(False)
