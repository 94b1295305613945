"""Writers of one SQLite file take turns: nobody is passed over, and nobody who goes away keeps the turn."""

import asyncio
import multiprocessing
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from store import turns
from store.database import Database
from store.errors import DatabaseFault
from store.turns import Turns


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "desk.db-turn")


async def waits(task: "asyncio.Task[Any]") -> bool:
    """Whether the task is still at it after everything that could run has run."""
    for _ in range(20):
        await asyncio.to_thread(lambda: None)
    return not task.done()


async def hold(path: str, order: list[int], number: int) -> None:
    async with Turns(path).turn():
        order.append(number)


async def test_one_at_a_time_holds_the_turn_and_the_next_one_gets_it(path: str) -> None:
    order: list[int] = []
    async with Turns(path).turn():
        next_one = asyncio.create_task(hold(path, order, 1))
        assert await waits(next_one)
        assert order == []
    await next_one
    assert order == [1]


async def test_who_gives_up_waiting_passes_the_turn_on(path: str) -> None:
    order: list[int] = []
    async with Turns(path).turn():
        gives_up = asyncio.create_task(hold(path, order, 1))
        stays = asyncio.create_task(hold(path, order, 2))
        assert await waits(gives_up)
        gives_up.cancel()
        with suppress(asyncio.CancelledError):
            await gives_up
    await stays
    assert order == [2]
    await hold(path, order, 3)


async def test_a_process_that_dies_gives_its_turn_back(path: str) -> None:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def keep() -> None:
        async def forever() -> None:
            async with Turns(path).turn():
                theirs.send("mine")
                await asyncio.Event().wait()

        asyncio.run(forever())

    holder = context.Process(target=keep)
    holder.start()
    await asyncio.to_thread(ours.recv)
    order: list[int] = []
    waiting = asyncio.create_task(hold(path, order, 1))
    assert await waits(waiting)
    holder.kill()
    await waiting
    await asyncio.to_thread(holder.join)
    assert order == [1]


async def test_a_turn_that_does_not_come_is_told_as_a_database_in_use(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(sqlite_url)
    async with AsyncExitStack() as held:
        await held.enter_async_context(Turns(f"{database.where}-turn").turn())
        monkeypatch.setattr(turns, "PATIENCE", 0.01)
        with pytest.raises(DatabaseFault) as fault:
            async with database.writing():
                pytest.fail("it was not our turn")
        assert fault.value.kind == "locked"
    monkeypatch.undo()
    async with database.writing():
        pass
    await database.close()
