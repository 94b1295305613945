"""The enrolment terminal on a real database with a held clock: each step as its user sees it."""

import io
import re
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import zxingcpp
from PIL import Image
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, Static

from ccms_tui.enrol_app import IDLE_LIMIT, WARNED_BEFORE, EnrolApp
from screens.enrol.action import Action
from screens.enrol.line import EntryLine, SecretLine
from screens.enrol.qr import QrCode
from screens.enrol.step import EnrolScreen
from screens.enrol.trial import TrialScreen
from store.database import Database
from store.enrolment import Enrolment
from store.enrolment_views import OtpMethod
from store.errors import DatabaseFault, EnrolmentOver, EntryRefused
from store.keys import Keys
from store.outbox import Outbox
from store.rules.passwords import Profile
from store.setup import initialise
from store.views import Role, Standing
from tests.at_the_desk import HOSTILE, seen, until
from tests.conftest import DeskOf, HeldClock, Roster
from tests.enrolling import OTHER_PASSWORD, PASSWORD, Person, Phone, terminal, user_row, verified_user, wrong
from tests.test_explain import begin


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def person(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> Person:
    """A user whose address is verified, at a terminal."""
    await roster.participant("CP1", "Jade Abacus Securities")
    return Person(terminal(database, clock, keys), clock, await verified_user(roster))


@asynccontextmanager
async def opened(
    person: Person,
    size: tuple[int, int] = (80, 24),
    *,
    user_id: str | None = None,
    words: str = "Verification code",
) -> AsyncIterator[Pilot[None]]:
    """The terminal, with the user ID entered."""

    async def opener() -> Enrolment:
        return person.enrolment

    app = EnrolApp(opener, clock=person.clock)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, EnrolScreen) and app.focused)
        if user_id != "":
            await give(pilot, "#user-id", user_id or person.user_id)
            await until(pilot, lambda: words in seen(pilot.app))
        yield pilot
        assert not app._exception


def shows(pilot: Pilot[None], *words: str) -> Callable[[], bool]:
    """Whether all `words` are on the screen or in a message, wherever their lines are broken."""

    def shown() -> bool:
        told = [each.message for each in pilot.app._notifications]
        text = " ".join(" ".join([seen(pilot.app), *told]).split())
        return all(word in text for word in words)

    return shown


async def type_in(pilot: Pilot[None], selector: str, typed: str) -> None:
    """Put `typed` into a line as a paste would."""
    line = pilot.app.screen.query_one(selector, EntryLine)
    line.value = typed
    line.cursor_position = len(typed)
    line.focus()
    await pilot.pause()


async def give(pilot: Pilot[None], selector: str, typed: str) -> None:
    """Type it and press enter."""
    await type_in(pilot, selector, typed)
    await pilot.press("enter")


async def choose(pilot: Pilot[None], which: str) -> None:
    """Go to a choice and take it."""
    pilot.app.screen.query_one(f"#{which}").focus()
    await pilot.press("enter")


def on(pilot: Pilot[None], selector: str) -> str:
    """What stands in one place of the screen, seen or scrolled out of sight."""
    return " ".join(str(each.content) for each in pilot.app.screen.query(selector).results(Static))


async def activate(pilot: Pilot[None], person: Person) -> None:
    await choose(pilot, "activate")
    await until(pilot, lambda: "code no. 1" in on(pilot, "#which"))
    await give(pilot, "#code", await person.mailed("activation"))


async def come_to_password(pilot: Pilot[None], person: Person) -> None:
    await activate(pilot, person)
    await until(pilot, shows(pilot, "Your regular password"))


async def come_to_method(pilot: Pilot[None], person: Person) -> None:
    await come_to_password(pilot, person)
    await type_in(pilot, "#password", PASSWORD)
    await give(pilot, "#again", PASSWORD)
    await until(pilot, shows(pilot, "How do your one-time"))


async def come_to_phone(pilot: Pilot[None], person: Person, words: str = "Scan it") -> Phone:
    await come_to_method(pilot, person)
    await pilot.press("enter")
    await until(pilot, shows(pilot, words))
    return Phone(secret_of(pilot), person.clock)


def secret_of(pilot: Pilot[None]) -> str:
    """The secret as it stands on the screen."""
    return "".join(str(pilot.app.screen.query_one("#secret", Static).content).split())


async def pasted(pilot: Pilot[None], text: str) -> None:
    """Paste into the line that has the focus."""
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()


async def at_ready(pilot: Pilot[None], person: Person) -> None:
    """From the first screen to the last, for somebody who is enrolled and proven."""
    await activate(pilot, person)
    await until(pilot, shows(pilot, "You are ready"))


