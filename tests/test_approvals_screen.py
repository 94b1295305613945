"""The approvals screen as checkers, makers and those who only read use it, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from textual.pilot import Pilot

from ccms_tui.news import DecisionWatch
from ccms_tui.sitting import LOCKED
from screens.approval_lines import Line as ListLine
from screens.approvals import ApprovalsScreen
from screens.change_view import ChangeView
from screens.confirm import ConfirmScreen
from screens.dialog import Line
from screens.proof import OtpLine, ProofScreen
from screens.reject import RejectScreen
from screens.text import clean
from screens.user_card import UserCardScreen
from screens.widgets.command_bar import CommandBar
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.rules.sessions import IDLE_LIMIT, PROOF_LIFE
from store.tables import PROPOSALS
from store.views import Operator, Role
from tests.at_the_desk import opened, seen, shows, type_over, until
from tests.conftest import HeldClock, Roster
from tests.test_proposals import CP, WEEK, Firm, firm
from tests.test_session_screens import Door

__all__ = ["firm"]
"""A fixture that lives with the tests of the store."""

HOSTILE = ("[/x]", "[bold]b", "\x1b[31mred", "right\u202eleft", "陳大文 \u2066CHAN", "👩\u200d💻", "x" * 500)


@pytest.fixture
def backend() -> str:
    """What the screen shows does not depend on the database behind the store."""
    return "sqlite"


@asynccontextmanager
async def at_approvals(desk: Desk, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    """The desk on its approvals screen, the list read."""
    async with opened(desk, size=size) as pilot:
        pilot.app.show_place("approvals")  # type: ignore[attr-defined]
        await until(
            pilot, lambda: isinstance(pilot.app.screen, ApprovalsScreen) and approvals(pilot).rows._loaded
        )
        yield pilot


def approvals(pilot: Pilot[Any]) -> ApprovalsScreen:
    return next(screen for screen in pilot.app.screen_stack if isinstance(screen, ApprovalsScreen))


def listed(pilot: Pilot[Any]) -> list[ListLine]:
    return list(approvals(pilot).lines.values())


async def looked(pilot: Pilot[Any]) -> None:
    """Wait until no look at the store is under way."""
    screen = approvals(pilot)
    await until(pilot, lambda: not (screen._wanted or screen._looking))


def told(pilot: Pilot[Any]) -> list[str]:
    return [each.message for each in pilot.app._notifications]


def squeezed(pilot: Pilot[Any]) -> str:
    """What a dialog says, wherever its lines were broken."""
    return "".join(seen(pilot.app).replace("▌", "").split())


def dimmed(pilot: Pilot[Any]) -> set[str]:
    bar = pilot.app.screen.query_one(CommandBar)
    return {item.command.name for item in bar.items() if not item.allowed}


async def three_wait(firm: Firm, clock: HeldClock) -> list[str]:
    """A single change, and a minute later a plan of two; the users in the order of the list."""
    users = [await firm.user() for _ in range(3)]
    await firm.propose(users[0], "first@bank.hk", reason="came by fax")
    clock.advance(timedelta(minutes=1))
    await firm.plan({users[1]: "second@gmail.com", users[2]: "third@bank.hk"})
    return users


# What one sees.


async def test_the_checker_lands_here_and_reads_what_waits(firm: Firm, clock: HeldClock) -> None:
    user_id = await firm.user(user_name="CHAN Tai Man 陳大文", pending="old@bank.hk")
    await firm.propose(user_id, "ops+1@gmail.com", reason="came by fax")
    clock.advance(timedelta(days=2))
    async with opened(firm.checker) as pilot:
        await until(
            pilot, shows(pilot, "1 change waits for you · oldest 2 days · first expires 13 Feb 09:30")
        )
        await until(pilot, shows(pilot, user_id, "old@bank.hk", "ops+1@gmail.com", "mia", "2 d", "5 d"))
        await until(
            pilot, shows(pilot, "CHAN Tai Man 陳大文", "came by fax", "waits until 13 Feb 09:30, 5 days left")
        )
        await until(pilot, shows(pilot, "gmail.com is a public webmail domain.", "It carries a tag: +1."))


@pytest.mark.parametrize("why", ["one night desk", *HOSTILE[:5]])
async def test_the_checker_is_told_who_shares_the_address_and_why(firm: Firm, why: str) -> None:
    await firm.user(user_id="HAS", pending="desk@bank.hk")
    wants = await firm.user(user_id="WANTS")
    edit = firm.maker.registrations.edit_email
    await edit(wants, "desk@bank.hk", version=1, shared_reason=why)
    said = "".join(f"Shared with HAS because: {clean(why)}.".split())
    async with at_approvals(firm.checker, size=(120, 40)) as pilot:
        await until(pilot, lambda: said in squeezed(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeView) and said in squeezed(pilot))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen) and said in squeezed(pilot))


async def test_an_empty_list_says_what_to_do(firm: Firm) -> None:
    async with at_approvals(firm.checker) as pilot:
        await until(pilot, shows(pilot, "0 changes wait for you", "Nothing waits for you."))
        await pilot.press("a", "x", "enter", "space", "f")
        await until(pilot, shows(pilot, "Nothing was decided yet."))
    async with at_approvals(firm.maker) as pilot:
        await until(pilot, shows(pilot, "None of your changes waits for a checker.", "Press 2, then e"))
    async with at_approvals(firm.operations) as pilot:
        await until(pilot, shows(pilot, "No change waits for a checker."))


async def test_rows_of_a_plan_stand_under_its_line_which_enter_folds(firm: Firm, clock: HeldClock) -> None:
    users = await three_wait(firm, clock)
    async with at_approvals(firm.checker) as pilot:
        await until(pilot, shows(pilot, "3 changes wait for you", "▾ plan", "2 changes"))
        assert [line.first.user_id for line in listed(pilot)] == [users[0], users[1], users[1], users[2]]
        assert [line.is_plan for line in listed(pilot)] == [False, True, False, False]
        await pilot.press("down")
        await until(pilot, shows(pilot, "1 of the addresses has remarks", "as one here", "enter folds it"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "▸ plan", "enter unfolds it"))
        assert len(listed(pilot)) == 2
        await pilot.press("enter")
        await until(pilot, shows(pilot, "▾ plan"))


async def test_the_helpdesk_reads_masked_addresses_and_decides_nothing(firm: Firm) -> None:
    await firm.propose(await firm.user(pending="secret@bank.hk"), "hidden@bank.hk")
    async with at_approvals(firm.desk_of(Role.HELPDESK)) as pilot:
        await until(pilot, shows(pilot, "s***@bank.hk", "h***@bank.hk", "1 change waits for a checker"))
        assert "secret" not in seen(pilot.app)
        assert "Approve" not in seen(pilot.app).splitlines()[-1]
        await pilot.press("a")
        assert told(pilot) == ["'Approve' is not for your role (Helpdesk)."]


async def test_enter_shows_a_change_in_full_and_leads_on(firm: Firm) -> None:
    long = "x" * 60 + "@" + ".".join(["long"] * 30) + ".hk"
    reason = "because " * 60
    await firm.propose(await firm.user(), long, reason=reason.strip())
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeView))
        await until(pilot, lambda: squeezed(pilot).count("long.") == 30)
        await until(pilot, lambda: squeezed(pilot).count("because") == 60)
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen))
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeView))
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, RejectScreen))
        await pilot.press("escape", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeView))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
    async with at_approvals(firm.maker) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeView))
        await pilot.press("a")
        assert told(pilot) == ["'Approve' is not for your role (DA maker)."]


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_hostile_text_neither_breaks_nor_steers_the_screen(firm: Firm, size: tuple[int, int]) -> None:
    for number, words in enumerate(HOSTILE):
        user_id = await firm.user(user_name=words)
        await firm.propose(user_id, f"user{number}@bank.hk", reason=words)
    async with firm.database.writing() as connection:
        await connection.execute(
            update(PROPOSALS).values(old_email="[/x]\x1b[2J\u202e@x.hk", made_by="[/m]\x1b")
        )
    plain = lambda: all(char.isprintable() or char == "\n" for char in seen(pilot.app))  # noqa: E731
    async with at_approvals(firm.checker, size=size) as pilot:
        for _line in HOSTILE:
            assert plain()
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, ChangeView))
            assert plain()
            await pilot.press("escape", "space", "down")
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await until(pilot, shows(pilot, "y approve"))
        assert plain()
        await pilot.press("n", "x")
        await until(pilot, lambda: isinstance(pilot.app.screen, RejectScreen))
        await until(pilot, shows(pilot, "enter reject"))
        await type_over(pilot, "#reason", "[/x]\x1b[2J")
        assert plain()
        await pilot.press("enter")
        await until(pilot, lambda: told(pilot))
        assert plain()


async def test_a_plan_that_is_unfolded_again_is_still_selected_with_all_its_rows(
    firm: Firm, clock: HeldClock
) -> None:
    await three_wait(firm, clock)
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("down", "enter")
        await until(pilot, lambda: len(listed(pilot)) == 2)
        await pilot.press("space", "enter")
        await until(pilot, lambda: len(listed(pilot)) == 4)
        await looked(pilot)
        assert seen(pilot.app).count("●") == 3
        await until(pilot, shows(pilot, "1 plan of 2 selected"))


async def test_a_maker_who_would_take_a_change_back_is_told_what_replaces_it(firm: Firm) -> None:
    await firm.propose(await firm.user(), "new@bank.hk")
    async with at_approvals(firm.maker) as pilot:
        await pilot.press("x")
        await until(pilot, lambda: told(pilot))
        assert told(pilot) == ["A change cannot be taken back; a new address (e on the user) replaces it."]
        await pilot.press("a")
        await until(pilot, lambda: "is not for your role (DA maker)" in told(pilot)[-1])


async def test_a_long_remark_goes_on_under_its_first_word(firm: Firm) -> None:
    for number in range(3):
        await firm.user(active=f"u{number}@a-firm-with-a-long-name.example")
    user_id = await firm.user()
    await firm.propose(user_id, "jo@another-firm-with-a-long-name.example")
    await firm.plan({await firm.user(): "jo@gmail.com", await firm.user(): "mo@gmail.com"})
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("end", "up", "up", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await until(pilot, shows(pilot, "Approve these 2 changes?"))
        rows = [line[3:] for line in seen(pilot.app).splitlines()]
        first = next(at for at, row in enumerate(rows) if row.startswith("  ! The participant's other"))
        assert rows[first + 1].startswith("    ")
        assert rows[first + 1][4] != " "


# Approving.


async def test_approving_asks_saying_what_goes_out_and_only_y_does_it(firm: Firm) -> None:
    user_id = await firm.user(pending="old@bank.hk")
    await firm.propose(user_id, "new@bank.hk")
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("a")
        await until(pilot, shows(pilot, "Approve this change?", "old@bank.hk", "new@bank.hk"))
        await until(pilot, shows(pilot, "1 verification mail goes out, to the new address."))
        await pilot.press("enter", "a", "n")
        await until(pilot, lambda: isinstance(pilot.app.screen, ApprovalsScreen))
        assert await firm.states() == ["open"]
        await pilot.press("a", "y")
        await until(pilot, shows(pilot, "1 change approved; its verification mail is queued, not yet sent."))
        await until(pilot, shows(pilot, "Nothing waits for you."))
        assert await firm.mails() == [("verification", "new@bank.hk")]


async def test_a_plan_is_approved_by_its_line(firm: Firm, clock: HeldClock) -> None:
    await three_wait(firm, clock)
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("down", "a")
        await until(
            pilot, shows(pilot, "Approve these 2 changes?", "second@gmail.com", "! 1 address has remarks.")
        )
        await until(pilot, shows(pilot, "2 verification mails go out, one to each new address."))
        await pilot.press("y")
        await until(pilot, shows(pilot, "2 changes approved; their 2 verification mails are queued"))
        await looked(pilot)
        assert await firm.states() == ["open", "approved", "approved"]
        assert [line.first.new_email for line in listed(pilot)] == ["first@bank.hk"]


async def test_selected_lines_are_decided_together_a_plan_and_its_row_counted_once(
    firm: Firm, clock: HeldClock
) -> None:
    await three_wait(firm, clock)
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("down", "space")
        await until(pilot, shows(pilot, "1 plan of 2 selected"))
        assert [line[1] for line in seen(pilot.app).splitlines()[4:8]] == [" ", "●", "●", "●"]
        await pilot.press("down", "space")
        await until(pilot, lambda: "selected" not in seen(pilot.app))
        assert "●" not in seen(pilot.app)
        await pilot.press("space", "home", "space")
        await until(pilot, shows(pilot, "1 plan of 2 and 1 change selected"))
        await pilot.press("a")
        await until(pilot, shows(pilot, "Approve these 3 changes?"))
        await pilot.press("y")
        await until(pilot, shows(pilot, "3 changes approved"))
        assert await firm.states() == ["approved"] * 3


async def test_one_row_of_a_plan_is_rejected_and_the_rest_approved(firm: Firm, clock: HeldClock) -> None:
    await three_wait(firm, clock)
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("down", "down", "x")
        await until(pilot, shows(pilot, "Reject this change", "second@gmail.com"))
        await type_over(pilot, "#reason", "not a webmail address")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "1 change rejected; its maker reads your reason."))
        await looked(pilot)
        await pilot.press("home", "down")
        await until(pilot, shows(pilot, "1 change"))
        await pilot.press("a", "y")
        await until(pilot, shows(pilot, "1 change approved"))
        assert await firm.states() == ["open", "rejected", "approved"]


async def test_a_selection_does_not_outlive_its_rows(firm: Firm, clock: HeldClock) -> None:
    await three_wait(firm, clock)
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("space")
        await until(pilot, shows(pilot, "1 change selected"))
        await firm.other_checker.proposals.reject(await firm.shown(1), "no")
        await until(pilot, lambda: len(listed(pilot)) == 3)
        await until(pilot, lambda: "selected" not in seen(pilot.app))
        await pilot.press("space", "escape")
        await until(pilot, lambda: approvals(pilot).rows.selection == ())


@pytest.mark.parametrize("size", [(60, 15), (80, 24)])
async def test_all_changes_can_be_read_before_a_decision_the_remarkable_first(
    firm: Firm, size: tuple[int, int]
) -> None:
    users = [await firm.user() for _ in range(8)]
    addresses = {user: f"person{number}@bank.hk" for number, user in enumerate(users)}
    addresses[users[-1]] = "mistyped@gmail.com"
    for user, address in addresses.items():
        await firm.propose(user, address, reason="moved house")
    async with at_approvals(firm.checker, size=size) as pilot:
        await pilot.press(*["space", "down"] * len(users))
        for key, keys in (("a", "y approve"), ("x", "enter reject")):
            await pilot.press(key)
            await until(pilot, shows(pilot, keys, "these 8 changes", "! 1 address has remarks."))
            await until(pilot, shows(pilot, "Reason of the maker: moved house"))
            found: list[str] = []
            for _step in range(40):
                text = seen(pilot.app)
                assert keys in text
                new = [each for each in addresses.values() if each in text and each not in found]
                found += sorted(new, key=text.index)
                await pilot.press("down")
            assert found[0] == "mistyped@gmail.com"
            assert set(found) == set(addresses.values())
            await pilot.press("pageup", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ApprovalsScreen))
        assert await firm.states() == ["open"] * 8


async def test_a_remark_stands_beside_its_address(firm: Firm, clock: HeldClock) -> None:
    users = [await firm.user() for _ in range(2)]
    await firm.plan({users[0]: "first@bank.hk", users[1]: "second@gmail.com"})
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("a")
        await until(pilot, shows(pilot, "Approve these 2 changes?", "first@bank.hk"))
        assert "Reason" not in seen(pilot.app)
        rows = seen(pilot.app).splitlines()
        at = next(number for number, row in enumerate(rows) if "second@gmail.com" in row)
        assert "! gmail.com is a public webmail domain." in rows[at + 1]
        assert "first@bank.hk" in "".join(rows[at + 2 :])


# Not deciding.


async def test_ones_own_change_is_dimmed_and_pressing_the_key_says_why(firm: Firm, clock: HeldClock) -> None:
    await firm.propose(await firm.user(), "own@bank.hk", by=firm.desk_of(Role.DA_MAKER, CP, "carl"))
    clock.advance(timedelta(minutes=1))
    await firm.propose(await firm.user(), "other@bank.hk")
    async with at_approvals(firm.checker) as pilot:
        await until(pilot, shows(pilot, "1 change waits for you, 1 of your own for another"))
        assert dimmed(pilot) == {"approve", "reject"}
        for key in ("a", "x"):
            await pilot.press(key)
            await until(pilot, lambda: "You made this change yourself; another" in " ".join(told(pilot)))
            pilot.app.clear_notifications()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ChangeView))
        await until(pilot, shows(pilot, "You made this change yourself"))
        await pilot.press("escape", "down")
        await until(pilot, lambda: dimmed(pilot) == set())
        await pilot.press("up", "space", "down", "space")
        await until(pilot, lambda: dimmed(pilot) == {"approve", "reject"})
        assert await firm.states() == ["open", "open"]


async def test_what_was_decided_cannot_be_decided_again(firm: Firm) -> None:
    await firm.propose(await firm.user(), "new@bank.hk")
    await firm.checker.proposals.approve(await firm.shown())
    async with at_approvals(firm.other_checker) as pilot:
        await pilot.press("f")
        await until(pilot, shows(pilot, "1 decision", "✓ approved", "carl"))
        assert dimmed(pilot) == {"approve", "reject"}
        await pilot.press("a")
        assert told(pilot) == ["This was decided already; press f to see what waits."]
        await pilot.press("enter", "a")
        assert isinstance(pilot.app.screen, ChangeView)
        await pilot.press("escape", "escape")
        await until(pilot, shows(pilot, "Nothing waits for you."))


async def test_the_filter_key_is_named_after_what_it_shows(firm: Firm) -> None:
    async with at_approvals(firm.checker) as pilot:
        await until(pilot, shows(pilot, "f Decided"))
        await pilot.press("f")
        await until(pilot, shows(pilot, "f Waiting"))


async def test_a_maker_is_told_what_was_decided_while_they_were_away(firm: Firm, clock: HeldClock) -> None:
    left = clock.now()
    for address in ("first@bank.hk", "second@bank.hk", "third@bank.hk"):
        await firm.propose(await firm.user(), address)
    numbers = sorted(await firm.shown())
    clock.advance(timedelta(minutes=5))
    await firm.checker.proposals.reject(await firm.shown(*numbers[:2]), "typing")
    await firm.checker.proposals.approve(await firm.shown(numbers[2]))
    rejected = "2 of your changes were rejected since you were last here; 5, then f shows why."
    watch = DecisionWatch()
    assert (
        await watch.look(firm.maker, left)
        == f"{rejected} 1 of your changes was approved since you were last here."
    )
    assert await watch.look(firm.maker, left) is None
    assert await DecisionWatch().look(firm.maker, clock.now()) is None
    assert await DecisionWatch().look(firm.maker) is None
    assert await DecisionWatch().look(firm.checker, left) is None


# What happens meanwhile.


async def test_a_change_replaced_while_it_is_confirmed_is_refused_and_the_list_is_fresh(
    firm: Firm,
) -> None:
    user_id = await firm.user()
    await firm.propose(user_id, "shown@bank.hk")
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("a")
        await until(pilot, shows(pilot, "shown@bank.hk"))
        await firm.propose(user_id, "swapped@bank.hk", by=firm.desk_of(Role.DA_MAKER, CP, "max"))
        await pilot.press("y")
        await until(pilot, lambda: told(pilot))
        assert told(pilot) == [
            "Change no. 1 is not what was shown any more, max changed it, so nothing was done; "
            "look at it again before you decide."
        ]
        await until(pilot, shows(pilot, "swapped@bank.hk"))
        assert await firm.mails() == []


async def test_a_plan_decided_by_another_checker_meanwhile_names_them(firm: Firm, clock: HeldClock) -> None:
    await three_wait(firm, clock)
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("down", "a")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await firm.other_checker.proposals.reject(await firm.shown(2, 3), "the wrong list")
        await pilot.press("y")
        await until(
            pilot, shows(pilot, "Change no. 2 was decided by cora meanwhile; nothing of yours was done.")
        )
        await until(pilot, lambda: len(listed(pilot)) == 1)


async def test_an_address_somebody_got_meanwhile_says_what_the_checker_can_do(firm: Firm) -> None:
    await firm.propose(await firm.user(), "shared@bank.hk")
    async with at_approvals(firm.checker) as pilot:
        holder = await firm.user(active="shared@bank.hk")
        await pilot.press("a", "y")
        await until(pilot, shows(pilot, f"User {holder} has such an address meanwhile"))
        assert await firm.states() == ["open"]


async def test_a_change_that_waits_too_long_leaves_the_list(firm: Firm, clock: HeldClock) -> None:
    await firm.propose(await firm.user(), "new@bank.hk")
    async with at_approvals(firm.checker) as pilot:
        clock.advance(WEEK)
        await pilot.press("a", "y")
        await until(pilot, shows(pilot, "has waited for 7 days and is void"))
        await until(pilot, shows(pilot, "Nothing waits for you."))


# Rejecting.


async def test_a_rejection_without_a_reason_is_refused_and_what_was_typed_is_kept(firm: Firm) -> None:
    await firm.propose(await firm.user(), "new@bank.hk")
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, RejectScreen))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Say why it is rejected; the maker will read it."))
        await type_over(pilot, "#reason", "wrong per")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, ApprovalsScreen))
        assert await firm.states() == ["open"]
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, RejectScreen))
        assert pilot.app.screen.query_one(Line).value == "wrong per"
        await pilot.press("s", "o", "n", "enter")
        await until(pilot, shows(pilot, "1 change rejected"))
        (decision,) = await firm.maker.proposals.decided()
        assert decision.reason == "wrong person"


async def test_the_reason_outlives_a_change_that_was_replaced_meanwhile(firm: Firm) -> None:
    user_id = await firm.user()
    await firm.propose(user_id, "one@bank.hk")
    async with at_approvals(firm.checker) as pilot:
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, RejectScreen))
        await type_over(pilot, "#reason", "wrong person")
        await firm.propose(user_id, "two@bank.hk")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "is not what was shown any more", "two@bank.hk"))
        await pilot.press("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, RejectScreen))
        assert pilot.app.screen.query_one(Line).value == "wrong person"
        await pilot.press("enter")
        await until(pilot, shows(pilot, "1 change rejected"))
        assert await firm.states() == ["voided", "rejected"]


# A fresh one-time password.


@pytest.fixture
async def signed_in(firm: Firm, clock: HeldClock, keys: Keys, roster: Roster) -> tuple[Door, Desk]:
    """The checker signed in by the gateway, their last code too long ago."""
    door = Door(roster, clock, keys, {})
    await door.operator("carl", Role.DA_CHECKER, CP)
    desk = await door.sign_in("carl")
    clock.advance(PROOF_LIFE)
    return door, desk


@pytest.mark.parametrize("key", ["a", "x"])
async def test_a_decision_asks_for_a_fresh_one_time_password(
    firm: Firm, signed_in: tuple[Door, Desk], clock: HeldClock, key: str
) -> None:
    door, desk = signed_in
    await firm.propose(await firm.user(), "new@bank.hk")
    async with at_approvals(desk) as pilot:
        for otp in (None, door.code("carl")):
            await pilot.press(key)
            if key == "x":
                await until(pilot, lambda: isinstance(pilot.app.screen, RejectScreen))
                await type_over(pilot, "#reason", "no")
            await pilot.press("y" if key == "a" else "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, ProofScreen))
            if otp is None:
                await pilot.press("escape")
                await until(pilot, shows(pilot, "Nothing was changed: a fresh one-time password is needed"))
                await pilot.press("escape")
                await until(pilot, lambda: isinstance(pilot.app.screen, ApprovalsScreen))
                continue
            pilot.app.screen.query_one(OtpLine).value = otp
            await pilot.press("enter")
        await until(pilot, shows(pilot, "1 change approved" if key == "a" else "1 change rejected"))
        assert await firm.states() == ["approved" if key == "a" else "rejected"]


# The maker hears of it.


async def decide_elsewhere(url: str, clock: HeldClock, keys: Keys, *, reject: str = "") -> None:
    """A checker in another process decides on all that waits."""
    database = Database(url)
    try:
        desk = Desk(database, clock, keys, Operator("carl", "Carl", Role.DA_CHECKER, CP))
        shown = {row.proposal_id: row.digest for row in await desk.proposals.waiting()}
        await (desk.proposals.reject(shown, reject) if reject else desk.proposals.approve(shown))
    finally:
        await database.close()


async def test_a_maker_at_the_desk_is_told_of_a_rejection_once_with_its_reason(
    firm: Firm, clock: HeldClock, keys: Keys, database_url: str
) -> None:
    user_id = await firm.user()
    await firm.propose(user_id, "new@bank.hk")
    async with at_approvals(firm.maker) as pilot:
        await until(pilot, shows(pilot, "1 change waits for a checker"))
        await decide_elsewhere(database_url, clock, keys, reject="[/x] not \x1bours")
        await until(pilot, lambda: told(pilot))
        await until(pilot, shows(pilot, "None of your changes waits"))
        assert told(pilot) == [f"carl rejected your change of {user_id}: [/x] not ·ours"]
        await pilot.press("f")
        await until(pilot, shows(pilot, "✗ rejected", "carl", "[/x] not ·ours"))
        await pilot.press("enter", "u")
        await until(pilot, shows(pilot, "rejected new@bank.hk, proposed by mia: [/x] not ·ours"))
        await firm.propose(user_id, "again@bank.hk")
        await until(pilot, shows(pilot, "again@bank.hk"))
        assert len(told(pilot)) == 1


async def test_a_plan_decided_as_one_makes_one_toast(
    firm: Firm, clock: HeldClock, keys: Keys, database_url: str
) -> None:
    users = [await firm.user() for _ in range(3)]
    await firm.plan({user_id: f"{user_id}@bank.hk" for user_id in users})
    async with opened(firm.maker) as pilot:
        await decide_elsewhere(database_url, clock, keys)
        await until(pilot, lambda: told(pilot))
        assert told(pilot) == ["carl approved 3 of your changes."]


async def test_another_maker_and_the_checker_hear_nothing(
    firm: Firm, clock: HeldClock, keys: Keys, database_url: str
) -> None:
    await firm.propose(await firm.user(), "new@bank.hk")
    for desk in (firm.desk_of(Role.DA_MAKER, CP, "max"), firm.other_checker, firm.operations):
        async with at_approvals(desk) as pilot:
            await until(pilot, lambda: len(listed(pilot)) == 1)
            await decide_elsewhere(database_url, clock, keys, reject="no")
            await until(pilot, lambda: listed(pilot) == [])
            assert told(pilot) == []
        await firm.propose(await firm.user(), f"{desk.actor.operator_id}@bank.hk")


async def test_a_locked_desk_tells_of_a_decision_when_it_is_opened_again(
    firm: Firm, clock: HeldClock, keys: Keys, roster: Roster, database_url: str
) -> None:
    door = Door(roster, clock, keys, {})
    await door.operator("mia", Role.DA_MAKER, CP)
    desk = await door.sign_in("mia")
    user_id = await firm.user()
    await firm.propose(user_id, "new@bank.hk")
    async with opened(desk) as pilot:
        clock.advance(IDLE_LIMIT)
        await until(pilot, lambda: pilot.app.current_mode == LOCKED)
        await decide_elsewhere(database_url, clock, keys, reject="no")
        pilot.app.screen.query_one(OtpLine).value = door.code("mia")
        assert user_id not in "".join(told(pilot))
        await pilot.press("enter")
        await until(pilot, shows(pilot, f"carl rejected your change of {user_id}: no"))


# Size.


async def test_a_plan_of_two_thousand_rows_is_walked_folded_and_approved_as_one(
    firm: Firm, roster: Roster
) -> None:
    rows = [roster.row(CP, "CHAN Tai Man") for _ in range(2_000)]
    await roster.insert(rows)
    await firm.plan({row["user_id"]: f"{row['user_id']}@bank.hk" for row in rows})
    async with at_approvals(firm.checker) as pilot:
        await until(pilot, shows(pilot, "2,000 changes wait for you"))
        await pilot.press("end")
        await until(pilot, shows(pilot, f"{rows[-1]['user_id']}@bank.hk"))
        await pilot.press("home", "a")
        await until(pilot, shows(pilot, "Approve these 2,000 changes?", "read on"))
        await pilot.press("y")
        for _turn in range(20):
            if await firm.checker.proposals.waiting() == ():
                break
            await asyncio.sleep(0.5)
        await until(pilot, shows(pilot, "2,000 changes approved; their 2,000 verification mails are queued"))
        await until(pilot, shows(pilot, "Nothing waits for you."))
        assert len(await firm.mails()) == 2_000
