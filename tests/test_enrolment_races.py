"""Many at once: of two hundred uses of one code exactly one is good, on either database."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

import pytest

from store.database import Database
from store.errors import EntryRefused, StoreError
from store.keys import Keys
from store.rules.lockout import LOCKED_AT
from tests.conftest import HeldClock, Roster
from tests.enrolling import (
    MINUTE,
    OTHER_PASSWORD,
    PASSWORD,
    Person,
    actions,
    terminal,
    user_row,
    verified_user,
)

MANY, AT_ONCE = 200, 8


@pytest.fixture
async def person(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> Person:
    await roster.participant("CP1")
    return Person(terminal(database, clock, keys), clock, await verified_user(roster))


async def outcomes(calls: Iterable[Awaitable[object]]) -> Counter[str]:
    """How often each came about: good, or the reason why not. `AT_ONCE` of them are in the database."""
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(call: Awaitable[object]) -> str:
        try:
            async with at_once:
                await call
        except EntryRefused as refusal:
            return refusal.reason
        except StoreError as other:
            return f"{type(other).__name__} {getattr(other, 'kind', '')}".strip()
        return "good"

    return Counter(await asyncio.gather(*(one(call) for call in calls)))


async def test_of_200_uses_of_one_application_code_one_is_good(person: Person) -> None:
    """Twenty logons at once, each given the same code ten times."""
    await person.enrolled_by_app()
    assert person.phone is not None
    logons = [await person.enrolment.begin_logon(person.user_id, PASSWORD) for _logon in range(20)]
    code = person.phone.code()
    met = await outcomes(
        person.enrolment.finish_logon(logon, code) for _time in range(MANY // 20) for logon in logons
    )
    assert (met["good"], met.total()) == (1, MANY)
    assert set(met) <= {"good", "replayed", "wait", "expired", "locked"}
    assert [action for _who, action in await actions(person.database)].count("user.proven") == 1


async def test_of_200_uses_of_one_mailed_password_one_is_good(person: Person) -> None:
    await person.enrolled_by_email()
    logon = await person.enrolment.begin_logon(person.user_id, PASSWORD)
    code = await person.mailed("one-time password")
    met = await outcomes(person.enrolment.finish_logon(logon, code) for _time in range(MANY))
    assert met == {"good": 1, "expired": MANY - 1}


async def test_of_200_uses_of_one_activation_code_one_is_good(person: Person) -> None:
    session = await person.enrolment.begin(person.user_id)
    await person.enrolment.send_activation(session)
    code = await person.mailed("activation")
    met = await outcomes(person.enrolment.activate(session, code) for _time in range(MANY))
    assert met == {"good": 1, "used": MANY - 1}


async def test_of_50_firsts_of_one_method_one_enrols(person: Person) -> None:
    session = await person.with_password()
    setup = await person.enrolment.choose_app(session)
    import pyotp

    code = pyotp.TOTP(setup.secret.replace(" ", "")).at(person.clock.now())
    met = await outcomes(person.enrolment.confirm_otp(session, code) for _time in range(50))
    assert met == {"good": 1, "NotYet": 49}


@pytest.mark.parametrize("known", [True, False])
async def test_guesses_at_once_get_no_more_tries_than_one_by_one(person: Person, known: bool) -> None:
    user_id = person.user_id if known else "CP1U99999"
    if known:
        await person.enrolled_by_app()
    met = await outcomes(person.enrolment.begin_logon(user_id, OTHER_PASSWORD) for _guess in range(40))
    assert met == {"wrong": 3, "wait": 37}
    assert (await outcomes([person.enrolment.begin_logon(user_id, PASSWORD)])) == {"wait": 1}


async def test_two_sessions_activated_at_once_leave_one(person: Person) -> None:
    sessions = [await person.enrolment.begin(person.user_id) for _browser in range(2)]
    codes = []
    for session in sessions:
        await person.enrolment.send_activation(session)
        codes.append(await person.mailed("activation"))
        person.clock.advance(MINUTE)
    both = zip(sessions, codes, strict=True)
    await outcomes(person.enrolment.activate(session, code) for session, code in both)
    set_by = await outcomes(person.enrolment.set_password(session, PASSWORD) for session in sessions)
    assert set_by == {"good": 1, "EnrolmentOver": 1}


Unlock = Callable[[], Awaitable[None]]


async def test_lock_holds_against_the_right_password_and_code(person: Person) -> None:
    await person.enrolled_by_app()
    assert person.phone is not None
    logon = await person.enrolment.begin_logon(person.user_id, PASSWORD)
    for _wrong in range(LOCKED_AT):
        await outcomes([person.enrolment.begin_logon(person.user_id, OTHER_PASSWORD)])
        person.clock.advance(40 * MINUTE)
    assert (await user_row(person.database, person.user_id)).locked
    good = [
        person.enrolment.begin_logon(person.user_id, PASSWORD),
        person.enrolment.finish_logon(logon, person.phone.code()),
    ]
    assert await outcomes(good) == {"locked": 1, "expired": 1}
