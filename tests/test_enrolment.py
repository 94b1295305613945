"""The way of a user from the first code to a proven logon, with all that can be entered wrong on it."""

from datetime import timedelta

import pytest

from store.database import Database
from store.enrolment import Enrolment
from store.enrolment_views import Change, OtpMethod, Step
from store.errors import EnrolmentOver, EntryRefused, NotYet, PasswordRefused, TooSoon
from store.hashing import Hasher
from store.keys import Keys
from store.views import Role, Standing
from tests.conftest import DeskOf, HeldClock, Roster
from tests.enrolling import (
    MINUTE,
    OTHER_PASSWORD,
    PASSWORD,
    STEP,
    Person,
    Phone,
    actions,
    change,
    change_credential,
    credential_row,
    terminal,
    user_row,
    verified_user,
    wrong,
)


@pytest.fixture
async def person(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> Person:
    """A user of CP1 with a verified address, at a terminal."""
    await roster.participant("CP1", waiver="sole proprietor")
    return Person(terminal(database, clock, keys), clock, await verified_user(roster))


@pytest.fixture
def enrolment(person: Person) -> Enrolment:
    return person.enrolment


async def test_a_user_comes_from_the_registration_mail_to_a_proven_logon(
    person: Person, enrolment: Enrolment, database: Database, roster: Roster, desk_of: DeskOf
) -> None:
    person.user_id = await roster.user("CP1", "LEE Siu Ming", pending="sm.lee@bank.example")
    await desk_of(Role.DA_MAKER, "CP1").verifications.resend(person.user_id)
    session = await enrolment.begin(f" {person.user_id.lower()} ")
    state = await enrolment.state(session)
    assert (state.step, state.user_name, state.address, state.code) == (Step.ADDRESS, None, None, None)

    state = await enrolment.verify_address(session, (await person.mailed("verification")).lower())
    assert (state.step, state.user_name, state.address) == (
        Step.ACTIVATE,
        "LEE Siu Ming",
        "s***@bank.example",
    )
    assert state.user_id == person.user_id
    assert (await user_row(database, person.user_id)).standing == Standing.VERIFIED

    sent = await enrolment.send_activation(session)
    assert (sent.number, sent.to) == (1, "s***@bank.example")
    state = await enrolment.activate(session, await person.mailed("activation"))
    assert (state.step, state.password_set) == (Step.PASSWORD, False)

    state = await enrolment.set_password(session, PASSWORD)
    assert (state.step, state.password_set) == (Step.METHOD, True)
    assert (await user_row(database, person.user_id)).standing == Standing.PASSWORD_SET

    setup = await enrolment.choose_app(session)
    assert (await enrolment.state(session)).step is Step.CONFIRM
    assert setup.secret.replace(" ", "") in setup.uri
    assert {len(group) for group in setup.secret.split()} == {4}
    person.phone = Phone(setup.secret.replace(" ", ""), person.clock)
    state = await enrolment.confirm_otp(session, f"{person.phone.code()[:3]} {person.phone.code()[3:]}")
    assert (state.step, state.method, state.choosing) == (Step.TEST, OtpMethod.APP, None)
    assert (await user_row(database, person.user_id)).standing == Standing.ENROLLED

    person.clock.advance(STEP)
    done = await person.logs_on()
    assert (done.first, done.method, done.clock_drift_seconds) == (True, OtpMethod.APP, 0)
    assert (await user_row(database, person.user_id)).standing == Standing.PROVEN
    assert (await enrolment.state(session)).step is Step.DONE
    person.clock.advance(STEP)
    assert not (await person.logs_on()).first
    me = f"user:{person.user_id}"
    assert (await actions(database))[1:] == [
        (me, "address.verified"), ("enrolment", "activation.sent"), (me, "enrolment.activated"),
        (me, "password.set"), (me, "otp.chosen"), (me, "user.enrolled"),
        ("enrolment", "logon.begun"), (me, "user.proven"), ("enrolment", "logon.begun"), (me, "logon.passed"),
    ]  # fmt: skip


async def refused(awaitable: object) -> EntryRefused:
    with pytest.raises(EntryRefused) as caught:
        await awaitable  # type: ignore[misc]
    return caught.value


async def test_a_user_whose_address_is_verified_begins_with_the_activation_code(
    person: Person, enrolment: Enrolment
) -> None:
    session = await enrolment.begin(person.user_id)
    sent = await enrolment.send_activation(session)
    assert (sent.number, sent.to, sent.mail_state) == (1, None, None)
    assert sent.expires_at == person.clock.now() + 10 * MINUTE
    state = await enrolment.state(session)
    assert (state.step, state.code) == (Step.ACTIVATE, sent)
    typed = (await person.mailed("activation")).lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert (await enrolment.activate(session, typed)).step is Step.PASSWORD


async def test_code_of_the_registration_mail_that_is_late_old_used_or_of_another_is_told_so(
    person: Person, enrolment: Enrolment, roster: Roster, desk_of: DeskOf
) -> None:
    desk = desk_of(Role.DA_MAKER, "CP1")
    first = Person(enrolment, person.clock, await roster.user("CP1", pending="a@bank.example"))
    second = Person(enrolment, person.clock, await roster.user("CP1", pending="b@bank.example"))
    for each in (first, second):
        await desk.verifications.resend(each.user_id)
    early, of_another = await first.mailed("verification"), await second.mailed("verification")
    first.clock.advance(MINUTE)
    await desk.verifications.resend(first.user_id)
    newest = await first.mailed("verification")
    session = await enrolment.begin(first.user_id)
    assert (await refused(enrolment.verify_address(session, "ABCD"))).reason == "malformed"
    assert (await refused(enrolment.verify_address(session, early))).reason == "earlier"
    assert (await refused(enrolment.verify_address(session, of_another))).reason == "wrong"
    await enrolment.verify_address(session, newest)
    assert (await refused(enrolment.verify_address(session, newest))).reason == "used"
    first.clock.advance(timedelta(hours=24))
    late = await enrolment.begin(second.user_id)
    assert (await refused(enrolment.verify_address(late, of_another))).reason == "expired"


async def test_five_wrong_tries_end_a_registration_code_which_only_its_holder_is_told(
    person: Person, enrolment: Enrolment, roster: Roster, desk_of: DeskOf
) -> None:
    person.user_id = await roster.user("CP1", pending="a@bank.example")
    await desk_of(Role.DA_MAKER, "CP1").verifications.resend(person.user_id)
    code = await person.mailed("verification")
    session = await enrolment.begin(person.user_id)
    for _try in range(5):
        assert (await refused(enrolment.verify_address(session, wrong(code)))).reason == "wrong"
        person.clock.advance(4 * MINUTE)
    assert (await refused(enrolment.verify_address(session, code))).reason == "spent"
    assert (await refused(enrolment.verify_address(session, wrong(code)))).reason == "wrong"


async def test_an_activation_code_is_good_only_in_its_session_once_the_newest_and_ten_minutes(
    person: Person, enrolment: Enrolment
) -> None:
    here, there = await enrolment.begin(person.user_id), await enrolment.begin(person.user_id)
    await enrolment.send_activation(here)
    first = await person.mailed("activation")
    assert (await refused(enrolment.activate(there, first))).reason == "elsewhere"
    person.clock.advance(MINUTE)
    assert (await enrolment.send_activation(here)).number == 2
    second = await person.mailed("activation")
    assert (await refused(enrolment.activate(here, first))).reason == "earlier"
    person.clock.advance(10 * MINUTE)
    assert (await refused(enrolment.activate(here, second))).reason == "expired"
    await enrolment.send_activation(here)
    third = await person.mailed("activation")
    await enrolment.activate(here, third)
    assert (await refused(enrolment.activate(here, third))).reason == "used"


async def test_an_activation_code_for_another_user_is_a_wrong_one(
    person: Person, enrolment: Enrolment, roster: Roster
) -> None:
    other = Person(enrolment, person.clock, await verified_user(roster, active="other@bank.example"))
    mine, theirs = await enrolment.begin(person.user_id), await enrolment.begin(other.user_id)
    await enrolment.send_activation(mine)
    await enrolment.send_activation(theirs)
    assert (await refused(enrolment.activate(mine, await other.mailed("activation")))).reason == "wrong"


async def test_activation_codes_have_the_limits_of_verifications_over_all_sessions(
    person: Person, enrolment: Enrolment
) -> None:
    await enrolment.send_activation(await enrolment.begin(person.user_id))
    with pytest.raises(TooSoon) as refusal:
        await enrolment.send_activation(await enrolment.begin(person.user_id))
    assert (refusal.value.seconds, refusal.value.limit) == (60, "wait")
    sent = 1
    start = person.clock.now()
    while person.clock.now() < start + timedelta(days=1):
        try:
            await enrolment.send_activation(await enrolment.begin(person.user_id))
            sent += 1
        except TooSoon as too_soon:
            person.clock.advance(timedelta(seconds=too_soon.seconds))
    assert sent == 10


async def test_a_newer_code_withdraws_the_mail_of_the_earlier_one(
    person: Person, enrolment: Enrolment, desk_of: DeskOf
) -> None:
    session = await enrolment.begin(person.user_id)
    await enrolment.send_activation(session)
    person.clock.advance(MINUTE)
    await enrolment.send_activation(session)
    mails = await desk_of(Role.OPERATIONS).mailbox.listing().page(0)
    assert [mail.state.value for mail in mails] == ["queued", "cancelled"]


async def test_the_newest_activated_session_wins_and_the_older_is_told(
    person: Person, enrolment: Enrolment
) -> None:
    older = await person.with_password()
    bystander = await enrolment.begin(person.user_id)
    person.clock.advance(2 * MINUTE)
    newer = await person.activated()
    with pytest.raises(EnrolmentOver) as over:
        await enrolment.choose_app(older)
    assert over.value.reason == "superseded"
    assert (await enrolment.state(newer)).step is Step.METHOD
    assert (await enrolment.state(bystander)).step is Step.ADDRESS


async def test_a_session_ends_after_20_idle_minutes_after_an_hour_and_when_it_is_left(
    person: Person, enrolment: Enrolment
) -> None:
    idle = await person.activated()
    person.clock.advance(20 * MINUTE)
    aged = await person.activated()
    for _wait in range(4):
        person.clock.advance(19 * MINUTE - timedelta(seconds=15))
        if person.clock.now() < aged.ends_at:
            await enrolment.set_password(aged, PASSWORD)
    left = await person.activated()
    await enrolment.end(left)
    await enrolment.end(left)
    for session, reason in ((idle, "superseded"), (aged, "superseded"), (left, "ended")):
        with pytest.raises(EnrolmentOver) as over:
            await enrolment.state(session)
        assert over.value.reason == reason
    fresh = await enrolment.begin(person.user_id)
    person.clock.advance(20 * MINUTE)
    with pytest.raises(EnrolmentOver) as over:
        await enrolment.state(fresh)
    assert over.value.reason == "idle"


async def test_a_stranger_s_token_opens_nothing(person: Person, enrolment: Enrolment) -> None:
    session = await enrolment.begin(person.user_id)
    forged = type(session)("no such token \ud800", session.user_id, session.ends_at)
    for call in (
        enrolment.state(forged),
        enrolment.activate(forged, "ABCD-EFGH"),
        enrolment.choose_app(forged),
    ):
        with pytest.raises(EnrolmentOver) as over:
            await call
        assert over.value.reason == "unknown"
    assert session.token not in repr(session)


async def test_nothing_goes_before_its_step(person: Person, enrolment: Enrolment) -> None:
    session = await enrolment.begin(person.user_id)
    for call in (
        enrolment.check_password(session, PASSWORD), enrolment.set_password(session, PASSWORD),
        enrolment.choose_app(session), enrolment.choose_email(session),
        enrolment.confirm_otp(session, "123456"), enrolment.prove_by_app(session, "123456"),
        enrolment.prove_by_password(session, PASSWORD),
    ):  # fmt: skip
        with pytest.raises(NotYet) as early:
            await call
        assert early.value.needs == "activation"
    session = await person.elsewhere().activated()
    for call, needs in (
        (enrolment.choose_app(session), "password"), (enrolment.confirm_otp(session, "123456"), "password"),
        (enrolment.prove_by_password(session, PASSWORD), "password"),
        (enrolment.prove_by_app(session, "123456"), "method"),
    ):  # fmt: skip
        with pytest.raises(NotYet) as early:
            await call
        assert early.value.needs == needs
    await enrolment.set_password(session, PASSWORD)
    with pytest.raises(NotYet) as early:
        await enrolment.confirm_otp(session, "123456")
    assert early.value.needs == "method"


async def test_enrolment_goes_on_where_it_stopped(person: Person, enrolment: Enrolment) -> None:
    await person.with_password()
    person.clock.advance(2 * MINUTE)
    session = await person.activated()
    state = await enrolment.state(session)
    assert (state.step, state.password_set) == (Step.METHOD, True)
    await enrolment.choose_app(session)
    person.clock.advance(4 * MINUTE)
    again = await person.activated()
    assert (await enrolment.state(again)).step is Step.METHOD
    await person.take_app(again)
    person.clock.advance(8 * MINUTE)
    assert (await enrolment.state(await person.activated())).step is Step.TEST


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("x" * 10_000, "long"), ("short", "short"), ("violet anchor\x00 paints", "control"),
        ("CP1U00001CP1U00001", "context"), ("tm.chan tm.chan 1", "context"), ("passwordpassword", "common"),
    ],
)  # fmt: skip
async def test_a_password_that_cannot_be_set_is_refused_with_its_reason(
    person: Person, enrolment: Enrolment, database: Database, typed: str, problem: str
) -> None:
    session = await person.activated()
    advice = await enrolment.check_password(session, typed)
    assert advice.problem == problem
    with pytest.raises(PasswordRefused) as refusal:
        await enrolment.set_password(session, typed)
    assert refusal.value.problem == problem
    assert await credential_row(database, person.user_id) is None


