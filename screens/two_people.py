"""What takes two people, in one dialog: the simulation in view, and y to propose it or to approve it."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.dialog import SCROLLING, Dialog, Panel
from screens.paint import foreign, hints, lines, muted
from screens.phase_words import (
    figure_words,
    firm_lines,
    opens_words,
    proposed_words,
    simulation_lines,
    timing_words,
)
from screens.reach_words import told_words
from screens.sentences import explain_error
from screens.text import clean
from screens.times import hk_day, hk_moment
from screens.words import _
from store.errors import LookAgain, StoreError
from store.rules.cutover import Simulation
from store.schedule_views import PhaseChangeRow
from store.views import MilestoneRow


class TwoPeopleScreen(Dialog[bool]):
    """What begins, what it opens, who would be locked out. True when it was proposed, or approved.

    `waiting` is what somebody proposed; without it the operator proposes. Nothing can be answered before the
    simulation is there, and the answer is given on what it says: the store looks whether that still holds.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer", show=False),
        Binding("n", "leave", show=False),
        *SCROLLING,
    ]
    DEFAULT_CSS = """
    TwoPeopleScreen {
        #foot { dock: bottom; height: auto; background: $surface; }
        #trouble { height: auto; }
    }
    """

    def __init__(self, row: MilestoneRow, waiting: PhaseChangeRow | None = None) -> None:
        super().__init__()
        self.row = row
        self.waiting = waiting
        self.shown: Simulation | None = None
        self.saving = False

    def compose(self) -> ComposeResult:
        """The milestone, what follows, the simulation, the keys."""
        asked = (
            _("Begin '%s'? It takes a second person.") if self.waiting is None else _("Let '%s' begin now?")
        )
        with Panel():
            yield Static(foreign(asked % self.row.title, "bold $warning"))
            yield Static(foreign(self._follows()), id="follows", classes="gap")
            if self.waiting:
                yield Static(self._proposed(self.waiting), classes="gap")
            yield Static(muted(_("Simulating ...")), id="simulation", classes="gap")
            yield Static(id="firms", classes="clipped")
            with Vertical(id="foot"):
                yield Static(id="trouble")
                yield Static(id="keys", classes="hints")

    def on_mount(self) -> None:
        """Simulate."""
        self._show_keys()
        self.simulate()

    def _follows(self) -> str:
        today = hk_day(self.desk.clock.now())
        if self.waiting is None:
            last = _("Another person of operations has to approve it within 7 days; nothing changes before.")
        else:
            last = _("It is written to the audit log under both your names, and stays.")
        return " ".join(filter(None, (opens_words(self.row), timing_words(self.row, today), last)))

    def _proposed(self, waiting: PhaseChangeRow) -> Content:
        now = self.desk.clock.now()
        then = _("The simulation said then: %s.") % figure_words(waiting.figures)
        by = _("Proposed by %s.") % proposed_words(waiting, now)
        return lines([foreign(by), muted(then)])

    @work(exclusive=True, group="simulate", exit_on_error=False)
    async def simulate(self) -> None:
        """Show who would be locked out; from then on the question can be answered."""
        try:
            if self.waiting is not None:
                told = told_words(await self.desk.schedule.reach())
                self.query_one("#follows", Static).update(foreign(f"{self._follows()} {told}"))
            self.shown = await self.desk.phase_changes.foresee(self.row.milestone_id)
        except StoreError as error:
            self._trouble(error)
            return
        now = self.desk.clock.now()
        self.query_one("#simulation", Static).update(simulation_lines(self.shown, now))
        self.query_one("#firms", Static).update(firm_lines(self.shown))
        self.call_after_refresh(self._show_keys)

    def _show_keys(self) -> None:
        keys = [("n", _("leave it"))]
        if self.shown is not None:
            keys.insert(0, ("y", _("propose it") if self.waiting is None else _("let it begin")))
        if self.query_one(".panel", VerticalScroll).max_scroll_y > 0:
            keys.append(("↑ ↓", _("read on")))
        self.query_one("#keys", Static).update(hints(keys))

    def action_answer(self) -> None:
        """Propose it, or approve it, on what is shown."""
        if self.shown is not None and not self.saving:
            self.saving = True
            self.save(self.shown)

    @work(group="save", exit_on_error=False)
    async def save(self, shown: Simulation) -> None:
        """Ask the store; a refusal is told here, and what is foreseen by now is shown."""
        self.query_one("#trouble", Static).update(muted(_("Simulating once more ...")))
        try:
            await self.with_proof(lambda: self._ask(shown))
        except LookAgain as error:
            self._trouble(error)
            self.simulate()
        except StoreError as error:
            self._trouble(error)
        else:
            self.dismiss(True)
        finally:
            self.saving = False

    async def _ask(self, shown: Simulation) -> None:
        changes, title = self.desk.phase_changes, clean(self.row.title)
        if self.waiting is None:
            row = self.row
            done = await changes.propose(row.milestone_id, shown, version=row.version)
            until = hk_moment(done.expires_at, self.desk.clock.now())
            self.say(
                _("'%(what)s' waits for a second person until %(until)s.") % {"what": title, "until": until}
            )
        else:
            await changes.approve(self.waiting.change_id, self.waiting.digest, shown)
            self.say(_("'%s' has begun.") % title)

    def _trouble(self, error: StoreError) -> None:
        said = Content.styled(f"✗ {clean(explain_error(error))}", "$error")
        self.query_one("#trouble", Static).update(said)

    def action_leave(self) -> None:
        """Leave it."""
        self.dismiss(False)
