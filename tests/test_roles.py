"""Who may do what (DESIGN 3.7): every operation, by every role, on one's own and on another participant.

An operation without an entry in `OPERATIONS` fails the first test. What is expected follows from the table
of `store.rules.roles` alone: whoever cannot see a participant finds nothing of it, not even that it exists.
"""

import asyncio
import inspect
import secrets
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import pyotp
import pytest
from sqlalchemy import select

from store.audit_views import EventQuery
from store.context import Context
from store.database import Database
from store.desk import Desk
from store.enquiry_views import Ending, Outcome
from store.errors import NotAllowed, NotFound, ProofNeeded, SessionOver
from store.keys import Keys
from store.pictures import live_picture
from store.rules.clue_examples import ClueKind
from store.rules.logon_file import LogonFile, read_logons
from store.rules.roles import NEEDS_PROOF, TABLE, Permission, Reach
from store.rules.roster_file import read_roster, write_rows
from store.rules.sessions import PROOF_LIFE, SESSION_LIFE
from store.schedule_views import PhaseChangeRow, Window
from store.setup import SYSTEM, initialise
from store.tables import EVENTS, MAILS, OPERATOR_SESSIONS, OPERATORS, USERS, Proposal
from store.views import Kind, MailState, Operator, Phase, Role, Session, UserQuery
from tests.conftest import DeskOf, HeldClock, PostgresServer, Roster

OWN, OTHER = "OWN1", "OTHER2"
NEW_ADDRESS = "brand.new@example.com"


@dataclass
class World:
    """Two participants with one user, one maker and one message each; registration is open for both."""

    roster: Roster
    clock: HeldClock
    keys: Keys
    users: dict[str, str]
    makers: dict[str, str]

    @property
    def operations(self) -> Desk:
        return Desk(self.roster.database, self.clock, self.keys, Operator("ops", "ops", Role.OPERATIONS))

    async def code(self, participant_id: str) -> str:
        """The code in the newest mail to the participant's user."""
        query = select(MAILS.c.sealed).where(MAILS.c.participant_id == participant_id)
        async with self.roster.database.reading() as connection:
            sealed = (await connection.execute(query.order_by(MAILS.c.mail_id.desc()).limit(1))).scalar_one()
        return self.keys.unseal(bytes(sealed))

    async def mail(self, participant_id: str, state: MailState) -> int:
        """The number of the message to the participant's user, put into a state first."""
        mine = MAILS.c.participant_id == participant_id
        async with self.roster.database.writing() as connection:
            await connection.execute(MAILS.update().where(mine).values(state=state.value))
            return int((await connection.execute(select(MAILS.c.mail_id).where(mine))).scalar_one())

    async def holders_of(self, address: str) -> set[str]:
        """The participants that have a user whose pending address this is."""
        query = select(USERS.c.participant_id).where(USERS.c.pending_canonical == address)
        async with self.roster.database.reading() as connection:
            return set((await connection.execute(query)).scalars())


KEYS = Keys(secrets.token_bytes(32))
"""One key for all these tests: it sealed what the databases that they begin with hold."""


async def furnish(url: str) -> None:
    """Make the world in an empty database."""
    database, clock = Database(url), HeldClock()
    roster = Roster(database, clock)
    await initialise(database, clock, KEYS, "ops1", "Operations One")
    operations = Desk(database, clock, KEYS, Operator("ops", "ops", Role.OPERATIONS))
    begun = {row.milestone_id: row for row in await operations.schedule.milestones()}
    await operations.schedule.declare_begun("da-email", version=begun["da-email"].version)
    for participant_id in (OWN, OTHER):
        await roster.participant(participant_id, waiver="sole proprietor")
        user_id = await roster.user(participant_id, pending=f"{participant_id}@example.com")
        await roster.user(participant_id, "LEE Maker", kind=Kind.DA_MAKER)
        await operations.verifications.resend(user_id)
    await database.close()


@pytest.fixture(scope="module")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world in a file, to copy."""
    path = tmp_path_factory.mktemp("world") / "desk.db"
    shutil.copyfile(sqlite_template, path)
    asyncio.run(furnish(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="module")
def postgres_template(postgres: PostgresServer, postgres_template: str) -> str:
    """The world in a database, to copy."""
    name = postgres.create(postgres_template)
    asyncio.run(furnish(postgres.url(name)))
    return name


@pytest.fixture
def keys() -> Keys:
    return KEYS


@pytest.fixture
async def world(roster: Roster, clock: HeldClock, keys: Keys) -> World:
    """The world an hour after it was made."""
    roster.numbers = count(100)
    clock.advance(timedelta(hours=1))
    people = select(USERS.c.participant_id, USERS.c.kind, USERS.c.user_id)
    async with roster.database.reading() as connection:
        found = (await connection.execute(people)).all()
    users = {row.participant_id: row.user_id for row in found if row.kind == Kind.USER}
    makers = {row.participant_id: row.user_id for row in found if row.kind == Kind.DA_MAKER}
    return World(roster, clock, keys, users, makers)


Act = Callable[[Desk, World, str], Awaitable[set[str] | None]]


@dataclass(frozen=True)
class Operation:
    """One way to call one method: on one participant's row (`targets`), or `act` tells what it touched."""

    method: str
    permissions: tuple[Permission, ...]
    act: Act
    targets: bool = True


OPERATIONS: list[Operation] = []


def operation(method: str, *permissions: Permission, targets: bool = True) -> Callable[[Act], Act]:
    def enter(act: Act) -> Act:
        OPERATIONS.append(Operation(method, permissions, act, targets))
        return act

    return enter


@operation("participants.all", Permission.SEE, targets=False)
async def all_participants(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id for row in await desk.participants.all()}


@operation("participants.get", Permission.SEE)
async def get_participant(desk: Desk, _world: World, participant_id: str) -> None:
    await desk.participants.get(participant_id)


@operation("users.listing", Permission.SEE)
async def list_one(desk: Desk, _world: World, participant_id: str) -> None:
    assert await desk.users.listing(UserQuery(participant_id=participant_id)).count() == 2


@operation("users.listing", Permission.SEE, targets=False)
async def list_all(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id for row in await desk.users.listing(UserQuery()).page(0)}


