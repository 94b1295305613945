"""The cards and dialogs on a real database: what happened in the store first, then what the screen says."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import OptionList, Static

from ccms_tui.app import DeskApp
from screens.confirm import ConfirmScreen
from screens.dialog import AddressLine, Line
from screens.edit_email import EditEmailScreen
from screens.enter_code import EnterCodeScreen
from screens.help import HelpScreen
from screens.mail import MailScreen
from screens.mail_filter import MailFilter
from screens.resend import ResendScreen
from screens.schedule import ScheduleScreen
from screens.user_card import UserCardScreen
from store.clock import Clock
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.outbox import Outbox
from store.setup import initialise
from store.tables import AuditEvent, CcmsUser, Mail, Participant
from store.views import Kind, MailState, Role, Standing
from tests.conftest import DeskOf, HeldClock, Roster

HOSTILE = "[/x] [bold]\x1b[2J\x07\u202eevil\u2066 陳小明 👩\u200d💻 " + "長" * 500
MAKER = Role.DA_MAKER
CP = "C00001"


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def desk(database: Database, clock: HeldClock, keys: Keys, roster: Roster, desk_of: DeskOf) -> Desk:
    """A maker's desk of a participant with a single-DA waiver, on an initialised database."""
    await initialise(database, clock, keys, "ops", "Operations")
    await roster.participant(CP, "Harbour Securities 港灣證券", waiver="ops: sole proprietor")
    return desk_of(MAKER, CP)


async def until(pilot: Pilot[Any], condition: Callable[[], Any]) -> None:
    """Let the app run until `condition` holds; fail after some seconds."""
    for _turn in range(250):
        if condition():
            await pilot.pause()
            return
        await pilot.pause(0.02)
    pytest.fail("the screen never came to show it:\n" + seen(pilot.app))


def seen(app: Any) -> str:
    """What stands on the terminal, as text."""
    size = app.screen.size
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips(size))


def shows(pilot: Pilot[Any], *words: str) -> Callable[[], bool]:
    """Whether all `words` are on the screen, or told in a notification."""

    def shown() -> bool:
        told = " ".join(each.message for each in pilot.app._notifications)
        text = seen(pilot.app) + told
        return all(word in text for word in words)

    return shown


@asynccontextmanager
async def opened(
    desk: Desk,
    screen: Screen[Any] | None = None,
    size: tuple[int, int] = (80, 24),
    *,
    notifications: bool = False,
) -> AsyncIterator[Pilot[None]]:
    """The desk with `screen` in front."""

    async def opener() -> Desk:
        return desk

    app = DeskApp(opener)
    async with app.run_test(size=size, notifications=notifications) as pilot:
        await until(pilot, lambda: app.ready and app.phase)
        if screen is not None:
            await app.push_screen(screen)
            await until(pilot, lambda: app.screen is screen)
        yield pilot
        assert not app._exception


async def type_over(pilot: Pilot[Any], selector: str, value: str) -> None:
    """Put `value` into a line as a paste would."""
    line = pilot.app.screen.query_one(selector, Line)
    line.value = value
    line.cursor_position = len(value)
    await pilot.pause()


async def code_of(database: Database, keys: Keys, user_id: str) -> str:
    """The newest code, as only its recipient may read it."""
    query = select(Mail.sealed).join(CcmsUser, CcmsUser.pk == Mail.user_pk)
    query = query.where(CcmsUser.user_id == user_id, Mail.sealed.is_not(None)).order_by(Mail.mail_id.desc())
    async with database.reading() as connection:
        sealed = (await connection.execute(query.limit(1))).scalar_one()
    return keys.unseal(sealed)


# Editing an address.


async def test_a_new_address_is_saved_and_the_maker_is_told_that_its_mail_is_only_queued(
    desk: Desk, roster: Roster
) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "tai.man@harbour.hk")
        await until(pilot, shows(pilot, "Can be registered"))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EditEmailScreen))
        card = await desk.users.card(user_id)
        assert card.pending_email == "tai.man@harbour.hk"
        assert card.code is not None
        assert card.code.mail_state is MailState.QUEUED
        await until(pilot, shows(pilot, "code no. 1 to it is queued, not yet sent"))


