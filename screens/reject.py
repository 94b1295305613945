"""Reject changes, saying why: the maker reads it."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens import drafts
from screens.approval_words import preview, rejected_words
from screens.dialog import SCROLLING, Dialog, Line, Panel
from screens.drafts import Draft
from screens.paint import hints, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.widgets.hanging import Hanging
from screens.words import _, ngettext
from store.errors import NotFound, OwnProposal, StoreError, Voided
from store.views import ProposalRow


class RejectScreen(Dialog[bool]):
    """What is rejected, and a line for the reason. True when it was done.

    The reason is kept when it is left or refused, and offered again for the same users. When the changes are
    not what was shown any more the dialog closes: the list behind it shows what there is.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*SCROLLING]
    DEFAULT_CSS = """
    RejectScreen {
        #trouble { min-height: 1; height: auto; }
        #foot { dock: bottom; height: auto; background: $surface; }
    }
    """

    def __init__(self, rows: Sequence[ProposalRow]) -> None:
        super().__init__()
        self.proposals = rows
        self.saving = False

    def compose(self) -> ComposeResult:
        """The changes, the line, the keys."""
        count = len(self.proposals)
        title = ngettext("Reject this change", "Reject these %s changes", count)
        with Panel():
            yield Static(title if count == 1 else title % f"{count:,}", classes="title")
            yield Hanging(preview(self.proposals), classes="gap")
            with Vertical(id="foot"):
                yield Static(_("Reason (the maker reads it)"), classes="label")
                yield Line(id="reason")
                stay = _("No mail goes out; the users keep the addresses they have.")
                yield Static(muted(stay), id="trouble")
                keys = [("enter", _("reject")), ("esc", _("leave, keeping it")), ("↑ ↓", _("read on"))]
                yield Static(hints(keys), classes="hints")

    def on_mount(self) -> None:
        """Offer the reason that was typed before."""
        if draft := drafts.find(self.app, self.draft_key):
            with self.prevent(Line.Changed):
                self.reason.value = draft.typed
            self.reason.cursor_position = len(draft.typed)
        self.reason.focus()

    @property
    def reason(self) -> Line:
        """The line of the reason."""
        return self.query_one(Line)

    @property
    def draft_key(self) -> tuple[str, str, frozenset[str]]:
        """Under which the reason is kept: one of each operator for the same users."""
        return ("rejection", self.desk.actor.operator_id, frozenset(row.user_id for row in self.proposals))

    @on(Line.Changed)
    def _typed(self) -> None:
        typed = self.reason.value
        drafts.keep(self.app, self.draft_key, Draft(typed) if typed.strip() else None)

    @on(Line.Submitted)
    def _submitted(self) -> None:
        if not self.saving:
            self.saving = True
            self.reject(self.reason.value)

    @work(group="save", exit_on_error=False)
    async def reject(self, reason: str) -> None:
        """Reject exactly what is shown; a refusal keeps the reason and says why not."""
        shown = {row.proposal_id: row.digest for row in self.proposals}
        try:
            done = await self.with_proof(lambda: self.desk.proposals.reject(shown, reason))
        except (Voided, OwnProposal, NotFound) as error:
            self.say(clean(explain_error(error)), severity="warning")
            self.dismiss(False)
        except StoreError as error:
            self._trouble(error)
        except Exception:
            self._trouble(StoreError())
            raise
        else:
            drafts.keep(self.app, self.draft_key, None)
            self.say(rejected_words(done.proposals))
            self.dismiss(True)
        finally:
            self.saving = False

    def _trouble(self, error: StoreError) -> None:
        self.query_one("#trouble", Static).update(Content.styled(clean(explain_error(error)), "$error"))

    def action_leave(self) -> None:
        """Leave; the reason is kept."""
        self.dismiss(False)
