"""The note from one shift of the hotline to the next."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

from screens import drafts
from screens.dialog import Dialog
from screens.paint import foreign, hints, lines, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.times import hk_moment
from screens.words import _
from store.enquiry_views import HandOver
from store.errors import StoreError


class HandOverScreen(Dialog[bool]):
    """The note there is, and the lines for a new one, which takes its place. Answers True when one was left.

    What was typed is kept when it is left, and offered again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "save", show=False, priority=True)]
    DEFAULT_CSS = """
    HandOverScreen {
        #before { max-height: 8; overflow-y: auto; height: auto; }
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
        """The newest note, the lines."""
        with VerticalScroll(classes="panel", can_focus=False):
            yield Static(_("Note for the next shift"), classes="title")
            yield Static(id="before", classes="gap")
            yield Static(_("New note: what the next shift should know"), classes="label")
            yield TextArea(drafts.find(self.app, self.draft_key) or "", tab_behavior="focus")
            yield Static(id="trouble")
            yield Static(
                hints([("F2", _("leave the note")), ("esc", _("back, keeping it"))]), classes="hints"
            )

    def on_mount(self) -> None:
        """Show the newest note."""
        area = self.query_one(TextArea)
        area.cursor_blink = False
        area.focus()
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Show the note there is."""
        note = await self.desk.enquiries.newest_hand_over()
        self.query_one("#before", Static).update(self._before(note))

    def _before(self, note: HandOver | None) -> Content:
        if note is None:
            return muted(_("No note was left yet."))
        head = _("%(who)s wrote %(when)s:") % {
            "who": note.written_by,
            "when": hk_moment(note.written_at, self.desk.clock.now()),
        }
        return lines([muted(head), *map(foreign, note.note.split("\n"))])

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
