"""What can be done to one user from a screen that shows them: each key opens its dialog."""

from datetime import datetime
from typing import Any

from textual.screen import Screen

from screens.base import DeskScreen
from screens.commands import Command
from store.rules.roles import Permission
from store.views import UserCard


class OneUserScreen(DeskScreen[None]):
    """A screen about one user. `card` is what is known of them, None until it was fetched."""

    def __init__(self, user_id: str) -> None:
        super().__init__()
        self.user_id = user_id
        self.card: UserCard | None = None
        self._opened_at: datetime | None = None

    def on_mount(self) -> None:
        """A call about the user begins when the screen is opened."""
        self._opened_at = self.desk.clock.now()

    def load(self) -> object:
        """Fetch the user and show them."""
        raise NotImplementedError

    def allowed(self, command: Command) -> bool:
        """A Delegated Administrator's address is operations' to enter, another user's the maker's."""
        if command.name == "edit_email" and self.card is not None:
            is_da = self.card.row.kind.is_delegated_administrator
            needed = Permission.EDIT_DA_EMAIL if is_da else Permission.EDIT_USER_EMAIL
            return self.desk.allows(needed, self.card.row.participant_id)
        if command.name in ("unlock", "start_over") and self.card is not None:
            is_da = self.card.row.kind.is_delegated_administrator
            needed = Permission.UNLOCK_DA if is_da else Permission.UNLOCK_USER
            return self.desk.allows(needed, self.card.row.participant_id)
        return super().allowed(command)

    def do_edit_email(self) -> None:
        """Open the dialog for the address."""
        from screens.edit_email import EditEmailScreen  # noqa: PLC0415

        self._push(EditEmailScreen(self.user_id))

    def do_enter_code(self) -> None:
        """Open the dialog for the code."""
        from screens.enter_code import EnterCodeScreen  # noqa: PLC0415

        self._push(EnterCodeScreen(self.user_id))

    def do_resend(self) -> None:
        """Open the dialog for a fresh code."""
        from screens.resend import ResendScreen  # noqa: PLC0415

        self._push(ResendScreen((self.user_id,)))

    def do_log_call(self) -> None:
        """Open the dialog for a call about this user."""
        from screens.log_call import LogCallScreen  # noqa: PLC0415

        self._push(LogCallScreen(self.user_id, since=self._opened_at))

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

    def _came_back(self, _answer: object) -> None:
        self.load()
