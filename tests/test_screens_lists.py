"""The shell and its lists, as people of each role use them, on a real database."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import col
from textual.command import CommandPalette
from textual.events import Key
from textual.pilot import Pilot

from ccms_tui.app import DeskApp
from ccms_tui.palette import DeskCommands
from ccms_tui.type_ahead import TypeAhead
from screens.base import DeskScreen
from screens.board import BoardScreen
from screens.filter_picker import FilterPicker
from screens.list_screen import ListScreen
from screens.lookup import LookupScreen
from screens.opening import OpeningScreen, TooSmallScreen
from screens.participants import ParticipantsScreen
from screens.sentences import explain_error
from screens.user_card import UserCardScreen
from screens.users import UsersScreen
from screens.why import WhyScreen
from screens.widgets.command_bar import CommandBar
from screens.widgets.search_box import SearchBox, SearchInput
from store.database import Database
from store.desk import Desk
from store.errors import DatabaseFault, StoreError
from store.keys import Keys
from store.setup import initialise
from store.tables import CcmsUser
from store.views import Kind, Operator, Role
from tests.conftest import HeldClock, Roster

PARTICIPANT = {Role.DA_MAKER: "P1", Role.DA_CHECKER: "P1", Role.HELPDESK: None, Role.OPERATIONS: None}
HOSTILE = ("[/x]", "[bold]bold", "\x1b[31mred\x1b[0m", "right\u202eleft", "陳大文 CHAN", "👩‍👩‍👧", "x" * 500)


@pytest.fixture
def backend() -> str:
    """What the screens show does not depend on the database behind the store."""
    return "sqlite"


@pytest.fixture
async def people(roster: Roster, keys: Keys, clock: HeldClock) -> Roster:
    """Two participants: P1 with seven users of several standings, P2 with three."""
    await initialise(roster.database, clock, keys, "ops", "Ops")
    await roster.participant("P1", "Bright Wealth Securities")
    await roster.participant("P2", "金富證券有限公司")
    soon = clock.now() + timedelta(hours=1)
    await roster.insert(
        [
            roster.row("P1", "AU Mei 區美", active="mei.au@bright.example", verified_at=clock.now()),
            roster.row("P1", "CHAN Tai Man 陳大文"),
            roster.row("P1", "FUNG Kit", pending="kit@bright.example", code_expires_at=soon),
            roster.row("P1", "HO Late", pending="late@bright.example", code_expires_at=clock.now()),
            roster.row("P1", "LEE Siu Ming 李小明", pending="ming@bright.example", undeliverable=True),
            roster.row("P1", "MA Locked", active="ma@bright.example", locked=True),
            roster.row("P1", "YIP Maker", kind=Kind.DA_MAKER),
            roster.row("P2", "WONG 李小明", active="wong@gold.example"),
            roster.row("P2", "WU One", active="wu@gold.example"),
            roster.row("P2", "YU Two", active="yu@gold.example"),
        ]
    )
    return roster


Open = Callable[..., Any]


@pytest.fixture
def open_desk(desk_of: Callable[..., Desk], people: Roster) -> Open:
    """`async with open_desk(role, size=...) as pilot:` the desk as it stands after opening.

    `in_users` goes on to the search box of the users' list, where the helpdesk does not land; operations go
    on to the participants unless they `stay` where they land.
    """

    @asynccontextmanager
    async def opened(
        role: Role,
        size: tuple[int, int] = (80, 24),
        *,
        in_users: bool = False,
        stay: bool = False,
        **options: Any,
    ) -> AsyncIterator[Pilot[None]]:
        async def opener() -> Desk:
            return desk_of(role, PARTICIPANT[role])

        app = DeskApp(opener, **options)
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: app.ready and app.phase is not None, "the desk open")
            await until(pilot, lambda: landed(app), "the landing screen's rows")
            await settled(pilot)
            if role is Role.OPERATIONS and not stay and not isinstance(app.screen, TooSmallScreen):
                await pilot.press("1")
                await until(pilot, lambda: landed(app), "the participants")
                await settled(pilot)
            if in_users:
                await pilot.press("escape", "2", "slash")
                await settled(pilot)
            yield pilot

    return opened


def landed(app: DeskApp) -> bool:
    """Whether the screen that the role lands on has its rows, or is covered."""
    screen = app.screen
    if isinstance(screen, BoardScreen):
        return screen.list._loaded
    return isinstance(screen, TooSmallScreen) or (isinstance(screen, ListScreen) and screen.rows._loaded)


async def until(pilot: Pilot[None], condition: Callable[[], bool], what: str) -> None:
    """Wait until something holds; the live watch needs real time, so this pauses in small steps."""
    for _ in range(400):
        await pilot.pause(0.01)
        if condition():
            return
    pytest.fail(f"never: {what}\n{screen_text(pilot)}")


async def settled(pilot: Pilot[None]) -> None:
    """Wait until no look at the store is under way."""
    busy = {"look", "filter", "open"}
    await until(
        pilot,
        lambda: (
            not getattr(pilot.app.screen, "_wanted", False)
            and not any(worker.group in busy for worker in pilot.app.workers)
        ),
        "settled",
    )
    await pilot.pause()


def screen_text(pilot: Pilot[None]) -> str:
    """The screen in front as plain lines."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in strips)


