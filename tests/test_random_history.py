"""As-of equals a snapshot taken then, at 50 random moments of a random history; on both databases."""

import random
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from store.context import Context
from store.database import Database
from store.keys import Keys
from store.participants import rows_of
from store.pictures import live_picture
from store.rules.picture import Picture
from store.rules.replay import CHANGES
from store.rules.roster_file import RosterRow
from store.status import status_of
from store.tables import EVENTS
from store.views import Operator, Role
from tests.conftest import HeldClock
from tests.random_history import History

OPERATIONS = Operator("operations", "operations", Role.OPERATIONS)
DAY = timedelta(days=1)


async def now_is(history: History) -> Picture:
    """The picture of the present, from the tables."""
    context = Context(history.database, history.clock, history.keys, OPERATIONS)
    async with context.reading() as connection:
        return await live_picture(context, connection)


async def recorded(database: Database) -> set[str]:
    async with database.reading() as connection:
        return set((await connection.execute(select(EVENTS.c.action).distinct())).scalars())


@pytest.mark.parametrize("seed", [1, 2])
async def test_as_of_equals_a_snapshot_taken_then_at_50_moments_of_a_random_history(
    backend: str, database: Database, clock: HeldClock, keys: Keys, seed: int
) -> None:
    random.seed(seed)  # the pauses between two tries of a mail are drawn too
    history = History(database, clock, keys, Random(seed))
    await history.begin()
    steps = 350 if backend == "sqlite" else 100
    moments = history.rng.sample(range(steps), 50)
    snapshots: list[tuple[Picture, list[RosterRow]]] = []
    for step in range(steps):
        await history.step()
        if step in moments:
            roster = [row async for row in history.operations.roster.export()]
            snapshots.append((await now_is(history), roster))
            if len(snapshots) % 10 == 0:
                assert await history.operations.health.past() is None
    clock.advance(3 * DAY)
    for picture, roster in snapshots:
        assert await history.operations.moments.at(picture.as_of) == picture
        assert list(await history.operations.moments.roster(picture.as_of)) == roster
    present = await history.operations.moments.at(clock.now())
    assert present == await now_is(history)
    assert rows_of(present) == await history.operations.participants.all()
    unknown = {"mail": {}, "only_smartcard": 0}
    assert status_of(present) == replace(await history.operations.status(), **unknown)
    assert (await history.operations.health.log(100)).ok
    if backend == "sqlite":
        done = await recorded(database)
        assert CHANGES - done <= {"milestone.done", "milestone.revised"}
