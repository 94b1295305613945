"""The cards of users, milestones and messages, help, and what is foreign or bad on them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import OptionList, Static

from screens.confirm import ConfirmScreen
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
from store.tables import AuditEvent, CcmsUser, Mail, Participant
from store.views import MailState, Role, Standing
from tests.at_the_desk import HOSTILE, backend, desk, opened, seen, shows, until
from tests.conftest import DeskOf, HeldClock, Roster
from tests.test_enter_code_screen import with_code

__all__ = ["backend", "desk"]


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
        await until(pilot, shows(pilot, "These come first", "'Connectivity test'."))
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
