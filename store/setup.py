"""The first day: the circular's schedule and the first operations operator."""

from collections.abc import Iterable

import pyotp
from sqlalchemy import func, select

from store import operators
from store.clock import Clock
from store.context import Change, Context
from store.database import Database
from store.errors import NotNow
from store.keys import Keys
from store.rules.logins import check_login
from store.rules.ssh_keys import PublicKey
from store.schedule import MILESTONES
from store.tables import Milestone, MilestoneRevision
from store.views import MilestoneRow, Operator, Role

SYSTEM = Operator("system", "system", Role.OPERATIONS)


async def initialise(
    database: Database,
    clock: Clock,
    keys: Keys,
    operator_id: str,
    name: str,
    *,
    ssh_keys: Iterable[PublicKey] = (),
) -> str:
    """Load the eight milestones and add the first operations operator; the base32 seed of their OTP.

    Raises: BadLogin, NotNow (the database was initialised before), DatabaseFault.
    """
    check_login(operator_id)
    seed = pyotp.random_base32()
    async with Context(database, clock, keys, SYSTEM).changing() as change:
        if (await change.connection.execute(select(func.count()).select_from(Milestone))).scalar_one():
            raise NotNow("database", "initialised")
        await _load_schedule(change)
        operator = Operator(operator_id, name, Role.OPERATIONS)
        operators.add(change, operator, seed)
        await operators.add_keys(change, operator, ssh_keys)
    return seed


async def _load_schedule(change: Change) -> None:
    for position, row in enumerate(MILESTONES):
        change.session.add(_milestone(position, row))
    await change.session.flush()
    for row in MILESTONES:
        change.session.add(
            MilestoneRevision(
                milestone_id=row.milestone_id, window=row.window, earliest=row.earliest, latest=row.latest,
                status=row.status.value, circular=row.circular,
                revised_by=change.context.actor.operator_id, revised_at=change.now,
                change="announced",
            )
        )  # fmt: skip
        if row.begun_at is not None:
            change.record("milestone.begun", milestone_id=row.milestone_id, begun_at=row.begun_at.isoformat())


def _milestone(position: int, row: MilestoneRow) -> Milestone:
    return Milestone(
        milestone_id=row.milestone_id, position=position, title=row.title, window=row.window,
        earliest=row.earliest, latest=row.latest, status=row.status.value, opens=row.opens,
        circular=row.circular, begun_at=row.begun_at, version=row.version,
    )  # fmt: skip
