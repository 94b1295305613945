"""Maker and checker (DESIGN 3.2): what waits, who may decide on it, and what a decision is bound to."""

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from store.database import Database
from store.desk import Desk
from store.errors import (
    AddressInUse,
    NotAllowed,
    NotFound,
    NotNow,
    OwnProposal,
    ProofNeeded,
    ReasonNeeded,
    StoreError,
    Voided,
)
from store.keys import Keys
from store.proposal_rows import digest_of
from store.rules.roster_file import read_roster
from store.setup import initialise
from store.tables import EVENTS, MAILS, OPERATOR_SESSIONS, OPERATORS, PROPOSALS, USERS, AddressWaiver
from store.views import AddressWarning, Kind, Operator, ProposalRow, Role, Session, Standing
from tests.conftest import START, DeskOf, HeldClock, Roster, waits_for_a_lock

CP = "CP1"
WEEK = timedelta(days=7)
HEADER = "participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language"


@dataclass
class Firm:
    """One participant under dual control: two makers, two checkers, operations beside them."""

    roster: Roster
    maker: Desk
    checker: Desk
    other_checker: Desk
    operations: Desk
    desk_of: DeskOf

    @property
    def database(self) -> Database:
        return self.roster.database

    async def user(self, **facts: Any) -> str:
        return await self.roster.user(CP, **facts)

    async def propose(self, user_id: str, email: str, *, by: Desk | None = None, reason: str = "") -> int:
        """The number of a maker's change that waits."""
        version = (await self.operations.users.card(user_id)).version
        registrations = (by or self.maker).registrations
        edited = await registrations.edit_email(user_id, email, version=version, reason=reason)
        assert edited.proposal_id is not None
        return edited.proposal_id

    async def plan(self, changes: dict[str, str]) -> None:
        """The maker loads a list of addresses: one plan."""
        lines = [
            f"{CP},{CP} Securities Limited,{one},CHAN Tai Man,user,{email},,"
            for one, email in changes.items()
        ]
        file = read_roster("\n".join([HEADER, *lines]).encode())
        assert (await self.maker.roster.apply(await self.maker.roster.plan(file))).plan_id

    async def shown(self, *numbers: int) -> dict[int, str]:
        """What waits (all, or some of it) as a checker's screen has it: numbers and digests."""
        rows = await self.checker.proposals.waiting()
        return {row.proposal_id: row.digest for row in rows if not numbers or row.proposal_id in numbers}

    async def row(self, user_id: str) -> Any:
        async with self.database.reading() as connection:
            return (await connection.execute(select(USERS).where(USERS.c.user_id == user_id))).one()

    async def standing(self, user_id: str) -> Standing:
        return (await self.operations.users.card(user_id)).row.standing

    async def states(self) -> list[str]:
        async with self.database.reading() as connection:
            query = select(PROPOSALS.c.state).order_by(PROPOSALS.c.proposal_id)
            return list((await connection.execute(query)).scalars())

    async def mails(self) -> list[tuple[str, str]]:
        async with self.database.reading() as connection:
            query = select(MAILS.c.kind, MAILS.c.to_email).order_by(MAILS.c.mail_id)
            return [tuple(row) for row in await connection.execute(query)]

    async def waivers(self) -> list[tuple[str, str]]:
        async with self.database.reading() as connection:
            rows = await connection.execute(select(AddressWaiver.canonical, AddressWaiver.reason))
            return [tuple(row) for row in rows]

    async def events(self) -> list[str]:
        """What the log tells of users, oldest first."""
        async with self.database.reading() as connection:
            query = select(EVENTS.c.action).where(EVENTS.c.user_pk.is_not(None))
            return list((await connection.execute(query.order_by(EVENTS.c.event_id))).scalars())

    async def facts(self, action: str) -> dict[str, Any]:
        """The facts of the newest event of a kind."""
        async with self.database.reading() as connection:
            query = select(EVENTS).where(EVENTS.c.action == action).order_by(EVENTS.c.event_id.desc())
            found = (await connection.execute(query.limit(1))).one()
        return {**json.loads(found.facts), **json.loads(found.personal or "{}")}


