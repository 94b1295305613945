"""What somebody who can write the database, but has no key, could do to the audit log: all of it is found.

Ten thousand events; a thousand corruptions of every kind on the log in memory, and some of each kind by SQL
in the real databases. The first event that is not right, or is missing, must be named exactly.
"""

import random
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from store.context import Context
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.rules.audit_chain import (
    Event,
    Fault,
    Head,
    Kept,
    Verdict,
    Verification,
    chain,
    event_hash,
    moment_text,
    read_head,
    write_head,
)
from store.setup import SYSTEM
from store.views import Role
from tests.conftest import START, DeskOf, HeldClock

EVENTS = 10_000
CORRUPTIONS = 1_000
KEY = bytes(range(32))

Log = list[Kept]


def events_of(number: int) -> Event:
    """The event of this number: some with personal values, some of a participant, of a user, of neither."""
    personal = (
        {"email": f"user{number}@bank.example", "user_name": f"CHAN {number} 陳"} if number % 3 else None
    )
    return Event(
        ("address.registered", "mail.accepted", "signin.opened")[number % 3],
        f"C{number % 7}" if number % 5 else None,
        number % 11 or None,
        {"version": number, "reason": "as agreed"},
        personal,
    )


def written(count: int, key: bytes = KEY, *, start: int = 0, previous: bytes = b"") -> Log:
    """A log of so many events as the desk writes it: in transactions of ten events, a minute apart."""
    rows: Log = []
    for first in range(start, start + count, 10):
        noted = [events_of(number) for number in range(first, min(first + 10, start + count))]
        now = START + timedelta(minutes=first)
        for row in chain(noted, first, previous, now, f"op{first % 4}", key):
            rows.append(Kept(**{**row, "at": moment_text(now)}))
        previous = rows[-1].hash
    return rows


@cache
def whole_log() -> tuple[Kept, ...]:
    return tuple(written(EVENTS))


@cache
def links() -> dict[int, bytes]:
    """The right hash before each event: a corruption is looked at from a little before it."""
    return {row.event_id + 1: row.hash for row in whole_log()} | {1: b""}


def head_of(log: Iterable[Kept]) -> Head:
    newest = list(log)[-1]
    return Head(newest.event_id, newest.hash, datetime.fromisoformat(newest.at + "+00:00"), newest.event_id)


def verified(log: Iterable[Kept], head: Head | None = None, key: bytes = KEY) -> Verdict:
    rows = list(log)
    following = Verification(key, head)
    following.take(rows)
    return following.end(len(rows))


@dataclass(frozen=True)
class Corrupted:
    """A log after a corruption: the first number that must be named, and why."""

    log: Log
    first_bad: int
    faults: tuple[Fault, ...]


Corruption = Callable[[Log, random.Random], Corrupted]


def place(log: Log, rng: random.Random) -> int:
    return rng.randrange(len(log))


def other_value(rng: random.Random, column: str, now: Any) -> Any:
    """Something else than `now` that the column takes, of its type or of another."""
    others: dict[str, list[Any]] = {
        "at": [moment_text(START - timedelta(days=1)), "", "x", 0, None, f"{now}0", str(now)[:-1]],
        "operator_id": ["ops.yeung", "", None, f"{now} ", str(now).upper(), str(now).encode()],
        "action": ["mail.held", "", None, f"{now}\x00", str(now).encode()],
        "participant_id": ["C99", "", None, "C1\x1f1", 0],
        "user_pk": [0, None, 12345, -1, "1"],
        "facts": [
            "{}",
            "",
            None,
            f" {now}",
            f"{now}\n",
            str(now).encode(),
            str(now).replace("agreed", "told"),
        ],
        "hash": [secrets.token_bytes(32), b"", None, "00" * 32, bytes(33)],
        "digest": [secrets.token_bytes(32), b"", None, "00" * 32],
    }
    return rng.choice([value for value in others[column] if value != now or type(value) is not type(now)])


def change_a_column(log: Log, rng: random.Random) -> Corrupted:
    at = place(log, rng)
    column = rng.choice(
        ["at", "operator_id", "action", "participant_id", "user_pk", "facts", "hash", "digest"]
    )
    log[at] = log[at]._replace(**{column: other_value(rng, column, getattr(log[at], column))})
    return Corrupted(log, at + 1, (Fault.CHANGED, Fault.PERSONAL))


