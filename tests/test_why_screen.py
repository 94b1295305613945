"""Why can they not log on, as the panel over the user card says it, and what the desk shows of logons."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from screens.times import hk_date, hk_time
from screens.user_card import UserCardScreen
from screens.users import UsersScreen
from screens.why import WhyScreen
from store.database import Database
from store.desk import Desk
from store.tables import USERS, Milestone
from store.views import Kind, MailState
from tests.at_the_desk import CP, HOSTILE, backend, desk, opened, seen, shows, until
from tests.conftest import START, HeldClock, Roster
from tests.test_explain import CASES as EXPLAINED
from tests.test_explain import Code, add_code

__all__ = ["backend", "desk"]

DAY = timedelta(days=1)


async def begin(database: Database, clock: HeldClock, *milestones: str) -> None:
    async with database.writing() as connection:
        this = Milestone.milestone_id.in_(milestones)  # type: ignore[attr-defined]
        await connection.execute(update(Milestone).where(this).values(begun_at=clock.now()))


@pytest.fixture
async def parallel(desk: Desk, database: Database, clock: HeldClock, roster: Roster) -> Desk:
    """The maker's desk in the parallel run; the participant has a working checker beside the maker."""
    await begin(database, clock, "da-email", "parallel-start")
    await roster.user(CP, kind=Kind.DA_MAKER)
    await roster.user(CP, kind=Kind.DA_CHECKER)
    return desk


async def bounced_user(roster: Roster, name: str = "CHAN Tai Man") -> str:
    user_id = await roster.user(CP, name, pk=900, pending="x@bank.example", undeliverable=True)
    case = replace(EXPLAINED["mail bounced"], participant_id=CP)
    await add_code(roster, case, 900, Code(MailState.BOUNCED))
    return user_id


async def test_the_key_on_the_card_says_what_is_in_the_way_who_can_help_and_how(
    parallel: Desk, roster: Roster
) -> None:
    user_id = await bounced_user(roster)
    async with opened(parallel, UserCardScreen(user_id), (80, 30)) as pilot:
        await until(pilot, shows(pilot, "CHAN Tai Man", "w Why"))
        await pilot.press("w")
        await until(pilot, shows(pilot, "✗ Mail to x@bank.example was refused for good", "✗ Password"))
        text = seen(pilot.app)
        assert "no such [/x] user" in text
        assert f"Who can help: a DA maker of {CP}" in text
        assert "Ask for the right address" in text
        assert "Then: No regular password is set. (the user)" in text
        assert (
            text.index("✓ Phase") < text.index("✓ Lock") < text.index("! Address") < text.index("✗ Last mail")
        )
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen))


async def test_a_user_who_can_log_on_is_said_to(parallel: Desk, database: Database, roster: Roster) -> None:
    user_id = await roster.user(
        CP, active="a@b.example", verified_at=START, password_set_at=START, enrolled_at=START,
        smartcard_serial="SC1",
    )  # fmt: skip
    async with opened(parallel, WhyScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "✓ Nothing is in the way of logging on with two factors."))
        text = seen(pilot.app)
        assert text.count("✓ may log on") == 2
        assert "✗" not in text


async def test_what_was_taken_away_meanwhile_is_seen_to_be_gone(
    parallel: Desk, database: Database, roster: Roster
) -> None:
    user_id = await roster.user(CP, locked=True)
    screen = WhyScreen(user_id)
    async with opened(parallel, screen) as pilot:
        await until(pilot, shows(pilot, "✗ The user is locked"))
        async with database.writing() as connection:
            await connection.execute(update(USERS).values(locked=False))
        await screen.store_changed()
        await until(pilot, shows(pilot, "✗ No email address is registered.", "✓ Lock"))


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_the_panel_scrolls_and_its_keys_stay_in_sight(
    size: tuple[int, int], desk: Desk, roster: Roster
) -> None:
    await roster.user(CP, kind=Kind.DA_MAKER)
    await roster.user(CP, kind=Kind.DA_CHECKER)
    user_id = await bounced_user(roster)
    async with opened(desk, WhyScreen(user_id), size) as pilot:
        await until(pilot, shows(pilot, "✗ Mail to", "Who can help", "esc close"))
        await pilot.press("end")
        await until(pilot, shows(pilot, "Phone's clock", "esc close"))
        assert "– Phone's clock" in seen(pilot.app)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_foreign_text_is_shown_and_steers_nothing(
    size: tuple[int, int], parallel: Desk, roster: Roster
) -> None:
    user_id = await bounced_user(roster, HOSTILE)
    async with opened(parallel, WhyScreen(user_id), size) as pilot:
        await until(pilot, shows(pilot, "[/x] [bold]", "refused"))
        text = seen(pilot.app)
        assert not set("\x1b\x07\u202e\u2066") & set(text)
        assert all(len(line) <= size[0] for line in text.splitlines())


async def test_a_user_who_is_gone_closes_the_panel_with_a_sentence(parallel: Desk) -> None:
    async with opened(parallel, WhyScreen("NOBODY")) as pilot:
        await until(pilot, shows(pilot, "There is no user NOBODY"))
        assert not isinstance(pilot.app.screen, WhyScreen)


async def test_the_card_shows_the_last_logons(parallel: Desk, roster: Roster) -> None:
    user_id = await roster.user(CP, smartcard_logon_at=START - DAY)
    async with opened(parallel, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "Last logon", "by smartcard 5 Feb 09:30, never with 2FA"))


async def test_the_filter_lists_who_has_used_only_the_smartcard(parallel: Desk, roster: Roster) -> None:
    await roster.user(CP, "Only Card", smartcard_logon_at=START)
    await roster.user(CP, "Both Ways", smartcard_logon_at=START, two_factor_logon_at=START)
    async with opened(parallel, UsersScreen()) as pilot:
        await until(pilot, shows(pilot, "Only Card", "Both Ways"))
        await pilot.press("f")
        await until(pilot, shows(pilot, "▣ smartcard so far"))
        await pilot.press(*["down"] * 10, "enter")
        await until(pilot, shows(pilot, "only smartcard so far", "Only Card"))
        assert "Both Ways" not in seen(pilot.app)


async def test_a_mail_that_nothing_sends_is_said_to_wait_and_who_starts_it(
    parallel: Desk, roster: Roster, clock: HeldClock
) -> None:
    user_id = await roster.user(CP)
    version = (await parallel.users.card(user_id)).version
    await parallel.registrations.edit_email(user_id, "jo@harbour.hk", version=version)
    async with opened(parallel, WhyScreen(user_id)) as pilot:
        since = f"{hk_date(clock.now())} {hk_time(clock.now())}"
        await until(pilot, shows(pilot, "on its way", "nobody yet"))
    clock.advance(timedelta(minutes=6))
    async with opened(parallel, WhyScreen(user_id)) as pilot:
        words = f"on its way to the mail server, waiting since {since}."
        await until(pilot, lambda: words in " ".join(seen(pilot.app).replace("▌", " ").split()))
        await until(pilot, shows(pilot, "operations of the clearing house", "Start 'ccms-tui mail run'"))
