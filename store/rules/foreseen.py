"""What two people see of a simulation before a phase begins, and whether it still holds when they decide."""

import hashlib

from store.rules.cutover import Simulation
from store.schedule_views import Figures


def figures(simulation: Simulation) -> Figures:
    """The figures of a simulation, and what stands for exactly those locked out (hexadecimal SHA-256)."""
    named = "\n".join(sorted(each.user_id for each in simulation.locked_out))
    return Figures(
        simulated_at=simulation.at,
        users=simulation.users,
        locked_out=len(simulation.locked_out),
        losing=len(simulation.losing),
        losing_everyone=len(simulation.losing_everyone),
        cannot_repair=len(simulation.without_maker_or_checker),
        digest=hashlib.sha256(named.encode()).hexdigest(),
    )


def newly_locked_out(shown: Simulation, now: Simulation) -> int:
    """How many of those locked out `now` were not among those `shown`: nobody has answered for them.

    A simulation of another phase shows nobody.
    """
    seen = {each.user_id for each in shown.locked_out} if shown.phase is now.phase else set()
    return sum(each.user_id not in seen for each in now.locked_out)
