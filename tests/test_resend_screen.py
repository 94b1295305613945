"""Fresh codes, to one user or many."""

from datetime import timedelta

from sqlalchemy import select

from screens.resend import ResendScreen
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.outbox import Outbox
from store.tables import AuditEvent
from store.views import Role, Standing
from tests.at_the_desk import CP, backend, desk, opened, seen, shows, until
from tests.conftest import DeskOf, HeldClock, Roster
from tests.test_enter_code_screen import with_code

__all__ = ["backend", "desk"]


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
