"""The list of any length: moves, selection, refresh under the cursor, widths in cells, hostile text."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from rich.cells import cell_len
from rich.text import Text
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown
from textual.pilot import Pilot

from screens.widgets.columns import Column
from screens.widgets.source import MemorySource
from screens.widgets.virtual_list import VirtualList

MILLION = 1_000_000


@dataclass(frozen=True)
class Person:
    key: int
    name: str


def person(key: int) -> Person:
    return Person(key, f"User {key:07}")


class Crowd:
    """A source of any number of rows that are made when asked for; `before` of them stand before number 0."""

    PAGE = 128

    def __init__(self, size: int, before: int = 0) -> None:
        self.size = size
        self.before = before
        self.asked: list[int] = []

    async def count(self) -> int:
        return self.size + self.before

    async def page(self, number: int, /) -> Sequence[Person]:
        self.asked.append(number)
        first = number * self.PAGE
        return [
            person(index - self.before) for index in range(first, min(first + self.PAGE, await self.count()))
        ]

    async def position(self, key: int, /) -> int | None:
        return key + self.before if -self.before <= key < self.size else None


class ListApp(App[None]):
    """A window with one list in it."""

    def __init__(self, source: object, columns: Sequence[Column[Person]] | None = None) -> None:
        super().__init__()
        self.source = source
        self.columns = columns or [
            Column("Number", lambda row: str(row.key), width=8, justify="right"),
            Column("Name", lambda row: row.name, width=10, fraction=1),
            Column("Far", lambda _: "far", width=5, from_width=100),
        ]
        self.told: list[object] = []

    def compose(self) -> ComposeResult:
        yield VirtualList(self.columns, lambda row: row.key, selectable=True)

    async def on_mount(self) -> None:
        await self.people.show(self.source)

    @property
    def people(self) -> VirtualList[Person]:
        return self.query_one(VirtualList)

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        self.told.append(("opened", event.key))

    def lines(self) -> list[str]:
        return [self.people.render_line(y).text for y in range(self.people.size.height)]


async def settled(pilot: Pilot[None]) -> None:
    """Wait until nothing is on its way."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_arrow_keys_move_the_cursor_row_by_row() -> None:
    app = ListApp(Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "down", "down", "up")
        assert app.people.cursor_key == 2
        assert "▌" in app.lines()[3]