@pytest.fixture
async def firm(roster: Roster, clock: HeldClock, keys: Keys, desk_of: DeskOf) -> Firm:
    await initialise(roster.database, clock, keys, "ops", "Operations One")
    await roster.participant(CP)
    return Firm(
        roster,
        desk_of(Role.DA_MAKER, CP, "mia"),
        desk_of(Role.DA_CHECKER, CP, "carl"),
        desk_of(Role.DA_CHECKER, CP, "cora"),
        desk_of(Role.OPERATIONS, None, "ops"),
        desk_of,
    )


# What waits.


async def test_the_checker_sees_old_and_new_address_who_when_why_and_what_is_remarkable(
    firm: Firm, clock: HeldClock
) -> None:
    user_id = await firm.user(active="old@bank.hk", verified_at=clock.now())
    await firm.propose(user_id, "Ops+1@gmail.com", reason="moved desks")
    (row,) = await firm.checker.proposals.waiting()
    assert (row.user_id, row.old_email, row.new_email) == (user_id, "old@bank.hk", "Ops+1@gmail.com")
    assert (row.made_by, row.made_at, row.expires_at) == ("mia", clock.now(), clock.now() + WEEK)
    assert row.reason == "moved desks"
    assert row.remarks == (
        AddressWarning("webmail", "gmail.com"),
        AddressWarning("role", "ops+1"),
        AddressWarning("plus-tag", "+1"),
    )


async def test_the_helpdesk_sees_no_part_of_a_mailbox_name(firm: Firm, desk_of: DeskOf) -> None:
    user_id = await firm.user(pending="settlement@bank.hk")
    number = await firm.propose(user_id, "settlement+secret@gmial.com", reason="was settlement@bank.hk")
    helpdesk = desk_of(Role.HELPDESK)
    assert "ettlement" not in repr(await helpdesk.proposals.waiting())
    assert "secret" not in repr(await helpdesk.proposals.waiting())
    await firm.checker.proposals.reject(await firm.shown(number), "settlement@bank.hk is right")
    (decision,) = await helpdesk.proposals.decided()
    assert decision.reason == "s***@bank.hk is right"
    assert "ettlement" not in repr(decision)


async def test_rows_of_a_plan_stand_together_oldest_first(firm: Firm, clock: HeldClock) -> None:
    users = [await firm.user() for _ in range(5)]
    single = await firm.propose(users[0], "zero@bank.hk")
    clock.advance(timedelta(minutes=1))
    await firm.plan({users[1]: "one@bank.hk", users[2]: "two@bank.hk", users[3]: "three@bank.hk"})
    clock.advance(timedelta(minutes=1))
    last = await firm.propose(users[4], "four@bank.hk")
    rows = await firm.checker.proposals.waiting()
    assert [row.proposal_id for row in rows][:: len(rows) - 1] == [single, last]
    plans = [row.plan_id for row in rows]
    assert plans[0] is plans[4] is None
    assert plans[1] == plans[2] == plans[3] is not None


async def test_the_rows_of_a_plan_carry_remarks_too(firm: Firm) -> None:
    users = [await firm.user() for _ in range(2)]
    await firm.plan({users[0]: "amy@gmail.com", users[1]: "bob@bank.hk"})
    assert [row.remarks for row in await firm.checker.proposals.waiting()] == [
        (AddressWarning("webmail", "gmail.com"),),
        (),
    ]


# Approving.


async def test_no_mail_is_queued_before_the_approval_and_one_code_with_it(firm: Firm) -> None:
    user_id = await firm.user()
    await firm.propose(user_id, "new@bank.hk")
    assert await firm.mails() == []
    done = await firm.checker.proposals.approve(await firm.shown())
    assert (done.proposals, done.mails) == (1, 1)
    assert await firm.mails() == [("verification", "new@bank.hk")]
    user = await firm.row(user_id)
    assert (user.pending_email, user.standing, user.proposal_expires_at) == (
        "new@bank.hk",
        "unverified",
        None,
    )
    assert await firm.events() == [
        "address.proposed", "address.approved", "address.registered", "verification.issued",
    ]  # fmt: skip
    assert (await firm.facts("address.approved"))["made_by"] == "mia"
    assert (await firm.facts("address.registered"))["basis"] == "dual control"


