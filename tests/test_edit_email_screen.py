"""An address is registered, changed or refused: what happened in the store, then what the screen says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from screens.dialog import AddressLine, Line
from screens.edit_email import EditEmailScreen
from screens.user_card import UserCardScreen
from store.database import Database
from store.desk import Desk
from store.views import Kind, MailState, Role
from tests.at_the_desk import CP, MAKER, backend, desk, opened, seen, shows, type_over, until
from tests.conftest import DeskOf, Roster

__all__ = ["backend", "desk"]


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