async def test_a_password_with_emoji_logs_on_however_it_is_composed(
    person: Person, enrolment: Enrolment
) -> None:
    session = await person.with_password("Café 🦑 ﬁddles at 5 gray doors")
    await person.take_app(session)
    person.clock.advance(STEP)
    assert (await person.logs_on("Cafe\u0301 🦑 fiddles at 5 gray doors")).first


async def test_a_user_may_choose_email_and_logs_on_with_a_mailed_password(
    person: Person, enrolment: Enrolment, database: Database
) -> None:
    session = await person.with_password()
    sent = await enrolment.choose_email(session)
    assert (sent.number, sent.to) == (1, "t***@bank.example")
    state = await enrolment.state(session)
    assert (state.step, state.choosing) == (Step.CONFIRM, OtpMethod.EMAIL)
    assert state.code is not None
    assert state.code.mail_state == "queued"
    assert (await user_row(database, person.user_id)).enrolled_at is None
    code = await person.mailed("one-time password")
    assert (await refused(enrolment.confirm_otp(session, "1234"))).reason == "malformed"
    assert (await refused(enrolment.confirm_otp(session, wrong(code)))).reason == "wrong"
    assert (await enrolment.confirm_otp(session, code)).method is OtpMethod.EMAIL

    attempt = await enrolment.begin_logon(person.user_id, PASSWORD)
    assert (attempt.method, attempt.code and attempt.code.number) == (OtpMethod.EMAIL, 2)
    assert (await refused(enrolment.finish_logon(attempt, code))).reason == "used"
    done = await enrolment.finish_logon(attempt, await person.mailed("one-time password"))
    assert (done.first, done.clock_drift_seconds) == (True, None)
    again = await enrolment.begin_logon(person.user_id, PASSWORD)
    assert again.code is not None
    assert again.code.number == 3


