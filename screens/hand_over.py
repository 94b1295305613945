"""The note from one shift of the hotline to the next."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

from screens import drafts
from screens.dialog import Dialog, Panel
from screens.paint import foreign, hints, lines, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.times import hk_moment
from screens.words import _
from store.enquiry_views import HandOver
from store.errors import StoreError


class HandOverScreen(Dialog[bool]):
    """The notes of the last days, the newest first, and the lines for a new one. True when one was left.

    What was typed is kept when it is left, and offered again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "save", show=False, priority=True),
        Binding("pageup", "scroll_notes(-1)", show=False, priority=True),
        Binding("pagedown", "scroll_notes(1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    HandOverScreen {
        #before { max-height: 8; height: auto; scrollbar-size-vertical: 1; }
        #notes { height: auto; }
        TextArea { height: 6; border: none; padding: 0 1; background: $panel; }
        TextArea:focus { border: none; background: $boost; }
        #trouble { min-height: 1; height: auto; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.busy = False

    @property
    def draft_key(self) -> tuple[str, str]:
        """Under which the draft is kept."""
        return ("hand-over", self.desk.actor.operator_id)

    def compose(self) -> ComposeResult:
        """The notes there are, the lines."""
        with Panel():
            yield Static(_("Note for the next shift"), classes="title")
            with VerticalScroll(id="before", classes="gap", can_focus=False):
                yield Static(id="notes")
            yield Static(_("New note: what the next shift should know"), classes="label")
            yield TextArea(drafts.find(self.app, self.draft_key) or "", tab_behavior="focus")
            yield Static(id="trouble")
            keys = [("F3", _("leave the note")), ("PgUp PgDn", _("earlier notes"))]
            yield Static(hints([*keys, ("esc", _("back, keeping it"))]), classes="hints")

    def on_mount(self) -> None:
        """Show the notes there are."""
        area = self.query_one(TextArea)
        area.cursor_blink = False
        area.focus()
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Show the notes there are."""
        notes = await self.desk.enquiries.hand_overs()
        shown = [lines(self._note(note)) for note in notes]
        said = Content("\n\n").join(shown) if shown else muted(_("No note was left yet."))
        self.query_one("#notes", Static).update(said)

    def _note(self, note: HandOver) -> list[Content]:
        """Who wrote it and when, and what."""
        head = _("%(who)s wrote %(when)s:") % {
            "who": note.written_by,
            "when": hk_moment(note.written_at, self.desk.clock.now()),
        }
        return [muted(head), *map(foreign, note.note.split("\n"))]

    def action_scroll_notes(self, windows: int) -> None:
        """Scroll the notes by all but one of the lines in view."""
        notes = self.query_one("#before")
        notes.scroll_relative(y=windows * max(1, notes.size.height - 1), animate=False)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep what is typed; what a terminal cannot print is shown as a middle dot from the start."""
        typed = event.text_area.text
        shown = "\n".join(map(clean, typed.split("\n")))
        if shown != typed:
            event.text_area.text = shown
            event.text_area.move_cursor(event.text_area.document.end)
        drafts.keep(self.app, self.draft_key, shown if shown.strip() else None)

    def action_save(self) -> None:
        """Leave the note."""
        if not self.busy:
            self.busy = True
            self.save(self.query_one(TextArea).text)

    @work(group="save", exit_on_error=False)
    async def save(self, note: str) -> None:
        """Leave the note for the next shift; a refusal keeps what was typed."""
        try:
            await self.desk.enquiries.hand_over(note)
        except StoreError as error:
            said = Content.styled(f"✗ {clean(explain_error(error))}", "$error")
            self.query_one("#trouble", Static).update(said)
        else:
            drafts.keep(self.app, self.draft_key, None)
            self.say(_("The note is there for the next shift."))
            self.dismiss(True)
        finally:
            self.busy = False

    def action_leave(self) -> None:
        """Leave; what was typed is kept."""
        if drafts.find(self.app, self.draft_key):
            self.say(_("What you typed is kept until you come back or leave the desk."))
        self.dismiss(False)