async def test_end_home_and_page_keys_jump_rows_in_a_million() -> None:
    app = ListApp(source := Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("end")
        await settled(pilot)
        assert app.people.cursor_key == MILLION - 1
        assert "User 0999999" in app.lines()[-1]
        await pilot.press("pageup")
        await settled(pilot)
        assert app.people.cursor_key == MILLION - 1 - 23
        await pilot.press("home", "pagedown", "pagedown")
        await settled(pilot)
        assert app.people.cursor_key == 46
        assert len(set(source.asked)) < 10


async def test_the_list_stops_at_both_ends() -> None:
    app = ListApp(Crowd(3))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("up", "pageup")
        assert app.people.cursor_key == 0
        await pilot.press("pagedown", "down")
        assert app.people.cursor_key == 2


async def test_scrolling_fetches_neighbours_before_they_are_seen() -> None:
    app = ListApp(source := Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(4):
            await pilot.press("pagedown")
        await settled(pilot)
        assert source.asked == [0, 1]
        assert app.lines()[-1].split()[0] == "114"


async def test_reload_keeps_the_cursor_on_its_row_when_rows_come_in_before_it() -> None:
    app = ListApp(source := Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(30):
            app.people.action_move(1)
        await settled(pilot)
        height = app.people.cursor - app.people.scroll_offset.y
        source.before = 7
        await app.people.reload()
        assert app.people.cursor_key == 30
        assert app.people.cursor == 37
        assert app.people.cursor - app.people.scroll_offset.y == height


async def test_of_a_list_with_the_newest_first_a_cursor_on_top_stays_on_top() -> None:
    app = ListApp(source := Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        app.people.newest_first = True
        source.before = 3
        await app.people.reload()
        await settled(pilot)
        assert (app.people.cursor, app.people.scroll_offset.y, app.people.newer) == (0, 0, 0)
        assert app.people.cursor_key == -3


async def test_further_down_the_newer_rows_above_are_counted_until_they_are_seen() -> None:
    app = ListApp(source := Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        app.people.newest_first = True
        app.people.move_to(1)
        for before, newer in ((3, 3), (5, 5)):
            source.before = before
            await app.people.reload()
            await settled(pilot)
            assert (app.people.cursor_key, app.people.newer) == (1, newer)
        app.people.scroll_to(y=2, animate=False, force=True)
        assert app.people.newer == 2
        await pilot.press("home")
        assert app.people.newer == 0
        await pilot.press("end")
        assert app.people.newer == 0


async def test_reload_stays_at_the_same_place_when_the_row_is_gone() -> None:
    rows = [person(key) for key in range(10)]
    app = ListApp(MemorySource(rows, lambda row: row.key))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "down", "down")
        await app.people.show(
            MemorySource([row for row in rows if row.key != 3], lambda row: row.key), keep_cursor=True
        )
        assert app.people.cursor_key == 4


async def test_reload_does_not_pull_back_a_cursor_that_moved_meanwhile() -> None:
    app = ListApp(source := Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        page = source.page

        async def page_while_the_operator_moves(number: int, /) -> Sequence[Person]:
            source.page = page  # type: ignore[method-assign]
            app.people.action_move(1)
            return await page(number)

        source.page = page_while_the_operator_moves  # type: ignore[method-assign]
        source.before = 5
        await app.people.reload()
        await settled(pilot)
        assert app.people.cursor_key == 1


async def test_the_newest_of_two_shows_wins() -> None:
    app = ListApp(Crowd(MILLION))
    async with app.run_test(size=(80, 24)):

        class Slow(Crowd):
            async def count(self) -> int:
                await app.people.show(Crowd(5))
                return await super().count()

        await app.people.show(Slow(900))
        assert app.people.count == 5


async def test_space_selects_and_the_selection_survives_paging_and_refresh() -> None:
    app = ListApp(source := Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "down", "down", "space", "end")
        await settled(pilot)
        source.before = 3
        await app.people.reload()
        assert app.people.selection == (0, 2)
        await pilot.press("home", "down", "down", "down")
        await settled(pilot)
        assert "●" in app.lines()[4]
        await pilot.press("space")
        assert app.people.selection == (2,)


async def test_enter_and_a_double_click_open_the_row() -> None:
    app = ListApp(Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "enter")
        await pilot.click(VirtualList, offset=(10, 5), times=2)
        assert app.told == [("opened", 1), ("opened", 4)]


async def test_the_wheel_scrolls_without_moving_the_cursor() -> None:
    app = ListApp(Crowd(MILLION))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(10):
            await pilot._post_mouse_events([MouseScrollDown], VirtualList, button=0)
        await settled(pilot)
        assert app.people.scroll_offset.y > 0
        assert app.people.cursor_key == 0


async def test_a_resize_shares_the_columns_out_anew_and_keeps_the_cursor_in_view() -> None:
    app = ListApp(Crowd(MILLION))
    async with app.run_test(size=(80, 40)) as pilot:
        for _ in range(35):
            app.people.action_move(1)
        await pilot.resize_terminal(120, 10)
        await settled(pilot)
        assert app.people.cursor_key == 35
        shown = app.lines()
        assert any("▌" in line for line in shown)
        assert "Far" in shown[0]
        assert {cell_len(line) for line in shown} == {app.people.scrollable_content_region.width}


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (120, 40)])
async def test_columns_stay_aligned_with_double_width_and_hostile_text(size: tuple[int, int]) -> None:
    names = [
        "CHAN Tai Man 陳大文", "陳" * 60, "[/x]", "[bold]no markup", "\x1b[31mred\x1b[0m",
        "right\u202eleft", "tab\tbell\a",
        "x" * 500, "é" * 30, "👩‍👩‍👧 family", "", "line\nbreak",
    ]  # fmt: skip
    rows = [Person(index, name) for index, name in enumerate(names)]
    columns = [
        Column[Person]("Name", lambda row: row.name, width=10, fraction=1),
        Column[Person]("Styled", lambda row: Text(row.name, "success").append(" end", "error"), width=12),
        Column[Person]("After", lambda _: "|", width=5),
    ]
    app = ListApp(MemorySource(rows, lambda row: row.key), columns)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for line in app.lines()[1 : len(rows) + 1]:
            assert cell_len(line) == app.people.scrollable_content_region.width
            assert cell_len(line[: line.rindex("|")]) == app.people.scrollable_content_region.width - 5
            assert all(char.isprintable() for char in line)


async def test_a_row_on_its_way_is_a_dim_line_not_a_wrong_one() -> None:
    app = ListApp(Crowd(MILLION))
    async with app.run_test(size=(80, 24)):
        app.people.action_move_to_end(True)
        assert app.people.cursor_key is None
        assert "┄" in app.lines()[-1]


async def test_an_empty_list_says_what_to_do() -> None:
    app = ListApp(Crowd(0))
    async with app.run_test(size=(80, 24)) as pilot:
        app.people.empty = "Nobody here [/x]."
        await pilot.press("down", "end", "enter", "space", "pageup")
        assert app.people.cursor_key is None
        assert any("Nobody here [/x]." in line for line in app.lines())
