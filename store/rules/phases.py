"""The phase of the programme: what the milestones that have begun leave open (DESIGN 3.6)."""

from collections.abc import Collection

from store.views import Phase

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


def may_follow(phase: Phase, present: Phase) -> bool:
    """Whether the programme, being in `present`, can be in `phase` now or later: it never goes back."""
    order = list(Phase)
    return order.index(phase) >= order.index(present)