async def proven_by_app(person: Person) -> None:
    session = await person.enrolled_by_app()
    await person.logs_on()
    await person.enrolment.end(session)
    person.clock.advance(timedelta(hours=1))


async def proven_by_email(person: Person) -> None:
    session = await person.enrolled_by_email()
    person.clock.advance(timedelta(minutes=2))
    attempt = await person.enrolment.begin_logon(person.user_id, PASSWORD)
    await person.enrolment.finish_logon(attempt, await person.mailed("one-time password"))
    await person.enrolment.end(session)
    person.clock.advance(timedelta(hours=1))


# The way.


async def test_the_whole_way_by_mobile_application(person: Person) -> None:
    async with opened(person) as pilot:
        phone = await come_to_phone(pilot, person)
        await give(pilot, "#code", phone.code())
        await until(pilot, shows(pilot, "Test my access", "Regular password"))
        await give(pilot, "#password", PASSWORD)
        await until(pilot, shows(pilot, "Your password is right"))
        person.clock.advance(timedelta(seconds=30))
        await give(pilot, "#code", phone.code())
        await until(pilot, shows(pilot, "You are ready", "worked with both factors", "t***@bank.example"))
    assert (await user_row(person.database, person.user_id)).standing == Standing.PROVEN.value


async def test_the_whole_way_by_email(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_method(pilot, person)
        await pilot.press("down", "enter")
        await until(pilot, shows(pilot, "code no. 1", "t***@bank.example", "queued"))
        await give(pilot, "#code", (await person.mailed("one-time password")).replace(" ", "-"))
        await until(pilot, shows(pilot, "Test my access", "come by email from now on"))
        await give(pilot, "#password", PASSWORD)
        await until(pilot, shows(pilot, "Your password is right", "code no. 2", "t***@bank.example"))
        await give(pilot, "#code", await person.mailed("one-time password"))
        await until(pilot, shows(pilot, "You are ready", "by email"))
    assert (await user_row(person.database, person.user_id)).standing == Standing.PROVEN.value


async def test_the_code_of_the_registration_mail_is_taken_however_it_is_typed(
    person: Person, roster: Roster, desk_of: DeskOf
) -> None:
    person.user_id = await roster.user("CP1", "LEE Siu Ming", pending="sm.lee@bank.example")
    await desk_of(Role.DA_MAKER, "CP1").verifications.resend(person.user_id)
    code = (await person.mailed("verification")).replace("0", "O").replace("1", "l")
    async with opened(person) as pilot:
        await type_in(pilot, "#code", f" {code.lower().replace('-', ' ')} ")
        await until(pilot, shows(pilot, f"reads as {await person.mailed('verification')}"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "✓ Address", "▸ Activation", "code no. 1", "s***@bank.example"))
    assert (await user_row(person.database, person.user_id)).standing == Standing.VERIFIED.value


async def test_the_steps_say_what_is_done_what_is_now_and_what_is_to_come(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        words = ("✓ Address", "✓ Activation", "▸ Password", "○ One-time password", "○ Test my access")
        assert shows(pilot, *words)()


async def test_before_a_code_was_good_the_steps_claim_nothing(person: Person) -> None:
    await proven_by_app(person)
    async with opened(person) as pilot:
        words = ("▸ Address", "· Activation", "· Password", "· One-time password", "· Test my access")
        assert shows(pilot, *words, "My address is verified already", "nothing is to be proved again")()
        await choose(pilot, "activate")
        await until(pilot, shows(pilot, "· Address", "▸ Activation", "· Password"))


async def test_a_code_of_the_other_kind_is_told_from_a_wrong_one(
    person: Person, roster: Roster, desk_of: DeskOf
) -> None:
    person.user_id = await roster.user("CP1", "LEE Siu Ming", pending="sm.lee@bank.example")
    await desk_of(Role.DA_MAKER, "CP1").verifications.resend(person.user_id)
    registration = await person.mailed("verification")
    async with opened(person) as pilot:
        await give(pilot, "#code", registration)
        await until(pilot, shows(pilot, "▸ Activation", "code no. 1"))
        await give(pilot, "#code", registration)
        await until(pilot, shows(pilot, "not the activation code", "did not count"))
        await choose(pilot, "verify")
        await until(pilot, shows(pilot, "Verification code"))
        await give(pilot, "#code", await person.mailed("activation"))
        await until(pilot, shows(pilot, "not the verification code", "did not count"))
        await give(pilot, "#code", "ABCD-EFGH")
        await until(pilot, shows(pilot, "9 tries are left"))


@pytest.mark.parametrize(
    ("begun", "words"),
    [
        ((), "Until the parallel run begins, your smartcard stays the way in."),
        (("parallel-start",), "either way works: your smartcard, or both factors."),
        (("parallel-start", "parallel-end"), "both factors are the only way in."),
    ],
)
async def test_the_way_in_is_said_as_the_phase_has_it(
    person: Person, keys: Keys, begun: tuple[str, ...], words: str
) -> None:
    await initialise(person.database, person.clock, keys, "ops1", "Operations One")
    await begin(person.database, person.clock, frozenset(begun))
    async with opened(person) as pilot:
        phone = await come_to_phone(pilot, person)
        await choose(pilot, "method")
        await until(pilot, shows(pilot, "How do your one-time passwords come?", words))
        await choose(pilot, "app")
        await until(pilot, shows(pilot, "Scan it"))
        phone = Phone(secret_of(pilot), person.clock)
        await give(pilot, "#code", phone.code())
        await until(pilot, shows(pilot, "Test my access", "Regular password", words))
        await give(pilot, "#password", PASSWORD)
        await until(pilot, shows(pilot, "Your password is right"))
        person.clock.advance(timedelta(seconds=30))
        await give(pilot, "#code", phone.code())
        await until(pilot, shows(pilot, "You are ready", words))


async def test_who_has_no_code_at_hand_goes_back_from_the_second_factor(person: Person) -> None:
    await proven_by_app(person)
    async with opened(person) as pilot:
        await at_ready(pilot, person)
        await choose(pilot, "test")
        await until(pilot, shows(pilot, "Regular password"))
        await give(pilot, "#password", PASSWORD)
        await until(pilot, shows(pilot, "Your password is right"))
        await choose(pilot, "back")
        await until(pilot, shows(pilot, "New phone, or the other method"))


async def test_who_comes_back_goes_on_where_they_stopped(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_phone(pilot, person)
    person.clock.advance(timedelta(minutes=2))
    async with opened(person) as pilot:
        await activate(pilot, person)
        await until(pilot, shows(pilot, "How do your one-time passwords come?", "✓ Password"))


async def test_the_first_line_has_the_focus_before_the_store_is_open(person: Person) -> None:
    async def never() -> Enrolment:
        raise DatabaseFault("unreachable", "postgresql://secret-host/desk")

    async with EnrolApp(never, clock=person.clock).run_test(size=(80, 24)) as pilot:
        await pilot.press(*"ja1")
        assert pilot.app.screen.query_one("#user-id", EntryLine).value == "ja1"
        await until(pilot, shows(pilot, "does not work at the moment", "2979 7222"))
        assert "secret-host" not in seen(pilot.app)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "does not work at the moment"))
        assert pilot.app.screen.query_one("#user-id", EntryLine).value == "ja1"


async def test_another_user_id_begins_again_from_an_empty_line(person: Person) -> None:
    async with opened(person) as pilot:
        await choose(pilot, "other")
        await until(pilot, shows(pilot, "Your CCMS user ID"))
        assert person.user_id not in seen(pilot.app)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "First type your user ID."))


