"""The past, the board and the cut-over."""

from store.desk import Desk
from store.pictures import live_picture
from store.rules.roles import Permission
from store.rules.roster_file import read_roster, write_rows
from store.views import Kind, Phase
from tests.every_operation.world import World, operation


async def loaded(world: World) -> None:
    """A user of each participant comes with a roster, so that the log tells of both participants."""
    rows = [
        row._replace(user_id=f"{row.user_id}N", participant_name="Other Limited")
        async for row in world.operations.roster.export()
        if row.kind == Kind.USER
    ]
    fresh = [rows[0]._fields, *(row._replace(email="") for row in rows)]
    file = read_roster(write_rows(fresh).encode())
    await world.operations.roster.apply(await world.operations.roster.plan(file))


@operation("moments.at", Permission.SEE, targets=False)
async def picture_then(desk: Desk, world: World, _participant_id: str) -> set[str]:
    await loaded(world)
    picture = await desk.moments.at(world.clock.now())
    assert {person.participant_id for person in picture.people} == set(picture.firms)
    return set(picture.firms)


@operation("moments.roster", Permission.EXPORT, targets=False)
async def roster_then(desk: Desk, world: World, _participant_id: str) -> set[str]:
    await loaded(world)
    return {row.participant_id for row in await desk.moments.roster(world.clock.now())}


@operation("moments.daily", Permission.SEE, targets=False)
async def days_counted(desk: Desk, world: World, _participant_id: str) -> set[str]:
    await loaded(world)
    today = world.clock.now().date()
    (counted,) = await desk.moments.daily(today, today)
    return set(counted.by_participant)


@operation("health.past", Permission.MANAGE_AUDIT, targets=False)
async def compare_with_the_past(desk: Desk, _world: World, _participant_id: str) -> None:
    difference = await desk.health.past()
    assert difference is not None
    assert (difference.what, difference.only_in) == ("participant", "tables")


@operation("health.log", Permission.MANAGE_AUDIT, targets=False)
async def follow_the_log(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.health.log()).ok


@operation("health.seal", Permission.MANAGE_AUDIT, targets=False)
async def open_a_seal(desk: Desk, _world: World, _participant_id: str) -> None:
    assert await desk.health.seal()


@operation("health.ahead", Permission.MANAGE_AUDIT, targets=False)
async def compare_clocks(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.health.ahead()


@operation("status", Permission.SEE, targets=False)
async def status(desk: Desk, world: World, participant_id: str) -> set[str]:
    await world.roster.user(participant_id, locked=True)
    return {participant_id} if (await desk.status()).locked else set()


@operation("change_mark", Permission.SEE, targets=False)
async def change_mark(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.change_mark()


@operation("board.contacts", Permission.READ_ENQUIRIES, targets=False)
async def board_contacts(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    found = await desk.board.contacts()
    assert {contact.maker for contact in found.values()} == {"LEE Maker"}
    return set(found)


@operation("board.read", Permission.SEE, targets=False)
async def read_board(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {firm.participant_id for firm in (await desk.board.read()).firms}


@operation("cutover.simulate", Permission.SEE, targets=False)
async def simulate(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    simulation = await desk.cutover.simulate()
    assert {each.participant_id for each in simulation.locked_out} == {
        firm.participant_id for firm in simulation.firms
    }
    return {firm.participant_id for firm in simulation.firms}


@operation("cutover.simulate", Permission.SEE, targets=False)
async def simulate_a_picture(desk: Desk, world: World, _participant_id: str) -> set[str]:
    async with world.operations._context.reading() as connection:
        picture = await live_picture(world.operations._context, connection)
    simulation = await desk.cutover.simulate(picture=picture)
    return {firm.participant_id for firm in simulation.firms}


@operation("cutover.last", Permission.SEE, targets=False)
async def last_simulation(desk: Desk, world: World, _participant_id: str) -> set[str]:
    await world.operations.cutover.keep(await world.operations.cutover.simulate())
    kept = await desk.cutover.last(Phase.TWO_FACTOR_ONLY)
    assert kept is not None
    return {participant_id for participant_id, _reason in kept.locked_out.values()}


@operation("cutover.keep", Permission.KEEP_SIMULATION, targets=False)
async def keep_simulation(desk: Desk, world: World, _participant_id: str) -> None:
    await desk.cutover.keep(await world.operations.cutover.simulate())
