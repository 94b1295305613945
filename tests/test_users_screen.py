"""The users: found, filtered, sorted, selected."""

from collections.abc import Callable

import pytest

from ccms_tui.app import DeskApp
from screens.filter_picker import FilterPicker
from screens.user_card import UserCardScreen
from screens.users import UsersScreen
from screens.why import WhyScreen
from screens.widgets.search_box import SearchBox, SearchInput
from store.desk import Desk
from store.keys import Keys
from store.setup import initialise
from store.views import Role
from tests.conftest import HeldClock, Roster
from tests.people_listed import (
    Open,
    backend,
    names,
    open_desk,
    people,
    screen_text,
    settled,
    told,
    type_in,
    until,
    users_screen,
)

__all__ = ["backend", "open_desk", "people"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("小明", 2), ("mei.au", 1), ("P1U00002", 1), ("P2", 3), ("chan tai", 1), ("陳", 1)],
)
async def test_users_are_found_while_typing(open_desk: Open, typed: str, found: int) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("2", "slash")
        await type_in(pilot, typed)
        assert len(names(pilot)) == found
        assert "best match first" in screen_text(pilot)


@pytest.mark.parametrize(("role", "found"), [(Role.HELPDESK, []), (Role.DA_MAKER, ["FUNG Kit"])])
async def test_who_sees_addresses_masked_is_told_to_type_them_whole(
    role: Role, found: list[str], open_desk: Open
) -> None:
    async with open_desk(role, in_users=True) as pilot:
        await type_in(pilot, "it@bright.exampl")
        assert names(pilot) == found
        await type_in(pilot, "f")
        assert ("only when it is typed whole" in screen_text(pilot)) is (role is Role.HELPDESK)
        pilot.app.screen.query_one(SearchInput).value = ""
        await type_in(pilot, "kit@bright.example")
        assert names(pilot) == ["FUNG Kit"]