# Codes and their mails.


async def test_a_wrong_code_is_counted_and_the_wait_runs_down_on_the_screen(person: Person) -> None:
    async with opened(person) as pilot:
        for left, code in ((9, "ABCD-EFG1"), (8, "ABCD-EFG2")):
            await give(pilot, "#code", code)
            await until(pilot, shows(pilot, f"{left} tries are left"))
        await give(pilot, "#code", "ABCD-EFG3")
        await until(pilot, shows(pilot, "7 tries are left", "can be given in 0:"))
        before = seen(pilot.app)
        person.clock.advance(timedelta(seconds=1))
        pilot.app.screen.tick()  # type: ignore[attr-defined]
        await pilot.pause()
        assert seen(pilot.app) != before
        await give(pilot, "#code", "ABCD-EFG4")
        await until(pilot, shows(pilot, "✗ After so many wrong entries the next can be given in"))
        person.clock.advance(timedelta(minutes=1))
        await until(pilot, shows(pilot, "The next one can be given now."))
        assert pilot.app.screen.query_one("#code", EntryLine).value == "ABCD-EFG4"


async def test_a_second_enter_sends_no_refused_code_again(person: Person) -> None:
    async with opened(person) as pilot:
        await give(pilot, "#code", "ABCD-EFGH")
        await until(pilot, shows(pilot, "9 tries are left"))
        for again in ("ABCD-EFGH", " abcd efgh"):
            await give(pilot, "#code", again)
            await until(pilot, shows(pilot, "refused just now, so it was not tried again"))
        await give(pilot, "#code", "ABCD-EFG2")
        await until(pilot, shows(pilot, "8 tries are left"))
        line = pilot.app.screen.query_one("#code", EntryLine)
        assert line.selected_text == "ABCD-EFG2"
        await pilot.press("x")
        await until(pilot, lambda: line.value == "x" and "tries are left" not in on(pilot, "#verdict"))