async def test_a_code_of_the_other_kind_counts_for_nothing(
    roster: Roster, desk_of: DeskOf, person: Person, enrolment: Enrolment
) -> None:
    person.user_id = await roster.user("CP1", "LEE Siu Ming", pending="sm.lee@bank.example")
    await desk_of(Role.DA_MAKER, "CP1").verifications.resend(person.user_id)
    registration = await person.mailed("verification")
    session = await enrolment.begin(person.user_id)
    await enrolment.verify_address(session, registration)
    await enrolment.send_activation(session)
    for _time in range(12):
        assert (await refused(enrolment.activate(session, registration))).reason == "verification"
    activation = await person.mailed("activation")
    for _time in range(12):
        assert (await refused(enrolment.verify_address(session, activation))).reason == "activation"
    assert (await refused(enrolment.verify_address(session, "ABCD-EFGH"))).tries_left == 9
    assert (await enrolment.activate(session, activation)).step is Step.PASSWORD


async def test_a_mailed_password_is_good_five_minutes_in_its_logon_and_only_the_newest(
    person: Person, enrolment: Enrolment
) -> None:
    await person.enrolled_by_email()
    one = await enrolment.begin_logon(person.user_id, PASSWORD)
    of_one = await person.mailed("one-time password")
    other = await enrolment.begin_logon(person.user_id, PASSWORD)
    assert (await refused(enrolment.finish_logon(other, of_one))).reason == "elsewhere"
    with pytest.raises(TooSoon):
        await enrolment.resend_otp(one)
    person.clock.advance(MINUTE)
    again = await enrolment.resend_otp(one)
    assert again.code is not None
    assert again.expires_at == person.clock.now() + 5 * MINUTE
    assert (await refused(enrolment.finish_logon(again, of_one))).reason == "earlier"
    newest = await person.mailed("one-time password")
    person.clock.advance(5 * MINUTE)
    assert (await refused(enrolment.finish_logon(again, newest))).reason == "expired"


