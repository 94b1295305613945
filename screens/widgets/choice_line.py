"""One line to choose one of a few things on, with the arrows or the space bar."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class ChoiceLine(Widget, can_focus=True):
    """The choices beside each other, the chosen one marked; `chosen` is its number."""

    class Changed(Message):
        """Another one was chosen."""

    class Submitted(Message):
        """Enter was pressed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "move(1)", show=False),
        Binding("left", "move(-1)", show=False),
        Binding("enter", "submit", show=False),
    ]
    DEFAULT_CSS = """
    ChoiceLine { height: 1; padding: 0 1; background: $panel; }
    ChoiceLine:focus { background: $boost; background-tint: $accent 12%; }
    """
    chosen: reactive[int] = reactive(0)

    def __init__(self, choices: Sequence[str], *, id: str) -> None:
        super().__init__(id=id)
        self.choices = choices

    def render(self) -> Content:
        """All choices on one line."""
        return Content("   ").join(
            Content.styled(f"● {word}", "bold")
            if at == self.chosen
            else Content.styled(f"○ {word}", "$text-muted")
            for at, word in enumerate(self.choices)
        )

    def action_move(self, by: int) -> None:
        """Choose the next one, round and round."""
        self.chosen = (self.chosen + by) % len(self.choices)
        self.post_message(self.Changed())

    def action_submit(self) -> None:
        """Tell that enter was pressed."""
        self.post_message(self.Submitted())
