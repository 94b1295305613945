"""The first day: the schedule, the first operator, and what cannot be done twice."""

import pyotp
import pytest
from sqlalchemy import select
from sqlmodel import col

from store import operators
from store.database import Database
from store.errors import NotFound, NotNow
from store.keys import Keys
from store.setup import initialise
from store.tables import AuditEvent, Milestone, MilestoneRevision, OperatorRow
from store.views import Operator, Role
from tests.conftest import START, HeldClock, Roster


async def test_initialise_loads_the_circulars_eight_milestones_of_which_only_the_first_has_begun(
    database: Database, clock: HeldClock, keys: Keys
) -> None:
    await initialise(database, clock, keys, "ops1", "Operations One")

    async with database.reading() as connection:
        rows = (await connection.execute(select(Milestone.__table__).order_by(col(Milestone.position)))).all()
        revisions = (await connection.execute(select(MilestoneRevision.__table__))).all()
    assert [row.milestone_id for row in rows] == [
        "user-email", "da-email", "briefing", "user-guide", "connectivity", "parallel-start", "parallel-end",
        "decommission",
    ]  # fmt: skip
    assert [row.status for row in rows] == ["confirmed"] + ["tentative"] * 7
    assert [row.begun_at is not None for row in rows] == [True] + [False] * 7
    assert rows[0].begun_at.isoformat() == "2022-12-18T16:00:00+00:00"
    assert len(revisions) == 8


async def test_initialise_adds_an_operations_operator_whose_seed_is_kept_sealed(
    database: Database, clock: HeldClock, keys: Keys
) -> None:
    seed = await initialise(database, clock, keys, "ops1", "Operations One")

    assert pyotp.TOTP(seed).now()
    assert await operators.find(database, "ops1") == Operator("ops1", "Operations One", Role.OPERATIONS)
    async with database.reading() as connection:
        sealed = (await connection.execute(select(col(OperatorRow.totp_sealed)))).scalar_one()
        actions = (
            await connection.execute(select(col(AuditEvent.action)).order_by(col(AuditEvent.event_id)))
        ).scalars().all()  # fmt: skip
    assert seed.encode() not in bytes(sealed)
    assert keys.unseal(bytes(sealed)) == f"ops1:{seed}"
    assert actions == ["milestone.begun", "operator.added"]


async def test_initialise_twice_is_refused_and_changes_nothing(
    database: Database, clock: HeldClock, keys: Keys
) -> None:
    await initialise(database, clock, keys, "ops1", "Operations One")
    with pytest.raises(NotNow):
        await initialise(database, clock, keys, "ops2", "Operations Two")
    with pytest.raises(NotFound):
        await operators.find(database, "ops2")


async def test_a_disabled_or_unknown_operator_is_not_found(database: Database, roster: Roster) -> None:
    await roster.operator("gone", Role.HELPDESK)
    async with database.writing() as connection:
        await connection.execute(OperatorRow.__table__.update().values(disabled_at=START))
    for operator_id in ("gone", "never", "' OR 1=1 --"):
        with pytest.raises(NotFound):
            await operators.find(database, operator_id)
