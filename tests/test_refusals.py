"""What is refused leaves its trace in the log of whom it was refused, and tells them nothing by it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from store.audit_rows import facts_of
from store.clock import Clock
from store.database import Database
from store.desk import Desk
from store.errors import NotAllowed, NotFound, NotNow, OwnProposal, Voided
from store.keys import Keys
from store.rules.logon_file import read_logons
from store.rules.roster_file import COLUMNS, read_roster, write_rows
from store.setup import initialise
from store.tables import EVENTS
from store.views import Operator, Role, UserQuery
from tests.conftest import DeskOf, HeldClock, Roster

APPROVE = "approve or reject a change"


@pytest.fixture
async def users(roster: Roster, database: Database, clock: Clock, keys: Keys) -> dict[str, str]:
    """Two participants of one user each."""
    await initialise(database, clock, keys, "ops1", "Operations One")
    for participant_id in ("CP1", "CP2"):
        await roster.participant(participant_id)
    return {each: await roster.user(each, pending=f"ann@{each.lower()}.example") for each in ("CP1", "CP2")}


async def traces(database: Database) -> list[tuple[str | None, dict[str, Any]]]:
    """The participant and the facts of each refusal in the log."""
    columns = (EVENTS.c.participant_id, EVENTS.c.facts, EVENTS.c.personal)
    query = select(*columns).where(EVENTS.c.action == "refused").order_by(EVENTS.c.event_id)
    async with database.reading() as connection:
        return [
            (row.participant_id, facts_of(row.facts, row.personal)) for row in await connection.execute(query)
        ]


async def test_what_is_somebody_elses_and_what_is_nobodys_leave_the_same_trace(
    users: dict[str, str], desk_of: DeskOf, database: Database
) -> None:
    maker = desk_of(Role.DA_MAKER, "CP1")
    for user_id in (users["CP2"], "NOBODY"):
        with pytest.raises(NotFound) as error:
            await maker.users.card(user_id)
        assert str(error.value) == f"no user {user_id}"
        with pytest.raises(NotFound):
            await maker.registrations.edit_email(user_id, "x@mail.example", version=1)
    for participant_id in ("CP2", "NONE"):
        with pytest.raises(NotFound):
            await maker.users.listing(UserQuery(participant_id=participant_id)).count()
    assert await traces(database) == [
        ("CP1", {"what": what, "identity": identity})
        for what, identity in (
            ("user", users["CP2"]), ("user", "NOBODY"), ("participant", "CP2"), ("participant", "NONE"),
        )
    ]  # fmt: skip


async def test_asking_again_for_what_there_is_not_leaves_one_trace_a_minute(
    users: dict[str, str], desk_of: DeskOf, database: Database, clock: HeldClock
) -> None:
    maker = desk_of(Role.DA_MAKER, "CP1")
    for seen in (1, 1, 2):
        with pytest.raises(NotFound):
            await maker.users.card(users["CP2"])
        assert len(await traces(database)) == seen
        if seen == 1:
            clock.advance(timedelta(seconds=30))
    with pytest.raises(NotFound):
        await desk_of(Role.OPERATIONS).users.card("NOBODY")
    assert len(await traces(database)) == 2


async def proposed(desk: Desk, user_id: str) -> dict[int, str]:
    version = (await desk.users.card(user_id)).version
    await desk.registrations.edit_email(user_id, "new@cp1.example", version=version)
    return {row.proposal_id: row.digest for row in await desk.proposals.waiting()}


async def test_who_decides_on_their_own_or_on_what_was_not_shown_leaves_a_trace(
    users: dict[str, str], database: Database, clock: Clock, keys: Keys
) -> None:
    def desk(operator_id: str, role: Role) -> Desk:
        return Desk(database, clock, keys, Operator(operator_id, operator_id, role, "CP1"))

    shown = await proposed(desk("mia", Role.DA_MAKER), users["CP1"])
    with pytest.raises(OwnProposal):
        await desk("mia", Role.DA_CHECKER).proposals.approve(shown)
    with pytest.raises(Voided):
        await desk("chris", Role.DA_CHECKER).proposals.reject(dict.fromkeys(shown, "0" * 64), "no")
    (number,) = shown
    assert await traces(database) == [
        ("CP1", {"permission": APPROVE, "why": "own"}),
        ("CP1", {"permission": APPROVE, "why": "changed", "proposal_id": number}),
    ]


async def test_who_may_not_is_told_so_and_recorded_before_what_they_brought_is_looked_at(
    users: dict[str, str], desk_of: DeskOf, database: Database, clock: Clock
) -> None:
    helpdesk, operations = desk_of(Role.HELPDESK), desk_of(Role.OPERATIONS)
    roster = await operations.roster.plan(read_roster(write_rows([COLUMNS, ["CP1"] * len(COLUMNS)]).encode()))
    logons = await operations.logons.plan(read_logons(b"user_id,method,at,result\nX,2fa,x,ok\n", clock.now()))
    with pytest.raises(NotNow):
        await operations.roster.apply(roster)
    for refused in (
        helpdesk.roster.apply(roster),
        helpdesk.logons.apply(logons),
        helpdesk.operators.add(Operator("x", "x", Role.HELPDESK), ["no key"]),
        helpdesk.operators.add_keys("ops1", ["no key"]),
        helpdesk.operators.listing(),
        helpdesk.mailbox.hold(1),
    ):
        before = len(await traces(database))
        with pytest.raises(NotAllowed):
            await refused
        assert len(await traces(database)) == before + 1
