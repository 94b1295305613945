"""The first screen, and the first frame: whose enrolment it is. The store opens while the ID is typed."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.line import EntryLine
from screens.enrol.step import EnrolScreen
from screens.enrol.visit import Visit
from screens.paint import muted
from screens.words import _


class WhoScreen(EnrolScreen):
    """Asks for the user ID; whether there is such a user is not told."""

    LEAVES_AT_ONCE: ClassVar[bool] = True

    def body(self) -> Iterator[Widget]:
        """What awaits the user, and the line."""
        yield Static(_("Set up your two-factor access to the CCMS Terminal"), classes="title")
        yield Static(
            _(
                "Five steps: your email address, an activation code sent to it, a regular password, one-time "
                "passwords by mobile application or email, and one logon to see that it all works. You can "
                "stop after each and go on later."
            ),
            classes="gap",
        )
        yield Static(_("Your CCMS user ID"), classes="label")
        yield EntryLine(id="user-id", wanted=_("First type your user ID."))
        yield Static(id="verdict")
        yield Static(
            muted(
                _(
                    "Nobody will ever ask you for a password or a one-time password by mail or by telephone. "
                    "Come here too for a new phone, another method or a forgotten password."
                )
            ),
            classes="gap",
        )

    def keys(self) -> Sequence[tuple[str, str]]:
        """There are no other choices here."""
        return [("enter", _("go on")), ("esc", _("leave"))]

    def on_screen_resume(self) -> None:
        """Begin afresh when it comes back."""
        self.query_one(EntryLine).value = ""
        self.tell(Content(""))

    @on(EntryLine.Submitted, "#user-id")
    def _submitted(self, event: EntryLine.Submitted) -> None:
        user_id = event.value.strip()
        if user_id:
            self.ask(partial(self._begin, user_id))
        else:
            self.tell_error(self.query_one(EntryLine).wanted)

    async def _begin(self, user_id: str) -> None:
        enrolment = await self.shell.enrolment()
        session = await enrolment.begin(user_id)
        state = await enrolment.state(session)
        self.shell.visit = Visit(enrolment, session, state)
        self.go_on(state)
