"""Logins to this desk and their sessions."""

import pyotp

from store.desk import Desk
from store.rules.roles import Permission
from store.tables import OPERATORS
from store.views import Operator, Role
from tests.every_operation.world import World, operation

CLERK = Operator("clerk", "the clerk", Role.HELPDESK)


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDxvJJJSNkQljhV1P2jgtwkGII9jYA5YuftTNlBSykxa clerk@desk"


@operation("operators.listing", Permission.MANAGE_OPERATORS, targets=False)
async def list_operators(desk: Desk, _world: World, _participant_id: str) -> None:
    assert "ops1" in {detail.operator.operator_id for detail in await desk.operators.listing()}


@operation("operators.get", Permission.MANAGE_OPERATORS, targets=False)
async def get_operator(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.operators.get("ops1")).operator.role is Role.OPERATIONS


@operation("operators.add", Permission.MANAGE_OPERATORS, targets=False)
async def add_operator(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.operators.add(CLERK, [KEY])
    assert (await desk.operators.get(CLERK.operator_id)).keys[0].comment == "clerk@desk"


@operation("operators.confirm", Permission.MANAGE_OPERATORS, targets=False)
async def confirm_operator(desk: Desk, world: World, _participant_id: str) -> None:
    seed = pyotp.parse_uri(await world.operations.operators.add(CLERK))
    assert isinstance(seed, pyotp.TOTP)
    await desk.operators.confirm(CLERK.operator_id, seed.at(world.clock.now()))
    assert (await desk.operators.get(CLERK.operator_id)).confirmed


@operation("operators.disable", Permission.MANAGE_OPERATORS, targets=False)
async def disable_operator(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK)
    await desk.operators.disable(CLERK.operator_id, "left the firm")
    assert (await desk.operators.get(CLERK.operator_id)).disabled_at is not None


@operation("operators.enable", Permission.MANAGE_OPERATORS, targets=False)
async def enable_operator(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK)
    await world.operations.operators.disable(CLERK.operator_id, "on leave")
    await desk.operators.enable(CLERK.operator_id)
    assert (await desk.operators.get(CLERK.operator_id)).disabled_at is None


@operation("operators.unlock", Permission.MANAGE_OPERATORS, targets=False)
async def unlock_operator(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK)
    async with world.roster.database.writing() as connection:
        await connection.execute(OPERATORS.update().values(locked=True))
    await desk.operators.unlock(CLERK.operator_id)
    assert not (await desk.operators.get(CLERK.operator_id)).locked


@operation("operators.reset_otp", Permission.MANAGE_OPERATORS, targets=False)
async def reset_otp(desk: Desk, world: World, _participant_id: str) -> None:
    first = await world.operations.operators.add(CLERK)
    assert await desk.operators.reset_otp(CLERK.operator_id) != first


@operation("operators.add_keys", Permission.MANAGE_OPERATORS, targets=False)
async def add_keys(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK)
    await desk.operators.add_keys(CLERK.operator_id, [KEY])
    assert len((await desk.operators.get(CLERK.operator_id)).keys) == 1


@operation("operators.remove_key", Permission.MANAGE_OPERATORS, targets=False)
async def remove_key(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK, [KEY])
    (key,) = (await world.operations.operators.get(CLERK.operator_id)).keys
    await desk.operators.remove_key(CLERK.operator_id, key.fingerprint)
    assert (await desk.operators.get(CLERK.operator_id)).keys == ()


@operation("sessions.prove", Permission.SEE, targets=False)
async def prove(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.sessions.prove("000000")


@operation("sessions.resume", Permission.SEE, targets=False)
async def resume(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.sessions.resume("000000")


@operation("sessions.lock", Permission.SEE, targets=False)
async def lock(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.sessions.lock()


@operation("sessions.end", Permission.SEE, targets=False)
async def end(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.sessions.end("left")
