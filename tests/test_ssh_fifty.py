"""Fifty desks over SSH at once, for a minute, on one database: nothing is lost and nobody is kept out."""

import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from store.clock import SystemClock
from store.database import Database
from store.desk import Desk
from store.migrate import upgrade
from store.rules.audit_chain import Verdict
from store.setup import initialise
from store.tables import EVENTS, MAILS, OPERATOR_SESSIONS, PROPOSALS, USERS, VERIFICATIONS
from store.views import Operator, Role
from tests.conftest import Roster
from tests.desk_seats import Seat
from tests.ssh_host import SshHost

SECONDS = 60
AT_THE_DOOR = 8
"""How many come through the door at a time, before the minute begins."""
WAIVED, DUAL = ("W1", "W2", "W3", "W4", "W5"), ("D1", "D2")
USERS_EACH, FOUGHT_OVER = 12, 2
STAFF: tuple[tuple[Role, str | None, int], ...] = (
    *((Role.DA_MAKER, firm, 5) for firm in WAIVED),
    *((Role.DA_CHECKER, firm, 1) for firm in WAIVED),
    *((Role.DA_MAKER, firm, 3) for firm in DUAL),
    *((Role.DA_CHECKER, firm, 1) for firm in DUAL),
    (Role.HELPDESK, None, 7),
    (Role.OPERATIONS, None, 5),
)
DOES: dict[Role, tuple[str, ...]] = {
    Role.DA_MAKER: ("edit", "edit", "edit", "resend", "look_up", "enter_wrong_code"),
    Role.DA_CHECKER: ("resend", "enter_wrong_code", "enter_wrong_code", "look_up"),
    Role.HELPDESK: ("reveal", "resend", "look_up"),
    Role.OPERATIONS: ("steer_mail", "steer_mail", "resend", "look_up", "enter_wrong_code"),
}


@pytest.fixture
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshHost]:
    """A running host whose participants hold a dozen users each, all with a mail to read."""
    home = tmp_path_factory.mktemp("fifty")
    made = SshHost(home, f"sqlite:///{home / 'desk.db'}")
    upgrade(made.database_url)
    made.run(lambda database: furnish(made, database))
    made.start()
    try:
        yield made
    finally:
        made.stop()


async def furnish(host: SshHost, database: Database) -> None:
    clock = SystemClock()
    await initialise(database, clock, host.keys, "ops1", "Operations One")
    roster = Roster(database, clock)  # type: ignore[arg-type] - the clock of the real world
    for firm in WAIVED + DUAL:
        await roster.participant(firm, waiver="sole proprietor" if firm in WAIVED else None)
        await roster.insert(
            [
                roster.row(firm, f"CHAN {user_id}", user_id=user_id, pending=f"{user_id.lower()}@firm.hk")
                for user_id in users_of(firm)
            ]
        )


def users_of(firm: str) -> list[str]:
    return [f"{firm}U{number:05d}" for number in range(USERS_EACH)]


def seats(host: SshHost) -> list[Seat]:
    """Everybody who will come, with a login, a key and a seed of their own."""
    chance = random.Random(20230206)
    return [
        Seat(host, host.operator(role, firm), role, firm, random.Random(chance.random()))
        for role, firm, number in STAFF
        for _each in range(number)
    ]


async def work(seat: Seat, until: float) -> None:
    """Do what the role does, one thing after the other, often to the users that others are at as well."""
    while time.monotonic() < until:
        act = seat.chance.choice(DOES[seat.role])
        if act == "steer_mail":
            await seat.steer_mail()
            continue
        mine = users_of(seat.firm or seat.chance.choice(WAIVED + DUAL))
        fought = act in ("edit", "enter_wrong_code") and seat.chance.random() < 0.6
        user_id = seat.chance.choice(mine[:FOUGHT_OVER] if fought else mine[FOUGHT_OVER:])
        await getattr(seat, act)(user_id)


async def a_minute(everybody: list[Seat], seconds: float) -> Mapping[str, float]:
    """All come in, all work at once, all leave; how long each took."""
    door = asyncio.Semaphore(AT_THE_DOOR)

    async def come_in(seat: Seat) -> None:
        async with door:
            await seat.sign_in()

    async def step(what: str, do: Callable[[Seat], Coroutine[Any, Any, None]]) -> None:
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for seat in everybody:
                group.create_task(do(seat))
        took[what] = round(time.monotonic() - began, 1)

    took: dict[str, float] = {}
    await step("signing in", come_in)
    end = time.monotonic() + seconds
    await step("working", lambda seat: work(seat, end))
    await step("leaving", lambda seat: seat.leave())
    return took


@dataclass
class Kept:
    """What the database has afterwards."""

    users: dict[int, Any]
    events: list[Any]
    codes: list[Any]
    proposals: list[Any]
    mails: list[Any]
    endings: Counter[str | None]

    def of(self, *actions: str) -> list[Any]:
        return [event for event in self.events if event.action in actions]


