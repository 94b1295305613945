"""A small panel to choose which users are listed: any number of standings, locked ones, smartcard users.

What is chosen of the first group adds up; "smartcard so far" narrows that further.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from screens.sentences import LOCKED, ONLY_SMARTCARD, STANDINGS, Look
from screens.widgets.columns import Column
from screens.widgets.source import MemorySource
from screens.widgets.virtual_list import VirtualList
from screens.words import _
from store.views import Standing

LOCKED_KEY, SMARTCARD_KEY = "locked", "smartcard"


@dataclass(frozen=True, slots=True)
class Choice:
    """Which users to list, as `UserQuery` has it; nothing means every one."""

    standings: frozenset[Standing] = frozenset()
    locked: bool = False
    only_smartcard: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the panel; `users` is None where the number is not known."""

    key: str
    shown: Look
    users: int | None


class FilterPicker(ModalScreen[Choice | None]):
    """Answers the choice, None when it was left."""

    CSS_PATH = "filter_picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("f", "apply", show=False),
        Binding("x", "clear", show=False),
    ]

    def __init__(
        self,
        choice: Choice,
        users: Mapping[Standing, int],
        locked: int | None,
        only_smartcard: int | None = None,
    ) -> None:
        super().__init__()
        self._choice = choice
        self._lines = [Line(standing, look, users.get(standing)) for standing, look in STANDINGS.items()]
        self._lines.append(Line(LOCKED_KEY, LOCKED, locked))
        self._lines.append(Line(SMARTCARD_KEY, ONLY_SMARTCARD, only_smartcard))
        columns = (
            Column[Line](
                _("Standing"),
                lambda line: Text(f"{line.shown.glyph} {line.shown.word}", line.shown.style),
                width=19,
                fraction=1,
            ),
            Column[Line](
                _("Users"),
                lambda line: "" if line.users is None else f"{line.users:,}",
                width=9,
                justify="right",
            ),
        )
        self._list = VirtualList(columns, lambda line: line.key, selectable=True, ticks=("[ ]", "[x]"))

    def compose(self) -> ComposeResult:
        """The lines and their keys."""
        with Vertical():
            yield Static(_("Show only"), id="title")
            yield self._list
            yield Static(
                _(
                    "Those of any word you choose; locked ones are counted under their standing too. "
                    "'{word}' keeps only the ones without 2FA yet."
                ).format(word=ONLY_SMARTCARD.word),
                id="how",
            )
            yield Static(_("space choose · enter apply · x show all · esc leave"), id="keys")

    async def on_mount(self) -> None:
        """Mark what is chosen now."""
        await self._list.show(MemorySource(self._lines, lambda line: line.key))
        flags = ((LOCKED_KEY, self._choice.locked), (SMARTCARD_KEY, self._choice.only_smartcard))
        self._list.select(*self._choice.standings, *(key for key, wanted in flags if wanted))
        self._list.focus()

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """Apply what is chosen; with nothing chosen, the line under the cursor."""
        self.action_apply(event.key)

    def action_apply(self, fallback: str | None = None) -> None:
        """Answer what is chosen."""
        chosen = self._list.selection or ((fallback,) if fallback else ())
        standings = frozenset(Standing(key) for key in chosen if key not in (LOCKED_KEY, SMARTCARD_KEY))
        self.dismiss(Choice(standings, LOCKED_KEY in chosen, SMARTCARD_KEY in chosen))

    def action_clear(self) -> None:
        """Answer that all are to be shown."""
        self.dismiss(Choice())

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
