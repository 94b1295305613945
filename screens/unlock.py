"""Unlock a user, or let them start over; either for a reason that the audit keeps."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from screens.confirm import ConfirmScreen
from screens.dialog import Dialog, Line, Panel
from screens.paint import foreign, hints, muted, painted
from screens.sentences import LOCKED, explain_error, look
from screens.text import clean
from screens.words import _
from store.errors import NotFound, StoreError
from store.views import UserCard


def not_locked(user_id: str) -> str:
    """Why there is nothing to unlock."""
    return _("%s is not locked, so there is nothing to unlock.") % clean(user_id)


class UnlockScreen(Dialog[bool]):
    """Who, what follows, and one line for the reason. True when it was done."""

    CSS_PATH = "unlock.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []
    TITLE_WORDS: ClassVar[str] = _("Unlock %s")
    FOLLOWS: ClassVar[str] = _(
        "Wrong entries are forgotten and the user can try again; nothing else changes."
    )
    YES: ClassVar[str] = _("unlock")
    DONE: ClassVar[str] = _("%s is unlocked.")
    ONLY_LOCKED: ClassVar[bool] = True
    """Whether it is for users who are locked alone."""
    QUESTION: ClassVar[str] = ""
    """What is asked before it is done, for a key that says yes."""

    def __init__(self, user_id: str) -> None:
        super().__init__()
        self.user_id = user_id
        self.doing = False

    def compose(self) -> ComposeResult:
        """Who it is, what follows from it, the reason."""
        with Panel():
            yield Static(foreign(self.TITLE_WORDS % self.user_id), id="title", classes="title")
            yield Static(id="who", classes="clipped")
            yield Static(self.FOLLOWS, classes="gap")
            yield Static(_("Reason, such as who called and how you knew them"), classes="label")
            yield Line(id="reason", max_length=200)
            yield Static(id="verdict")
            yield Static(hints([("enter", self.YES), ("esc", _("leave it"))]), classes="hints")

    def on_mount(self) -> None:
        """Fetch the user."""
        self.load()

    async def store_changed(self) -> None:
        """Show how the user stands now, leaving what is being typed."""
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Show who it is and how they stand."""
        try:
            card = await self.desk.users.card(self.user_id)
        except NotFound as error:
            self.say(explain_error(error), severity="error")
            self.dismiss(False)
            return
        if self.ONLY_LOCKED and not card.row.locked and not self.query_one(Line).value:
            self.say(not_locked(self.user_id), severity="warning")
            self.dismiss(False)
            return
        self.query_one("#who", Static).update(self._who(card))

    @staticmethod
    def _who(card: UserCard) -> Content:
        row = card.row
        states = [painted(LOCKED)] if row.locked else []
        states.append(painted(look(row.standing)))
        return Content("   ").join(
            [foreign(row.user_name, "bold"), muted(clean(row.participant_name)), *states]
        )

    @on(Line.Submitted)
    def _submitted(self) -> None:
        if not self.doing:
            self.doing = True
            self.do_it(self.query_one(Line).value)

    @work(group="do", exit_on_error=False)
    async def do_it(self, reason: str) -> None:
        """Ask the store; what was typed stays when it refuses."""
        try:
            if self.QUESTION and reason.strip() and not await self._confirmed():
                return
            await self.saving_while(lambda: self.act(reason))
        except StoreError as error:
            self.query_one("#verdict", Static).update(
                Content.styled(f"✗ {clean(explain_error(error))}", "$error")
            )
        else:
            self.say(self.DONE % clean(self.user_id))
            self.dismiss(True)
        finally:
            self.doing = False

    async def _confirmed(self) -> bool:
        question: Screen[bool] = ConfirmScreen(self.QUESTION % clean(self.user_id), self.FOLLOWS, self.YES)
        return await self.app.push_screen_wait(question)

    async def act(self, reason: str) -> None:
        """Unlock the user. Raises: StoreError."""
        await self.desk.credentials.unlock(self.user_id, reason)

    def action_leave(self) -> None:
        """Leave it."""
        self.dismiss(False)


class StartOverScreen(UnlockScreen):
    """Forget what a user logs on with, so that they enrol anew."""

    TITLE_WORDS = _("Let %s start over")
    FOLLOWS = _(
        "The password and the one-time passwords are forgotten, the user is told by mail and enrols anew; "
        "the address stays. For a user who lost the phone, or who forgot the password and gets one-time "
        "passwords by email."
    )
    YES = _("let them start over")
    ONLY_LOCKED = False
    QUESTION = _("Let %s start over now?")
    DONE = _("%s starts over; a mail tells them so.")

    async def act(self, reason: str) -> None:
        """Let the user start over. Raises: StoreError."""
        await self.desk.credentials.start_over(self.user_id, reason)
