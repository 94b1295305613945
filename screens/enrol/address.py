"""Step 1: the code of the registration mail verifies the address; who did that before goes on from here."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.line import EntryLine
from screens.enrol.reading import reads_as
from screens.enrol.step import EnrolScreen
from screens.paint import muted
from screens.words import _
from store.enrolment_views import Step


class AddressScreen(EnrolScreen):
    """One line for the verification code, and a way past it for those whose address is verified."""

    STEP: ClassVar[Step | None] = Step.ADDRESS

    def body(self) -> Iterator[Widget]:
        """What the code is, the line, the other ways."""
        yield Static(_("Your designated email address"), classes="title")
        yield Static(
            _(
                "A mail with a verification code went to the address that your company registered for you. "
                "Was no such code entered yet? Type the one of the newest mail: it proves, once and for "
                "all, that you read that mailbox."
            )
        )
        yield Static(_("Verification code"), classes="label")
        yield EntryLine(
            id="code", placeholder="ABCD-EFGH", wanted=_("First type the verification code from the mail.")
        )
        yield Static(id="verdict")
        yield Action(
            _("My address is verified already"),
            id="activate",
            below=[
                _("You enrolled before, stopped half-way, or your DA entered that code:"),
                _("nothing is to be proved again. Go on with a fresh activation code."),
            ],
        )
        yield Action(_("Another user ID"), id="other")
        yield Static(
            muted(
                _("No mail? Look into the junk folder, or ask your Delegated Administrator to have one sent.")
            ),
            classes="gap",
        )

    @on(EntryLine.Changed, "#code")
    def _reads(self, event: EntryLine.Changed) -> None:
        self.tell(reads_as(event.value))

    @on(EntryLine.Submitted, "#code")
    def _submitted(self, event: EntryLine.Submitted) -> None:
        self.give(event, self._verify)

    async def _verify(self, code: str) -> None:
        self.go_on(await self.visit.enrolment.verify_address(self.visit.session, code))

    @on(Action.Chosen, "#activate")
    def _activate(self) -> None:
        from screens.enrol.activation import ActivationScreen  # noqa: PLC0415 - each leads to the other

        self.show_step(ActivationScreen())

    @on(Action.Chosen, "#other")
    def _other(self) -> None:
        self.ask(self._begin_again)

    async def _begin_again(self) -> None:
        await self.visit.enrolment.end(self.visit.session)
        self.shell.visit = None
        self.app.pop_screen()
