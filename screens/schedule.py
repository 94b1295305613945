"""The schedule: the circular's milestones on a timeline, what each opens, and declaring one begun."""

from datetime import date
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.base import DeskScreen
from screens.commands import bindings_for
from screens.confirm import ConfirmScreen
from screens.paint import fields, foreign, lines, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.timeline import Axis, bar_line, month_line, title_line, today_line
from screens.times import hk_date, hk_day, hk_moment
from screens.words import _
from store.errors import NotNow, StoreError
from store.rules.phases import TWO_PEOPLE
from store.views import MilestoneRow

MARGIN = 2


class ScheduleScreen(DeskScreen[None]):
    """Eight milestones, two lines each: what and when in words, and the window on an axis of months."""

    PLACE = "schedule"
    CSS_PATH = "schedule.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("schedule")]

    def __init__(self) -> None:
        super().__init__()
        self.milestones: tuple[MilestoneRow, ...] = ()

    def compose(self) -> ComposeResult:
        """The axis, the milestones, and what there is to know of the one under the cursor."""
        yield Static(id="axis")
        yield OptionList(id="milestones", markup=False, compact=True)
        yield Static(id="detail")

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
        """Fetch the milestones and draw them."""
        self.milestones = await self.desk.schedule.milestones()
        self._draw()

    def _draw(self) -> None:
        if not self.milestones:
            return
        width = self.query_one(OptionList).scrollable_content_region.width - MARGIN
        axis = Axis.around(self.milestones, width)
        self.query_one("#axis", Static).update(lines([month_line(axis), today_line(axis, self.today)]))
        options = self.query_one(OptionList)
        drawn = [lines([title_line(row, width), bar_line(row, axis, self.today)]) for row in self.milestones]
        if options.option_count == len(drawn):
            for index, prompt in enumerate(drawn):
                options.replace_option_prompt_at_index(index, prompt)
        else:
            options.set_options(
                Option(prompt, id=row.milestone_id)
                for row, prompt in zip(self.milestones, drawn, strict=True)
            )
            options.highlighted = self._next_to_begin()
        self._show_detail()

    def _next_to_begin(self) -> int:
        waiting = (index for index, row in enumerate(self.milestones) if row.begun_at is None)
        return next(waiting, 0)

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
        if row.earliest == row.latest:
            meant = hk_date(row.earliest)
        else:
            meant = _("%(first)s to %(last)s") % {
                "first": hk_date(row.earliest),
                "last": hk_date(row.latest),
            }
        window = Content.assemble(clean(row.window), muted(f" · {meant}"))
        opens = foreign(row.opens) if row.opens else muted(_("nothing"))
        self.query_one("#detail", Static).update(
            fields(
                [
                    (_("Announced"), window),
                    (_("By"), foreign(row.circular)),
                    (_("Opens"), Content.assemble(opens, muted(self._begun(row)))),
                ]
            )
        )

    def _begun(self, row: MilestoneRow) -> str:
        if row.begun_at is None:
            return " · " + _("not begun; dates open nothing by themselves")
        return " · " + _("begun %s") % hk_moment(row.begun_at, self.desk.clock.now())

    @work(group="begin", exit_on_error=False)
    async def do_begin(self) -> None:
        """Declare the milestone under the cursor begun, once confirmed."""
        row = self.milestone
        if row is None:
            return
        if refused := _cannot_begin(row):
            self.say(explain_error(refused), severity="warning")
            return
        question = _("Declare '%s' begun?") % row.title
        stays = _("It is written to the audit log under your name, and stays.")
        consequence = " ".join(filter(None, (_opens(row), stays)))
        if not await self.app.push_screen_wait(ConfirmScreen(question, consequence, _("declare it begun"))):
            return
        try:
            begun = await self.with_proof(
                lambda: self.desk.schedule.declare_begun(row.milestone_id, version=row.version)
            )
        except StoreError as error:
            self.say(explain_error(error), severity="error")
        else:
            self.say(_("'%s' has begun.") % clean(begun.title))
        self.load()


def _cannot_begin(row: MilestoneRow) -> NotNow | None:
    """Why there is no use in asking; the store decides again."""
    if row.begun_at is not None:
        return NotNow(row.milestone_id, "begun")
    return NotNow(row.milestone_id, "two people") if row.milestone_id in TWO_PEOPLE else None


def _opens(row: MilestoneRow) -> str:
    """What declaring the milestone begun opens."""
    return _("This opens %s at once, for every participant.") % row.opens if row.opens else ""
