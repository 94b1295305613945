"""The next step of a user and whose it is: one function for lists, cards, explanations and commands."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from store.rules.access import Method, decide
from store.rules.explain import Explanation, Facts, Obstacle, Reason, Who, leading, obstacles
from store.views import Phase, Standing


@dataclass(frozen=True, slots=True)
class NextStep:
    """What brings a user on. `obstacle` is what it takes away, None when nothing is in the way of a logon.

    `retry_at` is when a mail that was put off is tried again; `by_smartcard` is whether a smartcard lets
    them in meanwhile.
    """

    obstacle: Obstacle | None
    standing: Standing
    phase: Phase
    by_smartcard: bool
    retry_at: datetime | None = None

    @property
    def who(self) -> Who:
        """Whose it is: who only waits for the phase, or for nothing, tries a logon until one worked."""
        if self.obstacle is not None and self.obstacle.reason is not Reason.NOT_OPEN:
            return self.obstacle.who
        return Who.NOBODY if self.standing is Standing.PROVEN else Who.USER


@lru_cache(4_096)
def next_step(facts: Facts, retry_at: datetime | None = None) -> NextStep:
    """What to do next about the obstacle that can be removed now, as the explanation names it."""
    lead = leading(obstacles(facts))
    return NextStep(
        lead,
        facts.standing,
        facts.programme.phase,
        decide(facts.access, Method.SMARTCARD, facts.programme) is None,
        retry_at if lead is not None and lead.reason is Reason.MAIL_DEFERRED else None,
    )


def step_of(found: Explanation) -> NextStep:
    """The next step of a user who was explained."""
    return next_step(found.facts, found.mail.next_attempt_at if found.mail else None)
