"""The next step of a user is one and the same in every list, on the cards and in the explanation."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import event

from ccms_tui.commands_ask import _match
from screens import explain_words
from screens.answer_text import answer_text
from screens.next_step_words import REMEDIES, WHO, next_step_words
from screens.sentences import MEANINGS
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.rules.access import Programme
from store.rules.explain import Facts, Reason, Who, leading, obstacles
from store.rules.goals import Goal
from store.rules.next_step import next_step, step_of
from store.rules.progress import FirmProgress, actions
from store.setup import initialise
from store.views import Kind, MailState, Phase, Role, Standing, UserQuery, UserRow
from tests.conftest import DeskOf, HeldClock, Roster
from tests.test_explain import (
    ALONE,
    BEGUN,
    DAY,
    ENROLLED,
    NO_CHECKER,
    NO_DA,
    NO_MAKER,
    PROPOSED,
    SET,
    VERIFIED,
    WHOLE,
    Case,
    Code,
    add_user,
    begin,
    build,
    set_clock,
)

_: Any = None
"""What a case says that nothing here looks at."""
FIRMS = (WHOLE, NO_MAKER, NO_CHECKER, NO_DA, ALONE)
FAR: tuple[dict[str, Any], ...] = (
    {}, PROPOSED, {"pending": "x@bank.example"}, {"pending": "x@bank.example", "undeliverable": True},
    VERIFIED, SET, ENROLLED, {**ENROLLED, "undeliverable": True}, {**ENROLLED, "proven_at": -DAY},
    {**ENROLLED, "pending": "x@bank.example"}, {**ENROLLED, "smartcard_serial": "SC1"},
)  # fmt: skip
FLAGS: tuple[dict[str, Any], ...] = ({}, {"locked": True}, {"suspended": True})
CODES = (None, *(Code(state) for state in MailState), Code(tries=5), Code(life=-DAY))


@pytest.fixture
async def many(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> list[str]:
    """The users of the explanations, and many more of every make."""
    await initialise(database, clock, keys, "ops1", "Operations One")
    made = list((await build(roster)).values())
    makes = list(product(FIRMS, Kind, FAR, FLAGS, CODES))
    for firm, kind, far, flags, code in random.Random(5).sample(makes, 60):
        sent = code if "pending" in far else None
        made.append(
            await add_user(roster, Case(Reason.NO_OTP, _, Who.USER, "", far | flags, sent, firm, kind))
        )
    for user_id in made[-20:]:
        await set_clock(database, clock, user_id, 600)
    return made


async def listed(desk: Desk) -> dict[str, UserRow]:
    listing = desk.users.listing(UserQuery())
    pages = range(-(-await listing.count() // listing.PAGE))
    return {row.user_id: row for number in pages for row in await listing.page(number)}


@pytest.mark.parametrize("begun", [("user-email",), BEGUN, (*BEGUN, "parallel-end")])
async def test_lists_cards_look_up_and_explanation_name_one_next_step(
    begun: tuple[str, ...], many: list[str], database: Database, clock: HeldClock, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset(begun))
    desk = desk_of(Role.HELPDESK)
    rows = await listed(desk)
    assert set(many) <= set(rows)
    for user_id in many:
        found, card = await desk.access.explain(user_id), await desk.users.card(user_id)
        step, row = step_of(found), rows[user_id]
        (match,) = [each for each in (await desk.users.lookup(user_id)).rows if each.user_id == user_id]
        assert row.next_step == card.row.next_step == match.next_step == step
        assert step.obstacle == found.leading
        words = next_step_words(step, found.participant_id)
        assert _match(match)["next_step"] == words
        told = answer_text(found, card, clock.now())
        shown = f"{told.helper}: {told.remedy}" if told.helper else told.remedy
        assert f"{shown[:1].upper()}{shown[1:]}" == words
        if (answer := explain_words.answer(found)) is not None:
            assert (answer.who, answer.remedy) == (told.helper, told.remedy)
        assert words.endswith(".")
        assert "{" not in words


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that are executed meanwhile."""
    executed: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        executed.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield executed
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_page_costs_as_many_statements_as_a_single_row(
    many: list[str], database: Database, clock: HeldClock, desk_of: DeskOf
) -> None:
    desk = desk_of(Role.HELPDESK)
    waiting = frozenset({Standing.UNVERIFIED})
    long, short = desk.users.listing(UserQuery()), desk.users.listing(UserQuery(standings=waiting))
    assert await long.count() > 80
    assert await short.count()
    with statements(database) as of_page:
        assert len(await long.page(0)) > 80
    with statements(database) as of_few:
        assert len(await short.page(0)) < 40
    assert len(of_page) == len(of_few)
    with statements(database) as of_lookup:
        assert len((await desk.users.lookup("chan")).rows) == 50
    assert len(of_lookup) < 12


