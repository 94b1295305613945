"""Proposals, reveals and waivers."""

from store.desk import Desk
from store.rules.roles import Permission
from store.views import Operator, Role
from tests.every_operation.world import NEW_ADDRESS, World, operation


async def proposed(world: World, participant_id: str) -> dict[int, str]:
    """A change of the participant's user that waits for a checker: its number and digest."""
    await world.operations.participants.withdraw_waiver(participant_id, "two DAs now")
    maker = Operator("the-maker", "the maker", Role.DA_MAKER, participant_id)
    desk = Desk(world.roster.database, world.clock, world.keys, maker)
    user_id = world.users[participant_id]
    version = (await desk.users.card(user_id)).version
    await desk.registrations.edit_email(user_id, NEW_ADDRESS, version=version)
    return {row.proposal_id: row.digest for row in await desk.proposals.waiting()}


@operation("proposals.waiting", Permission.SEE, targets=False)
async def list_waiting(desk: Desk, world: World, participant_id: str) -> set[str]:
    await proposed(world, participant_id)
    return {row.participant_id for row in await desk.proposals.waiting()}


@operation("proposals.decided", Permission.SEE, targets=False)
async def list_decided(desk: Desk, world: World, participant_id: str) -> set[str]:
    checker = Operator("the-checker", "the checker", Role.DA_CHECKER, participant_id)
    theirs = Desk(world.roster.database, world.clock, world.keys, checker)
    await theirs.proposals.reject(await proposed(world, participant_id), "wrong person")
    return {row.proposal.participant_id for row in await desk.proposals.decided()}


@operation("proposals.news", Permission.SEE, targets=False)
async def hear_news(desk: Desk, world: World, participant_id: str) -> None:
    checker = Operator("the-checker", "the checker", Role.DA_CHECKER, participant_id)
    theirs = Desk(world.roster.database, world.clock, world.keys, checker)
    await theirs.proposals.reject(await proposed(world, participant_id), "wrong person")
    assert (await desk.proposals.news(0))[1] == ()


@operation("proposals.approve", Permission.APPROVE)
async def approve(desk: Desk, world: World, participant_id: str) -> None:
    await desk.proposals.approve(await proposed(world, participant_id))
    assert await world.holders_of(NEW_ADDRESS) == {participant_id}


@operation("proposals.reject", Permission.APPROVE)
async def reject(desk: Desk, world: World, participant_id: str) -> None:
    await desk.proposals.reject(await proposed(world, participant_id), "wrong person")
    assert await world.holders_of(NEW_ADDRESS) == set()


@operation("users.reveal", Permission.REVEAL)
async def reveal(desk: Desk, world: World, participant_id: str) -> None:
    shown = await desk.users.reveal(world.users[participant_id], "The caller reads it out to me.")
    assert shown.pending_email == f"{participant_id}@example.com"


@operation("participants.grant_waiver", Permission.GRANT_WAIVER)
async def grant_waiver(desk: Desk, world: World, participant_id: str) -> None:
    await world.operations.participants.withdraw_waiver(participant_id, "two DAs now")
    await desk.participants.grant_waiver(participant_id, "sole proprietor")
    assert (await world.operations.participants.get(participant_id)).single_da_waiver


@operation("participants.withdraw_waiver", Permission.GRANT_WAIVER)
async def withdraw_waiver(desk: Desk, world: World, participant_id: str) -> None:
    await desk.participants.withdraw_waiver(participant_id, "two DAs now")
    assert not (await world.operations.participants.get(participant_id)).single_da_waiver
