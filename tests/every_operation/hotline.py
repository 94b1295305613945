"""Calls and callers."""

from datetime import timedelta

from store.desk import Desk
from store.enquiry_views import Ending, Outcome
from store.rules.roles import Permission
from store.tables import USERS
from store.views import Operator, Role
from tests.every_operation.world import World, operation

AGENT = Operator("the-agent", "the agent", Role.HELPDESK)


def agent(world: World) -> Desk:
    """The desk of somebody of the hotline."""
    return Desk(world.roster.database, world.clock, world.keys, AGENT)


async def a_call(world: World, participant_id: str, *, by: Desk | None = None) -> int:
    """A call about the participant's user that is going on."""
    call = await (by or agent(world)).enquiries.begin(world.users[participant_id], question="No code came.")
    return call.enquiry_id


async def a_follow_up(world: World, participant_id: str) -> int:
    """An ended call about the participant's user, in which something was promised."""
    enquiry_id = await a_call(world, participant_id)
    await agent(world).enquiries.finish(enquiry_id, Ending(Outcome.FOLLOW_UP, follow_up="ring them back"))
    return enquiry_id


@operation("enquiries.begin", Permission.WRITE_ENQUIRY)
async def begin_call(desk: Desk, world: World, participant_id: str) -> None:
    assert (await desk.enquiries.begin(world.users[participant_id])).participant_id == participant_id


@operation("enquiries.begin", Permission.WRITE_ENQUIRY, targets=False)
async def begin_call_of_nobody(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.enquiries.begin(question="When does it start?")).participant_id is None


@operation("enquiries.begin", Permission.WRITE_ENQUIRY)
async def begin_call_of_participant(desk: Desk, _world: World, participant_id: str) -> None:
    assert (await desk.enquiries.begin(participant_id=participant_id)).user_id is None


@operation("enquiries.finish", Permission.WRITE_ENQUIRY, targets=False)
async def finish_call(desk: Desk, world: World, participant_id: str) -> None:
    ended = await desk.enquiries.finish(await a_call(world, participant_id), Ending(Outcome.RESOLVED))
    assert ended.outcome is Outcome.RESOLVED


@operation("enquiries.take_back", Permission.WRITE_ENQUIRY, targets=False)
async def take_back_call(desk: Desk, world: World, participant_id: str) -> None:
    mine = desk if desk.allows(Permission.WRITE_ENQUIRY) else None
    await desk.enquiries.take_back(await a_call(world, participant_id, by=mine))
    assert await desk.enquiries.going_on() == ()


@operation("enquiries.going_on", Permission.READ_ENQUIRIES, targets=False)
async def calls_going_on(desk: Desk, world: World, participant_id: str) -> None:
    await a_call(world, participant_id)
    assert await desk.enquiries.going_on() == ()  # another agent's


@operation("enquiries.get", Permission.READ_ENQUIRIES, targets=False)
async def get_call(desk: Desk, world: World, participant_id: str) -> None:
    assert (await desk.enquiries.get(await a_call(world, participant_id))).participant_id == participant_id


@operation("enquiries.current", Permission.READ_ENQUIRIES, targets=False)
async def current_call(desk: Desk, world: World, participant_id: str) -> None:
    await a_call(world, participant_id)
    assert await desk.enquiries.current(world.users[participant_id]) is None  # another agent's


@operation("enquiries.listing", Permission.READ_ENQUIRIES, targets=False)
async def list_calls(desk: Desk, world: World, participant_id: str) -> set[str]:
    await a_call(world, participant_id)
    return {row.participant_id for row in await desk.enquiries.listing().page(0) if row.participant_id}


@operation("enquiries.open_follow_ups", Permission.READ_ENQUIRIES, targets=False)
async def list_follow_ups(desk: Desk, world: World, participant_id: str) -> set[str]:
    await a_follow_up(world, participant_id)
    return {row.participant_id for row in await desk.enquiries.open_follow_ups() if row.participant_id}


@operation("enquiries.close_follow_up", Permission.WRITE_ENQUIRY, targets=False)
async def close_follow_up(desk: Desk, world: World, participant_id: str) -> None:
    done = await desk.enquiries.close_follow_up(await a_follow_up(world, participant_id), "rang them")
    assert done.follow_up is not None
    assert done.follow_up.done_note == "rang them"


