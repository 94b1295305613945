"""The cut-over simulated: who would be locked out in a phase on a day, and which participants lose whom."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from screens import cutover_words as words
from screens.base import DeskScreen
from screens.commands import Command, bindings_for
from screens.cutover_date import CutoverDate
from screens.cutover_lists import VIEWS, Narrowed, View, make_lists, rows_of
from screens.list_screen import cycle
from screens.paint import lines, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.typed_days import read_moment
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.errors import BeforeRoster, CannotFollow, StoreError
from store.rules.cutover import Simulation
from store.rules.cutover_changes import Changes, Kept, changes
from store.rules.phases import may_follow
from store.rules.roles import Permission
from store.views import Phase

LIVE = 20_000
"""Users up to which a change of the desk is simulated at once; beyond, it is told and a key does it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which phase is simulated, and when; None is now."""

    phase: Phase = Phase.TWO_FACTOR_ONLY
    at: datetime | None = None


class CutoverScreen(DeskScreen[None]):
    """The outcome in four lines, and four lists of it; enter goes from a participant to its users.

    What operations simulate first in a phase, and whatever they simulate again, is kept to compare with.
    """

    PLACE = "cutover"
    CSS_PATH = "cutover.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("cutover")]

    def __init__(self, wanted: Wanted = Wanted()) -> None:
        super().__init__()
        self.wanted = wanted
        self.simulation: Simulation | None = None
        self.changes: Changes | None = None
        self.kept: dict[Phase, Kept | None] = {}
        self.narrowed = Narrowed()
        self.view = View.PARTICIPANTS
        self.lists: dict[View, VirtualList[object]] = {}
        self.stale = False
        self._looking = False
        self._mark = 0

    def compose(self) -> ComposeResult:
        """The outcome, the views, and the list of the one in front."""
        self.lists = make_lists(one_participant=self.desk.actor.participant_id is not None)
        yield Static(id="summary")
        yield Static(id="past")
        yield Static(id="views")
        with ContentSwitcher(initial=self.view):
            yield from self.lists.values()

    def on_mount(self) -> None:
        """Simulate the phase that was asked for."""
        self.rows.focus()
        self.look(self.wanted, afresh=True)

    @property
    def rows(self) -> VirtualList[object]:
        """The list in front."""
        return self.lists[self.view]

    def label_of(self, command: Command) -> str:
        """Here the simulation is there already."""
        return _("Again") if command.name == "simulate" else super().label_of(command)

    # Simulating.

    async def store_changed(self) -> None:
        """Simulate anew where that is quick; else tell that the desk has changed."""
        if self._looking or self.simulation is None or await self.desk.change_mark() == self._mark:
            return
        if self.simulation.users <= LIVE:
            self.look(self.wanted)
        else:
            self.stale = True
            self._show_summary()

    @work(exclusive=True, group="look", exit_on_error=False)
    async def look(self, wanted: Wanted, *, afresh: bool = False) -> None:
        """Simulate what is wanted and show it; what cannot be simulated is told, and what is shown stays."""
        try:
            await self._look(wanted, afresh=afresh)
        except (CannotFollow, BeforeRoster) as error:
            self.say(explain_error(error), severity="warning")

    async def _look(self, wanted: Wanted, *, afresh: bool = False) -> None:
        self._looking = True
        another = wanted != self.wanted
        self._show_summary()
        try:
            simulation = await self.desk.cutover.simulate(wanted.phase, wanted.at)
            if afresh or wanted.phase not in self.kept:
                self.kept[wanted.phase] = await self.desk.cutover.last(wanted.phase)
                if self.desk.allows(Permission.KEEP_SIMULATION):
                    await self.desk.cutover.keep(simulation)
            self._mark = await self.desk.change_mark()
            kept = self.kept[wanted.phase]
            self.changes = await asyncio.to_thread(changes, kept, simulation) if kept else None
            self.wanted, self.simulation, self.stale = wanted, simulation, False
        except StoreError:
            self._looking = False
            self._show_summary()
            raise
        finally:
            self._looking = False
        self._show_summary()
        await self._show_lists(to_top=View if another else ())

    # Showing.

    async def _show_lists(self, *, to_top: Iterable[View] = ()) -> None:
        """Fill every list; the cursor stays on its row, but for the lists that begin anew."""
        anew = frozenset(to_top)
        simulation = self.simulation
        assert simulation is not None
        for view, rows in self.lists.items():
            rows.empty = self._unchanged() if view is View.CHANGES else self._empty(simulation)
            source = await asyncio.to_thread(rows_of, view, simulation, self.narrowed, self.changes)
            await rows.show(source, keep_cursor=view not in anew)
        self._show_views()

    def _empty(self, simulation: Simulation) -> str:
        if not simulation.users:
            return _("No users yet. Load a roster:\n  ccms-tui import roster.csv --apply")
        if not simulation.locked_out:
            return _("Nobody is locked out.")
        return _("Nobody to show here.\nPress esc to show all.")

    def _unchanged(self) -> str:
        if self.changes is None:
            return _("No earlier simulation of this phase to compare with; the next visit tells the changes.")
        return _("Nothing changed since the last simulation.")

    def _show_summary(self) -> None:
        simulation = self.simulation
        if simulation is None:
            shown = [
                muted(_("Simulating …") if self._looking else _("Nothing is simulated; press i to try."))
            ]
        else:
            shown = [
                _headline(simulation),
                muted(_details(simulation)),
                muted(words.firms_words(simulation)),
                self._since(),
            ]
        self.query_one("#summary", Static).update(lines(shown))
        past = self.query_one("#past", Static)
        past.update(words.as_of_words(simulation) if simulation else "")
        past.display = bool(simulation and words.as_of_words(simulation))

    def _since(self) -> Content:
        if self._looking:
            return muted(_("Simulating … esc stops it"))
        if self.stale:
            return Content.styled(_("The desk has changed since; press i to simulate again."), "$warning")
        return muted(words.changes_words(self.changes) if self.changes else self._unchanged())

    def _show_views(self) -> None:
        parts: list[Content | str | tuple[str, str]] = [(self._narrowed_words(), "bold $warning")]
        for view, label in VIEWS.items():
            look = "bold $accent" if view is self.view else "$text-muted"
            parts.append((f"{label} {self.lists[view].count:,}   ", look))
        self.query_one("#views", Static).update(Content.assemble(*parts))

    def _narrowed_words(self) -> str:
        cause = words.CAUSES[self.narrowed.cause].word if self.narrowed.cause else None
        only = [clean(each) for each in (self.narrowed.participant_id, cause) if each]
        return _("only {words}").format(words=", ".join(only)) + "   " if only else ""

    def _turn_to(self, view: View) -> None:
        self.view = view
        self.query_one(ContentSwitcher).current = view
        self.rows.focus()
        self._show_views()

    @work(exclusive=True, group="narrow", exit_on_error=False)
    async def narrow(self, narrowed: Narrowed, view: View) -> None:
        """List only some of those locked out."""
        self.narrowed = narrowed
        if self.simulation is not None:
            await self._show_lists(to_top=[view] if narrowed != Narrowed() else [])
        self._turn_to(view)

    # Keys.

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """From a participant or a reason to its users, from a user to their card."""
        from screens.user_card import UserCardScreen  # noqa: PLC0415

        if self.view is View.PARTICIPANTS:
            self.narrow(replace(self.narrowed, participant_id=event.key), View.USERS)
        elif self.view is View.REASONS:
            self.narrow(replace(self.narrowed, cause=event.key), View.USERS)
        else:
            self.app.push_screen(UserCardScreen(event.key))

    def do_open(self) -> None:
        """Open the line under the cursor."""
        self.rows.action_open()

    def do_back(self) -> None:
        """Stop what is simulated anew; else show all of those locked out again; when all are shown, leave."""
        if self._looking and self.simulation is not None:
            for group in ("look", "date"):
                self.workers.cancel_group(self, group)
            self._looking = False
            self._show_summary()
            return
        if self.narrowed != Narrowed():
            came_from = View.REASONS if self.narrowed.cause else View.PARTICIPANTS
            self.narrow(Narrowed(), came_from if self.view is View.USERS else self.view)
        else:
            super().do_back()

    def do_view(self) -> None:
        """The next list."""
        self._turn_to(cycle(list(View), self.view))

    def do_simulate(self) -> None:
        """Simulate again; what was there is what to compare with."""
        self.look(self.wanted, afresh=True)

    def do_phase(self) -> None:
        """Simulate the next phase that can follow."""
        if self.simulation is None:
            return
        present = self.simulation.present
        open_phases = [phase for phase in Phase if may_follow(phase, present)]
        if len(open_phases) == 1:
            self.say(_("The programme is in its last phase; there is no other to simulate."))
            return
        self.look(replace(self.wanted, phase=cycle(open_phases, self.wanted.phase)))

    @work(exclusive=True, group="date", exit_on_error=False)
    async def do_date(self) -> None:
        """Simulate another day; what is typed is asked again until it is one."""
        typed: str | None = words.typed_moment(self.wanted.at) if self.wanted.at else ""
        trouble = ""
        while (typed := await self.app.push_screen_wait(CutoverDate(typed or "", trouble))) is not None:
            try:
                at = read_moment(typed, self.desk.clock.now()) if typed else None
                await self._look(replace(self.wanted, at=at))
            except ValueError as error:
                trouble = str(error)
            except (CannotFollow, BeforeRoster) as error:
                trouble = explain_error(error)
            else:
                return

    def do_why(self) -> None:
        """Show what is in the way of the user under the cursor."""
        from screens.why import WhyScreen  # noqa: PLC0415

        if self.view not in (View.USERS, View.CHANGES):
            self.say(_("Go to a user first (v for the users); then w says what is in the way."))
        elif (key := self.rows.cursor_key) is not None:
            self.app.push_screen(WhyScreen(str(key), self.wanted.phase))

    def do_export(self) -> None:
        """Say how all of this becomes a file: no session has files, the host has."""
        self.say(
            _("On the host: {command}").format(
                command=words.export_command(self.wanted.phase, self.wanted.at)
            )
        )


def _headline(simulation: Simulation) -> Content:
    """How many are locked out, with glyph and colour: nobody is good news."""
    if not simulation.users:
        return Content.styled(words.headline(simulation), "bold")
    if not simulation.locked_out:
        return Content.styled("✓ " + _("Nobody would be locked out."), "bold $success")
    out = _("{out} of {users} users locked out").format(
        out=f"{len(simulation.locked_out):,}", users=f"{simulation.users:,}"
    )
    return Content.assemble((f"✗ {out}", "bold $error"), (f" · {words.phase_and_day(simulation)}", "bold"))


def _details(simulation: Simulation) -> str:
    """The second line under it: of those locked out, or of all who get in."""
    if not simulation.users:
        return words.phase_and_day(simulation)
    if not simulation.locked_out:
        all_in = ngettext("The one user could log on", "All {users} users could log on", simulation.users)
        return f"{all_in.format(users=f'{simulation.users:,}')} · {words.phase_and_day(simulation)}"
    return words.today_words(simulation)
