"""Step 3: the regular password, with advice while it is typed and a reason when it is refused."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.line import EntryLine, SecretLine
from screens.enrol.secret import SecretScreen
from screens.enrol_words import MARKS, password_rules
from screens.enrolment_words import advice_words
from screens.paint import muted
from screens.text import clean
from screens.words import _
from store.enrolment_views import PasswordAdvice, Step
from store.errors import EnrolmentOver, StoreError

ONCE_MORE = _("First type the same password once more, or show what you type.")


def strength_bar(advice: PasswordAdvice) -> Content:
    """How well it would stand against guessing, and what is to be said about it."""
    filled, colour = MARKS[advice.strength]
    bar = "■" * filled + "□" * (len(MARKS) - filled)
    return Content.assemble((bar, f"${colour}"), "  ", clean(advice_words(advice)))


class PasswordScreen(SecretScreen):
    """Typed twice while it is hidden, once when it is shown; what was typed stays until it is accepted."""

    STEP: ClassVar[Step | None] = Step.PASSWORD

    def body(self) -> Iterator[Widget]:
        """What is asked of it, the lines, the advice."""
        yield Static(_("Your regular password"), classes="title")
        yield Static(password_rules(self.visit.enrolment.profile))
        yield Static(muted(_("Any character counts, spaces too. You may paste one from a password manager.")))
        yield from self.secret(_("New password"))
        yield Static(id="advice")
        yield Static(_("Once more, because it is hidden"), classes="label", id="again-label")
        yield SecretLine(id="again", wanted=ONCE_MORE)
        yield Static(id="verdict")
        yield self.toggle()

    @on(EntryLine.Changed, "#password")
    def _advise(self, event: EntryLine.Changed) -> None:
        if event.value:
            self._check(event.value)
        else:
            self.query_one("#advice", Static).update("")

    @work(exclusive=True, group="advice", exit_on_error=False)
    async def _check(self, typed: str) -> None:
        try:
            advice = await self.visit.enrolment.check_password(self.visit.session, typed)
        except EnrolmentOver as over:
            self.shell.enrolment_over(over)
        except StoreError:
            return  # setting it will say it
        else:
            if self.line.value == typed:
                self.query_one("#advice", Static).update(strength_bar(advice))

    @on(EntryLine.Submitted, "#password")
    def _first_given(self) -> None:
        if not self.hidden:
            self._set()
        elif self.line.value:
            self.query_one("#again", SecretLine).focus()
        else:
            self.tell_error(self.line.wanted)

    @on(EntryLine.Submitted, "#again")
    def _set(self) -> None:
        typed, again = self.line.value, self.query_one("#again", SecretLine).value
        if not typed:
            self.tell_error(self.line.wanted)
            self.line.focus()
        elif self.hidden and not again:
            self.tell_error(ONCE_MORE)
        elif self.hidden and typed != again:
            self.tell_error(_("The two are not the same; correct one of them, or show what you type."))
        else:
            self.ask(partial(self._give, typed))

    async def _give(self, typed: str) -> None:
        visit = self.visit
        state = await visit.enrolment.set_password(visit.session, typed)
        if state.method is not None:
            visit.note = _("Your new password is set; the old one is no longer good.")
        self.go_on(state)