def shell(pilot: Pilot[None]) -> DeskApp:
    app = pilot.app
    assert isinstance(app, DeskApp)
    return app


def users_screen(pilot: Pilot[None]) -> UsersScreen:
    screen = pilot.app.screen
    assert isinstance(screen, UsersScreen)
    return screen


def names(pilot: Pilot[None]) -> list[str]:
    """The second column of the users in front."""
    rows = users_screen(pilot).rows
    return [row.user_name for index in range(rows.count) if (row := rows._pages.row(index)) is not None]


def told(pilot: Pilot[None]) -> list[str]:
    return [notification.message for notification in pilot.app._notifications]


async def type_in(pilot: Pilot[None], words: str) -> None:
    pilot.app.screen.query_one(SearchInput).insert_text_at_cursor(words)
    await settled(pilot)


# Opening.


def test_importing_the_shell_loads_no_database_and_no_settings_library() -> None:
    heavy = (
        "('sqlalchemy', 'sqlmodel', 'pydantic', 'alembic', 'aiosmtplib', 'cryptography', 'email_validator')"
    )
    program = f"import sys, ccms_tui.app; sys.exit(bool([name for name in {heavy} if name in sys.modules]))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def test_the_frame_stands_while_the_store_is_still_opening(
    people: Roster, desk_of: Callable[..., Desk]
) -> None:
    may_open = asyncio.Event()

    async def opener() -> Desk:
        await may_open.wait()
        return desk_of(Role.OPERATIONS)

    app = DeskApp(opener)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1", "slash", "e")
        text = screen_text(pilot)
        assert "CCMS 2FA registration desk" in text
        assert "1 CPs" in text
        assert "? Help" in text
        assert "opening" in text
        may_open.set()
        await until(pilot, lambda: isinstance(app.screen, BoardScreen), "the landing screen")


async def test_a_database_that_cannot_be_used_is_told_with_its_remedy_and_q_leaves() -> None:
    async def opener() -> Desk:
        raise DatabaseFault("missing", "/srv/[/x]/desk.db")

    app = DeskApp(opener)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "cannot open" in screen_text(pilot), "the fault")
        assert "/srv/[/x]/desk.db" in screen_text(pilot)
        assert "ccms-tui init" in " ".join(screen_text(pilot).split())
        await pilot.press("q")
    assert app.return_code == 0


async def test_each_role_lands_where_its_work_is(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS, stay=True) as pilot:
        assert isinstance(pilot.app.screen, BoardScreen)
        assert "Users verified" in screen_text(pilot)
    async with open_desk(Role.HELPDESK) as pilot:
        assert isinstance(pilot.app.screen, LookupScreen)
        assert isinstance(pilot.app.focused, SearchInput)
    async with open_desk(Role.DA_MAKER) as pilot:
        assert names(pilot) == [
            "CHAN Tai Man 陳大文",
            "FUNG Kit",
            "HO Late",
            "LEE Siu Ming 李小明",
            "YIP Maker",
        ]
    async with open_desk(Role.DA_CHECKER) as pilot:
        assert "0 changes wait for you" in screen_text(pilot)


