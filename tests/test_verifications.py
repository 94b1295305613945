"""Codes sent, sent again and entered: what counts, what is refused, and what that leaves behind."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from store import setup
from store.database import Database
from store.desk import Desk
from store.errors import (
    CodeRefused,
    EnquiryNeeded,
    NotAllowed,
    NotFound,
    NothingToVerify,
    NotNow,
    ProofNeeded,
    StoreError,
    TooSoon,
)
from store.keys import Keys
from store.rules.resend import FRESH, LeftOut
from store.rules.sessions import PROOF_LIFE
from store.tables import OPERATOR_SESSIONS, AuditEvent, CcmsUser, Enquiry, Mail, Verification
from store.views import Operator, Role, Session
from tests.conftest import DeskOf, HeldClock, Roster
from tests.test_registrations import KEPT, events, everything, mails, row

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def day_one(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> None:
    """The circular's schedule; CP1 has a single-DA waiver, CP2 has not."""
    await setup.initialise(database, clock, keys, "ops-1", "Operations One")
    await roster.participant("CP1", waiver="sole proprietor")
    await roster.participant("CP2")


@pytest.fixture
def maker(desk_of: DeskOf) -> Desk:
    return desk_of(Role.DA_MAKER, "CP1")


@pytest.fixture
def helpdesk(desk_of: DeskOf) -> Desk:
    return desk_of(Role.HELPDESK)


Newest = Callable[[], Awaitable[str]]


@pytest.fixture
def newest_code(database: Database, keys: Keys) -> Newest:
    """Reads the code in the mail queued last, as its recipient would."""

    async def read() -> str:
        query = select(Mail.sealed).where(Mail.kind == "verification").order_by(Mail.mail_id.desc()).limit(1)
        async with database.reading() as connection:
            return keys.unseal((await connection.execute(query)).scalar_one())

    return read


def wrong(code: str) -> str:
    """A well-formed code that is not this one."""
    return ("Z" if code[0] != "Z" else "Y") + code[1:]


async def waiting(roster: Roster, maker: Desk, **facts: Any) -> str:
    """A user whose first code was just sent."""
    user_id = await roster.user("CP1", **facts)
    await maker.registrations.edit_email(user_id, "jo@example.com", version=1)
    return user_id


