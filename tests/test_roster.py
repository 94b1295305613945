"""A roster is planned, then loaded as planned or not at all; what comes out goes in again unchanged."""

import asyncio
import hashlib
import hmac
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from screens import roster_words as words
from store import setup
from store.database import Database
from store.desk import Desk
from store.errors import Conflict, NotAllowed, NotNow
from store.keys import Keys
from store.rules.roster_file import COLUMNS, RosterFile, RowFault, read_roster, write_rows
from store.rules.roster_plan import RosterPlan
from store.rules.standing import Facts, standing
from store.tables import AddressWaiver, AuditEvent, CcmsUser, Mail, Milestone, Participant, Proposal
from store.views import Kind, Role, Standing, UserQuery
from tests.conftest import DeskOf, HeldClock, Roster

KEPT = (CcmsUser, Participant, Proposal, Mail, AuditEvent)


@pytest.fixture(autouse=True)
async def schedule(database: Database, clock: HeldClock, keys: Keys) -> None:
    await setup.initialise(database, clock, keys, "ops-1", "Operations One")


@pytest.fixture
def operations(desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS)


def cells(user_id: str, participant_id: str = "CP1", **others: str) -> list[str]:
    values = {
        "participant_id": participant_id,
        "participant_name": f"{participant_id} Securities",
        "user_id": user_id,
        "user_name": f"Name of {user_id}",
        "kind": "user",
        "email": f"{user_id.lower()}@{participant_id.lower()}.example.com",
        "smartcard_serial": f"SC-{user_id}",
        "language": "en",
    } | others
    return [values[column] for column in COLUMNS]


def file(*rows: list[str]) -> RosterFile:
    return read_roster(write_rows([COLUMNS, *rows]).encode())


async def load(desk: Desk, *rows: list[str]) -> RosterPlan:
    plan = await desk.roster.plan(file(*rows))
    await desk.roster.apply(plan)
    return plan


async def exported(desk: Desk) -> bytes:
    return write_rows([COLUMNS, *[row async for row in desk.roster.export()]]).encode()


async def one(database: Database, user_id: str) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(select(CcmsUser).where(CcmsUser.user_id == user_id))).one()


async def everything(database: Database) -> list[Any]:
    async with database.reading() as connection:
        return [
            (await connection.execute(select(table).order_by(*table.__table__.primary_key))).all()
            for table in KEPT
        ]


async def events(database: Database, user_id: str) -> list[tuple[str, dict[str, Any]]]:
    query = select(AuditEvent.action, AuditEvent.facts, AuditEvent.personal).join(
        CcmsUser, CcmsUser.pk == AuditEvent.user_pk
    )
    async with database.reading() as connection:
        found = await connection.execute(
            query.where(CcmsUser.user_id == user_id).order_by(AuditEvent.event_id)
        )
        return [
            (action, json.loads(facts) | json.loads(personal or "{}")) for action, facts, personal in found
        ]


def faults(plan: RosterPlan) -> list[tuple[int, str, str, str]]:
    return [(bad.line, bad.column, bad.reason, bad.detail) for bad in plan.bad]


async def open_da_registration(database: Database, clock: HeldClock) -> None:
    async with database.writing() as connection:
        begun = update(Milestone).where(Milestone.milestone_id == "da-email").values(begun_at=clock.now())
        await connection.execute(begun)


@pytest.fixture
async def maker(desk_of: DeskOf, roster: Roster) -> Desk:
    """The maker of CP1, which has a single-DA waiver: their list applies at once."""
    await roster.participant("CP1", "CP1 Securities", waiver="sole proprietor")
    return desk_of(Role.DA_MAKER, "CP1")


async def test_a_plan_writes_nothing(operations: Desk, database: Database):
    before = await everything(database)
    plan = await operations.roster.plan(file(cells("U1"), cells("U2", "CP2", email="")))
    assert (len(plan.new), len(plan.changed), plan.same, plan.absent, plan.bad) == (2, 0, 0, (), ())
    assert plan.participants == {"CP1": (None, "CP1 Securities"), "CP2": (None, "CP2 Securities")}
    assert await everything(database) == before