@operation("enquiries.hand_over", Permission.WRITE_ENQUIRY, targets=False)
async def hand_over(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.enquiries.hand_over("The mail relay is slow.")).note == "The mail relay is slow."


@operation("enquiries.newest_hand_over", Permission.READ_ENQUIRIES, targets=False)
async def read_hand_over(desk: Desk, world: World, _participant_id: str) -> None:
    await agent(world).enquiries.hand_over("The mail relay is slow.")
    newest = await desk.enquiries.newest_hand_over()
    assert newest is not None
    assert newest.written_by == AGENT.operator_id


@operation("enquiries.hand_overs", Permission.READ_ENQUIRIES, targets=False)
async def read_hand_overs(desk: Desk, world: World, _participant_id: str) -> None:
    await agent(world).enquiries.hand_over("The mail relay is slow.")
    assert [note.written_by for note in await desk.enquiries.hand_overs()] == [AGENT.operator_id]


@operation("enquiries.commonest_questions", Permission.READ_ENQUIRIES, targets=False)
async def commonest_questions(desk: Desk, world: World, participant_id: str) -> None:
    await a_call(world, participant_id)
    assert await desk.enquiries.commonest_questions() == ("No code came.",)


@operation("enquiries.statistics", Permission.READ_ENQUIRIES, targets=False)
async def statistics(desk: Desk, world: World, participant_id: str) -> set[str]:
    await a_call(world, participant_id)
    now = world.clock.now()
    counted = await desk.enquiries.statistics(now, now + timedelta(hours=1))
    return {tally.word for tally in counted.by_participant}


@operation("enquiries.load", Permission.READ_ENQUIRIES, targets=False)
async def hotline_load(desk: Desk, world: World, participant_id: str) -> None:
    await a_call(world, participant_id)
    assert (await desk.enquiries.load()).today == 1


@operation("participants.set_phone", Permission.SET_PHONE)
async def set_phone(desk: Desk, _world: World, participant_id: str) -> None:
    assert await desk.participants.set_phone(participant_id, "2979 7222") == "+852 2979 7222"


@operation("callers.number_on_file", Permission.READ_ENQUIRIES, targets=False)
async def number_on_file(desk: Desk, world: World, participant_id: str) -> set[str]:
    await world.operations.participants.set_phone(participant_id, "2979 7222")
    found = await desk.callers.number_on_file(participant_id)
    return {found.participant_id} if found else set()


@operation("callers.ways", Permission.READ_ENQUIRIES, targets=False)
async def ways_to_check(desk: Desk, world: World, participant_id: str) -> None:
    await world.operations.participants.set_phone(participant_id, "2979 7222")
    assert (await desk.callers.ways(world.users[participant_id])).call_back


@operation("callers.called_back", Permission.WRITE_ENQUIRY, targets=False)
async def called_back(desk: Desk, world: World, participant_id: str) -> None:
    await world.operations.participants.set_phone(participant_id, "2979 7222")
    call = await desk.callers.called_back(await a_call(world, participant_id), reached=True)
    assert call.caller.verified(world.clock.now())


async def with_code(desk: Desk, world: World, participant_id: str) -> int:
    """The operator's own call, about a user whose address is verified, with a caller check code sent."""
    this = USERS.c.user_id == world.users[participant_id]
    verified = {"active_email": "ann@example.com", "active_canonical": "ann@example.com"}
    async with world.roster.database.writing() as connection:
        await connection.execute(USERS.update().where(this).values(verified))
    enquiry_id = await a_call(world, participant_id, by=desk)
    await desk.callers.send_code(enquiry_id)
    return enquiry_id


@operation("callers.send_code", Permission.WRITE_ENQUIRY)
async def send_check_code(desk: Desk, world: World, participant_id: str) -> None:
    await with_code(desk, world, participant_id)


@operation("callers.enter_code", Permission.WRITE_ENQUIRY)
async def enter_check_code(desk: Desk, world: World, participant_id: str) -> None:
    enquiry_id = await with_code(desk, world, participant_id)
    call = await desk.callers.enter_code(enquiry_id, await world.code(participant_id))
    assert call.caller.verified(world.clock.now())