async def test_resend_queues_the_next_code(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    clock.advance(MINUTE)
    resent = await maker.verifications.resend(user_id)
    assert (resent.user_id, resent.email, resent.code_number) == (user_id, "jo@example.com", 2)
    assert re.fullmatch("[0-9A-Z]{4}-[0-9A-Z]{4}", await newest_code())
    assert await mails(database) == [("verification", "jo@example.com")] * 2
    (mails_kept,) = await everything(database, Mail)
    facts = mails_kept[-1].facts
    assert (facts["number"], facts["issued_at"]) == (2, clock.now().isoformat())
    assert facts["expires_at"] == (clock.now() + timedelta(hours=24)).isoformat()
    assert mails_kept[-1].expires_at == clock.now() + timedelta(hours=24)
    assert (await row(database, user_id)).code_expires_at == clock.now() + timedelta(hours=24)


async def test_resend_twice_within_a_minute_says_how_long_to_wait(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk
) -> None:
    user_id = await waiting(roster, maker)
    clock.advance(timedelta(seconds=18))
    before = await everything(database)
    with pytest.raises(TooSoon) as refusal:
        await maker.verifications.resend(user_id)
    assert (refusal.value.seconds, refusal.value.limit) == (42, "wait")
    assert await everything(database) == before


async def test_sixth_code_in_an_hour_and_eleventh_in_a_day_are_refused(
    clock: HeldClock, roster: Roster, maker: Desk
) -> None:
    user_id = await waiting(roster, maker)
    sent, limits = 1, []
    start = clock.now()
    while clock.now() < start + timedelta(days=1):
        try:
            await maker.verifications.resend(user_id)
            sent += 1
        except TooSoon as refusal:
            limits.append(refusal.limit)
            clock.advance(timedelta(seconds=refusal.seconds))
    assert (sent, limits[4], limits[-1]) == (10, "hour", "day")


async def test_helpdesk_resends_only_in_answer_to_a_call_and_sees_no_address(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, helpdesk: Desk
) -> None:
    user_id = await waiting(roster, maker)
    clock.advance(MINUTE)
    before = await everything(database)
    for question in (None, "", "  \n"):
        with pytest.raises(EnquiryNeeded):
            await helpdesk.verifications.resend(user_id, question=question)
    assert await everything(database) == before
    resent = await helpdesk.verifications.resend(user_id, question=" My code never came. ")
    assert resent.email == "j***@example.com"
    ((enquiry,),) = await everything(database, Enquiry)
    assert (enquiry.question, enquiry.taken_by) == ("My code never came.", helpdesk.actor.operator_id)
    assert (await events(database, user_id))[-2:] == ["enquiry.begun", "verification.issued"]


async def test_refused_resend_opens_no_enquiry(
    database: Database, roster: Roster, maker: Desk, helpdesk: Desk
) -> None:
    user_id = await waiting(roster, maker)
    before = await everything(database)
    with pytest.raises(TooSoon):
        await helpdesk.verifications.resend(user_id, question="My code never came.")
    assert await everything(database) == before


async def test_nothing_to_verify_suspended_and_unknown_are_told_apart(
    database: Database, roster: Roster, maker: Desk
) -> None:
    bare = await roster.user("CP1")
    suspended = await roster.user("CP1", pending="amy@example.com", suspended=True)
    stranger = await roster.user("CP2", pending="ben@example.com")
    kept = [table for table in KEPT if table is not AuditEvent]
    before = await everything(database, *kept)
    with pytest.raises(NothingToVerify):
        await maker.verifications.resend(bare)
    with pytest.raises(NothingToVerify):
        await maker.verifications.enter_code(bare, "ABCD-EFGH")
    with pytest.raises(NotNow) as refusal:
        await maker.verifications.resend(suspended)
    assert refusal.value.why == "suspended"
    for call in (maker.verifications.resend(stranger), maker.verifications.enter_code(stranger, "ABCD-EFGH")):
        with pytest.raises(NotFound):
            await call
    assert await everything(database, *kept) == before


async def test_resend_gives_an_address_that_bounced_another_chance(
    database: Database, roster: Roster, maker: Desk
) -> None:
    user_id = await roster.user("CP1", pending="full@example.com", undeliverable=True)
    await maker.verifications.resend(user_id)
    user = await row(database, user_id)
    assert (user.undeliverable, user.standing, user.version) == (False, "unverified", 2)


async def test_resend_does_not_disturb_an_edit_under_way(
    clock: HeldClock, roster: Roster, maker: Desk, helpdesk: Desk
) -> None:
    user_id = await waiting(roster, maker)
    clock.advance(MINUTE)
    await helpdesk.verifications.resend(user_id, question="My code never came.")
    edited = await maker.registrations.edit_email(user_id, "new@example.com", version=2)
    assert edited.code_number == 3


async def test_good_code_makes_the_pending_address_the_active_one(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker, active="old@example.com", verified_at=clock.now())
    clock.advance(MINUTE)
    typed = (await newest_code()).lower().replace("-", " ")
    verified = await maker.verifications.enter_code(user_id, typed)
    assert (verified.email, verified.replaced) == ("jo@example.com", "old@example.com")
    user = await row(database, user_id)
    assert (user.active_email, user.active_canonical, user.verified_at) == (
        "jo@example.com", "jo@example.com", clock.now(),
    )  # fmt: skip
    assert (user.pending_email, user.pending_canonical, user.code_expires_at) == (None, None, None)
    assert (user.standing, user.version) == ("verified", 3)
    ((verification,),) = await everything(database, Verification)
    assert verification.used_at == clock.now()
    assert (await mails(database))[-1] == ("address replaced", "old@example.com")
    assert (await events(database, user_id))[-1] == "address.verified"


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.OPERATIONS])
async def test_a_code_that_replaces_an_address_in_use_needs_a_fresh_one_time_password(
    database: Database,
    clock: HeldClock,
    keys: Keys,
    roster: Roster,
    maker: Desk,
    newest_code: Newest,
    role: Role,
) -> None:
    """A first address is verified without: Delegated Administrators enter many of those."""
    user_id = await waiting(roster, maker)
    own = "CP1" if role is Role.DA_MAKER else None
    await roster.operator("op", role, own)
    session = {"session_id": "s", "operator_id": "op", "origin": "10.1.2.3", "began_at": clock.now(),
           "proved_at": clock.now()}  # fmt: skip
    async with database.writing() as connection:
        await connection.execute(OPERATOR_SESSIONS.insert(), [session])
    desk = Desk(database, clock, keys, Operator("op", "Op", role, own), Session("s", "10.1.2.3", clock.now()))
    clock.advance(PROOF_LIFE)
    assert (await desk.verifications.enter_code(user_id, await newest_code())).replaced is None

    await maker.registrations.edit_email(user_id, "new@example.com", version=3)
    before = await everything(database)
    code = await newest_code()
    for typed in (code, wrong(code)):
        with pytest.raises(ProofNeeded):
            await desk.verifications.enter_code(user_id, typed)
    assert await everything(database) == before
    async with database.writing() as connection:
        await connection.execute(OPERATOR_SESSIONS.update().values(proved_at=clock.now()))
    assert (await desk.verifications.enter_code(user_id, code)).replaced == "jo@example.com"