async def test_without_a_waiver_the_change_waits_for_a_checker(
    desk: Desk, roster: Roster, desk_of: DeskOf
) -> None:
    await roster.participant("C00002")
    user_id = await roster.user("C00002")
    maker = desk_of(MAKER, "C00002")
    async with opened(maker, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "new@bank.hk")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EditEmailScreen))
        card = await maker.users.card(user_id)
        assert card.pending_email is None
        assert card.proposal is not None
        assert card.proposal.new_email == "new@bank.hk"
        await until(pilot, shows(pilot, "new@bank.hk waits for a checker of the participant until 13 Feb"))


async def test_what_is_wrong_is_said_while_typing(desk: Desk, roster: Roster) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        for typed, said in (
            ("tai.man", "There is no @ in it"),
            ("a@b@c.hk", "There is more than one @ in it"),
            ("a b@c.hk", "There is a space in it"),
            ('"a b"@c.hk', "in quotes"),
            ("a@c.hk.", "ends with a dot"),
            ("a" * 320 + "@c.hk", "longer than an address can be"),
            ("a\x1b@c.hk\u202e", "✗"),
        ):
            await type_over(pilot, "#address", typed)
            await until(pilot, shows(pilot, said))
            await pilot.press("enter")
            await until(pilot, shows(pilot, "Nothing was saved"))
        assert (await desk.users.card(user_id)).pending_email is None


async def test_a_probable_typo_is_taken_back_by_one_key(desk: Desk, roster: Roster) -> None:
    user_id = await roster.user(CP)
    for key in ("f3", "right"):
        async with opened(desk, EditEmailScreen(user_id)) as pilot:
            await until(pilot, shows(pilot, "CHAN Tai Man"))
            await type_over(pilot, "#address", "tai.man@gmial.com")
            await until(pilot, shows(pilot, "Did you mean tai.man@gmail.com?", "F3"))
            await pilot.press(key)
            assert pilot.app.screen.query_one(AddressLine).value == "tai.man@gmail.com"
            await until(pilot, shows(pilot, "public webmail domain", "Can be registered"))


async def test_a_warning_does_not_block(desk: Desk, roster: Roster) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "settlement@gmail.com")
        await until(pilot, shows(pilot, "shared mailbox"))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EditEmailScreen))
        assert (await desk.users.card(user_id)).pending_email == "settlement@gmail.com"


async def test_an_address_of_another_user_asks_for_the_reason(desk: Desk, roster: Roster) -> None:
    other = await roster.user(CP, "LEE Siu Ming", active="desk@harbour.hk")
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "Desk@harbour.hk")
        await until(pilot, shows(pilot, f"User {other} has this address"))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.screen.query_one("#reason").has_focus)
        assert (await desk.users.card(user_id)).pending_email is None
        await pilot.press(*"one terminal", "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EditEmailScreen))
        assert (await desk.users.card(user_id)).pending_email == "Desk@harbour.hk"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("tai.man@harbuor.hk", "Press enter again to keep it, or F3"),
        ("tai.man@elsewhere.hk", "Press enter again to keep it."),
    ],
)
async def test_a_doubtful_address_takes_a_second_enter(
    desk: Desk, roster: Roster, typed: str, told: str
) -> None:
    for number in range(4):
        await roster.user(CP, active=f"colleague{number}@harbour.hk")
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", typed)
        await until(pilot, shows(pilot, "! Can be registered, but look again:"))
        assert not shows(pilot, "✓ Can be registered.")()
        await pilot.press("enter")
        await until(pilot, shows(pilot, told))
        assert (await desk.users.card(user_id)).pending_email is None
        await pilot.press("x")
        await until(pilot, lambda: not shows(pilot, "Press enter again")())
        await pilot.press("backspace", "enter")
        await until(pilot, shows(pilot, told))
        assert (await desk.users.card(user_id)).pending_email is None
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EditEmailScreen))
        assert (await desk.users.card(user_id)).pending_email == typed


async def test_a_change_that_waits_is_offered_for_editing(
    desk: Desk, roster: Roster, desk_of: DeskOf
) -> None:
    await roster.participant("C00002")
    user_id = await roster.user("C00002", active="old@bank.hk")
    maker = desk_of(MAKER, "C00002")
    version = (await maker.users.card(user_id)).version
    await maker.registrations.edit_email(user_id, "proposed@bank.hk", version=version)
    screen = EditEmailScreen(user_id)
    async with opened(maker, screen) as pilot:
        await until(pilot, lambda: screen.address.value == "proposed@bank.hk")
        await until(pilot, shows(pilot, "This address waits for a checker already."))
        await pilot.press("f4")
        await until(pilot, lambda: screen.address.value == "old@bank.hk")
        await until(pilot, shows(pilot, "The present address."))


