"""Who may do what (DESIGN 3.7): every operation, by every role, on one's own and on another participant.

An operation without an entry in `OPERATIONS` fails the first test. What is expected follows from the table
of `store.rules.roles` alone: whoever cannot see a participant finds nothing of it, not even that it exists.
"""

import asyncio
import inspect
import shutil
from collections.abc import Awaitable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from store.context import Context
from store.desk import Desk
from store.errors import NotAllowed, NotFound, ProofNeeded, SessionOver
from store.keys import Keys
from store.rules.roles import NEEDS_PROOF, TABLE, Permission, Reach
from store.rules.sessions import PROOF_LIFE, SESSION_LIFE
from store.setup import SYSTEM
from store.tables import EVENTS, MAILS, OPERATOR_SESSIONS, USERS, Proposal
from store.views import Kind, Operator, Role, Session, UserQuery
from tests.conftest import DeskOf, HeldClock, PostgresServer, Roster
from tests.every_operation import OPERATIONS
from tests.every_operation.people import list_one
from tests.every_operation.world import KEYS, OTHER, OWN, Operation, World, furnish


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
