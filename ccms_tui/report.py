"""The steering committee's report: what the board knows, as a page that prints and files for a spreadsheet.

It names participants, never a user's name or address; only the list of who would be locked out has user IDs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import hong_kong, iso
from ccms_tui.progress import progress_bar
from ccms_tui.report_plot import HEIGHT, LEFT, WIDTH, drawing
from screens import board_words, call_words, cutover_words, sentences
from screens.board_parts import EVERYBODY, burn_up_of, days_before
from screens.text import clean
from screens.times import hk_date, hk_day, waiting_time
from screens.widgets.bar import percent
from screens.words import _
from store.board import BoardFigures, figures_of
from store.enquiry_views import CallStatistics
from store.rules.burn_up import BurnUp, history
from store.rules.cutover import FirmAfter, Simulation
from store.rules.day_counts import DayCounts
from store.rules.goals import Goal, due_of, goal_of, opens_das
from store.rules.progress import FirmProgress, actions, laggards, together
from store.rules.roles import Permission
from store.rules.roster_file import write_rows
from store.views import MilestoneRow, Standing

if TYPE_CHECKING:
    from store.desk import Desk

CALLS = timedelta(days=28)
"""The hotline is reported of the last four weeks."""
MARK = '<meta name="generator" content="ccms-tui report">'
"""What tells a page of ours from every other."""
TABLES: Mapping[str, tuple[str, ...]] = {
    "readiness.csv": (
        "participant_id", "name", "users", *(standing.value for standing in Standing), "locked", "ready",
    ),
    "burn_up.csv": ("day", "participant_id", *(goal.value for goal in Goal), "needed"),
    "milestones.csv": (
        "milestone_id", "title", "window", "earliest", "latest", "status", "begun_at", "circular",
    ),
    "locked_out.csv": ("user_id", "participant_id", "kind", "reason", "cannot_log_on_now"),
}  # fmt: skip
"""The files for a spreadsheet, and the columns of each."""
FEW = 20
"""Participants that a list of the page names; the files have them all."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that the report tells; `calls` is None for those who may not see them."""

    figures: BoardFigures
    days: tuple[DayCounts, ...]
    simulation: Simulation
    calls: CallStatistics | None

    @property
    def today(self) -> date:
        """The day that is reported."""
        return hk_day(self.figures.as_of)

    @property
    def goal(self) -> Goal:
        """The goal of the phase."""
        return goal_of(self.figures.phase)

    def burn_up(self, goal: Goal, key: str = EVERYBODY) -> BurnUp:
        """The burn-up of a participant, or of everybody."""
        return burn_up_of(self.figures, goal, self.days, key)


async def gather(desk: "Desk", as_of: datetime | None) -> Material:
    """Everything, now or as it was. Raises: NoSuchMoment, NotAllowed, DatabaseFault."""
    with progress_bar(_("Following the log")) as progress:
        picture = await desk.moments.at(as_of, progress) if as_of else None
    figures = figures_of(picture) if picture else await desk.board.read()
    calls = None
    if desk.allows(Permission.READ_ENQUIRIES):
        calls = await desk.enquiries.statistics(figures.as_of - CALLS, figures.as_of)
    with progress_bar(_("Counting the days")) as progress:
        days = await days_before(desk, figures, progress)
    return Material(
        figures=figures,
        days=days,
        simulation=await desk.cutover.simulate(picture=picture),
        calls=calls,
    )


# The page.


def page(material: Material, *, alone: bool = False) -> str:
    """The report as one HTML document that needs nothing else; `alone` without the files beside it."""
    from jinja2 import Environment  # noqa: PLC0415

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_cleaned)
    template = environment.from_string(
        files("ccms_tui").joinpath("templates", "report.html").read_text(encoding="utf-8")
    )
    return template.render(
        _=_, width=WIDTH, height=HEIGHT, left=LEFT, mark=MARK, alone=alone, **_facts(material)
    )


def _cleaned(value: Any) -> Any:
    """Foreign text loses what would move the cursor or turn the reading order."""
    return clean(value) if isinstance(value, str) and not value.isprintable() else value


def _facts(material: Material) -> dict[str, Any]:
    figures, burn = material.figures, material.burn_up(material.goal)
    upcoming, window = board_words.next_words(figures.milestones, material.today)
    look = board_words.outlook(burn)
    return {
        "as_of": hong_kong(figures.as_of),
        "phase": figures.phase.value,
        "upcoming": upcoming,
        "window": window,
        "boxes": _boxes(figures, burn),
        "milestones": [_milestone(row, material.today) for row in figures.milestones],
        "standings": _standings(figures),
        "drawing": drawing(burn),
        "verdict": (look.glyph, look.word, look.style) if look else None,
        "expected": board_words.expected_words(burn),
        "pace": board_words.pace_words(burn),
        "method": board_words.method_words(burn),
        "goals": [_goal(material.burn_up(goal)) for goal in Goal],
        "laggards": [_laggard(material, firm) for firm in laggards(figures.firms, material.goal)[:FEW]],
        "behind": len(laggards(figures.firms, material.goal)),
        "goal": material.goal.value,
        "cutover": _cutover(material.simulation),
        "mail": _mail(figures),
        "calls": _calls(material.calls),
        "few": FEW,
    }


def _boxes(figures: BoardFigures, burn: BurnUp) -> list[tuple[str, str, str]]:
    day, week = board_words.since_words(burn)
    users = _("{n} of {all}").format(n=f"{burn.done:,}", all=f"{burn.total:,}")
    return [
        (board_words.GOALS[burn.goal], percent(burn.done, burn.total), " · ".join((users, day, week))),
        (_("Participants ready"), f"{figures.ready:,}", _("of {n}").format(n=f"{len(figures.firms):,}")),
        (_("Approvals waiting"), f"{figures.approvals:,}", board_words.approvals_words(figures)),
    ]