async def test_nothing_counts_as_enrolled_before_one_good_code(
    person: Person, enrolment: Enrolment, database: Database
) -> None:
    session = await person.with_password()
    setup = await enrolment.choose_app(session)
    phone = Phone(setup.secret.replace(" ", ""), person.clock)
    assert (await refused(enrolment.confirm_otp(session, wrong(phone.code())))).reason == "wrong"
    replaced = await enrolment.choose_app(session)
    assert replaced.secret != setup.secret
    assert (await refused(enrolment.confirm_otp(session, phone.code()))).reason == "wrong"
    assert (await user_row(database, person.user_id)).enrolled_at is None
    with pytest.raises(NotYet) as early:
        await enrolment.begin_logon(person.user_id, PASSWORD)
    assert early.value.needs == "enrolment"


async def test_a_code_is_accepted_once_also_for_another_purpose(person: Person, enrolment: Enrolment) -> None:
    session = await person.with_password()
    phone = await person.take_app(session)
    attempt = await enrolment.begin_logon(person.user_id, PASSWORD)
    assert (await refused(enrolment.finish_logon(attempt, phone.code()))).reason == "replayed"
    person.clock.advance(STEP)
    code = phone.code()
    await enrolment.finish_logon(attempt, code)
    assert (await refused(enrolment.finish_logon(attempt, code))).reason == "expired"
    assert (await refused(enrolment.prove_by_app(session, code))).reason == "replayed"


