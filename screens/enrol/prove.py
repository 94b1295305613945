"""Before something is changed that is set up: proof by the other factor, the one that stays."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.line import SIX_DIGITS, EntryLine
from screens.enrol.method import MethodScreen
from screens.enrol.password import PasswordScreen
from screens.enrol.secret import SecretScreen
from screens.enrol.step import EnrolScreen
from screens.words import _
from store.enrolment_views import Step


class ProveByApp(EnrolScreen):
    """A code of the mobile application, before the password is replaced."""

    STEP: ClassVar[Step | None] = Step.PASSWORD

    def body(self) -> Iterator[Widget]:
        """Why it is asked, the line."""
        yield Static(_("Before a new password: your mobile application"), classes="title")
        yield Static(_("A mail alone must not be enough to replace a password."), classes="muted")
        yield Static(_("The code your application shows"), classes="label")
        yield EntryLine(id="code", placeholder=_("six digits"), wanted=SIX_DIGITS)
        yield Static(id="verdict")
        yield Action(_("Go back, changing nothing"), id="back")

    @on(EntryLine.Submitted, "#code")
    def _submitted(self, event: EntryLine.Submitted) -> None:
        self.give(event, self._prove)

    async def _prove(self, otp: str) -> None:
        visit = self.visit
        visit.state = await visit.enrolment.prove_by_app(visit.session, otp)
        self.show_step(PasswordScreen())

    @on(Action.Chosen, "#back")
    def _back(self) -> None:
        self.go_on(self.visit.state)


class ProveByPassword(SecretScreen):
    """The password, before the phone or the method is changed."""

    STEP: ClassVar[Step | None] = Step.METHOD

    def body(self) -> Iterator[Widget]:
        """Why it is asked, the line."""
        yield Static(_("Before another phone or method: your password"), classes="title")
        yield Static(
            _("What you have now stays in use until the new one has given a good code."), classes="muted"
        )
        yield from self.secret(_("Regular password"))
        yield Static(id="verdict")
        yield self.toggle()
        yield Action(_("Go back, changing nothing"), id="back")

    @on(EntryLine.Submitted, "#password")
    def _submitted(self, event: EntryLine.Submitted) -> None:
        self.give(event, self._prove)

    async def _prove(self, password: str) -> None:
        visit = self.visit
        visit.state = await visit.enrolment.prove_by_password(visit.session, password)
        self.show_step(MethodScreen())

    @on(Action.Chosen, "#back")
    def _back(self) -> None:
        self.go_on(self.visit.state)