async def test_an_address_in_use_is_told_with_the_approval_and_stays(firm: Firm, clock: HeldClock) -> None:
    user_id = await firm.user(active="old@bank.hk", verified_at=clock.now())
    await firm.propose(user_id, "new@bank.hk")
    await firm.checker.proposals.approve(await firm.shown())
    assert await firm.mails() == [("verification", "new@bank.hk"), ("change requested", "old@bank.hk")]
    user = await firm.row(user_id)
    assert (user.active_email, user.pending_email, user.standing) == (
        "old@bank.hk",
        "new@bank.hk",
        "verified",
    )


async def test_a_plan_is_approved_as_one(firm: Firm) -> None:
    users = [await firm.user() for _ in range(3)]
    await firm.plan({user_id: f"{user_id}@bank.hk" for user_id in users})
    done = await firm.checker.proposals.approve(await firm.shown())
    assert (done.proposals, done.mails) == (3, 3)
    assert [to for _kind, to in await firm.mails()] == [f"{user_id}@bank.hk" for user_id in users]
    assert await firm.checker.proposals.waiting() == ()


async def test_of_a_plan_all_rows_are_approved_or_none(firm: Firm) -> None:
    users = [await firm.user() for _ in range(3)]
    await firm.plan({user_id: f"{user_id}@bank.hk" for user_id in users})
    shown = await firm.shown()
    await firm.other_checker.proposals.reject({max(shown): shown[max(shown)]}, "this one left")
    mails, events = await firm.mails(), await firm.events()
    with pytest.raises(Voided) as refusal:
        await firm.checker.proposals.approve(shown)
    assert (refusal.value.proposal_id, refusal.value.why, refusal.value.by) == (max(shown), "decided", "cora")
    assert (await firm.mails(), await firm.events()) == (mails, events)
    assert await firm.states() == ["open", "open", "rejected"]
    await firm.checker.proposals.approve(await firm.shown())
    assert await firm.states() == ["approved", "approved", "rejected"]


async def test_an_address_somebody_got_meanwhile_is_refused_at_approval(firm: Firm, clock: HeldClock) -> None:
    user_id = await firm.user()
    await firm.propose(user_id, "shared@bank.hk")
    holder = await firm.user(active="shared@bank.hk", verified_at=clock.now())
    with pytest.raises(AddressInUse) as refusal:
        await firm.checker.proposals.approve(await firm.shown())
    assert refusal.value.user_id == holder
    assert await firm.states() == ["open"]
    assert await firm.mails() == []


async def test_two_people_share_an_address_only_once_a_checker_has_read_why(firm: Firm) -> None:
    """The maker alone grants nothing: neither before the decision nor by a proposal that was rejected."""
    await firm.user(user_id="HAS", pending="desk@bank.hk")
    wants = await firm.user(user_id="WANTS")
    edit = firm.maker.registrations.edit_email
    for why, decide in (
        ("night desk", firm.checker.proposals.reject),
        ("one desk", firm.checker.proposals.approve),
    ):
        version = (await firm.row(wants)).version
        with pytest.raises(AddressInUse):
            await edit(wants, "desk@bank.hk", version=version)
        await edit(wants, "desk@bank.hk", version=version, shared_reason=why)
        (row,) = await firm.checker.proposals.waiting()
        assert (row.remarks[0], row.shared_reason) == (AddressWarning("shares", "HAS"), why)
        assert (await firm.facts("address.proposed"))["shared_reason"] == why
        assert await firm.waivers() == []
        await decide({row.proposal_id: row.digest}, "decided")
    assert await firm.waivers() == [("desk@bank.hk", "one desk")]
    assert (await firm.facts("address.shared"))["reason"] == "one desk"
    assert (await firm.row(wants)).pending_email == "desk@bank.hk"


