"""Managing the logins: what it ends, what it voids, and that nobody waits for another for ever."""

import asyncio
import base64
import json
import secrets

import pytest
from sqlalchemy import select

from store import setup
from store.database import Database
from store.desk import Desk
from store.errors import SessionOver
from store.keys import Keys
from store.rules.roster_file import COLUMNS, read_roster, write_rows
from store.rules.ssh_keys import parse_key
from store.tables import EVENTS, OPERATOR_SESSIONS, PROPOSALS
from store.views import Operator, Role, Session, Standing
from tests.conftest import DeskOf, HeldClock, Roster

ROUNDS = 15


@pytest.fixture(autouse=True)
async def schedule(database: Database, clock: HeldClock, keys: Keys) -> None:
    await setup.initialise(database, clock, keys, "ops-1", "Operations One")


@pytest.fixture
def operations(desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS)


def fresh_key() -> str:
    """A public key that nobody has."""
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + secrets.token_bytes(32)
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} laptop"


async def test_keys_given_to_two_operations_people_at_once_are_all_taken(
    operations: Desk, roster: Roster
) -> None:
    await roster.operator("ops-2", Role.OPERATIONS)

    async def give(operator_id: str) -> None:
        for _round in range(ROUNDS):
            await operations.operators.add_keys(operator_id, [fresh_key()])

    await asyncio.gather(give("ops-1"), give("ops-2"))
    held = {each.operator.operator_id: len(each.keys) for each in await operations.operators.listing()}
    assert held == {"ops-1": ROUNDS, "ops-2": ROUNDS}


async def test_a_waiver_and_a_roster_that_renames_the_participant_never_block_each_other_for_good(
    operations: Desk, roster: Roster
) -> None:
    await roster.participant("CP1", "CP1 Securities")
    await roster.user("CP1", user_id="U1", user_name="Name of U1")

    async def rename() -> None:
        for number in range(ROUNDS):
            row = ["CP1", f"Name {number}", "U1", "Name of U1", "user", "", "", ""]
            plan = await operations.roster.plan(read_roster(write_rows([COLUMNS, row]).encode()))
            await operations.roster.apply(plan)

    async def waive() -> None:
        for _round in range(ROUNDS):
            await operations.participants.grant_waiver("CP1", "sole proprietor")
            await operations.participants.withdraw_waiver("CP1", "a second administrator")

    await asyncio.gather(rename(), waive())
    assert (await operations.participants.get("CP1")).name == f"Name {ROUNDS - 1}"


async def test_who_loses_a_key_is_signed_out_and_nobody_else(
    operations: Desk, database: Database, roster: Roster, clock: HeldClock, keys: Keys
) -> None:
    """The session may have come in with a stolen key; which key it was is not kept."""
    desks = {}
    for login in ("ops-2", "ops-3"):
        await roster.operator(login, Role.OPERATIONS)
        row = {"session_id": login, "operator_id": login, "origin": "10.1.2.3", "began_at": clock.now(),
               "proved_at": clock.now()}  # fmt: skip
        async with database.writing() as connection:
            await connection.execute(OPERATOR_SESSIONS.insert(), [row])
        actor = Operator(login, login, Role.OPERATIONS)
        desks[login] = Desk(database, clock, keys, actor, Session(login, "10.1.2.3", clock.now()))
    stolen = fresh_key()
    await operations.operators.add_keys("ops-2", [stolen, fresh_key()])
    for desk in desks.values():
        await desk.schedule.milestones()

    await operations.operators.remove_key("ops-2", parse_key(stolen).fingerprint)
    with pytest.raises(SessionOver):
        await desks["ops-2"].schedule.milestones()
    await desks["ops-3"].schedule.milestones()
    async with database.reading() as connection:
        ended = select(OPERATOR_SESSIONS.c.session_id, OPERATOR_SESSIONS.c.end_reason)
        rows = {tuple(row) for row in await connection.execute(ended)}
    assert rows == {("ops-2", "key-removed"), ("ops-3", None)}


async def test_what_a_disabled_maker_proposed_is_void_and_the_users_have_their_standing_back(
    operations: Desk, desk_of: DeskOf, database: Database, roster: Roster
) -> None:
    await roster.participant("CP1")
    users = [await roster.user("CP1") for _ in range(3)]
    for user_id, login in zip(users, ("mia", "mia", "max"), strict=True):
        maker = desk_of(Role.DA_MAKER, "CP1", login)
        await maker.registrations.edit_email(user_id, f"{user_id}@example.com", version=1)
    await roster.operator("mia", Role.DA_MAKER, "CP1")
    await operations.operators.disable("mia", "left the firm")

    checker = desk_of(Role.DA_CHECKER, "CP1")
    assert [row.user_id for row in await checker.proposals.waiting()] == [users[2]]
    standings = [(await operations.users.card(user_id)).row.standing for user_id in users]
    assert standings == [Standing.NO_EMAIL, Standing.NO_EMAIL, Standing.AWAITING_APPROVAL]
    async with database.reading() as connection:
        states = (
            await connection.execute(select(PROPOSALS.c.state).order_by(PROPOSALS.c.proposal_id))
        ).scalars()
        voided = select(EVENTS.c.operator_id, EVENTS.c.participant_id, EVENTS.c.facts)
        events = (await connection.execute(voided.where(EVENTS.c.action == "proposal.voided"))).all()
    assert list(states) == ["voided", "voided", "open"]
    assert [(who, where, json.loads(facts)["why"]) for who, where, facts in events] == [
        (operations.actor.operator_id, "CP1", "disabled")
    ] * 2
