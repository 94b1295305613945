"""One milestone in full: what is known of it, what waits or was decided, and all that it ever was."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.dialog import Dialog
from screens.paint import fields, foreign, hints, lines, muted
from screens.phase_words import past_line, revision_lines
from screens.words import _
from store.schedule_views import PhaseChangeRow, RevisionRow
from store.views import MilestoneRow


class MilestoneScreen(Dialog[None]):
    """Scrolls; esc closes. `past` are the phase changes that wait no more, for operations."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,q", "leave", show=False)]
    DEFAULT_CSS = """
    MilestoneScreen .hints { dock: bottom; background: $surface; }
    """

    def __init__(
        self,
        row: MilestoneRow,
        known: Sequence[tuple[str, Content | str]],
        revisions: Sequence[RevisionRow],
        past: Sequence[PhaseChangeRow],
    ) -> None:
        super().__init__()
        self.row = row
        self.known = known
        self.revisions = revisions
        self.past = past

    def compose(self) -> ComposeResult:
        """The facts, the revisions, the phase changes."""
        now = self.desk.clock.now()
        with VerticalScroll(classes="panel"):
            yield Static(foreign(self.row.title), classes="title")
            yield Static(fields(self.known), classes="gap")
            if self.past:
                yield Static(muted(_("Phase changes that wait no more, newest first")), classes="gap")
                yield Static(lines(past_line(each, now) for each in self.past))
            yield Static(muted(_("All that it was, newest first")), classes="gap")
            yield Static(revision_lines(self.revisions, now))
            yield Static(hints([("↑ ↓", _("scroll")), ("esc", _("close"))]), classes="hints")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()
