"""A stranger learns nothing: who does not exist is answered in the same words, after the same work."""

import re
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from screens.sentences import explain_error
from store.database import Database
from store.enrolment import Enrolment
from store.errors import StoreError
from store.hashing import Hasher
from store.keys import Keys
from store.views import Role
from tests.conftest import DeskOf, HeldClock, Roster
from tests.enrolling import MINUTE, OTHER_PASSWORD, Person, terminal, verified_user

NOBODY = "CP1U99999"
KNOWN = ["pending", "verified", "enrolled by app", "enrolled by email", "seeded"]


@pytest.fixture
async def people(
    database: Database, clock: HeldClock, keys: Keys, roster: Roster, desk_of: DeskOf
) -> dict[str, str]:
    """Users of every kind a stranger might want to tell apart."""
    await roster.participant("CP1", waiver="sole proprietor")
    enrolment = terminal(database, clock, keys)
    found = {"pending": await roster.user("CP1", pending="p@bank.example")}
    await desk_of(Role.DA_MAKER, "CP1").verifications.resend(found["pending"])
    for number, kind in enumerate(KNOWN[1:]):
        found[kind] = await verified_user(roster, active=f"u{number}@bank.example")
    await Person(enrolment, clock, found["enrolled by app"]).enrolled_by_app()
    await Person(enrolment, clock, found["enrolled by email"]).enrolled_by_email()
    clock.advance(70 * MINUTE)
    return found


Act = Callable[[Enrolment, str], Awaitable[object]]


async def begins(enrolment: Enrolment, user_id: str) -> object:
    session = await enrolment.begin(user_id)
    return await enrolment.state(session)


async def gives_a_code(enrolment: Enrolment, user_id: str) -> object:
    enrolment = replace(enrolment, origin=f"10.3.{user_id[-3]}.{int(user_id[-2:])}")
    return await enrolment.verify_address(await enrolment.begin(user_id), "ABCD-EFGH")


async def asks_for_a_code(enrolment: Enrolment, user_id: str) -> object:
    session = await enrolment.begin(user_id)
    sent = await enrolment.send_activation(session)
    return sent, await enrolment.state(session)


async def gives_an_activation_code(enrolment: Enrolment, user_id: str) -> object:
    session = await enrolment.begin(user_id)
    await enrolment.send_activation(session)
    return await enrolment.activate(session, "ABCD-EFGH")


async def asks_twice(enrolment: Enrolment, user_id: str) -> object:
    await enrolment.send_activation(await enrolment.begin(user_id))
    return await enrolment.send_activation(await enrolment.begin(user_id))


async def gives_a_password(enrolment: Enrolment, user_id: str) -> object:
    return await enrolment.begin_logon(user_id, OTHER_PASSWORD)


async def gives_ten_passwords(enrolment: Enrolment, user_id: str) -> object:
    clock: Any = enrolment.clock
    start = clock.moment
    said = []
    for _guess in range(12):
        try:
            await enrolment.begin_logon(user_id, OTHER_PASSWORD)
        except StoreError as error:
            said.append(explain_error(error))
        clock.advance(40 * MINUTE)
    clock.moment = start
    return said


STRANGERS = [
    begins, gives_a_code, asks_for_a_code, gives_an_activation_code, asks_twice, gives_a_password,
    gives_ten_passwords,
]  # fmt: skip


@contextmanager
def overheard(database: Database) -> Any:
    """The statements sent to the database, without their values."""
    heard: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        heard.append(re.sub(r"\s+", " ", statement))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", hear)
    yield heard
    event.remove(engine, "before_cursor_execute", hear)


class CountingHasher(Hasher):
    """Notes every hash that is tried."""

    tried: list[int] = []  # noqa: RUF012 - one list for the test, on a frozen class

    def verify(self, kept: str | None, secret: bytes) -> bool:
        self.tried.append(len(kept or self.nobody))
        return super().verify(kept, secret)


