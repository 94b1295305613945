"""Free text that people typed stays out of the chain: only a digest of it is in there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from store.clock import Clock
from store.context import Context
from store.database import Database
from store.keys import Keys
from store.rules.personal import FREE_TEXT, WORDED, split_facts
from store.setup import initialise
from store.tables import EVENTS
from store.views import Operator, Role, UserQuery
from tests.conftest import DeskOf, Roster

TYPED = "not ann.private@mail.example but the other one"
CLERK = Operator("clerk", "the clerk", Role.HELPDESK)

KEYS = st.sampled_from([*sorted(FREE_TEXT), "email", "old_email", "user_name", "version", "origin"])
FACTS = st.dictionaries(KEYS, st.integers())


@given(st.sampled_from([*sorted(WORDED), "user.unlocked", "address.rejected"]), FACTS)
def test_every_fact_is_either_plain_or_personal(action: str, facts: dict[str, object]) -> None:
    plain, personal = split_facts(action, facts)
    assert plain | personal == facts
    assert not plain.keys() & personal.keys()
    assert not {"email", "old_email", "user_name", "tried", "question", "identity"} & plain.keys()
    assert ("reason" in plain) == ("reason" in facts and action in WORDED)


async def kept(database: Database) -> dict[str, tuple[str, str]]:
    """The newest event of each action: its plain and its personal facts."""
    query = select(EVENTS.c.action, EVENTS.c.facts, EVENTS.c.personal).order_by(EVENTS.c.event_id)
    async with database.reading() as connection:
        return {row.action: (row.facts, row.personal or "") for row in await connection.execute(query)}


@pytest.fixture
async def house(roster: Roster, database: Database, clock: Clock, keys: Keys) -> str:
    """A participant with a waiver and a user who has an address."""
    await initialise(database, clock, keys, "ops1", "Operations One")
    await roster.participant("CP1", waiver="sole proprietor")
    return await roster.user("CP1", pending="ann@cp1.example")


async def test_no_reason_is_a_plain_fact(house: str, desk_of: DeskOf, database: Database) -> None:
    operations, maker, checker = (
        desk_of(Role.OPERATIONS), desk_of(Role.DA_MAKER, "CP1"), desk_of(Role.DA_CHECKER, "CP1"),
    )  # fmt: skip
    await operations.participants.withdraw_waiver("CP1", TYPED)
    await operations.operators.add(CLERK)
    await operations.operators.disable("clerk", TYPED)
    await desk_of(Role.HELPDESK).users.reveal(house, TYPED)
    for decide in (checker.proposals.reject, checker.proposals.approve):
        version = (await maker.users.card(house)).version
        await maker.registrations.edit_email(house, "ann@new.example", version=version, reason=TYPED)
        await decide({row.proposal_id: row.digest for row in await checker.proposals.waiting()}, TYPED)
    events = await kept(database)
    for action in (
        "waiver.withdrawn", "operator.disabled", "address.revealed", "address.proposed", "address.rejected",
        "address.approved",
    ):  # fmt: skip
        plain, personal = events[action]
        assert TYPED in personal, action
        assert "reason" not in plain, action
    (row,) = await checker.users.listing(UserQuery()).page(0)
    history = (await checker.users.card(row.user_id)).history
    assert {line.facts.get("reason") for line in history if line.action == "address.rejected"} == {TYPED}


async def test_the_few_words_for_a_refused_sign_in_stay_plain(
    database: Database, clock: Clock, keys: Keys
) -> None:
    async with Context(database, clock, keys, CLERK).changing() as change:
        change.record("signin.refused", reason="command", origin="10.1.2.3", tried=TYPED)
    plain, personal = (await kept(database))["signin.refused"]
    assert plain == '{"origin": "10.1.2.3", "reason": "command"}'
    assert TYPED in personal
