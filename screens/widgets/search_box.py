"""A line to search by: results come while typing; esc clears, then leaves; enter opens the best match."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from screens.pasted import join_lines
from screens.text import clean
from screens.words import _


class SearchInput(Input):
    """The line itself."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,pagedown", "to_list", show=False),
        Binding("enter", "open", show=False),
        Binding("escape", "clear_or_leave", show=False),
    ]

    class Done(Message):
        """The operator is done typing and goes to the list."""

    class Chosen(Message):
        """The operator takes the best match."""

    def validate_value(self, value: str) -> str:
        """What is pasted must not steer the terminal; the key that opens the line adds nothing to it."""
        return clean(value).lstrip("/")

    def _on_paste(self, event: events.Paste) -> None:
        join_lines(self, event)

    def action_to_list(self) -> None:
        """Go to the list."""
        self.post_message(self.Done())

    def action_open(self) -> None:
        """Open the best match of what is typed; with nothing typed, go to the list."""
        self.post_message(self.Chosen() if self.value.strip() else self.Done())

    def action_clear_or_leave(self) -> None:
        """Clear what was typed; with nothing typed, go to the list."""
        if self.value:
            self.value = ""
        else:
            self.post_message(self.Done())


class SearchBox(Horizontal):
    """The line with its mark; it is there while it is typed in or narrows the list."""

    DEFAULT_CSS = """
    SearchBox {
        display: none;
        height: 1;
        background: $surface;
        &:focus-within, &.-narrowing { display: block; }
        Label { width: 3; color: $accent; text-style: bold; padding: 0 1; }
        SearchInput { width: 1fr; padding: 0; background: $surface; }
        #again { display: none; width: auto; color: $text-muted; text-style: none; }
        &.-left SearchInput { color: $text-muted; text-style: italic; }
        &.-left Label { color: $text-muted; }
        &.-left #again { display: block; }
    }
    """

    def __init__(self, placeholder: str, longest: int = 100) -> None:
        super().__init__()
        self.input = SearchInput(
            placeholder=placeholder, compact=True, select_on_focus=False, max_length=longest
        )
        self.input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """The mark and the line."""
        yield Label("/")
        yield self.input
        yield Label(_("/ to search again, esc to clear"), id="again")

    def open(self) -> None:
        """Show the line and put the cursor into it."""
        self.add_class("-narrowing")
        self.input.focus()

    def begin_anew(self) -> None:
        """Put the cursor into the line; the next key replaces what stands there."""
        self.open()
        self.input.select_all()

    def on_descendant_blur(self) -> None:
        """Go away when nothing is searched for; else stand back, as keys are commands again."""
        self.set_class(bool(self.input.value), "-narrowing")
        self.add_class("-left")

    def on_descendant_focus(self) -> None:
        """Keys are typed here again."""
        self.remove_class("-left")

    def on_input_changed(self) -> None:
        """Stay while something is searched for."""
        self.set_class(bool(self.input.value) or self.input.has_focus, "-narrowing")
