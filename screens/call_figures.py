"""What the calls were about: counted by cause, outcome and participant, beside the time before."""

from datetime import date, timedelta
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.base import DeskScreen
from screens.call_words import BEFORE, GOING_ON, OUTCOMES, PERIODS, cause_words, duration
from screens.commands import Command, bindings_for
from screens.days import past_day
from screens.list_screen import cycle
from screens.paint import lines, muted
from screens.text import clean, plain
from screens.times import hk_day
from screens.widgets.bar import bar, percent
from screens.widgets.looks import theme_style
from screens.words import _, ngettext
from store.clock import HONG_KONG
from store.enquiry_views import CallStatistics, Outcome, Tally
from store.rules.working_days import last_working_day

BAR = 16
PARTICIPANTS_SHOWN = 10


class CallFiguresScreen(DeskScreen[None]):
    """Numbers and bars for a day, a week or a month; `f` goes to the next of them."""

    PLACE = "figures"
    CSS_PATH = "call_figures.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("figures")]

    def __init__(self, days: int = 7) -> None:
        super().__init__()
        self.days = days
        self.figures: CallStatistics | None = None
        self.before: CallStatistics | None = None

    def compose(self) -> ComposeResult:
        """The sum, then the tables, in one column that scrolls."""
        with VerticalScroll(id="figures"):
            yield Static(id="sum")
            for part, title in (
                ("causes", _("What was in the way")),
                ("outcomes", _("How they ended")),
                ("participants", _("Whose users")),
            ):
                yield Static(title, classes="part")
                yield Static(id=part)

    def on_mount(self) -> None:
        """Count."""
        self.query_one(VerticalScroll).focus()
        self.load()

    async def store_changed(self) -> None:
        """Count again; the scroll position stays."""
        self.load()

    def label_of(self, command: Command) -> str:
        """The filter's key says what it shows next."""
        return PERIODS[self._next_days] if command.name == "filter" else super().label_of(command)

    @property
    def _next_days(self) -> int:
        following: int = cycle(list(PERIODS), self.days)
        return following

    def do_filter(self) -> None:
        """Show the next length of time."""
        self.days = self._next_days
        self.refresh_frame()
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Count the calls of the days shown, up to now, and of as many days before.

        A day is counted beside the last working day before it: nobody rings on a Sunday.
        """
        now = self.desk.clock.now()
        today = now.astimezone(HONG_KONG).replace(hour=0, minute=0, second=0, microsecond=0)
        since = today - timedelta(days=self.days - 1)
        back = timedelta(days=self.days)
        if self.days == 1:
            back = today.date() - last_working_day(today.date())
        statistics = self.desk.enquiries.statistics
        self.figures = figures = await statistics(since, now + timedelta(seconds=1))
        self.before = before = await statistics(since - back, now - back)
        self.query_one("#sum", Static).update(self._sum(figures, before, today.date()))
        earlier = {tally.word: tally.calls for tally in before.by_cause}
        self._table("causes", [(cause_words(each.word), each) for each in figures.by_cause], earlier)
        outcomes = [(_outcome_words(each.word), each) for each in figures.by_outcome]
        self._table("outcomes", outcomes, {tally.word: tally.calls for tally in before.by_outcome})
        whose = [(each.word or _("no participant"), each) for each in figures.by_participant]
        earlier = {tally.word: tally.calls for tally in before.by_participant}
        self._table("participants", whose[:PARTICIPANTS_SHOWN], earlier)

    def _sum(self, figures: CallStatistics, before: CallStatistics, today: date) -> Content:
        calls = ngettext("{n} call", "{n} calls", figures.calls).format(n=f"{figures.calls:,}")
        day = past_day(hk_day(before.since), today)
        compared = BEFORE[self.days].format(n=f"{before.calls:,}", day=day)
        took = _("half took at most {time}").format(time=_time(figures.median_seconds))
        checked = _("caller checked in {n}").format(n=figures.checked)
        codes = _("codes sent: {n}").format(n=figures.codes_sent)
        head = Content.assemble((f"{PERIODS[self.days]}: {calls}", "bold"), muted(f"  {compared}"))
        return lines([head, muted(" · ".join([took, checked, codes]))])

    def _table(self, part: str, rows: list[tuple[str, Tally]], earlier: dict[str, int]) -> None:
        shown = self.query_one(f"#{part}", Static)
        if not rows:
            shown.update(muted(_("No calls in this time.")))
            return
        faint, style = theme_style(self.app, "text-muted"), theme_style(self.app, "bar")
        most = max(tally.calls for _words, tally in rows)
        whole = self.figures.calls if self.figures else most
        table = Table.grid(padding=(0, 2))
        table.add_column(width=22, no_wrap=True, overflow="ellipsis")
        table.add_column(width=5, justify="right")
        table.add_column(width=4, justify="right")
        table.add_column(width=BAR)
        table.add_column(no_wrap=True)
        for words, tally in rows:
            behind = _("before {n}, {time}").format(
                n=earlier.get(tally.word, 0), time=_time(tally.median_seconds)
            )
            block = Text(bar(tally.calls, 0, most, BAR).plain.rstrip("─"), style)
            share = percent(tally.calls, whole)
            table.add_row(plain(words), f"{tally.calls:,}", share, block, Text(clean(behind), faint))
        shown.update(table)


def _outcome_words(word: str) -> str:
    look = OUTCOMES[Outcome(word)] if word in set(Outcome) else GOING_ON
    return f"{look.glyph} {look.word}"


def _time(seconds: int | None) -> str:
    return "–" if seconds is None else duration(seconds)
