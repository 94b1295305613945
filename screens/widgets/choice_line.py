"""One line that holds one of several choices: the arrows go to the next, enter goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from screens.sentences import Look
from screens.text import clean


class ChoiceLine(Static, can_focus=True):
    """Shows the choice as glyph, word and colour between two arrows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right,space", "turn(1)", show=False),
        Binding("enter", "submit", show=False),
    ]
    DEFAULT_CSS = """
    ChoiceLine { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis; }
    ChoiceLine:focus { background: $boost; background-tint: $accent 12%; }
    """

    @dataclass
    class Changed(Message):
        """Another choice was taken by hand."""

        line: "ChoiceLine"

        @property
        def control(self) -> "ChoiceLine":
            """The line."""
            return self.line

    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self, choices: Sequence[tuple[str, Look]], *, id: str) -> None:
        super().__init__(id=id)
        self._choices = list(choices)
        self._at = 0

    @property
    def value(self) -> str:
        """The key of the choice."""
        return self._choices[self._at][0]

    @value.setter
    def value(self, key: str) -> None:
        keys = [each for each, _look in self._choices]
        self._at = keys.index(key) if key in keys else 0
        self.refresh()

    def render(self) -> Content:
        """The choice, and that there are others."""
        look = self._choices[self._at][1]
        word = f"{look.glyph} {clean(look.word)}" if look.glyph else clean(look.word)
        return Content.assemble(("‹ ", "$text-muted"), (word, f"${look.style}"), (" ›", "$text-muted"))

    def action_turn(self, by: int) -> None:
        """Take the next choice, or the one before."""
        self._at = (self._at + by) % len(self._choices)
        self.refresh()
        self.post_message(self.Changed(self))

    def action_submit(self) -> None:
        """Go on."""
        self.post_message(self.Submitted())
