"""What takes two people: a milestone that changes how users log on is proposed by one and begun by another.

Both see a simulation of what follows, and each decides on what was shown: the second on exactly the proposal
(its digest) and on who would be locked out by then. A milestone that changed voids what was proposed of it.
"""

import hmac
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import col

from store.context import Change, Context
from store.cutover import Cutover
from store.errors import (
    AlreadyProposed,
    LookAgain,
    NotFound,
    NotNow,
    OwnPhaseChange,
    PhaseVoided,
    ReasonNeeded,
)
from store.milestone_rows import begin, locked_milestone, milestone_row, read_milestones
from store.phase_change_rows import PHASE_CHANGE_LIFETIME, digest_of, phase_change_row
from store.rules import phases
from store.rules.cutover import Simulation
from store.rules.foreseen import figures, newly_locked_out
from store.rules.roles import Permission
from store.schedule_views import Figures, PhaseChangeRow
from store.tables import MILESTONES, PHASE_CHANGES, Milestone, PhaseChange
from store.views import Phase

PAST_SHOWN = 50


@dataclass(frozen=True)
class PhaseChanges:
    """Phase changes that wait for a second person of operations, and what was decided on them."""

    _context: Context

    async def waiting(self) -> tuple[PhaseChangeRow, ...]:
        """What may still be decided, oldest first."""
        table = PHASE_CHANGES.c
        query = _select().where(table.state == "open", table.expires_at > self._context.clock.now())
        async with self._context.reading(Permission.APPROVE_PHASE) as connection:
            found = await connection.execute(query.order_by(table.change_id))
            return tuple(phase_change_row(row, row.title) for row in found)

    async def past(self, milestone_id: str) -> tuple[PhaseChangeRow, ...]:
        """What was proposed for a milestone and waits no more, newest first."""
        table, now = PHASE_CHANGES.c, self._context.clock.now()
        over = (table.state != "open") | (table.expires_at <= now)
        query = _select().where(table.milestone_id == milestone_id, over)
        async with self._context.reading(Permission.APPROVE_PHASE) as connection:
            found = await connection.execute(query.order_by(table.change_id.desc()).limit(PAST_SHOWN))
            return tuple(phase_change_row(row, row.title) for row in found)

    async def foresee(self, milestone_id: str) -> Simulation:
        """Who would be locked out, once this milestone has begun. Raises: NotNow (it takes no two people)."""
        if milestone_id not in phases.TWO_PEOPLE:
            raise NotNow(milestone_id, "one person")
        return await Cutover(self._context).simulate(_phase(milestone_id))

    async def propose(self, milestone_id: str, shown: Simulation, *, version: int) -> PhaseChangeRow:
        """Propose that a milestone begins, with `shown` in view; it waits for a second person.

        Raises: NotAllowed, ProofNeeded, NotFound, Conflict, AlreadyProposed, LookAgain, NotNow (begun,
        cancelled, another one comes first, it takes no two people).
        """
        foreseen = await self._as_shown(milestone_id, shown)
        async with self._context.changing() as change:
            change.demand(Permission.DECLARE_MILESTONE)
            milestone = await locked_milestone(change, milestone_id, version)
            await _refuse_unless_next(change, milestone)
            await _make_room(change, milestone)
            proposed = PhaseChange(
                milestone_id=milestone_id,
                milestone_version=version,
                proposed_by=change.context.actor.operator_id,
                proposed_at=change.now,
                expires_at=change.now + PHASE_CHANGE_LIFETIME,
                **_columns(foreseen),
            )
            change.session.add(proposed)
            await change.session.flush()
            change.record(
                "milestone.proposed",
                milestone_id=milestone_id,
                change_id=proposed.change_id,
                milestone_version=version,
                **_facts(foreseen),
            )
            return phase_change_row(proposed, milestone.title)

    async def approve(self, change_id: int, digest: str, shown: Simulation) -> PhaseChangeRow:
        """Let the milestone begin now, as the second person, with `shown` in view.

        Raises: NotAllowed, ProofNeeded, NotFound, OwnPhaseChange, PhaseVoided, LookAgain, NotNow (as
        `propose`).
        """
        milestone_id = await self._milestone_of(change_id)
        foreseen = await self._as_shown(milestone_id, shown)
        async with self._context.changing() as change:
            proposed, milestone = await self._open(change, change_id, digest)
            if proposed.proposed_by == change.context.actor.operator_id:
                raise OwnPhaseChange
            await _refuse_unless_next(change, milestone)
            await _decide(change, proposed, "milestone.approved", "", **_facts(foreseen))
            await begin(change, milestone)
            return phase_change_row(proposed, milestone.title)

    async def reject(self, change_id: int, digest: str, reason: str) -> PhaseChangeRow:
        """Turn a phase change down; who proposed it withdraws it thereby. The reason is kept and shown.

        Raises: NotAllowed, ProofNeeded, NotFound, PhaseVoided, ReasonNeeded.
        """
        async with self._context.changing() as change:
            proposed, milestone = await self._open(change, change_id, digest)
            if not reason.strip():
                raise ReasonNeeded("phase")
            own = proposed.proposed_by == change.context.actor.operator_id
            await _decide(change, proposed, "milestone.withdrawn" if own else "milestone.rejected", reason)
            return phase_change_row(proposed, milestone.title)

    async def _milestone_of(self, change_id: int) -> str:
        async with self._context.reading(Permission.APPROVE_PHASE) as connection:
            found = (
                await connection.execute(_select().where(PHASE_CHANGES.c.change_id == change_id))
            ).first()
        if found is None:
            raise NotFound("phase change", str(change_id))
        if found.decided_by is not None:
            raise PhaseVoided(change_id, "decided", found.decided_by)
        return str(found.milestone_id)

    async def _as_shown(self, milestone_id: str, shown: Simulation) -> Figures:
        """What the simulation says now, read before the write lock is taken. Raises: LookAgain, NotNow."""
        foreseen = await self.foresee(milestone_id)
        if newly := newly_locked_out(shown, foreseen):
            raise LookAgain(newly)
        return figures(foreseen)

    async def _open(self, change: Change, change_id: int, digest: str) -> tuple[PhaseChange, Milestone]:
        """The phase change, if it may still be decided, and its milestone, which is locked before it."""
        change.demand(Permission.APPROVE_PHASE)
        query = select(PhaseChange).where(col(PhaseChange.change_id) == change_id)
        known: PhaseChange | None = (await change.session.execute(query)).scalar_one_or_none()
        if known is None:
            raise NotFound("phase change", str(change_id))
        milestone = await locked_milestone(change, known.milestone_id)
        locked = query.with_for_update().execution_options(populate_existing=True)
        proposed: PhaseChange = (await change.session.execute(locked)).scalar_one()
        if proposed.decided_by is not None:
            raise PhaseVoided(change_id, "decided", proposed.decided_by)
        if proposed.state != "open" or not hmac.compare_digest(digest_of(proposed), digest):
            raise PhaseVoided(change_id, "changed")
        if proposed.expires_at <= change.now:
            raise PhaseVoided(change_id, "expired")
        return proposed, milestone


