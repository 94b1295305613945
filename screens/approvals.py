"""Approvals: what waits for a checker, plan by plan, and what was decided."""

from collections.abc import Sequence
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.approval_lines import (
    Line,
    decided_columns,
    decided_lines,
    waiting_columns,
    waiting_lines,
)
from screens.approval_words import (
    about_change,
    about_plan,
    approval_consequence,
    approval_question,
    approved_words,
    remark_paragraph,
    selected_words,
    taken_words,
)
from screens.base import DeskScreen
from screens.change_view import ChangeView
from screens.commands import BY_NAME, Command, bindings_for
from screens.confirm import ConfirmScreen
from screens.list_screen import ListScreen
from screens.paint import fields
from screens.sentences import explain_error
from screens.text import clean
from screens.times import hk_moment, span
from screens.widgets.columns import Column
from screens.widgets.command_bar import CommandBar
from screens.widgets.source import MemorySource
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.errors import AddressInUse, OwnProposal, StoreError
from store.rules.roles import Permission, sees_all
from store.views import ProposalRow, Role

DECISIONS = frozenset({"approve", "reject"})


class ApprovalsScreen(ListScreen[Line]):
    """One line for each change; what is known of the one under the cursor stands below.

    A decision is on exactly what the list shows at that moment; the store refuses it when that has changed.
    """

    PLACE = "approvals"
    CSS_PATH: ClassVar[list[str]] = ["list_screen.tcss", "approvals.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("approvals")]
    SELECTABLE = True

    def __init__(self) -> None:
        super().__init__()
        self.decided = False
        self.folded: set[str] = set()
        self.waiting: tuple[ProposalRow, ...] = ()
        self.phase_changes = 0
        """How many wait for a second person of operations, who decides on the schedule."""
        self.lines: dict[int | str, Line] = {}
        self.rows.together = self._together

    def compose(self) -> ComposeResult:
        """Status line, list, detail."""
        yield Static(id="status")
        yield self.rows
        with Vertical(id="detail"):
            yield Static(id="what")
            yield Static(id="remarks")

    def columns(self) -> Sequence[Column[Line]]:
        """Those of what waits, or of what was decided."""
        now = self.desk.clock.now()
        if self.decided:
            return decided_columns(now)
        return waiting_columns(now, folded=self.folded, many=sees_all(self.desk.actor.role))

    def key_of(self, row: Line) -> int | str:
        """The number of the change, or of the plan."""
        return row.key

    async def source(self) -> MemorySource[Line]:
        """The lines that are wanted now."""
        proposals = self.desk.proposals
        if self.decided:
            lines = list(decided_lines(await proposals.decided()))
        else:
            self.waiting = await proposals.waiting()
            if self.desk.allows(Permission.APPROVE_PHASE):
                self.phase_changes = len(await self.desk.phase_changes.waiting())
            lines = list(waiting_lines(self.waiting, self.folded))
        self.lines = {line.key: line for line in lines}
        self.rows.columns = self.columns()
        self.rows.narrow_selection(self.lines)
        for plan in self._selected_plans():
            self.rows.select(*self._together(plan))
        return MemorySource(lines, self.key_of)

    def status_words(self) -> str:
        """How many wait for whom, since when and until when; how many are selected."""
        if self.decided:
            count = self.rows.count
            told = ngettext("{n} decision", "{n} decisions", count).format(n=f"{count:,}")
            return " · ".join([told, _("newest first"), _("f shows what waits")])
        parts = [self._how_many()]
        if self.phase_changes:
            words = ngettext(
                "{n} phase change waits: press 3", "{n} phase changes wait: press 3", self.phase_changes
            )
            parts.insert(0, words.format(n=self.phase_changes))
        if self.rows.selection:
            parts.append(selected_words(self._selected_plans(), len(self._selected())))
        if self.waiting:
            now = self.desk.clock.now()
            parts.append(_("oldest %s") % span(now - min(row.made_at for row in self.waiting)))
            first = min(row.expires_at for row in self.waiting)
            parts.append(_("first expires %s") % hk_moment(first, now))
        return " · ".join(parts)

    def _how_many(self) -> str:
        actor = self.desk.actor
        own = sum(row.made_by == actor.operator_id for row in self.waiting)
        count = len(self.waiting)
        if actor.role is not Role.DA_CHECKER:
            words = ngettext("{n} change waits for a checker", "{n} changes wait for a checker", count)
            return words.format(n=f"{count:,}")
        words = ngettext("{n} change waits for you", "{n} changes wait for you", count - own)
        theirs = _(", {n} of your own for another").format(n=f"{own:,}") if own else ""
        return words.format(n=f"{count - own:,}") + theirs

    def empty_words(self) -> str:
        """What to do when nothing is listed."""
        if self.decided:
            return _("Nothing was decided yet.\nPress f to see what waits.")
        return {
            Role.DA_CHECKER: _(
                "Nothing waits for you.\nWhat a maker of your participant changes is listed here.\n"
                "Press f to see what was decided."
            ),
            Role.DA_MAKER: _(
                "None of your changes waits for a checker.\n"
                "Press 2, then e on a user, to register an address; f shows what was decided."
            ),
        }.get(self.desk.actor.role, _("No change waits for a checker.\nPress f to see what was decided."))

    def show_status(self) -> None:
        """Bring the status line and the detail up to date."""
        super().show_status()
        self._show_detail()

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        """Show what is known of the line under the cursor, and whether it can be decided on."""
        self._show_detail()

    def _show_detail(self) -> None:
        line, now = self.rows.cursor_row, self.desk.clock.now()
        self.query_one("#detail").display = line is not None
        if line is None:
            return
        remarks = Content("") if line.is_plan or line.decision else remark_paragraph(line.first)
        if line.is_plan:
            what = about_plan(line, now, folded=str(line.key) in self.folded)
        else:
            what = about_change(line.first, now, line.decision)
        self.query_one("#what", Static).update(fields(what))
        self.query_one("#remarks", Static).update(remarks)
        for bar in self.query(CommandBar):
            bar.refresh()

    def label_of(self, command: Command) -> str:
        """The filter is named after what it shows next."""
        if command.name == "filter":
            return _("Waiting") if self.decided else _("Decided")
        return super().label_of(command)

    # Who may decide on what.

    def allowed(self, command: Command) -> bool:
        """A decision also takes a change that waits and that somebody else made."""
        if command.name in DECISIONS and super().allowed(command):
            return self._refusal() is None
        return super().allowed(command)

    def _why_not(self, command: Command) -> str:
        if command.name == "reject" and self.desk.actor.role is Role.DA_MAKER and self._any_own():
            return _("A change cannot be taken back; a new address (e on the user) replaces it.")
        refusal = self._refusal() if command.name in DECISIONS and super().allowed(command) else None
        return refusal or super()._why_not(command)

    def _refusal(self) -> str | None:
        """Why the role may decide, but not on what is chosen."""
        if self.decided:
            return _("This was decided already; press f to see what waits.")
        return explain_error(OwnProposal()) if self._any_own() else None

    def _any_own(self) -> bool:
        return not self.decided and any(row.made_by == self.desk.actor.operator_id for row in self._chosen())

    def _together(self, line: Line) -> tuple[int | str, ...]:
        """The lines that are selected with one: a plan is decided on as one."""
        plan = self.lines.get(line.first.plan_id or "")
        if plan is None:
            return (line.key,)
        return (plan.key, *(row.proposal_id for row in plan.rows if row.proposal_id in self.lines))

    def _selected_plans(self) -> list[Line]:
        chosen = (self.lines[key] for key in self.rows.selection if key in self.lines)
        return [line for line in chosen if line.is_plan]

    def _selected(self) -> tuple[ProposalRow, ...]:
        """The changes that are selected, by themselves or with their plan, each once."""
        chosen = [self.lines[key] for key in self.rows.selection if key in self.lines]
        return tuple({row.proposal_id: row for line in chosen for row in line.rows}.values())

    def _chosen(self) -> tuple[ProposalRow, ...]:
        """The selected changes, or those of the line under the cursor."""
        line = self.rows.cursor_row
        return self._selected() or (line.rows if line else ())

    # Keys.

    @work(group="open", exclusive=True, exit_on_error=False)
    async def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """Show the change in full; fold a plan, or unfold it."""
        from screens.user_card import UserCardScreen  # noqa: PLC0415

        line = self.rows.cursor_row
        if line is None:
            return
        if line.is_plan:
            self.folded ^= {str(line.key)}
            self.look_again()
            return
        wish = await self.app.push_screen_wait(ChangeView(line, self._cannot_decide(line)))
        if wish == "approve":
            self.approve(line.rows)
        elif wish == "reject":
            self.reject(line.rows)
        elif wish == "user":
            self.app.push_screen(UserCardScreen(line.first.user_id))

    def _cannot_decide(self, line: Line) -> str | None:
        approve = BY_NAME["approve"]
        if not self.desk.allows(Permission.APPROVE, line.first.participant_id):
            return DeskScreen._why_not(self, approve)
        if line.decision is None and line.first.made_by == self.desk.actor.operator_id:
            return explain_error(OwnProposal())
        return "" if line.decision else None

    def do_filter(self) -> None:
        """Switch between what waits and what was decided."""
        self.decided = not self.decided
        self.refresh_frame()
        self.rows.clear_selection()
        self.look_again(to_top=True)

    def do_back(self) -> None:
        """Deselect; else show what waits again; else leave."""
        if self.rows.selection:
            self.rows.clear_selection()
        elif self.decided:
            self.do_filter()
        else:
            DeskScreen.do_back(self)

    def do_approve(self) -> None:
        """Approve the selected changes, or those of the line under the cursor."""
        if rows := self._chosen():
            self.approve(rows)

    def do_reject(self) -> None:
        """Reject the selected changes, or those of the line under the cursor."""
        if rows := self._chosen():
            self.reject(rows)

    @work(group="decide", exclusive=True, exit_on_error=False)
    async def approve(self, rows: tuple[ProposalRow, ...]) -> None:
        """Ask, saying what will happen, and approve exactly what was shown."""
        question = ConfirmScreen(approval_question(rows), approval_consequence(rows), _("approve"))
        if not await self.app.push_screen_wait(question):
            return
        shown = {row.proposal_id: row.digest for row in rows}
        try:
            done = await self.with_proof(lambda: self.desk.proposals.approve(shown))
        except AddressInUse as error:
            self.say(clean(taken_words(error)), severity="warning")
        except StoreError as error:
            self.say(clean(explain_error(error)), severity="warning")
        else:
            self.rows.clear_selection()
            self.say(approved_words(done.proposals))
        self.look_again()

    @work(group="decide", exclusive=True, exit_on_error=False)
    async def reject(self, rows: tuple[ProposalRow, ...]) -> None:
        """Ask for the reason, and reject exactly what was shown."""
        from screens.reject import RejectScreen  # noqa: PLC0415

        if await self.app.push_screen_wait(RejectScreen(rows)):
            self.rows.clear_selection()
        self.look_again()
