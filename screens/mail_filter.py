"""A small panel to choose which messages are listed."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.dialog import Dialog, Panel
from screens.paint import hints
from screens.sentences import MAIL_STATES, Look
from screens.text import fit
from screens.words import _
from store.views import TROUBLED_MAIL, MailState

WORD = 20
ALL = Look("·", _("all"), "foreground")
IN_TROUBLE = Look("!", _("in trouble"), "error")


class MailFilter(Dialog[frozenset[MailState]]):
    """Answers the states to show, none for all of them; None when it was left."""

    CSS_PATH = "mail_filter.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("f", "leave", show=False)]

    def __init__(self, counts: Mapping[MailState, int], chosen: frozenset[MailState]) -> None:
        super().__init__()
        self.counts = counts
        self.chosen = chosen
        self.choices: list[tuple[Look, frozenset[MailState]]] = [
            (ALL, frozenset()),
            (IN_TROUBLE, TROUBLED_MAIL),
            *((look, frozenset({state})) for state, look in MAIL_STATES.items()),
        ]

    def compose(self) -> ComposeResult:
        """The choices with their numbers."""
        with Panel():
            yield Static(_("Show only"), classes="title")
            yield OptionList(*map(self._option, self.choices), markup=False, compact=True)
            yield Static(hints([("enter", _("choose")), ("esc", _("leave"))]), classes="hints")

    def on_mount(self) -> None:
        """Begin on what is chosen now."""
        options = self.query_one(OptionList)
        options.highlighted = [states for _look, states in self.choices].index(self.chosen)
        options.focus()

    def _option(self, choice: tuple[Look, frozenset[MailState]]) -> Option:
        look, states = choice
        number = sum(self.counts.get(state, 0) for state in states or MailState)
        word = (fit(f"{look.glyph} {look.word}", WORD), f"${look.style}")
        return Option(Content.assemble(word, f"{number:>9,}"))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.choices[event.option_index][1])
