"""Help: the keys of the place it was opened from and the words of the desk, from the tables they live in."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from screens.commands import EVERYWHERE, Command, commands_for, key_name
from screens.dialog import Dialog
from screens.glossary import SHORT_FORMS
from screens.paint import hints, lines
from screens.sentences import (
    LOCKED,
    MAIL_MEANINGS,
    MAIL_STATES,
    MEANINGS,
    STANDINGS,
    SUSPENDED,
    Look,
    not_allowed,
)
from screens.session_words import last_sign_in, this_sign_in
from screens.widgets.looks import theme_style
from screens.words import _


class HelpScreen(Dialog[None]):
    """Keys here, keys everywhere, standings, mail states. Scrolls; esc closes."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1,q", "leave", show=False)]

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def compose(self) -> ComposeResult:
        """The tables, one under the other."""
        offered = list(commands_for(self.place, demo=self.shell.demo))
        here = [each for each in offered if each.places is not EVERYWHERE]
        with VerticalScroll(classes="panel"):
            if here:
                yield Static(_("Keys here"), classes="title")
                yield Static(self._keys(here))
            if short := SHORT_FORMS.get(self.place):
                yield Static(_("Short forms here"), classes="title gap")
                yield Static(self._short_forms(short))
            yield Static(_("Keys everywhere"), classes="title gap")
            yield Static(self._keys(each for each in offered if each.places is EVERYWHERE))
            yield Static(_("Standings"), classes="title gap")
            yield Static(self._looks({STANDINGS[key]: words for key, words in MEANINGS.items()}))
            yield Static(
                self._looks({LOCKED: _("cannot log on until unlocked"), SUSPENDED: _("not to log on at all")})
            )
            yield Static(_("Mail"), classes="title gap")
            yield Static(self._looks({MAIL_STATES[key]: words for key, words in MAIL_MEANINGS.items()}))
            session = self.desk.session if self.shell.ready else None
            if session is not None:
                yield Static(_("Your sign-in"), classes="title gap")
                yield Static(lines([this_sign_in(session), last_sign_in(session)]))
            yield Static(hints([("↑ ↓", _("scroll")), ("esc", _("close"))]), classes="hints")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def _keys(self, commands: Iterable[Command]) -> Table:
        faint = theme_style(self.app, "text-muted")
        table = self._grid(7, 13)
        for each in commands:
            key = " ".join(key_name(key) for key in each.key.split(","))
            allowed = not self.shell.ready or self.allowed(each)
            words = each.tooltip if allowed else not_allowed(each.label, self.desk.actor.role)
            style = theme_style(self.app, "bold accent") if allowed else faint
            table.add_row(Text(key, style), Text(each.label, "" if allowed else faint), Text(words, faint))
        return table

    def _short_forms(self, short: Mapping[str, str]) -> Table:
        table = self._grid(14)
        for form, words in short.items():
            table.add_row(Text(form, "bold"), Text(words, theme_style(self.app, "text-muted")))
        return table

    def _looks(self, looks: Mapping[Look, str]) -> Table:
        faint = theme_style(self.app, "text-muted")
        table = self._grid(1, 18)
        for look, words in looks.items():
            style = theme_style(self.app, look.style)
            table.add_row(Text(look.glyph, style), Text(look.word, style), Text(words, faint))
        return table

    @staticmethod
    def _grid(*widths: int) -> Table:
        table = Table.grid(padding=(0, 2))
        for width in widths:
            table.add_column(width=width, no_wrap=True)
        table.add_column(ratio=1)
        return table
