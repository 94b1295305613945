"""What can be done to one user from a screen that shows them: each key opens its dialog."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from textual import work
from textual.screen import Screen

from screens.base import DeskScreen
from screens.commands import Command
from screens.next_step_words import da_address_words
from screens.same_caller import OnThePhone, is_same_caller
from screens.sentences import explain_error
from screens.text import clean
from screens.words import _
from store.enquiry_views import Call
from store.errors import NothingToVerify, NotNow, StoreError
from store.rules.caller_check import CallerStatus, Deed
from store.rules.roles import Permission
from store.views import UserCard


class OneUserScreen(DeskScreen[None]):
    """A screen about one user. `card` is what is known of them, None until it was fetched."""

    REVEALS_WITHOUT_CALL = True
    """Whether whole addresses may be shown while nobody is on the telephone."""

    def __init__(self, user_id: str, phone: OnThePhone | None = None) -> None:
        super().__init__()
        self.user_id = user_id
        self.card: UserCard | None = None
        self.phone = phone or OnThePhone()
        self.call: Call | None = None
        """The operator's call about the user that is going on, the present caller's or not."""
        self._left = False

    def on_mount(self) -> None:
        """A call about the user begins when the screen is opened."""
        self.phone.since = self.phone.since or self.desk.clock.now()

    def on_screen_suspend(self) -> None:
        """Notice when another place or the lock comes in front, and not only a dialog."""
        self._left = self not in self.app.screen_stack

    async def on_screen_resume(self) -> None:
        """Who calls after the operator was away has called since then."""
        if self._left:
            self._left = False
            self.phone.since = self.desk.clock.now()

    @property
    def takes_calls(self) -> bool:
        """Whether there is somebody on the telephone."""
        return self.desk.allows(Permission.WRITE_ENQUIRY)

    @property
    def in_doubt(self) -> Call | None:
        """The call going on that may be an earlier caller's, until the operator says that it is not."""
        return None if self.call is None or self.phone.knows(self.call) else self.call

    @property
    def caller(self) -> CallerStatus:
        """How far the present caller was checked."""
        return CallerStatus() if self.call is None or self.in_doubt else self.call.caller

    async def find_call(self) -> None:
        """Find the call that is going on. Raises: NotAllowed, NotFound, DatabaseFault."""
        self.call = await self.desk.enquiries.current(self.user_id) if self.takes_calls else None

    async def is_same_caller(self) -> bool:
        """Whether what goes on is the present caller's call, once the operator was asked, or nothing does."""
        await self.find_call()
        same = await is_same_caller(self, self.call, self.phone)
        self.load()
        return same

    def waits_for_check(self, command: Command) -> bool:
        """Whether the command is not to be used before the caller was checked."""
        if command.name != "reveal" or not self.takes_calls:
            return False
        if self.call is None and self.REVEALS_WITHOUT_CALL:
            return False
        return Deed.REVEAL not in self.caller.permitted(self.desk.clock.now())

    @abstractmethod
    def load(self) -> object:
        """Fetch the user and show them."""

    def allowed(self, command: Command) -> bool:
        """A Delegated Administrator's address is operations' to enter, another user's the maker's.

        A whole address is shown only once the caller was checked; a code takes an address that waits for it.
        """
        if command.name == "edit_email" and self.card is not None:
            is_da = self.card.row.kind.is_delegated_administrator
            needed = Permission.EDIT_DA_EMAIL if is_da else Permission.EDIT_USER_EMAIL
            return self.desk.allows(needed, self.card.row.participant_id)
        if command.name in ("unlock", "start_over") and self.card is not None:
            is_da = self.card.row.kind.is_delegated_administrator
            needed = Permission.UNLOCK_DA if is_da else Permission.UNLOCK_USER
            return self.desk.allows(needed, self.card.row.participant_id)
        return super().allowed(command) and not self.waits_for_check(command) and not self._no_code(command)

    def _no_code(self, command: Command) -> StoreError | None:
        """Why no code can be sent to the user, or entered for them, now; None where one can."""
        if command.name not in ("resend", "enter_code") or self.card is None:
            return None
        if self.card.pending_email is None:
            return NothingToVerify(self.user_id)
        return NotNow(self.user_id, "suspended") if self.card.row.suspended else None

    def _why_not(self, command: Command) -> str:
        if super().allowed(command) and (refused := self._no_code(command)):
            return clean(explain_error(refused))
        if super().allowed(command) and self.waits_for_check(command):
            words = _("'%s' is only for a caller who was checked; press i on the answer card to check.")
            return words % command.label
        if command.name == "edit_email" and self.card is not None:
            row = self.card.row
            if row.kind.is_delegated_administrator and self.desk.allows(Permission.EDIT_USER_EMAIL):
                return da_address_words(row.next_step)
        return super()._why_not(command)

    def do_edit_email(self) -> None:
        """Open the dialog for the address."""
        from screens.edit_email import EditEmailScreen  # noqa: PLC0415

        self._push(EditEmailScreen(self.user_id))

    def do_enter_code(self) -> None:
        """Open the dialog for the code."""
        from screens.enter_code import EnterCodeScreen  # noqa: PLC0415

        self._push(EnterCodeScreen(self.user_id))

    def do_resend(self) -> None:
        """Open the dialog for a fresh code; the helpdesk's belongs to the call of who is on the telephone."""
        from screens.resend import ResendScreen  # noqa: PLC0415

        if self.takes_calls:
            self._in_call(lambda: ResendScreen((self.user_id,), since=self.phone.since))
        else:
            self._push(ResendScreen((self.user_id,)))

    def do_log_call(self) -> None:
        """Open the dialog for a call about this user."""
        from screens.log_call import LogCallScreen  # noqa: PLC0415

        self._in_call(lambda: LogCallScreen(self.user_id, since=self.phone.since))

    @work(exclusive=True, group="call", exit_on_error=False)
    async def _in_call(self, dialog: Callable[[], Screen[Any]]) -> None:
        """Open a dialog of the present caller's call, once it is known that the one going on is theirs."""
        try:
            same = await self.is_same_caller()
        except StoreError as error:
            self.say(explain_error(error), severity="error")
            return
        if same:
            self._push(dialog())

    def do_why(self) -> None:
        """Show what is in the way of logging on."""
        from screens.why import WhyScreen  # noqa: PLC0415

        self._push(WhyScreen(self.user_id))

    def do_unlock(self) -> None:
        """Open the dialog that unlocks."""
        from screens.unlock import UnlockScreen  # noqa: PLC0415

        self._push(UnlockScreen(self.user_id))

    def do_start_over(self) -> None:
        """Open the dialog that lets the user start over."""
        from screens.unlock import StartOverScreen  # noqa: PLC0415

        self._push(StartOverScreen(self.user_id))

    def _push(self, dialog: Screen[Any]) -> None:
        self.app.push_screen(dialog, self._came_back)

    def _came_back(self, answer: object) -> None:
        if isinstance(answer, Call):  # it has ended: the next one begins now at the earliest
            self.phone.since, self.call = self.desk.clock.now(), None
        self.load()
