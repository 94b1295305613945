"""What the desk does about a user's logon: unlocking, starting over, who is ready, who relies on email."""

import pytest

from screens.participants import ParticipantsScreen
from screens.unlock import StartOverScreen, UnlockScreen
from screens.user_card import UserCardScreen
from store.database import Database
from store.desk import Desk
from store.enrolment_views import OtpMethod, Step
from store.errors import EntryRefused, NotAllowed, NotNow, ReasonNeeded
from store.keys import Keys
from store.rules.lockout import LOCKED_AT
from store.rules.otp import DRIFT_TOLD
from store.views import Kind, Role, Standing
from tests.at_the_desk import opened, seen, shows, type_over, until
from tests.conftest import DeskOf, HeldClock, Roster
from tests.enrolling import (
    MINUTE,
    OTHER_PASSWORD,
    PASSWORD,
    Person,
    actions,
    credential_row,
    terminal,
    user_row,
    verified_user,
)

HOSTILE = "[/x] \u202eBAD\x1b[31m 陳大文"


@pytest.fixture
async def person(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> Person:
    await roster.participant("CP1")
    return Person(terminal(database, clock, keys), clock, await verified_user(roster, HOSTILE))


@pytest.fixture
def checker(desk_of: DeskOf) -> Desk:
    return desk_of(Role.DA_CHECKER, "CP1")


async def lock_out(person: Person) -> None:
    for _wrong in range(LOCKED_AT):
        with pytest.raises(EntryRefused):
            await person.enrolment.begin_logon(person.user_id, OTHER_PASSWORD)
        person.clock.advance(40 * MINUTE)


async def test_a_locked_user_is_unlocked_for_a_reason_by_their_own_administrator(
    person: Person, checker: Desk, desk_of: DeskOf, database: Database
) -> None:
    await person.enrolled_by_app()
    await lock_out(person)
    before = await actions(database)
    for desk in (desk_of(Role.HELPDESK), desk_of(Role.OPERATIONS)):
        with pytest.raises(NotAllowed):
            await desk.credentials.unlock(person.user_id, "because")
    with pytest.raises(ReasonNeeded):
        await checker.credentials.unlock(person.user_id, "  ")
    assert (await user_row(database, person.user_id)).locked
    await checker.credentials.unlock(person.user_id, " called back ")
    assert (await actions(database))[len(before) + 2 :] == [("da-checker-CP1", "user.unlocked")]
    with pytest.raises(NotNow):
        await checker.credentials.unlock(person.user_id, "again")
    assert (await person.logs_on()).first


async def test_a_locked_administrator_is_unlocked_by_operations_alone(
    person: Person, checker: Desk, desk_of: DeskOf, roster: Roster, database: Database
) -> None:
    maker = await verified_user(roster, kind=Kind.DA_MAKER, active="m@bank.example", locked=True)
    with pytest.raises(NotAllowed):
        await checker.credentials.unlock(maker, "my colleague")
    await desk_of(Role.OPERATIONS).credentials.unlock(maker, "form received")
    assert not (await user_row(database, maker)).locked


async def test_a_wait_is_lifted_before_the_lock(person: Person, checker: Desk) -> None:
    await person.enrolled_by_app()
    for _wrong in range(3):
        with pytest.raises(EntryRefused):
            await person.enrolment.begin_logon(person.user_id, OTHER_PASSWORD)
    await checker.credentials.unlock(person.user_id, "typed the old password")
    assert (await person.logs_on()).first


async def test_who_starts_over_has_nothing_left_but_the_address(
    person: Person, checker: Desk, database: Database
) -> None:
    await person.enrolled_by_app()
    await person.logs_on()
    await lock_out(person)
    await checker.credentials.start_over(person.user_id, "phone lost")
    user = await user_row(database, person.user_id)
    assert (user.standing, user.locked, user.active_email) == (
        Standing.VERIFIED,
        False,
        "tm.chan@bank.example",
    )
    assert await credential_row(database, person.user_id) is None
    assert await person.mailed_kinds() == ["access changed"]
    with pytest.raises(EntryRefused):
        await person.enrolment.begin_logon(person.user_id, PASSWORD)
    assert (await person.enrolment.state(await person.activated())).step is Step.PASSWORD
    with pytest.raises(NotNow):
        await checker.credentials.start_over(person.user_id, "again")


async def test_a_participant_is_ready_when_all_are_enrolled_and_a_maker_and_a_checker_can_log_on(
    person: Person, checker: Desk, roster: Roster, database: Database, desk_of: DeskOf
) -> None:
    people = [person]
    for number, kind in enumerate((Kind.DA_MAKER, Kind.DA_CHECKER)):
        user_id = await verified_user(roster, kind=kind, active=f"da{number}@bank.example")
        people.append(Person(person.enrolment, person.clock, user_id))
    for each in people[:-1]:
        await each.enrolled_by_app()
        assert not (await checker.participants.get("CP1")).ready
    await people[-1].enrolled_by_email()
    row = await checker.participants.get("CP1")
    assert (row.ready, row.enrolled, row.email_only) == (True, 3, 1)
    await lock_out(people[1])
    assert not (await checker.participants.get("CP1")).ready
    status = await desk_of(Role.OPERATIONS).status()
    assert (status.ready_participants, status.email_only, status.locked) == (0, 1, 1)


async def test_under_a_single_da_waiver_a_participant_is_ready_without_a_checker(
    person: Person, checker: Desk, roster: Roster, desk_of: DeskOf
) -> None:
    maker = await verified_user(roster, kind=Kind.DA_MAKER, active="da1@bank.example")
    for each in (person, Person(person.enrolment, person.clock, maker)):
        await each.enrolled_by_app()
    operations = desk_of(Role.OPERATIONS)

    async def ready() -> set[tuple[bool, int, int]]:
        row = await checker.participants.get("CP1")
        figures, status = await operations.board.read(), await operations.status()
        return {(row.ready, figures.ready, status.ready_participants)}

    assert await ready() == {(False, 0, 0)}
    await operations.participants.grant_waiver("CP1", "a sole proprietor")
    assert await ready() == {(True, 1, 1)}


async def test_key_k_unlocks_and_the_card_shows_it(person: Person, checker: Desk) -> None:
    await person.enrolled_by_app()
    await lock_out(person)
    async with opened(checker, UserCardScreen(person.user_id)) as pilot:
        await until(pilot, shows(pilot, "locked", "陳大文", "unlocks the user", "k Unlock"))
        await pilot.press("k")
        await until(pilot, lambda: isinstance(pilot.app.screen, UnlockScreen))
        await until(pilot, shows(pilot, "Unlock CP1U00001", "[/x]", "陳大文"))
        assert "\x1b[31m" not in seen(pilot.app)
        assert "\u202e" not in seen(pilot.app)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Say why, such as who called"))
        await type_over(pilot, "#reason", "Called back on the number we know.")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "CP1U00001 is unlocked."))
        await until(pilot, shows(pilot, "unlocked: Called back on the number"))
        await until(pilot, lambda: "k Unlock" not in seen(pilot.app))


