"""The outbox: one worker at a time, never a dead code, every fate written down; and how it is listed."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from store import setup
from store.database import Database
from store.desk import Desk
from store.errors import NotAllowed, NotFound, NotNow
from store.keys import Keys
from store.outbox import BACK_OFF, Outbox, back_off
from store.tables import AuditEvent, CcmsUser, Mail
from store.views import MailKind, MailState, Role
from tests.conftest import DeskOf, HeldClock, Roster
from tests.test_registrations import everything, row

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def day_one(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> None:
    """The circular's schedule; CP1 has a single-DA waiver, CP2 has not."""
    await setup.initialise(database, clock, keys, "ops-1", "Operations One")
    await roster.participant("CP1", waiver="sole proprietor")
    await roster.participant("CP2")


@pytest.fixture
def outbox(database: Database, clock: HeldClock, keys: Keys) -> Outbox:
    return Outbox(database, clock, keys)


@pytest.fixture
def maker(desk_of: DeskOf) -> Desk:
    return desk_of(Role.DA_MAKER, "CP1")


@pytest.fixture
def operations(desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS)


async def send_codes(roster: Roster, maker: Desk, count: int) -> list[str]:
    """So many users, each with a first code queued."""
    user_ids = [await roster.user("CP1") for _ in range(count)]
    for number, user_id in enumerate(user_ids):
        await maker.registrations.edit_email(user_id, f"u{number}@example.com", version=1)
    return user_ids


async def states(database: Database) -> Counter[str]:
    async with database.reading() as connection:
        return Counter((await connection.execute(select(Mail.state))).scalars())


async def mail(database: Database, mail_id: int) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(select(Mail).where(Mail.mail_id == mail_id))).one()


async def actions(database: Database) -> list[str]:
    async with database.reading() as connection:
        query = select(AuditEvent.action).where(AuditEvent.action.startswith("mail."))
        return list((await connection.execute(query.order_by(AuditEvent.event_id))).scalars())


async def test_claimed_message_has_all_a_worker_needs(
    clock: HeldClock, roster: Roster, maker: Desk, outbox: Outbox, database: Database
) -> None:
    (user_id,) = await send_codes(roster, maker, 1)
    (claimed,) = await outbox.claim(10, "worker")
    assert (claimed.kind, claimed.to_email, claimed.attempts) == (MailKind.VERIFICATION, "u0@example.com", 1)
    assert claimed.secret is not None
    assert claimed.facts["user_id"] == user_id
    assert claimed.expires_at == clock.now() + timedelta(hours=24)
    kept = await mail(database, claimed.mail_id)
    assert (kept.state, kept.lease_by, kept.lease_until) == ("sending", "worker", clock.now() + 2 * MINUTE)
    assert kept.message_id == claimed.message_id
    assert (await maker.verifications.enter_code(user_id, claimed.secret)).email == "u0@example.com"


async def test_workers_claiming_at_once_never_get_the_same_message(
    roster: Roster, maker: Desk, database: Database, clock: HeldClock, keys: Keys
) -> None:
    await send_codes(roster, maker, 40)
    second = Database(database.url)
    workers = [Outbox(database, clock, keys), Outbox(second, clock, keys)]
    got: list[int] = []

    async def work(outbox: Outbox, name: str) -> None:
        while claimed := await outbox.claim(3, name):
            got.extend(each.mail_id for each in claimed)

    try:
        await asyncio.gather(*(work(workers[number % 2], f"worker-{number}") for number in range(4)))
    finally:
        await second.close()
    assert len(got) == len(set(got)) == 40
    assert await states(database) == {"sending": 40}