async def test_a_conflict_shows_both_values_and_lets_save_over_it(
    desk: Desk, roster: Roster, desk_of: DeskOf
) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "mine@harbour.hk")
        theirs = desk_of(MAKER, CP, "colleague")
        version = (await theirs.users.card(user_id)).version
        await theirs.registrations.edit_email(user_id, "theirs@harbour.hk", version=version)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "colleague changed this user at 09:30", "theirs@harbour.hk", "yours"))
        assert pilot.app.screen.query_one(AddressLine).value == "mine@harbour.hk"
        assert (await desk.users.card(user_id)).pending_email == "theirs@harbour.hk"
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EditEmailScreen))
        assert (await desk.users.card(user_id)).pending_email == "mine@harbour.hk"


async def test_what_was_typed_is_offered_again_until_it_is_saved(desk: Desk, roster: Roster) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "half.way@harb")
        await pilot.press("escape")
        await until(pilot, shows(pilot, "What you typed is kept"))
        again = EditEmailScreen(user_id)
        await pilot.app.push_screen(again)
        await until(pilot, lambda: again.query_one(AddressLine).value == "half.way@harb")
        assert shows(pilot, "It is not saved yet")()
        await pilot.press(*"our.hk", "enter")
        await until(pilot, lambda: pilot.app.screen is not again)
        assert (await desk.users.card(user_id)).pending_email == "half.way@harbour.hk"
        third = EditEmailScreen(user_id)
        await pilot.app.push_screen(third)
        await until(pilot, lambda: third.query_one(AddressLine).value == "half.way@harbour.hk")
        assert not shows(pilot, "not saved yet")()


async def test_a_store_that_fails_loses_nothing(desk: Desk, roster: Roster, database: Database) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "tai.man@harbour.hk")
        async with database.writing() as connection:
            await connection.exec_driver_sql("ALTER TABLE verification RENAME TO verification_away")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "database"))
        assert pilot.app.screen.query_one(AddressLine).value == "tai.man@harbour.hk"
        async with database.writing() as connection:
            await connection.exec_driver_sql("ALTER TABLE verification_away RENAME TO verification")
        assert (await desk.users.card(user_id)).pending_email is None
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EditEmailScreen))
        assert (await desk.users.card(user_id)).pending_email == "tai.man@harbour.hk"


@asynccontextmanager
async def without(database: Database, table: str) -> AsyncIterator[None]:
    """The database while it lacks a table: what needs it fails."""
    async with database.writing() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}_away")
    yield
    async with database.writing() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE {table}_away RENAME TO {table}")


async def test_a_change_that_was_saved_is_never_told_as_failed(
    desk: Desk, roster: Roster, database: Database, desk_of: DeskOf
) -> None:
    await roster.participant("C00002")
    user_id = await roster.user("C00002")
    maker = desk_of(MAKER, "C00002")
    async with opened(maker, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "new@bank.hk")
        async with without(database, "mail"):
            await pilot.press("enter")
            await until(pilot, lambda: not isinstance(pilot.app.screen, EditEmailScreen))
            await until(
                pilot, shows(pilot, "new@bank.hk waits for a checker of the participant until 13 Feb")
            )
        proposal = (await maker.users.card(user_id)).proposal
        assert proposal is not None
        assert proposal.new_email == "new@bank.hk"


async def test_a_conflict_that_cannot_be_shown_leaves_nothing_hanging(
    desk: Desk, roster: Roster, database: Database, desk_of: DeskOf
) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await type_over(pilot, "#address", "mine@harbour.hk")
        theirs = desk_of(MAKER, CP, "colleague")
        await theirs.registrations.edit_email(user_id, "theirs@harbour.hk", version=1)
        async with without(database, "mail"):
            await pilot.press("enter")
            await until(pilot, lambda: "database" in str(pilot.app.screen.query_one("#trouble").content))
            assert "Saving" not in seen(pilot.app)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "colleague changed this user", "theirs@harbour.hk", "yours"))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, EditEmailScreen))
        assert (await desk.users.card(user_id)).pending_email == "mine@harbour.hk"


