"""A verification code is entered."""

from datetime import timedelta

from screens.dialog import Line
from screens.enter_code import EnterCodeScreen
from screens.user_card import UserCardScreen
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.views import Standing
from tests.at_the_desk import CP, backend, code_of, desk, opened, shows, type_over, until
from tests.conftest import HeldClock, Roster

__all__ = ["backend", "desk"]


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
