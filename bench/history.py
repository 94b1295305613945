"""A desk of many users with the past that made them: every event chained, the tables as the events left them.

Run: `python -m bench.history FOLDER [--users 100000] [--days 60]`, twelve events a user.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import insert

from bench.synthetic import BATCH, FAMILY, GIVEN, environment, without_search_indexes
from store.clock import SystemClock
from store.context import insert_rows
from store.database import Database
from store.keys import Keys, create_key_file
from store.migrate import upgrade
from store.name_words import keep_words
from store.rules.audit_chain import Event, chain
from store.rules.grams import name_columns
from store.rules.person_state import PersonState
from store.rules.personal import split_facts
from store.rules.replay import Replay
from store.schedule import MILESTONES
from store.setup import initialise
from store.tables import CcmsUser, Credential, Mail, Participant, Proposal, UtcDateTime, Verification
from store.views import Kind

A_PARTICIPANT = 200
DAYS = 60
DAY = timedelta(days=1)
STEPS = (
    "address.proposed", "address.approved", "address.registered", "verification.issued", "mail.accepted",
    "address.verified", "enrolment.activated", "password.set", "otp.chosen", "user.enrolled", "user.proven",
)  # fmt: skip
"""What happens to a user from the first address on, some never come far; after it they log on."""
LOGON = ("logon.begun", "logon.passed")


class HeldClock:
    """Stands still, at the beginning of the past."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """That moment."""
        return self.moment


class Told(NamedTuple):
    """An event to come: when, whose (a user's number, or a participant's), what."""

    at: datetime
    number: int
    action: str
    who: str


def make_history(folder: Path, users: int, url: str | None = None, days: int = DAYS) -> dict[str, str]:
    """A desk of that many users and twelve times as many events, its key in `folder`, unless it is there.

    The past ends where it is made. Answers the program's settings for it.
    """
    settings = environment(folder)
    if url is not None:
        settings["CCMS_TUI_DATABASE_URL"] = url
    if (folder / "made").exists():
        return settings
    folder.mkdir(parents=True, exist_ok=True)
    upgrade(settings["CCMS_TUI_DATABASE_URL"])
    keys = create_key_file(folder / "desk.key")
    asyncio.run(_fill(Database(settings["CCMS_TUI_DATABASE_URL"]), keys, users, days))
    (folder / "made").touch()
    return settings


async def _fill(database: Database, keys: Keys, users: int, days: int) -> None:
    began = SystemClock().now().replace(microsecond=0) - days * DAY
    await initialise(database, HeldClock(began), keys, "bench", "Bench")
    replay = Replay(MILESTONES)
    async with without_search_indexes(database):
        await _write_events(database, keys, replay, users, began + timedelta(hours=1), days)
        await _write_tables(database, replay, began)
    await database.close()


async def _write_events(
    database: Database, keys: Keys, replay: Replay, users: int, began: datetime, days: int
) -> None:
    """The whole log, each event chained to the one before it and followed by `replay`."""
    async with database.reading() as connection:
        newest = "SELECT event_id, hash FROM audit_event ORDER BY event_id DESC LIMIT 1"
        event_id, previous = (await connection.exec_driver_sql(newest)).one()
    dialect = database.engine.dialect
    stored = UtcDateTime().dialect_impl(dialect).bind_processor(dialect) or (lambda moment: moment)
    rows: list[dict[str, Any]] = []
    for told in _story(users, began, days):
        event = _event(told)
        (row,) = chain([event], event_id, bytes(previous), told.at, told.who, keys.audit)
        event_id, previous = row["event_id"], row["hash"]
        facts = {**(event.facts or {}), **(event.personal or {})}
        replay.take(event.action, told.at, event.participant_id, event.user_pk, facts)
        rows.append(row | {"at": stored(told.at)})
        if len(rows) == BATCH:
            async with database.writing() as connection:
                await insert_rows(connection, "audit_event", rows)
            rows.clear()
    async with database.writing() as connection:
        await insert_rows(connection, "audit_event", rows)


def _story(users: int, began: datetime, days: int) -> Iterator[Told]:
    """All that happens, in its order: the roster is loaded first."""
    for firm in range(-(-users // A_PARTICIPANT)):
        yield Told(began, firm, "participant.imported", "bench")
    for number in range(users):
        yield Told(began, number, "user.imported", "bench")
    random = Random(7)
    later = [told for number in range(users) for told in _life(number, random, began + DAY, days - 2)]
    later.sort()
    yield from later


def _life(number: int, random: Random, began: datetime, days: int) -> Iterator[Told]:
    """What happens to one user: a third come to log on every few days, a tenth do nothing at all."""
    at = began + timedelta(seconds=random.randrange(days * 60_000))
    end = began + days * DAY
    far = random.choices((0, 2, 5, 6, 9, len(STEPS)), (10, 4, 10, 16, 10, 50))[0]
    acts = [*STEPS[:far]]
    if far == len(STEPS):
        acts += LOGON * random.randrange(1, 6)
    for action in acts:
        at += timedelta(seconds=random.randrange(5, 40_000))
        if at >= end:
            return
        yield Told(at, number, action, f"maker{number // A_PARTICIPANT}")


def _event(told: Told) -> Event:
    if told.action == "participant.imported":
        name = f"Participant {told.number:05} Limited"
        return Event(told.action, f"C{told.number:05}", None, {}, {"name": name})
    plain, personal = split_facts(told.action, _facts(told))
    return Event(told.action, f"C{told.number // A_PARTICIPANT:05}", told.number + 1, plain, personal or None)


def _facts(told: Told) -> dict[str, Any]:
    """The facts of a user's event, as the desk records them."""
    number, method = told.number, "app" if told.number % 3 else "email"
    email = f"user{number}@firm{number // A_PARTICIPANT}.example"
    match told.action:
        case "user.imported":
            return {
                "user_id": f"U{number:07}", "user_name": _name(number), "kind": _kind(number),
                "smartcard_serial": f"SC{number:08}", "language": "en", "pending": False,
                "suspended": number % 500 == 7,
            }  # fmt: skip
        case "address.proposed":
            until = told.at + timedelta(days=7)
            return {"proposal_id": number + 1, "email": email, "expires_at": until.isoformat()}
        case "address.approved":
            return {"proposal_id": number + 1, "email": email, "made_by": told.who}
        case "address.registered":
            return {"email": email, "old_email": None}
        case "verification.issued":
            return {"number": 1, "email": email, "expires_at": (told.at + DAY).isoformat()}
        case "mail.accepted":
            return {"mail_id": number + 1, "kind": "verification", "state": "accepted"}
        case "address.verified":
            return {"email": email, "old_email": None}
        case "user.enrolled" | "user.proven" | "logon.passed" if method == "app":
            return {"method": method, "origin": "10.1.2.3", "drift_seconds": number % 11 - 5}
        case "user.enrolled" | "user.proven" | "logon.passed" | "logon.begun" | "otp.chosen":
            return {"method": method, "origin": "10.1.2.3"}
    return {"origin": "10.1.2.3"}