async def test_two_who_share_one_address_are_approved_together(firm: Firm) -> None:
    edit = firm.maker.registrations.edit_email
    await edit(await firm.user(), "desk@bank.hk", version=1)
    await edit(await firm.user(), "desk@bank.hk", version=1, shared_reason="night desk")
    await edit(await firm.user(), "desk@bank.hk", version=1, shared_reason="day desk")
    await firm.checker.proposals.approve(await firm.shown())
    assert await firm.waivers() == [("desk@bank.hk", "night desk")]


async def test_two_changes_to_one_address_approved_together_are_refused(firm: Firm, clock: HeldClock) -> None:
    """The first one's maker gave up on it; nothing in the list tells that both cannot be."""
    users = [await firm.user(), await firm.user()]
    await firm.propose(users[0], "one@bank.hk")
    await firm.propose(users[1], "two@bank.hk")
    async with firm.database.writing() as connection:
        same = {"new_email": "one@bank.hk", "new_canonical": "one@bank.hk"}
        await connection.execute(update(PROPOSALS).values(same))
    with pytest.raises(AddressInUse) as refusal:
        await firm.checker.proposals.approve(await firm.shown())
    assert refusal.value.user_id == users[0]
    assert await firm.mails() == []


# One's own.


async def test_nobody_decides_on_their_own_change_even_after_changing_roles(firm: Firm) -> None:
    user_id = await firm.user()
    number = await firm.propose(user_id, "new@bank.hk")
    promoted = firm.desk_of(Role.DA_CHECKER, CP, "mia")
    for decide in (promoted.proposals.approve, promoted.proposals.reject):
        with pytest.raises(OwnProposal):
            await decide(await firm.shown(number), "a reason")
    assert await firm.states() == ["open"]
    assert await firm.mails() == []


async def test_one_of_ones_own_among_others_refuses_all(firm: Firm) -> None:
    users = [await firm.user(), await firm.user()]
    await firm.propose(users[0], "one@bank.hk")
    await firm.propose(users[1], "two@bank.hk", by=firm.desk_of(Role.DA_MAKER, CP, "carl"))
    with pytest.raises(OwnProposal):
        await firm.checker.proposals.approve(await firm.shown())
    assert await firm.states() == ["open", "open"]


async def test_makers_and_operations_do_not_decide_and_checkers_of_others_find_nothing(
    firm: Firm, roster: Roster
) -> None:
    await roster.participant("CP2")
    await firm.propose(await firm.user(), "new@bank.hk")
    shown = await firm.shown()
    for desk in (firm.desk_of(Role.DA_MAKER, CP, "max"), firm.operations, firm.desk_of(Role.HELPDESK)):
        with pytest.raises(NotAllowed):
            await desk.proposals.approve(shown)
    stranger = firm.desk_of(Role.DA_CHECKER, "CP2")
    assert await stranger.proposals.waiting() == ()
    with pytest.raises(NotFound):
        await stranger.proposals.approve(shown)


# Bound to the exact content.


CONTENT = {
    "proposal_id": 7, "plan_id": None, "user_pk": 3, "participant_id": CP, "old_email": None,
    "new_email": "New@bank.hk", "new_canonical": "new@bank.hk", "made_by": "mia", "reason": "",
    "remarks": "[]", "shared_reason": None, "expires_at": START + WEEK,
}  # fmt: skip
LOOSE_TEXT = st.text(max_size=8)


@given(
    name=st.sampled_from(sorted(CONTENT)),
    value=st.one_of(st.none(), st.integers(), LOOSE_TEXT, LOOSE_TEXT.map(lambda text: f"{text}\x1f")),
)
def test_every_field_that_is_shown_is_in_the_digest(name: str, value: str | int | None) -> None:
    digest = digest_of(SimpleNamespace(**CONTENT))
    changed = digest_of(SimpleNamespace(**CONTENT | {name: value}))
    assert (changed == digest) is (value == CONTENT[name])