async def test_what_is_loaded_is_what_the_file_says_unverified_and_without_mail(
    operations: Desk, database: Database
):
    await load(operations, cells("U1", user_name="陳大文"), cells("U2", email="", language=""))
    first, second = await one(database, "U1"), await one(database, "U2")
    assert (first.pending_email, first.active_email, first.standing) == (
        "u1@cp1.example.com", None, Standing.UNVERIFIED,
    )  # fmt: skip
    assert (second.pending_email, second.standing, second.language) == (None, Standing.NO_EMAIL, "en")
    ((action, facts),) = await events(database, "U1")
    assert action == "user.imported"
    assert (facts["email"], facts["user_name"]) == ("u1@cp1.example.com", "陳大文")
    async with database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(Mail))).scalar_one() == 0


async def test_loaded_users_are_found_by_two_chinese_characters_and_by_address(operations: Desk):
    await load(operations, cells("U1", user_name="陳大文"), cells("U2", user_name="李小明"))
    assert [row.user_id for row in (await operations.users.lookup("小明")).rows] == ["U2"]
    assert [row.user_id for row in (await operations.users.lookup("u1@cp1")).rows] == ["U1"]
    await load(operations, cells("U2", user_name="王美玲"))
    assert [row.user_id for row in (await operations.users.lookup("美玲")).rows] == ["U2"]
    assert (await operations.users.lookup("小明")).rows == ()


async def test_the_same_file_again_changes_nothing(operations: Desk, database: Database):
    rows = [cells(f"U{number}", f"CP{number % 3}") for number in range(10)]
    await load(operations, *rows)
    before = await everything(database)
    plan = await load(operations, *rows)
    assert (len(plan.new), len(plan.changed), plan.same) == (0, 0, 10)
    assert await everything(database) == before


async def test_users_missing_from_the_file_are_reported_and_kept(operations: Desk, database: Database):
    await load(operations, cells("U1"), cells("U2"), cells("U3", "CP2"))
    plan = await load(operations, cells("U1"))
    assert plan.absent == ("U2", "U3")
    assert (await one(database, "U3")).user_id == "U3"


async def test_each_changed_cell_is_written_and_told(operations: Desk, database: Database, clock: HeldClock):
    await open_da_registration(database, clock)
    await load(operations, cells("U1"))
    await load(
        operations,
        cells(
            "U1", user_name="New Name", kind="da-maker", email="", smartcard_serial="SC9", language="zh-Hant"
        ),
    )
    row = await one(database, "U1")
    assert (row.user_name, row.sort_name, row.kind, row.smartcard_serial, row.language, row.version) == (
        "New Name", "new name", "da-maker", "SC9", "zh-Hant", 2,
    )  # fmt: skip
    assert row.pending_email == "u1@cp1.example.com"
    action, facts = (await events(database, "U1"))[-1]
    assert action == "user.changed"
    assert facts["changed"] == "user_name, kind, smartcard_serial, language"
    assert facts["user_name"] == "New Name"


async def test_empty_cells_leave_what_is_known(operations: Desk, database: Database):
    await load(operations, cells("U1"))
    plan = await load(operations, cells("U1", email="", smartcard_serial="", language=""))
    assert plan.same == 1
    assert (await one(database, "U1")).smartcard_serial == "SC-U1"


async def test_a_new_address_becomes_pending_and_the_verified_one_stays(
    operations: Desk, database: Database, roster: Roster, clock: HeldClock
):
    await open_da_registration(database, clock)
    await roster.participant("CP1", "CP1 Securities")
    await roster.user(
        "CP1", user_id="U1", kind=Kind.DA_MAKER, active="old@cp1.example.com", pending="typo@cp1.example.com",
        undeliverable=True, code_expires_at=clock.now(), verified_at=clock.now(),
    )  # fmt: skip
    await load(operations, cells("U1", kind="da-maker", email="New@CP1.example.com"))
    row = await one(database, "U1")
    assert (row.active_email, row.pending_email, row.pending_canonical) == (
        "old@cp1.example.com", "New@CP1.example.com", "new@cp1.example.com",
    )  # fmt: skip
    assert (row.undeliverable, row.code_expires_at, row.standing) == (False, None, Standing.VERIFIED)
    registered = next(
        facts for action, facts in await events(database, "U1") if action == "address.registered"
    )
    assert (registered["email"], registered["old_email"], registered["version"]) == (
        "New@CP1.example.com", "typo@cp1.example.com", 2,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["user", "da-maker"])
