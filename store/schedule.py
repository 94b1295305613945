"""The schedule: the circular's milestones, their windows, what they have opened, and declaring one begun or
done (DESIGN 3.6).
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.clock import HONG_KONG
from store.context import Change, Context
from store.errors import BadWindow, NotFound, NotNow, NotOpenYet
from store.milestone_rows import begin, keep_change, locked_milestone, milestone_row, read_milestones
from store.rules import phases
from store.rules.roles import Permission
from store.schedule_reach import lacking, reach
from store.schedule_views import Lacking, Reach, RevisionRow, ScheduleChange, Window
from store.tables import MILESTONE_REVISIONS, USERS, Milestone
from store.views import Kind, MilestoneRow, MilestoneStatus, Phase

CIRCULAR = "SEOCH circular, December 2022"


Announced = tuple[str, date, date]

_Q1: Announced = ("Q1 2023", date(2023, 1, 1), date(2023, 3, 31))
_Q2: Announced = ("Q2 2023", date(2023, 4, 1), date(2023, 6, 30))
_LATE_Q2: Announced = ("Late Q2 2023", date(2023, 5, 16), date(2023, 6, 30))


def _announced(milestone_id: str, title: str, window: Announced, opens: str | None = None) -> MilestoneRow:
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
    """The schedule as one operator may see, revise and declare it; what takes two is `PhaseChanges`."""

    _context: Context

    async def milestones(self) -> tuple[MilestoneRow, ...]:
        """All milestones, in the order of the circular."""
        async with self._context.reading(Permission.SEE) as connection:
            return await read_milestones(connection)

    async def phase(self) -> Phase:
        """What is open now: only milestones that were declared begun count."""
        return phases.phase([row.milestone_id for row in await self.milestones() if row.begun_at])

    async def revisions(self, milestone_id: str) -> tuple[RevisionRow, ...]:
        """All that a milestone ever was, newest first; of one that there is not, nothing."""
        table = MILESTONE_REVISIONS.c
        query = select(MILESTONE_REVISIONS).where(table.milestone_id == milestone_id)
        async with self._context.reading(Permission.SEE) as connection:
            found = await connection.execute(query.order_by(table.revision_id.desc()))
            return tuple(
                RevisionRow(
                    change=ScheduleChange(row.change) if row.change else None,
                    window=row.window,
                    earliest=row.earliest,
                    latest=row.latest,
                    status=MilestoneStatus(row.status),
                    circular=row.circular,
                    revised_by=row.revised_by,
                    revised_at=row.revised_at,
                )
                for row in found
            )

    async def reach(self) -> Reach:
        """How many Delegated Administrators a change of the schedule is told by mail."""
        async with self._context.reading(Permission.SEE) as connection:
            return await reach(connection, self._context.scope(USERS.c.participant_id))

    async def lacking(self, milestone_id: str) -> Lacking | None:
        """Who is still without what the milestone is for; None where that is nothing to count."""
        async with self._context.reading(Permission.SEE) as connection:
            return await lacking(connection, milestone_id, self._context.scope(USERS.c.participant_id))

    async def revise(self, milestone_id: str, window: Window, *, version: int) -> MilestoneRow:
        """Give a milestone the window that a circular announces: tentative, confirmed, or cancelled by it.

        Raises: NotAllowed, ProofNeeded, NotFound, Conflict, BadWindow, NotNow (done, has begun, the same).
        """
        async with self._context.changing() as change:
            change.demand(Permission.REVISE_MILESTONE)
            milestone = await locked_milestone(change, milestone_id, version)
            return await _revise(change, milestone, window)

    async def confirm(self, milestone_id: str, circular: str, *, version: int) -> MilestoneRow:
        """Confirm a milestone's window as it stands, by this circular.

        Raises: as `revise`, and NotNow (confirmed already, cancelled).
        """
        async with self._context.changing() as change:
            change.demand(Permission.REVISE_MILESTONE)
            milestone = await locked_milestone(change, milestone_id, version)
            if milestone.status != MilestoneStatus.TENTATIVE:
                raise NotNow(milestone.title, milestone.status)
            row = milestone_row(milestone)
            window = Window(row.window, row.earliest, row.latest, circular, MilestoneStatus.CONFIRMED)
            return await _revise(change, milestone, window)

    async def declare_begun(self, milestone_id: str, *, version: int) -> MilestoneRow:
        """Declare a milestone begun now; a tentative one is thereby confirmed.

        Raises: NotAllowed, ProofNeeded, NotFound, Conflict, NotNow (two people, begun, cancelled, another one
        comes first).
        """
        async with self._context.changing() as change:
            change.demand(Permission.DECLARE_MILESTONE)
            if milestone_id in phases.TWO_PEOPLE:
                raise NotNow(milestone_id, "two people")
            milestone = await locked_milestone(change, milestone_id, version)
            if refused := phases.why_not_begun(
                milestone_row(milestone), await read_milestones(change.connection)
            ):
                why, what = refused
                raise NotNow(what, why)
            await begin(change, milestone)
            return milestone_row(milestone)

    async def declare_done(self, milestone_id: str, *, version: int) -> MilestoneRow:
        """Declare a milestone that has begun done: there is nothing more to do in it. It closes nothing.

        Raises: NotAllowed, ProofNeeded, NotFound, Conflict, NotNow (done, not begun).
        """
        async with self._context.changing() as change:
            change.demand(Permission.DECLARE_MILESTONE)
            milestone = await locked_milestone(change, milestone_id, version)
            was = milestone_row(milestone)
            if why := phases.why_not_done(was):
                raise NotNow(milestone.title, why)
            milestone.status = MilestoneStatus.DONE.value
            await keep_change(change, milestone, ScheduleChange.DONE, was)
            return milestone_row(milestone)


async def _revise(change: Change, milestone: Milestone, window: Window) -> MilestoneRow:
    """Write a window into the milestone's row, if there can be such a one."""
    was = milestone_row(milestone)
    window = replace(window, words=" ".join(window.words.split()), circular=" ".join(window.circular.split()))
    if why := phases.why_not_revised(was, window.status):
        raise NotNow(milestone.title, why)
    begun_on = was.begun_at.astimezone(HONG_KONG).date() if was.begun_at else None
    if problem := phases.window_problem(
        window.words, window.earliest, window.latest, window.circular, begun_on
    ):
        raise BadWindow(problem.value, begun_on)
    days = (window.words, window.earliest, window.latest) != (was.window, was.earliest, was.latest)
    if not days and (window.circular, window.status) == (was.circular, was.status):
        raise NotNow(milestone.title, "same")
    milestone.window, milestone.circular = window.words, window.circular
    milestone.earliest, milestone.latest = window.earliest, window.latest
    milestone.status = window.status.value
    await keep_change(change, milestone, _what(was, window, days=days), was)
    return milestone_row(milestone)


def _what(was: MilestoneRow, window: Window, *, days: bool) -> ScheduleChange:
    if window.status is MilestoneStatus.CANCELLED:
        return ScheduleChange.CANCELLED
    newly = window.status is MilestoneStatus.CONFIRMED and was.status is not MilestoneStatus.CONFIRMED
    return ScheduleChange.CONFIRMED if newly and not days else ScheduleChange.REVISED


async def refuse_unless_open(connection: AsyncConnection, kind: Kind) -> None:
    """Raises NotOpenYet, with the window announced, while the registration of such users has not begun."""
    milestone_id = "da-email" if kind.is_delegated_administrator else "user-email"
    query = select(col(Milestone.title), col(Milestone.window), col(Milestone.begun_at))
    found = (await connection.execute(query.where(col(Milestone.milestone_id) == milestone_id))).first()
    if found is None:
        raise NotFound("milestone", milestone_id)
    if found.begun_at is None:
        raise NotOpenYet(found.title, found.window)