async def test_the_checker_is_told_the_makers_reason_and_a_draft_keeps_it(
    desk: Desk, roster: Roster, desk_of: DeskOf
) -> None:
    await roster.participant("C00002")
    other = await roster.user("C00002", "LEE Siu Ming", active="desk@bank.hk", pending="desk2@bank.hk")
    user_id = await roster.user("C00002", active="old@bank.hk", pending="older@bank.hk")
    maker = desk_of(MAKER, "C00002")
    async with opened(maker, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man", "Reason (the checker reads it)"))
        await pilot.press("tab", *"new desk", "escape")
        await until(pilot, shows(pilot, "What you typed is kept"))
        again = EditEmailScreen(user_id)
        await pilot.app.push_screen(again)
        await until(pilot, lambda: again.query_one("#why", Line).value == "new desk")
        await type_over(pilot, "#address", "desk@bank.hk")
        await until(pilot, shows(pilot, f"User {other} has this address"))
        await pilot.press("enter")
        await until(pilot, lambda: again.query_one("#reason").has_focus)
        assert shows(pilot, "CHAN Tai Man", "Pending", "new desk", "enter", "leave, keeping it")()
        await pilot.press(*"one terminal", "enter")
        await until(pilot, lambda: pilot.app.screen is not again)
        proposal = (await maker.users.card(user_id)).proposal
        assert proposal is not None
        assert (proposal.new_email, proposal.reason) == ("desk@bank.hk", "new desk")


async def test_no_reason_is_asked_where_no_checker_reads_it(desk: Desk, roster: Roster) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EditEmailScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        assert not shows(pilot, "the checker reads it")()


async def test_a_das_address_is_refused_with_the_window_until_it_opens(
    desk: Desk, roster: Roster, desk_of: DeskOf
) -> None:
    user_id = await roster.user(CP, "DA One", kind=Kind.DA_MAKER)
    operations = desk_of(Role.OPERATIONS)
    async with opened(operations, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "DA One"))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(pilot.app.screen, EditEmailScreen))
        await until(pilot, shows(pilot, "DA One"))
        await type_over(pilot, "#address", "da@harbour.hk")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "not open yet", "Q1 2023"))
        assert (await operations.users.card(user_id)).pending_email is None


async def test_a_key_that_is_not_the_roles_says_why(desk: Desk, roster: Roster, desk_of: DeskOf) -> None:
    user_id = await roster.user(CP)
    async with opened(desk_of(Role.HELPDESK), UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man"))
        await pilot.press("e")
        await until(pilot, shows(pilot, "'Edit email' is not for your role (Helpdesk)."))
        assert isinstance(pilot.app.screen, UserCardScreen)


# Entering a code.


async def with_code(desk: Desk, roster: Roster) -> str:
    user_id = await roster.user(CP)
    version = (await desk.users.card(user_id)).version
    await desk.registrations.edit_email(user_id, "tai.man@harbour.hk", version=version)
    return user_id


async def test_a_code_is_taken_as_people_type_it(
    desk: Desk, roster: Roster, database: Database, keys: Keys
) -> None:
    user_id = await with_code(desk, roster)
    code = await code_of(database, keys, user_id)
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    async with opened(desk, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "unverified"))
        await pilot.press("v")
        await until(pilot, shows(pilot, "no. 1, sent 09:30", "tries left: 5", "queued"))
        await type_over(pilot, "#code", typed)
        await until(pilot, shows(pilot, f"reads as {code}"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen))
        card = await desk.users.card(user_id)
        assert card.row.standing is Standing.VERIFIED
        assert card.active_email == "tai.man@harbour.hk"
        await until(pilot, shows(pilot, "tai.man@harbour.hk is verified", "◕ verified"))