async def test_who_is_not_locked_is_told_of_at_once(person: Person, checker: Desk) -> None:
    async with opened(checker, UserCardScreen(person.user_id)) as pilot:
        await until(pilot, shows(pilot, "verified"))
        await pilot.press("k")
        await until(pilot, shows(pilot, "CP1U00001 is not locked, so there is nothing to unlock."))
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen))
        await pilot.press("2", "k")
        await until(pilot, lambda: len(pilot.app._notifications) == 1)
        assert not isinstance(pilot.app.screen, UnlockScreen)


async def test_an_unlock_that_is_refused_keeps_the_reason_typed(person: Person, checker: Desk) -> None:
    await person.enrolled_by_app()
    await lock_out(person)
    async with opened(checker, UnlockScreen(person.user_id)) as pilot:
        await until(pilot, shows(pilot, "陳大文"))
        await type_over(pilot, "#reason", "a reason")
        await checker.credentials.unlock(person.user_id, "another reason")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "is not locked; nothing was changed"))
        assert pilot.app.screen.query_one("#reason").value == "a reason"
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, UnlockScreen))


async def test_key_capital_k_lets_start_over(person: Person, checker: Desk, database: Database) -> None:
    await person.enrolled_by_app()
    async with opened(checker, UserCardScreen(person.user_id)) as pilot:
        await until(pilot, shows(pilot, "enrolled"))
        await pilot.press("K")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartOverScreen))
        await until(pilot, shows(pilot, "Let CP1U00001 start over", "enrols anew"))
        await type_over(pilot, "#reason", "Phone stolen.")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Let CP1U00001 start over now?", "y let them start over"))
        assert "Reason, such as who called" not in seen(pilot.app)
        await pilot.press("enter", "n", "enter")
        await until(pilot, shows(pilot, "y let them start over"))
        assert (await user_row(database, person.user_id)).standing == Standing.ENROLLED
        await pilot.press("y")
        await until(pilot, shows(pilot, "starts over; a mail tells them so"))
    assert (await user_row(database, person.user_id)).standing == Standing.VERIFIED


