"""Where the programme is: phase, figures, burn-up with forecast, who is furthest behind; now or then."""

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from screens import board_words as words
from screens.base import DeskScreen
from screens.board_parts import (
    EVERYBODY,
    ONE_DAY,
    Behind,
    burn_up_of,
    columns,
    days_before,
    first_known,
    rows_behind,
    tiles,
)
from screens.burn_up_plot import draw
from screens.commands import bindings_for
from screens.list_screen import cycle
from screens.paint import foreign, lines, muted, painted
from screens.text import fit
from screens.times import hk_day
from screens.widgets.bar import percent
from screens.widgets.figure import Figure
from screens.widgets.slider import slider_line
from screens.widgets.source import MemorySource
from screens.widgets.virtual_list import VirtualList
from screens.words import _
from store.board import BoardFigures, figures_of_day
from store.contacts import Contact
from store.rules.burn_up import BurnUp
from store.rules.day_counts import DayCounts
from store.rules.goals import REACHED, Goal, goal_of
from store.rules.roles import Permission
from store.views import Standing, UserQuery

LEAST_NAME = 12
"""Cells that a participant's name keeps beside what is expected of it."""


class BoardScreen(DeskScreen[None]):
    """The figures above, the burn-up beside the laggards below; both are of the line under the cursor."""

    PLACE = "board"
    CSS_PATH = "board.tcss"
    AUTO_FOCUS = "VirtualList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("board")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-normal"), (110, "-wide"), (170, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-fitting"), (36, "-tall"), (52, "-high")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.live: BoardFigures | None = None
        self.past: BoardFigures | None = None
        self.goal: Goal | None = None
        self.days: tuple[DayCounts, ...] = ()
        self.contacts: Mapping[str, Contact] = {}
        self.day: date | None = None
        """The day of the past that is looked at."""
        self._counted_on: date | None = None
        self._counting: date | None = None
        self._share = ""
        self._listed: dict[str, Behind] = {}
        self.list: VirtualList[Behind] = VirtualList(columns(), lambda row: row.key, id="laggards")

    def compose(self) -> ComposeResult:
        """Head, figures, plot and list, what is expected, and the days."""
        yield Static(id="head")
        with Horizontal(id="tiles"):
            for each in ("users", "ready", "approvals", "mail", "calls"):
                yield Figure(id=each)
        with Horizontal(id="lower"):
            yield Static(id="plot")
            yield self.list
        yield Static(id="foot")
        yield Static(id="slider")

    def on_mount(self) -> None:
        """Fetch the figures."""
        self.list.columns = columns(ring=self.desk.allows(Permission.READ_ENQUIRIES))
        self.load()

    async def store_changed(self) -> None:
        """Fetch them anew; a day of the past stays in view."""
        self.load()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.call_after_refresh(self.draw)

    # What is shown.

    @property
    def figures(self) -> BoardFigures | None:
        """The figures in view: of the past, or live."""
        return self.past or self.live

    @property
    def today(self) -> date:
        """The day the figures in view are of."""
        return hk_day(self.figures.as_of if self.figures else self.desk.clock.now())

    @property
    def wanted(self) -> Goal:
        """The goal in view: the operator's choice, or that of the phase."""
        assert self.figures is not None
        return self.goal or goal_of(self.figures.phase)

    def burn_up_of(self, key: str) -> BurnUp:
        """The burn-up of one participant, or of everybody."""
        assert self.figures is not None
        return burn_up_of(self.figures, self.wanted, self.days, key)

    # Fetching.

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Fetch the live figures, and once a day have the days before today counted."""
        self.live = await self.desk.board.read()
        if self.desk.allows(Permission.READ_ENQUIRIES):
            self.contacts = await self.desk.board.contacts()
        await self._show()
        today = hk_day(self.live.as_of)
        if today not in (self._counted_on, self._counting):
            self._count_days(self.live)

    @work(exclusive=True, group="days", exit_on_error=False)
    async def _count_days(self, live: BoardFigures) -> None:
        """It reads the whole log, and what changes meanwhile must not make it begin anew."""
        today = self._counting = hk_day(live.as_of)
        self.draw()
        try:
            self.days = await days_before(self.desk, live, self._counted)
            self._counted_on = today
        finally:
            self._counting = None
        await self._show()

    def _counted(self, done: int, events: int) -> None:
        self._share = percent(done, events)
        self._draw_slider()

    # Keys.

    async def do_earlier(self) -> None:
        """One day back, as far as days are known."""
        day = (self.day or self.today) - ONE_DAY
        if self._counting is not None and self._counts_of(day) is None:
            self.say(_("The days before today are still being counted; one moment."))
        elif (known := first_known(self.days)) is None or day < known:
            self.say(_("Nothing is known of the days before: the roster was not loaded yet."))
        else:
            await self._go_to(day)

    async def do_later(self) -> None:
        """One day on, at last to the present."""
        if self.day is not None:
            await self._go_to(self.day + ONE_DAY)

    async def do_now(self) -> None:
        """Back to the present."""
        self.day = self.past = None
        await self._show()

    async def _go_to(self, day: date) -> None:
        """Show a day that was counted; any other is the present."""
        counts = self._counts_of(day)
        if counts is None:
            await self.do_now()
            return
        self.day, self.past = day, figures_of_day(counts)
        await self._show()

    def _counts_of(self, day: date) -> DayCounts | None:
        return next((each for each in reversed(self.days) if each.day == day), None)

    async def do_goal(self) -> None:
        """The next goal."""
        if self.figures is not None:
            self.goal = cycle(list(Goal), self.wanted)
            await self._show()

    def do_open(self) -> None:
        """Open the users of the line under the cursor who miss the goal."""
        self.list.action_open()

    @on(VirtualList.Opened)
    def _open_users(self, event: VirtualList.Opened) -> None:
        from screens.users import UsersScreen  # noqa: PLC0415

        if self.past is not None:
            self.say(_("Lists show the present; press n first."))
            return
        missing = frozenset(Standing) - REACHED[self.wanted]
        if event.key == EVERYBODY:
            self.app.push_screen(UsersScreen(UserQuery(standings=missing)))
            return
        query = UserQuery(participant_id=event.key, standings=missing)
        self.app.push_screen(UsersScreen(query, participant_name=self._listed[event.key].name))

    # Drawing.

    async def _show(self) -> None:
        if self.figures is None:
            return
        self.set_class(self.past is not None, "-past")
        self._listed = {row.key: row for row in self._rows()}
        source = MemorySource(list(self._listed.values()), lambda row: row.key)
        await self.list.show(source, keep_cursor=True)
        self.draw()

    def _rows(self) -> list[Behind]:
        assert self.figures is not None
        return rows_behind(self.figures, self.wanted, self.contacts)

    def draw(self) -> None:
        """Bring everything but the list up to date."""
        figures = self.figures
        if figures is None:
            return
        whole = self.burn_up_of(EVERYBODY)
        self.query_one("#head", Static).update(self._head(figures))
        for each, (title, number, said, style) in tiles(figures, whole).items():
            self.query_one(f"#{each}", Figure).tell(title, number, said, style)
        self._draw_plot()
        self._draw_slider()

    @on(VirtualList.Highlighted)
    def _draw_plot(self) -> None:
        if self.figures is None:
            return
        key = self.list.cursor_key or EVERYBODY
        burn, plot = self.burn_up_of(key), self.query_one("#plot", Static)
        width, height = plot.content_size
        drawn = lines([words.legend(width, burn.due), draw(burn, width, height - 1)])
        plot.update(drawn if burn.total else draw(burn, width, height), layout=False)
        self.query_one("#foot", Static).update(lines(self._foot(key, burn)), layout=False)

    def _head(self, figures: BoardFigures) -> Content:
        title, window = words.next_words(figures.milestones, self.today)
        phase = Content.styled(_("Phase: {phase}").format(phase=_(figures.phase.value)), "bold $accent")
        first = Content.assemble(phase, muted("  " + _("next:") + " "), foreign(title, "bold"))
        if self.past is not None:
            return lines([Content.styled(words.past_words(figures.as_of), "bold $warning"), first])
        return lines([first, foreign(window)])

    def _foot(self, key: str, burn: BurnUp) -> list[Content]:
        row = self._listed.get(key)
        look, said = words.outlook(burn), words.expected_words(burn)
        if self._counting is not None and not self.days:
            look, said = None, _("The days before today are being counted …")
        verdict = Content.assemble(painted(look), "  ") if look else Content("")
        room = max(LEAST_NAME, self.size.width - 4 - verdict.cell_length - len(said))
        name = fit(row.name if row else _("All participants"), room).rstrip()
        expected = Content.assemble((name + "  ", "bold"), verdict, said)
        todo = words.action_words(row.action) if row and row.action else ""
        pace = Content.assemble(words.pace_words(burn), muted("  " if todo else ""), (todo, "$accent"))
        return [expected, pace, self._ring_or_method(row, words.method_words(burn))]

    def _ring_or_method(self, row: Behind | None, method: str) -> Content:
        """Whom to ring at the participant under the cursor, and how the forecast is made where both fit."""
        if row is None or row.contact is None:
            return muted(method)
        room = self.size.width - 2
        ring = Content.styled(words.ring_words(row.contact, room), "bold")
        both = Content.assemble(ring, "   ", muted(method))
        return both if both.cell_length <= room else ring

    def _draw_slider(self) -> None:
        widget = self.query_one("#slider", Static)
        if self._counting is not None and not self.days:
            said = _("The days before today are being counted: {share}").format(share=self._share)
            widget.update(muted(said), layout=False)
            return
        now = hk_day(self.live.as_of) if self.live else self.today
        widget.update(
            slider_line(first_known(self.days) or now, now, self.day, widget.content_size.width), layout=False
        )
