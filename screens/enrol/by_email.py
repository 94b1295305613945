"""Step 4, by email: one good one-time password from the mailbox."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual import on
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.confirm import confirm
from screens.enrol.line import EntryLine
from screens.enrol.mailed import MailedCodeScreen
from screens.words import _
from store.enrolment_views import CodeSent, Step


class ConfirmByEmail(MailedCodeScreen):
    """Asks for the one-time password that was just mailed."""

    STEP: ClassVar[Step | None] = Step.CONFIRM
    placeholder = _("eight digits")
    again = _("Send another one-time password")

    def __init__(self, code: CodeSent) -> None:
        super().__init__()
        self._first = code

    def body(self) -> Iterator[Widget]:
        """What it proves, its mail, the line."""
        yield Static(_("One good one-time password"), classes="title")
        yield Static(_("One is on its way to you: enter it, so that we both know they reach you."))
        yield from self.mail()
        yield Action(_("Another method"), id="method")

    def on_mount(self) -> None:
        """Show what was sent."""
        self.sent(self._first)

    async def send(self) -> CodeSent:
        """Have another one mailed."""
        return await self.visit.enrolment.choose_email(self.visit.session)

    @on(EntryLine.Submitted, "#code")
    def _submitted(self, event: EntryLine.Submitted) -> None:
        self.give(event, partial(confirm, self))

    @on(Action.Chosen, "#method")
    def _method(self) -> None:
        from screens.enrol.method import MethodScreen  # noqa: PLC0415 - each leads to the other

        self.show_step(MethodScreen())