async def test_helpdesk_is_told_why_k_is_not_theirs(person: Person, desk_of: DeskOf) -> None:
    async with opened(desk_of(Role.HELPDESK), UserCardScreen(person.user_id)) as pilot:
        await until(pilot, shows(pilot, "verified"))
        await pilot.press("k")
        await until(pilot, shows(pilot, "'Unlock' is not for your role (Helpdesk)."))


async def test_a_wide_list_of_participants_tells_who_relies_on_email(person: Person, checker: Desk) -> None:
    await person.enrolled_by_email()
    async with opened(checker, ParticipantsScreen(), (160, 24)) as pilot:
        await until(pilot, shows(pilot, "OTP by email", "CP1 Securities"))
        line = next(line for line in seen(pilot.app).splitlines() if "CP1 Securities" in line)
        assert "           1  " in line


async def test_the_card_tells_the_method_and_a_clock_that_is_off(person: Person, checker: Desk) -> None:
    session = await person.enrolled_by_app()
    assert person.phone is not None
    async with opened(checker, UserCardScreen(person.user_id)) as pilot:
        await until(pilot, shows(pilot, "by mobile application"))
        assert "clock" not in seen(pilot.app)
    person.phone.fast = -10 * MINUTE
    with pytest.raises(EntryRefused):
        await person.enrolment.prove_by_app(session, person.phone.code())
    async with opened(checker, UserCardScreen(person.user_id)) as pilot:
        await until(pilot, shows(pilot, "by mobile application, phone's clock about 10 minutes slow"))


async def test_the_desk_sees_the_standing_move(person: Person, checker: Desk) -> None:
    async with opened(checker, UserCardScreen(person.user_id)) as pilot:
        await until(pilot, shows(pilot, "verified", "Open the enrolment terminal"))
        other = Database(person.database.url)
        try:
            elsewhere = person.elsewhere(database=other)
            await elsewhere.with_password()
            await until(pilot, shows(pilot, "password set", "choose app or email"))
        finally:
            await other.close()


async def test_explain_knows_the_method_and_the_clock(person: Person, checker: Desk) -> None:
    session = await person.enrolled_by_app()
    assert person.phone is not None
    person.phone.fast = 10 * MINUTE
    with pytest.raises(EntryRefused):
        await person.enrolment.prove_by_app(session, person.phone.code())
    facts = (await checker.access.explain(person.user_id)).facts
    assert (facts.otp_method, facts.clock_drift) == (OtpMethod.APP, 10 * MINUTE)
    assert (await checker.users.card(person.user_id)).clock_drift_seconds == 600
    person.clock.advance(DRIFT_TOLD)
    assert (await checker.access.explain(person.user_id)).facts.clock_drift is None
    assert (await checker.users.card(person.user_id)).clock_drift_seconds is None
