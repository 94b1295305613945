"""The audit log as each role may see it: scope, filters, pages, exports, verification, heads."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from store.audit_views import EventKind, EventQuery, EventRow
from store.context import Context
from store.database import Database
from store.desk import Desk
from store.errors import BadHead, NotAllowed, NotFound
from store.keys import Keys
from store.rules.audit_chain import Event, Fault
from store.setup import SYSTEM, initialise
from store.views import Operator, Role
from tests.conftest import START, DeskOf, HeldClock, Roster

DAY = timedelta(days=1)


@pytest.fixture
async def operations(roster: Roster, keys: Keys, clock: HeldClock, desk_of: DeskOf) -> Desk:
    """An initialised desk with two participants of one user each."""
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    for participant_id in ("P1", "P2"):
        await roster.participant(participant_id)
        await roster.user(participant_id, pending=f"one@{participant_id.lower()}.example")
    return desk_of(Role.OPERATIONS)


async def note(desk: Desk, *events: Event, by: str = "somebody") -> None:
    context = desk._context
    actor = Operator(by, by, Role.OPERATIONS)
    async with Context(context.database, context.clock, context.keys, actor).changing() as change:
        change.events += events


async def listed(desk: Desk, **wanted: Any) -> list[EventRow]:
    listing = desk.audit.listing(EventQuery(**wanted))
    count = await listing.count()
    rows = [row for number in range(-(-count // listing.PAGE)) for row in await listing.page(number)]
    assert len(rows) == count
    return rows


async def actions(desk: Desk, **wanted: Any) -> list[str]:
    return [row.action for row in await listed(desk, **wanted)]


# Seeing.


async def test_the_newest_event_comes_first_with_who_what_whom_and_all_facts(operations: Desk) -> None:
    await note(operations, Event("address.registered", "P1", 1, {"version": 2}, {"email": "a@b.example"}))
    newest = (await listed(operations))[0]
    assert (newest.operator_id, newest.action, newest.participant_id) == (
        "somebody",
        "address.registered",
        "P1",
    )
    assert (newest.user_id, newest.user_name) == ("P1U00001", "CHAN Tai Man")
    assert newest.facts == {"version": 2, "email": "a@b.example"}
    assert (newest.at, len(newest.hash)) == (START, 64)


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER])
async def test_a_delegated_administrator_sees_the_own_participant_alone(
    role: Role, operations: Desk, desk_of: DeskOf
) -> None:
    await note(operations, Event("mail.held", "P1", 1), Event("mail.held", "P2", 2), Event("milestone.begun"))
    mine = desk_of(role, "P1")
    assert [row.participant_id for row in await listed(mine)] == ["P1"]
    assert await listed(mine, operator_id="somebody", kind=EventKind.MAIL, user_id="P1U00001") != []
    with pytest.raises(NotFound):
        await listed(mine, participant_id="P2")
    with pytest.raises(NotFound):
        await listed(mine, user_id="P2U00002")


async def test_the_helpdesk_sees_no_event(desk_of: DeskOf, operations: Desk) -> None:
    with pytest.raises(NotAllowed):
        await listed(desk_of(Role.HELPDESK))
    assert (await actions(operations))[0] == "refused"


async def test_each_filter_lets_through_what_it_names(operations: Desk, clock: HeldClock) -> None:
    await note(operations, Event("mail.held", "P1", 1), by="ann")
    clock.advance(DAY)
    await note(operations, Event("signin.refused", "P2"), Event("address.revealed", "P2", 2), by="bob")
    clock.advance(DAY)
    await note(operations, Event("verification.refused", "P2", 2), by="ann")
    await note(operations, Event("entry.refused", "P3"), Event("user.locked", "P3"), by="enrolment")
    assert await actions(operations, operator_id="ann") == ["verification.refused", "mail.held"]
    assert await actions(operations, kind=EventKind.MAIL) == ["mail.held"]
    assert await actions(operations, kind=EventKind.REFUSALS) == [
        "entry.refused", "verification.refused", "signin.refused",
    ]  # fmt: skip
    assert await actions(operations, kind=EventKind.ENROLMENT) == ["user.locked", "entry.refused"]
    assert await actions(operations, kind=EventKind.LOOKS) == ["address.revealed"]
    assert await actions(operations, participant_id="P1") == ["mail.held"]
    assert await actions(operations, user_id="P2U00002") == ["verification.refused", "address.revealed"]
    day = {"since": START + DAY, "until": START + 2 * DAY}
    assert await actions(operations, **day) == ["address.revealed", "signin.refused"]
    assert await actions(operations, **day, operator_id="bob", kind=EventKind.SIGN_INS) == ["signin.refused"]
    assert await actions(operations, since=START + 3 * DAY) == []
    assert await actions(operations, operator_id="%") == []


async def test_a_day_holds_an_event_that_was_dated_before_it_was_numbered(
    operations: Desk, clock: HeldClock
) -> None:
    """Its transaction began before midnight and ended after that of another day."""
    clock.advance(DAY)
    await note(operations, Event("mail.held", "P1", 1))
    clock.advance(-timedelta(minutes=30))
    await note(operations, Event("mail.released", "P1", 1))
    assert await actions(operations, until=START + DAY - timedelta(minutes=1), kind=EventKind.MAIL) == [
        "mail.released"
    ]


async def test_events_written_meanwhile_do_not_shift_the_pages(operations: Desk) -> None:
    await note(operations, *(Event("mail.held", "P1", 1, {"n": number}) for number in range(300)))
    listing = operations.audit.listing(EventQuery(kind=EventKind.MAIL))
    assert await listing.count() == 300
    first = await listing.page(0)
    await note(operations, Event("mail.released", "P1", 1))
    rows = [*first, *await listing.page(1), *await listing.page(2)]
    assert [row.facts["n"] for row in rows] == list(range(299, -1, -1))
    assert await listing.page(3) == ()
    assert await listing.position(rows[200].event_id) == 200
    assert await listing.position(rows[0].event_id + 1) is None


async def test_a_row_that_was_made_unreadable_is_listed_all_the_same(
    operations: Desk, database: Database
) -> None:
    await note(operations, Event("mail.held", "P1", 1, {"n": 1}), Event("mail.released", "P1", 1))
    ruin = {True: "facts = CAST(x'ff00' AS TEXT), at = 'never'", False: "facts = '[', at = 'infinity'"}
    async with database.writing() as connection:
        await connection.execute(
            text(f"UPDATE audit_event SET {ruin[database.is_sqlite]} WHERE action = 'mail.held'")
        )
    row = (await listed(operations))[1]
    assert (row.action, row.at, row.facts) == ("mail.held", None, {})
    assert len([row async for row in operations.audit.export()]) == await operations.audit.listing().count()


# Exporting.


async def test_an_export_has_every_event_in_the_order_they_happened(
    operations: Desk, desk_of: DeskOf
) -> None:
    await note(
        operations, *(Event("mail.held", f"P{1 + number % 2}", 1, {"n": number}) for number in range(9))
    )
    rows = [row async for row in operations.audit.export()]
    assert [row.event_id for row in rows] == list(range(1, len(rows) + 1))
    assert [row.facts["n"] for row in rows if row.action == "mail.held"] == [*range(9)]
    for role, participant_id in ((Role.HELPDESK, None), (Role.DA_CHECKER, "P2")):
        with pytest.raises(NotAllowed):
            await anext(desk_of(role, participant_id).audit.export())


@pytest.mark.parametrize(
    ("role", "what", "may"),
    [
        (Role.OPERATIONS, "users", True),
        (Role.DA_MAKER, "users", True),
        (Role.OPERATIONS, "audit", True),
        (Role.DA_CHECKER, "audit", False),
        (Role.HELPDESK, "users", False),
        (Role.HELPDESK, "audit", False),
        (Role.HELPDESK, "schedule", True),
    ],
)
async def test_what_is_exported_is_recorded_and_only_by_those_who_may(
    role: Role, what: str, may: bool, operations: Desk, desk_of: DeskOf
) -> None:
    participant = "P1" if role in (Role.DA_MAKER, Role.DA_CHECKER) else None
    audit = desk_of(role, participant).audit
    if not may:
        with pytest.raises(NotAllowed):
            await audit.note_export(what, "csv", 3)
        assert (await actions(operations))[0] == "refused"
        return
    await audit.note_export(what, "csv", 3)
    newest = (await listed(operations))[0]
    assert (newest.action, newest.participant_id) == ("export.made", participant)
    assert newest.facts == {"what": what, "format": "csv", "rows": 3}


# Verifying.


async def test_a_fresh_desk_verifies_and_each_verification_is_an_event(operations: Desk) -> None:
    first = await operations.audit.verify()
    assert (first.ok, first.first_bad, first.head) == (True, None, None)
    newest = (await listed(operations))[0]
    assert (newest.action, newest.facts["events"]) == ("audit.verified", first.events)
    assert (await operations.audit.verify()).events == first.events + 1


async def test_a_failed_verification_is_recorded_with_the_first_bad_event(
    operations: Desk, database: Database
) -> None:
    await note(operations, Event("mail.held", "P1", 1))
    async with database.writing() as connection:
        await connection.execute(text("DELETE FROM audit_event WHERE event_id = 2"))
    assert (await operations.audit.verify()).fault is Fault.MISSING
    assert (await listed(operations))[0].facts["first_bad"] == 2


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER, Role.HELPDESK])
async def test_only_operations_verify_or_take_the_head(role: Role, operations: Desk, desk_of: DeskOf) -> None:
    audit = desk_of(role, None if role is Role.HELPDESK else "P1").audit
    with pytest.raises(NotAllowed):
        await audit.verify()
    with pytest.raises(NotAllowed):
        await audit.head()


async def test_the_progress_is_told_and_ends_with_the_last_event(operations: Desk) -> None:
    await note(operations, *(Event("mail.held", "P1", 1) for _number in range(2_500)))
    told: list[tuple[int, int]] = []
    verdict = await operations.audit.verify(progress=lambda done, events: told.append((done, events)))
    assert len(told) == 2
    assert told[-1] == (verdict.events, verdict.events)


async def test_a_log_that_is_written_to_at_the_same_time_raises_no_false_alarm(operations: Desk) -> None:
    await note(operations, *(Event("mail.held", "P1", 1) for _number in range(6_000)))
    head = await operations.audit.head()
    over = asyncio.Event()

    async def write_on() -> int:
        written = 0
        while not over.is_set():
            await note(operations, *(Event("mail.released", "P1", 1) for _number in range(5)))
            written += 1
        return written

    writing = asyncio.create_task(write_on())
    verdicts = [await operations.audit.verify(head) for _time in range(3)]
    over.set()
    assert await writing > 3
    assert all(verdict.ok for verdict in verdicts)
    assert verdicts[0].events < verdicts[-1].events


async def test_a_cut_end_shows_without_a_head_while_the_rows_it_told_of_are_there(
    operations: Desk, clock: HeldClock, database: Database
) -> None:
    await operations.verifications.resend("P1U00001")
    clock.advance(timedelta(hours=2))
    await operations.verifications.resend("P2U00002")
    assert (await operations.audit.verify()).ok
    (newest,) = [row.event_id for row in await listed(operations, user_id="P2U00002")]
    async with database.writing() as connection:
        await connection.execute(text(f"DELETE FROM audit_event WHERE event_id >= {newest}"))
    verdict = await operations.audit.verify()
    assert (verdict.fault, verdict.first_bad) == (Fault.CUT, newest)


async def test_a_cut_log_that_was_written_on_still_names_the_first_that_is_gone(
    operations: Desk, clock: HeldClock, database: Database
) -> None:
    await note(operations, *(Event("mail.held", "P1", 1) for _number in range(20)))
    head = await operations.audit.head()
    clock.advance(timedelta(hours=1))
    async with database.writing() as connection:
        await connection.execute(text("DELETE FROM audit_event WHERE event_id > 15"))
    for _time in range(20):
        verdict = await operations.audit.verify(head)
        assert (verdict.ok, verdict.first_bad) == (False, 16)
    assert verdict.fault is Fault.REPLACED


# The head.


async def test_a_head_names_the_event_of_its_own_export(operations: Desk) -> None:
    document = json.loads(await operations.audit.head())
    newest = (await listed(operations))[0]
    assert newest.action == "audit.head-exported"
    assert (document["event_id"], document["hash"]) == (newest.event_id, newest.hash)
    assert (document["count"], document["at"]) == (newest.event_id, START.isoformat())
    verdict = await operations.audit.verify(json.dumps(document))
    assert verdict.head is not None
    assert verdict.head.event_id == newest.event_id


NO_HEADS = (
    "", "{}", "[]", "null", "not json", "{" * 5_000, '{"kind": 1}', "\x00", "[" * 100_000, '"' + "9" * 5_000,
)  # fmt: skip


async def test_what_is_no_head_is_refused_and_nothing_is_recorded(operations: Desk) -> None:
    before = await operations.audit.listing().count()
    for head in NO_HEADS:
        with pytest.raises(BadHead) as refused:
            await operations.audit.verify(head)
        assert refused.value.reason == "malformed", head
    assert await operations.audit.listing().count() == before


async def test_a_head_that_was_changed_is_refused(operations: Desk) -> None:
    document = json.loads(await operations.audit.head())
    others = {
        "event_id": document["event_id"] - 1, "hash": "00" * 32, "at": "2022-12-19T00:00:00+00:00",
        "count": 1, "signature": "00" * 32,
    }  # fmt: skip
    for field, value in others.items():
        with pytest.raises(BadHead) as refused:
            await operations.audit.verify(json.dumps(document | {field: value}))
        assert refused.value.reason == "foreign", field


async def test_a_head_with_a_field_of_another_type_is_refused(operations: Desk) -> None:
    document = json.loads(await operations.audit.head())
    for field in document:
        for value in (None, True, 1.5, [], {}, "x", "2023-02-06"):
            with pytest.raises(BadHead):
                await operations.audit.verify(json.dumps(document | {field: value}))


async def test_the_head_of_another_desk_is_refused(
    operations: Desk, database: Database, clock: HeldClock
) -> None:
    other = Desk(database, clock, Keys(bytes(32)), SYSTEM)
    with pytest.raises(BadHead):
        await operations.audit.verify(await other.audit.head())