def flip_a_bit(log: Log, rng: random.Random) -> Corrupted:
    at = place(log, rng)
    flipped = bytearray(log[at].hash)
    flipped[rng.randrange(32)] ^= 1 << rng.randrange(8)
    log[at] = log[at]._replace(hash=bytes(flipped))
    return Corrupted(log, at + 1, (Fault.CHANGED,))


def change_personal_values(log: Log, rng: random.Random) -> Corrupted:
    at = rng.choice([at for at in range(len(log)) if log[at].digest is not None])
    row = log[at]
    salt, personal = row.salt, row.personal
    log[at] = rng.choice(
        [
            row._replace(personal=personal.replace("user", "loser")),
            row._replace(personal=personal + " "),
            row._replace(personal=personal.encode()),
            row._replace(personal=""),
            row._replace(personal=None),
            row._replace(salt=None),
            row._replace(salt=secrets.token_bytes(16)),
            row._replace(salt=salt + personal[:1].encode(), personal=personal[1:]),
            row._replace(salt=salt[:-1]),
        ]
    )
    return Corrupted(log, at + 1, (Fault.PERSONAL,))


def take_personal_values_away(log: Log, rng: random.Random) -> Corrupted:
    """Values and salt gone together, as if somebody had been meant to erase them: of one event or of many."""
    holders = [at for at in range(len(log)) if log[at].digest is not None]
    gone = sorted(rng.sample(holders, rng.choice([1, 1, 500, len(holders)])))
    for at in gone:
        log[at] = log[at]._replace(personal=None, salt=None)
    return Corrupted(log, gone[0] + 1, (Fault.PERSONAL,))


def give_personal_values(log: Log, rng: random.Random) -> Corrupted:
    """Personal values on an event that never had any, with a digest that fits and without one."""
    at = rng.choice([at for at in range(len(log)) if log[at].digest is None])
    giver = next(row for row in log[at:] + log if row.digest is not None)
    if rng.random() < 0.5:
        log[at] = log[at]._replace(personal=giver.personal, salt=giver.salt)
        return Corrupted(log, at + 1, (Fault.PERSONAL,))
    log[at] = log[at]._replace(personal=giver.personal, salt=giver.salt, digest=giver.digest)
    return Corrupted(log, at + 1, (Fault.CHANGED,))


def move_personal_values(log: Log, rng: random.Random) -> Corrupted:
    one, other = sorted(rng.sample([at for at in range(len(log)) if log[at].digest is not None], 2))
    first, second = log[one], log[other]
    names = ["personal", "salt"] + (["digest"] if rng.random() < 0.5 else [])
    log[one] = first._replace(**{name: getattr(second, name) for name in names})
    log[other] = second._replace(**{name: getattr(first, name) for name in names})
    return Corrupted(log, one + 1, (Fault.CHANGED,) if "digest" in names else (Fault.PERSONAL,))


def remove_one(log: Log, rng: random.Random) -> Corrupted:
    at = rng.randrange(len(log) - 1)
    del log[at]
    return Corrupted(log, at + 1, (Fault.MISSING,))


def remove_many(log: Log, rng: random.Random) -> Corrupted:
    gone = sorted(rng.sample(range(len(log) - 1), rng.randint(2, 500)))
    left = set(gone)
    return Corrupted([row for at, row in enumerate(log) if at not in left], gone[0] + 1, (Fault.MISSING,))


def remove_and_number_anew(log: Log, rng: random.Random) -> Corrupted:
    at = rng.randrange(len(log) - 1)
    log = log[:at] + [row._replace(event_id=row.event_id - 1) for row in log[at + 1 :]]
    return Corrupted(log, at + 1, (Fault.CHANGED,))


def swap_two(log: Log, rng: random.Random) -> Corrupted:
    one, other = sorted(rng.sample(range(len(log)), 2))
    first, second = log[one], log[other]
    log[one], log[other] = second._replace(event_id=one + 1), first._replace(event_id=other + 1)
    return Corrupted(log, one + 1, (Fault.CHANGED,))


def bring_an_older_row(log: Log, rng: random.Random) -> Corrupted:
    older, at = sorted(rng.sample(range(len(log)), 2))
    log[at] = log[older]._replace(event_id=at + 1)
    return Corrupted(log, at + 1, (Fault.CHANGED,))