@given(first=LOOSE_TEXT, second=LOOSE_TEXT, third=LOOSE_TEXT, fourth=LOOSE_TEXT)
def test_text_that_moves_from_one_field_to_the_next_is_another_content(
    first: str, second: str, third: str, fourth: str
) -> None:
    one = digest_of(SimpleNamespace(**CONTENT | {"new_email": first, "new_canonical": second}))
    other = digest_of(SimpleNamespace(**CONTENT | {"new_email": third, "new_canonical": fourth}))
    assert (one == other) is ((first, second) == (third, fourth))


@pytest.mark.parametrize(
    "change",
    [{"new_email": "Mallory@evil.hk"}, {"new_canonical": "m@evil.hk"}, {"old_email": "x@bank.hk"},
     {"made_by": "max"}, {"reason": "another"}, {"plan_id": "p"}, {"remarks": "[]"},
     {"shared_reason": "one desk"},
     {"expires_at": START + 2 * WEEK}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
async def test_a_row_that_changed_under_the_checker_is_not_decided(
    firm: Firm, change: dict[str, Any]
) -> None:
    await firm.propose(await firm.user(), "new@gmail.com", reason="moved")
    shown = await firm.shown()
    async with firm.database.writing() as connection:
        await connection.execute(update(PROPOSALS).values(change))
    for decide in (firm.checker.proposals.approve, firm.checker.proposals.reject):
        with pytest.raises(Voided) as refusal:
            await decide(shown, "a reason")
        assert refusal.value.why == "changed"
    assert await firm.mails() == []


async def test_a_change_replaced_by_a_newer_one_is_void_and_says_who_replaced_it(firm: Firm) -> None:
    user_id = await firm.user()
    await firm.propose(user_id, "one@bank.hk")
    shown = await firm.shown()
    newer = await firm.propose(user_id, "two@bank.hk", by=firm.desk_of(Role.DA_MAKER, CP, "max"))
    with pytest.raises(Voided) as refusal:
        await firm.checker.proposals.approve(shown)
    assert (refusal.value.why, refusal.value.by) == ("changed", "max")
    assert await firm.states() == ["voided", "open"]
    assert (await firm.facts("proposal.voided"))["why"] == "replaced"
    assert list(await firm.shown()) == [newer]


async def test_what_was_decided_is_not_decided_again_and_says_by_whom(firm: Firm) -> None:
    await firm.propose(await firm.user(), "new@bank.hk")
    shown = await firm.shown()
    await firm.checker.proposals.approve(shown)
    for desk in (firm.checker, firm.other_checker):
        with pytest.raises(Voided) as refusal:
            await desk.proposals.reject(shown, "too late")
        assert (refusal.value.why, refusal.value.by) == ("decided", "carl")
    assert len(await firm.mails()) == 1


async def test_a_user_whose_address_moved_on_is_left_alone(firm: Firm) -> None:
    user_id = await firm.user(pending="old@bank.hk")
    await firm.propose(user_id, "new@bank.hk")
    async with firm.database.writing() as connection:
        moved = {"pending_email": "other@bank.hk", "pending_canonical": "other@bank.hk", "changed_by": "ops"}
        await connection.execute(update(USERS).values(moved))
    with pytest.raises(Voided) as refusal:
        await firm.checker.proposals.approve(await firm.shown())
    assert (refusal.value.why, refusal.value.by) == ("moved", "ops")
    assert (await firm.row(user_id)).pending_email == "other@bank.hk"


async def test_an_address_verified_meanwhile_does_not_stand_in_the_way(firm: Firm, clock: HeldClock) -> None:
    user_id = await firm.user(pending="old@bank.hk")
    await firm.propose(user_id, "new@bank.hk")
    async with firm.database.writing() as connection:
        verified = {
            "active_email": "old@bank.hk",
            "active_canonical": "old@bank.hk",
            "verified_at": clock.now(),
        }
        await connection.execute(
            update(USERS).values(verified | {"pending_email": None, "pending_canonical": None})
        )
    await firm.checker.proposals.approve(await firm.shown())
    assert (await firm.row(user_id)).pending_email == "new@bank.hk"


async def test_the_address_of_somebody_who_became_a_da_takes_the_form(firm: Firm) -> None:
    await firm.propose(await firm.user(), "new@bank.hk")
    async with firm.database.writing() as connection:
        await connection.execute(update(USERS).values(kind=Kind.DA_MAKER.value))
    with pytest.raises(Voided) as refusal:
        await firm.checker.proposals.approve(await firm.shown())
    assert refusal.value.why == "kind"


# Time.


async def test_after_seven_days_nothing_waits_and_the_user_has_no_email_again(
    firm: Firm, clock: HeldClock
) -> None:
    user_id = await firm.user()
    await firm.propose(user_id, "new@bank.hk")
    shown = await firm.shown()
    clock.advance(WEEK - timedelta(seconds=1))
    assert await firm.standing(user_id) is Standing.AWAITING_APPROVAL
    assert len(await firm.checker.proposals.waiting()) == 1
    clock.advance(timedelta(seconds=1))
    assert await firm.standing(user_id) is Standing.NO_EMAIL
    assert await firm.checker.proposals.waiting() == ()
    for decide in (firm.checker.proposals.approve, firm.checker.proposals.reject):
        with pytest.raises(Voided) as refusal:
            await decide(shown, "late")
        assert refusal.value.why == "expired"
    again = await firm.propose(user_id, "new@bank.hk")
    assert list(await firm.shown()) == [again]


# Rejecting.


async def test_a_rejection_needs_a_reason_which_the_maker_reads(firm: Firm, clock: HeldClock) -> None:
    user_id = await firm.user()
    number = await firm.propose(user_id, "new@bank.hk")
    for blank in ("", " \t\n"):
        with pytest.raises(ReasonNeeded):
            await firm.checker.proposals.reject(await firm.shown(), blank)
    assert await firm.states() == ["open"]
    await firm.checker.proposals.reject(await firm.shown(), " not our domain ")
    (decision,) = await firm.maker.proposals.decided()
    assert (decision.proposal.proposal_id, decision.approved) == (number, False)
    assert (decision.decided_by, decision.reason) == ("carl", "not our domain")
    assert decision.decided_at == clock.now()
    card = await firm.maker.users.card(user_id)
    assert card.proposal is None
    assert (card.history[0].action, card.history[0].facts["reason"]) == ("address.rejected", "not our domain")


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        ({}, Standing.NO_EMAIL),
        ({"pending": "old@bank.hk"}, Standing.UNVERIFIED),
        ({"active": "old@bank.hk"}, Standing.VERIFIED),
    ],
    ids=lambda each: each if isinstance(each, Standing) else "",
)
async def test_a_rejection_gives_the_user_their_standing_back_and_sends_nothing(
    firm: Firm, facts: dict[str, str], standing: Standing
) -> None:
    user_id = await firm.user(**facts)
    before = await firm.row(user_id)
    await firm.propose(user_id, "new@bank.hk")
    await firm.checker.proposals.reject(await firm.shown(), "wrong person")
    after = await firm.row(user_id)
    assert after.standing == standing.value
    assert (after.active_email, after.pending_email) == (before.active_email, before.pending_email)
    assert (after.proposal_expires_at, after.changed_by, after.version) == (None, "carl", before.version + 2)
    assert await firm.mails() == []