@pytest.mark.parametrize("minutes", [10, -10])
async def test_a_phone_clock_ten_minutes_off_is_told_and_its_code_never_accepted(
    person: Person, enrolment: Enrolment, database: Database, minutes: int
) -> None:
    session = await person.with_password()
    setup = await enrolment.choose_app(session)
    phone = Phone(setup.secret.replace(" ", ""), person.clock, minutes * MINUTE)
    refusal = await refused(enrolment.confirm_otp(session, phone.code()))
    assert (refusal.reason, refusal.seconds) == ("clock", minutes * 60)
    assert (await credential_row(database, person.user_id)).drift_seconds == minutes * 60
    told = phone.code()
    person.clock.advance(max(minutes, 0) * MINUTE)
    phone.fast = timedelta()
    assert (phone.code() == told) is (minutes > 0)
    if minutes > 0:
        assert (await refused(enrolment.confirm_otp(session, told))).reason == "replayed"
    person.clock.advance(STEP)
    await enrolment.confirm_otp(session, phone.code())
    assert (await credential_row(database, person.user_id)).drift_seconds == 0


async def test_wrong_entries_of_all_sessions_and_kinds_count_together_and_lock_at_ten(
    person: Person, enrolment: Enrolment, database: Database, desk_of: DeskOf
) -> None:
    session = await person.enrolled_by_app()
    assert person.phone is not None
    attempt = await enrolment.begin_logon(person.user_id, PASSWORD)
    stranger = await person.elsewhere(origin="10.9.9.9").enrolment.begin(person.user_id)
    tries = [
        lambda: enrolment.begin_logon(person.user_id, OTHER_PASSWORD),
        lambda: enrolment.finish_logon(attempt, wrong(person.phone.code())),
        lambda: enrolment.activate(stranger, "ABCD-EFGH"),
        lambda: enrolment.verify_address(stranger, "ABCD-EFGH"),
        lambda: enrolment.prove_by_password(session, OTHER_PASSWORD),
    ]
    met = []
    for number in range(10):
        refusal = await refused(tries[number % 5 if number < 5 else 0]())
        met.append((refusal.reason, refusal.tries_left, refusal.seconds))
        if refusal.seconds:
            waits = await refused(enrolment.begin_logon(person.user_id, PASSWORD))
            assert (waits.reason, waits.seconds) == ("wait", refusal.seconds)
            person.clock.advance(timedelta(seconds=refusal.seconds))
    waits_after = [0, 0, 30, 60, 120, 240, 480, 960, 1920]
    assert met[:-1] == [("wrong", 9 - n, waits_after[n]) for n in range(9)]
    assert met[-1][0] == "locked"
    assert (await refused(enrolment.begin_logon(person.user_id, PASSWORD))).reason == "locked"
    assert (await user_row(database, person.user_id)).locked
    desk = desk_of(Role.DA_CHECKER, "CP1")
    assert (await desk.participants.get("CP1")).locked == 1
    await desk.credentials.unlock(person.user_id, "Called back on the number we know.")
    assert not (await user_row(database, person.user_id)).locked
    person.clock.advance(STEP)
    assert (await person.logs_on()).first


