"""The board on a wall: four pages that turn by themselves, each with figures to be read across the room."""

from datetime import date
from typing import ClassVar, Protocol

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Static

from screens import board_words as words
from screens.board_parts import burn_up_of, columns, days_before, rows_behind, tiles
from screens.burn_up_plot import draw
from screens.paint import foreign, lines, muted, painted
from screens.sentences import explain_error
from screens.text import fit
from screens.times import hk_date, hk_day, hk_time
from screens.widgets.figure import Figure
from screens.words import _
from store.board import BoardFigures
from store.desk import Desk
from store.errors import SessionOver, StoreError
from store.rules.burn_up import BurnUp
from store.rules.day_counts import DayCounts
from store.rules.goals import goal_of, next_milestone
from store.rules.working_days import working_days_between

PAGES = ("where", "burn", "participants", "work")
LARGEST = 16


class Source(Protocol):
    """Whoever opens the store for the wall."""

    async def __call__(self) -> Desk:
        """The desk. Raises: StoreError."""
        ...


class WallScreen(Screen[None]):
    """Phase and next milestone above, one page of figures below; `turn` fetches and goes to the next page.

    A fault is told in the last line, and the figures before it stay: a wall comes back by itself.
    """

    DEFAULT_CSS = """
    WallScreen {
        #wall { padding: 1 2; }
        #phase { height: 3; text-wrap: nowrap; text-overflow: ellipsis; }
        ContentSwitcher { height: 1fr; }
        Horizontal { height: 1fr; }
        #wall-plot { height: 1fr; text-wrap: nowrap; }
        #finish { height: 3; text-wrap: nowrap; text-overflow: ellipsis; }
        #behind { height: 1fr; width: 3fr; text-wrap: nowrap; text-overflow: ellipsis; }
        #wall-ready { width: 2fr; }
        &.-low #more { display: none; }
        #pages { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = []
    VERTICAL_BREAKPOINTS = [(0, "-low"), (36, "-roomy")]  # noqa: RUF012

    def __init__(self, opener: Source) -> None:
        super().__init__()
        self._opener = opener
        self._desk: Desk | None = None
        self._page = -1
        self.figures: BoardFigures | None = None
        self.days: tuple[DayCounts, ...] = ()
        self._counted_on: date | None = None
        self._counting: date | None = None
        self.fault = ""

    def compose(self) -> ComposeResult:
        """The head, the pages, the line below them."""
        with Vertical(id="wall"):
            yield Static(id="phase")
            with ContentSwitcher(initial=PAGES[0]):
                with Vertical(id="where"):
                    with Horizontal():
                        yield Figure("wall-left", LARGEST)
                        yield Figure("wall-users", LARGEST)
                    with Horizontal(id="more"):
                        for each in ("ready", "approvals", "mail", "calls"):
                            yield Figure(f"more-{each}", LARGEST)
                with Vertical(id="burn"):
                    yield Static(id="wall-plot")
                    yield Static(id="finish")
                with Horizontal(id="participants"):
                    yield Figure("wall-ready", LARGEST)
                    yield Static(id="behind")
                with Horizontal(id="work"):
                    for each in ("approvals", "mail", "calls"):
                        yield Figure(f"wall-{each}", LARGEST)
            yield Static(_("Opening the desk"), id="pages")

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.call_after_refresh(self.draw)

    async def turn(self) -> None:
        """Fetch the figures and show the next page. Raises: SessionOver; other faults are told."""
        try:
            await self._fetch()
            self.fault = ""
        except SessionOver:
            raise
        except StoreError as fault:
            self.fault = explain_error(fault)
        self._page = (self._page + 1) % len(PAGES)
        self.query_one(ContentSwitcher).current = PAGES[self._page]
        self.call_after_refresh(self.draw)

    async def _fetch(self) -> None:
        if self._desk is None:
            self._desk = await self._opener()
        self.figures = await self._desk.board.read()
        if hk_day(self.figures.as_of) not in (self._counted_on, self._counting):
            self._count_days(self._desk, self.figures)

    @work(exclusive=True, group="days", exit_on_error=False)
    async def _count_days(self, desk: Desk, figures: BoardFigures) -> None:
        """It reads the whole log: pages turn meanwhile."""
        today = self._counting = hk_day(figures.as_of)
        try:
            self.days = await days_before(desk, figures)
            self._counted_on = today
        finally:
            self._counting = None
        self.draw()

    def draw(self) -> None:
        """Bring every page up to date."""
        figures = self.figures
        if figures is not None:
            burn = burn_up_of(figures, goal_of(figures.phase), self.days)
            self._draw_head(figures)
            for each, (title, number, said, style) in tiles(figures, burn).items():
                for figure in self.query(f"#wall-{each}, #more-{each}").results(Figure):
                    figure.tell(title, number, said, style)
            self._draw_left(figures)
            self._draw_burn(burn)
            self._draw_behind(figures)
        self._draw_pages()

    def _draw_head(self, figures: BoardFigures) -> None:
        title, window = words.next_words(figures.milestones, hk_day(figures.as_of))
        phase = Content.styled(_(figures.phase.value).upper(), "bold $accent")
        upcoming = Content.assemble(muted(_("next:") + " "), foreign(title, "bold"))
        self.query_one("#phase", Static).update(lines([phase, upcoming, foreign(window)]))

    def _draw_left(self, figures: BoardFigures) -> None:
        row, today = next_milestone(figures.milestones), hk_day(figures.as_of)
        widget = self.query_one("#wall-left", Figure)
        if row is None:
            widget.tell(
                _("Working days left"), "–", ((_("no milestone is left"), "$foreground"),), "$primary"
            )
            return
        if today > row.latest:
            since = _("since {day}").format(day=hk_date(row.latest))
            said = ((since, "bold"), (row.title, "$foreground"), (row.window, "$text-muted"))
            late = working_days_between(row.latest, today)
            widget.tell(_("Working days late"), f"{late}", said, "$error")
            return
        last = row.latest if today >= row.earliest else row.earliest
        until = _("until {day}").format(day=hk_date(last))
        said = ((until, "bold"), (row.title, "$foreground"), (row.window, "$text-muted"))
        widget.tell(_("Working days left"), f"{working_days_between(today, last)}", said, "$accent")

    def _draw_burn(self, burn: BurnUp) -> None:
        plot = self.query_one("#wall-plot", Static)
        width, height = plot.content_size
        drawn = lines([words.legend(width, burn.due), draw(burn, width, height - 1)])
        plot.update(drawn if burn.total else draw(burn, width, height), layout=False)
        look = words.outlook(burn)
        verdict = Content.assemble(painted(look), "  ") if look else Content("")
        expected = Content.assemble(verdict, words.expected_words(burn))
        said = [expected, Content(words.pace_words(burn)), muted(words.method_words(burn))]
        self.query_one("#finish", Static).update(lines(said))

    def _draw_behind(self, figures: BoardFigures) -> None:
        widget = self.query_one("#behind", Static)
        width, height = widget.content_size
        names = max(8, width - 32)
        name, missing, helps = (column.title for column in columns())
        drawn = [muted(f"{fit(name, names)} {missing:>7}  {helps}")]
        for row in rows_behind(figures, goal_of(figures.phase))[: max(0, height - 1)]:
            todo = words.short_action(row.action) if row.action else ""
            drawn.append(Content(f"{fit(row.name, names)} {row.missing:>7,}  {fit(todo, 22)}"))
        widget.update(lines(drawn), layout=False)

    def _draw_pages(self) -> None:
        dots = " ".join("●" if number == self._page else "○" for number in range(len(PAGES)))
        said = [Content.styled(dots, "$accent")]
        if self.figures is not None:
            as_of = self.figures.as_of
            said.append(muted(_("figures of {date} {time}").format(date=hk_date(as_of), time=hk_time(as_of))))
        said.append(muted(_("q ends it")))
        if self.fault:
            said.append(foreign("✗ " + self.fault, "$error"))
        self.query_one("#pages", Static).update(Content("   ").join(said))