# Two checkers.


@pytest.mark.parametrize("second", ["approve", "reject"])
async def test_of_two_checkers_who_decide_at_once_exactly_one_does(firm: Firm, second: str) -> None:
    users = [await firm.user() for _ in range(4)]
    await firm.plan({user_id: f"{user_id}@bank.hk" for user_id in users})
    shown = await firm.shown()
    answers = await asyncio.gather(
        firm.checker.proposals.approve(shown),
        getattr(firm.other_checker.proposals, second)(shown, "no"),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, StoreError)]
    assert [(type(each), each.why) for each in refused if isinstance(each, Voided)] == [(Voided, "decided")]
    assert len(refused) == 1
    states = set(await firm.states())
    assert states in ({"approved"}, {"rejected"})
    assert len(await firm.mails()) == (4 if states == {"approved"} else 0)


async def test_a_maker_who_replaces_a_change_while_it_is_approved_is_never_half_done(firm: Firm) -> None:
    user_id = await firm.user()
    await firm.propose(user_id, "one@bank.hk")
    shown = await firm.shown()
    answers = await asyncio.gather(
        firm.checker.proposals.approve(shown), firm.propose(user_id, "two@bank.hk"), return_exceptions=True
    )
    assert any(not isinstance(answer, BaseException) for answer in answers)
    for answer in answers:
        assert not isinstance(answer, BaseException) or isinstance(answer, StoreError)
    waiting = await firm.checker.proposals.waiting()
    assert all(row.new_email == "two@bank.hk" for row in waiting)
    assert len(await firm.mails()) == (await firm.states()).count("approved")