@pytest.mark.parametrize("has", [{"active": "old@cp1.example.com"}, {"pending": "old@cp1.example.com"}])
async def test_operations_leave_a_users_address_to_its_maker(
    operations: Desk, database: Database, roster: Roster, clock: HeldClock, has: dict[str, str], kind: str
):
    """Alone they could move it, and enter the code themselves; nor does making a DA of the user help."""
    await open_da_registration(database, clock)
    await roster.participant("CP1", "CP1 Securities")
    await roster.user("CP1", user_id="U1", user_name="Name of U1", smartcard_serial="SC-U1", **has)
    before = await one(database, "U1")
    plan = await load(operations, cells("U1", kind=kind, email="evil@example.net"))
    assert [(each.line, each.column, each.value, each.kind) for each in plan.warnings] == [
        (2, "email", "evil@example.net", "makers")
    ]
    assert "the address is the participant's maker's to change; it stays as it is." in words.warning(
        plan.warnings[0]
    )
    assert (plan.same, len(plan.changed), plan.bad) == ((1, 0, ()) if kind == "user" else (0, 1, ()))
    row = await one(database, "U1")
    assert (row.active_email, row.pending_email) == (before.active_email, before.pending_email)
    assert [action for action, _ in await events(database, "U1")] == (
        [] if kind == "user" else ["user.changed"]
    )


async def test_operations_give_users_without_any_address_their_first(
    operations: Desk, database: Database, roster: Roster
):
    await roster.participant("CP1", "CP1 Securities")
    await roster.user("CP1", user_id="U1", user_name="Name of U1", smartcard_serial="SC-U1")
    plan = await load(operations, cells("U1"), cells("U2"))
    assert (len(plan.new), len(plan.changed), plan.warnings) == (1, 1, ())
    assert (await one(database, "U1")).pending_email == "u1@cp1.example.com"


@pytest.mark.parametrize("email", ["old@cp1.example.com", "OLD@cp1.example.com", "next@cp1.example.com"])
async def test_an_address_the_user_has_is_no_change(operations: Desk, roster: Roster, email: str):
    await roster.participant("CP1", "CP1 Securities")
    await roster.user("CP1", user_id="U1", user_name="Name of U1", active="old@cp1.example.com",
                      pending="next@cp1.example.com", smartcard_serial="SC-U1")  # fmt: skip
    assert (await operations.roster.plan(file(cells("U1", email=email)))).same == 1


async def test_a_participant_known_under_another_name_is_renamed_and_reported(
    operations: Desk, database: Database
):
    await load(operations, cells("U1"), cells("U2"))
    rows = [cells(user_id, participant_name="Harbour Limited") for user_id in ("U1", "U2")]
    plan = await load(operations, *rows)
    assert plan.participants == {"CP1": ("CP1 Securities", "Harbour Limited")}
    assert len(plan.changed) == 2
    assert (await operations.participants.get("CP1")).name == "Harbour Limited"
    assert (await operations.roster.plan(file(*rows))).same == 2


async def test_a_user_of_another_participant_is_a_bad_row(operations: Desk):
    await load(operations, cells("U1"))
    plan = await operations.roster.plan(file(cells("U1", "CP2")))
    assert faults(plan) == [(2, "participant_id", RowFault.OTHER_PARTICIPANT, "CP1")]
    assert plan.new == plan.changed == ()
    assert plan.participants == {}


async def test_bad_rows_stop_the_load_unless_they_are_to_be_skipped(operations: Desk, database: Database):
    before = await everything(database)
    plan = await operations.roster.plan(file(cells("U1"), cells("U2", kind="boss")))
    with pytest.raises(NotNow):
        await operations.roster.apply(plan)
    assert await everything(database) == before
    assert (await operations.roster.apply(plan, skip_bad=True)).new == 1
    assert await operations.users.ids(UserQuery()) == ("U1",)