async def test_a_password_that_was_refused_is_not_tried_twice(person: Person) -> None:
    await proven_by_app(person)
    async with opened(person) as pilot:
        await at_ready(pilot, person)
        await choose(pilot, "test")
        await until(pilot, shows(pilot, "Regular password"))
        await give(pilot, "#password", "not the password at all")
        await until(pilot, shows(pilot, "9 tries are left"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "refused just now, so it was not tried again"))
        await give(pilot, "#password", "Not the password at all")
        await until(pilot, shows(pilot, "8 tries are left"))


async def test_enter_on_an_empty_line_says_what_belongs_there(person: Person) -> None:
    async with opened(person) as pilot:
        await pilot.press("enter")
        await until(pilot, shows(pilot, "First type the verification code from the mail."))
        await choose(pilot, "activate")
        await until(pilot, lambda: "code no. 1" in on(pilot, "#which"))
        await give(pilot, "#code", "")
        await until(pilot, shows(pilot, "First type the code from the newest mail."))
        await give(pilot, "#code", await person.mailed("activation"))
        await until(pilot, shows(pilot, "Your regular password"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "First type your password."))
        await type_in(pilot, "#password", PASSWORD)
        await give(pilot, "#again", PASSWORD)
        await until(pilot, shows(pilot, "How do your one-time"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Scan it"))
        await give(pilot, "#code", "")
        await until(pilot, shows(pilot, "First type the six digits"))


async def test_who_is_locked_is_told_who_unlocks(person: Person) -> None:
    session = await person.enrolment.begin(person.user_id)
    for _wrong in range(9):
        with pytest.raises(EntryRefused):
            await person.enrolment.verify_address(session, "ABCD-EFGH")
        person.clock.advance(timedelta(hours=3))
        session = await person.enrolment.begin(person.user_id)
    async with opened(person) as pilot:
        await give(pilot, "#code", "ABCD-EFGH")
        await until(pilot, shows(pilot, "locked", "Delegated Administrator unlocks it"))


async def test_a_user_id_that_nobody_has_looks_the_same(person: Person) -> None:
    async def look(user_id: str) -> list[str]:
        looks = []
        async with opened(person, user_id=user_id) as pilot:
            looks.append(seen(pilot.app))
            await choose(pilot, "activate")
            await until(pilot, shows(pilot, "code no. 1"))
            looks.append(seen(pilot.app))
            await give(pilot, "#code", "ABCD-EFGH")
            await until(pilot, shows(pilot, "tries are left"))
            looks.append(seen(pilot.app))
        return [text.replace(user_id, "?????????") for text in looks]

    nobody = "CP9U99999"
    assert await look(nobody) == await look(person.user_id)


async def test_the_mark_stands_on_the_choice_that_enter_takes(person: Person) -> None:
    def marked(pilot: Pilot[None]) -> list[str | None]:
        actions = pilot.app.screen.query(Action)
        return [action.id for action in actions if str(action.render()).startswith("›")]

    async with opened(person) as pilot:
        await come_to_method(pilot, person)
        for key in ("down", "up", "down"):
            await pilot.press(key)
            await pilot.pause()
            focused = pilot.app.focused
            assert isinstance(focused, Action)
            assert marked(pilot) == [focused.id]


async def test_another_code_has_to_wait_and_the_wait_counts_down(person: Person) -> None:
    async with opened(person) as pilot:
        await choose(pilot, "activate")
        await until(pilot, shows(pilot, "code no. 1, sent 09:30, valid until 09:40", "in 1:00"))
        first = await person.mailed("activation")
        await choose(pilot, "again")
        person.clock.advance(timedelta(seconds=18))
        await until(pilot, shows(pilot, "in 0:42"))
        person.clock.advance(timedelta(seconds=42))
        await until(pilot, lambda: not pilot.app.screen.query_one("#again", Action).waits)
        await choose(pilot, "again")
        await until(pilot, shows(pilot, "code no. 2, sent 09:31", "only the newest works"))
        await give(pilot, "#code", first)
        await until(pilot, shows(pilot, "A newer code was sent"))
        await give(pilot, "#code", await person.mailed("activation"))
        await until(pilot, shows(pilot, "Your regular password"))


async def test_how_long_another_code_waits_is_what_the_store_says(person: Person) -> None:
    for _visit in range(2):
        session = await person.enrolment.begin(person.user_id)
        await person.enrolment.send_activation(session)
        person.clock.advance(timedelta(seconds=60))
    async with opened(person) as pilot:
        await choose(pilot, "activate")
        await until(pilot, shows(pilot, "This window needs one of its own", "in 1:00"))
        assert not shows(pilot, "on its way")()


async def test_who_comes_back_is_not_told_to_wait_for_the_code_they_used(person: Person) -> None:
    session = await person.enrolment.begin(person.user_id)
    await person.enrolment.send_activation(session)
    await person.enrolment.activate(session, await person.mailed("activation"))
    await person.enrolment.end(session)
    async with opened(person) as pilot:
        await choose(pilot, "activate")
        await until(pilot, shows(pilot, "The code before this one is used up", "in 1:00"))
        assert not shows(pilot, "went out just now")()
        person.clock.advance(timedelta(seconds=60))
        await until(pilot, lambda: not pilot.app.screen.query_one("#again", Action).waits)
        await choose(pilot, "again")
        await until(pilot, shows(pilot, "code no. 1"))


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        ("queued", ("queued", "leave this open")),
        ("deferred", ("deferred", "it is tried again")),
        ("accepted", ("accepted", "junk folder")),
        ("refused", ("bounced", "has to correct your address")),
    ],
)
async def test_what_became_of_the_mail_is_said_as_it_is(
    person: Person, keys: Keys, fate: str, words: tuple[str, ...]
) -> None:
    async with opened(person) as pilot:
        await come_to_method(pilot, person)
        await pilot.press("down", "enter")
        await until(pilot, shows(pilot, "code no. 1", "queued"))
        outbox = Outbox(person.database, person.clock, keys)
        if fate != "queued":
            newest = max(mail.mail_id for mail in await outbox.claim(10, "test"))
            await getattr(outbox, fate)(newest, "the server's reply")
        await until(pilot, shows(pilot, *words))