async def test_a_wrong_code_stays_in_the_line_and_the_tries_left_are_told(
    desk: Desk, roster: Roster, database: Database, keys: Keys
) -> None:
    user_id = await with_code(desk, roster)
    code = await code_of(database, keys, user_id)
    wrong = ("2" if code[0] != "2" else "3") + code[1:]
    async with opened(desk, EnterCodeScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "tries left: 5"))
        await type_over(pilot, "#code", "123")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "8 letters and digits"))
        await type_over(pilot, "#code", wrong)
        await pilot.press("enter")
        await until(pilot, shows(pilot, "That is not the code. 4 tries are left.", "tries left: 4"))
        card = await desk.users.card(user_id)
        assert card.code is not None
        assert card.code.tries_left == 4
        assert pilot.app.screen.query_one("#code", Line).value == wrong
        await pilot.press("enter")
        await until(pilot, shows(pilot, "refused just now, so it was not tried again", "tries left: 4"))


async def test_a_code_sent_meanwhile_is_shown_without_touching_what_is_typed(
    desk: Desk, roster: Roster, database: Database, clock: HeldClock, keys: Keys
) -> None:
    user_id = await with_code(desk, roster)
    elsewhere = Database(database.url)
    async with opened(desk, EnterCodeScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "no. 1, sent 09:30"))
        await pilot.press(*"abc")
        clock.advance(timedelta(minutes=5))
        await Desk(elsewhere, clock, keys, desk.actor).verifications.resend(user_id)
        await until(pilot, shows(pilot, "no. 2, sent 09:35"))
        line = pilot.app.screen.query_one("#code", Line)
        assert line.value == "abc"
        assert line.has_focus
    await elsewhere.close()


async def test_a_user_without_a_waiting_address_has_no_code_to_enter(desk: Desk, roster: Roster) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, EnterCodeScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "No address of this user waits for a code"))
        await type_over(pilot, "#code", "ABCD-EFGH")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "has no address waiting for a code"))


# Sending again.


async def test_a_resend_previews_sends_and_tells_of_each(
    desk: Desk, roster: Roster, clock: HeldClock
) -> None:
    ready = [await roster.user(CP, f"User {n}") for n in range(3)]
    for number, user_id in enumerate(ready):
        version = (await desk.users.card(user_id)).version
        await desk.registrations.edit_email(user_id, f"u{number}@harbour.hk", version=version)
    clock.advance(timedelta(minutes=5))
    without = await roster.user(CP, "Nobody")
    async with opened(desk, ResendScreen((*ready, without))) as pilot:
        await until(pilot, shows(pilot, "3 users get a fresh code", "1 is left out", "no address waits"))
        for user_id in ready:
            card = await desk.users.card(user_id)
            assert card.code is not None
            assert card.code.number == 1
        await pilot.press("enter")
        await until(pilot, shows(pilot, "3 queued, 0 refused, 0 not tried"))
        for user_id in ready:
            card = await desk.users.card(user_id)
            assert card.code is not None
            assert card.code.number == 2
        await until(pilot, shows(pilot, ready[2], "queued: code no. 2 to u2@harbour.hk"))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, ResendScreen))


async def test_a_resend_to_everybody_leaves_fresh_codes_alone(
    desk: Desk, roster: Roster, clock: HeldClock
) -> None:
    fresh, without = await roster.user(CP, "LEE Siu Ming"), await roster.user(CP, "Nobody")
    version = (await desk.users.card(fresh)).version
    await desk.registrations.edit_email(fresh, "u@harbour.hk", version=version)
    clock.advance(timedelta(minutes=5))
    async with opened(desk, ResendScreen((fresh, without), everybody=True)) as pilot:
        await until(pilot, shows(pilot, "Nobody gets a code.", "a code sent within 4 hours is still good"))


async def test_a_resend_that_comes_too_soon_says_how_long_to_wait(desk: Desk, roster: Roster) -> None:
    user_id = await with_code(desk, roster)
    screen = ResendScreen((user_id,))
    async with opened(desk, screen) as pilot:
        await until(pilot, shows(pilot, "Nobody gets a code", "just now", "Wait 60 seconds"))
        await pilot.press("enter")
        card = await desk.users.card(user_id)
        assert card.code is not None
        assert card.code.number == 1


async def test_an_address_that_bounced_gets_another_chance_one_by_one(
    desk: Desk, roster: Roster, database: Database, clock: HeldClock, keys: Keys
) -> None:
    user_id = await with_code(desk, roster)
    outbox = Outbox(database, clock, keys)
    (claimed,) = await outbox.claim(1, "test")
    await outbox.refused(claimed.mail_id, "550 5.1.1 No such user")
    clock.advance(timedelta(minutes=5))
    assert (await desk.users.card(user_id)).row.standing is Standing.UNDELIVERABLE
    async with opened(desk, ResendScreen((user_id,))) as pilot:
        await until(pilot, shows(pilot, "mail to the address was refused", "once more all the same"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "1 queued, 0 refused", "esc leave"))
        assert "Nobody gets a code." not in seen(pilot.app)
    assert (await desk.users.card(user_id)).row.standing is Standing.UNVERIFIED