async def test_two_users_of_a_participant_may_not_share_an_address_without_a_recorded_reason(
    operations: Desk, database: Database, clock: HeldClock
):
    shared = [cells("U1", email="desk@cp1.example.com"), cells("U2", email="Desk@cp1.example.com")]
    plan = await operations.roster.plan(file(*shared))
    assert faults(plan) == [(3, "email", RowFault.SHARED, "U1")]
    await load(operations, cells("U1", email="desk@cp1.example.com"))
    plan = await operations.roster.plan(file(shared[1]))
    assert faults(plan) == [(2, "email", RowFault.SHARED, "U1")]
    waiver = {"participant_id": "CP1", "canonical": "desk@cp1.example.com", "reason": "one desk"}
    async with database.writing() as connection:
        stamp = {"recorded_by": "ops", "recorded_at": clock.now()}
        await connection.execute(AddressWaiver.__table__.insert(), [waiver | stamp])
    assert (await operations.roster.plan(file(*shared))).bad == ()


async def test_two_mixed_up_addresses_can_be_put_right_in_one_file(
    operations: Desk, database: Database, maker: Desk
):
    await load(operations, cells("U1", email="two@cp1.example.com"), cells("U2", email=""))
    await load(maker, cells("U1", email="one@cp1.example.com"), cells("U2", email="two@cp1.example.com"))
    assert (await one(database, "U2")).pending_email == "two@cp1.example.com"


async def test_a_bad_row_gives_no_address_free(operations: Desk, maker: Desk):
    await load(operations, *(cells(f"U{n}", email=f"{n}@cp1.example.com") for n in (1, 2, 3)))
    rows = (cells("U1", email="3@cp1.example.com"), cells("U2", email="1@cp1.example.com"))
    assert faults(await maker.roster.plan(file(*rows))) == [
        (2, "email", RowFault.SHARED, "U3"),
        (3, "email", RowFault.SHARED, "U1"),
    ]


async def test_an_address_shared_across_participants_is_only_remarked_on(operations: Desk):
    plan = await load(
        operations, cells("U1", email="x@group.example.com"), cells("U2", "CP2", email="x@group.example.com")
    )
    assert [(remark.line, remark.kind, remark.detail) for remark in plan.warnings] == [
        (2, "shared", "CP2"),
        (3, "shared", "CP1"),
    ]
    plan = await operations.roster.plan(file(cells("U3", "CP3", email="x@group.example.com")))
    assert [(remark.line, remark.detail) for remark in plan.warnings] == [(2, "CP1, CP2")]


async def test_an_address_of_another_participants_user_is_flagged_for_operations(
    operations: Desk, database: Database, roster: Roster, desk_of: DeskOf, maker: Desk
):
    """Whoever loads it, whether it applies or waits; one that the participant's own users have is not."""

    async def flagged() -> list[tuple[str | None, str, str, str]]:
        query = select(AuditEvent.participant_id, AuditEvent.facts).where(
            AuditEvent.action == "address.flagged"
        )
        async with database.reading() as connection:
            found = [(cp, json.loads(facts)) for cp, facts in await connection.execute(query)]
        return sorted((cp, facts["user_id"], facts["in"], facts["also_in"]) for cp, facts in found)

    await roster.user("CP1", user_id="U1", active="x@group.example.com")
    await roster.user("CP1", user_id="U2", pending="y@group.example.com")
    await roster.participant("CP2", "CP2 Securities")
    await roster.user("CP2", user_id="U3", user_name="Name of U3", smartcard_serial="SC-U3")
    await roster.user("CP1", user_id="U4", user_name="Name of U4", smartcard_serial="SC-U4")
    await load(operations, cells("N1", "CP3", email="x@group.example.com"), cells("N2", "CP3"))
    assert await flagged() == [(None, "N1", "CP3", "CP1")]
    await load(desk_of(Role.DA_MAKER, "CP2"), cells("U3", "CP2", email="y@group.example.com"))
    await load(maker, cells("U4", email="n2@cp3.example.com"))
    assert await flagged() == [
        (None, "N1", "CP3", "CP1"), (None, "U3", "CP2", "CP1"), (None, "U4", "CP1", "CP3"),
    ]  # fmt: skip


async def test_look_alike_and_mistyped_domains_are_remarked_on_once(operations: Desk):
    rows = [cells(f"U{n}", email=f"{n}@gmial.com") for n in range(3)] + [
        cells("U9", email="x@hаrbour.example.com")
    ]
    plan = await operations.roster.plan(file(*rows))
    assert plan.bad == ()
    assert [(remark.line, remark.kind) for remark in plan.warnings] == [(2, "typo"), (5, "lookalike")]