async def test_a_code_that_is_pasted_with_its_mail_is_refused_and_rings_no_bell(person: Person) -> None:
    async with opened(person) as pilot:
        await pasted(pilot, "Dear CHAN Tai Man, " * 10)
        await until(pilot, shows(pilot, "too long to be what is asked for"))
        await pasted(pilot, "ABCD EFGH\nmore")
        assert pilot.app.screen.query_one("#code", EntryLine).value == "ABCD EFGH"


async def test_going_back_and_forth_shows_the_code_that_was_sent(person: Person) -> None:
    async with opened(person) as pilot:
        for _time in range(2):
            await choose(pilot, "activate")
            await until(pilot, shows(pilot, "code no. 1, sent 09:30"))
            await choose(pilot, "verify")
            await until(pilot, shows(pilot, "Verification code"))
        await activate(pilot, person)
        await until(pilot, shows(pilot, "Your regular password"))
        await type_in(pilot, "#password", PASSWORD)
        await give(pilot, "#again", PASSWORD)
        for _time in range(2):
            await until(pilot, shows(pilot, "How do your one-time passwords come?"))
            await choose(pilot, "email")
            await until(pilot, shows(pilot, "One good one-time password", "code no. 1"))
            await choose(pilot, "method")


# The password.


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("short", "at least 15 characters"),
        ("x" * 10_000, "at most 128 characters"),
        ("violet\x00anchor 7 paints", "control characters"),
        ("aaaaaaaaaaaaaaaaaaaa", "the same characters again"),
        ("abcdefghijklmnopqrstuvwxyz", "run of keys"),
        ("passwordpassword", "tried first"),
        ("cp1u00001 cp1u00001", "of you or of CCMS"),
    ],
)
async def test_a_refused_password_stays_typed_and_the_reason_is_said(
    person: Person, typed: str, words: str
) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        await type_in(pilot, "#password", typed)
        await until(pilot, lambda: words in on(pilot, "#advice"))
        await give(pilot, "#again", typed)
        await until(pilot, lambda: words in on(pilot, "#verdict"))
        assert [line.value for line in pilot.app.screen.query(SecretLine)] == [typed, typed]


