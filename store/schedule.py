"""The schedule: the circular's milestones, what they have opened, and declaring one begun (DESIGN 3.6)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.context import Change, Context
from store.errors import Conflict, NotFound, NotNow, NotOpenYet
from store.rules import phases
from store.rules.roles import Permission
from store.tables import Milestone, MilestoneRevision
from store.views import Kind, MilestoneRow, MilestoneStatus, Phase

CIRCULAR = "SEOCH circular, December 2022"


Window = tuple[str, date, date]

_Q1: Window = ("Q1 2023", date(2023, 1, 1), date(2023, 3, 31))
_Q2: Window = ("Q2 2023", date(2023, 4, 1), date(2023, 6, 30))
_LATE_Q2: Window = ("Late Q2 2023", date(2023, 5, 16), date(2023, 6, 30))


def _announced(milestone_id: str, title: str, window: Window, opens: str | None = None) -> MilestoneRow:
    return MilestoneRow(
        milestone_id, title, *window, MilestoneStatus.TENTATIVE, opens, CIRCULAR, begun_at=None, version=1
    )


MILESTONES: tuple[MilestoneRow, ...] = (
    MilestoneRow(
        milestone_id="user-email",
        title="Registration of users' email address for 2FA",
        window="19 December 2022",
        earliest=date(2022, 12, 19),
        latest=date(2022, 12, 19),
        status=MilestoneStatus.CONFIRMED,
        opens="user registration",
        circular=CIRCULAR,
        begun_at=datetime(2022, 12, 18, 16, tzinfo=UTC),
        version=1,
    ),
    _announced("da-email", "Registration of DAs' email address for 2FA", _Q1, "DA registration"),
    _announced("briefing", "Briefing for parallel run preparation", _Q1),
    _announced("user-guide", "Distribution of user guide", _Q1),
    _announced("connectivity", "Connectivity test", _Q2, "connectivity test"),
    _announced("parallel-start", "Commencement of parallel run", _Q2, "smartcard or 2FA"),
    _announced("parallel-end", "End of parallel run", _LATE_Q2, "2FA only"),
    _announced(
        "decommission",
        "Decommissioning of smartcard authentication method",
        _LATE_Q2,
        "smartcards refused for good",
    ),
)
"""The eight milestones as the circular announces them, in order; the first began at 00:00 in Hong Kong."""


@dataclass(frozen=True)
class Schedule:
    """The schedule as one operator may see and declare it."""

    _context: Context

    async def milestones(self) -> tuple[MilestoneRow, ...]:
        """All milestones, in the order of the circular."""
        async with self._context.reading(Permission.SEE) as connection:
            return await read_milestones(connection)

    async def phase(self) -> Phase:
        """What is open now: only milestones that were declared begun count."""
        return phases.phase([row.milestone_id for row in await self.milestones() if row.begun_at])

    async def declare_begun(self, milestone_id: str, *, version: int) -> MilestoneRow:
        """Declare a milestone begun now; a tentative one is thereby confirmed.

        Raises: NotAllowed, ProofNeeded, NotFound, Conflict, NotNow (two people, begun, cancelled).
        """
        async with self._context.changing() as change:
            change.demand(Permission.DECLARE_MILESTONE)
            milestone = await _locked(change, milestone_id)
            if milestone_id in phases.TWO_PEOPLE:
                raise NotNow(milestone_id, "two people")
            if milestone.version != version:
                raise await _conflict(change, milestone)
            if milestone.begun_at is not None:
                raise NotNow(milestone_id, "begun")
            if milestone.status == MilestoneStatus.CANCELLED:
                raise NotNow(milestone_id, "cancelled")
            milestone.begun_at, milestone.version = change.now, version + 1
            if milestone.status == MilestoneStatus.TENTATIVE:
                milestone.status = MilestoneStatus.CONFIRMED.value
            _keep_revision(change, milestone)
            change.record(
                "milestone.begun",
                milestone_id=milestone_id,
                begun_at=change.now.isoformat(),
                status=milestone.status,
                version=version + 1,
            )
            return _row(milestone)


async def read_milestones(connection: AsyncConnection) -> tuple[MilestoneRow, ...]:
    """All milestones, in the order of the circular."""
    query = select(*_COLUMNS).order_by(col(Milestone.position))
    return tuple(_row(found) for found in await connection.execute(query))


async def refuse_unless_open(connection: AsyncConnection, kind: Kind) -> None:
    """Raises NotOpenYet, with the window announced, while the registration of such users has not begun."""
    milestone_id = "da-email" if kind.is_delegated_administrator else "user-email"
    query = select(col(Milestone.title), col(Milestone.window), col(Milestone.begun_at))
    found = (await connection.execute(query.where(col(Milestone.milestone_id) == milestone_id))).first()
    if found is None:
        raise NotFound("milestone", milestone_id)
    if found.begun_at is None:
        raise NotOpenYet(found.title, found.window)


_COLUMNS = tuple(col(getattr(Milestone, name)) for name in MilestoneRow.__dataclass_fields__)


def _row(found: Any) -> MilestoneRow:
    values = {name: getattr(found, name) for name in MilestoneRow.__dataclass_fields__}
    return MilestoneRow(**{**values, "status": MilestoneStatus(found.status)})


async def _locked(change: Change, milestone_id: str) -> Milestone:
    query = select(Milestone).where(col(Milestone.milestone_id) == milestone_id).with_for_update()
    milestone: Milestone | None = (await change.session.execute(query)).scalar_one_or_none()
    if milestone is None:
        raise NotFound("milestone", milestone_id)
    return milestone


def _keep_revision(change: Change, milestone: Milestone) -> None:
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
        )
    )


async def _conflict(change: Change, milestone: Milestone) -> Conflict:
    """Who changed the milestone since it was read, and what it is now."""
    query = (
        select(MilestoneRevision)
        .where(col(MilestoneRevision.milestone_id) == milestone.milestone_id)
        .order_by(col(MilestoneRevision.revision_id).desc())
    )
    newest: MilestoneRevision = (await change.session.execute(query.limit(1))).scalar_one()
    begun = milestone.begun_at.isoformat() if milestone.begun_at else ""
    return Conflict(milestone.milestone_id, newest.revised_by, newest.revised_at, {"begun_at": ("", begun)})