async def test_nobody_becomes_or_ceases_to_be_a_da_before_their_registration_has_begun(
    operations: Desk, database: Database, clock: HeldClock
):
    """By way of the kind an address would become a DA's, or a DA's address be moved as a user's."""
    await load(operations, cells("U1"), cells("DA1", kind="da-maker", email=""))
    before = await everything(database)
    rows = (
        cells("U1", kind="da-checker", email=""),
        cells("DA1", kind="user"),
        cells("U1", kind="da-maker", email="new@cp1.example.com"),
    )
    for row in rows:
        plan = await operations.roster.plan(file(row))
        assert faults(plan) == [(2, "kind", RowFault.KIND_NOT_OPEN, "Q1 2023")]
        await operations.roster.apply(plan, skip_bad=True)
    assert await everything(database) == before
    await load(operations, cells("DA1", kind="da-checker", email=""))
    assert (await one(database, "DA1")).kind == "da-checker"
    await open_da_registration(database, clock)
    await load(operations, *rows[:2])
    assert (await one(database, "U1")).kind == "da-checker"
    assert (await one(database, "DA1")).pending_email == "da1@cp1.example.com"


async def test_a_da_address_is_bad_until_its_registration_has_begun(
    operations: Desk, database: Database, clock: HeldClock
):
    rows = (cells("U1", kind="da-maker"), cells("U2", kind="da-checker", email=""))
    plan = await operations.roster.plan(file(*rows))
    assert faults(plan) == [(2, "email", RowFault.NOT_OPEN, "Q1 2023")]
    await open_da_registration(database, clock)
    await load(operations, *rows)
    assert (await one(database, "U1")).pending_email == "u1@cp1.example.com"


async def test_a_load_that_the_desk_has_overtaken_is_refused_whole(
    operations: Desk, database: Database, desk_of: DeskOf
):
    plan = await operations.roster.plan(file(cells("U1"), cells("U2")))
    await load(desk_of(Role.OPERATIONS, operator_id="ops-2"), cells("U1", user_name="Another"))
    before = await everything(database)
    with pytest.raises(Conflict) as refused:
        await operations.roster.apply(plan)
    assert refused.value.changed_by == "ops-2"
    assert refused.value.differences == {"new": ("2", "1"), "changed": ("0", "1")}
    assert await everything(database) == before


async def test_of_two_loads_at_once_one_is_refused_and_nobody_is_loaded_twice(
    operations: Desk, desk_of: DeskOf
):
    other = desk_of(Role.OPERATIONS, operator_id="ops-2")
    rows = file(*(cells(f"U{n}") for n in range(50)))
    plans = [await desk.roster.plan(rows) for desk in (operations, other)]
    done = await asyncio.gather(
        operations.roster.apply(plans[0]), other.roster.apply(plans[1]), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in done) == ["Conflict", "RosterApplied"]
    assert len(await operations.users.ids(UserQuery())) == 50


async def test_loads_and_edits_at_once_never_block_each_other_for_good(
    operations: Desk, desk_of: DeskOf, roster: Roster
):
    await roster.participant("CP1", "CP1 Securities", waiver="sole proprietor")
    ids = [await roster.user("CP1", user_name=f"Name {n}") for n in range(10)]
    maker = desk_of(Role.DA_MAKER, "CP1")
    plan = await operations.roster.plan(file(*(cells(f"NEW{n}") for n in range(200))))
    edits = [
        maker.registrations.edit_email(user_id, f"{user_id}@cp1.example.com", version=1) for user_id in ids
    ]
    loaded, *edited = await asyncio.gather(operations.roster.apply(plan), *edits)
    assert (loaded.new, {edit.applied for edit in edited}) == (200, {True})


async def test_a_change_elsewhere_does_not_stop_a_load(operations: Desk, desk_of: DeskOf):
    plan = await operations.roster.plan(file(cells("U1")))
    await load(desk_of(Role.OPERATIONS, operator_id="ops-2"), cells("U7", "CP7"))
    assert (await operations.roster.apply(plan)).new == 1


async def test_a_load_that_fails_half_way_leaves_nothing(operations: Desk, database: Database):
    plan = await operations.roster.plan(file(*(cells(f"U{n}") for n in range(20))))
    before = await everything(database)

    def stop(_done: int, _all: int) -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await operations.roster.apply(plan, stop)
    assert await everything(database) == before
    assert (await operations.roster.apply(plan)).new == 20