async def test_the_helpdesk_sends_only_in_answer_to_a_question(
    desk: Desk, roster: Roster, clock: HeldClock, desk_of: DeskOf, database: Database
) -> None:
    user_id = await with_code(desk, roster)
    clock.advance(timedelta(minutes=5))
    async with opened(desk_of(Role.HELPDESK), ResendScreen((user_id,))) as pilot:
        await until(pilot, shows(pilot, "gets a fresh code", "What did the caller ask?"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Write down what the caller asked"))
        await pilot.press(*"no mail", "enter")
        await until(pilot, shows(pilot, "1 queued, 0 refused"))
    async with database.reading() as connection:
        actions = (await connection.execute(select(AuditEvent.action))).scalars().all()
    assert "enquiry.begun" in actions


async def test_esc_stops_a_resend_between_two_users(
    desk: Desk, roster: Roster, clock: HeldClock, desk_of: DeskOf
) -> None:
    rows = [roster.row(CP, f"User {number}", pending=f"u{number}@harbour.hk") for number in range(2_000)]
    await roster.insert(rows)
    user_ids = tuple(str(row["user_id"]) for row in rows)
    screen = ResendScreen(user_ids)
    async with opened(desk, screen) as pilot:
        await until(pilot, shows(pilot, "2000 users get a fresh code"))
        await pilot.press("enter")
        await until(pilot, lambda: len(screen.outcomes) > 2)
        await pilot.press("escape")
        await until(pilot, lambda: screen.done)
        await until(pilot, shows(pilot, "not tried"))
        assert 2 < len(screen.outcomes) < 2_000
        last = await desk.users.card(user_ids[-1])
        assert last.code is None
        first = await desk.users.card(user_ids[0])
        assert first.code is not None


# The user card.


async def test_the_card_tells_standing_next_step_address_code_and_mail_without_scrolling(
    desk: Desk, roster: Roster, database: Database, clock: Clock, keys: Keys
) -> None:
    user_id = await with_code(desk, roster)
    outbox = Outbox(database, clock, keys)
    (claimed,) = await outbox.claim(1, "test")
    await outbox.deferred(claimed.mail_id, "451 4.7.1 Greylisted, come back later")
    async with opened(desk, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "◑ unverified", "Nobody yet: It is tried again at"))
        assert shows(pilot, "CHAN Tai Man", user_id, "Harbour Securities 港灣證券")()
        assert shows(pilot, "tai.man@harbour.hk", "code no. 1, 09:30, tries left 5, expires 7 Feb 09:30")()
        assert shows(pilot, "◔ deferred", "451 4.7.1 Greylisted, come back later", "next attempt")()
        assert shows(pilot, "registered tai.man@harbour.hk", "issued code no. 1")()


async def test_the_card_shows_what_another_process_changed_and_keeps_its_scroll(
    desk: Desk, roster: Roster, database: Database, clock: HeldClock, keys: Keys
) -> None:
    user_id = await with_code(desk, roster)
    for _turn in range(8):
        clock.advance(timedelta(hours=3))
        await desk.verifications.resend(user_id)
    elsewhere = Database(database.url)
    other = Desk(elsewhere, clock, keys, desk.actor)
    async with opened(desk, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "code no. 9,"))
        pane = pilot.app.screen.query_one("#card")
        pane.scroll_to(y=6, animate=False)
        await pilot.pause()
        clock.advance(timedelta(hours=3))
        await other.verifications.resend(user_id)
        who = pilot.app.screen.query_one("#address", Static)
        await until(pilot, lambda: "code no. 10," in str(who.content))
        assert pane.scroll_offset.y == 6
    await elsewhere.close()


# The schedule.