def number_otherwise(log: Log, rng: random.Random) -> Corrupted:
    at = rng.randrange(len(log) - 1)
    moved = log.pop(at)
    log.append(moved._replace(event_id=EVENTS + rng.randint(1, 9)))
    return Corrupted(log, at + 1, (Fault.MISSING,))


def put_before_the_first(log: Log, rng: random.Random) -> Corrupted:
    number = rng.choice([0, -1, -9_999])
    return Corrupted([log[place(log, rng)]._replace(event_id=number), *log], number, (Fault.STRANGER,))


def put_beside(log: Log, rng: random.Random) -> Corrupted:
    """A second row of one number, where the primary key was dropped first."""
    at = place(log, rng)
    log.insert(at + 1, log[at]._replace(action="mail.held"))
    return Corrupted(log, at + 1, (Fault.STRANGER,))


def put_between(log: Log, rng: random.Random) -> Corrupted:
    """A forged event, with all that follow numbered anew; its hash is made with a key of one's own."""
    at = place(log, rng)
    previous = log[at - 1].hash if at else b""
    forged = written(1, secrets.token_bytes(32), start=at, previous=previous)
    log = [*log[:at], *forged, *(row._replace(event_id=row.event_id + 1) for row in log[at:])]
    return Corrupted(log, at + 1, (Fault.CHANGED,))


def put_at_the_end(log: Log, rng: random.Random) -> Corrupted:
    row = log[place(log, rng)]
    if rng.random() < 0.5:
        return Corrupted([*log, row._replace(event_id=EVENTS + 1)], EVENTS + 1, (Fault.CHANGED,))
    return Corrupted([*log, row._replace(event_id=EVENTS + 5)], EVENTS + 1, (Fault.MISSING,))


def cut_the_end(log: Log, rng: random.Random) -> Corrupted:
    left = rng.randrange(len(log))
    return Corrupted(log[:left], left + 1, (Fault.CUT,))


def cut_everything(_log: Log, _rng: random.Random) -> Corrupted:
    return Corrupted([], 1, (Fault.CUT,))


def cut_and_let_the_desk_write_on(log: Log, rng: random.Random) -> Corrupted:
    """The desk itself continues a log that was cut: the chain is right, its past is another one."""
    left = rng.randrange(len(log) - 300, len(log))
    later = START + timedelta(days=30)
    count = len(log) - left + rng.choice([-left, -1, 0, 1, 5])
    if count < 1:
        return Corrupted(log[:left], left + 1, (Fault.CUT,))
    noted = [events_of(number) for number in range(count)]
    rows = chain(noted, left, log[left - 1].hash, later, "op1", KEY)
    log = log[:left] + [Kept(**{**row, "at": moment_text(later)}) for row in rows]
    return Corrupted(log, left + 1, (Fault.CUT, Fault.REPLACED))


KINDS: tuple[Corruption, ...] = (
    change_a_column,
    flip_a_bit,
    change_personal_values,
    take_personal_values_away,
    give_personal_values,
    move_personal_values,
    remove_one,
    remove_many,
    remove_and_number_anew,
    swap_two,
    bring_an_older_row,
    number_otherwise,
    put_before_the_first,
    put_beside,
    put_between,
    put_at_the_end,
    cut_the_end,
    cut_everything,
    cut_and_let_the_desk_write_on,
)


def test_an_untouched_log_is_whole():
    assert verified(whole_log(), head_of(whole_log())) == Verdict(EVENTS, head=head_of(whole_log()))
    assert verified(whole_log()[:1]).ok


