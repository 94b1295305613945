"""The lines of a call: what was asked, by whom, what was in the way, how it ended, what was promised."""

from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from screens.call_words import CAUSES, OUTCOMES
from screens.dialog import Dialog, Line, Panel
from screens.drafts import CallDraft
from screens.due_day import due_words
from screens.paint import muted
from screens.sentences import Look, explain_error
from screens.text import clean
from screens.times import hk_day
from screens.widgets.one_of import OneOf
from screens.words import _
from store.enquiry_views import Call, Outcome
from store.errors import StoreError
from store.rules import free_text


class CallForm(Dialog[Call]):
    """The panel with its lines, what stands in them, and the questions that are often asked."""

    CSS_PATH = "log_call.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("f3", "common_question", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.questions: tuple[str, ...] = ()
        """The commonest ones, word for word."""
        self._offered = ("", "")
        """The question as it was typed, and with the common one that was put behind it."""

    def compose(self) -> ComposeResult:
        """About whom, the lines to fill, and what may be said."""
        causes = [(cause, Look("", words, "foreground")) for cause, words in CAUSES.items()]
        outcomes = [(outcome.value, look) for outcome, look in OUTCOMES.items()]
        with Panel():
            with Horizontal(id="head"):
                yield Static(_("Log a call"), classes="title")
                yield Static(id="took")
            yield Static(id="whom", classes="clipped")
            yield self._row(
                _("Question"),
                Line(
                    id="question",
                    placeholder=_("what the caller asks, in their words"),
                    max_length=free_text.QUESTION,
                ),
            )
            yield self._row(
                _("Caller"),
                Line(id="caller", max_length=free_text.NAME),
            )
            yield self._row(_("Cause"), OneOf(causes, id="cause"))
            yield self._row(_("Outcome"), OneOf(outcomes, id="outcome"))
            yield self._row(
                _("Follow-up"),
                Line(
                    id="follow-up",
                    placeholder=_("what was promised, if anything"),
                    max_length=free_text.FOLLOW_UP,
                ),
            )
            yield self._row(_("Due"), Line(id="due", max_length=20), Static(id="day"))
            yield Static(id="caller-check", classes="gap")
            yield Static(id="trouble")
            yield Static(id="hints", classes="hints")

    @staticmethod
    def _row(label: str, *fields: Line | OneOf | Static) -> Horizontal:
        return Horizontal(Static(label, classes="field"), *fields, classes="row")

    def on_mount(self) -> None:
        """Say what belongs into the lines; most callers are told what to do."""
        self.line("question").placeholder = _("what the caller asks, in their words")
        self.line("caller").placeholder = _("who is calling, if they say so")
        self.line("follow-up").placeholder = _("what was promised, if anything")
        self.line("due").placeholder = _("today")
        self.choice("outcome").value = Outcome.TOLD.value

    def line(self, name: str) -> Line:
        """A line to type in."""
        return self.query_one(f"#{name}", Line)

    def choice(self, name: str) -> OneOf:
        """A line to choose in."""
        return self.query_one(f"#{name}", OneOf)

    @property
    def typed(self) -> CallDraft:
        """What stands in the lines."""
        return CallDraft(
            self.line("question").value,
            self.line("caller").value,
            self.choice("cause").value,
            self.choice("outcome").value,
            self.line("follow-up").value,
            self.line("due").value,
        )

    def action_common_question(self) -> None:
        """Put the next of the commonest questions into the line, behind what was typed there."""
        if not self.questions:
            self._show_trouble(muted(_("Nobody has asked anything in the last 30 days.")))
            return
        question = self.line("question")
        if question.value != self._offered[1]:
            self._offered = (question.value.strip(), question.value)
        own, shown = self._offered
        rounds = [own, *(f"{own}; {common}" if own else common for common in self.questions)]
        here = rounds.index(shown) if shown in rounds else 0
        following = rounds[(here + 1) % len(rounds)] or rounds[1]
        if len(following) > free_text.QUESTION:
            self._show_trouble(muted(_("There is no room for a common question behind what you typed.")))
            return
        question.value = following
        self._offered = (own, following)
        question.cursor_position = len(question.value)
        question.focus()

    @property
    def _today(self) -> date:
        return hk_day(self.desk.clock.now())

    def _show_day(self) -> None:
        self.query_one("#day", Static).update(due_words(self.typed.due, self._today))

    def _show_refusal(self, error: StoreError) -> None:
        self._show_trouble(Content.styled(f"✗ {clean(explain_error(error))}", "$error"))

    def _show_trouble(self, said: Content) -> None:
        self.query_one("#trouble", Static).update(said)
