"""A dialog of one line of typing that the store is asked with; what was typed is kept until it is saved."""

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from screens import drafts
from screens.dialog import SCROLLING, Dialog, Line, Panel
from screens.drafts import Draft
from screens.paint import hints, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.words import _
from store.errors import StoreError


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what is done with the answer; `key` is what its draft is kept under.

    `act` raises StoreError, which is told in the dialog; `said` is told once it is done. `note` is what
    follows from it, in whole sentences.
    """

    title: str
    about: Content
    label: str
    yes: str
    key: Hashable
    act: Callable[[str], Awaitable[object]]
    said: str
    note: str = ""


class OneLineScreen(Dialog[bool]):
    """A title, what it is about, the line, what is wrong with it. True when it was done."""

    BINDINGS: ClassVar[list[BindingType]] = [*SCROLLING]
    DEFAULT_CSS = """
    OneLineScreen #trouble { min-height: 1; height: auto; }
    """

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question
        self.saving = False

    def compose(self) -> ComposeResult:
        """All of it, and the keys."""
        asked = self.question
        with Panel():
            yield Static(clean(asked.title), classes="title", markup=False)
            yield Static(asked.about, classes="gap clipped")
            if asked.note:
                yield Static(muted(asked.note))
            yield Static(asked.label, classes="label", markup=False)
            yield Line(id="line", max_length=500)
            yield Static(id="trouble")
            yield Static(hints([("enter", asked.yes), ("esc", _("leave, keeping it"))]), classes="hints")

    def on_mount(self) -> None:
        """Offer what was typed before."""
        draft = drafts.find(self.app, self.question.key)
        with self.prevent(Line.Changed):
            self.line.value = draft.typed if draft else ""
        self.line.cursor_position = len(self.line.value)
        self.line.focus()

    @property
    def line(self) -> Line:
        """The line of typing."""
        return self.query_one(Line)

    @on(Line.Changed)
    def _typed(self) -> None:
        typed = self.line.value
        drafts.keep(self.app, self.question.key, Draft(typed) if typed.strip() else None)

    @on(Line.Submitted)
    def _submitted(self) -> None:
        if not self.saving:
            self.saving = True
            self.save(self.line.value)

    @work(group="save", exit_on_error=False)
    async def save(self, typed: str) -> None:
        """Ask the store; a refusal keeps what was typed and says why."""
        try:
            await self.with_proof(lambda: self.question.act(typed))
        except StoreError as error:
            said = Content.styled(f"✗ {clean(explain_error(error))}", "$error")
            self.query_one("#trouble", Static).update(said)
        else:
            drafts.keep(self.app, self.question.key, None)
            self.say(self.question.said)
            self.dismiss(True)
        finally:
            self.saving = False

    def action_leave(self) -> None:
        """Leave; what was typed is kept."""
        self.dismiss(False)
