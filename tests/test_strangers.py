"""Strangers who know a user ID: what they do costs little, leaves its trace, and blocks no proper channel."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from store.claims import TERMINAL
from store.database import Database
from store.enrolment import Enrolment
from store.errors import CodeRefused, Crowded, EntryRefused, TooSoon
from store.keys import Keys
from store.rules import strangers
from store.tables import ENTRY_THROTTLES, EVENTS, NOBODYS_EVENTS, VISITS
from store.views import Phase, Role
from store.visits import AT_ONCE
from tests.conftest import DeskOf, HeldClock, Roster
from tests.enrolling import (
    MINUTE,
    OTHER_PASSWORD,
    PASSWORD,
    STEP,
    Person,
    change,
    terminal,
    verified_user,
    wrong,
)
from tests.test_enrolment import refused
from tests.test_enrolment_alike import overheard

HOME, STRANGER = "198.51.100.7", "203.0.113.66"


@pytest.fixture
async def person(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> Person:
    await roster.participant("CP1", waiver="sole proprietor")
    home = replace(terminal(database, clock, keys), origin=HOME)
    return Person(home, clock, await verified_user(roster))


def stranger(person: Person) -> Enrolment:
    return replace(person.enrolment, origin=STRANGER)


async def events(database: Database, *wanted: str) -> list[tuple[Any, ...]]:
    """Action, who acted and the facts of these actions, in order."""
    query = select(EVENTS).where(EVENTS.c.action.in_(wanted)).order_by(EVENTS.c.event_id)
    async with database.reading() as connection:
        found = list(await connection.execute(query))
    return [(row.action, row.operator_id, json.loads(row.facts)) for row in found]


async def reasons(database: Database) -> list[tuple[str, str]]:
    return [(facts["entry"], facts["reason"]) for _, _, facts in await events(database, "entry.refused")]


async def test_what_strangers_left_in_the_log_is_found_without_reading_the_log(
    database: Database, person: Person
) -> None:
    rows = [
        {
            "event_id": 1000 + number, "at": person.clock.now(), "operator_id": TERMINAL.operator_id,
            "action": "entry.refused", "user_pk": None if number % 500 == 0 else 1, "facts": "{}",
            "hash": b"-",
        }
        for number in range(5000)
    ]  # fmt: skip
    async with database.writing() as connection:
        await connection.execute(EVENTS.insert(), rows)
        await connection.execute(text("ANALYZE"))
    with overheard(database) as statements:
        await refused(person.enrolment.begin_logon("NOBODY", OTHER_PASSWORD))
    (asked,) = [each for each in statements if NOBODYS_EVENTS in each]
    asked = re.sub(r"\?|%\(\w+\)s(::\w+)?", "119", asked)
    async with database.reading() as connection:
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plan = str((await connection.exec_driver_sql(f"{explain} {asked}")).all())
    assert "ix_audit_nobody" in plan


async def test_one_network_begins_thirty_sessions_an_hour_and_others_are_not_kept_out(
    person: Person, database: Database
) -> None:
    for number in range(strangers.SESSIONS_OF_A_NETWORK):
        await stranger(person).begin(f"NOBODY{number}")
    with pytest.raises(Crowded) as crowded:
        await stranger(person).begin(person.user_id)
    assert crowded.value.seconds == 3600
    async with database.reading() as connection:
        rows = (await connection.execute(select(func.count()).select_from(VISITS))).scalar_one()
    assert rows == strangers.SESSIONS_OF_A_NETWORK
    await person.activated()
    person.clock.advance(timedelta(hours=1))
    await stranger(person).begin(person.user_id)


async def test_users_of_one_office_who_activate_their_sessions_have_no_limit(
    person: Person, database: Database, roster: Roster
) -> None:
    for number in range(strangers.SESSIONS_OF_A_NETWORK - 1):
        await person.enrolment.begin(f"NOBODY{number}")
    for number in range(3):
        colleague = Person(
            person.enrolment, person.clock, await verified_user(roster, active=f"c{number}@bank.example")
        )
        await colleague.activated()


async def test_what_is_long_over_is_cleared_away_in_steps(person: Person, database: Database) -> None:
    await person.enrolment.begin(person.user_id)
    long_ago = person.clock.now() - timedelta(days=100)
    async with database.writing() as connection:
        values = [{"identity": f"nobody {number}", "tried_at": long_ago, "failures": 1, "locked": False}
                  for number in range(AT_ONCE + 5)]  # fmt: skip
        await connection.execute(ENTRY_THROTTLES.insert(), values)
    left = []
    for _time in range(2):
        await person.enrolment.begin(person.user_id)
        async with database.reading() as connection:
            left.append(
                (await connection.execute(select(func.count()).select_from(ENTRY_THROTTLES))).scalar()
            )
    assert left == [5, 0]


async def test_wrong_codes_typed_at_the_terminal_take_no_try_from_the_desk(
    person: Person, roster: Roster, desk_of: DeskOf
) -> None:
    desk = desk_of(Role.DA_MAKER, "CP1")
    person.user_id = await roster.user("CP1", pending="a@bank.example")
    await desk.verifications.resend(person.user_id)
    code = await person.mailed("verification")
    session = await stranger(person).begin(person.user_id)
    for _try in range(5):
        await refused(stranger(person).verify_address(session, wrong(code)))
        person.clock.advance(4 * MINUTE)
    for left in range(4, 0, -1):
        with pytest.raises(CodeRefused) as refusal:
            await desk.verifications.enter_code(person.user_id, wrong(code))
        assert (refusal.value.reason, refusal.value.tries_left) == ("wrong", left)
    assert (await desk.verifications.enter_code(person.user_id, code)).email == "a@bank.example"


async def test_wrong_codes_at_the_terminal_do_not_use_up_the_tries_of_the_desks_day(
    person: Person, roster: Roster, desk_of: DeskOf
) -> None:
    desk = desk_of(Role.DA_MAKER, "CP1")
    person.user_id = await roster.user("CP1", pending="a@bank.example")
    for _code in range(4):
        await desk.verifications.resend(person.user_id)
        session = await stranger(person).begin(person.user_id)
        for _try in range(5):
            await refused(
                stranger(person).verify_address(session, wrong(await person.mailed("verification")))
            )
            person.clock.advance(2 * MINUTE)
            await change(person.database, person.user_id, locked=False)
            async with person.database.writing() as connection:
                await connection.execute(ENTRY_THROTTLES.delete())
    code = await person.mailed("verification")
    assert (await desk.verifications.enter_code(person.user_id, code)).email == "a@bank.example"


async def use_up_the_mails(person: Person) -> None:
    sent = 0
    while sent < 10:
        try:
            await stranger(person).send_activation(await stranger(person).begin(person.user_id))
            sent += 1
        except TooSoon as too_soon:
            person.clock.advance(timedelta(seconds=too_soon.seconds))


async def test_activation_mails_used_up_elsewhere_leave_some_for_the_user(person: Person) -> None:
    await use_up_the_mails(person)
    with pytest.raises(TooSoon) as refusal:
        await stranger(person).send_activation(await stranger(person).begin(person.user_id))
    assert refusal.value.limit == "day"
    await person.activated()


async def test_a_session_whose_registration_code_was_good_has_mails_of_its_own(
    person: Person, roster: Roster, desk_of: DeskOf
) -> None:
    """Even at the place where strangers have used them up."""
    await use_up_the_mails(person)
    await change(
        person.database, person.user_id, pending_email="n@b.example", pending_canonical="n@b.example"
    )
    await desk_of(Role.DA_MAKER, "CP1").verifications.resend(person.user_id)
    session = await stranger(person).begin(person.user_id)
    await stranger(person).verify_address(session, await person.mailed("verification"))
    await stranger(person).send_activation(session)


async def test_a_good_password_without_the_other_factor_leaves_its_trace(
    person: Person, database: Database
) -> None:
    await person.enrolled_by_app()
    await stranger(person).begin_logon(person.user_id, PASSWORD)
    assert await events(database, "logon.begun") == [
        ("logon.begun", "enrolment", {"method": "app", "origin": STRANGER})
    ]


@pytest.mark.parametrize("method", ["app", "email"])
async def test_a_good_password_is_not_given_again_and_again(
    person: Person, database: Database, method: str
) -> None:
    await (person.enrolled_by_app() if method == "app" else person.enrolled_by_email())
    person.clock.advance(timedelta(hours=1))
    met = []
    for _time in range(strangers.LOGONS_AN_HOUR + 2):
        try:
            await stranger(person).begin_logon(person.user_id, PASSWORD)
        except EntryRefused as refusal:
            met.append((refusal.reason, refusal.seconds))
    assert met == [("often", 3600)] * 2
    assert len(await events(database, "logon.begun")) == strangers.LOGONS_AN_HOUR
    assert await reasons(database) == [("password", "often")] * 2
    person.clock.advance(timedelta(hours=1))
    await person.enrolment.begin_logon(person.user_id, PASSWORD)


async def test_logons_that_were_finished_do_not_count_against_the_next(person: Person) -> None:
    await person.enrolled_by_app()
    for _time in range(strangers.LOGONS_AN_HOUR + 1):
        await person.logs_on()
        person.clock.advance(STEP)


async def test_entries_refused_without_being_counted_leave_a_trace_that_repeating_does_not_swell(
    person: Person, database: Database
) -> None:
    await person.enrolled_by_app()
    for _try in range(3):
        await refused(stranger(person).begin_logon(person.user_id, OTHER_PASSWORD))
    for _try in range(30):
        assert (await refused(stranger(person).begin_logon(person.user_id, PASSWORD))).reason == "wait"
    found = await reasons(database)
    assert found == [("password", "wrong")] * 3 + [("password", "wait")] * strangers.NOTED_AN_HOUR
    person.clock.advance(timedelta(hours=1))
    await change(database, person.user_id, suspended=True)
    assert (await refused(stranger(person).begin_logon(person.user_id, PASSWORD))).reason == "suspended"
    await change(database, person.user_id, suspended=False, locked=True)
    assert (await refused(stranger(person).begin_logon(person.user_id, PASSWORD))).reason == "locked"
    assert (await reasons(database))[-2:] == [("password", "suspended"), ("password", "locked")]


async def test_mailed_codes_that_are_no_longer_good_leave_a_trace(person: Person, database: Database) -> None:
    enrolment = person.enrolment
    here, there = await enrolment.begin(person.user_id), await enrolment.begin(person.user_id)
    await enrolment.send_activation(here)
    first = await person.mailed("activation")
    person.clock.advance(MINUTE)
    await enrolment.send_activation(here)
    newest = await person.mailed("activation")
    calls: list[tuple[Any, str, str]] = [(there, newest, "elsewhere"), (here, first, "earlier")]
    for session, code, why in calls:
        assert (await refused(enrolment.activate(session, code))).reason == why
    await enrolment.activate(here, newest)
    assert (await refused(enrolment.activate(here, newest))).reason == "used"
    assert await reasons(database) == [("code", "elsewhere"), ("code", "earlier"), ("code", "used")]


async def test_suspension_between_the_two_factors_ends_the_logon(person: Person, database: Database) -> None:
    await person.enrolled_by_app()
    attempt = await person.enrolment.begin_logon(person.user_id, PASSWORD)
    await change(database, person.user_id, suspended=True)
    assert person.phone is not None
    assert (await refused(person.enrolment.finish_logon(attempt, person.phone.code()))).reason == "suspended"


async def test_the_test_logon_is_open_before_the_parallel_run(person: Person, desk_of: DeskOf) -> None:
    """It is the connectivity test: the phase alone refuses nobody."""
    assert (await desk_of(Role.OPERATIONS).status()).phase is Phase.NOT_STARTED
    await person.enrolled_by_app()
    assert (await person.logs_on()).first