async def test_esc_clears_the_search_then_leaves_the_box(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await type_in(pilot, "nobody at all")
        assert "Nobody here matches 'nobody at all'." in screen_text(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert len(names(pilot)) == 10
        assert isinstance(pilot.app.focused, SearchInput)
        await pilot.press("escape")
        assert pilot.app.focused is users_screen(pilot).rows
        assert not users_screen(pilot).query_one(SearchBox).display


async def test_a_search_nobody_matches_under_the_filter_lifts_it(open_desk: Open) -> None:
    async with open_desk(Role.DA_MAKER) as pilot:
        assert "only not yet verified" in screen_text(pilot)
        await pilot.press("slash")
        await type_in(pilot, "AU Mei")
        assert names(pilot) == ["AU Mei 區美"]
        assert "filter lifted for this search" in screen_text(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert "only not yet verified" in screen_text(pilot)
        await type_in(pilot, "FUNG")
        assert names(pilot) == ["FUNG Kit"]
        assert "only not yet verified" in screen_text(pilot)


async def test_a_search_left_says_how_to_go_on_and_esc_keeps_the_cursor(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await type_in(pilot, "WU One")
        assert "/ to search again" not in screen_text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen), "the card")
        await pilot.press("escape")
        await until(pilot, lambda: "/ to search again" in screen_text(pilot), "the words standing back")
        await pilot.press("escape")
        await settled(pilot)
        assert len(names(pilot)) == 10
        row = users_screen(pilot).rows.cursor_row
        assert row is not None
        assert row.user_name == "WU One"


async def test_a_search_opened_again_is_replaced_by_what_is_typed(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await type_in(pilot, "WU One")
        await pilot.press("down", "slash", *"CHAN")
        assert users_screen(pilot).query_one(SearchInput).value == "CHAN"


async def test_w_answers_from_the_list_and_a_key_of_another_place_says_which(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await pilot.press("escape", "w")
        await until(pilot, lambda: isinstance(pilot.app.screen, WhyScreen), "the answer")
        await pilot.press("escape", "a")
        assert told(pilot) == ["'Approve' belongs to Approvals (5)."]


async def test_a_key_that_two_places_have_names_both(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("3", "s")
        await until(
            pilot, lambda: told(pilot) == ["'Sort' belongs to Participants (1) and Users (2)."], "both"
        )


async def test_the_keys_of_the_demo_do_nothing_at_a_real_desk(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        screen = pilot.app.screen
        await pilot.press("7", "f2", "4")
        await until(pilot, lambda: pilot.app.screen is not screen, "the mail")
        assert (pilot.app.current_mode, told(pilot)) == ("mail", [])


async def test_one_sentence_stands_at_a_time_and_a_warning_stays_behind(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await pilot.press("escape", "a", "b", "e", "t")
        assert [each.split("'")[1] for each in told(pilot)] == ["Retry"]
        await pilot.press("4")
        assert [each.split("'")[1] for each in told(pilot)] == ["Retry"]
        await pilot.press("2", "e")
        assert [each.split("'")[1] for each in told(pilot)] == ["Edit email"]
        await pilot.press("4")
        assert told(pilot) == []


async def test_down_in_the_search_box_goes_to_the_list(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await type_in(pilot, "小明")
        await pilot.press("down")
        assert pilot.app.focused is users_screen(pilot).rows
        assert "/  小明" in screen_text(pilot)


async def test_enter_in_the_search_box_opens_the_best_match(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await type_in(pilot, "P2U00009")
        await pilot.press("enter")
        await until(pilot, lambda: "WU One" in screen_text(pilot), "the card")
        assert not isinstance(pilot.app.screen, UsersScreen)


async def test_delegated_administrators_are_marked_where_their_kind_has_no_room(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS, in_users=True) as pilot:
        await type_in(pilot, "YIP Maker")
        await until(pilot, lambda: "YIP Maker" in screen_text(pilot), "the DA")
        marked = next(line for line in screen_text(pilot).splitlines() if "P1U" in line and "YIP" in line)
        assert " DA " in marked
        await pilot.resize_terminal(120, 30)
        await until(pilot, lambda: "DA maker" in screen_text(pilot), "the kind")


async def test_a_maker_is_told_who_enters_the_address_of_a_da(open_desk: Open) -> None:
    async with open_desk(Role.DA_MAKER, in_users=True) as pilot:
        await type_in(pilot, "YIP Maker")
        await until(pilot, lambda: len(names(pilot)) == 1, "the DA")
        await pilot.press("down", "e")
        sentence = "Operations enter a DA's address, from form DA 3, once that has begun (see w)."
        await until(pilot, lambda: told(pilot) == [sentence], "who enters it")
        await pilot.press("w")
        await until(pilot, lambda: "operations of the clearing house" in screen_text(pilot), "the same")
        await pilot.press("escape", "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, UsersScreen), "the card")
        pilot.app.clear_notifications()
        await until(pilot, lambda: "Next step" in screen_text(pilot), "the card")
        await pilot.press("e")
        await until(pilot, lambda: told(pilot) == [sentence], "the same on the card")


async def test_the_helpdesk_sees_addresses_masked(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        assert "m***@bright" in screen_text(pilot)
        assert "mei.au@" not in screen_text(pilot)


async def test_the_filter_shows_only_the_chosen_standings(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("2", "f")
        await until(pilot, lambda: isinstance(pilot.app.screen, FilterPicker), "the picker")
        assert "no email" in screen_text(pilot)
        await pilot.press("space", "down", "down", "space")
        await until(pilot, lambda: screen_text(pilot).count("[x]") == 2, "two chosen")
        assert "[ ] ◔ awaiting approval" in screen_text(pilot)
        assert "locked ones are counted under their standing too" in " ".join(
            screen_text(pilot).replace("▌", " ").split()
        )
        await pilot.press("enter")
        await settled(pilot)
        assert names(pilot) == ["CHAN Tai Man 陳大文", "LEE Siu Ming 李小明", "YIP Maker"]
        assert "only no email, undeliverable" in screen_text(pilot)
        await pilot.press("f")
        await until(pilot, lambda: isinstance(pilot.app.screen, FilterPicker), "the picker")
        await pilot.press("x")
        await settled(pilot)
        assert len(names(pilot)) == 10


async def test_locked_users_can_be_listed_alone(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("2", "f")
        await until(pilot, lambda: isinstance(pilot.app.screen, FilterPicker), "the picker")
        await pilot.press("end", "up", "enter")
        await settled(pilot)
        assert names(pilot) == ["MA Locked"]
        assert "⊘ locked" in screen_text(pilot)


async def test_locked_adds_to_the_chosen_standings(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("2", "f")
        await until(pilot, lambda: isinstance(pilot.app.screen, FilterPicker), "the picker")
        assert "Those of any word you choose" in screen_text(pilot)
        await pilot.press("space", "end", "up", "space", "enter")
        await settled(pilot)
        assert "MA Locked" in names(pilot)
        assert len(names(pilot)) > 1
        assert "only no email, locked" in screen_text(pilot)


async def test_sort_cycles_and_the_status_line_tells(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("2")
        await settled(pilot)
        assert "All users · 10 users · by name" in screen_text(pilot)
        await pilot.press("s", "s")
        await settled(pilot)
        assert "by participant" in screen_text(pilot)
        assert names(pilot)[-1] == "YU Two"


async def test_an_empty_desk_says_how_to_load_a_roster(
    roster: Roster, keys: Keys, clock: HeldClock, desk_of: Callable[..., Desk]
) -> None:
    await initialise(roster.database, clock, keys, "ops", "Ops")

    async def opener() -> Desk:
        return desk_of(Role.OPERATIONS)

    async with DeskApp(opener).run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "ccms-tui import roster.csv --apply" in screen_text(pilot), "the hint")
        await pilot.press("2")
        await until(pilot, lambda: "No users yet." in screen_text(pilot), "the hint for users")