async def test_a_good_logon_forgets_the_wrong_entries(person: Person, enrolment: Enrolment) -> None:
    await person.enrolled_by_app()
    for _try in range(2):
        await refused(enrolment.begin_logon(person.user_id, OTHER_PASSWORD))
    await person.logs_on()
    assert (await refused(enrolment.begin_logon(person.user_id, OTHER_PASSWORD))).tries_left == 9


async def test_a_forgotten_password_is_replaced_by_proof_of_the_application(
    person: Person, enrolment: Enrolment
) -> None:
    await person.enrolled_by_app()
    assert person.phone is not None
    attempt = await enrolment.begin_logon(person.user_id, PASSWORD)
    session = await person.activated()
    assert (await enrolment.state(session)).may_change == frozenset()
    with pytest.raises(NotYet) as first:
        await enrolment.set_password(session, OTHER_PASSWORD)
    assert first.value.needs == "by-app"
    state = await enrolment.prove_by_app(session, person.phone.code())
    assert state.may_change == {Change.PASSWORD}
    await enrolment.set_password(session, OTHER_PASSWORD)
    assert await person.mailed_kinds() == ["access changed"]
    person.clock.advance(STEP)
    assert (await refused(enrolment.finish_logon(attempt, person.phone.code()))).reason == "expired"
    assert (await refused(enrolment.begin_logon(person.user_id, PASSWORD))).reason == "wrong"
    assert (await person.logs_on(OTHER_PASSWORD)).first
    with pytest.raises(NotYet):
        await enrolment.set_password(session, PASSWORD)


async def test_a_new_phone_or_the_other_method_needs_the_password(
    person: Person, enrolment: Enrolment, database: Database
) -> None:
    await person.enrolled_by_app()
    old = person.phone
    session = await person.activated()
    for call in (enrolment.choose_app, enrolment.choose_email):
        with pytest.raises(NotYet) as first:
            await call(session)
        assert first.value.needs == "by-password"
    assert (await refused(enrolment.prove_by_password(session, OTHER_PASSWORD))).reason == "wrong"
    assert (await enrolment.prove_by_password(session, PASSWORD)).may_change == {Change.METHOD}
    await enrolment.choose_app(session)
    assert old is not None
    assert (await person.logs_on()).first
    person.clock.advance(STEP)
    await person.take_app(session)
    person.clock.advance(STEP)
    attempt = await enrolment.begin_logon(person.user_id, PASSWORD)
    assert (await refused(enrolment.finish_logon(attempt, old.code()))).reason == "wrong"
    await person.logs_on()

    await enrolment.prove_by_password(session, PASSWORD)
    await enrolment.choose_email(session)
    state = await enrolment.confirm_otp(session, await person.mailed("one-time password"))
    assert (state.method, state.may_change, state.step) == (OtpMethod.EMAIL, frozenset(), Step.DONE)
    assert (await credential_row(database, person.user_id)).totp_sealed is None


