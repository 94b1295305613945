"""The board's figures: those of the tables, within one's scope, and the same from the audit events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import event

from ccms_tui.demo.cast import START
from ccms_tui.demo.roster import build_roster
from store.board import OVERDUE, figures_of
from store.contacts import Contact
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.rules.goals import Goal
from store.rules.progress import Action, Step, actions
from store.rules.standing import Party
from store.seed import plant
from store.setup import initialise
from store.tables import MAILS
from store.views import Kind, MailState, Phase, Role, Standing
from tests.conftest import DeskOf, HeldClock, Roster


@pytest.fixture
async def world(roster: Roster, clock: HeldClock, keys: Keys, desk_of: DeskOf) -> Desk:
    """Two participants: of one, some wait for this and that; the other has one user, who is proven."""
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    now = clock.now()
    await roster.participant("P1")
    await roster.participant("P2", waiver="alone")
    await roster.user("P1", pending="a@p1.example")
    await roster.user("P1", pending="b@p1.example", code_expires_at=now + timedelta(hours=1))
    await roster.user("P1", pending="c@p1.example", code_expires_at=now - timedelta(hours=1))
    await roster.user("P1", kind=Kind.DA_MAKER)
    done = {"password_set_at": now, "enrolled_at": now, "proven_at": now, "verified_at": now}
    await roster.user("P2", active="d@p2.example", locked=True, **done)
    return desk_of(Role.OPERATIONS)


async def test_each_participants_users_are_counted_by_kind_and_standing(world: Desk) -> None:
    figures = await world.board.read()
    first, second = figures.firms
    assert figures.phase is Phase.USER_REGISTRATION
    assert first.counted == {
        (Kind.USER, Standing.UNVERIFIED): 2,
        (Kind.USER, Standing.CODE_EXPIRED): 1,
        (Kind.DA_MAKER, Standing.NO_EMAIL): 1,
    }
    assert first.uncoded == 1, "one of the unverified was never sent a code"
    assert (second.reached(Goal.PROVEN), second.locked, second.working) == (1, 1, frozenset())
    assert (figures.users, figures.ready) == (5, 0)


async def test_das_who_were_never_sent_a_code_are_told_apart(world: Desk, roster: Roster) -> None:
    """The first code to a DA is the helpdesk's to send, not a maker's."""
    await roster.user("P1", kind=Kind.DA_MAKER, pending="m@p1.example")
    first, _second = (await world.board.read()).firms
    assert (first.uncoded, first.uncoded_das) == (2, 1)
    found = actions(first, Goal.VERIFIED, das_open=True)
    assert {Action(Step.SEND, 1, Party.MAKER), Action(Step.SEND, 1, Party.HELPDESK)} < set(found)


async def test_a_maker_sees_the_figures_of_their_own_participant_only(world: Desk, desk_of: DeskOf) -> None:
    figures = await desk_of(Role.DA_MAKER, "P2").board.read()
    assert [firm.participant_id for firm in figures.firms] == ["P2"]
    assert figures.users == 1


async def test_mail_that_is_due_for_long_is_overdue(
    world: Desk, roster: Roster, clock: HeldClock, desk_of: DeskOf
) -> None:
    await world.verifications.resend("P1U00001")
    fresh = await world.board.read()
    clock.advance(OVERDUE + timedelta(seconds=1))
    late = await world.board.read()
    assert fresh.mail is not None
    assert late.mail is not None
    assert (fresh.mail.waiting, fresh.mail.overdue, late.mail.overdue) == (1, 0, 1)
    async with roster.database.writing() as connection:
        await connection.execute(MAILS.update().values(state=MailState.ACCEPTED.value))
    sent = await world.board.read()
    assert sent.mail is not None
    assert (sent.mail.waiting, sent.mail.overdue, sent.mail.states[MailState.ACCEPTED]) == (0, 0, 1)
    others = await desk_of(Role.DA_CHECKER, "P2").board.read()
    assert others.mail is not None
    assert sum(others.mail.states.values()) == 0


async def test_calls_are_counted_for_those_who_may_see_them(world: Desk, desk_of: DeskOf) -> None:
    await desk_of(Role.HELPDESK).verifications.resend("P1U00001", question="no code came")
    load = (await world.board.read()).hotline
    assert load is not None
    assert load.today == 1
    assert (await desk_of(Role.DA_MAKER, "P1").board.read()).hotline is None


@asynccontextmanager
async def statements(database: Database) -> AsyncIterator[list[str]]:
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        told.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    yield told
    event.remove(engine, "before_cursor_execute", note)


async def test_the_board_asks_few_questions_however_many_participants_there_are(
    world: Desk, roster: Roster, database: Database
) -> None:
    async with statements(database) as before:
        await world.board.read()
    for number in range(20):
        await roster.user(await roster.participant(f"Q{number}"))
    async with statements(database) as after:
        await world.board.read()
    assert len(after) == len(before) <= 14


async def test_whom_to_ring_is_the_first_maker_and_checker_not_suspended_and_the_number_on_file(
    world: Desk, roster: Roster, database: Database
) -> None:
    for name, kind, suspended in (
        ("GONE Away", Kind.DA_MAKER, True),
        ("CHAN First", Kind.DA_MAKER, False),
        ("CHAN Second", Kind.DA_MAKER, False),
        ("LEE Checks", Kind.DA_CHECKER, False),
    ):
        await roster.user("P2", name, kind=kind, suspended=suspended)
    await roster.participant("P3")
    await world.participants.set_phone("P2", "2979 7222")
    async with statements(database) as asked:
        found = await world.board.contacts()
    assert len([each for each in asked if "participant" in each]) == 1, "one query for all of them"
    assert found["P2"] == Contact("CHAN First", "LEE Checks", "+852 2979 7222")
    assert found["P3"] == Contact(None, None, None)
    assert found["P1"].checker is None


@pytest.fixture
async def demo(database: Database, clock: HeldClock, keys: Keys, desk_of: DeskOf) -> Desk:
    """The demo's world, as it stands when it begins."""
    clock.moment = START - timedelta(days=52)
    await initialise(database, clock, keys, "ops.yeung", "Yeung Ka Wai")
    await plant(database, keys, build_roster())
    clock.moment = START
    return desk_of(Role.OPERATIONS)


async def test_the_demos_present_is_what_its_past_tells(demo: Desk) -> None:
    live = await demo.board.read()
    rebuilt = figures_of(await demo.moments.at(START))
    assert rebuilt.firms == live.firms
    assert rebuilt.milestones == live.milestones
    assert rebuilt.approvals == live.approvals
    assert (rebuilt.mail, rebuilt.hotline, rebuilt.oldest_approval) == (None, None, None)


async def test_the_demos_users_were_verified_over_weeks(demo: Desk) -> None:
    now = await demo.board.read()
    past = [figures_of(await demo.moments.at(START - timedelta(days=back))) for back in (35, 21, 14, 3)]
    done = [sum(firm.reached(Goal.VERIFIED) for firm in each.firms) for each in (*past, now)]
    assert done == sorted(done)
    assert all(later > earlier for earlier, later in pairwise(done[:-1]))
    assert all(each > 0 for each in done)
