"""The past, rebuilt from the audit events: it equals what was there, whoever looks and whatever happened."""

from datetime import timedelta
from random import Random

import pytest

from store.context import Context
from store.database import Database
from store.keys import Keys
from store.pictures import live_picture
from store.rules.picture import Picture
from store.rules.roster_file import RosterRow
from store.views import Operator, Role
from tests.conftest import HeldClock
from tests.random_history import History

OPERATIONS = Operator("operations", "operations", Role.OPERATIONS)


async def now_is(history: History, actor: Operator = OPERATIONS) -> Picture:
    """The picture of the present, from the tables."""
    context = Context(history.database, history.clock, history.keys, actor)
    async with context.reading() as connection:
        return await live_picture(context, connection)


@pytest.mark.parametrize("seed", [1, 2])
async def test_as_of_equals_a_snapshot_taken_then_at_50_moments_of_a_random_history(
    backend: str, database: Database, clock: HeldClock, keys: Keys, seed: int
) -> None:
    history = History(database, clock, keys, Random(seed))
    await history.begin()
    steps, taken = (400, 50) if backend == "sqlite" else (150, 50)
    moments = sorted(history.rng.sample(range(steps), taken))
    snapshots: list[tuple[Picture, list[RosterRow]]] = []
    for step in range(steps):
        await history.step()
        if step in moments:
            roster = [row async for row in history.operations.roster.export()]
            snapshots.append((await now_is(history), roster))
            assert await history.operations.health.past() is None
    clock.advance(timedelta(days=3))
    for picture, roster in snapshots:
        rebuilt = await history.operations.moments.at(picture.as_of)
        assert rebuilt == picture
        assert list(await history.operations.moments.roster(picture.as_of)) == roster
    assert await history.operations.moments.at(clock.now()) == await now_is(history)
    assert await history.operations.health.past() is None
    assert (await history.operations.health.log(100)).ok