async def test_newest_code_wins(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    first = await newest_code()
    clock.advance(MINUTE)
    await maker.verifications.resend(user_id)
    second = await newest_code()
    with pytest.raises(CodeRefused) as refusal:
        await maker.verifications.enter_code(user_id, first)
    assert (refusal.value.reason, refusal.value.tries_left) == ("wrong", 4)
    await maker.verifications.enter_code(user_id, second)
    assert (await row(database, user_id)).standing == "verified"


async def test_code_is_good_for_a_day_and_no_longer(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    clock.advance(timedelta(hours=24))
    before = await everything(database)
    with pytest.raises(CodeRefused) as refusal:
        await maker.verifications.enter_code(user_id, await newest_code())
    assert refusal.value.reason == "expired"
    assert await everything(database) == before
    clock.advance(-timedelta(seconds=1))
    await maker.verifications.enter_code(user_id, await newest_code())


async def test_code_for_an_earlier_address_does_not_verify_a_newer_one(
    database: Database, roster: Roster, maker: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    code = await newest_code()
    async with database.writing() as connection:
        changed = {"pending_email": "roster@example.com", "pending_canonical": "roster@example.com"}
        await connection.execute(update(CcmsUser).where(CcmsUser.user_id == user_id).values(changed))
    with pytest.raises(CodeRefused) as refusal:
        await maker.verifications.enter_code(user_id, code)
    assert refusal.value.reason == "expired"
    assert (await row(database, user_id)).active_email is None


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-EFGU", "ABCD-EFGHJ", "x" * 5000])
async def test_malformed_code_is_not_counted(
    database: Database, roster: Roster, maker: Desk, typed: str
) -> None:
    user_id = await waiting(roster, maker)
    before = await everything(database)
    with pytest.raises(CodeRefused) as refusal:
        await maker.verifications.enter_code(user_id, typed)
    assert refusal.value.reason == "malformed"
    assert await everything(database) == before


async def test_five_wrong_tries_spend_a_code(
    database: Database, roster: Roster, maker: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    code = await newest_code()
    left = []
    for _ in range(5):
        with pytest.raises(CodeRefused) as refusal:
            await maker.verifications.enter_code(user_id, wrong(code))
        assert refusal.value.reason == "wrong"
        left.append(refusal.value.tries_left)
    assert left == [4, 3, 2, 1, 0]
    ((verification,),) = await everything(database, Verification)
    assert verification.tries == 5
    assert (await events(database, user_id)).count("verification.refused") == 5
    before = await everything(database)
    with pytest.raises(CodeRefused) as refusal:
        await maker.verifications.enter_code(user_id, code)
    assert refusal.value.reason == "spent"
    assert await everything(database) == before


async def test_twenty_wrong_tries_a_day_are_the_limit_over_all_codes(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    for _ in range(4):
        for _ in range(5):
            with pytest.raises(CodeRefused):
                await maker.verifications.enter_code(user_id, wrong(await newest_code()))
        clock.advance(timedelta(minutes=20))
        await maker.verifications.resend(user_id)
    before = await everything(database)
    with pytest.raises(CodeRefused) as refusal:
        await maker.verifications.enter_code(user_id, await newest_code())
    assert refusal.value.reason == "day-limit"
    assert await everything(database) == before
    clock.advance(timedelta(hours=23))
    await maker.verifications.enter_code(user_id, await newest_code())


async def test_one_good_code_entered_by_many_at_once_is_taken_once(
    database: Database, roster: Roster, maker: Desk, desk_of: DeskOf, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    code = await newest_code()

    async def enter(number: int) -> StoreError | None:
        desk = desk_of(Role.DA_MAKER, "CP1", f"maker-{number}")
        try:
            await desk.verifications.enter_code(user_id, code)
        except StoreError as error:
            return error
        return None

    outcomes = await asyncio.gather(*map(enter, range(6)))
    assert outcomes.count(None) == 1
    assert {type(outcome) for outcome in outcomes if outcome} == {NothingToVerify}
    assert (await events(database, user_id)).count("address.verified") == 1


async def test_wrong_codes_entered_at_once_are_all_counted(
    database: Database, roster: Roster, maker: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    guess = wrong(await newest_code())
    tries = (maker.verifications.enter_code(user_id, guess) for _ in range(8))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    reasons = sorted(outcome.reason for outcome in outcomes if isinstance(outcome, CodeRefused))
    assert reasons == ["spent"] * 3 + ["wrong"] * 5


async def test_helpdesk_may_not_enter_codes(
    database: Database, roster: Roster, maker: Desk, helpdesk: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    changed = (CcmsUser, Verification, Mail)
    before = await everything(database, *changed)
    with pytest.raises(NotAllowed):
        await helpdesk.verifications.enter_code(user_id, await newest_code())
    assert await everything(database, *changed) == before
    (noted,) = await everything(database, AuditEvent)
    assert noted[-1].action == "refused"


async def test_no_log_line_holds_an_address_in_its_plain_part(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, newest_code: Newest
) -> None:
    user_id = await waiting(roster, maker)
    await maker.verifications.enter_code(user_id, await newest_code())
    async with database.reading() as connection:
        facts = list((await connection.execute(select(AuditEvent.facts))).scalars())
    assert not any("@" in plain for plain in facts)


async def test_preview_tells_who_is_left_out_and_why(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk
) -> None:
    ready = await roster.user("CP1", pending="a@example.com")
    bare = await roster.user("CP1")
    verified = await roster.user("CP1", active="b@example.com", verified_at=clock.now())
    suspended = await roster.user("CP1", pending="c@example.com", suspended=True)
    bounced = await roster.user("CP1", pending="d@example.com", undeliverable=True)
    stranger = await roster.user("CP2", pending="e@example.com")
    soon, hour, day = [await roster.user("CP1", pending=f"{name}@example.com") for name in "fgh"]
    ages = {soon: [10], hour: [100, 700, 900, 1000, 1100], day: [7200 * number for number in range(1, 11)]}
    async with database.writing() as connection:
        pks = dict((await connection.execute(select(CcmsUser.user_id, CcmsUser.pk))).all())
        issued = [
            {
                "user_pk": pks[user_id], "number": number, "canonical": "x", "code_hash": b"x", "tries": 0,
                "issued_at": clock.now() - timedelta(seconds=age),
                "expires_at": clock.now() + timedelta(hours=1),
            }
            for user_id, seconds in ages.items()
            for number, age in enumerate(sorted(seconds, reverse=True), 1)
        ]  # fmt: skip
        await connection.execute(insert(Verification), issued)
    before = await everything(database)
    asked = (soon, bare, ready, verified, suspended, bounced, stranger, hour, day, ready, "nobody")
    preview = await maker.verifications.preview(asked)
    assert preview.user_ids == (ready,)
    assert preview.left_out == {
        LeftOut.NOTHING_TO_VERIFY: 2, LeftOut.SUSPENDED: 1, LeftOut.UNDELIVERABLE: 1, LeftOut.NOT_FOUND: 2,
        LeftOut.TOO_SOON: 1, LeftOut.HOUR_LIMIT: 1, LeftOut.DAY_LIMIT: 1,
    }  # fmt: skip
    assert await everything(database) == before


async def test_a_resend_to_all_leaves_out_who_has_a_fresh_code(
    clock: HeldClock, roster: Roster, maker: Desk
) -> None:
    fresh, stale, never = [await roster.user("CP1", pending=f"{name}@example.com") for name in "abc"]
    await maker.verifications.resend(stale)
    clock.advance(FRESH)
    await maker.verifications.resend(fresh)
    clock.advance(timedelta(minutes=2))
    asked = (fresh, stale, never)
    preview = await maker.verifications.preview(asked, only_stale=True)
    assert preview.user_ids == (stale, never)
    assert preview.left_out == {LeftOut.FRESH: 1}
    assert (await maker.verifications.preview(asked)).user_ids == asked


async def test_preview_agrees_with_what_resend_does(clock: HeldClock, roster: Roster, maker: Desk) -> None:
    user_ids = [await roster.user("CP1", pending=f"u{number}@example.com") for number in range(4)]
    await maker.verifications.resend(user_ids[0])
    clock.advance(timedelta(seconds=59))
    await maker.verifications.resend(user_ids[1])
    clock.advance(timedelta(seconds=1))
    preview = await maker.verifications.preview(user_ids)
    assert preview.user_ids == (user_ids[0], user_ids[2], user_ids[3])
    for user_id in preview.user_ids:
        await maker.verifications.resend(user_id)
    with pytest.raises(TooSoon):
        await maker.verifications.resend(user_ids[1])


async def test_preview_of_many_takes_few_queries(database: Database, roster: Roster, maker: Desk) -> None:
    rows = [roster.row("CP1", pending=f"u{number}@example.com") for number in range(12_000)]
    async with database.writing() as connection:
        await connection.execute(insert(CcmsUser), rows)
    statements: list[str] = []
    engine = database.engine.sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        preview = await maker.verifications.preview([str(each["user_id"]) for each in rows])
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(preview.user_ids) == 12_000
    assert sum(statement.startswith("SELECT") for statement in statements) <= 6
