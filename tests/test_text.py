"""Foreign text on its way to the screen, and times as Hong Kong reads them."""

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from screens.text import clean, fit, plain
from screens.times import hk_moment, hk_time
from screens.widgets.bar import bar, percent


def test_control_and_format_characters_become_middle_dots() -> None:
    assert clean("a\x1b[31mb\u202ec\td\x00") == "a·[31mb·c·d·"


def test_markup_stays_text() -> None:
    assert plain("Desk [/ops] [bold]x").plain == "Desk [/ops] [bold]x"
    assert plain("Desk [/ops] [bold]x").spans == []


def test_chinese_takes_two_cells_when_it_is_cut() -> None:
    assert fit("陳大文", 6) == "陳大文"
    assert fit("陳大文", 5) == "陳大…"
    assert fit("陳大文", 4) == "陳… "


@given(st.text(max_size=80), st.integers(min_value=0, max_value=60))
def test_fit_gives_exactly_the_cells_asked_for(value: str, width: int) -> None:
    shown = fit(value, width)
    assert cell_len(shown) == width
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(st.text(max_size=80))
def test_clean_keeps_the_number_of_characters_and_nothing_that_steers_a_terminal(value: str) -> None:
    shown = clean(value)
    assert len(shown) == len(value)
    assert clean(shown) == shown


@given(st.data())
def test_a_bar_fills_its_cells_and_is_full_only_when_all_are_done(data: st.DataObject) -> None:
    whole = data.draw(st.integers(min_value=0, max_value=5000))
    begun = data.draw(st.integers(min_value=0, max_value=whole))
    done = data.draw(st.integers(min_value=0, max_value=begun))
    shown = bar(done, begun, whole, 8)
    assert cell_len(shown.plain) == 8
    assert (shown.plain == "█" * 8) == (whole > 0 and done == whole)


@given(st.data())
def test_a_share_is_rounded_and_says_all_or_none_only_when_it_is_so(data: st.DataObject) -> None:
    whole = data.draw(st.integers(min_value=1, max_value=100_000))
    part = data.draw(st.integers(min_value=0, max_value=whole))
    shown = int(percent(part, whole).removesuffix("%"))
    assert (shown == 100, shown == 0) == (part == whole, part == 0)
    assert abs(shown * whole - 100 * part) <= whole / 2 or shown in (1, 99)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(2, 3, "67%"), (1, 200, "1%"), (1, 8, "13%"), (1, 100_000, "1%"), (2399, 2400, "99%"), (0, 0, "–")],
)
def test_a_share_in_words(part: int, whole: int, words: str) -> None:
    assert percent(part, whole) == words


def test_times_are_told_in_hong_kong() -> None:
    now = datetime(2023, 2, 6, 1, 30, tzinfo=UTC)
    assert hk_time(now) == "09:30"
    assert hk_moment(now, now) == "09:30"
    assert hk_moment(datetime(2023, 2, 5, 16, 3, tzinfo=UTC), now) == "00:03"
    assert hk_moment(datetime(2023, 2, 5, 6, 3, tzinfo=UTC), now) == "5 Feb 14:03"
