"""The caller check at the desk: a call back to the number on file, or a code to the verified address."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from screens.sentences import explain_error
from store.audit_views import EventQuery
from store.database import Database
from store.desk import Desk
from store.enquiry_views import CheckCodeSent, Ending, Outcome
from store.errors import BadPhone, CheckRefused, NotFound, NotNow, TooSoon
from store.keys import Keys
from store.outbox import Outbox
from store.rules.caller_check import GOOD_FOR, CheckMethod, Deed
from store.tables import CALLER_CODES, EVENTS, MAILS, USERS
from store.views import MailKind, Role
from tests.conftest import DeskOf, HeldClock, Roster


@pytest.fixture
async def user_id(roster: Roster) -> str:
    await roster.participant("CP1")
    return await roster.user("CP1", active="ming@harbour.hk", language="zh-Hant")


@pytest.fixture
def helpdesk(desk_of: DeskOf) -> Desk:
    return desk_of(Role.HELPDESK, operator_id="amy")


@pytest.fixture
async def enquiry_id(helpdesk: Desk, user_id: str) -> int:
    return (await helpdesk.enquiries.begin(user_id, question="?")).enquiry_id


@pytest.fixture
def mailed(database: Database, keys: Keys):
    """`await mailed()`: the code of the newest mail."""

    async def newest() -> str:
        query = select(MAILS.c.sealed).order_by(MAILS.c.mail_id.desc()).limit(1)
        async with database.reading() as connection:
            return keys.unseal(bytes((await connection.execute(query)).scalar_one()))

    return newest


def wrong(code: str) -> str:
    return f"{(int(code.replace('-', '')) + 1) % 10**7:07d}"


async def test_a_code_read_out_checks_the_caller_of_this_call(
    helpdesk: Desk, enquiry_id: int, mailed, clock: HeldClock, database: Database
) -> None:
    sent = await helpdesk.callers.send_code(enquiry_id)
    assert (sent.number, sent.to) == (1, "m***@harbour.hk")
    assert sent.expires_at == clock.now() + timedelta(minutes=10)
    async with database.reading() as connection:
        mail = (await connection.execute(select(MAILS))).one()
    assert (mail.kind, mail.to_email, mail.expires_at) == (
        MailKind.CALLER_CHECK.value, "ming@harbour.hk", sent.expires_at,
    )  # fmt: skip
    call = await helpdesk.callers.enter_code(enquiry_id, f" {await mailed()} ")
    assert call.caller.method is CheckMethod.CODE
    assert Deed.SAY_CAUSE in call.caller.permitted(clock.now())
    clock.advance(GOOD_FOR)
    assert Deed.SAY_CAUSE not in call.caller.permitted(clock.now())


async def test_a_code_works_once_and_only_the_newest_within_ten_minutes(
    helpdesk: Desk, enquiry_id: int, mailed, clock: HeldClock
) -> None:
    with pytest.raises(CheckRefused, match="not-sent"):
        await helpdesk.callers.enter_code(enquiry_id, "1234567")
    await helpdesk.callers.send_code(enquiry_id)
    first = await mailed()
    clock.advance(timedelta(minutes=2))
    assert (await helpdesk.callers.send_code(enquiry_id)).number == 2
    if first != await mailed():
        with pytest.raises(CheckRefused, match="wrong"):
            await helpdesk.callers.enter_code(enquiry_id, first)
    code = await mailed()
    await helpdesk.callers.enter_code(enquiry_id, code)
    with pytest.raises(CheckRefused, match="expired"):
        await helpdesk.callers.enter_code(enquiry_id, code)
    clock.advance(timedelta(minutes=4))
    await helpdesk.callers.send_code(enquiry_id)
    code = await mailed()
    clock.advance(timedelta(minutes=10))
    with pytest.raises(CheckRefused, match="expired"):
        await helpdesk.callers.enter_code(enquiry_id, code)


async def test_three_wrong_tries_spend_a_code_and_what_is_no_code_is_not_counted(
    helpdesk: Desk, enquiry_id: int, mailed
) -> None:
    await helpdesk.callers.send_code(enquiry_id)
    code = await mailed()
    for left in (2, 1, 0):
        with pytest.raises(CheckRefused, match="malformed"):
            await helpdesk.callers.enter_code(enquiry_id, "123456")
        with pytest.raises(CheckRefused) as refused:
            await helpdesk.callers.enter_code(enquiry_id, wrong(code))
        assert (refused.value.reason, refused.value.tries_left) == ("wrong", left)
    with pytest.raises(CheckRefused, match="spent"):
        await helpdesk.callers.enter_code(enquiry_id, code)
    assert not (await helpdesk.enquiries.get(enquiry_id)).caller.verified_at


async def test_a_code_is_bound_to_its_call_and_its_agent(
    helpdesk: Desk, enquiry_id: int, mailed, desk_of: DeskOf, user_id: str
) -> None:
    await helpdesk.callers.send_code(enquiry_id)
    code = await mailed()
    colleague = desk_of(Role.HELPDESK, operator_id="ben")
    other = (await colleague.enquiries.begin(user_id)).enquiry_id
    with pytest.raises(CheckRefused, match="not-sent"):
        await colleague.callers.enter_code(other, code)
    with pytest.raises(NotNow) as refused:
        await colleague.callers.enter_code(enquiry_id, code)
    assert refused.value.why == "not your call"
    await helpdesk.callers.enter_code(enquiry_id, code)


async def test_of_many_who_enter_a_code_at_once_one_uses_it_up(
    helpdesk: Desk, enquiry_id: int, mailed, database: Database
) -> None:
    await helpdesk.callers.send_code(enquiry_id)
    code = await mailed()
    came = await asyncio.gather(
        *(helpdesk.callers.enter_code(enquiry_id, code) for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(each, BaseException) for each in came) == 1
    assert all(isinstance(each, CheckRefused) for each in came if isinstance(each, BaseException))
    query = select(EVENTS.c.action).where(EVENTS.c.action == "caller.verified")
    async with database.reading() as connection:
        assert len((await connection.execute(query)).all()) == 1


async def test_the_hotline_floods_no_mailbox_whichever_call_it_is(
    helpdesk: Desk, enquiry_id: int, desk_of: DeskOf, user_id: str, clock: HeldClock
) -> None:
    await helpdesk.callers.send_code(enquiry_id)
    colleague = desk_of(Role.HELPDESK, operator_id="ben")
    other = (await colleague.enquiries.begin(user_id)).enquiry_id
    for desk, call in ((helpdesk, enquiry_id), (colleague, other)):
        with pytest.raises(TooSoon) as refused:
            await desk.callers.send_code(call)
        assert (refused.value.seconds, refused.value.limit) == (60, "wait")
    sent = 1
    for _minute in range(60):
        clock.advance(timedelta(seconds=59))
        try:
            await helpdesk.callers.send_code(enquiry_id)
            sent += 1
        except TooSoon:
            continue
    assert sent == 5


async def test_of_many_calls_about_a_user_that_ask_for_a_code_at_once_one_gets_it(
    user_id: str, desk_of: DeskOf
) -> None:
    desks = [desk_of(Role.HELPDESK, operator_id=name) for name in ("amy", "ben", "cat", "dan")]
    taken = [(desk, (await desk.enquiries.begin(user_id)).enquiry_id) for desk in desks]
    came = await asyncio.gather(
        *(desk.callers.send_code(call) for desk, call in taken), return_exceptions=True
    )
    assert sum(isinstance(each, CheckCodeSent) for each in came) == 1
    assert sum(isinstance(each, TooSoon) for each in came) == 3


async def test_a_change_of_the_address_voids_the_code(
    helpdesk: Desk, enquiry_id: int, mailed, database: Database
) -> None:
    await helpdesk.callers.send_code(enquiry_id)
    code = await mailed()
    async with database.writing() as connection:
        await connection.execute(USERS.update().values(active_canonical="another@harbour.hk"))
    with pytest.raises(CheckRefused, match="expired"):
        await helpdesk.callers.enter_code(enquiry_id, code)


async def test_no_code_goes_where_it_would_prove_nothing(
    helpdesk: Desk, roster: Roster, user_id: str
) -> None:
    waiting = await roster.user("CP1", pending="new@harbour.hk")
    suspended = await roster.user("CP1", active="old@harbour.hk", suspended=True)
    for about, why in ((waiting, "no verified address"), (suspended, "suspended")):
        call = await helpdesk.enquiries.begin(about)
        with pytest.raises(NotNow) as refused:
            await helpdesk.callers.send_code(call.enquiry_id)
        assert refused.value.why == why
    call = await helpdesk.enquiries.begin(question="?")
    for refusing in (
        helpdesk.callers.send_code(call.enquiry_id),
        helpdesk.callers.enter_code(call.enquiry_id, "1234567"),
    ):
        with pytest.raises(NotNow) as refused:
            await refusing
        assert refused.value.why == "no user"
    await helpdesk.enquiries.finish(call.enquiry_id, Ending(Outcome.DROPPED))
    with pytest.raises(NotNow) as refused:
        await helpdesk.callers.send_code(call.enquiry_id)
    assert refused.value.why == "call ended"
    with pytest.raises(NotFound):
        await helpdesk.callers.send_code(999)


async def test_a_call_back_counts_only_on_the_number_that_operations_entered(
    helpdesk: Desk, enquiry_id: int, desk_of: DeskOf, clock: HeldClock
) -> None:
    with pytest.raises(NotNow) as refused:
        await helpdesk.callers.called_back(enquiry_id, reached=True)
    assert refused.value.why == "no number on file"
    assert await helpdesk.callers.number_on_file("CP1") is None
    operations = desk_of(Role.OPERATIONS, operator_id="ops")
    with pytest.raises(BadPhone):
        await operations.participants.set_phone("CP1", "ring me")
    await operations.participants.set_phone("CP1", "2345 6789")
    found = await helpdesk.callers.number_on_file("CP1")
    assert found is not None
    assert (found.number, found.entered_by, found.entered_at) == ("+852 2345 6789", "ops", clock.now())
    missed = await helpdesk.callers.called_back(enquiry_id, reached=False)
    assert (missed.caller.method, missed.caller.verified(clock.now())) == (CheckMethod.CALL_BACK, False)
    reached = await helpdesk.callers.called_back(enquiry_id, reached=True)
    assert Deed.SAY_CAUSE in reached.caller.permitted(clock.now())
    await operations.participants.set_phone("CP1", "")
    assert await helpdesk.callers.number_on_file("CP1") is None
    with pytest.raises(NotFound):
        await helpdesk.callers.number_on_file("NOFIRM")
    general = await helpdesk.enquiries.begin(question="?")
    with pytest.raises(NotNow) as refused:
        await helpdesk.callers.called_back(general.enquiry_id, reached=True)
    assert refused.value.why == "no participant"


async def test_what_is_done_in_a_call_tells_how_its_caller_was_checked(
    helpdesk: Desk, roster: Roster, database: Database, desk_of: DeskOf
) -> None:
    await desk_of(Role.OPERATIONS).participants.set_phone((await roster.participant("CP2")), "2345 6789")
    user_id = await roster.user("CP2", pending="new@harbour.hk")
    call = await helpdesk.enquiries.begin(user_id, question="?")
    await helpdesk.verifications.resend(user_id)
    await helpdesk.callers.called_back(call.enquiry_id, reached=True)
    await helpdesk.users.reveal(user_id, "reads it out")
    await helpdesk.enquiries.finish(call.enquiry_id, Ending(Outcome.TOLD))
    await helpdesk.users.reveal(user_id, "between two calls")
    done = ("verification.issued", "address.revealed")
    query = select(EVENTS.c.facts).where(EVENTS.c.action.in_(done)).order_by(EVENTS.c.event_id)
    async with database.reading() as connection:
        sent, shown, without = (await connection.execute(query)).scalars()
    assert f'"caller_check": "none", "enquiry_id": {call.enquiry_id}' in sent
    assert f'"caller_check": "call back", "enquiry_id": {call.enquiry_id}' in shown
    assert "enquiry_id" not in without


async def test_the_events_tell_how_the_caller_was_checked_and_no_code_is_kept(
    helpdesk: Desk, enquiry_id: int, mailed, database: Database, desk_of: DeskOf
) -> None:
    await desk_of(Role.OPERATIONS).participants.set_phone("CP1", "2345 6789")
    await helpdesk.callers.called_back(enquiry_id, reached=False)
    await helpdesk.callers.send_code(enquiry_id)
    code = await mailed()
    with pytest.raises(CheckRefused):
        await helpdesk.callers.enter_code(enquiry_id, wrong(code))
    await helpdesk.callers.enter_code(enquiry_id, code)
    await helpdesk.enquiries.finish(enquiry_id, Ending(Outcome.TOLD))
    async with database.reading() as connection:
        events = (await connection.execute(select(EVENTS).order_by(EVENTS.c.event_id))).all()
        codes = (await connection.execute(select(CALLER_CODES))).all()
    assert [event.action for event in events] == [
        "enquiry.begun", "participant.phone-set", "caller.failed", "caller.code-sent", "caller.code-refused",
        "caller.verified", "enquiry.ended",
    ]  # fmt: skip
    assert "2345 6789" not in "".join(event.facts for event in events)
    assert '"method": "code"' in events[5].facts
    assert '"verified": true' in events[6].facts
    kept = repr(events) + repr(codes)
    assert code not in kept
    assert code.replace("-", "") not in kept


async def test_an_address_that_bounced_gets_no_caller_check_code(
    helpdesk: Desk, enquiry_id: int, database: Database, clock: HeldClock, keys: Keys
) -> None:
    await helpdesk.callers.send_code(enquiry_id)
    outbox = Outbox(database, clock, keys)
    (claimed,) = await outbox.claim(10, "worker")
    await outbox.refused(claimed.mail_id, "550 5.1.1 no such user")
    clock.advance(timedelta(minutes=5))
    with pytest.raises(NotNow) as refused:
        await helpdesk.callers.send_code(enquiry_id)
    assert refused.value.why == "undeliverable"
    assert "no caller check code would arrive" in explain_error(refused.value)
    async with database.writing() as connection:
        await connection.execute(update(USERS).values(pending_email="new@x.hk", pending_canonical="new@x.hk"))
    assert (await helpdesk.callers.send_code(enquiry_id)).number == 2, "it was the pending one that bounced"


async def test_no_whole_address_is_shown_in_a_call_whose_caller_was_not_checked(
    helpdesk: Desk, enquiry_id: int, user_id: str, desk_of: DeskOf, clock: HeldClock, database: Database
) -> None:
    await desk_of(Role.OPERATIONS).participants.set_phone("CP1", "2345 6789")
    await helpdesk.callers.called_back(enquiry_id, reached=False)
    with pytest.raises(NotNow) as refused:
        await helpdesk.users.reveal(user_id, "reads it out")
    assert refused.value.why == "caller not checked"
    assert f"call no. {enquiry_id} was not checked" in explain_error(refused.value)
    await helpdesk.callers.called_back(enquiry_id, reached=True)
    assert (await helpdesk.users.reveal(user_id, "reads it out")).active_email == "ming@harbour.hk"
    clock.advance(GOOD_FOR)
    with pytest.raises(NotNow):
        await helpdesk.users.reveal(user_id, "an hour later")
    shown = select(EVENTS.c.event_id).where(EVENTS.c.action == "address.revealed")
    async with database.reading() as connection:
        assert len((await connection.execute(shown)).all()) == 1


async def test_delegated_administrators_learn_nothing_of_the_calls_behind_what_was_done(
    helpdesk: Desk, roster: Roster, desk_of: DeskOf
) -> None:
    await desk_of(Role.OPERATIONS).participants.set_phone((await roster.participant("CP2")), "2345 6789")
    user_id = await roster.user("CP2", active="old@harbour.hk", pending="new@harbour.hk")
    call = await helpdesk.enquiries.begin(user_id, question="?")
    await helpdesk.callers.send_code(call.enquiry_id)
    await helpdesk.callers.called_back(call.enquiry_id, reached=True)
    await helpdesk.verifications.resend(user_id)
    await helpdesk.users.reveal(user_id, "reads it out")
    for role in (Role.DA_MAKER, Role.DA_CHECKER, Role.OPERATIONS):
        desk = desk_of(role, None if role is Role.OPERATIONS else "CP2")
        events = await desk.audit.listing(EventQuery(user_id=user_id)).page(0)
        card = await desk.users.card(user_id)
        tied = {
            line.action
            for line in (*events, *card.history)
            if {"enquiry_id", "caller_check"} & set(line.facts)
        }
        kinds = {mail.kind for mail in card.mails}
        assert kinds == {mail.kind for mail in await desk.mailbox.listing().page(0)}
        assert sum((await desk.mailbox.counts()).values()) == len(card.mails)
        assert {line.action for line in card.history} >= {"verification.issued", "address.revealed"}
        if role is Role.OPERATIONS:
            assert tied >= {"verification.issued", "address.revealed"}
            assert MailKind.CALLER_CHECK in kinds
        else:
            assert tied == set()
            assert kinds == {MailKind.VERIFICATION}
