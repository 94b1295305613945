"""What every step of enrolment shares: the frame, how it asks the store, how it says what came of it."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action, countdown
from screens.enrol.line import EntryLine
from screens.enrol.progress import Progress, known_step
from screens.enrol.visit import EnrolShell, Visit
from screens.enrol_words import explain
from screens.enrolment_words import ENROLMENT
from screens.paint import hints, muted
from screens.text import clean
from screens.words import _
from store.enrolment_views import EnrolmentState, Step
from store.errors import EnrolmentOver, EntryRefused, StoreError

EVERY_SECONDS = 1.0
COUNTED = frozenset({"wrong", "replayed", "clock"})
"""Refusals that cost a try: what was entered is not given again by a second enter."""
STYLE = Path(__file__).with_name("enrol.tcss")
"""The style sheet of all steps; the first of them is the first frame."""


class EnrolScreen(Screen[None]):
    """One step. It composes its `body`; enter gives what was typed, the arrows move, esc twice leaves."""

    STEP: ClassVar[Step | None] = None
    LEAVES_AT_ONCE: ClassVar[bool] = False
    """Whether nothing can be lost by leaving here."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("escape", "leave", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._asking = False
        self._leaving = False
        self._wait_until: datetime | None = None
        self._refusal = ""
        self._given: EntryLine | None = None
        self._erring = False

    @property
    def shell(self) -> EnrolShell:
        """The application, as screens may use it."""
        return cast("EnrolShell", self.app)

    @property
    def visit(self) -> Visit:
        """The visit; there is one on every screen but the first."""
        assert self.shell.visit is not None
        return self.shell.visit

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.visit.enrolment.clock.now()

    def compose(self) -> ComposeResult:
        """The head, the body, the keys."""
        visit = self.shell.visit
        state = visit.state if visit else None
        yield Progress(state.user_id if state else "", known_step(state), self.STEP)
        with VerticalScroll(id="body", can_focus=False):
            yield from self.body()
        yield Static(hints(self.keys()), id="keys")

    @abstractmethod
    def body(self) -> Iterator[Widget]:
        """What the step is about."""

    def keys(self) -> Sequence[tuple[str, str]]:
        """The keys and what each does."""
        return [("enter", _("go on")), ("↓ ↑", _("other choices")), self.leaving_key()]

    def leaving_key(self) -> tuple[str, str]:
        """The key that leaves, and how often it is pressed."""
        return "esc", _("leave") if self.LEAVES_AT_ONCE else _("leave (press twice)")

    def on_mount(self) -> None:
        """Let what counts down do so."""
        self.set_interval(EVERY_SECONDS, self.tick)

    def tick(self) -> None:
        """A second has passed."""
        if self.shell.visit is None:
            return
        for action in self.query(Action):
            if action.waits:
                action.tick(self.now)
        if self._wait_until is not None:
            self._tell_refusal()

    # Asking the store.

    def ask(
        self, asking: Callable[[], Awaitable[None]], said: str = "", given: EntryLine | None = None
    ) -> None:
        """Do one thing at a time; a refusal is told under the line. `given` is the line it is about."""
        if self._asking:
            return
        self._asking = True
        self._given = given
        if given is not None:
            given.note_given()
        self._wait_until = None
        self.tell(muted(said or _("One moment ...")))
        self.run_worker(self._ask(asking), group="ask", exit_on_error=False)

    def give(self, event: EntryLine.Submitted, act: Callable[[str], Awaitable[None]]) -> None:
        """Give the store what was entered; neither nothing is given, nor what was refused a moment ago."""
        line = cast("EntryLine", event.input)
        if not event.value.strip():
            self.tell_error(line.wanted)
        elif line.holds_refused:
            self._refusal = _("This was refused just now, so it was not tried again; type another one.")
            self._tell_refusal()
        else:
            self.ask(partial(act, event.value), _("Checking ..."), line)

    async def _ask(self, asking: Callable[[], Awaitable[None]]) -> None:
        try:
            await asking()
        except EnrolmentOver as over:
            self.shell.enrolment_over(over)
        except StoreError as refusal:
            self.refused(refusal)
        except Exception:
            self.refused(StoreError())
            raise
        finally:
            self._asking = False

    def refused(self, refusal: StoreError) -> None:
        """Say why; what was typed stays, marked so that the next entry replaces it."""
        sentence = explain(refusal)
        counted = isinstance(refusal, EntryRefused) and refusal.reason in COUNTED
        if self._given is not None and counted:
            self._given.mark_refused()
        if isinstance(refusal, EntryRefused) and refusal.seconds and refusal.reason != "clock":
            self._wait_until = self.now + timedelta(seconds=refusal.seconds)
            known = EntryRefused(refusal.entry, refusal.reason, tries_left=refusal.tries_left)
            sentence = "" if refusal.reason == "wait" else explain(known)
        self._refusal = sentence
        self._tell_refusal()
        if type(refusal) not in ENROLMENT:
            self._erring = False  # a fault is not mended by typing

    def _tell_refusal(self) -> None:
        """The refusal, with how long the next entry has to wait."""
        left = (self._wait_until - self.now).total_seconds() if self._wait_until else 0.0
        if left > 0:
            wait = _("After so many wrong entries the next can be given in %s.") % countdown(left)
            self.tell_error(f"{self._refusal} {wait}".strip())
        elif self._wait_until is None:
            self.tell_error(self._refusal)
        else:
            self._wait_until = None
            self.tell(muted(_("The next one can be given now.")))

    def go_on(self, state: EnrolmentState) -> None:
        """Show the step that comes next."""
        from screens.enrol.way import screen_for  # noqa: PLC0415 - it knows every step

        self.visit.state = state
        self.show_step(screen_for(self.visit))

    def show_step(self, screen: "EnrolScreen") -> None:
        """Show another screen in place of this one; the first one stays below all others."""
        if len(self.app.screen_stack) == 1:
            self.app.push_screen(screen)
        else:
            self.app.switch_screen(screen)

    # Saying something.

    def tell(self, said: Content) -> None:
        """Put a sentence under the line."""
        self._erring = False
        for verdict in self.query("#verdict").results(Static):
            verdict.update(said)

    def tell_error(self, sentence: str) -> None:
        """Say what is wrong."""
        self.tell(Content.styled(f"✗ {clean(sentence)}", "$error"))
        self._erring = True

    def tell_done(self, sentence: str) -> None:
        """Say what was done."""
        self.tell(Content.styled(f"✓ {clean(sentence)}", "$success"))

    @on(EntryLine.TooMuch)
    def _too_much(self) -> None:
        self.tell_error(_("That is too long to be what is asked for; nothing was put in."))

    @on(EntryLine.Changed)
    def _typed(self) -> None:
        self._leaving = False
        if self._erring and self._wait_until is None:
            self.tell(Content(""))

    def action_leave(self) -> None:
        """Leave, when asked a second time or when nothing can be lost."""
        if self._leaving or self.LEAVES_AT_ONCE:
            self.app.exit()
            return
        self._leaving = True
        self.tell(muted(_("Press esc again to leave. What is done stays done, and you can go on later.")))