@operation("users.listing", Permission.SEE, targets=False)
async def search_all(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id for row in await desk.users.listing(UserQuery(search="chan")).page(0)}


@operation("users.ids", Permission.SEE)
async def ids_of_one(desk: Desk, world: World, participant_id: str) -> None:
    ids = await desk.users.ids(UserQuery(participant_id=participant_id))
    assert set(ids) == {world.users[participant_id], world.makers[participant_id]}


@operation("users.ids", Permission.SEE, targets=False)
async def ids_of_all(desk: Desk, world: World, _participant_id: str) -> set[str]:
    ids = await desk.users.ids(UserQuery())
    return {participant_id for participant_id, user_id in world.users.items() if user_id in ids}


@operation("users.lookup", Permission.SEE, targets=False)
async def look_up(desk: Desk, world: World, participant_id: str) -> set[str]:
    rows = [
        *(await desk.users.lookup(world.users[participant_id])).rows,
        *(await desk.users.lookup("@example.com")).rows,
    ]
    return {row.participant_id for row in rows}


@operation("users.clue_examples", Permission.SEE, targets=False)
async def examples_of_clues(desk: Desk, world: World, participant_id: str) -> set[str]:
    user_id = (await desk.users.clue_examples())[ClueKind.USER_ID]
    of_one = {participant_id for participant_id in (OWN, OTHER) if user_id.startswith(participant_id)}
    return of_one if desk.actor.participant_id else {OWN, OTHER}  # one user's, whoever that is


@operation("users.card", Permission.SEE)
async def card(desk: Desk, world: World, participant_id: str) -> None:
    await desk.users.card(world.users[participant_id])


@operation("registrations.check", Permission.EDIT_USER_EMAIL, Permission.EDIT_DA_EMAIL)
async def check_address(desk: Desk, world: World, participant_id: str) -> None:
    await desk.registrations.check(world.users[participant_id], NEW_ADDRESS)


@operation("registrations.edit_email", Permission.EDIT_USER_EMAIL)
async def edit_user(desk: Desk, world: World, participant_id: str) -> None:
    user_id = world.users[participant_id]
    version = (await world.operations.users.card(user_id)).version
    assert (await desk.registrations.edit_email(user_id, NEW_ADDRESS, version=version)).applied


@operation("registrations.edit_email", Permission.EDIT_DA_EMAIL)
async def edit_administrator(desk: Desk, world: World, participant_id: str) -> None:
    assert (await desk.registrations.edit_email(world.makers[participant_id], NEW_ADDRESS, version=1)).applied


@operation("verifications.resend", Permission.RESEND)
async def resend(desk: Desk, world: World, participant_id: str) -> None:
    await desk.verifications.resend(world.users[participant_id], question="My code never came.")


@operation("verifications.preview", Permission.RESEND, targets=False)
async def preview(desk: Desk, world: World, _participant_id: str) -> set[str]:
    shown = await desk.verifications.preview(world.users.values())
    return {participant_id for participant_id, user_id in world.users.items() if user_id in shown.user_ids}


@operation("verifications.enter_code", Permission.ENTER_CODE)
async def enter_code(desk: Desk, world: World, participant_id: str) -> None:
    await desk.verifications.enter_code(world.users[participant_id], await world.code(participant_id))


@operation("schedule.milestones", Permission.SEE, targets=False)
async def milestones(desk: Desk, _world: World, _participant_id: str) -> None:
    assert len(await desk.schedule.milestones()) == 8


