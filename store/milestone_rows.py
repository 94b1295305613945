"""Milestones as rows: read, locked, changed with all that a change of one leaves behind."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.context import Change
from store.errors import Conflict, NotFound
from store.phase_change_rows import void_changes_of
from store.schedule_news import tell_administrators
from store.schedule_views import ScheduleChange
from store.tables import Milestone, MilestoneRevision
from store.views import MilestoneRow, MilestoneStatus

REVISED = "milestone.revised"
_DECLARED = {ScheduleChange.BEGUN: "milestone.begun", ScheduleChange.DONE: "milestone.done"}
"""The actions of a change: whatever is declared has its own."""

_COLUMNS = tuple(col(getattr(Milestone, name)) for name in MilestoneRow.__dataclass_fields__)


async def read_milestones(connection: AsyncConnection) -> tuple[MilestoneRow, ...]:
    """All milestones, in the order of the circular."""
    query = select(*_COLUMNS).order_by(col(Milestone.position))
    return tuple(milestone_row(found) for found in await connection.execute(query))


def milestone_row(found: Any) -> MilestoneRow:
    """The milestone as everybody sees it."""
    values = {name: getattr(found, name) for name in MilestoneRow.__dataclass_fields__}
    return MilestoneRow(**{**values, "status": MilestoneStatus(found.status)})


async def locked_milestone(change: Change, milestone_id: str, version: int | None = None) -> Milestone:
    """The milestone's row, locked until the end, if it is as it was read. Raises: NotFound, Conflict."""
    query = select(Milestone).where(col(Milestone.milestone_id) == milestone_id).with_for_update()
    milestone: Milestone | None = (await change.session.execute(query)).scalar_one_or_none()
    if milestone is None:
        raise NotFound("milestone", milestone_id)
    if version is not None and milestone.version != version:
        raise await _conflict(change, milestone)
    return milestone


async def keep_change(change: Change, milestone: Milestone, what: ScheduleChange, was: MilestoneRow) -> None:
    """Count a change that was made to the milestone's row: its revision, its event, and the mail of it.

    `was` is the row before. The event carries the values after it, by which any past moment is rebuilt. What
    was proposed for the milestone as it was is void. The Delegated Administrators are told of every change
    of a window or its status, and when something opens or is over.
    """
    milestone.version += 1
    change.session.add(
        MilestoneRevision(
            milestone_id=milestone.milestone_id,
            window=milestone.window,
            earliest=milestone.earliest,
            latest=milestone.latest,
            status=milestone.status,
            circular=milestone.circular,
            revised_by=change.context.actor.operator_id,
            revised_at=change.now,
            change=what.value,
        )
    )
    await change.session.flush()
    action = _DECLARED.get(what, REVISED)
    change.record(action, **_values(milestone), **_moment(change, what))
    await void_changes_of(change, milestone.milestone_id, "changed")
    if _is_news(action, milestone, was):
        await tell_administrators(change, milestone, what, was)


async def begin(change: Change, milestone: Milestone) -> None:
    """Let the milestone begin now; a tentative one is thereby confirmed."""
    was = milestone_row(milestone)
    milestone.begun_at = change.now
    if milestone.status == MilestoneStatus.TENTATIVE:
        milestone.status = MilestoneStatus.CONFIRMED.value
    await keep_change(change, milestone, ScheduleChange.BEGUN, was)


def _is_news(action: str, milestone: Milestone, was: MilestoneRow) -> bool:
    """Whether administrators need to know; that another circular says the same is nothing to them."""
    if action != REVISED:
        return milestone.opens is not None
    told = ("window", "earliest", "latest", "status")
    return any(getattr(milestone, name) != getattr(was, name) for name in told)


def _values(milestone: Milestone) -> dict[str, Any]:
    """The fields that can change, as an event keeps them."""
    return {
        "milestone_id": milestone.milestone_id,
        "window": milestone.window,
        "earliest": milestone.earliest.isoformat(),
        "latest": milestone.latest.isoformat(),
        "status": milestone.status,
        "circular": milestone.circular,
        "begun_at": milestone.begun_at.isoformat() if milestone.begun_at else None,
        "version": milestone.version,
    }


def _moment(change: Change, what: ScheduleChange) -> dict[str, Any]:
    return {"done_at": change.now.isoformat()} if what is ScheduleChange.DONE else {"change": what.value}


async def _conflict(change: Change, milestone: Milestone) -> Conflict:
    """Who changed the milestone since it was read, and what it is now."""
    query = (
        select(MilestoneRevision)
        .where(col(MilestoneRevision.milestone_id) == milestone.milestone_id)
        .order_by(col(MilestoneRevision.revision_id).desc())
    )
    newest: MilestoneRevision = (await change.session.execute(query.limit(1))).scalar_one()
    begun = milestone.begun_at.isoformat() if milestone.begun_at else ""
    return Conflict(milestone.title, newest.revised_by, newest.revised_at, {"begun_at": ("", begun)})