async def test_what_is_decided_while_its_maker_is_disabled_is_not_void_as_well(
    firm: Firm, backend: str
) -> None:
    await firm.roster.operator(firm.maker.actor.operator_id, Role.DA_MAKER, CP)
    await firm.propose(await firm.user(), "one@bank.hk")
    async with firm.database.writing() as deciding:
        await deciding.execute(update(PROPOSALS).values(state="rejected"))
        maker = firm.maker.actor.operator_id
        disabling = asyncio.create_task(firm.operations.operators.disable(maker, "left the firm"))
        while backend == "postgresql" and not await waits_for_a_lock(firm.database):
            continue
    await disabling
    assert await firm.states() == ["rejected"]
    assert "proposal.voided" not in await firm.events()


async def test_what_a_maker_proposed_in_the_moment_of_being_disabled_is_rejected_at_most(firm: Firm) -> None:
    maker = firm.maker.actor.operator_id
    await firm.roster.operator(maker, Role.DA_MAKER, CP)
    await firm.propose(await firm.user(), "one@bank.hk")
    async with firm.database.writing() as connection:
        await connection.execute(update(OPERATORS).values(disabled_at=firm.roster.clock.now()))
    with pytest.raises(Voided) as refusal:
        await firm.checker.proposals.approve(await firm.shown())
    assert (refusal.value.why, refusal.value.by) == ("disabled", maker)
    await firm.checker.proposals.reject(await firm.shown(), "they left")
    assert (await firm.states(), await firm.mails()) == (["rejected"], [])


# A fresh one-time password.


async def test_a_decision_needs_a_one_time_password_of_the_last_minutes(
    firm: Firm, clock: HeldClock, keys: Keys
) -> None:
    await firm.propose(await firm.user(), "new@bank.hk")
    await firm.roster.operator("carl", Role.DA_CHECKER, CP)
    then = clock.now() - timedelta(minutes=5)
    row = {
        "session_id": "s", "operator_id": "carl", "origin": "10.1.2.3", "began_at": then, "proved_at": then,
        "ended_at": None, "end_reason": None,
    }  # fmt: skip
    async with firm.database.writing() as connection:
        await connection.execute(OPERATOR_SESSIONS.insert(), [row])
    actor = Operator("carl", "Carl", Role.DA_CHECKER, CP)
    desk = Desk(firm.database, clock, keys, actor, Session("s", "10.1.2.3", then))
    shown = {each.proposal_id: each.digest for each in await desk.proposals.waiting()}
    for decide in (desk.proposals.approve, desk.proposals.reject):
        with pytest.raises(ProofNeeded):
            await decide(shown, "a reason")
    async with firm.database.writing() as connection:
        await connection.execute(OPERATOR_SESSIONS.update().values(proved_at=clock.now()))
    await desk.proposals.approve(shown)
    assert await firm.states() == ["approved"]