async def test_two_thousand_rows_are_loaded_in_chunks_and_the_log_stays_one_chain(
    operations: Desk, database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("store.roster_loading.CHUNK", 300)
    rows = [cells(f"U{n:04}", f"CP{n % 7}") for n in range(2_000)]
    told: list[tuple[int, int]] = []
    plan = await operations.roster.plan(file(*rows))
    await operations.roster.apply(plan, lambda done, all_rows: told.append((done, all_rows)))
    assert told[0] == (300, 2_000)
    assert told[-1] == (2_000, 2_000)
    plan = await operations.roster.plan(file(*([*row[:3], row[3] + " Jr", *row[4:]] for row in rows)))
    await operations.roster.apply(plan)
    assert len(plan.changed) == 2_000
    async with database.reading() as connection:
        log = (await connection.execute(select(AuditEvent).order_by(AuditEvent.event_id))).all()
        names = (
            await connection.execute(select(func.count()).where(CcmsUser.user_name.like("% Jr")))
        ).scalar_one()
    assert names == 2_000
    assert [row.event_id for row in log] == list(range(1, len(log) + 1))
    for before, row in pairwise(log):
        assert row.hash == expected_hash(bytes(before.hash), row, keys)


def expected_hash(previous: bytes, row: Any, keys: Keys) -> bytes:
    digest = None
    if row.personal is not None:
        digest = hashlib.sha256(row.salt + row.personal.encode()).hexdigest()
        assert digest == row.digest.hex()
    parts = (
        previous.hex(), row.event_id, f"{row.at:%Y-%m-%d %H:%M:%S.%f}", row.operator_id, row.action,
        row.participant_id, row.user_pk, row.facts, digest,
    )  # fmt: skip
    return hmac.digest(keys.audit, json.dumps(parts, separators=(",", ":")).encode(), "sha256")


async def test_an_export_goes_in_again_byte_for_byte(operations: Desk, database: Database):
    rows = [
        cells("U1", user_name="=SUM(A1)", email="+tag@cp1.example.com"),
        cells("U2", user_name="''=odd", language="zh-Hant"),
        cells("U3", user_name='Chan, "Tommy" [/x] 陳', email="", smartcard_serial=""),
        cells("-U4", "CP2", smartcard_serial="@1"),
    ]
    data = write_rows([COLUMNS, *rows]).encode()
    await operations.roster.apply(await operations.roster.plan(read_roster(data)))
    assert (await one(database, "U1")).user_name == "=SUM(A1)"
    assert await exported(operations) == data
    plan = await operations.roster.plan(read_roster(data))
    assert (plan.same, plan.new, plan.changed) == (4, (), ())


async def test_an_export_names_the_pending_address_before_the_active_one(operations: Desk, roster: Roster):
    await roster.participant("CP1")
    await roster.user("CP1", active="a@cp1.example.com", pending="b@cp1.example.com")
    await roster.user("CP1", active="c@cp1.example.com")
    assert [row.email async for row in operations.roster.export()] == [
        "b@cp1.example.com",
        "c@cp1.example.com",
    ]


printable = st.text(
    alphabet=st.characters(blacklist_categories=["Cs", "Cc", "Cf", "Zl", "Zp"])
    | st.sampled_from("'=+-@\",;[]/\\"),
    min_size=1,
    max_size=40,
).filter(lambda value: value == value.strip() != "")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(printable, min_size=1, max_size=5), serial=printable.filter(lambda value: len(value) <= 64)
)
async def test_whatever_a_name_holds_it_survives_the_round_trip(
    operations: Desk, database: Database, names: list[str], serial: str
):
    async with database.writing() as connection:
        await connection.execute(text("DELETE FROM ccms_user"))
        await connection.execute(text("DELETE FROM participant"))
    rows = [cells(f"U{n}", user_name=name, smartcard_serial=serial, email="") for n, name in enumerate(names)]
    data = write_rows([COLUMNS, *rows]).encode()
    plan = await operations.roster.plan(read_roster(data))
    assert plan.bad == ()
    await operations.roster.apply(plan)
    assert await exported(operations) == data
    assert (await operations.roster.plan(read_roster(data))).same == len(names)