def _name(number: int) -> str:
    family, family_chinese = FAMILY[number * 7 % len(FAMILY)].split(" ")
    given, given_chinese = GIVEN[number * 11 % len(GIVEN)].rsplit(" ", 1)
    return f"{family} {given} {family_chinese}{given_chinese} {number % 997}"


def _kind(number: int) -> str:
    return {0: Kind.DA_MAKER, 1: Kind.DA_CHECKER}.get(number % A_PARTICIPANT % 50, Kind.USER).value


# The tables, as the events left them.


async def _write_tables(database: Database, replay: Replay, began: datetime) -> None:
    firms = [
        {"participant_id": firm.participant_id, "name": firm.name, "created_at": began}
        for firm in replay.firms.values()
    ]
    people = list(replay.people.items())
    async with database.writing() as connection:
        await connection.execute(insert(Participant), firms)
    for first in range(0, len(people), BATCH):
        some = people[first : first + BATCH]
        async with database.writing() as connection:
            rows = [_user(pk, person, began) for pk, person in some]
            await connection.execute(insert(CcmsUser), rows)
            await keep_words(connection, [row["sort_name"] for row in rows])
            for table, make in ((Credential, _credential), (Verification, _code), (Mail, _mail)):
                if made := [row for each in some if (row := make(*each, began))]:
                    await connection.execute(insert(table), made)
            if waiting := [_proposal(*each, began) for each in some if each[1].proposal_expires_at]:
                await connection.execute(insert(Proposal), waiting)