async def test_the_header_tells_who_is_signed_in_and_the_phase(open_desk: Open) -> None:
    async with open_desk(Role.DA_MAKER) as pilot:
        lines = screen_text(pilot).splitlines()
        assert "DA maker · P1" in lines[0]
        assert "user registration" in lines[0] + lines[1]


# Participants.


async def test_participants_who_need_attention_come_first_and_sort_cycles(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS, size=(120, 40)) as pilot:
        screen = pilot.app.screen
        assert [row.participant_id for row in screen.listed] == ["P1", "P2"]
        assert "✗ 1 undeliverable" in screen_text(pilot)
        await pilot.press("s", "s", "s")
        await settled(pilot)
        assert [row.participant_id for row in screen.listed] == ["P1", "P2"]
        assert "by share verified" in screen_text(pilot)


async def test_participants_are_filtered_and_searched(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("f")
        await settled(pilot)
        assert "1 of 2 participants · 7 users · needs attention" in screen_text(pilot)
        await pilot.press("f", "f", "slash")
        await type_in(pilot, "金富")
        assert [row.participant_id for row in pilot.app.screen.listed] == ["P2"]
        await type_in(pilot, "x[/")
        assert "No participant has '金富x[/' in its name or ID." in screen_text(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert len(pilot.app.screen.listed) == 2


async def test_enter_opens_the_users_of_a_participant_and_esc_comes_back_to_it(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("down", "enter")
        await settled(pilot)
        assert len(names(pilot)) == 3
        assert "P2 金富證券有限公司" in screen_text(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen.rows.cursor_key == "P2"


# Users.


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


# Live.


async def test_a_change_by_another_process_appears_and_the_cursor_stays_on_its_row(
    open_desk: Open, people: Roster, database_url: str
) -> None:
    other = Database(database_url)
    try:
        async with open_desk(Role.OPERATIONS) as pilot:
            await pilot.press("2")
            await settled(pilot)
            await pilot.press("down", "down", "space")
            rows = users_screen(pilot).rows
            key, chosen = rows.cursor_key, rows.selection
            people.database = other
            await people.user("P1", "AARON First")
            await until(pilot, lambda: "AARON First" in screen_text(pilot), "the new user")
            assert rows.cursor_key == key
            assert rows.selection == chosen
            async with other.writing() as connection:
                await connection.execute(
                    update(CcmsUser).where(col(CcmsUser.user_id) == key).values(user_name="RENAMED Person")
                )
            await until(pilot, lambda: "RENAMED Person" in screen_text(pilot), "the new name")
    finally:
        await other.close()


async def test_a_change_by_another_process_leaves_what_is_being_typed(
    open_desk: Open, people: Roster, database_url: str
) -> None:
    other = Database(database_url)
    try:
        async with open_desk(Role.HELPDESK, in_users=True) as pilot:
            await type_in(pilot, "小明")
            async with other.writing() as connection:
                await connection.execute(delete(CcmsUser).where(col(CcmsUser.user_name) == "WONG 李小明"))
            await until(pilot, lambda: len(names(pilot)) == 1, "one match fewer")
            assert pilot.app.screen.query_one(SearchInput).value == "小明"
            assert isinstance(pilot.app.focused, SearchInput)
    finally:
        await other.close()


async def test_a_screen_left_behind_catches_up_when_it_comes_back(
    open_desk: Open, people: Roster, database_url: str
) -> None:
    other = Database(database_url)
    try:
        async with open_desk(Role.OPERATIONS) as pilot:
            await pilot.press("2")
            await settled(pilot)
            people.database = other
            await people.participant("P3", "Third House")
            changes = shell(pilot).changes
            await until(pilot, lambda: shell(pilot).changes > changes, "the change seen")
            await pilot.press("1")
            await until(pilot, lambda: "Third Ho…" in screen_text(pilot), "the new participant")
    finally:
        await other.close()


class Brittle(DeskScreen[None]):
    """A screen that cannot show what changed while it is `broken`."""

    broken = False
    shown = 0

    async def store_changed(self) -> None:
        if self.broken:
            raise RuntimeError("on purpose")
        self.shown += 1


async def test_a_screen_that_cannot_show_a_change_is_told_once_and_shows_it_when_it_can(
    open_desk: Open, people: Roster, database_url: str
) -> None:
    other = Database(database_url)
    people.database = other
    try:
        async with open_desk(Role.OPERATIONS) as pilot:
            screen = Brittle()
            await pilot.app.push_screen(screen)
            screen.broken = True
            changes = shell(pilot).changes
            await people.participant("P3")
            await until(pilot, lambda: shell(pilot).changes >= changes + 2, "more than one try")
            assert told(pilot) == [explain_error(StoreError())]
            screen.broken = False
            await until(pilot, lambda: screen.shown == 1, "the change shown")
            await people.participant("P4")
            await until(pilot, lambda: screen.shown == 2, "the next change shown")
            assert told(pilot) == [explain_error(StoreError())]
    finally:
        await other.close()


# Keys.


async def test_a_key_of_another_role_is_not_in_the_foot_and_says_why(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await pilot.press("escape", "e")
        assert any("Edit email" in sentence and "Helpdesk" in sentence for sentence in told(pilot))
        bar = pilot.app.screen.query_one(CommandBar)
        assert not {"edit_email", "enter_code"} & {item.command.name for item in bar.items()}
        assert all(item.allowed for item in bar.items())


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("role", list(Role))
async def test_the_command_bar_fits_and_always_offers_help(
    open_desk: Open, role: Role, size: tuple[int, int]
) -> None:
    async with open_desk(role, size=size) as pilot:
        await pilot.press("escape", "2")
        await settled(pilot)
        bar = pilot.app.screen.query_one(CommandBar)
        items = bar.items()
        assert sum(item.width for item in items) + 2 * (len(items) - 1) <= bar.size.width
        assert "help" in {item.command.name for item in items}
        last = screen_text(pilot).splitlines()[-1]
        assert "? Help" in last


async def test_clicking_the_bar_and_the_tabs_does_what_their_keys_do(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        tabs = screen_text(pilot).splitlines()[1]
        await pilot.click("HeaderStrip", offset=(tabs.index("2 User"), 1))
        await settled(pilot)
        assert isinstance(pilot.app.screen, UsersScreen)
        line = screen_text(pilot).splitlines()[-1]
        await pilot.click(CommandBar, offset=(line.index("Search"), 0))
        assert isinstance(pilot.app.focused, SearchInput)


async def test_keys_can_be_remapped(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS, keymap={"sort": "o"}) as pilot:
        await pilot.press("o")
        await settled(pilot)
        assert "by name" in screen_text(pilot)
        assert "o Sort" in screen_text(pilot)


async def test_the_palette_lists_only_commands_the_role_may_use(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        provider = DeskCommands(pilot.app.screen)
        offered = {str(hit.display) async for hit in provider.discover()}
        assert "Resend  (r)" in offered
        assert not any("Edit email" in words or "creenshot" in words or "heme" in words for words in offered)
        await pilot.press("ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)


async def test_keys_of_the_library_that_write_files_or_suspend_are_gone(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("ctrl+q", "ctrl+z")
        assert pilot.app.is_running
        await pilot.press("ctrl+c")
        assert told(pilot) == ["Press q to leave the desk."]
        actions = {binding.action for _key, binding in pilot.app._bindings}
        assert actions == {"say_how_to_leave"}


# Windows and text.


async def test_a_window_too_small_is_covered_and_nothing_is_lost(open_desk: Open) -> None:
    async with open_desk(Role.HELPDESK, in_users=True) as pilot:
        await type_in(pilot, "小明")
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: isinstance(pilot.app.screen, TooSmallScreen), "the cover")
        assert "This window is too small" in screen_text(pilot)
        await pilot.resize_terminal(100, 30)
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen), "the desk again")
        assert pilot.app.screen.query_one(SearchInput).value == "小明"
        assert len(names(pilot)) == 2


async def test_a_desk_opened_in_a_small_window_comes_up_when_it_grows(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS, size=(40, 10)) as pilot:
        assert "This window is too small" in screen_text(pilot)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: isinstance(pilot.app.screen, BoardScreen), "the landing")
        await pilot.press("q")
    assert pilot.app.return_code == 0


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_hostile_names_neither_break_nor_steer_the_lists(
    open_desk: Open, people: Roster, size: tuple[int, int]
) -> None:
    await people.insert([people.row("P1", name, pending=f"{name[:20]}@x.example") for name in HOSTILE])
    await people.participant("P[/x]", "\x1b[31m[/red]\u202e 金")
    await people.insert([people.row("P[/x]", "Only One")])
    async with open_desk(Role.OPERATIONS, size=size) as pilot:
        await pilot.press("end", "enter")
        await settled(pilot)
        await pilot.press("escape", "2", "slash")
        await type_in(pilot, "[/x]\x1b\u202e")
        assert all(char.isprintable() or char == "\n" for char in screen_text(pilot))
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert len(names(pilot)) == 18
        assert all(char.isprintable() or char == "\n" for char in screen_text(pilot))


async def test_a_list_too_long_to_keep_is_walked_from_end_to_end(open_desk: Open, people: Roster) -> None:
    await people.insert([people.row("P2", f"Zed {number:05}") for number in range(6000)])
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("end")
        await until(pilot, lambda: "Zed 05999" in screen_text(pilot), "the last row")
        await pilot.press("pageup", "pageup", "home")
        await until(pilot, lambda: "AU Mei 區美" in screen_text(pilot), "the first row")


async def test_the_opening_screen_is_left_behind_for_good(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        await pilot.press("escape", "escape")
        assert not isinstance(pilot.app.screen, OpeningScreen)


async def test_the_demo_shows_its_mark_and_its_clock(desk_of: Callable[..., Desk], people: Roster) -> None:
    class Demo:
        role = None
        began = None

        def picker(self) -> Any:
            from textual.screen import ModalScreen

            class Picker(ModalScreen[str]):
                def on_mount(self) -> None:
                    self.dismiss("operations")

            return Picker()

        async def enter(self, role: str) -> Desk:
            desk = desk_of(Role(role))
            return Desk(people.database, desk.clock, Keys(b"x" * 32), Operator("lo", "LO Ka Yan", Role(role)))

        def caught(self) -> Any:
            return ParticipantsScreen()

    async def never() -> Desk:
        pytest.fail("a demo opens its own desk")

    app = DeskApp(never, demo=Demo())  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.ready and app.phase is not None, "the demo open")
        await settled(pilot)
        first, second, *_rest = screen_text(pilot).splitlines()
        assert "DEMO · clock at 6 Feb 2023 09:30 HKT" in first
        assert "Operations · LO Ka Yan" in first
        assert "7 Caught" in second
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, BoardScreen), "in again")


async def test_a_burst_of_keys_is_taken_in_order(open_desk: Open) -> None:
    async with open_desk(Role.OPERATIONS) as pilot:
        for key in ("2", "slash", *"lee siu", "enter"):
            pilot.app.post_message(Key(key, "/" if key == "slash" else key if len(key) == 1 else None))
        await until(
            pilot,
            lambda: any(isinstance(screen, UserCardScreen) for screen in pilot.app.screen_stack),
            "the card",
        )
        await until(pilot, lambda: "LEE Siu Ming" in screen_text(pilot), "who it is")


async def test_a_fault_in_taking_keys_in_turn_is_told_and_the_next_key_works(
    open_desk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_self: TypeAhead) -> None:
        raise RuntimeError("on purpose")

    async with open_desk(Role.OPERATIONS) as pilot:
        with monkeypatch.context() as broken:
            broken.setattr(TypeAhead, "_finish", fail)
            pilot.app.post_message(Key("down", None))
            await until(pilot, lambda: told(pilot) == [explain_error(StoreError())], "the fault told")
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen), "the next key's screen")
