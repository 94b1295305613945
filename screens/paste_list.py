"""Many addresses at once: a list is pasted, what it would do is said line by line, then it is submitted."""

from collections.abc import Iterator
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

from screens import drafts, roster_words
from screens.confirm import ConfirmScreen
from screens.dialog import Dialog
from screens.paint import foreign, hints, lines, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.words import _, ngettext
from store.errors import BadFile, Conflict, StoreError
from store.roster import RosterApplied
from store.rules.address_list import is_roster
from store.rules.roster_plan import ChangedUser, RosterPlan

LONGEST_LIST = 200_000
"""Characters; a longer list is a file, and goes by `ssh desk import`."""
EXAMPLE = _(
    "One user a line: user ID or name, and address. For example\n"
    "  ABCD0001, mei.oi@harbour.example\n"
    "  Chan Mei Oi <mei.oi@harbour.example>\n"
    "Cells copied from a spreadsheet will do.\n"
    "Nothing changes before you submit."
)


class ListArea(TextArea):
    """The lines of a list; a tab between two cells, which no screen can show, becomes a semicolon."""

    async def _on_paste(self, event: events.Paste) -> None:
        if len(self.text) + len(event.text) > LONGEST_LIST:
            event.prevent_default()
            sentence = _("The list is longer than %s characters; load it as a file: ssh desk import < FILE")
            self.notify(sentence % f"{LONGEST_LIST:,}", severity="warning", markup=False)
        lines = [clean(line.replace("\t", "; ")) for line in event.text.splitlines()]
        event.text = "\n".join(lines) + ("\n" if event.text.endswith(("\n", "\r")) else "")


