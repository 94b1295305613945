"""What the users must have reached, by which milestone: the goal that a phase works towards (DESIGN 3.6)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from store.views import MilestoneRow, MilestoneStatus, Phase, Standing


class Goal(StrEnum):
    """A goal in one word: an address that works, a logon tried with both factors, or being set up for it."""

    VERIFIED = "verified"
    PROVEN = "proven"
    ENROLLED = "enrolled"


REACHED: Mapping[Goal, frozenset[Standing]] = {
    Goal.VERIFIED: frozenset({Standing.VERIFIED, Standing.PASSWORD_SET, Standing.ENROLLED, Standing.PROVEN}),
    Goal.PROVEN: frozenset({Standing.PROVEN}),
    Goal.ENROLLED: frozenset({Standing.ENROLLED, Standing.PROVEN}),
}
"""The standings that have reached a goal."""

DUE_BEFORE: Mapping[Goal, str] = {
    Goal.VERIFIED: "connectivity",
    Goal.PROVEN: "parallel-start",
    Goal.ENROLLED: "parallel-end",
}
"""The milestone that needs the goal: addresses for the connectivity test, tried logons before the parallel
run, and everybody set up before the smartcard alone is not enough any more."""


def goal_of(phase: Phase) -> Goal:
    """The goal that a phase works towards."""
    match phase:
        case Phase.CONNECTIVITY_TEST:
            return Goal.PROVEN
        case Phase.PARALLEL_RUN | Phase.TWO_FACTOR_ONLY:
            return Goal.ENROLLED
        case _:
            return Goal.VERIFIED


def due_of(goal: Goal, milestones: Sequence[MilestoneRow]) -> MilestoneRow | None:
    """The milestone before which `goal` is needed; None without it, once it has begun or was cancelled."""
    for row in milestones:
        if row.milestone_id == DUE_BEFORE[goal]:
            over = row.begun_at or row.status is MilestoneStatus.CANCELLED
            return None if over else row
    return None


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
