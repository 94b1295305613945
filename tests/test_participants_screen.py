"""The participants and how far their users are."""

from store.views import Role
from tests.people_listed import Open, backend, names, open_desk, people, screen_text, settled, type_in

__all__ = ["backend", "open_desk", "people"]


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