def test_a_log_that_went_on_after_the_head_is_whole():
    assert verified(whole_log(), head_of(whole_log()[: EVENTS // 2])).ok


@pytest.mark.parametrize("number", range(len(KINDS)), ids=lambda number: KINDS[number].__name__)
def test_every_one_of_a_thousand_corruptions_is_found_and_the_first_bad_event_named(number: int):
    head = head_of(whole_log())
    for seed in range(number, CORRUPTIONS, len(KINDS)):
        corrupted = KINDS[number](list(whole_log()), random.Random(seed))
        verdict = verified_near(corrupted, head)
        assert not verdict.ok, seed
        assert verdict.first_bad == corrupted.first_bad, seed
        assert verdict.fault in corrupted.faults, seed
    assert not verified(corrupted.log, head).ok
    assert verified(corrupted.log, head).first_bad == corrupted.first_bad


def verified_near(corrupted: Corrupted, head: Head) -> Verdict:
    """The verdict of the same verification, begun shortly before the first row that is not as it was.

    A thousand times ten thousand hashes would take minutes. What is left out is, row for row, the untouched
    log, of which the first test says that it is followed to its end.
    """
    log, whole = corrupted.log, whole_log()
    same = next((at for at, (one, other) in enumerate(zip(log, whole, strict=False)) if one != other), None)
    same = min(len(log), len(whole)) if same is None else same
    begin = max(0, same - 20)
    following = Verification(KEY, head)
    following.events, following._previous = begin, links()[begin + 1]
    following.take(log[begin:])
    return following.end(len(log))


# Fields.

FIELD = st.one_of(
    st.none(), st.integers(), st.text(max_size=8), st.binary(max_size=8), st.floats(allow_nan=False),
    st.sampled_from(["\x1f", '","', "null", "", "b'x'", b"x", '{"bytes":"78"}', "0"]),
)  # fmt: skip


def typed(values: Iterable[Any]) -> list[tuple[type, Any]]:
    return [(type(value), value) for value in values]


@given(st.lists(FIELD, min_size=7, max_size=7), st.lists(FIELD, min_size=7, max_size=7))
def test_two_events_have_the_same_hash_only_when_every_field_is_the_same(one: list[Any], other: list[Any]):
    same = event_hash(KEY, b"p", one, None) == event_hash(KEY, b"p", other, None)
    assert same == (typed(one) == typed(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a", "b\x1fc"), ("a\x1fb", "c")),
        (("a", None), ("a", "")),
        (("a", 0), ("a", None)),
        (("a", "1"), ("a", 1)),
        (('a","b', "c"), ("a", 'b","c')),
        (("b'x'", ""), (b"x", "")),
    ],
)
def test_the_edge_between_two_fields_cannot_be_moved(one: tuple[Any, ...], other: tuple[Any, ...]):
    assert event_hash(KEY, b"", one, None) != event_hash(KEY, b"", other, None)


def test_a_digest_cannot_pass_for_the_hash_before_it():
    thirty_two = bytes(32)
    assert event_hash(KEY, thirty_two, ("a",), None) != event_hash(KEY, b"", ("a",), thirty_two)


# The head.


def test_a_head_comes_back_as_it_was_written():
    head = head_of(whole_log())
    assert read_head(write_head(head, KEY), KEY) == head


# The real databases.


async def fill(database: Database, keys: Keys, count: int) -> None:
    """A log of so many events, in two transactions."""
    clock = HeldClock()
    for half in range(2):
        async with Context(database, clock, keys, SYSTEM).changing() as change:
            change.events += [
                events_of(number) for number in range(half * count // 2, (half + 1) * count // 2)
            ]
        clock.advance(timedelta(minutes=1))


BOTH = [
    ("UPDATE audit_event SET operator_id = 'nobody' WHERE event_id = 42", 42),
    ("UPDATE audit_event SET action = 'mail.held' WHERE event_id = 42", 42),
    ("UPDATE audit_event SET participant_id = NULL WHERE event_id = 42", 42),
    ("UPDATE audit_event SET participant_id = '' WHERE event_id = 41", 41),
    ("UPDATE audit_event SET user_pk = 99 WHERE event_id = 42", 42),
    ("UPDATE audit_event SET user_pk = 0 WHERE event_id = 45", 45),
    ("UPDATE audit_event SET facts = '{}' WHERE event_id = 42", 42),
    ("UPDATE audit_event SET personal = '{}' WHERE event_id = 42", 42),
    ("UPDATE audit_event SET personal = NULL WHERE event_id = 42", 42),
    ("UPDATE audit_event SET salt = NULL WHERE event_id = 42", 42),
    ("UPDATE audit_event SET personal = NULL, salt = NULL WHERE event_id = 42", 42),
    ("UPDATE audit_event SET personal = NULL, salt = NULL WHERE event_id > 41", 42),
    ("UPDATE audit_event SET digest = NULL WHERE event_id = 42", 42),
    ("UPDATE audit_event SET digest = NULL, salt = NULL, personal = NULL WHERE event_id = 42", 42),
    ("UPDATE audit_event SET hash = salt WHERE event_id = 42", 42),
    ("UPDATE audit_event SET event_id = 9000 WHERE event_id = 42", 42),
    ("UPDATE audit_event SET event_id = 0 WHERE event_id = 42", 0),
    ("DELETE FROM audit_event WHERE event_id = 42", 42),
    ("DELETE FROM audit_event WHERE event_id = 1", 1),
    ("DELETE FROM audit_event WHERE event_id BETWEEN 20 AND 60", 20),
    ("DELETE FROM audit_event WHERE event_id > 90", 91),
    ("DELETE FROM audit_event", 1),
    (
        "UPDATE audit_event SET personal = (SELECT personal FROM audit_event WHERE event_id = 44), "
        "salt = (SELECT salt FROM audit_event WHERE event_id = 44) WHERE event_id = 42",
        42,
    ),
    (
        "INSERT INTO audit_event SELECT (SELECT max(event_id) + 1 FROM audit_event), at, operator_id, "
        "action, participant_id, user_pk, facts, personal, salt, digest, hash "
        "FROM audit_event WHERE event_id = 50",
        None,
    ),
    (
        "UPDATE audit_event SET event_id = -42 WHERE event_id = 42;"
        "UPDATE audit_event SET event_id = 42 WHERE event_id = 77;"
        "UPDATE audit_event SET event_id = 77 WHERE event_id = -42",
        42,
    ),
]
ONLY = {
    "sqlite": [
        ("UPDATE audit_event SET at = '2023-02-06 01:30:00.000001' WHERE event_id = 42", 42),
        ("UPDATE audit_event SET at = 'yesterday' WHERE event_id = 42", 42),
        ("UPDATE audit_event SET at = 5 WHERE event_id = 42", 42),
        ("UPDATE audit_event SET action = CAST(action AS BLOB) WHERE event_id = 42", 42),
        ("UPDATE audit_event SET facts = CAST(x'ff' AS TEXT) WHERE event_id = 42", 42),
        ("UPDATE audit_event SET operator_id = x'00' WHERE event_id = 42", 42),
        ("UPDATE audit_event SET hash = hex(hash) WHERE event_id = 42", 42),
        ("UPDATE audit_event SET digest = hex(digest) WHERE event_id = 42", 42),
        ("UPDATE audit_event SET salt = hex(salt) WHERE event_id = 42", 42),
    ],
    "postgresql": [
        ("UPDATE audit_event SET at = at + interval '1 microsecond' WHERE event_id = 42", 42),
        ("UPDATE audit_event SET at = 'infinity' WHERE event_id = 42", 42),
        ("UPDATE audit_event SET at = at - interval '4045 years' WHERE event_id = 42", 42),
        (
            "ALTER TABLE audit_event DROP CONSTRAINT audit_event_pkey CASCADE;"
            "INSERT INTO audit_event SELECT * FROM audit_event WHERE event_id = 42",
            42,
        ),
    ],
}


async def corrupt(database: Database, statements: str) -> None:
    async with database.writing() as connection:
        for statement in statements.split(";"):
            await connection.execute(text(statement.replace(":", r"\:")))


@pytest.fixture
async def operations(database: Database, keys: Keys, desk_of: DeskOf) -> Desk:
    await fill(database, keys, 100)
    return desk_of(Role.OPERATIONS)


async def test_every_corruption_by_sql_is_found_and_the_first_bad_event_named(
    backend: str, database: Database, operations: Desk, clock: HeldClock
):
    clock.advance(timedelta(hours=1))
    head = await operations.audit.head()
    clock.advance(timedelta(hours=1))
    assert (await operations.audit.verify(head)).ok
    await keep_a_copy(database)
    for statements, named in BOTH + ONLY[backend]:
        first_bad = named if named is not None else await operations.audit.listing().count() + 1
        await corrupt(database, statements)
        verdict = await operations.audit.verify(head)
        assert (verdict.ok, verdict.first_bad) == (False, first_bad), statements
        assert await operations.audit.listing().page(0) is not None
        await bring_back(database)
        assert (await operations.audit.verify(head)).ok, statements
        await keep_a_copy(database)


async def keep_a_copy(database: Database) -> None:
    await corrupt(database, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT * FROM audit_event")


async def bring_back(database: Database) -> None:
    await corrupt(database, "DELETE FROM audit_event; INSERT INTO audit_event SELECT * FROM kept")