@pytest.fixture
async def firms(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> Roster:
    """The participants of the explanations, with the Delegated Administrators they have."""
    await initialise(database, clock, keys, "ops1", "Operations One")
    await build(roster)
    return roster


async def step_in_list(desk: Desk, roster: Roster, case: Case) -> str:
    """What a list names as the next step of such a user."""
    user_id = await add_user(roster, case)
    row = (await listed(desk))[user_id]
    return next_step_words(row.next_step, row.participant_id)


async def test_after_an_import_nobody_is_said_to_have_been_sent_a_code(
    firms: Roster, desk_of: DeskOf
) -> None:
    imported = Case(Reason.NOT_SENT, _, Who.MAKER, "", {"pending": "x@bank.example"})
    words = await step_in_list(desk_of(Role.OPERATIONS), firms, imported)
    assert words == f"A DA maker of {WHOLE}: Send the first code from the user's card (r)."
    assert "sent" not in MEANINGS[Standing.UNVERIFIED]


async def test_what_waits_for_a_checker_that_there_is_none_of_is_for_operations(
    firms: Roster, desk_of: DeskOf
) -> None:
    waiting = Case(Reason.NO_CHECKER, _, Who.OPERATIONS, "", PROPOSED, participant_id=NO_CHECKER)
    words = await step_in_list(desk_of(Role.HELPDESK), firms, waiting)
    assert words.startswith("Operations of the clearing house: Load a roster with a DA checker")


def test_there_are_words_for_whatever_the_next_step_is() -> None:
    assert set(REMEDIES) == set(Reason) - {Reason.NOT_OPEN}
    assert set(WHO) == set(Who)


PARTIES = {Who.USER: "user", Who.MAKER: "DA maker", Who.CHECKER: "DA checker", Who.OPERATIONS: "operations",
           Who.HELPDESK: "helpdesk", Who.NOBODY: "nobody"}  # fmt: skip


@pytest.mark.parametrize("coded", [True, False])
@pytest.mark.parametrize("das_open", [True, False])
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("standing", Standing)
def test_users_counted_together_have_the_party_of_the_next_step(
    standing: Standing, kind: Kind, das_open: bool, coded: bool
) -> None:
    """Board and report count together those whom lists and cards show one by one."""
    order, is_da = list(Standing), kind.is_delegated_administrator
    uncoded = int(standing is Standing.UNVERIFIED and not coded)
    facts = Facts(
        Programme(Phase.PARALLEL_RUN),
        kind,
        standing,
        code_state=None if uncoded else MailState.ACCEPTED,
        password_set=order.index(standing) >= order.index(Standing.PASSWORD_SET),
        enrolled=standing in (Standing.ENROLLED, Standing.PROVEN),
        da_registration_open=das_open,
    )
    firm = FirmProgress("C1", "Firm", {(kind, standing): 1}, uncoded, uncoded_das=uncoded * is_da)
    found = actions(firm, Goal.PROVEN, das_open=das_open)
    parties = [action.party.value for action in found] or ["nobody"]
    assert parties == [PARTIES[next_step(facts).who]]


def test_a_retry_is_told_of_a_mail_that_was_put_off_alone(clock: HeldClock) -> None:
    retry = clock.now() + timedelta(minutes=5)
    put_off = Facts(
        Programme(Phase.PARALLEL_RUN), standing=Standing.UNVERIFIED, code_state=MailState.DEFERRED
    )
    assert leading(obstacles(put_off)) == next_step(put_off, retry).obstacle
    assert "again at " in next_step_words(next_step(put_off, retry), "C1")
    held = Facts(Programme(Phase.PARALLEL_RUN), standing=Standing.UNVERIFIED, code_state=MailState.HELD)
    assert next_step(held, retry).retry_at is None


@pytest.mark.parametrize(
    ("minutes", "who", "words"),
    [
        (5, Who.NOBODY, "Nobody yet: Wait a minute."),
        (6, Who.OPERATIONS, "Operations of the clearing house: Start 'ccms-tui mail run'"),
    ],
)
def test_a_mail_that_nothing_takes_out_of_the_queue_is_operations(minutes: int, who: Who, words: str) -> None:
    queued = Facts(
        Programme(Phase.PARALLEL_RUN),
        standing=Standing.UNVERIFIED,
        code_state=MailState.QUEUED,
        code_waits=timedelta(minutes=minutes),
    )
    assert next_step(queued).who is who
    assert next_step_words(next_step(queued), "C1").startswith(words)
