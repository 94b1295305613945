"""What the users must have reached, by which milestone: the goal that a phase works towards (DESIGN 3.6).

Who is to be enrolled must be verified first, and who is to be proven must be enrolled. So addresses are
needed for the connectivity test, enrolment for the parallel run, which is there to try it out, and a logon
tried with both factors before the smartcard is not there to fall back on.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from store.views import MilestoneRow, MilestoneStatus, Phase, Standing


class Goal(StrEnum):
    """A goal in one word: an address that works, being set up for two factors, a logon tried with both.

    Each needs those before it.
    """

    VERIFIED = "verified"
    ENROLLED = "enrolled"
    PROVEN = "proven"


REACHED: Mapping[Goal, frozenset[Standing]] = {
    Goal.VERIFIED: frozenset({Standing.VERIFIED, Standing.PASSWORD_SET, Standing.ENROLLED, Standing.PROVEN}),
    Goal.ENROLLED: frozenset({Standing.ENROLLED, Standing.PROVEN}),
    Goal.PROVEN: frozenset({Standing.PROVEN}),
}
"""The standings that have reached a goal."""

DUE_BEFORE: Mapping[Goal, str] = {
    Goal.VERIFIED: "connectivity",
    Goal.ENROLLED: "parallel-start",
    Goal.PROVEN: "parallel-end",
}
"""The milestone that needs the goal."""


def goal_of(phase: Phase) -> Goal:
    """The goal that a phase works towards."""
    match phase:
        case Phase.CONNECTIVITY_TEST:
            return Goal.ENROLLED
        case Phase.PARALLEL_RUN | Phase.TWO_FACTOR_ONLY:
            return Goal.PROVEN
        case _:
            return Goal.VERIFIED


def due_of(goal: Goal, milestones: Sequence[MilestoneRow]) -> MilestoneRow | None:
    """The milestone before which `goal` is needed; None when none is ahead that needs it.

    It is the soonest of the goal's own and of those of the goals that need it, however the windows were
    revised: no goal is due before one that it needs. One that has begun or was cancelled needs nothing.
    """
    goals = list(Goal)
    needing = {DUE_BEFORE[each] for each in goals[goals.index(goal) :]}
    ahead = (
        row
        for row in milestones
        if row.milestone_id in needing and not (row.begun_at or row.status is MilestoneStatus.CANCELLED)
    )
    return min(ahead, key=lambda row: row.earliest, default=None)


def next_milestone(milestones: Sequence[MilestoneRow]) -> MilestoneRow | None:
    """The first that has neither begun nor been cancelled nor done, in the order of the programme."""
    over = (MilestoneStatus.CANCELLED, MilestoneStatus.DONE)
    return next((row for row in milestones if row.begun_at is None and row.status not in over), None)


def reached(counted: Mapping[Standing, int], goal: Goal) -> int:
    """How many of those counted have reached the goal."""
    return sum(counted.get(standing, 0) for standing in REACHED[goal])


def opens_das(milestones: Sequence[MilestoneRow]) -> bool:
    """Whether addresses of Delegated Administrators can be registered."""
    return any(row.milestone_id == "da-email" and row.begun_at for row in milestones)