async def test_the_schedule_shows_eight_milestones_their_windows_and_today(desk: Desk) -> None:
    async with opened(desk) as pilot:
        await pilot.press("3")
        await until(pilot, lambda: isinstance(pilot.app.screen, ScheduleScreen))
        await until(pilot, shows(pilot, "today 6 Feb 2023", "Dec 2022", "Jan 2023"))
        for milestone in await desk.schedule.milestones():
            assert shows(pilot, milestone.title, milestone.window)()
        assert shows(pilot, "DA registration", "1 Jan to 31 Mar 2023", "not begun")()
        await pilot.press("b")
        await until(pilot, shows(pilot, "'Declare begun' is not for your role (DA maker)."))


async def test_operations_declare_a_milestone_begun_only_after_a_yes(desk: Desk, desk_of: DeskOf) -> None:
    operations = desk_of(Role.OPERATIONS)
    async with opened(operations) as pilot:
        await pilot.press("3")
        await until(pilot, shows(pilot, "DA registration"))
        for answer in ("escape", "n"):
            await pilot.press("b")
            await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
            assert shows(pilot, "Registration of DAs' email address for 2FA", "opens DA registration")()
            await pilot.press(answer)
            await until(pilot, lambda: isinstance(pilot.app.screen, ScheduleScreen))
            assert (await operations.schedule.milestones())[1].begun_at is None
        await pilot.press("b", "y")
        await until(pilot, shows(pilot, "has begun", "DA registration"))
        assert (await operations.schedule.milestones())[1].begun_at is not None


async def test_what_comes_later_in_the_circular_is_refused_with_the_reason(
    desk: Desk, desk_of: DeskOf
) -> None:
    operations = desk_of(Role.OPERATIONS)
    async with opened(operations) as pilot:
        await pilot.press("3")
        await until(pilot, shows(pilot, "Commencement of parallel run"))
        pilot.app.screen.query_one(OptionList).highlighted = 5
        await pilot.press("b")
        await until(pilot, shows(pilot, "'Connectivity test' comes first"))
        assert isinstance(pilot.app.screen, ScheduleScreen)
        assert (await operations.schedule.milestones())[5].begun_at is None


@pytest.mark.parametrize("days", [-100, 400])
async def test_a_today_outside_the_programme_stands_at_the_edge(
    desk: Desk, clock: HeldClock, days: int
) -> None:
    clock.advance(timedelta(days=days))
    async with opened(desk, size=(120, 40)) as pilot:
        await pilot.press("3")
        await until(pilot, shows(pilot, "◂ today 29 Oct 2022" if days < 0 else "today 12 Mar 2024 ▸"))


# Mail.


async def test_operations_hold_release_and_retry_a_message(
    desk: Desk, roster: Roster, desk_of: DeskOf, database: Database, clock: HeldClock, keys: Keys
) -> None:
    user_id = await with_code(desk, roster)
    operations = desk_of(Role.OPERATIONS)

    async def state() -> MailState:
        return (await operations.users.card(user_id)).mails[0].state

    async with opened(operations) as pilot:
        await pilot.press("4")
        await until(pilot, shows(pilot, "○ queued", "code no. 1", "tai.man@harbour.hk", "1 waiting"))
        await pilot.press("h")
        await until(pilot, shows(pilot, "‖ held", "kept back by operations"))
        assert await state() is MailState.HELD
        await pilot.press("t")
        await until(pilot, shows(pilot, "The message is held, so this cannot be done"))
        await pilot.press("u")
        await until(pilot, shows(pilot, "The message is queued again"))
        assert await state() is MailState.QUEUED
        outbox = Outbox(database, clock, keys)
        (claimed,) = await outbox.claim(1, "test")
        await outbox.deferred(claimed.mail_id, "421 4.3.2 Try later")
        await until(pilot, shows(pilot, "◔ deferred", "421 4.3.2 Try later", "1 attempt"))
        await pilot.press("t")
        await until(pilot, shows(pilot, "tried again now"))
        assert await state() is MailState.QUEUED


async def test_a_maker_sees_the_fate_of_mail_but_may_not_steer_it(desk: Desk, roster: Roster) -> None:
    user_id = await with_code(desk, roster)
    async with opened(desk) as pilot:
        await pilot.press("4")
        await until(pilot, shows(pilot, "○ queued"))
        await pilot.press("h")
        await until(pilot, shows(pilot, "'Hold' is not for your role (DA maker)."))
        assert (await desk.users.card(user_id)).mails[0].state is MailState.QUEUED
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen))
        await until(pilot, shows(pilot, "CHAN Tai Man", "◑ unverified"))


