"""Lists, look-ups and cards of users, against what plain Python makes of the same rows."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from store.database import Database
from store.errors import NotFound
from store.keys import Keys
from store.rules.standing import Facts, standing
from store.setup import initialise
from store.tables import USERS
from store.user_listing import UserListing
from store.views import Kind, Operator, Role, Standing, UserQuery, UserSort
from tests.conftest import DeskOf, HeldClock, Roster

NAMES = (
    "CHAN Tai Man", "chan siu ming", "WONG Ka Wai", "陳大文", "陳小明", "黃家偉", "Ａｄａ LEE", "O'BRIEN Pat",
    "al-SAYED Omar", "Zoë", "😀 Emoji", "50% Ltd_user", "CHAN Tai Man",
)  # fmt: skip
PARTICIPANTS = ("A100", "B200", "a300")
RANK = {word: place for place, word in enumerate(Standing)}


@dataclass(frozen=True)
class Known:
    """A row as the oracle knows it: its number follows the order of insertion."""

    number: int
    row: dict[str, Any]

    def standing(self, clock: HeldClock) -> Standing:
        row = self.row
        return standing(
            Facts(
                has_active=row["active_canonical"] is not None,
                has_pending=row["pending_canonical"] is not None,
                undeliverable=row["undeliverable"],
                code_expires_at=row["code_expires_at"],
                proposal_expires_at=row["proposal_expires_at"],
                password_set=row["password_set_at"] is not None,
                enrolled=row["enrolled_at"] is not None,
                proven=row["proven_at"] is not None,
            ),
            clock.now(),
        )


def some_user(roster: Roster, random_: random.Random, clock: HeldClock) -> dict[str, Any]:
    """A user in any standing, some of whose codes and proposals end within the next hours."""
    now = clock.now()
    facts: dict[str, Any] = {"locked": random_.random() < 0.1, "suspended": random_.random() < 0.1}
    if random_.random() < 0.3:
        facts |= {"active": f"user{random_.randrange(99)}@example.com", "verified_at": now}
        for reached in ("password_set_at", "enrolled_at", "proven_at"):
            if random_.random() < 0.5:
                break
            facts[reached] = now
    if random_.random() < 0.4:
        facts |= {
            "pending": f"New{random_.randrange(99)}@Example.com",
            "undeliverable": random_.random() < 0.2,
        }
        if random_.random() < 0.8:
            facts["code_expires_at"] = now + timedelta(hours=random_.choice((-2, 0, 1, 2, 24)))
    if random_.random() < 0.4:
        facts["proposal_expires_at"] = now + timedelta(hours=random_.choice((-2, 0, 1, 2, 24)))
    return roster.row(
        random_.choice(PARTICIPANTS), random_.choice(NAMES), kind=random_.choice(list(Kind)), **facts
    )


async def planted(roster: Roster, clock: HeldClock, count: int, seed: int) -> list[Known]:
    random_ = random.Random(seed)
    for participant_id in PARTICIPANTS:
        await roster.participant(participant_id)
    rows = [some_user(roster, random_, clock) for _ in range(count)]
    random_.shuffle(rows)
    await roster.insert(rows)
    return [Known(number, row) for number, row in enumerate(rows)]


def expected(known: Sequence[Known], query: UserQuery, clock: HeldClock) -> list[str]:
    """The IDs that a query must list, in order."""
    keys = {
        UserSort.NAME: lambda user: (user.row["sort_name"], user.number),
        UserSort.USER_ID: lambda user: (user.row["user_id"],),
        UserSort.PARTICIPANT: lambda user: (user.row["participant_id"], user.row["sort_name"], user.number),
        UserSort.STANDING: lambda user: (RANK[user.standing(clock)], user.row["sort_name"], user.number),
    }
    wanted = [
        user
        for user in known
        if (query.participant_id is None or user.row["participant_id"] == query.participant_id)
        and (
            not (query.standings or query.locked)
            or user.standing(clock) in query.standings
            or (query.locked and user.row["locked"])
        )
    ]
    ordered = sorted(wanted, key=keys[query.sort], reverse=query.descending)
    return [user.row["user_id"] for user in ordered]


def some_query(random_: random.Random) -> UserQuery:
    standings = random_.sample(list(Standing), random_.choice((0, 0, 1, 2, 4)))
    return UserQuery(
        participant_id=random_.choice((None, None, *PARTICIPANTS)),
        standings=frozenset(standings),
        locked=random_.random() < 0.2,
        sort=random_.choice(list(UserSort)),
        descending=random_.random() < 0.5,
    )


@pytest.mark.parametrize("kept_whole", [True, False])
async def test_pages_in_any_order_of_visit_show_what_python_would_list(
    kept_whole: bool,
    roster: Roster,
    clock: HeldClock,
    desk_of: DeskOf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(UserListing, "PAGE", 7)
    monkeypatch.setattr(UserListing, "PINNED", 1_000 if kept_whole else 0)
    known = await planted(roster, clock, 150, seed=2)
    desk, random_ = desk_of(Role.OPERATIONS), random.Random(3)
    everything = [UserQuery(sort=sort, descending=down) for sort in UserSort for down in (False, True)]
    for query in everything + [some_query(random_) for _ in range(40)]:
        clock.advance(timedelta(minutes=random_.choice((0, 0, 30))))
        wanted = expected(known, query, clock)
        listing = desk.users.listing(query)
        assert await listing.count() == len(wanted), query
        pages = list(range(-(-len(wanted) // 7) + 1))
        random_.shuffle(pages)
        for number in pages:
            shown = [row.user_id for row in await listing.page(number)]
            assert shown == wanted[7 * number : 7 * number + 7], (query, number, pages)
        for user in random_.sample(known, 5):
            user_id = user.row["user_id"]
            place = wanted.index(user_id) if user_id in wanted else None
            assert await listing.position(user_id) == place, query
        assert await desk.users.ids(query) == tuple(wanted)


async def test_standing_in_sql_is_the_rules_standing_at_every_moment(
    roster: Roster, clock: HeldClock, desk_of: DeskOf
) -> None:
    known = await planted(roster, clock, 300, seed=5)
    users = desk_of(Role.OPERATIONS).users
    for _ in range(8):
        listing = users.listing(UserQuery())
        await listing.count()
        shown = {row.user_id: row.standing for number in range(3) for row in await listing.page(number)}
        assert shown == {user.row["user_id"]: user.standing(clock) for user in known}
        clock.advance(timedelta(minutes=30))


async def test_participants_and_status_count_what_the_list_shows(
    roster: Roster, clock: HeldClock, desk_of: DeskOf
) -> None:
    known = await planted(roster, clock, 200, seed=7)
    desk = desk_of(Role.OPERATIONS)
    for _ in range(3):
        status = await desk.status()
        for word in Standing:
            listing = desk.users.listing(UserQuery(standings=frozenset({word})))
            assert status.standing[word] == await listing.count()
        assert status.users == len(known)
        assert status.participants == 3
        rows = await desk.participants.all()
        assert [row.participant_id for row in rows] == ["A100", "B200", "a300"]
        assert sum(row.users for row in rows) == len(known)
        assert sum(row.code_expired for row in rows) == status.standing[Standing.CODE_EXPIRED]
        assert sum(row.awaiting_approval for row in rows) == status.standing[Standing.AWAITING_APPROVAL]
        assert sum(row.locked for row in rows) == status.locked == sum(user.row["locked"] for user in known)
        assert status.suspended == sum(user.row["suspended"] for user in known)
        clock.advance(timedelta(hours=1))


async def test_participant_is_ready_only_with_all_enrolled_and_a_maker_and_a_checker(
    roster: Roster, clock: HeldClock, desk_of: DeskOf
) -> None:
    enrolled = {"active": "a@example.com", "password_set_at": clock.now(), "enrolled_at": clock.now()}
    await roster.participant("A100")
    await roster.user("A100", kind=Kind.DA_MAKER, **enrolled)
    participants = desk_of(Role.OPERATIONS).participants
    assert not (await participants.get("A100")).ready
    await roster.user("A100", kind=Kind.DA_CHECKER, **enrolled)
    assert (await participants.get("A100")).ready
    await roster.user("A100", active="b@example.com")
    assert not (await participants.get("A100")).ready


async def test_participant_without_users_is_listed_with_zeros_and_is_ready_for_nothing(
    roster: Roster, desk_of: DeskOf
) -> None:
    await roster.participant("A100", "Lone Securities")
    row = await desk_of(Role.OPERATIONS).participants.get("A100")
    assert (row.users, row.with_address, row.without_address, row.ready) == (0, 0, 0, False)


async def test_a_list_taken_down_again_shows_what_changed_meanwhile(
    roster: Roster, desk_of: DeskOf, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserListing, "PINNED", 0)
    await roster.participant("A100")
    first = await roster.user("A100", "BAKER")
    listing = desk_of(Role.OPERATIONS).users.listing(UserQuery())
    assert [row.user_id for row in await listing.page(0)] == [first]
    earlier = await roster.user("A100", "ABLE")
    assert await listing.count() == 2
    assert [row.user_id for row in await listing.page(0)] == [earlier, first]
    async with database.writing() as connection:
        await connection.execute(USERS.delete().where(USERS.c.user_id == first))
    assert [row.user_id for row in await listing.page(0)] == [earlier]


async def test_delegated_administrator_finds_nobody_outside_their_participant(
    roster: Roster, desk_of: DeskOf
) -> None:
    for participant_id in ("A100", "B200"):
        await roster.participant(participant_id, "Same Name Securities")
    own, other = (
        await roster.user("A100", "CHAN"),
        await roster.user("B200", "CHAN", pending="chan@b.example"),
    )
    for role in (Role.DA_MAKER, Role.DA_CHECKER):
        desk = desk_of(role, "A100")
        listing = desk.users.listing(UserQuery())
        assert await listing.count() == 1
        assert await listing.position(other) is None
        assert await desk.users.ids(UserQuery()) == (own,)
        for typed in ("chan", "ch", other, "same name", "chan@b.example"):
            assert other not in {row.user_id for row in (await desk.users.lookup(typed)).rows}
            assert await desk.users.listing(UserQuery(search=typed)).position(other) is None
        assert [row.participant_id for row in await desk.participants.all()] == ["A100"]
        assert (await desk.status()).users == 1
        with pytest.raises(NotFound):
            await desk.users.listing(UserQuery(participant_id="B200")).count()
        with pytest.raises(NotFound):
            await desk.users.card(other)
        with pytest.raises(NotFound):
            await desk.participants.get("B200")


@pytest.mark.parametrize("role", list(Role))
def test_delegated_administrators_have_a_participant_and_nobody_else_does(role: Role) -> None:
    is_da = role in (Role.DA_MAKER, Role.DA_CHECKER)
    with pytest.raises(ValueError, match=role.value):
        Operator("x", "x", role, None if is_da else "A100")
    assert Operator("x", "x", role, "A100" if is_da else None).role is role


async def test_helpdesk_sees_masked_addresses_in_list_and_card(roster: Roster, desk_of: DeskOf) -> None:
    await roster.participant("A100")
    user_id = await roster.user("A100", active="jane.doe@example.com", pending="jane@new.example")
    desk = desk_of(Role.HELPDESK)
    (row,) = await desk.users.listing(UserQuery()).page(0)
    card = await desk.users.card(user_id)
    assert row.email == card.active_email == "j***@example.com"
    assert card.pending_email == "j***@new.example"
    assert row.change_pending
    assert (await desk_of(Role.OPERATIONS).users.card(user_id)).active_email == "jane.doe@example.com"


async def test_card_tells_the_story_of_a_registration(
    roster: Roster, desk_of: DeskOf, clock: HeldClock, keys: Keys
) -> None:
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    await roster.participant("A100", waiver="sole proprietor")
    user_id = await roster.user("A100", "CHAN Tai Man")
    desk = desk_of(Role.DA_MAKER, "A100")
    before = await desk.users.card(user_id)
    assert before.row.standing is Standing.NO_EMAIL
    assert (before.code, before.mails, before.history) == (None, (), ())

    await desk.registrations.edit_email(user_id, "tm.chan@example.com", version=before.version)

    card = await desk.users.card(user_id)
    assert card.row.standing is Standing.UNVERIFIED
    assert card.pending_email == "tm.chan@example.com"
    assert card.code is not None
    assert (card.code.number, card.code.tries_left, card.code.issued_at) == (1, 5, clock.now())
    assert [mail.to for mail in card.mails] == ["tm.chan@example.com"]
    assert {line.action for line in card.history} >= {"address.registered", "verification.issued"}
    assert {line.operator_id for line in card.history} == {"da-maker-A100"}
    clock.advance(timedelta(hours=25))
    assert (await desk.users.card(user_id)).row.standing is Standing.CODE_EXPIRED


async def test_card_shows_the_open_proposal_until_it_expires(
    roster: Roster, desk_of: DeskOf, clock: HeldClock, keys: Keys
) -> None:
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    await roster.participant("A100")
    user_id = await roster.user("A100")
    desk = desk_of(Role.DA_MAKER, "A100")
    await desk.registrations.edit_email(user_id, "new@example.com", version=1)
    card = await desk.users.card(user_id)
    assert card.proposal is not None
    assert (card.proposal.new_email, card.proposal.made_by) == ("new@example.com", "da-maker-A100")
    assert card.row.standing is Standing.AWAITING_APPROVAL
    clock.advance(timedelta(days=8))
    card = await desk.users.card(user_id)
    assert card.proposal is None
    assert card.row.standing is Standing.NO_EMAIL
