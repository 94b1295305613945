"""The schedule: the circular's milestones on a timeline, what each opens and ever was; windows are revised
and confirmed here, milestones declared begun and done, and phase changes proposed and approved.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.base import DeskScreen
from screens.commands import Command, bindings_for
from screens.confirm import ConfirmScreen
from screens.days import day_range
from screens.one_line import OneLineScreen, Question
from screens.paint import fields, foreign, lines, muted
from screens.phase_words import figure_words, opens_words, proposed_words, revision_lines, timing_words
from screens.reach_words import done_words, told_words
from screens.schedule_errors import come_first, proposed_already
from screens.sentences import explain_error
from screens.text import clean
from screens.timeline import Axis, bar_line, month_line, title_line, today_line
from screens.times import hk_day, hk_moment
from screens.words import _
from store.errors import NotNow, OwnPhaseChange, StoreError
from store.rules import phases
from store.rules.roles import Permission
from store.schedule_views import PhaseChangeRow
from store.views import MilestoneRow, MilestoneStatus

TENTATIVE, CONFIRMED = MilestoneStatus.TENTATIVE, MilestoneStatus.CONFIRMED
MARGIN = 2
TALL = 32
"""Lines of a window that has room for the revisions below."""
DECISIONS = frozenset({"approve_phase", "reject_phase"})


class ScheduleScreen(DeskScreen[None]):
    """Eight milestones, two lines each: what and when in words, and the window on an axis of months."""

    PLACE = "schedule"
    CSS_PATH = "schedule.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("schedule")]

    def __init__(self) -> None:
        super().__init__()
        self.milestones: tuple[MilestoneRow, ...] = ()
        self.waiting: dict[str, PhaseChangeRow] = {}
        """The phase changes that wait for a second person, by milestone; for operations only."""
        self.drawn_width = 0

    def compose(self) -> ComposeResult:
        """The axis, the milestones, what is known of the one under the cursor, and what it ever was."""
        yield Static(id="banner")
        yield Static(id="axis")
        yield OptionList(id="milestones", markup=False, compact=True)
        yield Static(id="detail")
        with VerticalScroll(id="past", can_focus=False):
            yield Static(muted(_("All that it was, newest first")))
            yield Static(id="revisions")

    def on_mount(self) -> None:
        """Fetch the milestones."""
        self.query_one(OptionList).focus()
        self.load()

    async def store_changed(self) -> None:
        """Show what was declared elsewhere, and the day it is now."""
        self.load()

    def on_resize(self) -> None:
        """Share the months out anew."""
        self.call_after_refresh(self._draw)

    @property
    def today(self) -> date:
        """The day it is in Hong Kong by the desk's clock."""
        return hk_day(self.desk.clock.now())

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Fetch the milestones and what waits, and draw them."""
        self.milestones = await self.desk.schedule.milestones()
        if self.desk.allows(Permission.APPROVE_PHASE):
            self.waiting = {row.milestone_id: row for row in await self.desk.phase_changes.waiting()}
        self._draw()
        self.refresh_frame()

    def _draw(self) -> None:
        if not self.milestones:
            return
        self._show_banner()
        self.drawn_width = width = self._width()
        axis = Axis.around(self.milestones, width)
        self.query_one("#axis", Static).update(lines([month_line(axis), today_line(axis, self.today)]))
        options = self.query_one(OptionList)
        drawn = [self._two_lines(row, axis, width) for row in self.milestones]
        if options.option_count == len(drawn):
            for index, prompt in enumerate(drawn):
                options.replace_option_prompt_at_index(index, prompt)
        else:
            options.set_options(
                Option(prompt, id=row.milestone_id)
                for row, prompt in zip(self.milestones, drawn, strict=True)
            )
            options.highlighted = self._next()
        self._show_detail()
        self.call_after_refresh(self._draw_to_fit)

    def _draw_to_fit(self) -> None:
        """Draw once more where a line above or below made a scrollbar come or go."""
        if self._width() != self.drawn_width:
            self._draw()

    def _width(self) -> int:
        return self.query_one(OptionList).scrollable_content_region.width - MARGIN

    def _two_lines(self, row: MilestoneRow, axis: Axis, width: int) -> Content:
        proposed = row.milestone_id in self.waiting
        return lines([title_line(row, width, proposed=proposed), bar_line(row, axis, self.today)])

    def _show_banner(self) -> None:
        banner = self.query_one("#banner", Static)
        banner.display = bool(self.waiting)
        if self.waiting:
            first = next(iter(self.waiting.values()))
            own = first.proposed_by == self.desk.actor.operator_id
            theirs = _("◐ second person needed (a approve, x reject): %s")
            words = _("◐ second person needed (x takes it back): %s") if own else theirs
            banner.update(foreign(words % first.title, "bold $warning"))

    def _next(self) -> int:
        """Where to begin: on what waits for a second person, else on what has not begun."""
        rows = list(enumerate(self.milestones))
        proposed = [at for at, row in rows if row.milestone_id in self.waiting]
        return next(iter([*proposed, *(at for at, row in rows if row.begun_at is None)]), 0)

    @property
    def milestone(self) -> MilestoneRow | None:
        """The milestone under the cursor."""
        at = self.query_one(OptionList).highlighted
        return self.milestones[at] if at is not None and at < len(self.milestones) else None

    @on(OptionList.OptionHighlighted)
    def _show_detail(self) -> None:
        row = self.milestone
        if row is None:
            return
        self.query_one("#detail", Static).update(fields(self._known(row)))
        self.set_class(self.size.height >= TALL, "-tall")
        if self.has_class("-tall"):
            self.show_past(row.milestone_id)

    def _known(self, row: MilestoneRow) -> list[tuple[str, Content | str]]:
        meant = day_range(row.earliest, row.latest)
        opens = foreign(row.opens) if row.opens else muted(_("nothing"))
        known: list[tuple[str, Content | str]] = [
            (_("Announced"), Content.assemble(clean(row.window), muted(f" · {meant}"))),
            (_("By"), foreign(row.circular)),
            (_("Opens"), Content.assemble(opens, muted(self._begun(row)))),
        ]
        if waiting := self.waiting.get(row.milestone_id):
            by = proposed_words(waiting, self.desk.clock.now())
            said = muted(f" · {figure_words(waiting.figures)}")
            known.append((_("Proposed"), Content.assemble((clean(by), "$warning"), said)))
        return known

    def _begun(self, row: MilestoneRow) -> str:
        if row.begun_at is None:
            return " · " + _("not begun; dates open nothing by themselves")
        return " · " + _("begun %s") % hk_moment(row.begun_at, self.desk.clock.now())

    @work(exclusive=True, group="past", exit_on_error=False)
    async def show_past(self, milestone_id: str) -> None:
        """Show all that the milestone ever was."""
        rows = await self.desk.schedule.revisions(milestone_id)
        self.query_one("#revisions", Static).update(revision_lines(rows, self.desk.clock.now()))

    @on(OptionList.OptionSelected)
    @work(exclusive=True, group="open", exit_on_error=False)
    async def open_milestone(self) -> None:
        """Show the milestone under the cursor in full."""
        from screens.milestone import MilestoneScreen  # noqa: PLC0415

        if (row := self.milestone) is None:
            return
        revisions = await self.desk.schedule.revisions(row.milestone_id)
        sees = self.desk.allows(Permission.APPROVE_PHASE)
        past = await self.desk.phase_changes.past(row.milestone_id) if sees else ()
        self.app.push_screen(MilestoneScreen(row, self._known(row), revisions, past))

    # Who may decide.

    def allowed(self, command: Command) -> bool:
        """A decision also takes a phase change that waits."""
        return super().allowed(command) and (command.name not in DECISIONS or bool(self.waiting))

    def label_of(self, command: Command) -> str:
        """At the foot in one word each, so that the simulation has its place there too."""
        return {"begin": _("Begun"), "done": _("Done")}.get(command.name) or super().label_of(command)

    def in_footer(self, command: Command) -> bool:
        """A phase change that waits is there to be decided on; one's own can only be taken back."""
        if command.name not in DECISIONS or not self.waiting:
            return super().in_footer(command)
        own = all(row.proposed_by == self.desk.actor.operator_id for row in self.waiting.values())
        return self.for_role(command) and (command.name == "reject_phase" or not own)

    def _why_not(self, command: Command) -> str:
        if command.name in DECISIONS and super().allowed(command):
            return _("No phase change waits for a second person; b proposes one.")
        return super()._why_not(command)

    def _decided_on(self) -> PhaseChangeRow | None:
        """The phase change of the milestone under the cursor, or else the one that waits longest."""
        row = self.milestone
        mine = self.waiting.get(row.milestone_id) if row else None
        return mine or next(iter(self.waiting.values()), None)

    # Keys.

    def do_revise(self) -> None:
        """Revise the window of the milestone under the cursor."""
        from screens.revise import ReviseScreen  # noqa: PLC0415

        if (row := self.milestone) is None or self._told(row, phases.why_not_revised(row, CONFIRMED)):
            return
        self.app.push_screen(ReviseScreen(row))

    @work(exclusive=True, group="confirm", exit_on_error=False)
    async def do_confirm_window(self) -> None:
        """Confirm the window of the milestone under the cursor."""
        row = self.milestone
        if row is None or self._told(row, row.status.value if row.status is not TENTATIVE else None):
            return
        about = Content.assemble(clean(row.window), muted(f" · {day_range(row.earliest, row.latest)}"))
        told = told_words(await self.desk.schedule.reach())
        question = Question(
            title=_("Confirm the window of '%s'") % row.title,
            about=about,
            note=told,
            label=_("Reference of the circular that confirms it"),
            yes=_("confirm"),
            key=("confirm", self.desk.actor.operator_id, row.milestone_id),
            act=partial(self.desk.schedule.confirm, row.milestone_id, version=row.version),
            said=_("The window of '%s' is confirmed.") % clean(row.title) + " " + told,
        )
        self.app.push_screen(OneLineScreen(question))

    def _told(self, row: MilestoneRow, why: str | None) -> bool:
        """Whether there is no use in asking, which is told; the store decides again."""
        if why is not None:
            self.say(clean(explain_error(NotNow(row.title, why))), severity="warning")
        return why is not None

    @work(group="begin", exit_on_error=False)
    async def do_begin(self) -> None:
        """Declare the milestone under the cursor begun, once confirmed, or propose it."""
        row = self.milestone
        if row is None:
            return
        if refused := phases.why_not_begun(row, self.milestones):
            self.say(self._refusal(row, *refused), severity="warning")
            return
        if row.milestone_id in phases.TWO_PEOPLE:
            self._propose(row)
            return
        stays = _("It is written to the audit log under your name, and stays.")
        timing = timing_words(row, self.today)
        told = told_words(await self.desk.schedule.reach()) if row.opens else ""
        consequence = " ".join(filter(None, (opens_words(row), timing, stays, told)))
        question = ConfirmScreen(_("Declare '%s' begun?") % row.title, consequence, _("declare it begun"))
        if await self.app.push_screen_wait(question):
            schedule = self.desk.schedule
            declare = partial(schedule.declare_begun, row.milestone_id, version=row.version)
            await self._declare(declare, _("'%s' has begun.") % clean(row.title))

    def _refusal(self, row: MilestoneRow, why: str, what: str) -> str:
        first = phases.titles_first(row, self.milestones) if why == "comes first" else ()
        return clean(come_first(first) if first else explain_error(NotNow(what, why)))

    def _propose(self, row: MilestoneRow) -> None:
        from screens.two_people import TwoPeopleScreen  # noqa: PLC0415

        if waiting := self.waiting.get(row.milestone_id):
            self.say(clean(proposed_already(waiting, self.desk.actor.operator_id)), severity="warning")
        else:
            self.app.push_screen(TwoPeopleScreen(row), self._look_again)

    @work(group="begin", exit_on_error=False)
    async def do_done(self) -> None:
        """Declare the milestone under the cursor done, once confirmed."""
        row = self.milestone
        if row is None or self._told(row, phases.why_not_done(row)):
            return
        lacking = await self.desk.schedule.lacking(row.milestone_id)
        told = told_words(await self.desk.schedule.reach()) if row.opens else ""
        if await self.app.push_screen_wait(ConfirmScreen(*done_words(row, lacking, told))):
            declare = partial(self.desk.schedule.declare_done, row.milestone_id, version=row.version)
            await self._declare(declare, _("'%s' is done.") % clean(row.title))

    async def _declare(self, act: Callable[[], Awaitable[MilestoneRow]], said: str) -> None:
        try:
            await self.with_proof(act)
        except StoreError as error:
            self.say(clean(explain_error(error)), severity="error")
        else:
            self.say(said)
        self.load()

    def do_approve_phase(self) -> None:
        """Approve what waits, with the simulation in view."""
        from screens.two_people import TwoPeopleScreen  # noqa: PLC0415

        if (waiting := self._decided_on()) is None:
            return
        if waiting.proposed_by == self.desk.actor.operator_id:
            self.say(explain_error(OwnPhaseChange()), severity="warning")
            return
        row = next(each for each in self.milestones if each.milestone_id == waiting.milestone_id)
        self.app.push_screen(TwoPeopleScreen(row, waiting), self._look_again)

    def do_reject_phase(self) -> None:
        """Reject what waits, or take back one's own, saying why."""
        if (waiting := self._decided_on()) is None:
            return
        own = waiting.proposed_by == self.desk.actor.operator_id
        title = _("Take back: begin '%s'") if own else _("Reject: begin '%s'")
        by = proposed_words(waiting, self.desk.clock.now())
        question = Question(
            title=title % waiting.title,
            about=lines([foreign(_("Proposed by %s.") % by), muted(figure_words(waiting.figures))]),
            label=_("Reason (the audit keeps it)") if own else _("Reason (who proposed it reads it)"),
            yes=_("take it back") if own else _("reject"),
            key=("phase", self.desk.actor.operator_id, waiting.change_id),
            act=partial(self.desk.phase_changes.reject, waiting.change_id, waiting.digest),
            said=_("Taken back; nothing has begun.") if own else _("Rejected; nothing has begun."),
        )
        self.app.push_screen(OneLineScreen(question), self._look_again)

    def _look_again(self, _done: bool | None) -> None:
        self.load()