async def answer_and_work(act: Act, enrolment: Enrolment, user_id: str) -> tuple[str, list[str], int]:
    """What somebody is told (without the ID they gave), and what was done for it."""
    CountingHasher.tried.clear()
    with overheard(enrolment.database) as statements:
        try:
            told = repr(await act(enrolment, user_id))
        except StoreError as error:
            told = f"{explain_error(error)} {vars(error)}"
    return told.replace(user_id, "USER"), statements, len(CountingHasher.tried)


@pytest.mark.parametrize("kind", KNOWN)
@pytest.mark.parametrize("act", STRANGERS, ids=lambda act: act.__name__)
async def test_who_does_not_exist_is_answered_alike_after_the_same_work(
    act: Act, kind: str, people: dict[str, str], database: Database, clock: HeldClock, keys: Keys
) -> None:
    enrolment = terminal(database, clock, keys, hasher=CountingHasher())
    known = await answer_and_work(act, enrolment, people[kind])
    nobody = await answer_and_work(act, enrolment, NOBODY)
    assert known[0] == nobody[0]
    assert known[1] == nobody[1]
    assert known[2] == nobody[2]


async def test_a_stranger_who_is_not_there_leaves_bounded_traces(
    database: Database, clock: HeldClock, keys: Keys, people: dict[str, str]
) -> None:
    from store import claims

    enrolment = terminal(database, clock, keys)
    for number in range(claims.NOBODY_AN_HOUR + 10):
        elsewhere = replace(enrolment, origin=f"10.2.0.{number}")
        session = await elsewhere.begin(f"NOBODY{number}")
        with pytest.raises(StoreError):
            await enrolment.verify_address(session, "ABCD-EFGH")
    async with database.reading() as connection:
        found = await connection.exec_driver_sql(
            "SELECT count(*) FROM audit_event WHERE action = 'entry.refused' AND user_pk IS NULL"
        )
        assert found.scalar_one() == claims.NOBODY_AN_HOUR


async def timed(act: Act, enrolment: Enrolment, user_ids: list[str]) -> list[float]:
    taken = []
    for user_id in user_ids:
        begun = time.perf_counter()
        with pytest.raises(StoreError):
            await act(enrolment, user_id)
        taken.append(time.perf_counter() - begun)
    return taken


@pytest.mark.parametrize("act", [gives_a_password, gives_a_code])
async def test_times_do_not_tell_who_exists(
    act: Act, database: Database, clock: HeldClock, keys: Keys, roster: Roster, people: dict[str, str]
) -> None:
    """The two samples, taken in turns, overlap as two of one kind would: a rank test far from significance.

    Whether a known user's time is the longer one of a pair must be near a coin's toss; a dummy hash left out
    would make it so in every pair.
    """
    enrolment = terminal(database, clock, keys)
    known = [await verified_user(roster, active=f"t{number}@bank.example") for number in range(40)]
    kept = Hasher().hash(b"another password")
    for user_id in known:
        await put_hash(database, user_id, kept)
    nobody = [f"CP1N{number:05d}" for number in range(40)]
    longer = 0
    medians: dict[bool, list[float]] = {True: [], False: []}
    for one, other in zip(known, nobody, strict=True):
        (of_known,), (of_nobody,) = await timed(act, enrolment, [one]), await timed(act, enrolment, [other])
        longer += of_known > of_nobody
        medians[True].append(of_known)
        medians[False].append(of_nobody)
    assert 5 <= longer <= 35
    ratio = statistics.median(medians[True]) / statistics.median(medians[False])
    assert 0.5 < ratio < 2.0


async def put_hash(database: Database, user_id: str, kept: str) -> None:
    from sqlalchemy import select

    from store.tables import CREDENTIALS, USERS

    async with database.writing() as connection:
        pk = (await connection.execute(select(USERS.c.pk).where(USERS.c.user_id == user_id))).scalar_one()
        values = {"user_pk": pk, "password_hash": kept, "otp_method": "app"}
        await connection.execute(CREDENTIALS.insert().values(values))
