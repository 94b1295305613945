"""Something to choose with enter: one line, reached by tab or the arrows, that may have to wait a while."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from screens.text import clean
from screens.words import _


def countdown(seconds: float) -> str:
    """What is left, in minutes and seconds: 0:42."""
    left = max(0, ceil(seconds))
    return f"{left // 60}:{left % 60:02d}"


class Action(Static, can_focus=True):
    """A choice; while it has to wait it says how long, and choosing it does nothing."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "choose", show=False)]
    DEFAULT_CSS = """
    Action {
        height: auto;
        padding: 0 1 0 0;
        &:focus { background: $panel; }
    }
    """

    class Chosen(Message):
        """It was chosen, and does not have to wait."""

        def __init__(self, action: "Action") -> None:
            super().__init__()
            self.action = action

        @property
        def control(self) -> "Action":
            """The choice, so that handlers can be bound to one by its id."""
            return self.action

    def __init__(self, label: str, *, id: str, beside: str = "", below: Sequence[str] = ()) -> None:
        super().__init__(id=id)
        self.label = label
        self.beside = beside
        self.below = below
        self._until: datetime | None = None
        self._left = 0.0
        self._marked = False

    def on_mount(self) -> None:
        """Show it."""
        self._draw()

    def on_focus(self) -> None:
        """Mark it; the library itself notes the focus only after this."""
        self._marked = True
        self._draw()

    def on_blur(self) -> None:
        """Take the mark away."""
        self._marked = False
        self._draw()

    def relabel(self, label: str) -> None:
        """Call it something else."""
        self.label = label
        self._draw()

    def wait_until(self, moment: datetime | None, now: datetime) -> None:
        """Let it wait until `moment`."""
        self._until = moment
        self.tick(now)

    def tick(self, now: datetime) -> None:
        """Show how long it still has to wait."""
        self._left = (self._until - now).total_seconds() if self._until else 0.0
        if self._left <= 0:
            self._until = None
        self._draw()

    @property
    def waits(self) -> bool:
        """Whether it cannot be chosen yet."""
        return self._until is not None

    def on_click(self, event: events.Click) -> None:
        """Choose it."""
        event.stop()
        self.focus()
        self.action_choose()

    def action_choose(self) -> None:
        """Say that it was chosen."""
        if not self.waits:
            self.post_message(self.Chosen(self))

    def _draw(self) -> None:
        mark = ("› ", "bold $accent") if self._marked else "  "
        style = "$text-disabled" if self.waits else "bold" if self.below else ""
        parts: list[Content | str | tuple[str, str]] = [mark, (clean(self.label), style)]
        if self.waits:
            parts.append((_("  in %s") % countdown(self._left), "$text-muted"))
        for line in self.below:
            parts.append((f"\n  {clean(line)}", "$text-muted"))
        if self.beside:
            parts.append((f"  {clean(self.beside)}", "$text-muted"))
        self.update(Content.assemble(*parts))
