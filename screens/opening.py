"""What is seen before the store is open: the desk's frame with lines on their way, or why it cannot open."""

from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

from screens.base import DeskScreen
from screens.commands import bindings_for
from screens.text import plain
from screens.widgets.columns import Column
from screens.widgets.virtual_list import VirtualList
from screens.words import _

LEAST = Size(60, 15)


class OpeningScreen(DeskScreen[None]):
    """The first frame."""

    PLACE = "opening"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("opening")]
    DEFAULT_CSS = """
    OpeningScreen {
        #fault { display: none; padding: 1 2; max-width: 100; }
        &.-fault #fault { display: block; }
        &.-fault VirtualList { display: none; }
    }
    """

    def compose(self) -> ComposeResult:
        """A list whose rows are on their way, and the place for a fault."""
        columns = [Column[str](_("Opening the desk"), str, width=20, fraction=2)]
        columns += [Column[str]("", str, width=8, fraction=1) for _column in range(3)]
        yield VirtualList(columns, str)
        yield Static(id="fault")

    def on_screen_suspend(self) -> None:
        """Say in the header that something is asked first."""
        self.refresh_frame()

    def show_fault(self, sentence: str) -> None:
        """Say why the desk cannot open and what to do."""
        text = Text().append(_("The desk cannot open."), "bold")
        text.append("\n\n").append_text(plain(sentence)).append(_("\n\nPress q to leave."))
        self.query_one("#fault", Static).update(text)
        self.add_class("-fault")
        self.refresh_frame()


class TooSmallScreen(Screen[None]):
    """Covers the desk while the window is too small for it; nothing below is lost."""

    BINDINGS: ClassVar[list[BindingType]] = [("q", "app.quit", _("Quit"))]
    DEFAULT_CSS = "TooSmallScreen { align: center middle; Static { text-align: center; } }"

    def compose(self) -> ComposeResult:
        """The sentence."""
        yield Static(
            _(
                "This window is too small for the desk.\nMake it at least {columns} columns by {rows} rows."
            ).format(columns=LEAST.width, rows=LEAST.height)
        )


def cover_when_too_small(app: App[Any], size: Size) -> None:
    """Show or take away the sentence that covers a window of a size the desk cannot be shown at."""
    too_small = size.width < LEAST.width or size.height < LEAST.height
    covered = isinstance(app.screen, TooSmallScreen)
    if too_small and not covered:
        app.push_screen(TooSmallScreen())
    elif covered and not too_small:
        app.pop_screen()
