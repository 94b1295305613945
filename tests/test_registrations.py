"""Registering designated email addresses: who may, when it applies, what a refusal leaves behind."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from store import setup
from store.database import Database
from store.desk import Desk
from store.errors import (
    AddressInUse,
    BadAddress,
    Conflict,
    NotAllowed,
    NotFound,
    NotOpenYet,
    SameAddress,
    StoreError,
)
from store.keys import Keys
from store.outbox import Outbox
from store.rules.addresses import Problem
from store.tables import (
    EVENTS,
    AddressWaiver,
    AuditEvent,
    CcmsUser,
    Enquiry,
    Mail,
    Milestone,
    Proposal,
    Verification,
)
from store.views import Kind, Operator, Role
from tests.conftest import DeskOf, HeldClock, Roster

KEPT = (CcmsUser, Proposal, Verification, Mail, AuditEvent, AddressWaiver, Enquiry)


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
def dual_maker(desk_of: DeskOf) -> Desk:
    return desk_of(Role.DA_MAKER, "CP2")


async def row(database: Database, user_id: str) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(select(CcmsUser).where(CcmsUser.user_id == user_id))).one()


async def everything(database: Database, *tables: Any) -> list[Any]:
    """All rows of the tables an operation could write."""
    async with database.reading() as connection:
        return [
            (await connection.execute(select(table).order_by(*table.__table__.primary_key))).all()
            for table in tables or KEPT
        ]


async def events(database: Database, user_id: str) -> list[str]:
    query = (
        select(AuditEvent.action)
        .join(CcmsUser, CcmsUser.pk == AuditEvent.user_pk)
        .where(CcmsUser.user_id == user_id)
        .order_by(AuditEvent.event_id)
    )
    async with database.reading() as connection:
        return list((await connection.execute(query)).scalars())


async def mails(database: Database) -> list[tuple[str, str]]:
    async with database.reading() as connection:
        query = select(Mail.kind, Mail.to_email).order_by(Mail.mail_id)
        return [tuple(found) for found in await connection.execute(query)]


async def begin_da_registration(database: Database, clock: HeldClock) -> None:
    async with database.writing() as connection:
        await connection.execute(
            update(Milestone).where(Milestone.milestone_id == "da-email").values(begun_at=clock.now())
        )


async def test_single_da_waiver_applies_the_edit_at_once(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk
) -> None:
    user_id = await roster.user("CP1")
    edited = await maker.registrations.edit_email(user_id, " Jo@Example.com ", version=1)
    assert (edited.email, edited.applied, edited.proposal_id, edited.code_number) == (
        "Jo@Example.com", True, None, 1,
    )  # fmt: skip
    user = await row(database, user_id)
    assert (user.pending_email, user.pending_canonical) == ("Jo@Example.com", "jo@example.com")
    assert (user.active_email, user.standing, user.version) == (None, "unverified", 2)
    assert user.code_expires_at == clock.now() + timedelta(hours=24)
    assert await mails(database) == [("verification", "Jo@Example.com")]
    assert await events(database, user_id) == ["address.registered", "verification.issued"]


async def test_dual_control_stores_a_proposal_and_sends_nothing(
    database: Database, clock: HeldClock, roster: Roster, dual_maker: Desk
) -> None:
    user_id = await roster.user("CP2", active="old@example.com", verified_at=clock.now())
    edited = await dual_maker.registrations.edit_email(user_id, "new@example.com", version=1)
    assert (edited.applied, edited.code_number) == (False, None)
    (proposal,) = (await everything(database, Proposal))[0]
    assert edited.proposal_id == proposal.proposal_id
    assert (proposal.old_email, proposal.new_email, proposal.state) == (
        "old@example.com", "new@example.com", "open",
    )  # fmt: skip
    assert proposal.made_by == dual_maker.actor.operator_id
    assert proposal.expires_at == clock.now() + timedelta(days=7)
    user = await row(database, user_id)
    assert (user.pending_email, user.active_email, user.version) == (None, "old@example.com", 2)
    assert user.proposal_expires_at == proposal.expires_at
    assert await mails(database) == []
    assert await events(database, user_id) == ["address.proposed"]


async def test_new_proposal_voids_the_earlier_one(
    database: Database, roster: Roster, dual_maker: Desk
) -> None:
    user_id = await roster.user("CP2")
    await dual_maker.registrations.edit_email(user_id, "one@example.com", version=1)
    assert (await row(database, user_id)).standing == "awaiting approval"
    await dual_maker.registrations.edit_email(user_id, "two@example.com", version=2)
    (proposals,) = await everything(database, Proposal)
    assert [(each.new_email, each.state) for each in proposals] == [
        ("one@example.com", "voided"),
        ("two@example.com", "open"),
    ]


async def test_active_address_stays_and_is_told_of_the_change(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk
) -> None:
    user_id = await roster.user("CP1", active="old@example.com", verified_at=clock.now())
    await maker.registrations.edit_email(user_id, "new@example.com", version=1)
    user = await row(database, user_id)
    assert (user.active_email, user.pending_email, user.standing) == (
        "old@example.com", "new@example.com", "verified",
    )  # fmt: skip
    assert await mails(database) == [
        ("verification", "new@example.com"),
        ("change requested", "old@example.com"),
    ]


async def test_new_address_clears_the_mark_of_the_one_that_bounced(
    database: Database, roster: Roster, maker: Desk
) -> None:
    user_id = await roster.user("CP1", pending="bad@example.com", undeliverable=True)
    await maker.registrations.edit_email(user_id, "good@example.com", version=1)
    user = await row(database, user_id)
    assert (user.undeliverable, user.standing) == (False, "unverified")


async def test_code_is_kept_only_as_a_keyed_hash(
    database: Database, roster: Roster, maker: Desk, keys: Keys
) -> None:
    user_id = await roster.user("CP1")
    await maker.registrations.edit_email(user_id, "jo@example.com", version=1)
    ((mail,),) = await everything(database, Mail)
    code = keys.unseal(mail.sealed)
    kept = repr(await everything(database))
    assert code not in kept
    assert code.replace("-", "") not in kept


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("nobody", Problem.NO_AT),
        ("a@b@example.com", Problem.TWO_ATS),
        ("a b@example.com", Problem.SPACES),
        ("a" * 308 + "@example.com", Problem.TOO_LONG),
        ('"a b"@example.com', Problem.QUOTED),
        ("a@example.com.", Problem.TRAILING_DOT),
    ],
)
async def test_bad_address_leaves_nothing_behind(
    database: Database, roster: Roster, maker: Desk, typed: str, problem: Problem
) -> None:
    user_id = await roster.user("CP1")
    before = await everything(database)
    with pytest.raises(BadAddress) as refusal:
        await maker.registrations.edit_email(user_id, typed, version=1)
    assert refusal.value.reason == problem
    assert await everything(database) == before


async def test_same_address_is_nothing_to_change(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk
) -> None:
    user_id = await roster.user(
        "CP1", active="old@example.com", verified_at=clock.now(), pending="new@example.com"
    )
    before = await everything(database)
    for typed in ("OLD@example.com", "new@EXAMPLE.com"):
        with pytest.raises(SameAddress):
            await maker.registrations.edit_email(user_id, typed, version=1)
    assert await everything(database) == before


async def test_address_of_another_user_of_the_participant_needs_a_reason(
    database: Database, roster: Roster, maker: Desk
) -> None:
    other = await roster.user("CP1", pending="desk@example.com")
    user_id, third = await roster.user("CP1"), await roster.user("CP1")
    before = await everything(database)
    for reason in (None, "  "):
        with pytest.raises(AddressInUse) as refusal:
            await maker.registrations.edit_email(user_id, "Desk@example.com", version=1, shared_reason=reason)
        assert refusal.value.user_id == other
    assert await everything(database) == before

    edited = await maker.registrations.edit_email(
        user_id, "desk@example.com", version=1, shared_reason="night shift desk"
    )
    assert edited.applied
    ((waiver,),) = await everything(database, AddressWaiver)
    assert (waiver.participant_id, waiver.canonical, waiver.reason) == (
        "CP1", "desk@example.com", "night shift desk",
    )  # fmt: skip
    assert "address.shared" in await events(database, user_id)
    assert (await maker.registrations.check(third, "desk@example.com")).in_use_by is None
    assert (await maker.registrations.edit_email(third, "desk@example.com", version=1)).applied


async def test_address_proposed_for_another_user_needs_a_reason_too(
    roster: Roster, dual_maker: Desk, clock: HeldClock
) -> None:
    first, second = await roster.user("CP2"), await roster.user("CP2")
    await dual_maker.registrations.edit_email(first, "jo@example.com", version=1)
    assert (await dual_maker.registrations.check(second, "jo@example.com")).in_use_by == first
    with pytest.raises(AddressInUse):
        await dual_maker.registrations.edit_email(second, "jo@example.com", version=1)
    clock.advance(timedelta(days=7))
    assert (await dual_maker.registrations.check(second, "jo@example.com")).in_use_by is None


async def test_address_at_another_participant_is_flagged_to_operations_alone(
    roster: Roster, maker: Desk, database: Database
) -> None:
    await roster.user("CP2", pending="jo@example.com")
    user_id = await roster.user("CP1")
    check = await maker.registrations.check(user_id, "jo@example.com")
    assert (check.in_use_by, check.warnings) == (None, ())
    assert (await maker.registrations.edit_email(user_id, "jo@example.com", version=1)).applied
    assert "other-participant" not in str((await maker.users.card(user_id)).history)
    flagged = select(EVENTS.c.participant_id, EVENTS.c.facts).where(EVENTS.c.action == "address.flagged")
    async with database.reading() as connection:
        participant_id, facts = (await connection.execute(flagged)).one()
    assert participant_id is None
    assert json.loads(facts) == {"user_id": user_id, "in": "CP1", "also_in": "CP2"}


async def flags(database: Database) -> list[tuple[str | None, dict[str, str]]]:
    query = select(EVENTS.c.participant_id, EVENTS.c.facts).where(EVENTS.c.action == "address.flagged")
    async with database.reading() as connection:
        found = await connection.execute(query.order_by(EVENTS.c.event_id))
        return [(participant_id, json.loads(facts)) for participant_id, facts in found]


async def test_address_at_another_participant_is_flagged_when_it_is_approved_too(
    roster: Roster, dual_maker: Desk, desk_of: DeskOf, database: Database, clock: HeldClock
) -> None:
    """It may have got there while the change waited; one that nobody else has is not flagged."""
    users = [await roster.user("CP2") for _ in range(2)]
    for user_id, name in zip(users, ("jo", "amy"), strict=True):
        await dual_maker.registrations.edit_email(user_id, f"{name}@example.com", version=1)
    await roster.user("CP1", active="jo@example.com", verified_at=clock.now())
    assert await flags(database) == []
    proposals = desk_of(Role.DA_CHECKER, "CP2").proposals
    await proposals.approve({row.proposal_id: row.digest for row in await proposals.waiting()})
    assert await flags(database) == [(None, {"user_id": users[0], "in": "CP2", "also_in": "CP1"})]


async def test_check_tells_what_edit_would(roster: Roster, maker: Desk, database: Database) -> None:
    for name in ("amy", "ben"):
        await roster.user("CP1", pending=f"{name}@example-bank.com")
    user_id = await roster.user("CP1")
    before = await everything(database)
    bad = await maker.registrations.check(user_id, "jo@@example.com")
    assert (bad.canonical, bad.problem, bad.warnings) == (None, "two-ats", ())
    typo = await maker.registrations.check(user_id, "jo@exampel-bank.com")
    assert typo.canonical == "jo@exampel-bank.com"
    assert ("typo", "jo@example-bank.com") in {(remark.kind, remark.detail) for remark in typo.warnings}
    assert "unlike" in {remark.kind for remark in typo.warnings}
    homoglyph = await maker.registrations.check(user_id, "jo@exаmple-bank.com")
    assert ("lookalike", "example-bank.com") in {(each.kind, each.detail) for each in homoglyph.warnings}
    taken = await maker.registrations.check(user_id, "amy@example-bank.com")
    assert taken.in_use_by is not None
    assert await everything(database) == before


async def test_da_addresses_wait_for_their_milestone_and_are_then_entered_by_operations(
    database: Database, clock: HeldClock, roster: Roster, maker: Desk, desk_of: DeskOf
) -> None:
    operations = desk_of(Role.OPERATIONS)
    administrator = await roster.user("CP2", kind=Kind.DA_CHECKER)
    own = await roster.user("CP1", kind=Kind.DA_MAKER)
    before = await everything(database)
    for desk, user_id in ((operations, administrator), (maker, own)):
        with pytest.raises(NotOpenYet) as refusal:
            await desk.registrations.edit_email(user_id, "da@example.com", version=1)
        assert refusal.value.window == "Q1 2023"
    assert await everything(database) == before

    await begin_da_registration(database, clock)
    edited = await operations.registrations.edit_email(administrator, "da@example.com", version=1)
    assert (edited.applied, edited.code_number) == (True, 1)
    assert await mails(database) == [("verification", "da@example.com")]
    with pytest.raises(NotAllowed):
        await maker.registrations.edit_email(own, "da@example.com", version=1)


@pytest.mark.parametrize("role", [Role.DA_CHECKER, Role.HELPDESK, Role.OPERATIONS])
async def test_only_a_maker_edits_a_users_address(
    database: Database, roster: Roster, desk_of: DeskOf, role: Role
) -> None:
    user_id = await roster.user("CP1")
    desk = desk_of(role, "CP1" if role is Role.DA_CHECKER else None)
    kept = [table for table in KEPT if table is not AuditEvent]
    before = await everything(database, *kept)
    with pytest.raises(NotAllowed):
        await desk.registrations.edit_email(user_id, "jo@example.com", version=1)
    if role is not Role.OPERATIONS:
        with pytest.raises(NotAllowed):
            await desk.registrations.check(user_id, "jo@example.com")
    assert await everything(database, *kept) == before
    async with database.reading() as connection:
        newest = select(EVENTS.c.action).order_by(EVENTS.c.event_id.desc()).limit(1)
        assert (await connection.execute(newest)).scalar_one() == "refused"


async def test_user_of_another_participant_is_as_unknown_as_one_that_does_not_exist(
    database: Database, roster: Roster, maker: Desk
) -> None:
    stranger = await roster.user("CP2")
    kept = [table for table in KEPT if table is not AuditEvent]
    before = await everything(database, *kept)
    for user_id in (stranger, "CP9U99999"):
        with pytest.raises(NotFound):
            await maker.registrations.edit_email(user_id, "jo@example.com", version=1)
        with pytest.raises(NotFound):
            await maker.registrations.check(user_id, "jo@example.com")
    assert await everything(database, *kept) == before


async def test_concurrent_edits_give_one_winner_and_one_conflict_that_names_them(
    database: Database, clock: HeldClock, roster: Roster, desk_of: DeskOf
) -> None:
    user_id = await roster.user("CP1", pending="old@example.com")
    desks = [desk_of(Role.DA_MAKER, "CP1", name) for name in ("amy", "ben")]

    async def edit(desk: Desk) -> StoreError | None:
        try:
            address = f"{desk.actor.operator_id}@example.com"
            await desk.registrations.edit_email(user_id, address, version=1)
        except StoreError as error:
            return error
        return None

    outcomes = await asyncio.gather(*map(edit, desks))
    assert [outcome is None for outcome in outcomes].count(True) == 1
    winner = desks[outcomes.index(None)].actor.operator_id
    (conflict,) = filter(None, outcomes)
    assert isinstance(conflict, Conflict)
    assert (conflict.identity, conflict.changed_by, conflict.changed_at) == (user_id, winner, clock.now())
    assert conflict.differences == {"pending address": ("old@example.com", f"{winner}@example.com")}
    assert (await row(database, user_id)).pending_email == f"{winner}@example.com"
    assert len(await mails(database)) == 1


async def test_conflict_spans_all_that_happened_since_the_read(
    database: Database, clock: HeldClock, keys: Keys, roster: Roster, maker: Desk
) -> None:
    user_id = await roster.user("CP1", pending="one@example.com")
    await maker.registrations.edit_email(user_id, "two@example.com", version=1)
    await maker.registrations.edit_email(user_id, "three@example.com", version=2)
    outbox = Outbox(database, clock, keys)
    (claimed,) = await outbox.claim(10, "worker")
    await outbox.refused(claimed.mail_id, "550 no such user")
    before = await everything(database)
    with pytest.raises(Conflict) as refusal:
        await maker.registrations.edit_email(user_id, "four@example.com", version=1)
    assert refusal.value.differences == {
        "pending address": ("one@example.com", "three@example.com"),
        "undeliverable": ("no", "yes"),
    }
    with pytest.raises(Conflict) as refusal:
        await maker.registrations.edit_email(user_id, "four@example.com", version=2)
    assert refusal.value.differences["pending address"] == ("two@example.com", "three@example.com")
    assert await everything(database) == before


async def test_two_users_given_one_address_at_the_same_time_do_not_slip_through(
    roster: Roster, desk_of: DeskOf
) -> None:
    user_ids = [await roster.user("CP1") for _ in range(4)]

    async def edit(user_id: str) -> bool:
        desk = desk_of(Role.DA_MAKER, "CP1", user_id)
        try:
            await desk.registrations.edit_email(user_id, "jo@example.com", version=1)
        except AddressInUse:
            return False
        return True

    assert sorted(await asyncio.gather(*map(edit, user_ids))) == [False, False, False, True]


async def test_edits_of_many_users_at_once_all_succeed_and_the_log_stays_one_chain(
    database: Database, roster: Roster, maker: Desk
) -> None:
    user_ids = [await roster.user("CP1") for _ in range(12)]
    await asyncio.gather(
        *(
            maker.registrations.edit_email(user_id, f"{user_id}@example.com", version=1)
            for user_id in user_ids
        )
    )
    async with database.reading() as connection:
        count, last = (await connection.execute(select(func.count(), func.max(AuditEvent.event_id)))).one()
    assert count == last
    assert len(await mails(database)) == 12


async def test_registration_that_has_not_begun_is_refused(
    database: Database, clock: HeldClock, keys: Keys, roster: Roster
) -> None:
    user_id = await roster.user("CP1")
    async with database.writing() as connection:
        await connection.execute(
            update(Milestone).where(Milestone.milestone_id == "user-email").values(begun_at=None)
        )
    actor = Operator("amy", "Amy", Role.DA_MAKER, "CP1")
    with pytest.raises(NotOpenYet) as refusal:
        await Desk(database, clock, keys, actor).registrations.edit_email(
            user_id, "jo@example.com", version=1
        )
    assert refusal.value.window == "19 December 2022"
