"""Step 2: the activation code that was mailed to the verified address opens what follows."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual import on
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.line import EntryLine
from screens.enrol.mailed import MailedCodeScreen
from screens.enrol.reading import reads_as
from screens.words import _
from store.enrolment_views import CodeSent, Step


class ActivationScreen(MailedCodeScreen):
    """Has a code sent when none was, and asks for it."""

    STEP: ClassVar[Step | None] = Step.ACTIVATE

    def body(self) -> Iterator[Widget]:
        """What the code is for, its mail, the line, the other ways."""
        yield Static(_("Your activation code"), classes="title")
        yield Static(_("It goes to your verified address and works in this window, for ten minutes."))
        yield from self.mail()
        yield Action(_("I have a verification code to enter first"), id="verify")

    def on_mount(self) -> None:
        """Show the code that was sent, or have one sent."""
        if self.visit.state.code is None:
            self.ask(partial(self.send_one, first=True), _("Having a code sent ..."))
        else:
            self.sent(self.visit.state.code)

    async def send(self) -> CodeSent:
        """Have an activation code sent."""
        return await self.visit.enrolment.send_activation(self.visit.session)

    @on(EntryLine.Changed, "#code")
    def _reads(self, event: EntryLine.Changed) -> None:
        if event.value:
            self.tell(reads_as(event.value))

    @on(EntryLine.Submitted, "#code")
    def _submitted(self, event: EntryLine.Submitted) -> None:
        self.give(event, self._activate)

    async def _activate(self, code: str) -> None:
        self.go_on(await self.visit.enrolment.activate(self.visit.session, code))

    @on(Action.Chosen, "#verify")
    def _verify(self) -> None:
        from screens.enrol.address import AddressScreen  # noqa: PLC0415 - each leads to the other

        self.show_step(AddressScreen())
