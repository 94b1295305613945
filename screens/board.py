"""Where the programme is: phase, figures, burn-up with forecast, who is furthest behind; now or in the past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from screens import board_words as words
from screens.base import DeskScreen
from screens.burn_up_plot import draw
from screens.commands import bindings_for
from screens.list_screen import cycle
from screens.paint import foreign, lines, muted, painted
from screens.text import clean
from screens.times import hk_day
from screens.widgets.bar import percent
from screens.widgets.columns import Column
from screens.widgets.figure import Figure
from screens.widgets.slider import slider_line
from screens.widgets.source import MemorySource
from screens.widgets.virtual_list import VirtualList
from screens.words import _
from store.board import BoardFigures, figures_of
from store.moments import end_of
from store.rules.burn_up import BurnUp, burn_up
from store.rules.goals import REACHED, Goal, goal_of, opens_das
from store.rules.progress import Action, FirmProgress, actions, laggards
from store.views import DayCounts, Standing, UserQuery

EVERYBODY = ""
LONGEST = timedelta(days=400)
"""As far back as days are counted."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Behind:
    """A line of the list: a participant, or everybody under the key ''."""

    key: str
    name: str
    missing: int
    action: Action | None


class BoardScreen(DeskScreen[None]):
    """The figures above, the burn-up beside the laggards below; both are of the line under the cursor."""

    PLACE = "board"
    CSS_PATH = "board.tcss"
    AUTO_FOCUS = "VirtualList"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("board")]
    HORIZONTAL_BREAKPOINTS = ((0, "-narrow"), (72, "-normal"), (110, "-wide"), (170, "-huge"))
    VERTICAL_BREAKPOINTS = ((0, "-short"), (22, "-fitting"), (36, "-tall"), (52, "-high"))

    def __init__(self) -> None:
        super().__init__()
        self.live: BoardFigures | None = None
        self.past: BoardFigures | None = None
        self.goal: Goal | None = None
        self.days: tuple[DayCounts, ...] = ()
        self.day: date | None = None
        """The day of the past that is looked at."""
        self._counted_on: date | None = None
        self.list: VirtualList[Behind] = VirtualList(_columns(), lambda row: row.key, id="laggards")

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
        firms = [firm for firm in self.figures.firms if key in (EVERYBODY, firm.participant_id)]
        return burn_up(self.wanted, firms, self.days, self.figures.milestones, self.today)

    # Fetching.

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Fetch the live figures, then the days before today once a day."""
        self.live = await self.desk.board.read()
        await self._show()
        today = hk_day(self.live.as_of)
        if self._counted_on != today:
            begun = [hk_day(row.begun_at) for row in self.live.milestones if row.begun_at]
            first = max(min(begun, default=today), today - LONGEST)
            self.days = await self.desk.moments.daily(first, today - ONE_DAY)
            self._counted_on = today
            await self._show()

    @work(exclusive=True, group="past", exit_on_error=False)
    async def _look_back(self, day: date) -> None:
        picture = await self.desk.moments.at(end_of(day))
        if self.day == day:
            self.past = figures_of(picture)
            await self._show()

    # Keys.

    async def do_earlier(self) -> None:
        """One day back, as far as days are known."""
        known = [each.day for each in self.days if each.by_participant]
        day = (self.day or self.today) - ONE_DAY
        if not known or day < known[0]:
            self.say(_("Nothing is known of the days before: the roster was not loaded yet."))
            return
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
        if self.live is None or day >= hk_day(self.live.as_of):
            await self.do_now()
            return
        self.day = day
        self._draw_slider()
        self._look_back(day)

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

        missing = frozenset(Standing) - REACHED[self.wanted]
        if event.key == EVERYBODY:
            self.app.push_screen(UsersScreen(UserQuery(standings=missing)))
            return
        name = next(row.name for row in self._rows() if row.key == event.key)
        query = UserQuery(participant_id=event.key, standings=missing)
        self.app.push_screen(UsersScreen(query, participant_name=name))

    # Drawing.

    async def _show(self) -> None:
        if self.figures is None:
            return
        self.set_class(self.past is not None, "-past")
        await self.list.show(MemorySource(self._rows(), lambda row: row.key), keep_cursor=True)
        self.draw()

    def _rows(self) -> list[Behind]:
        figures, goal = self.figures, self.wanted
        assert figures is not None
        das_open = opens_das(figures.milestones)

        def behind(firm: FirmProgress) -> Behind:
            found = actions(firm, goal, das_open=das_open)
            missing = firm.users - firm.reached(goal)
            return Behind(firm.participant_id, firm.name, missing, found[0] if found else None)

        rows = [behind(firm) for firm in laggards(figures.firms, goal)]
        everybody = Behind(EVERYBODY, _("All participants"), sum(row.missing for row in rows), None)
        return [everybody, *rows]

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
        plot.update(draw(burn, plot.content_size.width, plot.content_size.height), layout=False)
        self.query_one("#foot", Static).update(lines(self._foot(key, burn)), layout=False)

    def _head(self, figures: BoardFigures) -> Content:
        title, window = words.next_words(figures.milestones, self.today)
        phase = Content.styled(_("Phase: {phase}").format(phase=_(figures.phase.value)), "bold $accent")
        first = Content.assemble(phase, muted("  " + _("next:") + " "), foreign(title, "bold"))
        if self.past is not None:
            return lines([Content.styled(words.past_words(figures.as_of), "bold $warning"), first])
        return lines([first, foreign(window)])

    def _foot(self, key: str, burn: BurnUp) -> list[Content]:
        rows = {row.key: row for row in self._rows()}
        row = rows.get(key)
        who = clean(row.name) if row and key else _("All participants")
        look = words.outlook(burn)
        expected = Content.assemble(
            (who + "  ", "bold"),
            painted(look) if look else "",
            "  " if look else "",
            words.expected_words(burn),
        )
        todo = words.action_words(row.action) if row and row.action else ""
        pace = Content.assemble(words.pace_words(burn), muted("  " if todo else ""), (todo, "$accent"))
        return [expected, pace, muted(words.method_words(burn))]

    def _draw_slider(self) -> None:
        widget = self.query_one("#slider", Static)
        known = [each.day for each in self.days if each.by_participant]
        now = hk_day(self.live.as_of) if self.live else self.today
        first = known[0] if known else now
        widget.update(slider_line(first, now, self.day, widget.content_size.width), layout=False)


Tile = tuple[str, str, Sequence[tuple[str, str]], str]


def tiles(figures: BoardFigures, whole: BurnUp) -> dict[str, Tile]:
    """The five figures: title, number, words below, style."""
    quiet = "$text-muted"
    day, week = words.since_words(whole)
    complete = sum(firm.reached(whole.goal) == firm.users for firm in figures.firms if firm.users)
    unknown = (_("not known"), quiet), (_("of the past"), quiet)
    found: dict[str, Tile] = {
        "users": (
            words.GOALS[whole.goal],
            percent(whole.done, whole.total),
            (
                (_("{n} of {all}").format(n=f"{whole.done:,}", all=f"{whole.total:,}"), "bold"),
                (day, "$foreground"),
                (week, quiet),
            ),
            "$success",
        ),
        "ready": (
            _("Ready"),
            str(figures.ready),
            (
                (_("of {n} firms").format(n=len(figures.firms)), "bold"),
                (_("{n} all {goal}").format(n=complete, goal=_(whole.goal.value)), quiet),
            ),
            "$success",
        ),
        "approvals": (
            _("Approvals"),
            str(figures.approvals),
            ((words.approvals_words(figures), quiet),),
            "$primary" if figures.approvals else quiet,
        ),
        "mail": (_("Mail waiting"), "–", unknown, quiet),
        "calls": (_("Calls today"), "–", unknown, quiet),
    }
    if figures.mail is not None:
        moving, stuck = words.mail_words(figures.mail)
        trouble = "$error" if figures.mail.overdue else "$success"
        found["mail"] = (
            _("Mail waiting"), str(figures.mail.waiting), ((moving, trouble), (stuck, quiet)), "$primary"
        )  # fmt: skip
    if (load := figures.hotline) is not None:
        said = (
            (_("last hour {n}").format(n=load.last_hour), "$foreground"),
            (_("7 days {n}").format(n=f"{load.week:,}"), quiet),
        )
        found["calls"] = (_("Calls today"), str(load.today), said, "$primary")
    return found


def _columns() -> tuple[Column[Behind], ...]:
    return (
        Column(_("Furthest behind"), lambda row: row.name, width=12, fraction=1),
        Column(_("Missing"), lambda row: f"{row.missing:,}", width=7, justify="right"),
        Column(_("Helps most"), _helps, width=21),
    )


def _helps(row: Behind) -> Text:
    return Text(words.short_action(row.action) if row.action else "")