def _user(pk: int, person: PersonState, began: datetime) -> dict[str, Any]:
    reached = partial(_if, began)
    return {
        "pk": pk, "user_id": person.user_id, "participant_id": person.participant_id,
        **name_columns(person.user_name or ""), "kind": person.kind.value,
        "smartcard_serial": person.smartcard_serial, "language": person.language,
        "active_email": person.active_email, "active_canonical": person.active_email,
        "verified_at": reached(person.has_active), "pending_email": person.pending_email,
        "pending_canonical": person.pending_email, "undeliverable": person.undeliverable,
        "code_expires_at": person.code_expires_at, "proposal_expires_at": person.proposal_expires_at,
        "password_set_at": reached(person.password_set), "enrolled_at": reached(person.enrolled),
        "proven_at": reached(person.proven), "locked": person.locked, "suspended": person.suspended,
        "standing": person.standing(began).value, "version": 1, "changed_at": began, "changed_by": "system",
    }  # fmt: skip


def _if(moment: datetime, holds: bool) -> datetime | None:
    return moment if holds else None


def _credential(pk: int, person: PersonState, _began: datetime) -> dict[str, Any] | None:
    return person.otp_method and {
        "user_pk": pk, "otp_method": person.otp_method.value, "drift_seconds": person.drift_seconds,
        "drift_seen_at": person.drift_seen_at,
    }  # fmt: skip


def _code(pk: int, person: PersonState, began: datetime) -> dict[str, Any] | None:
    address = person.pending_email or person.active_email
    return address and {
        "verification_id": pk, "user_pk": pk, "number": 1, "canonical": address, "code_hash": b"",
        "issued_at": began, "expires_at": person.code_expires_at or began, "tries": 0,
    }  # fmt: skip


def _mail(pk: int, person: PersonState, began: datetime) -> dict[str, Any] | None:
    address = person.pending_email or person.active_email
    return address and {
        "mail_id": pk, "message_id": f"<{pk}@bench.example>", "user_pk": pk,
        "participant_id": person.participant_id, "verification_id": pk, "kind": "verification",
        "to_email": address, "facts": {}, "state": "accepted", "attempts": 1, "created_at": began,
        "expires_at": began,
    }  # fmt: skip


def _proposal(pk: int, person: PersonState, began: datetime) -> dict[str, Any]:
    email = f"user{pk - 1}@firm{(pk - 1) // A_PARTICIPANT}.example"
    return {
        "proposal_id": pk, "user_pk": pk, "participant_id": person.participant_id, "new_email": email,
        "new_canonical": email, "made_by": "maker", "made_at": began,
        "expires_at": person.proposal_expires_at, "state": "open",
    }  # fmt: skip


def main() -> None:
    """Make one desk and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=DAYS)
    given = parser.parse_args()
    began = time.perf_counter()
    make_history(given.folder, given.users, days=given.days)
    sys.stdout.write(f"{given.users:,} users in {time.perf_counter() - began:.1f} s\n")


if __name__ == "__main__":
    main()
