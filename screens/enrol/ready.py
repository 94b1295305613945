"""All is done: what the user has, and what can be changed later."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.changes import ChangeScreen, change_actions
from screens.enrol_words import way_in
from screens.enrolment_words import METHODS
from screens.paint import fields, foreign
from screens.times import hk_time
from screens.words import _
from store.enrolment_views import Step


class ReadyScreen(ChangeScreen):
    """What is set up, and the ways to change it, each with its proof first."""

    STEP: ClassVar[Step | None] = Step.DONE
    LEAVES_AT_ONCE: ClassVar[bool] = True

    def __init__(self, logged_on_at: datetime | None = None, drift: str = "") -> None:
        super().__init__()
        self._at = logged_on_at
        self._drift = drift

    def body(self) -> Iterator[Widget]:
        """What there is, what can be done."""
        state = self.visit.state
        title = _("You are ready for two-factor authentication")
        yield Static(Content.styled(f"✓ {title}", "bold $success"), classes="title")
        said = _("Everything is set up; there is nothing left to do here.")
        if self._at is not None:
            worked = _("Your logon at %s worked with both factors. Nothing is left to do here.")
            said = worked % hk_time(self._at)
        yield Static(said)
        yield Static(way_in(state.phase))
        facts: list[tuple[str, Content | str]] = [(_("User"), foreign(state.user_name or state.user_id))]
        if state.address:
            facts.append((_("Address"), foreign(state.address)))
        facts.append((_("Password"), _("set")))
        if state.method is not None:
            facts.append((_("Codes"), METHODS[state.method]))
        yield Static(fields(facts), classes="gap clipped")
        yield Static(id="verdict")
        yield Action(_("Leave"), id="leave")
        yield from change_actions(state)
        yield Action(_("Test my access again"), id="test")

    def on_mount(self) -> None:
        """Say what was just changed, or what there is to mend."""
        if note := self.visit.take_note():
            self.tell_done(note)
        elif self._drift:
            self.tell(Content.styled(f"! {self._drift}", "$warning"))

    def keys(self) -> Sequence[tuple[str, str]]:
        """Nothing is typed here."""
        return [("enter", _("do it")), ("↓ ↑", _("choose")), ("esc", _("leave"))]

    @on(Action.Chosen, "#leave")
    def _leave(self) -> None:
        self.app.exit()

    @on(Action.Chosen, "#test")
    def _test(self) -> None:
        from screens.enrol.trial import TrialScreen  # noqa: PLC0415 - each leads to the other

        self.show_step(TrialScreen())