async def test_mail_is_narrowed_by_state_and_esc_widens_it(
    desk: Desk, roster: Roster, desk_of: DeskOf
) -> None:
    await with_code(desk, roster)
    async with opened(desk) as pilot:
        await pilot.press("4")
        await until(pilot, shows(pilot, "○ queued"))
        await pilot.press("f")
        await until(pilot, lambda: isinstance(pilot.app.screen, MailFilter))
        await pilot.press("down", "enter")
        await until(pilot, shows(pilot, "0 messages", "only deferred", "No message is in that state"))
        await pilot.press("escape")
        await until(pilot, shows(pilot, "○ queued"))
        assert isinstance(pilot.app.screen, MailScreen)


# Help.


@pytest.mark.parametrize("place", ["participants", "users", "user", "schedule", "mail"])
async def test_help_tells_the_keys_of_its_place_and_every_standing(desk: Desk, place: str) -> None:
    async with opened(desk, HelpScreen(place), size=(100, 90)) as pilot:
        await until(pilot, shows(pilot, "Keys here", "Keys everywhere", *Standing, *MailState))
        if place == "schedule":
            assert shows(pilot, "'Declare begun' is not for your role (DA maker).")()
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, HelpScreen))


# Bad and hostile text.


@pytest.fixture
async def hostile(desk: Desk, roster: Roster, database: Database) -> str:
    """A user whose every word is hostile."""
    user_id = await with_code(desk, roster)
    async with database.writing() as connection:
        await connection.execute(update(Participant).values(name=HOSTILE))
        await connection.execute(
            update(CcmsUser).values(
                user_name=HOSTILE,
                active_email=HOSTILE,
                pending_email=HOSTILE,
                smartcard_serial=HOSTILE[:60],
            )
        )
        await connection.execute(update(Mail).values(to_email=HOSTILE, last_reply=HOSTILE, state="deferred"))
        newest = (await connection.execute(select(AuditEvent).order_by(AuditEvent.event_id.desc()))).first()
        assert newest is not None
        event = {**newest._mapping, "event_id": newest.event_id + 1, "action": HOSTILE[:48]}
        event["operator_id"] = HOSTILE[:64]
        await connection.execute(insert(AuditEvent), [event])
    return user_id


SCREENS: list[Callable[[str], Screen[Any]]] = [
    UserCardScreen,
    EditEmailScreen,
    EnterCodeScreen,
    lambda user_id: ResendScreen((user_id, HOSTILE)),
    lambda _user_id: MailScreen(),
    lambda _user_id: ConfirmScreen(HOSTILE, HOSTILE, HOSTILE),
]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
@pytest.mark.parametrize("make", SCREENS)
async def test_hostile_text_breaks_no_screen(
    desk: Desk, hostile: str, make: Callable[[str], Screen[Any]], size: tuple[int, int]
) -> None:
    async with opened(desk, make(hostile), size=size) as pilot:
        await until(pilot, lambda: not _loading(pilot))
        text = seen(pilot.app)
        assert not {"\x1b", "\x07", "\u202e", "\u2066", "\u200d"} & set(text)
        if not isinstance(pilot.app.screen, ResendScreen):
            assert "[/x] [bold]" in text


def _loading(pilot: Pilot[Any]) -> list[Any]:
    groups = {"load", "look", "look up"}
    return [each for each in pilot.app.workers if each.group in groups and not each.is_finished]


async def test_hostile_text_breaks_no_schedule(desk: Desk, database: Database) -> None:
    async with database.writing() as connection:
        await connection.exec_driver_sql(
            "UPDATE milestone SET title = ?, window = ?, opens = ?", (HOSTILE, HOSTILE, HOSTILE)
        )
    async with opened(desk) as pilot:
        await pilot.press("3")
        await until(pilot, shows(pilot, "[/x] [bold]"))


async def test_a_server_s_hostile_answer_is_told_as_text(
    desk: Desk, hostile: str, roster: Roster, clock: HeldClock
) -> None:
    clock.advance(timedelta(hours=2))
    async with opened(desk, ResendScreen((hostile,))) as pilot:
        await until(pilot, shows(pilot, "gets a fresh code"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "1 queued", "[/x] [bold]"))