def _milestone(row: MilestoneRow, today: date) -> tuple[str, ...]:
    begun = hk_date(row.begun_at) if row.begun_at else "–"
    left = "" if row.begun_at else board_words.days_left(row, today)
    return row.title, row.window, sentences.MILESTONES[row.status].word, begun, left


def _standings(figures: BoardFigures) -> list[tuple[str, str, int, str]]:
    standing, users = together(figures.firms, "").standing, figures.users
    return [
        (
            f"{sentences.look(each).glyph} {sentences.look(each).word}",
            sentences.MEANINGS[each],
            standing[each],
            percent(standing[each], users),
        )
        for each in Standing
    ]


def _goal(burn: BurnUp) -> tuple[str, ...]:
    due = hk_date(burn.due.earliest) if burn.due else "–"
    look = board_words.outlook(burn)
    return (
        burn.goal.value,
        f"{burn.done:,} / {burn.total:,}",
        due,
        board_words.expected_words(burn),
        f"{look.glyph} {look.word}" if look else "–",
    )


def _laggard(material: Material, firm: FirmProgress) -> tuple[str, ...]:
    goal = material.goal
    found = actions(firm, goal, das_open=opens_das(material.figures.milestones))
    burn = material.burn_up(goal, firm.participant_id)
    return (
        firm.participant_id,
        firm.name,
        f"{firm.users - firm.reached(goal):,}",
        percent(firm.reached(goal), firm.users),
        board_words.expected_words(burn),
        board_words.action_words(found[0]) if found else "",
    )


def _cutover(simulation: Simulation) -> dict[str, Any]:
    losing = simulation.losing_everyone
    helpless = [firm for firm in simulation.without_maker_or_checker if not firm.loses_everyone]
    return {
        "headline": cutover_words.headline(simulation),
        "today": cutover_words.today_words(simulation),
        "reasons": [
            (cutover_words.CAUSES[cause].word, f"{number:,}")
            for cause, number in cutover_words.by_reason(simulation)
        ],
        "losing": _named(losing),
        "helpless": _named(helpless),
        "losing_count": len(losing),
        "helpless_count": len(helpless),
    }


def _named(firms: Iterable[FirmAfter]) -> list[tuple[str, str, str, str]]:
    return [
        (firm.participant_id, firm.name, f"{firm.locked_out:,} / {firm.users:,}", cutover_words.lacks(firm))
        for firm in list(firms)[:FEW]
    ]


def _mail(figures: BoardFigures) -> list[tuple[str, str, str]] | None:
    if figures.mail is None:
        return None
    states = figures.mail.states
    return [
        (f"{seen.glyph} {seen.word}", sentences.MAIL_MEANINGS[state], f"{states.get(state, 0):,}")
        for state, seen in sentences.MAIL_STATES.items()
    ]


def _calls(calls: CallStatistics | None) -> dict[str, Any] | None:
    if calls is None:
        return None
    return {
        "number": f"{calls.calls:,}",
        "median": "" if calls.median_seconds is None else waiting_time(calls.median_seconds),
        "checked": f"{calls.checked:,}",
        "causes": [(call_words.cause_words(each.word), f"{each.calls:,}") for each in calls.by_cause[:FEW]],
    }


# The files.


def tables(material: Material) -> Mapping[str, str]:
    """The files for a spreadsheet, by name; cells that a spreadsheet would run are made harmless."""
    rows: dict[str, Iterable[tuple[str, ...]]] = {
        "readiness.csv": _readiness(material),
        "burn_up.csv": _burn_up(material),
        "milestones.csv": _milestones(material.figures.milestones),
        "locked_out.csv": _locked_out(material.simulation),
    }
    return {name: write_rows([columns, *rows[name]]) for name, columns in TABLES.items()}


def _readiness(material: Material) -> Iterable[tuple[str, ...]]:
    for firm in material.figures.firms:
        counts = (str(firm.standing[standing]) for standing in Standing)
        ready = "yes" if firm.ready else "no"
        yield firm.participant_id, firm.name, str(firm.users), *counts, str(firm.locked), ready


def _burn_up(material: Material) -> Iterable[tuple[str, ...]]:
    figures, days, today = material.figures, material.days, material.today
    due = due_of(material.goal, figures.milestones)
    everybody = [(firm.participant_id, (firm,)) for firm in figures.firms]
    for key, firms in (("all", figures.firms), *everybody):
        histories = {goal: history(goal, firms, days, today) for goal in Goal}
        total, slope = sum(firm.users for firm in firms), histories[material.goal]
        for number, (day, _done) in enumerate(slope):
            counts = (str(each[number][1]) for each in histories.values())
            yield day.isoformat(), key, *counts, _needed(slope[0], total, due, day)


def _needed(first: tuple[date, int], total: int, due: MilestoneRow | None, day: date) -> str:
    """What would have been reached on a day on the slope needed for the phase's goal."""
    began, start = first
    if due is None or due.earliest <= began:
        return ""
    share = min(1.0, (day - began).days / (due.earliest - began).days)
    return f"{start + (total - start) * share:.1f}"


def _milestones(rows: Iterable[MilestoneRow]) -> Iterable[tuple[str, ...]]:
    for row in rows:
        days = row.earliest.isoformat(), row.latest.isoformat()
        begun = iso(row.begun_at) or ""
        yield row.milestone_id, row.title, row.window, *days, row.status.value, begun, row.circular


def _locked_out(simulation: Simulation) -> Iterable[tuple[str, ...]]:
    for each in simulation.locked_out:
        already = "yes" if each.already else "no"
        yield each.user_id, each.participant_id, each.kind.value, each.reason.value, already
