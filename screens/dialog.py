"""What the dialogs share: a panel over the screen below, one-line inputs, and a line of their keys."""

from typing import ClassVar, TypeVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input

from screens.base import DeskScreen
from screens.pasted import join_lines, take_first_line
from screens.text import clean
from screens.words import _

Answer = TypeVar("Answer")

FLOATS_FROM = 88
"""Cells of a window from which on a panel stands in its middle; it fills a narrower one."""
SCROLLING: tuple[BindingType, ...] = (
    Binding("up", "scroll_panel(-1)", show=False),
    Binding("down", "scroll_panel(1)", show=False),
    Binding("pageup", "scroll_panel(-5)", show=False),
    Binding("pagedown", "scroll_panel(5)", show=False),
)
"""Keys that move a panel which takes no focus itself."""


class Panel(VerticalScroll, can_focus=False, inherit_bindings=False):
    """What a dialog's lines stand in. It scrolls to the line that is typed in; its keys are the dialog's."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="panel")


class Line(Input):
    """One line of typing; what a terminal cannot print is shown as a middle dot from the start.

    `replaced` is for one that comes filled in: what stands there is selected, and typing replaces it.
    Pasted lines are joined; one that holds a single thing takes the first of them and says so.
    """

    JOINS: ClassVar[bool] = True
    """Whether several pasted lines are one text: a reason is, an address or a code is not."""
    instead = ""
    """Where all the pasted lines can go, as half a sentence."""

    def __init__(
        self,
        value: str = "",
        *,
        id: str,
        placeholder: str = "",
        max_length: int = 500,
        replaced: bool = False,
    ) -> None:
        super().__init__(
            value,
            id=id,
            placeholder=placeholder,
            max_length=max_length,
            compact=True,
            select_on_focus=replaced,
        )
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """What is pasted must not steer the terminal."""
        return clean(value)

    def _on_paste(self, event: events.Paste) -> None:
        if self.JOINS:
            join_lines(self, event)
        else:
            take_first_line(self, event, self.instead)


class CodeLine(Line):
    """A line for a code: of several pasted lines it takes the first."""

    JOINS = False


class AddressLine(Line):
    """A line for an address; the right arrow at its end asks for the suggested correction."""

    JOINS = False

    class Right(Message):
        """The right arrow was pressed at the end of the line."""

    def action_cursor_right(self, select: bool = False) -> None:
        """Move right, or ask for the suggestion at the end."""
        if self.cursor_position >= len(self.value) and self.selection.is_empty and not select:
            self.post_message(self.Right())
        else:
            super().action_cursor_right(select)


class Dialog(ModalScreen[Answer], DeskScreen[Answer]):
    """A panel over the screen below; esc leaves it.

    Where it is nearly as wide as the window it fills it, so that no strip of what lies below is left.
    """

    FRAMED = False
    HORIZONTAL_BREAKPOINTS = [(0, "-filling"), (FLOATS_FROM, "-floating")]  # noqa: RUF012
    _focus_when_covered: Widget | None = None
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", _("Leave"), show=False)]
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 65%;
        & > .panel {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 1 2;
            background: $surface;
            border: none;
            border-left: outer $accent;
        }
        &.-filling > .panel { width: 100%; }
        &.-covered > .panel { visibility: hidden; }
        .title { text-style: bold; height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        .clipped { text-wrap: nowrap; text-overflow: ellipsis; }
        .gap { margin-top: 1; }
        .label { color: $text-muted; margin-top: 1; }
        .hints { dock: bottom; padding-top: 1; height: 2; background: $surface; }
        Line { background: $panel; padding: 0 1; }
        Line:focus { background: $boost; background-tint: $accent 12%; }
    }
    """

    @on(events.Mount)
    def _take_width(self) -> None:
        """Know its width before it is first drawn; what the library sets comes after that."""
        self.set_class(self.app.size.width < FLOATS_FROM, "-filling")

    @on(events.ScreenSuspend)
    def _panel_covered(self) -> None:
        """Hide its panel behind another dialog: of two panels only one is to be read."""
        self._focus_when_covered = self.focused
        self.add_class("-covered")

    @on(events.ScreenResume)
    def _panel_uncovered(self) -> None:
        """Show it again, with the focus where it was."""
        self.remove_class("-covered")
        if self.focused is None:
            self.set_focus(self._focus_when_covered)

    def action_scroll_panel(self, lines: int) -> None:
        """Move what is in the panel."""
        self.query_one(".panel").scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        """Leave without doing anything."""
        self.dismiss(None)