# Single-DA waiver.


async def test_with_a_waiver_changes_apply_at_once_and_are_marked_so(firm: Firm) -> None:
    user_id = await firm.user()
    await firm.operations.participants.grant_waiver(CP, "sole proprietor")
    edited = await firm.maker.registrations.edit_email(user_id, "new@bank.hk", version=1)
    assert edited.applied
    assert (await firm.facts("address.registered"))["basis"] == "single-DA waiver"
    assert (await firm.maker.users.card(user_id)).single_da_waiver
    assert (await firm.operations.participants.get(CP)).single_da_waiver
    assert await firm.mails() == [("verification", "new@bank.hk")]


async def test_what_waits_when_a_waiver_is_granted_still_needs_its_checker(firm: Firm) -> None:
    user_id = await firm.user()
    await firm.propose(user_id, "new@bank.hk")
    await firm.operations.participants.grant_waiver(CP, "one of two DAs left")
    assert (await firm.row(user_id)).pending_email is None
    await firm.checker.proposals.approve(await firm.shown())
    assert (await firm.row(user_id)).pending_email == "new@bank.hk"


async def test_a_withdrawn_waiver_brings_dual_control_back(firm: Firm) -> None:
    user_id = await firm.user()
    await firm.operations.participants.grant_waiver(CP, "sole proprietor")
    with pytest.raises(NotNow):
        await firm.operations.participants.grant_waiver(CP, "again")
    await firm.operations.participants.withdraw_waiver(CP, "two DAs now")
    await firm.propose(user_id, "new@bank.hk")
    assert await firm.mails() == []
    assert len(await firm.checker.proposals.waiting()) == 1


async def test_a_waiver_is_granted_and_withdrawn_with_a_reason_by_operations_alone(firm: Firm) -> None:
    for change in (firm.operations.participants.grant_waiver, firm.operations.participants.withdraw_waiver):
        with pytest.raises(ReasonNeeded):
            await change(CP, " ")
    for desk in (firm.maker, firm.checker, firm.desk_of(Role.HELPDESK)):
        with pytest.raises(NotAllowed):
            await desk.participants.grant_waiver(CP, "please")


# What the maker hears of.


async def test_a_maker_hears_of_decisions_on_their_own_changes_once(firm: Firm) -> None:
    users = [await firm.user() for _ in range(3)]
    mark, nothing = await firm.maker.proposals.news(None)
    assert nothing == ()
    numbers = [await firm.propose(user_id, f"{user_id}@bank.hk") for user_id in users[:2]]
    other = await firm.propose(users[2], "third@bank.hk", by=firm.desk_of(Role.DA_MAKER, CP, "max"))
    await firm.checker.proposals.approve(await firm.shown(numbers[0], other))
    await firm.other_checker.proposals.reject(await firm.shown(numbers[1]), "wrong person")
    mark, news = await firm.maker.proposals.news(mark)
    assert [(each.user_id, each.approved, each.decided_by, each.reason) for each in news] == [
        (users[0], True, "carl", ""),
        (users[1], False, "cora", "wrong person"),
    ]
    assert (await firm.maker.proposals.news(mark)) == (mark, ())
    assert (await firm.checker.proposals.news(0))[1] == ()


async def test_decisions_are_listed_newest_first_up_to_a_limit(firm: Firm, clock: HeldClock) -> None:
    users = [await firm.user() for _ in range(3)]
    for user_id in users:
        number = await firm.propose(user_id, f"{user_id}@bank.hk")
        clock.advance(timedelta(minutes=1))
        await firm.checker.proposals.approve(await firm.shown(number), "seen the form")
    decided = await firm.maker.proposals.decided(limit=2)
    assert [each.proposal.user_id for each in decided] == [users[2], users[1]]
    assert {each.reason for each in decided} == {"seen the form"}
    assert all(isinstance(each.proposal, ProposalRow) for each in decided)
