"""The board on the screen: what it says now and of the past, whom it lists, what foreign text does."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot

from ccms_tui.app import DeskApp
from ccms_tui.demo.cast import START
from ccms_tui.demo.stage import Demo
from screens import board as board_module
from screens import board_words as words
from screens.board import BoardScreen
from screens.board_parts import days_before
from screens.burn_up_plot import draw
from screens.cutover import CutoverScreen
from screens.users import UsersScreen
from screens.widgets.large_digits import GLYPHS, best_scale, height_of, large, width_of
from screens.widgets.slider import slider_line
from store.audit import Progress
from store.board import BoardFigures
from store.contacts import Contact
from store.desk import Desk
from store.rules.burn_up import BurnUp, burn_up
from store.rules.day_counts import DayCounts
from store.rules.goals import Goal
from store.rules.progress import FirmProgress
from store.schedule import MILESTONES
from store.setup import initialise
from store.views import Kind, Role, Standing
from tests.at_the_desk import opened, seen, shows, until
from tests.conftest import DeskOf, HeldClock, Roster

HOSTILE = "[/x] \u202eright\u202c \x1b[31m 陳大文"
TODAY = date(2023, 2, 6)
SIZES = ((80, 24), (120, 40), (200, 60))


@pytest.fixture
def backend() -> str:
    """What the screens show does not depend on the database behind the store."""
    return "sqlite"


async def come_in(pilot: Pilot[Any], app: DeskApp) -> BoardScreen:
    await until(pilot, lambda: app.ready and isinstance(app.screen, BoardScreen) and app.screen.days)
    assert isinstance(app.screen, BoardScreen)
    return app.screen


def demo_app(role: str = "operations") -> tuple[Demo, DeskApp]:
    demo = Demo(next(each for each in Demo.roles if each.name == role))
    demo.clock = HeldClock(START)
    return demo, DeskApp(lambda: demo.enter(demo.roles[0]), demo=demo)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_operations_land_on_the_board_and_every_figure_fits(size: tuple[int, int]) -> None:
    demo, app = demo_app()
    async with app.run_test(size=size) as pilot:
        await come_in(pilot, app)
        expected = (
            "Phase: user registration", "Registration of DAs' email address for 2FA", "39 working days left",
            "Users verified", "752 of 2,400", "+72 in seven days", "Participants", "of 60 ready", "Approvals",
            "oldest 6 d", "Mail waiting", "✓ moving", "! 110 trouble", "Calls today", "1 overdue",
            "✗ too late", "Finish: P50", "P90", "a working day, needs", "500 random redraws",
            "19 Dec 2022",
        )  # fmt: skip
        await until(pilot, shows(pilot, *expected))
    await demo.close()


async def test_the_days_go_back_and_forth_and_the_past_is_said_to_be_the_past() -> None:
    demo, app = demo_app()
    async with app.run_test(size=(80, 24)) as pilot:
        board = await come_in(pilot, app)
        await pilot.press("left", "left", "left")
        await until(pilot, shows(pilot, "THE PAST", "Fri 3 Feb 2023", "not known", "◆"))
        assert "✓ moving" not in seen(app), "nobody knows the mail of the past"
        await pilot.press("left")
        await until(pilot, shows(pilot, "Thu 2 Feb 2023"))
        assert board.figures is not None
        counted = next(each for each in board.days if each.day == date(2023, 2, 2))
        for firm in board.figures.firms:
            there = {word: n for word, n in counted.by_participant[firm.participant_id].standing.items() if n}
            assert {word: n for word, n in firm.standing.items() if n} == there
        await pilot.press("right")
        await until(pilot, shows(pilot, "Fri 3 Feb 2023"))
        await pilot.press("n")
        await until(pilot, lambda: "THE PAST" not in seen(app) and "✓ moving" in seen(app))
        await pilot.press("left")
        await until(pilot, shows(pilot, "THE PAST"))
        await pilot.press("right")
        await until(pilot, lambda: "THE PAST" not in seen(app))
        assert board.day is None
    await demo.close()


async def test_what_changes_meanwhile_does_not_make_the_counting_of_the_days_begin_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_end, begun = asyncio.Event(), []

    async def slowly(desk: Desk, live: BoardFigures, progress: Progress) -> tuple[DayCounts, ...]:
        begun.append(live.as_of)
        progress(2, 5)
        await may_end.wait()
        return await days_before(desk, live)

    monkeypatch.setattr(board_module, "days_before", slowly)
    demo, app = demo_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.ready and isinstance(app.screen, BoardScreen) and bool(begun))
        board = app.screen
        assert isinstance(board, BoardScreen)
        for _turn in range(3):
            await board.store_changed()
            await pilot.pause()
        await until(pilot, shows(pilot, "The days before today are being counted: 40%"))
        await pilot.press("left")
        await until(pilot, shows(pilot, "still being counted; one moment"))
        may_end.set()
        await until(pilot, lambda: bool(board.days))
    assert len(begun) == 1
    await demo.close()


async def test_a_phase_change_that_waits_is_told_and_lists_of_the_past_are_not_offered() -> None:
    demo, app = demo_app()
    async with app.run_test(size=(80, 24)) as pilot:
        board = await come_in(pilot, app)
        assert board.live is not None
        board.live = replace(board.live, phase_changes=1)
        board.draw()
        await until(pilot, shows(pilot, "+1 phase (3)"))
        await pilot.press("left")
        await until(pilot, shows(pilot, "THE PAST"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Lists show the present; press n first."))
        assert app.screen is board
    await demo.close()


async def test_before_the_roster_there_is_nothing_to_show_and_that_is_said(
    roster: Roster, keys: Any, clock: HeldClock, desk_of: DeskOf
) -> None:
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    async with opened(desk_of(Role.OPERATIONS)) as pilot:
        await until(pilot, shows(pilot, "No users yet", "Nobody yet: ccms-tui import roster.csv --apply"))
        await pilot.press("left")
        await until(pilot, shows(pilot, "Nothing is known of the days before"))


async def test_the_cursor_chooses_whose_burn_up_is_drawn_and_enter_shows_who_misses_the_goal() -> None:
    demo, app = demo_app()
    async with app.run_test(size=(120, 40)) as pilot:
        board = await come_in(pilot, app)
        await pilot.press("down")
        await until(pilot, shows(pilot, "register 64 addresses: DA maker"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, UsersScreen))
        await until(pilot, shows(pilot, "Crane Ledger"))
        assert board.wanted is Goal.VERIFIED
    await demo.close()


async def test_g_counts_the_next_goal_and_i_simulates_the_cut_over() -> None:
    demo, app = demo_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await come_in(pilot, app)
        await pilot.press("g")
        await until(pilot, shows(pilot, "Users enrolled", "31 of 2,400", "by 1 Apr 2023"))
        await pilot.press("g")
        await until(pilot, shows(pilot, "Users proven", "13 of 2,400", "by 16 May 2023"))
        await pilot.press("i")
        await until(pilot, lambda: isinstance(app.screen, CutoverScreen))
    await demo.close()


@pytest.mark.parametrize("role", ["maker", "checker", "helpdesk"])
async def test_everybody_has_the_board_of_what_they_may_see(role: str) -> None:
    demo, app = demo_app(role)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.ready)
        await pilot.press("escape", "9")
        board = await come_in(pilot, app)
        assert board.live is not None
        own = app.desk.actor.participant_id
        assert len(board.live.firms) == (1 if own else 60)
        assert (board.live.hotline is None) is (role != "helpdesk")
    await demo.close()


async def test_what_changes_is_on_the_board_at_once_and_a_day_of_the_past_stays(
    roster: Roster, keys: Any, clock: HeldClock, desk_of: DeskOf
) -> None:
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    await roster.participant("P1")
    await roster.user("P1", active="a@p1.example", verified_at=clock.now())
    async with opened(desk_of(Role.OPERATIONS)) as pilot:
        await until(pilot, shows(pilot, "1 of 1"))
        await roster.user("P1")
        await until(pilot, shows(pilot, "1 of 2"))


async def test_foreign_text_neither_styles_nor_moves_the_board(
    roster: Roster, keys: Any, clock: HeldClock, desk_of: DeskOf
) -> None:
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    await roster.participant("P1", HOSTILE)
    await roster.user("P1")
    await roster.user("P1", HOSTILE, kind=Kind.DA_MAKER)
    async with opened(desk_of(Role.OPERATIONS), size=(200, 40)) as pilot:
        await pilot.press("down")
        await until(pilot, shows(pilot, "[/x] ·right· ·[31m 陳大文", "register 1 address: DA maker"))
        await until(pilot, shows(pilot, "Ring: [/x] ·right· ·[31m 陳大文 (maker) · no number on file"))
        assert "\x1b" not in seen(pilot.app)


# What is drawn and said of constructed figures.


def of(done: int, total: int, numbers: list[int] | None = None) -> BurnUp:
    """One participant with these users; `numbers` were verified on the days before today, oldest first."""
    firm = FirmProgress(
        "C1", "Firm", {(Kind.USER, Standing.VERIFIED): done, (Kind.USER, Standing.NO_EMAIL): total - done}
    )
    days, reached = [], done - sum(numbers or [])
    for number, added in enumerate(numbers or []):
        day = TODAY - timedelta(days=len(numbers or []) - number)
        reached += added
        counts = {Standing.VERIFIED: reached}
        then = FirmProgress("C1", "Firm", {(Kind.USER, Standing.VERIFIED): reached})
        days.append(DayCounts(day, datetime(2023, 1, 1, tzinfo=UTC), counts, {"C1": then}))
    return burn_up(Goal.VERIFIED, [firm], days, MILESTONES, TODAY)


def test_a_plot_without_users_is_a_sentence() -> None:
    assert draw(of(0, 0), 60, 12).plain == "No users yet: nothing to draw."


@pytest.mark.parametrize("size", [(24, 4), (30, 8), (70, 22), (160, 40)])
@pytest.mark.parametrize("burn", [of(0, 5), of(5, 5, [1] * 20), of(40, 90, [2] * 20), of(1, 100_000, [1])])
def test_a_plot_keeps_within_its_cells(size: tuple[int, int], burn: BurnUp) -> None:
    lines = draw(burn, *size).split("\n")
    assert len(lines) == size[1]
    assert all(line.cell_length <= size[0] for line in lines)


@pytest.mark.parametrize(
    ("burn", "said"),
    [
        (of(0, 0), "Nobody yet: ccms-tui import roster.csv --apply"),
        (of(5, 5), "Done: everybody has reached it."),
        (of(3, 5, [1] * 3), "Too little history for a forecast: 0 of 5 working days."),
        (of(3, 50, [0] * 20), "Not at this pace: no end within a year."),
    ],
)
def test_where_there_is_no_forecast_one_sentence_says_why(burn: BurnUp, said: str) -> None:
    assert words.expected_words(burn) == said


@pytest.mark.parametrize(
    ("burn", "word"),
    [
        (of(90, 100, [2] * 30), "on time"),
        (of(60, 100, [0, 0, 0, 0, 0, 0, 5] * 5), "tight"),
        (of(60, 900, [1] * 30), "too late"),
        (of(60, 60), "on time"),
    ],
)
def test_the_outlook_is_a_glyph_and_a_word(burn: BurnUp, word: str) -> None:
    look = words.outlook(burn)
    assert look is not None
    assert look.word == word
    assert look.glyph


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2022, 12, 20), "6 to 67 working days left"),
        (date(2023, 2, 6), "its window is open, 39 working days left"),
        (date(2023, 4, 3), "1 working day past its window"),
    ],
)
def test_the_working_days_to_a_window_are_said_before_in_and_after_it(today: date, said: str) -> None:
    assert words.days_left(MILESTONES[1], today) == said


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2023, 2, 6), "+3 since Friday"),
        (date(2023, 2, 7), "+1 since yesterday"),
        (date(2023, 2, 5), "+2 since Friday"),
        (date(2023, 1, 26), "+6 since Friday"),
        (date(2023, 4, 11), "+5 since Thursday"),
    ],
)
def test_the_trend_is_since_the_last_working_day_and_says_which(today: date, said: str) -> None:
    firm = FirmProgress("C1", "Firm", {(Kind.USER, Standing.VERIFIED): 100})
    days = []
    for back in range(1, 20):
        counts = {Standing.VERIFIED: 100 - back}
        day = today - timedelta(days=back)
        days.append(DayCounts(day, datetime(2023, 1, 1, tzinfo=UTC), counts, {"C1": counts}))
    days.reverse()
    assert words.since_words(burn_up(Goal.VERIFIED, [firm], days, MILESTONES, today)) == (
        said,
        "+7 in seven days",
    )


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from([None, "+852 2979 7222"]))
def test_whom_to_ring_fits_the_line_and_the_number_is_never_cut(
    maker: str, checker: str, phone: str | None
) -> None:
    said = words.ring_words(Contact(maker or None, checker or None, phone), 78)
    assert cell_len(said) <= 78
    assert said.endswith(phone or "no number on file")


def test_whom_to_ring_is_the_maker_first() -> None:
    both = Contact("CHAN Tai Man 陳大文", "LEE", "+852 2979 7222")
    assert words.ring_words(both, 78) == "Ring: CHAN Tai Man 陳大文 (maker), LEE (checker) · +852 2979 7222"
    assert words.ring_words(Contact(None, "LEE", None), 78) == "Ring: LEE (checker) · no number on file"
    assert words.ring_words(Contact(None, None, None), 78) == "Ring: no DA on file · no number on file"


async def test_the_laggard_under_the_cursor_says_whom_to_ring_at_80_cells_and_the_list_at_200() -> None:
    demo, app = demo_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await come_in(pilot, app)
        await pilot.press("down")
        await until(pilot, shows(pilot, "Ring: Choi Yuk Pui", "(checker) · +852 3155 3464"))
        await pilot.resize_terminal(200, 60)
        await until(pilot, shows(pilot, "Ring: Choi", "P50/P90", "+852 3111 5028 Leung Pui"))
    await demo.close()


@pytest.mark.parametrize("scale", [1, 2, 3, 7])
@pytest.mark.parametrize("figure", ["0", "1,234", "97%", "–", "12:30", "0123456789"])
def test_a_large_figure_is_as_large_as_it_says(figure: str, scale: int) -> None:
    lines = large(figure, scale)
    assert len(lines) == height_of(scale)
    assert {len(line) for line in lines} == {width_of(figure, scale)}


def test_every_digit_differs_from_every_other_at_each_scale() -> None:
    for scale in (1, 2):
        assert len({tuple(large(char, scale)) for char in GLYPHS if char != "–"}) == len(GLYPHS) - 1


def test_the_best_scale_fits_and_the_next_does_not() -> None:
    assert best_scale("97%", 12, 3) == 1
    assert best_scale("97%", 11, 3) == 0
    assert best_scale("97%", 24, 5) == 2


def test_the_slider_stands_at_its_ends() -> None:
    first = TODAY - timedelta(days=40)
    at_first, at_now = slider_line(first, TODAY, first, 80).plain, slider_line(first, TODAY, None, 80).plain
    assert at_first.index("◆") < at_now.index("●")
    assert "look back" in slider_line(TODAY, TODAY, None, 80).plain
    assert all(slider_line(first, TODAY, None, width).cell_length <= 80 for width in (80, 60))