class PasteListScreen(Dialog[None]):
    """The lines and, under them, what they would do; lines that cannot be taken stay to be mended.

    What was typed is kept when it is left, and offered again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "submit", show=False, priority=True),
        Binding("f4", "next_bad", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    PasteListScreen {
        & > .panel { height: 100%; }
        TextArea { height: 1fr; min-height: 4; border: none; padding: 0; background: $panel; }
        TextArea:focus { border: none; background: $boost; }
        #said { height: 1fr; min-height: 4; }
        #trouble { height: auto; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.plan: RosterPlan | None = None
        self.trouble: StoreError | None = None
        self.busy = False
        self._wanted = self._planning = False

    @property
    def draft_key(self) -> tuple[str, str]:
        """Under which the list is kept."""
        return ("list", self.desk.actor.operator_id)

    @property
    def area(self) -> TextArea:
        """The lines."""
        return self.query_one(TextArea)

    def compose(self) -> ComposeResult:
        """The lines, and what they would do."""
        title = _("Addresses of %s from a list") % clean(self.desk.actor.participant_id or "")
        with Vertical(classes="panel"):
            yield Static(title, classes="title")
            yield ListArea(
                drafts.find(self.app, self.draft_key) or "", tab_behavior="focus", show_line_numbers=True
            )
            yield Static(id="count", classes="gap")
            with VerticalScroll(id="said"):
                yield Static(id="lines")
            yield Static(id="trouble")
            yield Static(id="hints", classes="hints")

    def on_mount(self) -> None:
        """Begin in the lines."""
        self.area.cursor_blink = False
        self.area.focus()
        self.look_again()

    def on_text_area_changed(self) -> None:
        """Keep what is typed, and say what it would do."""
        drafts.keep(self.app, self.draft_key, self.area.text if self.area.text.strip() else None)
        self.look_again()

    async def store_changed(self) -> None:
        """The same list may be another plan now."""
        self.look_again()

    def look_again(self) -> None:
        """Plan once more; looks that are overtaken while they wait are never made."""
        self._wanted = True
        if not self._planning:
            self._planning = True
            self.look()

    @work(group="plan", exit_on_error=False)
    async def look(self) -> None:
        """Say what the list would do as long as it changes."""
        try:
            while self._wanted:
                self._wanted = False
                await self._plan()
                self.show()
        finally:
            self._planning = False

    async def _plan(self) -> None:
        self.plan = self.trouble = None
        if not (text := self.area.text).strip():
            return
        try:
            self.plan = await self.desk.roster.plan_of(text.encode())
        except StoreError as error:
            self.trouble = error

    # What is said.

    def show(self) -> None:
        """What the list would do, in a line and line by line."""
        count = foreign(self._count())
        if self.plan and self.plan.bad_rows:
            mend = ngettext("✗ %d line to mend", "✗ %d lines to mend", self.plan.bad_rows)
            count = Content.assemble(count, "  ", (mend % self.plan.bad_rows, "$error"))
        self.query_one("#count", Static).update(count)
        self.query_one("#lines", Static).update(lines(self._lines()))
        self._show_fault()
        keys = [("F3", _("submit")), ("F4", _("next to mend")), ("tab", _("read below"))]
        self.query_one("#hints", Static).update(hints([*keys, ("esc", _("back"))]))

    def _count(self) -> str:
        if self.plan is None:
            return ""
        number = len(self.plan.changed)
        said = ngettext("%d new address", "%d new addresses", number) % number
        if number:
            how = _("waits for a checker") if self.plan.proposes else _("applies at once")
            if number > 1:
                how = _("wait for a checker as one plan") if self.plan.proposes else _("apply at once")
            said = f"{said}: {how}"
        return said + (_("  ·  %d as they are") % self.plan.same if self.plan.same else "")

    def _lines(self) -> Iterator[Content]:
        plan = self.plan
        if plan is None:
            if self.trouble is None:
                yield from map(muted, EXAMPLE.split("\n"))
            return
        for bad in plan.bad:
            yield Content.styled(clean(f"✗ {roster_words.bad_row(bad)}"), "$error")
        for remark in plan.warnings:
            yield Content.styled(clean(f"! {roster_words.warning(remark)}"), "$warning")
        for change in plan.changed:
            yield self._change(change)

    @staticmethod
    def _change(change: ChangedUser) -> Content:
        old = change.known.pending_email or change.known.active_email or "–"
        row = change.entry.row
        return Content.assemble(
            (_("  line %d  ") % change.entry.line, "$text-muted"),
            (clean(f"{row.user_id} {row.user_name}"), ""),
            (clean(f"  {old} → "), "$text-muted"),
            clean(row.email),
            (_("  (in place of a change that waits)") if change.known.proposed_canonical else "", "$warning"),
        )

    def _refusal(self, error: StoreError) -> Content:
        if isinstance(error, BadFile):
            said = roster_words.bad_file(_("The list"), error)
        elif isinstance(error, Conflict):
            said = roster_words.overtaken(error)
        else:
            said = explain_error(error)
        return Content.styled(f"✗ {clean(said)}", "$error")

    # What is done.

    def on_text_area_selection_changed(self) -> None:
        """Say what is wrong with the line under the cursor."""
        self._show_fault()

    def _show_fault(self) -> None:
        number = self.area.cursor_location[0] + 1
        here = [bad for bad in self.plan.bad if bad.line == number] if self.plan else []
        said = lines(Content.styled(clean(f"✗ {roster_words.bad_row(bad)}"), "$error") for bad in here)
        self.query_one("#trouble", Static).update(self._refusal(self.trouble) if self.trouble else said)

    @work(group="next", exclusive=True, exit_on_error=False)
    async def action_next_bad(self) -> None:
        """Put the cursor on the next line that cannot be taken, the first after the last."""
        await self.finish("plan")
        numbers = sorted({bad.line - 1 for bad in self.plan.bad}) if self.plan else []
        if not numbers:
            self.say(_("No line is to be mended."))
            return
        here = self.area.cursor_location[0]
        self.area.focus()
        self.area.move_cursor((next((number for number in numbers if number > here), numbers[0]), 0))

    def action_submit(self) -> None:
        """Submit the lines that can be taken."""
        if not self.busy:
            self.busy = True
            self.submit()

    @work(group="submit", exit_on_error=False)
    async def submit(self) -> None:
        """Do what is shown, in one transaction; a refusal keeps what was typed."""
        try:
            await self.finish("plan")
            if (plan := self.plan) is None or not plan.changed:
                self.say(_("The list holds no new address yet; there is nothing to submit."))
            elif not plan.bad or await self._without_the_bad(plan):
                applied = await self.with_proof(lambda: self.desk.roster.apply(plan, skip_bad=True))
                await self._submitted(plan, applied)
        except StoreError as error:
            self.query_one("#trouble", Static).update(self._refusal(error))
        finally:
            self.busy = False

    async def _without_the_bad(self, plan: RosterPlan) -> bool:
        question = ngettext("Submit the %d good line?", "Submit the %d good lines?", len(plan.changed))
        told = ngettext(
            "%d line cannot be taken. It stays here, to be mended and submitted later.",
            "%d lines cannot be taken. They stay here, to be mended and submitted later.",
            plan.bad_rows,
        )
        ask = ConfirmScreen(question % len(plan.changed), told % plan.bad_rows, _("submit"))
        confirmed: bool | None = await self.app.push_screen_wait(ask)
        return bool(confirmed)

    async def _submitted(self, plan: RosterPlan, applied: RosterApplied) -> None:
        """Say what was done, offer the codes, and keep the lines that are to be mended."""
        bad = {row.line for row in plan.bad}
        whole = self.area.text.splitlines()
        kept = [line for number, line in enumerate(whole, 1) if number in bad]
        if kept and is_roster(self.area.text):
            kept.insert(0, whole[0])
        self.area.text = "\n".join(kept)
        drafts.keep(self.app, self.draft_key, self.area.text or None)
        self.say(self._done_words(applied))
        unsent = () if applied.plan_id else await self.desk.roster.unsent(plan.file)
        if not kept:
            self.dismiss(None)
        if unsent:
            from screens.resend import ResendScreen  # noqa: PLC0415

            self.app.push_screen(ResendScreen(unsent))

    @staticmethod
    def _done_words(applied: RosterApplied) -> str:
        if applied.plan_id:
            words = ngettext(
                "%d address waits for your checker.",
                "%d addresses wait for your checker, as one plan.",
                applied.changed,
            )
        else:
            words = ngettext("%d address is registered.", "%d addresses are registered.", applied.changed)
        return words % applied.changed

    def action_leave(self) -> None:
        """Leave; what was typed is kept."""
        if drafts.find(self.app, self.draft_key):
            self.say(_("Your list is kept until you come back or leave the desk."))
        self.dismiss(None)