async def test_lease_that_ran_out_is_due_again(
    clock: HeldClock, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    await send_codes(roster, maker, 1)
    (first,) = await outbox.claim(10, "dies", lease=MINUTE)
    assert await outbox.claim(10, "other") == ()
    assert await outbox.next_due() == clock.now() + MINUTE
    clock.advance(MINUTE)
    (second,) = await outbox.claim(10, "other")
    assert (second.mail_id, second.message_id, second.attempts) == (first.mail_id, first.message_id, 2)


async def test_dead_code_is_never_claimed(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    await send_codes(roster, maker, 3)
    clock.advance(timedelta(hours=24))
    assert await outbox.claim(1, "worker") == ()
    assert await states(database) == {"expired": 3}
    assert all(kept.sealed is None for kept in (await everything(database, Mail))[0])
    assert await actions(database) == ["mail.expired"] * 3
    assert await outbox.next_due() is None


async def test_code_overtaken_by_a_newer_one_is_cancelled_and_the_newer_one_goes(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    (user_id,) = await send_codes(roster, maker, 1)
    clock.advance(MINUTE)
    await maker.verifications.resend(user_id)
    (claimed,) = await outbox.claim(1, "worker")
    assert claimed.facts["number"] == 2
    assert await states(database) == {"cancelled": 1, "sending": 1}
    assert (await mail(database, claimed.mail_id - 1)).sealed is None
    assert await actions(database) == ["mail.cancelled"]


async def test_code_for_an_address_that_was_replaced_or_verified_is_cancelled(
    database: Database, roster: Roster, maker: Desk, outbox: Outbox, keys: Keys
) -> None:
    replaced, verified = await send_codes(roster, maker, 2)
    async with database.writing() as connection:
        new = {"pending_email": "new@example.com", "pending_canonical": "new@example.com"}
        await connection.execute(update(CcmsUser).where(CcmsUser.user_id == replaced).values(new))
    kept = (await everything(database, Mail))[0]
    await maker.verifications.enter_code(verified, keys.unseal(kept[1].sealed))
    assert await outbox.claim(10, "worker") == ()
    assert await states(database) == {"cancelled": 2}


async def test_accepted_message_is_final_and_its_code_wiped(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    await send_codes(roster, maker, 1)
    (claimed,) = await outbox.claim(10, "worker")
    await outbox.accepted(claimed.mail_id, "250 2.0.0\r\n queued as 4F1")
    kept = await mail(database, claimed.mail_id)
    assert (kept.state, kept.accepted_at, kept.sealed) == ("accepted", clock.now(), None)
    assert (kept.last_reply, kept.lease_by, kept.next_attempt_at) == ("250 2.0.0 queued as 4F1", None, None)
    await outbox.deferred(claimed.mail_id, "451 a late word of another worker")
    await outbox.refused(claimed.mail_id, "550 a late word of another worker")
    assert await mail(database, claimed.mail_id) == kept
    assert await actions(database) == ["mail.accepted"]


async def test_deferred_message_backs_off_until_its_lifetime_ends(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    await send_codes(roster, maker, 1)
    pauses = []
    while claimed := await outbox.claim(10, "worker"):
        await outbox.deferred(claimed[0].mail_id, "451 greylisted")
        due = await outbox.next_due()
        if due is None:
            break
        pauses.append(due - clock.now())
        assert await outbox.claim(10, "worker") == ()
        clock.advance(due - clock.now())
    expected = [*BACK_OFF, *[BACK_OFF[-1]] * 10]
    for pause, least in zip(pauses, expected, strict=False):
        assert least <= pause <= least * 1.2
    assert len(pauses) >= 8
    assert await states(database) == {"expired": 1}
    kept = (await everything(database, Mail))[0][0]
    assert (kept.last_reply, kept.sealed) == ("451 greylisted", None)
    assert (await actions(database))[-1] == "mail.expired"


@given(st.integers(1, 100), st.floats(0, 1))
def test_back_off_grows_and_stays_within_its_jitter(attempts: int, jitter: float) -> None:
    pause = back_off(attempts, jitter)
    least = BACK_OFF[min(attempts, 5) - 1]
    assert least <= pause <= least * 1.2 + timedelta(microseconds=1)
    assert back_off(attempts + 1, jitter) >= pause


async def test_refusal_for_good_marks_the_address_undeliverable(
    database: Database, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    (user_id,) = await send_codes(roster, maker, 1)
    (claimed,) = await outbox.claim(10, "worker")
    await outbox.refused(claimed.mail_id, "550 5.1.1 no such user")
    user = await row(database, user_id)
    assert (user.undeliverable, user.standing, user.version) == (True, "undeliverable", 3)
    assert user.changed_by == "system"
    kept = await mail(database, claimed.mail_id)
    assert (kept.state, kept.last_reply, kept.sealed) == ("bounced", "550 5.1.1 no such user", None)
    assert await actions(database) == ["mail.bounced"]


async def test_refusal_of_an_address_no_longer_in_use_marks_nothing(
    database: Database, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    (user_id,) = await send_codes(roster, maker, 1)
    (claimed,) = await outbox.claim(10, "worker")
    await maker.registrations.edit_email(user_id, "new@example.com", version=2)
    await outbox.refused(claimed.mail_id, "550 5.1.1 no such user")
    user = await row(database, user_id)
    assert (user.undeliverable, user.standing) == (False, "unverified")


async def test_while_an_address_is_pending_it_alone_can_be_marked_undeliverable(
    database: Database, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    user_id = await roster.user("CP1", active="old@example.com")
    await maker.registrations.edit_email(user_id, "new@example.com", version=1)
    claimed = {each.to_email: each.mail_id for each in await outbox.claim(10, "worker")}
    await outbox.refused(claimed["old@example.com"], "550 5.1.1 no such user")
    assert not (await row(database, user_id)).undeliverable
    assert (await mail(database, claimed["old@example.com"])).state == "bounced"
    await outbox.refused(claimed["new@example.com"], "550 5.1.1 no such user")
    assert (await row(database, user_id)).undeliverable


async def test_message_sealed_with_another_key_is_held_and_blocks_nobody(
    database: Database, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    await send_codes(roster, maker, 2)
    async with database.writing() as connection:
        first = select(Mail.mail_id).order_by(Mail.mail_id).limit(1).scalar_subquery()
        await connection.execute(update(Mail).where(Mail.mail_id == first).values(sealed=b"nonsense"))
    (claimed,) = await outbox.claim(10, "worker")
    assert claimed.to_email == "u1@example.com"
    assert await states(database) == {"held": 1, "sending": 1}


async def test_next_due_is_the_earliest(
    clock: HeldClock, roster: Roster, maker: Desk, outbox: Outbox
) -> None:
    assert await outbox.next_due() is None
    await send_codes(roster, maker, 2)
    assert await outbox.next_due() == clock.now()


async def test_operations_hold_release_and_retry(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, operations: Desk, outbox: Outbox
) -> None:
    await send_codes(roster, maker, 1)
    (found,) = await operations.mailbox.listing().page(0)
    held = await operations.mailbox.hold(found.mail_id)
    assert (held.state, held.next_attempt_at) == (MailState.HELD, None)
    assert await outbox.claim(10, "worker") == ()
    released = await operations.mailbox.release(found.mail_id)
    assert (released.state, released.next_attempt_at) == (MailState.QUEUED, clock.now())
    await outbox.claim(10, "worker")
    await outbox.deferred(found.mail_id, "451 later")
    retried = await operations.mailbox.retry(found.mail_id)
    assert (retried.state, retried.next_attempt_at, retried.attempts) == (MailState.QUEUED, clock.now(), 1)
    assert len(await outbox.claim(10, "worker")) == 1
    assert await actions(database) == ["mail.held", "mail.released", "mail.deferred", "mail.retried"]


async def test_state_that_does_not_permit_is_refused(
    database: Database, roster: Roster, maker: Desk, operations: Desk, outbox: Outbox
) -> None:
    await send_codes(roster, maker, 1)
    (claimed,) = await outbox.claim(10, "worker")
    before = await everything(database, Mail, AuditEvent)
    for steer in (operations.mailbox.hold, operations.mailbox.retry, operations.mailbox.release):
        with pytest.raises(NotNow) as refusal:
            await steer(claimed.mail_id)
        assert refusal.value.why == "sending"
    with pytest.raises(NotFound):
        await operations.mailbox.hold(10**6)
    assert await everything(database, Mail, AuditEvent) == before


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER, Role.HELPDESK])
async def test_only_operations_steer_mail(
    database: Database, roster: Roster, maker: Desk, desk_of: DeskOf, role: Role
) -> None:
    await send_codes(roster, maker, 1)
    desk = desk_of(role, None if role is Role.HELPDESK else "CP1")
    (found,) = await desk.mailbox.listing().page(0)
    before, (events,) = await everything(database, Mail), await everything(database, AuditEvent)
    for steer in (desk.mailbox.hold, desk.mailbox.retry, desk.mailbox.release):
        with pytest.raises(NotAllowed):
            await steer(found.mail_id)
    assert await everything(database, Mail) == before
    (after,) = await everything(database, AuditEvent)
    assert [event.action for event in after[len(events) :]] == ["refused"] * 3


async def test_held_message_past_its_lifetime_expires_when_released(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, operations: Desk, outbox: Outbox
) -> None:
    await send_codes(roster, maker, 1)
    (found,) = await operations.mailbox.listing().page(0)
    await operations.mailbox.hold(found.mail_id)
    clock.advance(timedelta(hours=25))
    await operations.mailbox.release(found.mail_id)
    assert await outbox.claim(10, "worker") == ()
    assert await states(database) == {"expired": 1}


async def test_listing_is_scoped_and_masked(
    database: Database, roster: Roster, maker: Desk, desk_of: DeskOf, operations: Desk, outbox: Outbox
) -> None:
    await send_codes(roster, maker, 2)
    claimed, _ = await outbox.claim(10, "worker")
    await outbox.refused(claimed.mail_id, "550 <u0@example.com> is unknown")
    stranger, helpdesk = desk_of(Role.DA_MAKER, "CP2"), desk_of(Role.HELPDESK)
    assert await stranger.mailbox.listing().count() == 0
    assert await stranger.mailbox.listing().page(0) == ()
    assert await stranger.mailbox.listing().position(claimed.mail_id) is None
    assert (await stranger.mailbox.counts())[MailState.BOUNCED] == 0

    newest, oldest = await operations.mailbox.listing().page(0)
    assert (newest.to, newest.state, newest.code_number) == ("u1@example.com", MailState.SENDING, 1)
    assert (oldest.to, oldest.last_reply) == ("u0@example.com", "550 <u0@example.com> is unknown")
    masked = (await helpdesk.mailbox.listing(frozenset({MailState.BOUNCED})).page(0))[0]
    assert (masked.to, masked.last_reply) == ("u***@example.com", "550 <u***@example.com> is unknown")
    counts = await operations.mailbox.counts()
    assert set(counts) == set(MailState)
    assert {state: count for state, count in counts.items() if count} == {
        MailState.BOUNCED: 1, MailState.SENDING: 1,
    }  # fmt: skip


async def fill(database: Database, roster: Roster, clock: HeldClock, count: int) -> None:
    """So many messages of one user: each third one bounced, the others accepted."""
    user_id = await roster.user("CP1")
    user_pk = (await row(database, user_id)).pk
    rows = [
        {
            "message_id": f"<{clock.now().timestamp()}-{number}@example.com>", "user_pk": user_pk,
            "participant_id": "CP1", "kind": "change requested", "to_email": "jo@example.com", "facts": {},
            "state": "accepted" if number % 3 else "bounced", "attempts": 1,
            "created_at": clock.now(), "expires_at": clock.now() + MINUTE,
        }
        for number in range(count)
    ]  # fmt: skip
    async with database.writing() as connection:
        await connection.execute(insert(Mail), rows)


@pytest.mark.parametrize("wanted", [frozenset[MailState](), frozenset({MailState.BOUNCED})])
async def test_pages_in_any_order_are_one_list_newest_first(
    database: Database, clock: HeldClock, roster: Roster, operations: Desk, wanted: frozenset[MailState]
) -> None:
    await fill(database, roster, clock, 700)
    listing = operations.mailbox.listing(wanted)
    total = await listing.count()
    assert total == (234 if wanted else 700)
    last = (total - 1) // listing.PAGE
    pages = {number: await listing.page(number) for number in (last, 0, *range(1, last))}
    ids = [mail.mail_id for number in sorted(pages) for mail in pages[number]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == total
    assert await listing.page(last + 1) == ()
    assert [await listing.position(mail_id) for mail_id in (ids[0], ids[130], ids[-1])] == [0, 130, total - 1]


async def test_mail_that_arrives_does_not_shift_the_pages(
    database: Database, clock: HeldClock, roster: Roster, operations: Desk
) -> None:
    await fill(database, roster, clock, 300)
    listing = operations.mailbox.listing()
    await listing.count()
    before = [await listing.page(number) for number in range(3)]
    clock.advance(MINUTE)
    await fill(database, roster, clock, 50)
    assert [await listing.page(number) for number in range(3)] == before
    assert await listing.position(before[0][0].mail_id) == 0
    assert await listing.count() == 350
    assert await listing.position(before[0][0].mail_id) == 50
