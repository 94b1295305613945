"""The phase of the programme: what the milestones that have begun leave open (DESIGN 3.6); which declaration
may follow which, and which windows there can be.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from store.views import MilestoneRow, MilestoneStatus, Phase

OPENED_BY: tuple[tuple[str, Phase], ...] = (
    ("user-email", Phase.USER_REGISTRATION),
    ("da-email", Phase.DA_REGISTRATION),
    ("connectivity", Phase.CONNECTIVITY_TEST),
    ("parallel-start", Phase.PARALLEL_RUN),
    ("parallel-end", Phase.TWO_FACTOR_ONLY),
    ("decommission", Phase.TWO_FACTOR_ONLY),
)
"""Which milestone opens which phase, in the order of the programme; the others open nothing."""

TWO_PEOPLE = frozenset({"parallel-start", "parallel-end", "decommission"})
"""The milestones that change how users log on: one person alone never begins them."""


def phase(begun: Collection[str]) -> Phase:
    """The phase when the milestones in `begun` (ids) have been declared begun: the furthest one wins."""
    reached = Phase.NOT_STARTED
    for milestone_id, opened in OPENED_BY:
        if milestone_id in begun:
            reached = opened
    return reached


COMES_AFTER = {
    "da-email": "user-email",
    "connectivity": "da-email",
    "parallel-start": "connectivity",
    "parallel-end": "parallel-start",
    "decommission": "parallel-end",
}
"""The circular's order of what opens something; one that is cancelled is passed over, unless it takes two."""


def comes_first(milestone_id: str, begun: Collection[str], cancelled: Collection[str]) -> str | None:
    """The milestone that has to begin before this one can; None when nothing is in the way."""
    before = COMES_AFTER.get(milestone_id)
    while before and before in cancelled and before not in TWO_PEOPLE:
        before = COMES_AFTER.get(before)
    return None if before in begun else before


def all_first(milestone_id: str, begun: Collection[str], cancelled: Collection[str]) -> tuple[str, ...]:
    """All milestones that have to begin before this one can, in the order they have to."""
    first = comes_first(milestone_id, begun, cancelled)
    return (*all_first(first, begun, cancelled), first) if first else ()


def why_not_begun(row: MilestoneRow, schedule: Collection[MilestoneRow]) -> tuple[str, str] | None:
    """Why a milestone cannot be declared begun: a word, and the title of the milestone it is about.

    The words: begun, cancelled, and comes first (of the milestone that has to begin before).
    """
    if row.begun_at is not None:
        return "begun", row.title
    if row.status is MilestoneStatus.CANCELLED:
        return "cancelled", row.title
    first = comes_first(row.milestone_id, *_begun_and_cancelled(schedule))
    titles = {each.milestone_id: each.title for each in schedule}
    return ("comes first", titles.get(first, first)) if first else None


def _begun_and_cancelled(schedule: Collection[MilestoneRow]) -> tuple[set[str], set[str]]:
    begun = {each.milestone_id for each in schedule if each.begun_at}
    return begun, {each.milestone_id for each in schedule if each.status is MilestoneStatus.CANCELLED}


def titles_first(row: MilestoneRow, schedule: Collection[MilestoneRow]) -> tuple[str, ...]:
    """The titles of all that has to begin before a milestone, in their order."""
    titles = {each.milestone_id: each.title for each in schedule}
    first = all_first(row.milestone_id, *_begun_and_cancelled(schedule))
    return tuple(titles.get(each, each) for each in first)


def why_not_done(row: MilestoneRow) -> str | None:
    """Why a milestone cannot be declared done: done, or not begun yet."""
    if row.status is MilestoneStatus.DONE:
        return "done"
    return "only once begun" if row.begun_at is None else None


def why_not_revised(row: MilestoneRow, status: MilestoneStatus) -> str | None:
    """Why a window cannot be given this status: done, or has begun (which stays as firm as it is)."""
    if row.status is MilestoneStatus.DONE:
        return "done"
    return "stays begun" if row.begun_at is not None and status is not MilestoneStatus.CONFIRMED else None


FIRST_DAY, LAST_DAY = date(2022, 12, 1), date(2032, 12, 31)
"""The month of the circular, before which nothing was announced, and ten years on: no window lies outside."""

WORDS_LENGTH = 60
SOURCE_LENGTH = 120


class WindowProblem(StrEnum):
    """Why there cannot be such a window."""

    NO_WORDS = "no words"
    NO_SOURCE = "no source"
    LONG = "long"
    LINK = "link"
    REVERSED = "reversed"
    EARLY = "early"
    LATE = "late"
    BEFORE_BEGUN = "before begun"


def window_problem(
    window: str, earliest: date, latest: date, circular: str, begun_on: date | None
) -> WindowProblem | None:
    """What is wrong with a window (as announced, and the days it can mean) and its source; None: nothing.

    One that ended before `begun_on`, the day the milestone was declared begun, never was.
    """
    if problem := text_problem(window, circular):
        return problem
    if earliest > latest:
        return WindowProblem.REVERSED
    if earliest < FIRST_DAY:
        return WindowProblem.EARLY
    if latest > LAST_DAY:
        return WindowProblem.LATE
    return WindowProblem.BEFORE_BEGUN if begun_on is not None and latest < begun_on else None


def text_problem(window: str, circular: str) -> WindowProblem | None:
    """What is wrong with the words, which go out by mail: that holds nothing to click on."""
    if not window.strip():
        return WindowProblem.NO_WORDS
    if not circular.strip():
        return WindowProblem.NO_SOURCE
    if len(window.strip()) > WORDS_LENGTH or len(circular.strip()) > SOURCE_LENGTH:
        return WindowProblem.LONG
    typed = f"{window} {circular}".casefold()
    return WindowProblem.LINK if "://" in typed or "www." in typed else None


def may_follow(phase: Phase, present: Phase) -> bool:
    """Whether the programme, being in `present`, can be in `phase` now or later: it never goes back."""
    order = list(Phase)
    return order.index(phase) >= order.index(present)