def _select() -> Select[Any]:
    return select(PHASE_CHANGES, MILESTONES.c.title).join(
        MILESTONES, MILESTONES.c.milestone_id == PHASE_CHANGES.c.milestone_id
    )


def _phase(milestone_id: str) -> Phase:
    return dict(phases.OPENED_BY)[milestone_id]


async def _refuse_unless_next(change: Change, milestone: Milestone) -> None:
    schedule = await read_milestones(change.connection)
    if refused := phases.why_not_begun(milestone_row(milestone), schedule):
        why, what = refused
        raise NotNow(what, why)


async def _make_room(change: Change, milestone: Milestone) -> None:
    """Only one waits at a time; one that waited too long is over. Raises: AlreadyProposed."""
    query = select(PhaseChange).where(
        col(PhaseChange.milestone_id) == milestone.milestone_id, col(PhaseChange.state) == "open"
    )
    for waiting in (await change.session.execute(query.with_for_update())).scalars():
        if waiting.expires_at > change.now:
            raise AlreadyProposed(milestone.title, waiting.proposed_by, waiting.proposed_at)
        waiting.state = "expired"
        change.record(
            "milestone.voided",
            milestone_id=milestone.milestone_id,
            change_id=waiting.change_id,
            why="expired",
        )


async def _decide(change: Change, proposed: PhaseChange, action: str, reason: str, **facts: Any) -> None:
    """Write the decision down; the state is the action's last word."""
    proposed.state = action.partition(".")[2]
    proposed.decided_by, proposed.decided_at = change.context.actor.operator_id, change.now
    proposed.decision_reason = reason.strip() or None
    await change.session.flush()
    if reason:
        facts["reason"] = reason.strip()
    change.record(
        action,
        milestone_id=proposed.milestone_id,
        change_id=proposed.change_id,
        proposed_by=proposed.proposed_by,
        **facts,
    )


def _columns(foreseen: Figures) -> dict[str, Any]:
    """The figures as the row keeps them."""
    return {"simulated_at": foreseen.simulated_at, "simulation": foreseen.digest, **_counts(foreseen)}


def _facts(foreseen: Figures) -> dict[str, Any]:
    """The figures as an event keeps them."""
    at = foreseen.simulated_at.isoformat()
    return {"simulated_at": at, "simulation": foreseen.digest, **_counts(foreseen)}


def _counts(foreseen: Figures) -> dict[str, int]:
    names = ("users", "locked_out", "losing", "losing_everyone", "cannot_repair")
    return {name: getattr(foreseen, name) for name in names}