async def kept(database: Database) -> Kept:
    async with database.reading() as connection:

        async def rows(query: Any) -> list[Any]:
            return list((await connection.execute(query)).all())

        users = await rows(select(USERS))
        return Kept(
            {row.pk: row for row in users},
            await rows(select(EVENTS).order_by(EVENTS.c.event_id)),
            await rows(select(VERIFICATIONS).order_by(VERIFICATIONS.c.verification_id)),
            await rows(select(PROPOSALS).order_by(PROPOSALS.c.proposal_id)),
            await rows(select(MAILS).order_by(MAILS.c.mail_id)),
            Counter((await connection.execute(select(OPERATOR_SESSIONS.c.end_reason))).scalars()),
        )


async def verdict_on(host: SshHost, database: Database) -> Verdict:
    auditor = Operator("auditor", "auditor", Role.OPERATIONS)
    return await Desk(database, SystemClock(), host.keys, auditor).audit.verify()


def test_fifty_desks_work_on_one_database_for_a_minute(
    host: SshHost, record_property: Callable[[str, object], None]
) -> None:
    everybody = seats(host)
    took = asyncio.run(a_minute(everybody, SECONDS))
    assert [seat.terminal.wait_end() for seat in everybody] == [0] * len(everybody)
    left: Kept = host.run(kept)
    seen = sum((seat.seen for seat in everybody), Counter[str]())
    edits = sum(len(seat.accepted) for seat in everybody)
    told = {**took, "edits": edits, **dict(sorted(seen.items())), "events": len(left.events)}
    print(json.dumps(told))
    record_property("fifty desks", told)

    assert [fault for seat in everybody for fault in seat.faults] == []
    assert left.endings == {"left": len(everybody)}
    assert left.of("refused", "signin.refused") == []
    assert edits
    assert seen["conflict"]
    _no_edit_is_lost(left, everybody)
    _no_code_is_lost(left, seen, edits_at_once=len(left.of("address.registered")))
    assert len(left.of("address.revealed")) == seen["revealed"]
    assert host.run(lambda database: verdict_on(host, database)).ok


def _no_edit_is_lost(left: Kept, everybody: list[Seat]) -> None:
    """Each edit told as accepted has its event; each row is what its events say, one version an event."""
    edits = left.of("address.registered", "address.proposed")
    by_operator: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    by_user: defaultdict[int, list[Any]] = defaultdict(list)
    for event in edits:
        email = json.loads(event.personal)["email"]
        by_operator[event.operator_id].append((left.users[event.user_pk].user_id, email))
        by_user[event.user_pk].append(event)
    assert by_operator == {seat.person.login: seat.accepted for seat in everybody if seat.accepted}
    waiting = [(row.user_pk, row.new_email) for row in left.proposals if row.state == "open"]
    for pk, row in left.users.items():
        mine = by_user[pk]
        assert [json.loads(event.facts)["version"] for event in mine] == [*range(2, row.version + 1)]
        at_once = [event for event in mine if event.action == "address.registered"]
        proposed = [event for event in mine if event.action == "address.proposed"]
        last = json.loads(at_once[-1].personal)["email"] if at_once else f"{row.user_id.lower()}@firm.hk"
        assert row.pending_email == last
        expected = [(pk, json.loads(proposed[-1].personal)["email"])] if proposed else []
        assert [pair for pair in waiting if pair[0] == pk] == expected


def _no_code_is_lost(left: Kept, seen: Counter[str], *, edits_at_once: int) -> None:
    """Codes count up without a gap, each with its event and its mail; each wrong try is counted."""
    numbers: defaultdict[int, list[int]] = defaultdict(list)
    tries = {(code.user_pk, code.number): code.tries for code in left.codes}
    for code in left.codes:
        numbers[code.user_pk].append(code.number)
    assert all(mine == [*range(1, len(mine) + 1)] for mine in numbers.values())
    issued = [(event.user_pk, json.loads(event.facts)["number"]) for event in left.of("verification.issued")]
    assert issued == [*tries]
    assert len(issued) == edits_at_once + seen["resent"]
    assert sorted(mail.verification_id for mail in left.mails) == [
        code.verification_id for code in left.codes
    ]
    refused = Counter(
        (event.user_pk, json.loads(event.facts)["number"]) for event in left.of("verification.refused")
    )
    assert refused == +Counter(tries)
    assert refused.total() == seen["code: is not the code"]
    for mail in left.mails:
        steered = [
            json.loads(event.facts)["state"]
            for event in left.of("mail.held", "mail.released")
            if json.loads(event.facts)["mail_id"] == mail.mail_id
        ]
        assert mail.state == (steered or ["queued"])[-1]