@pytest.mark.parametrize(
    "typed", [PASSWORD, "紫色的錨在海港邊畫了七幅靜默的畫作", "👩\u200d💻 paints seven anchors"]
)
async def test_a_password_is_taken_to_the_character(person: Person, typed: str) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        await pasted(pilot, typed)
        await pilot.press("enter")
        await pasted(pilot, typed)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "How do your one-time passwords come?"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Scan it"))
        phone = Phone(secret_of(pilot), person.clock)
        await give(pilot, "#code", phone.code())
        await until(pilot, shows(pilot, "Regular password"))
    assert (await person.enrolment.begin_logon(person.user_id, typed)).method is OtpMethod.APP


async def test_the_rules_in_force_are_said_before_a_password_is_typed(person: Person) -> None:
    legacy = person.elsewhere(profile=Profile.HKEX_LEGACY)
    async with opened(legacy) as pilot:
        await come_to_password(pilot, legacy)
        assert shows(pilot, "At least 8 characters of three kinds")()


async def test_a_hidden_password_is_typed_twice_and_never_seen(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        await give(pilot, "#password", PASSWORD)
        await until(pilot, lambda: pilot.app.focused and pilot.app.focused.id == "again")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "First type the same password once more"))
        await give(pilot, "#again", PASSWORD + "x")
        await until(pilot, shows(pilot, "The two are not the same"))
        await pilot.press("backspace")
        await until(pilot, lambda: not on(pilot, "#verdict").strip())
        assert "violet" not in seen(pilot.app)


async def test_a_password_that_is_shown_is_typed_once(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        await type_in(pilot, "#password", PASSWORD)
        await choose(pilot, "toggle")
        await until(pilot, shows(pilot, PASSWORD, "Hide what I type"))
        assert "Once more" not in seen(pilot.app)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "How do your one-time passwords come?"))


