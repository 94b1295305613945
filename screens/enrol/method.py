"""Step 4: how one-time passwords come: by mobile application, or by email, which is the weaker way."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.step import EnrolScreen
from screens.enrol_words import way_in
from screens.paint import muted
from screens.words import _
from store.enrolment_views import CodeSent, OtpMethod, Step
from store.errors import TooSoon


class MethodScreen(EnrolScreen):
    """Two choices, the better one first."""

    STEP: ClassVar[Step | None] = Step.METHOD

    def body(self) -> Iterator[Widget]:
        """The choices and what each means."""
        yield Static(_("How do your one-time passwords come?"), classes="title")
        yield Static(_("A logon with both factors takes your password and a fresh one."))
        yield Action(
            _("By mobile application (recommended)"),
            id="app",
            below=[
                _("An app on your phone shows a new code every 30 seconds,"),
                _("with or without a network. You scan a QR code once."),
            ],
        )
        address = self.visit.state.address or _("your verified address")
        yield Action(
            _("By email (the weaker way)"),
            id="email",
            below=[
                _("A code is mailed at each logon to %s.") % address,
                _("Whoever reads that mailbox has it too, and mail can be slow."),
            ],
        )
        yield Static(id="verdict")
        yield Static(muted(_("You can change this later, with your password.")))
        yield Static(muted(way_in(self.visit.state.phase)))

    @on(Action.Chosen, "#app")
    def _app(self) -> None:
        self.ask(self._choose_app)

    async def _choose_app(self) -> None:
        from screens.enrol.phone import PhoneScreen  # noqa: PLC0415 - segno comes with it

        visit = self.visit
        setup = await visit.enrolment.choose_app(visit.session)
        visit.state = await visit.enrolment.state(visit.session)
        self.show_step(PhoneScreen(setup))

    @on(Action.Chosen, "#email")
    def _email(self) -> None:
        self.ask(self._choose_email, _("Having a one-time password sent ..."))

    async def _choose_email(self) -> None:
        from screens.enrol.by_email import ConfirmByEmail  # noqa: PLC0415 - most choose the application

        code = await self._one_mailed()
        self.visit.state = await self.visit.enrolment.state(self.visit.session)
        self.tell(Content(""))
        self.show_step(ConfirmByEmail(code))

    async def _one_mailed(self) -> CodeSent:
        """A one-time password by email, or the one that was mailed a moment ago. Raises: TooSoon, NotYet."""
        visit = self.visit
        try:
            return await visit.enrolment.choose_email(visit.session)
        except TooSoon:
            state = await visit.enrolment.state(visit.session)
            if state.choosing is OtpMethod.EMAIL and state.code is not None:
                return state.code
            raise