@operation("schedule.phase", Permission.SEE, targets=False)
async def phase(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.schedule.phase()


@operation("schedule.declare_begun", Permission.DECLARE_MILESTONE, targets=False)
async def declare_begun(desk: Desk, world: World, _participant_id: str) -> None:
    versions = {row.milestone_id: row.version for row in await world.operations.schedule.milestones()}
    await desk.schedule.declare_begun("briefing", version=versions["briefing"])


@operation("schedule.declare_done", Permission.DECLARE_MILESTONE, targets=False)
async def declare_done(desk: Desk, world: World, _participant_id: str) -> None:
    versions = {row.milestone_id: row.version for row in await world.operations.schedule.milestones()}
    await desk.schedule.declare_done("user-email", version=versions["user-email"])


@operation("schedule.revisions", Permission.SEE, targets=False)
async def revisions(desk: Desk, _world: World, _participant_id: str) -> None:
    assert len(await desk.schedule.revisions("user-email")) == 1


@operation("schedule.reach", Permission.SEE, targets=False)
async def reach(desk: Desk, _world: World, _participant_id: str) -> None:
    sees_all = desk.actor.participant_id is None
    assert (await desk.schedule.reach()).administrators == (2 if sees_all else 1)


@operation("schedule.lacking", Permission.SEE, targets=False)
async def lacking(desk: Desk, _world: World, _participant_id: str) -> None:
    sees_all = desk.actor.participant_id is None
    found = await desk.schedule.lacking("user-email")
    assert found is not None
    assert found.all_users == (2 if sees_all else 1)


@operation("schedule.revise", Permission.REVISE_MILESTONE, targets=False)
async def revise(desk: Desk, _world: World, _participant_id: str) -> None:
    window = Window("June 2023", date(2023, 6, 1), date(2023, 6, 30), "SEOCH/012/2023")
    assert (await desk.schedule.revise("connectivity", window, version=1)).window == "June 2023"


@operation("schedule.confirm", Permission.REVISE_MILESTONE, targets=False)
async def confirm_window(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.schedule.confirm("connectivity", "SEOCH/012/2023", version=1)).version == 2


async def a_phase_change(world: World) -> PhaseChangeRow:
    """One that another person of operations has proposed."""
    await world.operations.schedule.declare_begun("connectivity", version=1)
    changes = world.operations.phase_changes
    return await changes.propose("parallel-start", await changes.foresee("parallel-start"), version=1)


@operation("phase_changes.foresee", Permission.SEE, targets=False)
async def foresee(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    simulation = await desk.phase_changes.foresee("parallel-end")
    return {firm.participant_id for firm in simulation.firms}


@operation("phase_changes.waiting", Permission.APPROVE_PHASE, targets=False)
async def phase_changes_that_wait(desk: Desk, world: World, _participant_id: str) -> None:
    proposed = await a_phase_change(world)
    assert await desk.phase_changes.waiting() == (proposed,)


@operation("phase_changes.past", Permission.APPROVE_PHASE, targets=False)
async def past_phase_changes(desk: Desk, _world: World, _participant_id: str) -> None:
    assert await desk.phase_changes.past("parallel-start") == ()


@operation("phase_changes.propose", Permission.DECLARE_MILESTONE, targets=False)
async def propose_a_phase(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.schedule.declare_begun("connectivity", version=1)
    shown = await world.operations.phase_changes.foresee("parallel-start")
    await desk.phase_changes.propose("parallel-start", shown, version=1)


@operation("phase_changes.approve", Permission.APPROVE_PHASE, targets=False)
async def approve_a_phase(desk: Desk, world: World, _participant_id: str) -> None:
    proposed = await a_phase_change(world)
    shown = await world.operations.phase_changes.foresee("parallel-start")
    await desk.phase_changes.approve(proposed.change_id, proposed.digest, shown)


@operation("phase_changes.reject", Permission.APPROVE_PHASE, targets=False)
async def reject_a_phase(desk: Desk, world: World, _participant_id: str) -> None:
    proposed = await a_phase_change(world)
    await desk.phase_changes.reject(proposed.change_id, proposed.digest, "not yet")


@operation("mailbox.listing", Permission.SEE, targets=False)
async def list_mail(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id for row in await desk.mailbox.listing().page(0)}


@operation("mailbox.counts", Permission.SEE, targets=False)
async def count_mail(desk: Desk, world: World, participant_id: str) -> set[str]:
    await world.mail(participant_id, MailState.BOUNCED)
    return {participant_id} if (await desk.mailbox.counts())[MailState.BOUNCED] else set()


@operation("mailbox.retry", Permission.MANAGE_MAIL)
async def retry(desk: Desk, world: World, participant_id: str) -> None:
    await desk.mailbox.retry(await world.mail(participant_id, MailState.DEFERRED))


@operation("mailbox.hold", Permission.MANAGE_MAIL)
async def hold(desk: Desk, world: World, participant_id: str) -> None:
    await desk.mailbox.hold(await world.mail(participant_id, MailState.QUEUED))


@operation("mailbox.release", Permission.MANAGE_MAIL)
async def release(desk: Desk, world: World, participant_id: str) -> None:
    await desk.mailbox.release(await world.mail(participant_id, MailState.HELD))


async def a_file(world: World, participant_id: str) -> bytes:
    """The whole roster, in which a user of one participant, who has no address, gets their first."""
    without = dict.fromkeys(("active_email", "active_canonical", "pending_email", "pending_canonical"))
    this = USERS.c.user_id == world.users[participant_id]
    async with world.roster.database.writing() as connection:
        await connection.execute(USERS.update().where(this).values(without))
    rows = [row async for row in world.operations.roster.export()]
    changed = [
        row._replace(email=NEW_ADDRESS) if row.user_id == world.users[participant_id] else row for row in rows
    ]
    return write_rows([rows[0]._fields, *changed]).encode()


@operation("roster.plan", Permission.LOAD_ROSTER, targets=False)
async def plan(desk: Desk, world: World, participant_id: str) -> set[str]:
    planned = await desk.roster.plan(read_roster(await a_file(world, participant_id)))
    return {participant_id} if planned.changed else set()


@operation("roster.plan_of", Permission.LOAD_ROSTER, targets=False)
async def plan_of_a_list(desk: Desk, world: World, participant_id: str) -> set[str]:
    planned = await desk.roster.plan_of(f"{world.users[participant_id]},{NEW_ADDRESS}".encode())
    return {entry.row.participant_id for entry in planned.file.entries}


@operation("roster.apply", Permission.LOAD_ROSTER, targets=False)
async def apply(desk: Desk, world: World, participant_id: str) -> set[str]:
    file = read_roster(await a_file(world, participant_id))
    await desk.roster.apply(await desk.roster.plan(file), skip_bad=True)
    return await world.holders_of(NEW_ADDRESS)


@operation("roster.unsent", Permission.SEE, targets=False)
async def unsent(desk: Desk, world: World, participant_id: str) -> set[str]:
    file = read_roster(await a_file(world, participant_id))
    await world.operations.roster.apply(await world.operations.roster.plan(file))
    ids = await desk.roster.unsent(file)
    return {participant_id for participant_id, user_id in world.users.items() if user_id in ids}


@operation("roster.export", Permission.EXPORT, targets=False)
async def export(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id async for row in desk.roster.export()}


async def loaded(world: World) -> None:
    """A user of each participant comes with a roster, so that the log tells of both participants."""
    rows = [
        row._replace(user_id=f"{row.user_id}N", participant_name="Other Limited")
        async for row in world.operations.roster.export()
        if row.kind == Kind.USER
    ]
    fresh = [rows[0]._fields, *(row._replace(email="") for row in rows)]
    file = read_roster(write_rows(fresh).encode())
    await world.operations.roster.apply(await world.operations.roster.plan(file))


@operation("moments.at", Permission.SEE, targets=False)
async def picture_then(desk: Desk, world: World, _participant_id: str) -> set[str]:
    await loaded(world)
    picture = await desk.moments.at(world.clock.now())
    assert {person.participant_id for person in picture.people} == set(picture.firms)
    return set(picture.firms)


@operation("moments.roster", Permission.EXPORT, targets=False)
async def roster_then(desk: Desk, world: World, _participant_id: str) -> set[str]:
    await loaded(world)
    return {row.participant_id for row in await desk.moments.roster(world.clock.now())}


@operation("moments.daily", Permission.SEE, targets=False)
async def days_counted(desk: Desk, world: World, _participant_id: str) -> set[str]:
    await loaded(world)
    today = world.clock.now().date()
    (counted,) = await desk.moments.daily(today, today)
    return set(counted.by_participant)


@operation("health.past", Permission.MANAGE_AUDIT, targets=False)
async def compare_with_the_past(desk: Desk, _world: World, _participant_id: str) -> None:
    difference = await desk.health.past()
    assert difference is not None
    assert (difference.what, difference.only_in) == ("participant", "tables")


@operation("health.log", Permission.MANAGE_AUDIT, targets=False)
async def follow_the_log(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.health.log()).ok


@operation("health.seal", Permission.MANAGE_AUDIT, targets=False)
async def open_a_seal(desk: Desk, _world: World, _participant_id: str) -> None:
    assert await desk.health.seal()


@operation("health.ahead", Permission.MANAGE_AUDIT, targets=False)
async def compare_clocks(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.health.ahead()


@operation("status", Permission.SEE, targets=False)
async def status(desk: Desk, world: World, participant_id: str) -> set[str]:
    await world.roster.user(participant_id, locked=True)
    return {participant_id} if (await desk.status()).locked else set()


@operation("change_mark", Permission.SEE, targets=False)
async def change_mark(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.change_mark()


async def proposed(world: World, participant_id: str) -> dict[int, str]:
    """A change of the participant's user that waits for a checker: its number and digest."""
    await world.operations.participants.withdraw_waiver(participant_id, "two DAs now")
    maker = Operator("the-maker", "the maker", Role.DA_MAKER, participant_id)
    desk = Desk(world.roster.database, world.clock, world.keys, maker)
    user_id = world.users[participant_id]
    version = (await desk.users.card(user_id)).version
    await desk.registrations.edit_email(user_id, NEW_ADDRESS, version=version)
    return {row.proposal_id: row.digest for row in await desk.proposals.waiting()}


@operation("proposals.waiting", Permission.SEE, targets=False)
async def list_waiting(desk: Desk, world: World, participant_id: str) -> set[str]:
    await proposed(world, participant_id)
    return {row.participant_id for row in await desk.proposals.waiting()}


@operation("proposals.decided", Permission.SEE, targets=False)
async def list_decided(desk: Desk, world: World, participant_id: str) -> set[str]:
    checker = Operator("the-checker", "the checker", Role.DA_CHECKER, participant_id)
    theirs = Desk(world.roster.database, world.clock, world.keys, checker)
    await theirs.proposals.reject(await proposed(world, participant_id), "wrong person")
    return {row.proposal.participant_id for row in await desk.proposals.decided()}


@operation("proposals.news", Permission.SEE, targets=False)
async def hear_news(desk: Desk, world: World, participant_id: str) -> None:
    checker = Operator("the-checker", "the checker", Role.DA_CHECKER, participant_id)
    theirs = Desk(world.roster.database, world.clock, world.keys, checker)
    await theirs.proposals.reject(await proposed(world, participant_id), "wrong person")
    assert (await desk.proposals.news(0))[1] == ()


@operation("proposals.approve", Permission.APPROVE)
async def approve(desk: Desk, world: World, participant_id: str) -> None:
    await desk.proposals.approve(await proposed(world, participant_id))
    assert await world.holders_of(NEW_ADDRESS) == {participant_id}


@operation("proposals.reject", Permission.APPROVE)
async def reject(desk: Desk, world: World, participant_id: str) -> None:
    await desk.proposals.reject(await proposed(world, participant_id), "wrong person")
    assert await world.holders_of(NEW_ADDRESS) == set()


@operation("users.reveal", Permission.REVEAL)
async def reveal(desk: Desk, world: World, participant_id: str) -> None:
    shown = await desk.users.reveal(world.users[participant_id], "The caller reads it out to me.")
    assert shown.pending_email == f"{participant_id}@example.com"


@operation("participants.grant_waiver", Permission.GRANT_WAIVER)
async def grant_waiver(desk: Desk, world: World, participant_id: str) -> None:
    await world.operations.participants.withdraw_waiver(participant_id, "two DAs now")
    await desk.participants.grant_waiver(participant_id, "sole proprietor")
    assert (await world.operations.participants.get(participant_id)).single_da_waiver


@operation("participants.withdraw_waiver", Permission.GRANT_WAIVER)
async def withdraw_waiver(desk: Desk, world: World, participant_id: str) -> None:
    await desk.participants.withdraw_waiver(participant_id, "two DAs now")
    assert not (await world.operations.participants.get(participant_id)).single_da_waiver


@operation("access.explain", Permission.SEE)
async def explain(desk: Desk, world: World, participant_id: str) -> None:
    assert (await desk.access.explain(world.users[participant_id])).participant_id == participant_id


def logons(world: World, participant_id: str) -> LogonFile:
    """One logon of the participant's user, an hour ago."""
    at = (world.clock.now() - timedelta(hours=1)).isoformat()
    rows = f"user_id,method,at,result\n{world.users[participant_id]},smartcard,{at},ok\n"
    return read_logons(rows.encode(), world.clock.now())


@operation("logons.plan", Permission.LOAD_LOGONS, targets=False)
async def plan_logons(desk: Desk, world: World, participant_id: str) -> None:
    assert len((await desk.logons.plan(logons(world, participant_id))).new) == 1


@operation("logons.apply", Permission.LOAD_LOGONS, targets=False)
async def apply_logons(desk: Desk, world: World, participant_id: str) -> None:
    await desk.logons.apply(await world.operations.logons.plan(logons(world, participant_id)))
    assert (await world.operations.users.card(world.users[participant_id])).smartcard_logon_at


async def lock_out(world: World, user_id: str) -> None:
    """Lock a user who has chosen a password."""
    async with world.roster.database.writing() as connection:
        locked = {"locked": True, "password_set_at": world.clock.now()}
        await connection.execute(USERS.update().where(USERS.c.user_id == user_id).values(locked))


@operation("credentials.unlock", Permission.UNLOCK_USER)
async def unlock_user(desk: Desk, world: World, participant_id: str) -> None:
    await lock_out(world, world.users[participant_id])
    await desk.credentials.unlock(world.users[participant_id], "called back on the number we know")


@operation("credentials.unlock", Permission.UNLOCK_DA)
async def unlock_administrator(desk: Desk, world: World, participant_id: str) -> None:
    await lock_out(world, world.makers[participant_id])
    await desk.credentials.unlock(world.makers[participant_id], "called back on the number we know")


@operation("credentials.start_over", Permission.UNLOCK_USER)
async def start_user_over(desk: Desk, world: World, participant_id: str) -> None:
    await lock_out(world, world.users[participant_id])
    await desk.credentials.start_over(world.users[participant_id], "a new phone")


@operation("credentials.start_over", Permission.UNLOCK_DA)
async def start_administrator_over(desk: Desk, world: World, participant_id: str) -> None:
    await lock_out(world, world.makers[participant_id])
    await desk.credentials.start_over(world.makers[participant_id], "a new phone")


AGENT = Operator("the-agent", "the agent", Role.HELPDESK)


def agent(world: World) -> Desk:
    """The desk of somebody of the hotline."""
    return Desk(world.roster.database, world.clock, world.keys, AGENT)


async def a_call(world: World, participant_id: str, *, by: Desk | None = None) -> int:
    """A call about the participant's user that is going on."""
    call = await (by or agent(world)).enquiries.begin(world.users[participant_id], question="No code came.")
    return call.enquiry_id


async def a_follow_up(world: World, participant_id: str) -> int:
    """An ended call about the participant's user, in which something was promised."""
    enquiry_id = await a_call(world, participant_id)
    await agent(world).enquiries.finish(enquiry_id, Ending(Outcome.FOLLOW_UP, follow_up="ring them back"))
    return enquiry_id


@operation("enquiries.begin", Permission.WRITE_ENQUIRY)
async def begin_call(desk: Desk, world: World, participant_id: str) -> None:
    assert (await desk.enquiries.begin(world.users[participant_id])).participant_id == participant_id


@operation("enquiries.begin", Permission.WRITE_ENQUIRY, targets=False)
async def begin_call_of_nobody(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.enquiries.begin(question="When does it start?")).participant_id is None


@operation("enquiries.begin", Permission.WRITE_ENQUIRY)
async def begin_call_of_participant(desk: Desk, _world: World, participant_id: str) -> None:
    assert (await desk.enquiries.begin(participant_id=participant_id)).user_id is None


@operation("enquiries.finish", Permission.WRITE_ENQUIRY, targets=False)
async def finish_call(desk: Desk, world: World, participant_id: str) -> None:
    ended = await desk.enquiries.finish(await a_call(world, participant_id), Ending(Outcome.RESOLVED))
    assert ended.outcome is Outcome.RESOLVED


@operation("enquiries.take_back", Permission.WRITE_ENQUIRY, targets=False)
async def take_back_call(desk: Desk, world: World, participant_id: str) -> None:
    mine = desk if desk.allows(Permission.WRITE_ENQUIRY) else None
    await desk.enquiries.take_back(await a_call(world, participant_id, by=mine))
    assert await desk.enquiries.going_on() == ()


@operation("enquiries.going_on", Permission.READ_ENQUIRIES, targets=False)
async def calls_going_on(desk: Desk, world: World, participant_id: str) -> None:
    await a_call(world, participant_id)
    assert await desk.enquiries.going_on() == ()  # another agent's


@operation("enquiries.get", Permission.READ_ENQUIRIES, targets=False)
async def get_call(desk: Desk, world: World, participant_id: str) -> None:
    assert (await desk.enquiries.get(await a_call(world, participant_id))).participant_id == participant_id


@operation("enquiries.current", Permission.READ_ENQUIRIES, targets=False)
async def current_call(desk: Desk, world: World, participant_id: str) -> None:
    await a_call(world, participant_id)
    assert await desk.enquiries.current(world.users[participant_id]) is None  # another agent's


@operation("enquiries.listing", Permission.READ_ENQUIRIES, targets=False)
async def list_calls(desk: Desk, world: World, participant_id: str) -> set[str]:
    await a_call(world, participant_id)
    return {row.participant_id for row in await desk.enquiries.listing().page(0) if row.participant_id}


@operation("enquiries.open_follow_ups", Permission.READ_ENQUIRIES, targets=False)
async def list_follow_ups(desk: Desk, world: World, participant_id: str) -> set[str]:
    await a_follow_up(world, participant_id)
    return {row.participant_id for row in await desk.enquiries.open_follow_ups() if row.participant_id}


@operation("enquiries.close_follow_up", Permission.WRITE_ENQUIRY, targets=False)
async def close_follow_up(desk: Desk, world: World, participant_id: str) -> None:
    done = await desk.enquiries.close_follow_up(await a_follow_up(world, participant_id), "rang them")
    assert done.follow_up is not None
    assert done.follow_up.done_note == "rang them"


@operation("enquiries.hand_over", Permission.WRITE_ENQUIRY, targets=False)
async def hand_over(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.enquiries.hand_over("The mail relay is slow.")).note == "The mail relay is slow."


@operation("enquiries.newest_hand_over", Permission.READ_ENQUIRIES, targets=False)
async def read_hand_over(desk: Desk, world: World, _participant_id: str) -> None:
    await agent(world).enquiries.hand_over("The mail relay is slow.")
    newest = await desk.enquiries.newest_hand_over()
    assert newest is not None
    assert newest.written_by == AGENT.operator_id


@operation("enquiries.hand_overs", Permission.READ_ENQUIRIES, targets=False)
async def read_hand_overs(desk: Desk, world: World, _participant_id: str) -> None:
    await agent(world).enquiries.hand_over("The mail relay is slow.")
    assert [note.written_by for note in await desk.enquiries.hand_overs()] == [AGENT.operator_id]


@operation("enquiries.commonest_questions", Permission.READ_ENQUIRIES, targets=False)
async def commonest_questions(desk: Desk, world: World, participant_id: str) -> None:
    await a_call(world, participant_id)
    assert await desk.enquiries.commonest_questions() == ("No code came.",)


@operation("enquiries.statistics", Permission.READ_ENQUIRIES, targets=False)
async def statistics(desk: Desk, world: World, participant_id: str) -> set[str]:
    await a_call(world, participant_id)
    now = world.clock.now()
    counted = await desk.enquiries.statistics(now, now + timedelta(hours=1))
    return {tally.word for tally in counted.by_participant}


@operation("enquiries.load", Permission.READ_ENQUIRIES, targets=False)
async def hotline_load(desk: Desk, world: World, participant_id: str) -> None:
    await a_call(world, participant_id)
    assert (await desk.enquiries.load()).today == 1


@operation("participants.set_phone", Permission.SET_PHONE)
async def set_phone(desk: Desk, _world: World, participant_id: str) -> None:
    assert await desk.participants.set_phone(participant_id, "2979 7222") == "+852 2979 7222"


@operation("callers.number_on_file", Permission.READ_ENQUIRIES, targets=False)
async def number_on_file(desk: Desk, world: World, participant_id: str) -> set[str]:
    await world.operations.participants.set_phone(participant_id, "2979 7222")
    found = await desk.callers.number_on_file(participant_id)
    return {found.participant_id} if found else set()


@operation("callers.ways", Permission.READ_ENQUIRIES, targets=False)
async def ways_to_check(desk: Desk, world: World, participant_id: str) -> None:
    await world.operations.participants.set_phone(participant_id, "2979 7222")
    assert (await desk.callers.ways(world.users[participant_id])).call_back


@operation("callers.called_back", Permission.WRITE_ENQUIRY, targets=False)
async def called_back(desk: Desk, world: World, participant_id: str) -> None:
    await world.operations.participants.set_phone(participant_id, "2979 7222")
    call = await desk.callers.called_back(await a_call(world, participant_id), reached=True)
    assert call.caller.verified(world.clock.now())


async def with_code(desk: Desk, world: World, participant_id: str) -> int:
    """The operator's own call, about a user whose address is verified, with a caller check code sent."""
    this = USERS.c.user_id == world.users[participant_id]
    verified = {"active_email": "ann@example.com", "active_canonical": "ann@example.com"}
    async with world.roster.database.writing() as connection:
        await connection.execute(USERS.update().where(this).values(verified))
    enquiry_id = await a_call(world, participant_id, by=desk)
    await desk.callers.send_code(enquiry_id)
    return enquiry_id


@operation("callers.send_code", Permission.WRITE_ENQUIRY)
async def send_check_code(desk: Desk, world: World, participant_id: str) -> None:
    await with_code(desk, world, participant_id)


@operation("callers.enter_code", Permission.WRITE_ENQUIRY)
async def enter_check_code(desk: Desk, world: World, participant_id: str) -> None:
    enquiry_id = await with_code(desk, world, participant_id)
    call = await desk.callers.enter_code(enquiry_id, await world.code(participant_id))
    assert call.caller.verified(world.clock.now())


CLERK = Operator("clerk", "the clerk", Role.HELPDESK)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDxvJJJSNkQljhV1P2jgtwkGII9jYA5YuftTNlBSykxa clerk@desk"


@operation("operators.listing", Permission.MANAGE_OPERATORS, targets=False)
async def list_operators(desk: Desk, _world: World, _participant_id: str) -> None:
    assert "ops1" in {detail.operator.operator_id for detail in await desk.operators.listing()}


@operation("operators.get", Permission.MANAGE_OPERATORS, targets=False)
async def get_operator(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.operators.get("ops1")).operator.role is Role.OPERATIONS


@operation("operators.add", Permission.MANAGE_OPERATORS, targets=False)
async def add_operator(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.operators.add(CLERK, [KEY])
    assert (await desk.operators.get(CLERK.operator_id)).keys[0].comment == "clerk@desk"


@operation("operators.confirm", Permission.MANAGE_OPERATORS, targets=False)
async def confirm_operator(desk: Desk, world: World, _participant_id: str) -> None:
    seed = pyotp.parse_uri(await world.operations.operators.add(CLERK))
    assert isinstance(seed, pyotp.TOTP)
    await desk.operators.confirm(CLERK.operator_id, seed.at(world.clock.now()))
    assert (await desk.operators.get(CLERK.operator_id)).confirmed


@operation("operators.disable", Permission.MANAGE_OPERATORS, targets=False)
async def disable_operator(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK)
    await desk.operators.disable(CLERK.operator_id, "left the firm")
    assert (await desk.operators.get(CLERK.operator_id)).disabled_at is not None


@operation("operators.enable", Permission.MANAGE_OPERATORS, targets=False)
async def enable_operator(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK)
    await world.operations.operators.disable(CLERK.operator_id, "on leave")
    await desk.operators.enable(CLERK.operator_id)
    assert (await desk.operators.get(CLERK.operator_id)).disabled_at is None


@operation("operators.unlock", Permission.MANAGE_OPERATORS, targets=False)
async def unlock_operator(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK)
    async with world.roster.database.writing() as connection:
        await connection.execute(OPERATORS.update().values(locked=True))
    await desk.operators.unlock(CLERK.operator_id)
    assert not (await desk.operators.get(CLERK.operator_id)).locked


@operation("operators.reset_otp", Permission.MANAGE_OPERATORS, targets=False)
async def reset_otp(desk: Desk, world: World, _participant_id: str) -> None:
    first = await world.operations.operators.add(CLERK)
    assert await desk.operators.reset_otp(CLERK.operator_id) != first


@operation("operators.add_keys", Permission.MANAGE_OPERATORS, targets=False)
async def add_keys(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK)
    await desk.operators.add_keys(CLERK.operator_id, [KEY])
    assert len((await desk.operators.get(CLERK.operator_id)).keys) == 1


@operation("operators.remove_key", Permission.MANAGE_OPERATORS, targets=False)
async def remove_key(desk: Desk, world: World, _participant_id: str) -> None:
    await world.operations.operators.add(CLERK, [KEY])
    (key,) = (await world.operations.operators.get(CLERK.operator_id)).keys
    await desk.operators.remove_key(CLERK.operator_id, key.fingerprint)
    assert (await desk.operators.get(CLERK.operator_id)).keys == ()


@operation("audit.listing", Permission.SEE_AUDIT, targets=False)
async def list_events(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    listing = desk.audit.listing()
    assert await listing.count() >= 1
    return {row.participant_id for row in await listing.page(0) if row.participant_id}


@operation("audit.listing", Permission.SEE_AUDIT)
async def list_events_of_one(desk: Desk, world: World, participant_id: str) -> None:
    assert await desk.audit.listing(EventQuery(participant_id=participant_id)).count() >= 1
    assert await desk.audit.listing(EventQuery(user_id=world.users[participant_id])).count() >= 1


@operation("audit.export", Permission.EXPORT_AUDIT, targets=False)
async def export_events(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {row.participant_id async for row in desk.audit.export() if row.participant_id}


@operation("audit.note_export", Permission.EXPORT, targets=False)
async def note_export(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.audit.note_export("users", "csv", 2)


@operation("audit.verify", Permission.MANAGE_AUDIT, targets=False)
async def verify_events(desk: Desk, _world: World, _participant_id: str) -> None:
    assert (await desk.audit.verify()).events >= 5


@operation("audit.head", Permission.MANAGE_AUDIT, targets=False)
async def export_head(desk: Desk, _world: World, _participant_id: str) -> None:
    assert "signature" in await desk.audit.head()


@operation("sessions.prove", Permission.SEE, targets=False)
async def prove(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.sessions.prove("000000")


@operation("sessions.resume", Permission.SEE, targets=False)
async def resume(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.sessions.resume("000000")


@operation("board.contacts", Permission.READ_ENQUIRIES, targets=False)
async def board_contacts(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    found = await desk.board.contacts()
    assert {contact.maker for contact in found.values()} == {"LEE Maker"}
    return set(found)


@operation("board.read", Permission.SEE, targets=False)
async def read_board(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    return {firm.participant_id for firm in (await desk.board.read()).firms}


@operation("cutover.simulate", Permission.SEE, targets=False)
async def simulate(desk: Desk, _world: World, _participant_id: str) -> set[str]:
    simulation = await desk.cutover.simulate()
    assert {each.participant_id for each in simulation.locked_out} == {
        firm.participant_id for firm in simulation.firms
    }
    return {firm.participant_id for firm in simulation.firms}


@operation("cutover.simulate", Permission.SEE, targets=False)
async def simulate_a_picture(desk: Desk, world: World, _participant_id: str) -> set[str]:
    async with world.operations._context.reading() as connection:
        picture = await live_picture(world.operations._context, connection)
    simulation = await desk.cutover.simulate(picture=picture)
    return {firm.participant_id for firm in simulation.firms}


@operation("cutover.last", Permission.SEE, targets=False)
async def last_simulation(desk: Desk, world: World, _participant_id: str) -> set[str]:
    await world.operations.cutover.keep(await world.operations.cutover.simulate())
    kept = await desk.cutover.last(Phase.TWO_FACTOR_ONLY)
    assert kept is not None
    return {participant_id for participant_id, _reason in kept.locked_out.values()}


@operation("cutover.keep", Permission.KEEP_SIMULATION, targets=False)
async def keep_simulation(desk: Desk, world: World, _participant_id: str) -> None:
    await desk.cutover.keep(await world.operations.cutover.simulate())


@operation("sessions.lock", Permission.SEE, targets=False)
async def lock(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.sessions.lock()


@operation("sessions.end", Permission.SEE, targets=False)
async def end(desk: Desk, _world: World, _participant_id: str) -> None:
    await desk.sessions.end("left")


def public_methods() -> set[str]:
    """Every method of the desk and of its subjects that touches the database."""
    context = Desk(None, None, None, Operator("x", "x", Role.OPERATIONS))  # type: ignore[arg-type]
    found = {name for name in vars(Desk) if not name.startswith("_")}
    for subject, value in vars(context).items():
        if (
            not subject.startswith("_")
            and type(value).__module__.startswith("store.")
            and subject not in ("actor", "clock", "session")
        ):
            methods = inspect.getmembers(type(value), inspect.isfunction)
            found |= {f"{subject}.{name}" for name, _method in methods if not name.startswith("_")}
    return found - {"allows"}


def test_every_operation_of_the_desk_has_its_entry() -> None:
    assert {entry.method for entry in OPERATIONS} == public_methods()


def expected(entry: Operation, role: Role, *, own: bool) -> tuple[type[Exception], ...]:
    """What the roles' table says must happen: the refusals that are right, or none."""
    reaches = [TABLE[permission].get(role) for permission in entry.permissions]
    sees = own or TABLE[Permission.SEE][role] is Reach.ALL
    if not any(reaches):
        return (NotAllowed,) if sees or not entry.targets else (NotAllowed, NotFound)
    return () if sees or not entry.targets else (NotFound,)


async def refused(world: World) -> list[str | None]:
    """The participant of each refusal that left its trace."""
    query = select(EVENTS.c.participant_id).where(EVENTS.c.action == "refused")
    async with world.roster.database.reading() as connection:
        return list((await connection.execute(query)).scalars())


@pytest.mark.parametrize("participant_id", [OWN, OTHER])
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("entry", OPERATIONS, ids=lambda entry: f"{entry.method}-{entry.act.__name__}")
async def test_role_is_served_or_refused_as_the_table_says(
    entry: Operation, role: Role, participant_id: str, world: World, desk_of: DeskOf
) -> None:
    own = OWN if TABLE[Permission.SEE][role] is Reach.OWN else None
    desk = desk_of(role, own)
    refusals = expected(entry, role, own=participant_id == OWN)
    if refusals:
        with pytest.raises(refusals) as caught:
            await entry.act(desk, world, participant_id)
        traces = await refused(world)
        assert len(traces) == (0 if own is None and caught.type is NotFound else 1)
        assert all(trace == own for trace in traces if own)
        return
    shown = await entry.act(desk, world, participant_id)
    if shown is not None:
        assert shown <= ({OWN} if own else {OWN, OTHER})
        assert (participant_id in shown) is (own is None or participant_id == OWN)


PERMITTED = [
    (entry, role)
    for entry in OPERATIONS
    for role in Role
    if any(role in TABLE[permission] for permission in entry.permissions)
    and entry.method.partition(".")[0] != "sessions"
]


async def session_of(world: World, role: Role, *, age: timedelta) -> Desk:
    """The desk of somebody of that role who signed in and gave their last code `age` ago."""
    own = OWN if TABLE[Permission.SEE][role] is Reach.OWN else None
    await world.roster.operator("somebody", role, own)
    then = world.clock.now() - age
    row = {
        "session_id": "a-session", "operator_id": "somebody", "origin": "10.1.2.3", "began_at": then,
        "proved_at": then, "ended_at": None, "end_reason": None,
    }  # fmt: skip
    async with world.roster.database.writing() as connection:
        await connection.execute(OPERATOR_SESSIONS.insert(), [row])
    session = Session("a-session", "10.1.2.3", then)
    actor = Operator("somebody", "Somebody", role, own)
    return Desk(world.roster.database, world.clock, world.keys, actor, session)


@pytest.mark.parametrize(
    ("entry", "role"), PERMITTED, ids=lambda each: each if isinstance(each, Role) else each.act.__name__
)
async def test_what_matters_most_needs_a_fresh_one_time_password(
    entry: Operation, role: Role, world: World
) -> None:
    desk = await session_of(world, role, age=PROOF_LIFE)
    if NEEDS_PROOF.intersection(entry.permissions) and entry.method not in READS_OF_WHAT_MATTERS:
        with pytest.raises(ProofNeeded):
            await entry.act(desk, world, OWN)
    else:
        await entry.act(desk, world, OWN)


READS_OF_WHAT_MATTERS = {
    "registrations.check", "roster.plan", "roster.plan_of", "roster.unsent", "operators.listing",
    "operators.get", "phase_changes.waiting", "phase_changes.past",
}  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "role"), PERMITTED, ids=lambda each: each if isinstance(each, Role) else each.act.__name__
)
async def test_nothing_is_served_once_the_session_is_over(entry: Operation, role: Role, world: World) -> None:
    desk = await session_of(world, role, age=SESSION_LIFE)
    if entry.method == "change_mark":
        await entry.act(desk, world, OWN)
        return
    with pytest.raises(SessionOver):
        await entry.act(desk, world, OWN)


MASKED = "Mary.O'Brien+ccms@bank.example"


async def plant_addresses(world: World) -> None:
    """Put one address wherever an address is kept: on the user, in a message, its reply and the log."""
    user_id = world.users[OWN]
    mine = USERS.c.user_id == user_id
    kept = {f"{which}_email": MASKED for which in ("active", "pending")}
    kept |= {f"{which}_canonical": MASKED.lower() for which in ("active", "pending")}
    replied = {"to_email": MASKED, "last_reply": f"550 {MASKED.partition('@')[0]}: no <{MASKED}> here"}
    context = Context(world.roster.database, world.clock, world.keys, SYSTEM)
    async with context.changing() as change:
        user = await change.user(user_id, Permission.SEE)
        change.record("address.registered", user, email=MASKED, old_email=MASKED, remarks=f"not {MASKED}")
        await change.connection.execute(USERS.update().where(mine).values(kept))
        await change.connection.execute(MAILS.update().where(MAILS.c.user_pk == user.pk).values(replied))
        for state, decided_at in (("open", None), ("rejected", change.now)):
            change.session.add(
                Proposal(
                    user_pk=user.pk or 0, participant_id=OWN, old_email=MASKED, new_email=MASKED,
                    new_canonical=MASKED.lower(), made_by="a-maker", made_at=change.now,
                    expires_at=change.now + timedelta(days=7), state=state, reason=f"it is {MASKED}",
                    decided_by="a-checker", decided_at=decided_at, decision_reason=f"never {MASKED}",
                )
            )  # fmt: skip


class Overheard:
    """A desk, or a part of one, that keeps all it hands out."""

    def __init__(self, part: object, handed_out: list[object]) -> None:
        self._part = part
        self._handed_out = handed_out

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if inspect.ismethod(found):
            return lambda *given, **named: self._keep(found(*given, **named))
        return found if isinstance(found, Operator) else Overheard(found, self._handed_out)

    def _keep(self, answer: Any) -> Any:
        if inspect.isawaitable(answer):
            return self._keep_later(answer)
        return Overheard(answer, self._handed_out)

    async def _keep_later(self, answer: Awaitable[object]) -> object:
        self._handed_out.append(await answer)
        return self._handed_out[-1]


async def handed_out(entry: Operation, desk: Desk, world: World) -> str:
    """All that an operation hands out, as text."""
    await plant_addresses(world)
    heard: list[object] = []
    await entry.act(cast("Desk", Overheard(desk, heard)), world, OWN)
    return repr(heard).casefold()


HELPDESK_SEES = [
    entry
    for entry in OPERATIONS
    if any(Role.HELPDESK in TABLE[permission] for permission in entry.permissions)
    and Permission.REVEAL not in entry.permissions
]


@pytest.mark.parametrize("entry", HELPDESK_SEES, ids=lambda entry: f"{entry.method}-{entry.act.__name__}")
async def test_nothing_the_helpdesk_is_handed_holds_an_address(
    entry: Operation, world: World, desk_of: DeskOf
) -> None:
    assert "brien" not in await handed_out(entry, desk_of(Role.HELPDESK), world)


@pytest.mark.parametrize("method", ["users.listing", "users.lookup", "users.card", "mailbox.listing"])
async def test_everybody_else_is_handed_whole_addresses(method: str, world: World, desk_of: DeskOf) -> None:
    entry = next(each for each in OPERATIONS if each.method == method and each.act is not list_one)
    assert MASKED.casefold() in await handed_out(entry, desk_of(Role.OPERATIONS), world)


@pytest.mark.parametrize("role", list(Role))
async def test_a_part_of_an_address_finds_nobody_for_those_who_see_it_masked(
    role: Role, world: World, desk_of: DeskOf
) -> None:
    await plant_addresses(world)
    users = desk_of(role, OWN if TABLE[Permission.SEE][role] is Reach.OWN else None).users
    found = () if role is Role.HELPDESK else (world.users[OWN],)
    for part in ("rien+ccms@ba", "mary.o'b", "@bank.example", MASKED[:-1]):
        assert await users.ids(UserQuery(search=part)) == found
        assert await users.ids(UserQuery(search=part, participant_id=OWN)) == found
        assert tuple(row.user_id for row in (await users.lookup(part)).rows) == found
    assert [row.user_id for row in (await users.lookup(MASKED)).rows] == [world.users[OWN]]