async def test_what_a_shown_password_hides_is_drawn_as_dots_and_nothing_is_copied(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        await choose(pilot, "toggle")
        await type_in(pilot, "#password", "a\x1b[2Jb\u202ec")
        await until(pilot, shows(pilot, "a·[2Jb·c"))
        await pilot.press("ctrl+shift+a", "ctrl+x", "ctrl+c")
        assert pilot.app.screen.query_one("#password", Input).value == "a\x1b[2Jb\u202ec"
        assert pilot.app.clipboard == ""


async def test_fast_typing_goes_where_it_was_meant(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        for key in ("a", "b", "enter", "a", "b", "c"):
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: pilot.app.screen.query_one("#again", Input).value == "abc")
        assert pilot.app.screen.query_one("#password", Input).value == "ab"


async def test_a_paste_right_after_enter_goes_into_the_next_line(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        typed = (events.Paste("ab"), events.Key("enter", None), events.Paste("cd"), events.Key("e", "e"))
        for event in typed:
            pilot.app.post_message(event)
        await until(pilot, lambda: pilot.app.screen.query_one("#again", Input).value == "cde")
        assert pilot.app.screen.query_one("#password", Input).value == "ab"


# The mobile application.


def photographed(pilot: Pilot[None]) -> Image.Image:
    """The screen as a picture."""
    svg = re.sub(r"@font-face \{.*?\}", "", pilot.app.export_screenshot(), flags=re.S)
    svg = svg.replace("<text ", '<text xml:space="preserve" ')
    png = subprocess.run(["rsvg-convert"], input=svg.encode(), capture_output=True, check=True).stdout
    return Image.open(io.BytesIO(png))


@pytest.mark.parametrize("user_id", ["CP1U00001", "A-VERY-LONG-USER-ID-OF-FORTY-CHARACTERS-1"])
async def test_the_qr_code_is_read_back_from_a_picture_of_80x24(
    person: Person, roster: Roster, user_id: str
) -> None:
    if user_id != person.user_id:
        person.user_id = await verified_user(roster, user_id=user_id)
    async with opened(person) as pilot:
        phone = await come_to_phone(pilot, person)
        [found] = zxingcpp.read_barcodes(photographed(pilot))
        assert found.text == f"otpauth://totp/CCMS:{user_id}?secret={phone.seed}&issuer=CCMS"
        code, body = pilot.app.screen.query_one(QrCode), pilot.app.screen.query_one("#body")
        assert code.region.height == code.cells.height <= 23
        assert body.region.width >= 30


async def test_without_colours_the_qr_code_is_black_on_white_all_the_same(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(person) as pilot:
        phone = await come_to_phone(pilot, person)
        [found] = zxingcpp.read_barcodes(photographed(pilot))
        assert phone.seed in found.text


async def test_a_window_too_small_for_the_qr_code_says_so_and_has_the_secret(person: Person) -> None:
    async with opened(person, (70, 20)) as pilot:
        await come_to_phone(pilot, person, "too small for the QR code")
        assert not pilot.app.screen.query_one(QrCode).display
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: pilot.app.screen.query_one(QrCode).display)
        assert zxingcpp.read_barcodes(photographed(pilot))


async def test_the_secret_is_gone_after_its_step(person: Person) -> None:
    async with opened(person) as pilot:
        phone = await come_to_phone(pilot, person)
        await choose(pilot, "method")
        await until(pilot, shows(pilot, "How do your one-time passwords come?"))
        assert phone.seed[:4] not in seen(pilot.app)
        assert not any(screen.query("#secret") for screen in pilot.app.screen_stack)


async def test_a_phone_whose_clock_is_off_is_told_so(person: Person) -> None:
    async with opened(person) as pilot:
        phone = await come_to_phone(pilot, person)
        phone.fast = timedelta(minutes=10)
        await give(pilot, "#code", phone.code())
        await until(pilot, lambda: "10 minutes fast" in on(pilot, "#verdict"))


async def test_a_code_counts_once(person: Person) -> None:
    async with opened(person) as pilot:
        phone = await come_to_phone(pilot, person)
        await give(pilot, "#code", phone.code())
        await until(pilot, shows(pilot, "Regular password"))
        await give(pilot, "#password", PASSWORD)
        await until(pilot, shows(pilot, "Each code works once"))
        await give(pilot, "#code", phone.code())
        await until(pilot, shows(pilot, "used already; wait for the next"))


# The test of the access.


async def test_a_wrong_password_or_code_does_not_prove_anything(person: Person) -> None:
    phone = await person.take_app(await person.with_password())
    person.clock.advance(timedelta(minutes=2))
    async with opened(person) as pilot:
        await activate(pilot, person)
        await until(pilot, shows(pilot, "Test my access"))
        await give(pilot, "#password", "not the password at all")
        await until(pilot, shows(pilot, "That user ID or password is not right"))
        await give(pilot, "#password", PASSWORD)
        await until(pilot, shows(pilot, "Your password is right"))
        await give(pilot, "#code", wrong(phone.code()))
        await until(pilot, shows(pilot, "one-time password is not right"))
        for _key in range(2):  # somebody is there, and the attempt is over all the same
            person.clock.advance(timedelta(minutes=3))
            await pilot.press("left")
        await give(pilot, "#code", phone.code())
        await until(pilot, shows(pilot, "begin again", "Regular password"))
    assert (await user_row(person.database, person.user_id)).standing == Standing.ENROLLED.value


async def test_another_one_time_password_can_be_had_during_a_logon(person: Person) -> None:
    await proven_by_email(person)
    async with opened(person) as pilot:
        await at_ready(pilot, person)
        await choose(pilot, "test")
        await until(pilot, shows(pilot, "Regular password"))
        await give(pilot, "#password", PASSWORD)
        await until(pilot, shows(pilot, "Now the one-time password from your mail", "code no. 3"))
        person.clock.advance(timedelta(minutes=1))
        await until(pilot, lambda: not pilot.app.screen.query_one("#again", Action).waits)
        await choose(pilot, "again")
        await until(pilot, shows(pilot, "code no. 4", "only the newest works"))
        await give(pilot, "#code", await person.mailed("one-time password"))
        await until(pilot, shows(pilot, "worked with both factors"))


# Changes later.


async def test_a_new_phone_needs_the_password(person: Person) -> None:
    await proven_by_app(person)
    async with opened(person) as pilot:
        await at_ready(pilot, person)
        await choose(pilot, "change-method")
        await until(pilot, shows(pilot, "Before another phone or method"))
        await give(pilot, "#password", "not the password at all")
        await until(pilot, shows(pilot, "is not right"))
        await give(pilot, "#password", PASSWORD)
        await until(pilot, shows(pilot, "How do your one-time passwords come?"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Scan it"))
        person.phone = Phone(secret_of(pilot), person.clock)
        await give(pilot, "#code", person.phone.code())
        await until(pilot, shows(pilot, "Set up: your one-time passwords come by mobile application"))
    person.clock.advance(timedelta(seconds=30))
    await person.logs_on()


async def test_a_forgotten_password_needs_a_code_of_the_application(person: Person) -> None:
    await proven_by_app(person)
    assert person.phone
    async with opened(person) as pilot:
        await at_ready(pilot, person)
        await choose(pilot, "change-password")
        await until(pilot, shows(pilot, "Before a new password"))
        await give(pilot, "#code", person.phone.code())
        await until(pilot, shows(pilot, "Your regular password"))
        await type_in(pilot, "#password", OTHER_PASSWORD)
        await give(pilot, "#again", OTHER_PASSWORD)
        await until(pilot, shows(pilot, "Your new password is set"))
    person.clock.advance(timedelta(seconds=30))
    await person.logs_on(OTHER_PASSWORD)


async def test_who_has_codes_by_email_is_sent_to_their_administrator_for_a_new_password(
    person: Person,
) -> None:
    await proven_by_email(person)
    async with opened(person) as pilot:
        await at_ready(pilot, person)
        await choose(pilot, "change-password")
        await until(pilot, shows(pilot, "ask your Delegated Administrator"))


async def test_going_back_changes_nothing(person: Person) -> None:
    await proven_by_app(person)
    async with opened(person) as pilot:
        await at_ready(pilot, person)
        for change in ("change-method", "change-password"):
            await choose(pilot, change)
            await until(pilot, shows(pilot, "Go back, changing nothing"))
            await choose(pilot, "back")
            await until(pilot, shows(pilot, "You are ready"))
        await choose(pilot, "leave")
        await until(pilot, lambda: pilot.app._exit)


# How it ends.


async def test_a_terminal_left_alone_warns_then_ends_with_nothing_on_the_screen(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_phone(pilot, person)
        person.clock.advance(IDLE_LIMIT - WARNED_BEFORE)
        await until(pilot, shows(pilot, "Is anybody there?"))
        await pilot.press("tab")
        person.clock.advance(IDLE_LIMIT - timedelta(seconds=1))
        pilot.app.look()  # type: ignore[attr-defined]
        assert not pilot.app._exit
        person.clock.advance(timedelta(seconds=1))
        await until(pilot, lambda: pilot.app._exit)
        assert "five minutes without a key" in pilot.app.parting  # type: ignore[attr-defined]


async def test_going_on_elsewhere_ends_this_terminal_and_says_so(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        person.clock.advance(timedelta(minutes=2))
        await person.activated()
        await type_in(pilot, "#password", PASSWORD)
        await until(pilot, lambda: pilot.app._exit)
        assert "another window" in pilot.app.parting  # type: ignore[attr-defined]
        assert pilot.app.return_code == 4


async def test_esc_leaves_when_it_is_pressed_twice(person: Person) -> None:
    async with opened(person) as pilot:
        await pilot.press("escape")
        await until(pilot, shows(pilot, "Press esc again to leave", "go on later"))
        await pilot.press("a", "escape")
        await until(pilot, shows(pilot, "Press esc again to leave"))
        assert not pilot.app._exit
        await pilot.press("ctrl+c")
        await until(pilot, shows(pilot, "Press esc twice to leave."))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app._exit)


async def test_leaving_ends_the_session_in_the_store(person: Person) -> None:
    async with opened(person) as pilot:
        await come_to_password(pilot, person)
        visit = pilot.app.visit  # type: ignore[attr-defined]
        await pilot.app.close_visit()  # type: ignore[attr-defined]
        with pytest.raises(EnrolmentOver):
            await person.enrolment.state(visit.session)


# Whatever the text and the window.


async def test_hostile_text_is_shown_as_text(person: Person, roster: Roster) -> None:
    person.user_id = await verified_user(roster, HOSTILE)
    await proven_by_app(person)
    async with opened(person) as pilot:
        await at_ready(pilot, person)
        assert "[/x] [bold]·[2J·" in seen(pilot.app)


async def test_a_hostile_user_id_is_shown_as_text(person: Person) -> None:
    async with opened(person, user_id="[/x]\x1b[2J\u202e陳") as pilot:
        assert "[/x]·[2J·陳" in seen(pilot.app) or "[/x][2J陳" in seen(pilot.app)
        await choose(pilot, "activate")
        await until(pilot, shows(pilot, "code no. 1"))
        assert "\x1b" not in seen(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (30, 8), (200, 60)])
async def test_every_step_can_be_used_in_any_window(person: Person, size: tuple[int, int]) -> None:
    async with opened(person, size, words="Verification") as pilot:
        await activate(pilot, person)
        await until(pilot, lambda: pilot.app.screen.query("#password"))
        await type_in(pilot, "#password", PASSWORD)
        await give(pilot, "#again", PASSWORD)
        await until(pilot, lambda: pilot.app.screen.query("#app"))
        await choose(pilot, "app")
        await until(pilot, lambda: pilot.app.screen.query("#secret"))
        await give(pilot, "#code", Phone(secret_of(pilot), person.clock).code())
        await until(pilot, lambda: isinstance(pilot.app.screen, TrialScreen))
        line = pilot.app.screen.query_one("#password", Input)
        line.focus()
        await until(pilot, lambda: pilot.app.screen.region.contains_region(line.region))
