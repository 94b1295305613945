"""The schedule as announced, the phase that follows, and declaring a milestone begun."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from store import setup
from store.database import Database
from store.desk import Desk
from store.errors import Conflict, NotAllowed, NotFound, NotNow, StoreError
from store.keys import Keys
from store.schedule import MILESTONES
from store.tables import AuditEvent, Milestone, MilestoneRevision
from store.views import MilestoneStatus, Phase, Role
from tests.conftest import DeskOf, HeldClock, Roster
from tests.test_registrations import everything


@pytest.fixture(autouse=True)
async def day_one(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> None:
    """The circular's schedule."""
    await setup.initialise(database, clock, keys, "ops-1", "Operations One")
    await roster.participant("CP1")


@pytest.fixture
def operations(desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS)


def test_milestones_are_the_circulars() -> None:
    assert [(row.title, row.window) for row in MILESTONES] == [
        ("Registration of users' email address for 2FA", "19 December 2022"),
        ("Registration of DAs' email address for 2FA", "Q1 2023"),
        ("Briefing for parallel run preparation", "Q1 2023"),
        ("Distribution of user guide", "Q1 2023"),
        ("Connectivity test", "Q2 2023"),
        ("Commencement of parallel run", "Q2 2023"),
        ("End of parallel run", "Late Q2 2023"),
        ("Decommissioning of smartcard authentication method", "Late Q2 2023"),
    ]
    first = MILESTONES[0]
    assert (first.status, first.begun_at) == (
        MilestoneStatus.CONFIRMED, datetime(2022, 12, 18, 16, tzinfo=UTC),
    )  # fmt: skip
    assert {(row.status, row.begun_at) for row in MILESTONES[1:]} == {(MilestoneStatus.TENTATIVE, None)}
    assert (MILESTONES[6].earliest, MILESTONES[6].latest) == (date(2023, 5, 16), date(2023, 6, 30))
    assert all(row.earliest <= row.latest for row in MILESTONES)


@pytest.mark.parametrize("role", list(Role))
async def test_everyone_reads_the_schedule(desk_of: DeskOf, role: Role) -> None:
    desk = desk_of(role, "CP1" if role in (Role.DA_MAKER, Role.DA_CHECKER) else None)
    assert await desk.schedule.milestones() == MILESTONES
    assert await desk.schedule.phase() is Phase.USER_REGISTRATION


async def test_declaring_a_milestone_begun_confirms_it_and_opens_its_phase(
    database: Database, clock: HeldClock, operations: Desk
) -> None:
    begun = await operations.schedule.declare_begun("da-email", version=1)
    assert (begun.begun_at, begun.status, begun.version) == (clock.now(), MilestoneStatus.CONFIRMED, 2)
    assert (await operations.schedule.milestones())[1] == begun
    assert await operations.schedule.phase() is Phase.DA_REGISTRATION
    revisions, events = await everything(database, MilestoneRevision, AuditEvent)
    newest = revisions[-1]
    assert (newest.milestone_id, newest.status) == ("da-email", "confirmed")
    assert (newest.revised_by, newest.revised_at) == (operations.actor.operator_id, clock.now())
    assert events[-1].action == "milestone.begun"


@pytest.mark.parametrize("milestone_id", ["parallel-start", "parallel-end", "decommission"])
async def test_one_person_alone_changes_no_way_to_log_on(
    database: Database, operations: Desk, milestone_id: str
) -> None:
    before = await everything(database, Milestone, MilestoneRevision, AuditEvent)
    with pytest.raises(NotNow) as refusal:
        await operations.schedule.declare_begun(milestone_id, version=1)
    assert (refusal.value.what, refusal.value.why) == (milestone_id, "two people")
    assert await everything(database, Milestone, MilestoneRevision, AuditEvent) == before


async def test_begun_and_cancelled_milestones_cannot_begin(database: Database, operations: Desk) -> None:
    async with database.writing() as connection:
        await connection.execute(
            update(Milestone).where(Milestone.milestone_id == "briefing").values(status="cancelled")
        )
    for milestone_id, why in (("user-email", "begun"), ("briefing", "cancelled")):
        with pytest.raises(NotNow) as refusal:
            await operations.schedule.declare_begun(milestone_id, version=1)
        assert refusal.value.why == why
    with pytest.raises(NotFound):
        await operations.schedule.declare_begun("holiday", version=1)


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER, Role.HELPDESK])
async def test_only_operations_declare(database: Database, desk_of: DeskOf, role: Role) -> None:
    desk = desk_of(role, None if role is Role.HELPDESK else "CP1")
    before = await everything(database, Milestone)
    with pytest.raises(NotAllowed):
        await desk.schedule.declare_begun("da-email", version=1)
    assert await everything(database, Milestone) == before
    (events,) = await everything(database, AuditEvent)
    assert events[-1].action == "refused"


async def test_two_who_declare_at_once_give_one_conflict_that_names_the_other(
    clock: HeldClock, desk_of: DeskOf
) -> None:
    desks = [desk_of(Role.OPERATIONS, None, name) for name in ("amy", "ben")]

    async def declare(desk: Desk) -> StoreError | None:
        try:
            await desk.schedule.declare_begun("da-email", version=1)
        except StoreError as error:
            return error
        return None

    outcomes = await asyncio.gather(*map(declare, desks))
    assert outcomes.count(None) == 1
    (conflict,) = filter(None, outcomes)
    assert isinstance(conflict, Conflict)
    assert conflict.changed_by == desks[outcomes.index(None)].actor.operator_id
    assert conflict.differences == {"begun_at": ("", clock.now().isoformat())}