changes = st.fixed_dictionaries(
    {},
    optional={
        "user_name": st.sampled_from(["Name", "陳大文"]),
        "email": st.sampled_from(["", "a@cp1.example.com", "b@cp1.example.com", "C@cp1.example.com"]),
        "kind": st.sampled_from(["user", "da-maker"]),
        "language": st.sampled_from(["", "en", "zh-Hant"]),
    },
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.lists(st.tuples(st.sampled_from(["U1", "U2", "U3"]), changes), min_size=1, max_size=5))
async def test_after_a_load_the_same_plan_is_empty_and_every_standing_follows_from_the_facts(
    operations: Desk, database: Database, clock: HeldClock, data: list[tuple[str, dict[str, str]]]
):
    roster_file = file(*(cells(user_id, **others) for user_id, others in data))
    plan = await operations.roster.plan(roster_file)
    await operations.roster.apply(plan, skip_bad=True)
    again = await operations.roster.plan(roster_file)
    assert (again.new, again.changed, again.same) == ((), (), len(plan.new) + len(plan.changed) + plan.same)
    async with database.reading() as connection:
        for row in await connection.execute(select(CcmsUser)):
            facts = Facts(
                has_active=row.active_canonical is not None, has_pending=row.pending_canonical is not None
            )
            assert row.standing == standing(facts, clock.now())


