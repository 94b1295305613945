"""Participants and users: looked at, looked up, given addresses and codes."""

from store.desk import Desk
from store.rules.clue_examples import ClueKind
from store.rules.roles import Permission
from store.views import UserQuery
from tests.every_operation.world import NEW_ADDRESS, OTHER, OWN, World, operation


@operation("participants.all", Permission.SEE, targets=False)
async def all_participants(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id for row in await desk.participants.all()}


@operation("participants.get", Permission.SEE)
async def get_participant(desk: Desk, _world: World, participant_id: str) -> None:
    await desk.participants.get(participant_id)


@operation("users.listing", Permission.SEE)
async def list_one(desk: Desk, _world: World, participant_id: str) -> None:
    assert await desk.users.listing(UserQuery(participant_id=participant_id)).count() == 2


@operation("users.listing", Permission.SEE, targets=False)
async def list_all(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id for row in await desk.users.listing(UserQuery()).page(0)}


@operation("users.listing", Permission.SEE, targets=False)
async def search_all(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id for row in await desk.users.listing(UserQuery(search="chan")).page(0)}


@operation("users.ids", Permission.SEE)
async def ids_of_one(desk: Desk, world: World, participant_id: str) -> None:
    ids = await desk.users.ids(UserQuery(participant_id=participant_id))
    assert set(ids) == {world.users[participant_id], world.makers[participant_id]}


@operation("users.ids", Permission.SEE, targets=False)
async def ids_of_all(desk: Desk, world: World, _participant_id: str) -> set[str]:
    ids = await desk.users.ids(UserQuery())
    return {participant_id for participant_id, user_id in world.users.items() if user_id in ids}


@operation("users.lookup", Permission.SEE, targets=False)
async def look_up(desk: Desk, world: World, participant_id: str) -> set[str]:
    rows = [
        *(await desk.users.lookup(world.users[participant_id])).rows,
        *(await desk.users.lookup("@example.com")).rows,
    ]
    return {row.participant_id for row in rows}


@operation("users.clue_examples", Permission.SEE, targets=False)
async def examples_of_clues(desk: Desk, world: World, participant_id: str) -> set[str]:
    user_id = (await desk.users.clue_examples())[ClueKind.USER_ID]
    of_one = {participant_id for participant_id in (OWN, OTHER) if user_id.startswith(participant_id)}
    return of_one if desk.actor.participant_id else {OWN, OTHER}  # one user's, whoever that is


@operation("users.card", Permission.SEE)
async def card(desk: Desk, world: World, participant_id: str) -> None:
    await desk.users.card(world.users[participant_id])


@operation("registrations.check", Permission.EDIT_USER_EMAIL, Permission.EDIT_DA_EMAIL)
async def check_address(desk: Desk, world: World, participant_id: str) -> None:
    await desk.registrations.check(world.users[participant_id], NEW_ADDRESS)


@operation("registrations.edit_email", Permission.EDIT_USER_EMAIL)
async def edit_user(desk: Desk, world: World, participant_id: str) -> None:
    user_id = world.users[participant_id]
    version = (await world.operations.users.card(user_id)).version
    assert (await desk.registrations.edit_email(user_id, NEW_ADDRESS, version=version)).applied


@operation("registrations.edit_email", Permission.EDIT_DA_EMAIL)
async def edit_administrator(desk: Desk, world: World, participant_id: str) -> None:
    assert (await desk.registrations.edit_email(world.makers[participant_id], NEW_ADDRESS, version=1)).applied


@operation("verifications.resend", Permission.RESEND)
async def resend(desk: Desk, world: World, participant_id: str) -> None:
    await desk.verifications.resend(world.users[participant_id], question="My code never came.")


@operation("verifications.preview", Permission.RESEND, targets=False)
async def preview(desk: Desk, world: World, _participant_id: str) -> set[str]:
    shown = await desk.verifications.preview(world.users.values())
    return {participant_id for participant_id, user_id in world.users.items() if user_id in shown.user_ids}


@operation("verifications.enter_code", Permission.ENTER_CODE)
async def enter_code(desk: Desk, world: World, participant_id: str) -> None:
    await desk.verifications.enter_code(world.users[participant_id], await world.code(participant_id))
