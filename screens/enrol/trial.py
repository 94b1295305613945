"""Step 5: a full logon with both factors, as the CCMS Terminal asks for them; it makes the user proven."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual import on
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.changes import ChangeScreen, change_actions
from screens.enrol.line import SIX_DIGITS, EntryLine
from screens.enrol.mailed import MailedCodeScreen
from screens.enrol.secret import SecretScreen
from screens.enrol.step import EnrolScreen
from screens.enrol_words import drift_words, explain, way_in
from screens.paint import fields, foreign
from screens.words import _
from store.enrolment_views import CodeSent, LogonAttempt, OtpMethod, Step
from store.errors import EntryRefused, StoreError


class TrialScreen(SecretScreen, ChangeScreen):
    """The first factor. Who has forgotten it, or lost the phone, can mend that from here."""

    STEP: ClassVar[Step | None] = Step.TEST

    def __init__(self, why_again: str = "") -> None:
        super().__init__()
        self._why_again = why_again

    def body(self) -> Iterator[Widget]:
        """What this is, whose logon, the line."""
        yield Static(_("Test my access"), classes="title")
        yield Static(
            _(
                "Log on once as you will on the CCMS Terminal: with your password, then a one-time password. "
                "When it works, you know that you can get in."
            )
        )
        yield Static(way_in(self.visit.state.phase), classes="muted")
        yield Static(
            fields([(_("User ID"), foreign(self.visit.state.user_id, "bold"))]), classes="gap clipped"
        )
        yield from self.secret(_("Regular password"))
        yield Static(id="verdict")
        yield self.toggle()
        yield from change_actions(self.visit.state)

    def on_mount(self) -> None:
        """Say what was just changed, or why it begins again."""
        if self._why_again:
            self.tell_error(self._why_again)
        elif note := self.visit.take_note():
            self.tell_done(note)

    @on(EntryLine.Submitted, "#password")
    def _submitted(self, event: EntryLine.Submitted) -> None:
        self.give(event, self._begin)

    async def _begin(self, password: str) -> None:
        attempt = await self.visit.enrolment.begin_logon(self.visit.state.user_id, password)
        self.show_step(second_factor(attempt))


def second_factor(attempt: LogonAttempt) -> EnrolScreen:
    """The screen for the attempt's one-time password."""
    return TrialByApp(attempt) if attempt.method is OtpMethod.APP else TrialByEmail(attempt)


async def finish(screen: EnrolScreen, attempt: LogonAttempt, otp: str) -> None:
    """Give the second factor and show that the user can get in. Raises: EntryRefused, EnrolmentOver."""
    from screens.enrol.ready import ReadyScreen  # noqa: PLC0415 - each leads to the other

    visit = screen.visit
    done = await visit.enrolment.finish_logon(attempt, otp)
    visit.state = await visit.enrolment.state(visit.session)
    screen.show_step(ReadyScreen(done.at, drift_words(done.clock_drift_seconds)))


def begins_again(refusal: StoreError) -> bool:
    """Whether the attempt is over."""
    return isinstance(refusal, EntryRefused) and refusal.reason in {"expired", "used", "spent"}


def back_to_password() -> Action:
    """The choice of who has no code at hand: a lost phone is replaced from there."""
    return Action(_("Go back: new phone, other method, forgotten password"), id="back")


class SecondFactor(EnrolScreen):
    """What both kinds have in common: an attempt that may be over before its one-time password is given."""

    STEP: ClassVar[Step | None] = Step.TEST

    def __init__(self, attempt: LogonAttempt) -> None:
        super().__init__()
        self._attempt = attempt

    @on(EntryLine.Submitted, "#code")
    def _submitted(self, event: EntryLine.Submitted) -> None:
        self.give(event, partial(finish, self, self._attempt))

    def refused(self, refusal: StoreError) -> None:
        """Begin again when the attempt is over."""
        if begins_again(refusal):
            self.show_step(TrialScreen(explain(refusal)))
        else:
            super().refused(refusal)

    @on(Action.Chosen, "#back")
    def _back(self) -> None:
        self.show_step(TrialScreen())


class TrialByApp(SecondFactor):
    """The second factor, from the mobile application."""

    def body(self) -> Iterator[Widget]:
        """Which code is meant, the line."""
        yield Static(_("Test my access"), classes="title")
        yield Static(_("Your password is right. Now a code of your mobile application."))
        yield Static(_("Each code works once: if you just used it, wait for the next one."), classes="muted")
        yield Static(_("One-time password"), classes="label")
        yield EntryLine(id="code", placeholder=_("six digits"), wanted=SIX_DIGITS)
        yield Static(id="verdict")
        yield back_to_password()


class TrialByEmail(SecondFactor, MailedCodeScreen):
    """The second factor, from the mailbox."""

    placeholder = _("eight digits")
    again = _("Send another one-time password")
    followed = False

    def body(self) -> Iterator[Widget]:
        """Its mail, the line."""
        yield Static(_("Test my access"), classes="title")
        yield Static(_("Your password is right. Now the one-time password from your mail."))
        yield from self.mail()
        yield back_to_password()

    def on_mount(self) -> None:
        """Show what was sent."""
        if self._attempt.code is not None:
            self.sent(self._attempt.code)

    async def send(self) -> CodeSent:
        """Have another one mailed for the same attempt."""
        self._attempt = await self.visit.enrolment.resend_otp(self._attempt)
        assert self._attempt.code is not None
        return self._attempt.code