class TestADelegatedAdministratorsList:
    """A maker's own list touches addresses of their own users, and tells nothing of anybody else's."""

    @pytest.fixture(autouse=True)
    async def users(self, roster: Roster) -> None:
        await roster.participant("CP1", "CP1 Securities", waiver="sole proprietor")
        await roster.participant("CP2", "CP2 Securities")
        for participant_id in ("CP1", "CP2"):
            for number in (1, 2):
                user_id = f"{participant_id}-{number}"
                await roster.user(
                    participant_id,
                    user_id=user_id,
                    user_name=f"Name of {user_id}",
                    smartcard_serial=f"SC-{user_id}",
                )

    @pytest.fixture
    def single(self, desk_of: DeskOf) -> Desk:
        return desk_of(Role.DA_MAKER, "CP1")

    @pytest.fixture
    def dual(self, desk_of: DeskOf) -> Desk:
        return desk_of(Role.DA_MAKER, "CP2")

    async def test_with_a_waiver_addresses_are_pending_at_once(self, single: Desk, database: Database):
        plan = await single.roster.plan(file(cells("CP1-1"), cells("CP1-2", email="")))
        assert (len(plan.changed), plan.same, plan.proposes) == (1, 1, False)
        assert (await single.roster.apply(plan)).plan_id is None
        row = await one(database, "CP1-1")
        assert (row.pending_email, row.standing) == ("cp1-1@cp1.example.com", Standing.UNVERIFIED)

    async def test_without_one_they_are_proposals_under_one_plan(self, dual: Desk, database: Database):
        rows = (cells("CP2-1", "CP2"), cells("CP2-2", "CP2"))
        plan = await dual.roster.plan(file(*rows))
        assert plan.proposes
        plan_id = (await dual.roster.apply(plan)).plan_id
        async with database.reading() as connection:
            proposals = (await connection.execute(select(Proposal).order_by(Proposal.proposal_id))).all()
        assert [(row.plan_id, row.state, row.new_email) for row in proposals] == [
            (plan_id, "open", "cp2-1@cp2.example.com"),
            (plan_id, "open", "cp2-2@cp2.example.com"),
        ]
        row = await one(database, "CP2-1")
        assert (row.pending_email, row.standing) == (None, Standing.AWAITING_APPROVAL)
        assert row.proposal_expires_at == proposals[0].expires_at
        ((action, facts),) = await events(database, "CP2-1")
        assert (action, facts["plan_id"], facts["email"]) == (
            "address.proposed",
            plan_id,
            "cp2-1@cp2.example.com",
        )
        assert (await dual.roster.plan(file(*rows))).same == 2

    async def test_a_newer_proposal_voids_the_older(self, dual: Desk, database: Database):
        await load(dual, cells("CP2-1", "CP2"))
        await load(dual, cells("CP2-1", "CP2", email="else@cp2.example.com"))
        async with database.reading() as connection:
            states = (
                (await connection.execute(select(Proposal.state).order_by(Proposal.proposal_id)))
                .scalars()
                .all()
            )
        assert states == ["voided", "open"]

    async def test_a_proposed_address_counts_as_taken(self, dual: Desk):
        await load(dual, cells("CP2-1", "CP2", email="x@cp2.example.com"))
        plan = await dual.roster.plan(file(cells("CP2-2", "CP2", email="x@cp2.example.com")))
        assert faults(plan) == [(2, "email", RowFault.SHARED, "CP2-1")]

    async def test_other_columns_are_left_alone_and_said_so(self, single: Desk, database: Database):
        plan = await load(
            single, cells("CP1-1", user_name="Renamed", language="zh-Hant", participant_name="Mine")
        )
        assert {remark.column for remark in plan.warnings} == {"user_name", "language", "participant_name"}
        row = await one(database, "CP1-1")
        assert (row.user_name, row.language, row.pending_email) == (
            "Name of CP1-1",
            "en",
            "cp1-1@cp1.example.com",
        )
        assert (await single.participants.get("CP1")).name == "CP1 Securities"

    async def test_nothing_tells_whether_another_participants_user_exists(self, single: Desk):
        known, unknown = cells("CP2-1", "CP2"), cells("NOBODY", "CP2")
        assert [fault[1:] for fault in faults(await single.roster.plan(file(known, unknown)))] == [
            ("participant_id", RowFault.UNKNOWN_PARTICIPANT, ""),
            ("participant_id", RowFault.UNKNOWN_PARTICIPANT, ""),
        ]
        known, unknown = cells("CP2-1", email=""), cells("NOBODY", email="")
        assert [fault[1:] for fault in faults(await single.roster.plan(file(known, unknown)))] == [
            ("user_id", RowFault.UNKNOWN_USER, ""),
            ("user_id", RowFault.UNKNOWN_USER, ""),
        ]

    async def test_an_address_of_another_participants_user_is_not_remarked_on(
        self, single: Desk, operations: Desk
    ):
        await load(operations, cells("CP2-1", "CP2", email="x@group.example.com"))
        plan = await single.roster.plan(file(cells("CP1-1", email="x@group.example.com")))
        assert (plan.bad, plan.warnings, plan.absent) == ((), (), ("CP1-2",))

    async def test_das_addresses_come_by_form(
        self, single: Desk, roster: Roster, database: Database, clock: HeldClock
    ):
        await roster.user("CP1", kind=Kind.DA_MAKER, user_id="DA1")
        listed = file(cells("DA1", kind="user"))
        assert faults(await single.roster.plan(listed)) == [(2, "email", RowFault.NOT_OPEN, "Q1 2023")]
        await open_da_registration(database, clock)
        assert faults(await single.roster.plan(listed)) == [(2, "email", RowFault.BY_FORM, "")]

    async def test_an_export_holds_their_own_users_only(self, single: Desk):
        assert {row.user_id async for row in single.roster.export()} == {"CP1-1", "CP1-2"}


@pytest.mark.parametrize(("role", "may_load", "may_export"), [
    (Role.OPERATIONS, True, True),
    (Role.DA_MAKER, True, True),
    (Role.DA_CHECKER, False, True),
    (Role.HELPDESK, False, False),
])  # fmt: skip
async def test_who_may_load_and_export(
    desk_of: DeskOf, roster: Roster, role: Role, may_load: bool, may_export: bool
):
    await roster.participant("CP1")
    desk = desk_of(role, "CP1" if role in (Role.DA_MAKER, Role.DA_CHECKER) else None)
    if may_load:
        plan = await desk.roster.plan(file())
        await desk.roster.apply(plan)
    else:
        with pytest.raises(NotAllowed):
            await desk.roster.plan(file())
    if may_export:
        assert [row async for row in desk.roster.export()] == []
    else:
        with pytest.raises(NotAllowed):
            _ = [row async for row in desk.roster.export()]


async def test_a_plan_of_somebody_else_is_made_again(operations: Desk, desk_of: DeskOf, roster: Roster):
    plan = await operations.roster.plan(file(cells("U1")))
    await roster.participant("CP2")
    with pytest.raises(Conflict):
        await desk_of(Role.DA_MAKER, "CP2").roster.apply(plan)
