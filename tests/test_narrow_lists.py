"""What lists show where there is little room: whole signs, and the part of a name that was sought."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from rich.cells import cell_len

from screens.matched import show_match
from screens.participants import ParticipantsScreen, attention, signs
from screens.users import UsersScreen
from screens.widgets.columns import GAP, Column, share_out
from store.views import ParticipantRow, Role
from tests.at_the_desk import backend, desk, opened, seen, shows, until
from tests.conftest import DeskOf, Roster

__all__ = ["backend", "desk"]

ROW = ParticipantRow("P1", "Name", False, 60, 40, 10, 5, 3, 12, 2, 1, False)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("林成恆", "…ng Hang 林成恆"),
        ("lam", "LAM Shing Hang 林成恆"),
        ("hang", "LAM Shing Hang 林成恆"),
        ("", "LAM Shing Hang 林成恆"),
    ],
)
def test_the_part_of_a_name_that_was_sought_is_seen(typed: str, shown: str) -> None:
    assert show_match("LAM Shing Hang 林成恆", typed, 15) == shown


@given(some.text(max_size=30), some.text(max_size=5), some.integers(2, 40))
def test_whatever_is_sought_a_name_with_room_is_whole(name: str, typed: str, width: int) -> None:
    shown = show_match(name, typed, width)
    assert (cell_len(shown) <= width) >= (cell_len(show_match(name, "", 99)) <= width)
    assert shown.lstrip("…") in show_match(name, "", 99)


@pytest.mark.parametrize("width", [18, 20, 32, 60, 100])
def test_whole_signs_are_shown_and_how_many_more_there_are(width: int) -> None:
    text = attention(ROW, width)
    words = [sign for sign, _style in signs(ROW)]
    shown = [sign for sign in words if sign in text.plain]
    assert shown == words[: len(shown)] != []
    assert text.plain.endswith(f" +{len(words) - len(shown)}") is (len(shown) < len(words))
    assert len(shown) == 1 or text.cell_len <= width


async def test_one_whole_sign_is_shown_even_at_60_columns(roster: Roster, desk_of: DeskOf) -> None:
    await roster.participant("BOUNCED")
    await roster.user("BOUNCED", pending="x@b.example", undeliverable=True)
    await roster.user("BOUNCED")
    async with opened(desk_of(Role.OPERATIONS), ParticipantsScreen(), (60, 15)) as pilot:
        await until(pilot, shows(pilot, "BOUNCED", "✗ 1 undeliverable +1"))


async def test_participants_are_in_the_order_of_what_their_signs_say(roster: Roster, desk_of: DeskOf) -> None:
    for participant_id in ("BOUNCED", "EXPIRED", "NOMAIL"):
        await roster.participant(participant_id)
    await roster.user("BOUNCED", pending="x@b.example", undeliverable=True)
    for _ in range(2):
        await roster.user("EXPIRED", pending="x@b.example", code_expires_at=roster.clock.now())
    for _ in range(3):
        await roster.user("NOMAIL")
    await roster.user("BOUNCED")
    async with opened(desk_of(Role.OPERATIONS), ParticipantsScreen(), (80, 24)) as pilot:
        await until(pilot, shows(pilot, "✗ 1 undeliverable", "! 2 code expired", "○ 3 no email"))
        text = seen(pilot.app)
        assert text.index("BOUNCED") < text.index("EXPIRED") < text.index("NOMAIL")
        assert "by attention: undeliverable, locked, expired" in text
        assert "✗ 1 undeliverable  ○ 1 no email" in text


async def test_a_search_shows_what_it_found_at_80_columns(roster: Roster, desk_of: DeskOf) -> None:
    await roster.participant("P1")
    await roster.user("P1", "CHRISTOPHER Alexander Maximilian 林成", active="c.alexander@verylong.example")
    async with opened(desk_of(Role.HELPDESK), UsersScreen(), (80, 24)) as pilot:
        await until(pilot, shows(pilot, "CHRISTOPHER"))
        assert "林成" not in seen(pilot.app)
        await pilot.press("slash", *"林成")
        await until(pilot, shows(pilot, "…", "Maximilian 林成"))
        assert "林成 " in seen(pilot.app).split("Standing")[1]


@given(
    some.lists(some.tuples(some.integers(1, 30), some.integers(0, 4)), min_size=1, max_size=7),
    some.integers(20, 120),
)
def test_columns_never_take_more_than_there_is(sizes: list[tuple[int, int]], width: int) -> None:
    columns = [Column[str]("", str, width=cells, fraction=fraction) for cells, fraction in sizes]
    widths = [cells for _column, cells in share_out(columns, width)]
    assert sum(widths) + GAP * (len(widths) - 1) <= width
    assert min(widths) >= 0
