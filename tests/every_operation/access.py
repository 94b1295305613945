"""Why somebody cannot log on, logons, locks."""

from datetime import timedelta

from store.desk import Desk
from store.rules.logon_file import LogonFile, read_logons
from store.rules.roles import Permission
from store.tables import USERS
from tests.every_operation.world import World, operation


@operation("access.explain", Permission.SEE)
async def explain(desk: Desk, world: World, participant_id: str) -> None:
    assert (await desk.access.explain(world.users[participant_id])).participant_id == participant_id


def logons(world: World, participant_id: str) -> LogonFile:
    """One logon of the participant's user, an hour ago."""
    at = (world.clock.now() - timedelta(hours=1)).isoformat()
    rows = f"user_id,method,at,result\n{world.users[participant_id]},smartcard,{at},ok\n"
    return read_logons(rows.encode(), world.clock.now())


@operation("logons.plan", Permission.LOAD_LOGONS, targets=False)
async def plan_logons(desk: Desk, world: World, participant_id: str) -> None:
    assert len((await desk.logons.plan(logons(world, participant_id))).new) == 1


@operation("logons.apply", Permission.LOAD_LOGONS, targets=False)
async def apply_logons(desk: Desk, world: World, participant_id: str) -> None:
    await desk.logons.apply(await world.operations.logons.plan(logons(world, participant_id)))
    assert (await world.operations.users.card(world.users[participant_id])).smartcard_logon_at


async def lock_out(world: World, user_id: str) -> None:
    """Lock a user who has chosen a password."""
    async with world.roster.database.writing() as connection:
        locked = {"locked": True, "password_set_at": world.clock.now()}
        await connection.execute(USERS.update().where(USERS.c.user_id == user_id).values(locked))


@operation("credentials.unlock", Permission.UNLOCK_USER)
async def unlock_user(desk: Desk, world: World, participant_id: str) -> None:
    await lock_out(world, world.users[participant_id])
    await desk.credentials.unlock(world.users[participant_id], "called back on the number we know")


@operation("credentials.unlock", Permission.UNLOCK_DA)
async def unlock_administrator(desk: Desk, world: World, participant_id: str) -> None:
    await lock_out(world, world.makers[participant_id])
    await desk.credentials.unlock(world.makers[participant_id], "called back on the number we know")


@operation("credentials.start_over", Permission.UNLOCK_USER)
async def start_user_over(desk: Desk, world: World, participant_id: str) -> None:
    await lock_out(world, world.users[participant_id])
    await desk.credentials.start_over(world.users[participant_id], "a new phone")


@operation("credentials.start_over", Permission.UNLOCK_DA)
async def start_administrator_over(desk: Desk, world: World, participant_id: str) -> None:
    await lock_out(world, world.makers[participant_id])
    await desk.credentials.start_over(world.makers[participant_id], "a new phone")