async def test_the_mailbox_alone_replaces_no_password(
    person: Person, enrolment: Enrolment, desk_of: DeskOf
) -> None:
    await person.enrolled_by_email()
    person.clock.advance(2 * MINUTE)
    session = await person.activated()
    for call in (enrolment.set_password(session, OTHER_PASSWORD), enrolment.prove_by_app(session, "123456")):
        with pytest.raises(NotYet) as needed:
            await call
        assert needed.value.needs == "administrator"
    await desk_of(Role.DA_MAKER, "CP1").credentials.start_over(person.user_id, "Forgot it; I know the voice.")
    with pytest.raises(EnrolmentOver) as over:
        await enrolment.state(session)
    assert over.value.reason == "reset"
    person.clock.advance(4 * MINUTE)
    assert (await enrolment.state(await person.activated())).step is Step.PASSWORD


async def test_a_suspended_user_is_told_only_after_a_good_entry(
    person: Person, enrolment: Enrolment, database: Database
) -> None:
    session = await person.enrolled_by_app()
    waiting = await enrolment.begin(person.user_id)
    person.clock.advance(2 * MINUTE)
    await enrolment.send_activation(waiting)
    code = await person.mailed("activation")
    await change(database, person.user_id, suspended=True)
    with pytest.raises(EnrolmentOver) as over:
        await enrolment.state(session)
    assert over.value.reason == "suspended"
    assert (await refused(enrolment.activate(waiting, wrong(code)))).reason == "wrong"
    assert (await refused(enrolment.activate(waiting, code))).reason == "suspended"
    assert (await refused(enrolment.begin_logon(person.user_id, OTHER_PASSWORD))).reason == "wrong"
    assert (await refused(enrolment.begin_logon(person.user_id, PASSWORD))).reason == "suspended"


async def test_a_session_ends_when_another_address_is_verified(
    person: Person, enrolment: Enrolment, database: Database
) -> None:
    session = await person.with_password()
    await change(database, person.user_id, active_email="x@bank.example", active_canonical="x@bank.example")
    with pytest.raises(EnrolmentOver) as over:
        await enrolment.choose_app(session)
    assert over.value.reason == "address"


async def test_a_password_is_hashed_anew_when_the_parameters_rise(
    person: Person, enrolment: Enrolment, database: Database
) -> None:
    await person.enrolled_by_app()
    before = (await credential_row(database, person.user_id)).password_hash
    stronger = person.elsewhere(hasher=Hasher(memory_kib=20_480))
    await stronger.logs_on()
    after = (await credential_row(database, person.user_id)).password_hash
    assert "m=19456," in before
    assert "m=20480," in after
    person.clock.advance(STEP)
    await person.logs_on()


async def test_rows_swapped_between_users_log_nobody_on(
    person: Person, enrolment: Enrolment, roster: Roster, database: Database
) -> None:
    """Whoever can write the database but has not the key file gains nothing by copying what they have."""
    await person.enrolled_by_app()
    victim = Person(enrolment, person.clock, await verified_user(roster, active="v@bank.example"))
    await victim.enrolled_by_app()
    mine = await credential_row(database, person.user_id)
    await change_credential(database, victim.user_id, password_hash=mine.password_hash)
    assert (await refused(enrolment.begin_logon(victim.user_id, PASSWORD))).reason == "wrong"
    theirs = await credential_row(database, victim.user_id)
    await change_credential(database, person.user_id, totp_sealed=theirs.totp_sealed)
    attempt = await enrolment.begin_logon(person.user_id, PASSWORD)
    assert victim.phone is not None
    assert (await refused(enrolment.finish_logon(attempt, victim.phone.code()))).reason == "wrong"
