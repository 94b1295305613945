"""The roster, in and out."""

from store.desk import Desk
from store.rules.roles import Permission
from store.rules.roster_file import read_roster, write_rows
from store.tables import USERS
from tests.every_operation.world import NEW_ADDRESS, World, operation


async def a_file(world: World, participant_id: str) -> bytes:
    """The whole roster, in which a user of one participant, who has no address, gets their first."""
    without = dict.fromkeys(("active_email", "active_canonical", "pending_email", "pending_canonical"))
    this = USERS.c.user_id == world.users[participant_id]
    async with world.roster.database.writing() as connection:
        await connection.execute(USERS.update().where(this).values(without))
    rows = [row async for row in world.operations.roster.export()]
    changed = [
        row._replace(email=NEW_ADDRESS) if row.user_id == world.users[participant_id] else row for row in rows
    ]
    return write_rows([rows[0]._fields, *changed]).encode()


@operation("roster.plan", Permission.LOAD_ROSTER, targets=False)
async def plan(desk: Desk, world: World, participant_id: str) -> set[str]:
    planned = await desk.roster.plan(read_roster(await a_file(world, participant_id)))
    return {participant_id} if planned.changed else set()


@operation("roster.plan_of", Permission.LOAD_ROSTER, targets=False)
async def plan_of_a_list(desk: Desk, world: World, participant_id: str) -> set[str]:
    planned = await desk.roster.plan_of(f"{world.users[participant_id]},{NEW_ADDRESS}".encode())
    return {entry.row.participant_id for entry in planned.file.entries}


@operation("roster.apply", Permission.LOAD_ROSTER, targets=False)
async def apply(desk: Desk, world: World, participant_id: str) -> set[str]:
    file = read_roster(await a_file(world, participant_id))
    await desk.roster.apply(await desk.roster.plan(file), skip_bad=True)
    return await world.holders_of(NEW_ADDRESS)


@operation("roster.unsent", Permission.SEE, targets=False)
async def unsent(desk: Desk, world: World, participant_id: str) -> set[str]:
    file = read_roster(await a_file(world, participant_id))
    await world.operations.roster.apply(await world.operations.roster.plan(file))
    ids = await desk.roster.unsent(file)
    return {participant_id for participant_id, user_id in world.users.items() if user_id in ids}


@operation("roster.export", Permission.EXPORT, targets=False)
async def export(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id async for row in desk.roster.export()}
