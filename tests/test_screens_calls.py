"""The hotline's screens on a real database: a call logged, its caller checked, follow-ups, notes, figures."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from screens.call_figures import CallFiguresScreen
from screens.calls import CallsScreen
from screens.check_caller import CheckCallerScreen
from screens.confirm import ConfirmScreen
from screens.due_day import due_day, due_words
from screens.follow_up_done import FollowUpDoneScreen
from screens.hand_over import HandOverScreen
from screens.log_call import LogCallScreen
from screens.resend import ResendScreen
from screens.same_caller import SameCallerScreen
from screens.user_card import UserCardScreen
from screens.users import UsersScreen
from screens.widgets.one_of import OneOf
from screens.widgets.search_box import SearchInput
from store.database import Database
from store.desk import Desk
from store.enquiry_views import Ending, Outcome
from store.errors import BadDay
from store.keys import Keys
from store.rules import free_text
from store.rules.caller_check import CheckMethod
from store.rules.explain import Reason
from store.setup import initialise
from store.tables import ENQUIRIES, MAILS, USERS, HandOverNote
from store.views import Role, UserQuery
from tests.at_the_desk import HOSTILE, opened, seen, shows, type_over, until
from tests.conftest import DeskOf, HeldClock, Roster

CP = "C00001"
TODAY = date(2023, 2, 6)


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def desk(database: Database, clock: HeldClock, keys: Keys, roster: Roster, desk_of: DeskOf) -> Desk:
    """The desk of somebody of the hotline, on an initialised database."""
    await initialise(database, clock, keys, "ops", "Operations")
    await roster.participant(CP, "Harbour Securities 港灣證券")
    return desk_of(Role.HELPDESK, operator_id="amy")


@pytest.fixture
async def user_id(desk: Desk, roster: Roster) -> str:
    """Somebody whose address waits for its first code."""
    return await roster.user(CP, "CHAN Siu Ming 陳小明", pending="ming@harbour.hk")


async def calls(desk: Desk) -> tuple[Any, ...]:
    return await desk.enquiries.listing().page(0)


def front(pilot: Pilot[Any], kind: type) -> Callable[[], bool]:
    return lambda: isinstance(pilot.app.screen, kind)


def ready(pilot: Pilot[Any]) -> Callable[[], bool]:
    """Whether the dialog in front knows what the call is about."""
    return lambda: isinstance(pilot.app.screen, LogCallScreen) and pilot.app.screen.ready


# Logging a call.


async def test_a_call_is_logged_from_the_card_and_its_time_counts_since_the_card_was_opened(
    desk: Desk, user_id: str, clock: HeldClock
) -> None:
    async with opened(desk, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Siu Ming"))
        clock.advance(timedelta(seconds=50))
        await pilot.press("c")
        await until(pilot, ready(pilot))
        await until(pilot, shows(pilot, "no code sent", "caller not checked", "Never ask"))
        clock.advance(timedelta(seconds=75))
        await pilot.press(*"no mail", "enter")
        await until(pilot, front(pilot, UserCardScreen))
        await until(pilot, shows(pilot, "ended, told what to do, cause: no code sent"))
    (call,) = await calls(desk)
    assert (call.question, call.cause, call.seconds) == ("no mail", Reason.NOT_SENT.value, 125)
    assert call.outcome is Outcome.TOLD


async def test_a_second_call_from_the_same_card_is_timed_from_the_end_of_the_first(
    desk: Desk, user_id: str, clock: HeldClock
) -> None:
    async with opened(desk, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Siu Ming"))
        for question in ("one", "two"):
            await pilot.press("c")
            await until(pilot, ready(pilot))
            clock.advance(timedelta(seconds=60))
            await pilot.press(*question, "enter")
            await until(pilot, front(pilot, UserCardScreen))
    assert [call.seconds for call in await calls(desk)] == [60, 60]


async def test_without_a_question_the_call_is_not_ended_and_nothing_typed_is_lost(
    desk: Desk, user_id: str
) -> None:
    async with opened(desk, LogCallScreen(user_id)) as pilot:
        await until(pilot, ready(pilot))
        await type_over(pilot, "#caller", "Ms Fong")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Write down what the caller asked"))
        assert pilot.app.screen.query_one("#caller").value == "Ms Fong"
        await type_over(pilot, "#question", "when?")
        await type_over(pilot, "#follow-up", "ring back")
        await type_over(pilot, "#due", "someday")
        assert pilot.app.screen.query_one("#outcome", OneOf).value == Outcome.FOLLOW_UP.value
        await pilot.press("enter")
        await until(pilot, shows(pilot, "'someday' is no day"))
        await type_over(pilot, "#due", "5 Feb")
        await until(pilot, shows(pilot, "Sun 5 Feb 2023  ✗ is over"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "The day 5 Feb 2023 is over; give today or a later one"))
        await type_over(pilot, "#due", "8/2")
        await until(pilot, shows(pilot, "Wed 8 Feb 2023"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Follow-up due on 8 Feb 2023"))
    (call,) = await calls(desk)
    assert call.caller_name == "Ms Fong"
    assert call.follow_up is not None
    assert (call.follow_up.text, call.follow_up.due) == ("ring back", date(2023, 2, 8))


async def test_a_call_left_with_esc_goes_on_and_comes_back_with_what_was_typed(
    desk: Desk, user_id: str
) -> None:
    async with opened(desk, UserCardScreen(user_id)) as pilot:
        await until(pilot, shows(pilot, "CHAN Siu Ming"))
        await pilot.press("c")
        await until(pilot, ready(pilot))
        await type_over(pilot, "#question", "no mail")
        await type_over(pilot, "#follow-up", "look again")
        await pilot.press("escape")
        await until(pilot, front(pilot, UserCardScreen))
        await until(pilot, shows(pilot, "goes on; press c"))
        (call,) = await calls(desk)
        assert (call.question, call.ended_at) == ("no mail", None)
        await pilot.press("c")
        await until(pilot, ready(pilot))
        await until(pilot, shows(pilot, "What you typed before was kept"))
        assert pilot.app.screen.query_one("#follow-up").value == "look again"
        await pilot.press("enter")
        await until(pilot, front(pilot, UserCardScreen))
    (ended,) = await calls(desk)
    assert ended.enquiry_id == call.enquiry_id
    assert ended.outcome is Outcome.FOLLOW_UP


async def test_a_call_that_was_ended_elsewhere_says_so_and_enter_logs_it_anew(
    desk: Desk, user_id: str, desk_of: DeskOf
) -> None:
    call = await desk.enquiries.begin(user_id, question="no mail")
    async with opened(desk, LogCallScreen(user_id)) as pilot:
        await until(pilot, ready(pilot))
        await type_over(pilot, "#caller", "Ms Fong")
        colleague = desk_of(Role.HELPDESK, operator_id="ben")
        await colleague.enquiries.finish(call.enquiry_id, Ending(Outcome.DROPPED))
        await pilot.press("enter")
        await until(pilot, shows(pilot, f"Call no. {call.enquiry_id} has ended already"))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, LogCallScreen))
    again, before = await calls(desk)
    assert (before.outcome, again.outcome) == (Outcome.DROPPED, Outcome.TOLD)
    assert (again.question, again.caller_name) == ("no mail", "Ms Fong")


async def test_esc_at_once_leaves_nothing_behind(desk: Desk, user_id: str) -> None:
    async with opened(desk, LogCallScreen(user_id)) as pilot:
        await until(pilot, ready(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, LogCallScreen))
    assert await calls(desk) == ()


async def test_the_arrows_choose_cause_and_outcome_and_move_between_the_lines(
    desk: Desk, user_id: str
) -> None:
    async with opened(desk, LogCallScreen(user_id)) as pilot:
        await until(pilot, ready(pilot))
        await pilot.press(*"hung up", "down", "down", "right", "down", "left")
        await until(pilot, shows(pilot, "mail waiting", "resolved"))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, LogCallScreen))
    (call,) = await calls(desk)
    assert (call.cause, call.outcome) == (Reason.MAIL_WAITING.value, Outcome.RESOLVED)


async def test_the_commonest_questions_are_picked_with_a_key(desk: Desk, user_id: str) -> None:
    for question in ("seldom", "often", "often"):
        await desk.enquiries.begin(question=question)
    async with opened(desk, LogCallScreen(user_id)) as pilot:
        await until(pilot, ready(pilot))
        question = pilot.app.screen.query_one("#question", Input)
        for expected in ("often", "seldom", "often"):
            await pilot.press("f3")
            await until(pilot, lambda expected=expected: question.value == expected)


async def test_a_common_question_goes_behind_what_was_typed_and_never_over_it(
    desk: Desk, user_id: str
) -> None:
    for question in ("seldom", "often", "often"):
        await desk.enquiries.begin(question=question)
    async with opened(desk, LogCallScreen(user_id)) as pilot:
        await until(pilot, ready(pilot))
        question = pilot.app.screen.query_one("#question", Input)
        await pilot.press(*"mine")
        for expected in ("mine; often", "mine; seldom", "mine", "mine; often"):
            await pilot.press("f3")
            await until(pilot, lambda expected=expected: question.value == expected)
        await pilot.press("!", "f3")
        await until(pilot, lambda: question.value == "mine; often!; often")
        question.value = full = "x" * free_text.QUESTION
        await pilot.press("f3")
        await until(pilot, shows(pilot, "There is no room"))
        assert question.value == full


async def test_a_call_begun_by_mistake_is_taken_back_without_a_question(desk: Desk, user_id: str) -> None:
    await desk.enquiries.begin(user_id)
    async with opened(desk, LogCallScreen(user_id)) as pilot:
        await until(pilot, ready(pilot))
        await until(pilot, shows(pilot, "F8 take back"))
        await pilot.press("x", "f8")
        await until(pilot, shows(pilot, "F8 once more throws away what you typed."))
        await pilot.press("f8")
        await until(pilot, lambda: not isinstance(pilot.app.screen, LogCallScreen))
        await until(pilot, shows(pilot, "Call no. 1 is taken back"))
    assert await calls(desk) == ()


async def test_leaving_the_desk_in_a_call_is_asked_and_the_call_is_kept(desk: Desk, user_id: str) -> None:
    async with opened(desk) as pilot:
        await desk.enquiries.begin(user_id, question="no mail")
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        await pilot.press("down", "2")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
        await pilot.press("q")
        await until(pilot, shows(pilot, "A call of yours is still going on", "Call no. 1 since", "is kept"))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
        await pilot.press("q")
        await until(pilot, front(pilot, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: not pilot.app.is_running)
    assert await desk.enquiries.current(user_id) is not None


async def test_codes_for_many_users_belong_to_one_call_of_their_participant(
    desk: Desk, user_id: str, roster: Roster
) -> None:
    other = await roster.user(CP, "LEE Ka Yan", pending="yan@harbour.hk")
    dialog = ResendScreen((user_id, other), participant_id=CP)
    async with opened(desk, dialog) as pilot:
        await until(pilot, lambda: dialog.preview is not None)
        await type_over(pilot, "#question", "nobody got a code")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "2 queued, 0 refused"))
    (call,) = await calls(desk)
    assert (call.participant_id, call.user_id, call.codes_sent) == (CP, None, (1, 1))
    assert call.ended_at is None


async def test_the_check_of_one_caller_is_not_taken_for_the_next_ones_in_a_list(
    desk: Desk, user_id: str, desk_of: DeskOf, clock: HeldClock
) -> None:
    """Who calls next within the hour about the same user is not served as checked by one enter."""
    await desk_of(Role.OPERATIONS).participants.set_phone(CP, "2979 7222")
    first = await desk.enquiries.begin(user_id, question="no mail")
    await desk.callers.called_back(first.enquiry_id, reached=True)
    clock.advance(timedelta(minutes=20))
    async with opened(desk, UsersScreen(UserQuery(participant_id=CP))) as pilot:
        await until(pilot, shows(pilot, "CHAN Siu"))
        await pilot.press("r")
        await until(pilot, shows(pilot, "Call no. 1 of 09:30 is still open: the same caller?"))
        await pilot.press("escape")
        await until(pilot, front(pilot, UsersScreen))
        await pilot.press("r")
        await until(pilot, front(pilot, SameCallerScreen))
        await pilot.press("n")
        await until(pilot, ready(pilot))
        await pilot.press("enter")
        await until(pilot, front(pilot, ResendScreen))
        await until(pilot, shows(pilot, "gets a fresh code", "Caller not checked"))
        assert "Tied to call" not in seen(pilot.app)
        clock.advance(timedelta(minutes=2))
        await type_over(pilot, "#question", "still no mail")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "1 queued, 0 refused"))
    second, ended = await calls(desk)
    assert (ended.ended_at is not None, ended.codes_sent) == (True, ())
    assert (second.codes_sent, second.caller.method, second.question) == (
        (1,),
        CheckMethod.NONE,
        "still no mail",
    )
    assert clock.now() - second.taken_at == timedelta(minutes=2), "since the last caller rang off"


async def test_the_same_caller_goes_on_in_their_call_from_a_list(desk: Desk, user_id: str) -> None:
    call = await desk.enquiries.begin(user_id, question="no mail")
    async with opened(desk, UsersScreen(UserQuery(participant_id=CP))) as pilot:
        await until(pilot, shows(pilot, "CHAN Siu"))
        await pilot.press("r")
        await until(pilot, front(pilot, SameCallerScreen))
        await pilot.press("y")
        await until(pilot, shows(pilot, f"Tied to call no. {call.enquiry_id}"))


async def test_codes_for_many_from_a_list_ask_whose_every_open_call_is(
    desk: Desk, user_id: str, roster: Roster, clock: HeldClock
) -> None:
    """Not only the newest: behind it may be another that was left open, of the participant or of nobody."""
    await roster.user(CP, "LEE Ka Yan", pending="yan@harbour.hk")
    for question in ("who helps us?", "no code for any of us"):
        await desk.enquiries.begin(participant_id=CP, question=question)
        clock.advance(timedelta(minutes=10))
    async with opened(desk, UsersScreen(UserQuery(participant_id=CP))) as pilot:
        await until(pilot, shows(pilot, "2 users"))
        await pilot.press("space", "down", "space", "r")
        for number in (2, 1):
            await until(pilot, shows(pilot, f"Call no. {number} of "))
            await until(pilot, front(pilot, SameCallerScreen))
            await pilot.press("n")
            await until(pilot, ready(pilot))
            await pilot.press("enter")
        await until(pilot, front(pilot, ResendScreen))
        await until(pilot, shows(pilot, "2 users get a fresh code"))
        clock.advance(timedelta(minutes=3))
        await type_over(pilot, "#question", "nobody got a code")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "2 queued, 0 refused"))
    third, *ended = await calls(desk)
    assert (third.participant_id, third.user_id, third.codes_sent) == (CP, None, (1, 1))
    assert clock.now() - third.taken_at == timedelta(minutes=3)
    assert [call.codes_sent for call in ended] == [(), ()]


async def test_a_call_about_somebody_who_is_gone_says_so(desk: Desk) -> None:
    async with opened(desk, LogCallScreen("NOBODY")) as pilot:
        await until(pilot, shows(pilot, "There is no user NOBODY"))
        await until(pilot, lambda: not isinstance(pilot.app.screen, LogCallScreen))


async def test_a_resend_takes_the_question_of_the_call_that_goes_on(desk: Desk, user_id: str) -> None:
    call = await desk.enquiries.begin(user_id, question="no mail")
    async with opened(desk, ResendScreen((user_id,))) as pilot:
        await until(pilot, shows(pilot, f"Tied to call no. {call.enquiry_id}", "Caller not checked"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "1 queued, 0 refused"))
    (shown,) = await calls(desk)
    assert (shown.codes_sent, shown.question) == ((1,), "no mail")


# The caller check.


async def test_a_caller_is_checked_by_a_code_from_the_dialog(
    desk: Desk, roster: Roster, database: Database, keys: Keys
) -> None:
    user_id = await roster.user(CP, active="ming@harbour.hk")
    async with opened(desk, LogCallScreen(user_id)) as pilot:
        await until(pilot, ready(pilot))
        await type_over(pilot, "#question", "?")
        await pilot.press("f4")
        await until(pilot, front(pilot, CheckCallerScreen))
        await until(pilot, shows(pilot, f"No number of {CP} is on file"))
        await pilot.press("f7")
        await until(pilot, shows(pilot, "code no. 1 to m***@harbour.hk", "Say: 'If it is you"))
        await pilot.press("f7")
        await until(pilot, shows(pilot, "went out just now"))
        await pilot.press(*"123456", "enter")
        await until(pilot, shows(pilot, "has 7 digits", "never take down any"))
        async with database.reading() as connection:
            sealed = (await connection.execute(select(MAILS.c.sealed))).scalar_one()
        await type_over(pilot, "#code", keys.unseal(bytes(sealed)))
        await pilot.press("enter")
        await until(pilot, front(pilot, LogCallScreen))
        await until(pilot, shows(pilot, "caller checked by code", "You may say the cause"))
    (call,) = await calls(desk)
    assert call.caller.method is CheckMethod.CODE


async def test_a_caller_is_checked_by_a_call_back(desk: Desk, user_id: str, desk_of: DeskOf) -> None:
    await desk_of(Role.OPERATIONS).participants.set_phone(CP, "2345 6789")
    call = await desk.enquiries.begin(user_id, question="?")
    async with opened(desk, CheckCallerScreen(call)) as pilot:
        await until(pilot, shows(pilot, "+852 2345 6789", "on file since 6 Feb 2023", "caller not checked"))
        await pilot.press("f7")
        await until(pilot, shows(pilot, "has no verified address"))
        await pilot.press("f6")
        await until(pilot, shows(pilot, "caller not reached by a call back"))
        await pilot.press("f5")
        await until(pilot, lambda: not isinstance(pilot.app.screen, CheckCallerScreen))
    (shown,) = await calls(desk)
    assert shown.caller.verified_at is not None


# The screen of calls.


async def promised(desk: Desk, user_id: str, text: str = "ring back") -> int:
    call = await desk.enquiries.begin(user_id, question="no mail")
    await desk.enquiries.finish(call.enquiry_id, Ending(Outcome.FOLLOW_UP, follow_up=text))
    return call.enquiry_id


async def test_open_follow_ups_come_first_and_f_goes_round(
    desk: Desk, user_id: str, clock: HeldClock
) -> None:
    await promised(desk, user_id)
    await desk.enquiries.begin(question="when?")
    async with opened(desk) as pilot:
        await pilot.press("escape", "8")
        await until(pilot, front(pilot, CallsScreen))
        await until(pilot, shows(pilot, "Open follow-ups · 1 call", "today 2", "ring back", "◷ today"))
        for words in (("Today's calls · 2 calls", "when?"), ("Calls going on · 1 call",), ("All calls",)):
            await pilot.press("f")
            await until(pilot, shows(pilot, *words))
        await pilot.press("escape")
        await until(pilot, shows(pilot, "Open follow-ups · 1 call"))
        clock.advance(timedelta(days=1))
        pilot.app.screen.look_again()
        await until(pilot, shows(pilot, "! 6 Feb 2023", "1 overdue"))


async def test_d_closes_a_follow_up_and_says_who_was_quicker(
    desk: Desk, user_id: str, desk_of: DeskOf
) -> None:
    enquiry_id = await promised(desk, user_id)
    async with opened(desk) as pilot:
        await pilot.press("escape", "8")
        await until(pilot, shows(pilot, "Open follow-ups · 1 call"))
        await pilot.press("d")
        await until(pilot, front(pilot, FollowUpDoneScreen))
        await desk_of(Role.HELPDESK, operator_id="ben").enquiries.close_follow_up(enquiry_id, "rang them")
        await pilot.press(*"done", "enter")
        await until(pilot, shows(pilot, "was done by ben on 6 Feb 2023"))
        assert pilot.app.screen.query_one("#done").value == "done"
        await pilot.press("escape")
        await until(pilot, shows(pilot, "Nothing was promised that is still to be done"))
        await pilot.press("f")
        await until(pilot, shows(pilot, "Today's calls · 1 call", "Done by ben"))
        await pilot.press("d")
        await until(pilot, shows(pilot, "Nothing is still to be done for call no. 1"))


async def test_a_follow_up_is_closed_with_what_was_done(desk: Desk, user_id: str) -> None:
    await promised(desk, user_id)
    (call,) = await calls(desk)
    async with opened(desk, FollowUpDoneScreen(call)) as pilot:
        await pilot.press(*"rang", "enter")
        await until(pilot, shows(pilot, "The follow-up of call no. 1 is done"))
    (done,) = await calls(desk)
    assert done.follow_up is not None
    assert done.follow_up.done_note == "rang"


async def test_enter_goes_on_with_ones_own_call_and_opens_the_card_of_others(
    desk: Desk, user_id: str
) -> None:
    await promised(desk, user_id)
    await desk.enquiries.begin(question="when?")
    async with opened(desk) as pilot:
        await pilot.press("escape", "8", "f")
        await until(pilot, shows(pilot, "Today's calls · 2 calls", "About no user in particular"))
        await pilot.press("enter")
        await until(pilot, ready(pilot))
        assert pilot.app.screen.query_one("#question").value == "when?"
        await pilot.press("escape")
        await until(pilot, front(pilot, CallsScreen))
        await pilot.press("down")
        await until(pilot, shows(pilot, "CHAN Siu Ming"))
        await pilot.press("enter")
        await until(pilot, front(pilot, UserCardScreen))


async def test_enter_ends_a_call_left_open_long_ago_and_a_colleagues(
    desk: Desk, user_id: str, desk_of: DeskOf, clock: HeldClock
) -> None:
    await desk.enquiries.begin(user_id, question="long ago")
    await desk_of(Role.HELPDESK, operator_id="ben").enquiries.begin(user_id, question="ben's")
    clock.advance(timedelta(hours=5))
    async with opened(desk) as pilot:
        await pilot.press("escape", "8", "f", "f")
        await until(pilot, shows(pilot, "Calls going on · 2 calls"))
        for question in ("ben's", "long ago"):
            await pilot.press("enter")
            await until(pilot, ready(pilot))
            assert pilot.app.screen.query_one("#question").value == question
            await pilot.press("enter")
            await until(pilot, front(pilot, CallsScreen))
        await until(pilot, shows(pilot, "No call is going on"))
    assert [(call.outcome, call.seconds) for call in await calls(desk)] == [(Outcome.TOLD, None)] * 2


async def test_operations_open_the_card_of_a_call_that_goes_on(
    desk: Desk, user_id: str, desk_of: DeskOf
) -> None:
    await desk.enquiries.begin(user_id, question="no mail")
    async with opened(desk_of(Role.OPERATIONS)) as pilot:
        await pilot.press("8", "f")
        await until(pilot, shows(pilot, "Today's calls · 1 call"))
        await pilot.press("enter")
        await until(pilot, front(pilot, UserCardScreen))


async def test_a_note_is_left_and_stands_above_the_calls(desk: Desk) -> None:
    async with opened(desk) as pilot:
        await pilot.press("escape", "8")
        await until(pilot, front(pilot, CallsScreen))
        await pilot.press("n")
        await until(pilot, shows(pilot, "No note was left yet"))
        await pilot.press("f3")
        await until(pilot, shows(pilot, "Write down what the next shift should know"))
        await pilot.press(*"relay slow", "escape")
        await until(pilot, front(pilot, CallsScreen))
        await pilot.press("n")
        await until(pilot, front(pilot, HandOverScreen))
        assert pilot.app.screen.query_one(TextArea).text == "relay slow"
        await pilot.press("f3")
        await until(pilot, front(pilot, CallsScreen))
        await until(pilot, shows(pilot, "Note of amy", "relay slow"))


async def test_earlier_notes_are_read_beside_the_new_one(
    desk: Desk, desk_of: DeskOf, clock: HeldClock
) -> None:
    for who, note in (
        ("ben", "oldest [/x]\n" + "line\n" * 9 + "its end"),
        ("cat", "between"),
        ("amy", "newest"),
    ):
        await desk_of(Role.HELPDESK, operator_id=who).enquiries.hand_over(note)
        clock.advance(timedelta(days=1))
    async with opened(desk, HandOverScreen()) as pilot:
        await until(
            pilot, shows(pilot, "amy wrote 8 Feb 09:30", "newest", "cat wrote 7 Feb 09:30", "between")
        )
        await pilot.press(*"mine")
        await pilot.press("pagedown", "pagedown", "pagedown")
        await until(pilot, shows(pilot, "its end"))
        assert "newest" not in seen(pilot.app)
        await pilot.press("pageup", "pageup", "pageup")
        await until(pilot, shows(pilot, "newest", "mine"))


async def test_the_next_of_the_hotline_is_told_of_the_note_at_sign_in_and_nobody_else_is(
    desk: Desk, desk_of: DeskOf
) -> None:
    await desk_of(Role.HELPDESK, operator_id="ben").enquiries.hand_over("[/x] relay slow")
    async with opened(desk) as pilot:
        await until(pilot, shows(pilot, "ben left a note (8): [/x] relay slow"))
        await desk.enquiries.hand_over("my own")
        await desk_of(Role.HELPDESK, operator_id="cat").enquiries.hand_over("newer")
        await until(pilot, shows(pilot, "cat left a note (8): newer"))
        assert not shows(pilot, "my own")()
    async with opened(desk_of(Role.OPERATIONS)) as pilot:
        await until(pilot, lambda: pilot.app.phase is not None)
        assert not shows(pilot, "left a note")()


async def test_the_figures_count_what_was_in_the_way(desk: Desk, user_id: str, clock: HeldClock) -> None:
    clock.advance(timedelta(seconds=1))
    for _number in range(3):
        await promised(desk, user_id)
    await desk.enquiries.begin(question="when?")
    async with opened(desk, CallFiguresScreen()) as pilot:
        await until(pilot, shows(pilot, "7 days: 4 calls", "no code sent", "75%", "████████████████"))
        await until(pilot, shows(pilot, "◷ follow-up", "◐ going on"))
        for words in ("30 days: 4 calls", "Today: 4 calls"):
            await pilot.press("f")
            await until(pilot, shows(pilot, words))
        clock.advance(timedelta(days=40))
        await pilot.press("f")
        await until(pilot, shows(pilot, "7 days: 0 calls", "No calls in this time."))


async def test_a_day_is_counted_beside_the_last_working_day(desk: Desk, clock: HeldClock) -> None:
    """On a Monday beside Friday, up to the same time of the day, and not beside Sunday."""
    clock.advance(-timedelta(days=3))
    for question in ("on Friday?", "and again?"):
        await desk.enquiries.begin(question=question)
    clock.advance(timedelta(hours=6))
    await desk.enquiries.begin(question="late on Friday?")
    clock.advance(timedelta(days=2) - timedelta(hours=6))
    await desk.enquiries.begin(question="on Sunday?")
    clock.advance(timedelta(days=1, seconds=1))
    async with opened(desk, CallFiguresScreen(1)) as pilot:
        await until(pilot, shows(pilot, "Today: 0 calls  2 by this time Friday"))
        clock.advance(timedelta(days=1))
        pilot.app.screen.load()
        await until(pilot, shows(pilot, "Today: 0 calls  0 by this time yesterday"))


async def test_operations_read_all_and_write_nothing(desk: Desk, user_id: str, desk_of: DeskOf) -> None:
    await promised(desk, user_id)
    async with opened(desk_of(Role.OPERATIONS)) as pilot:
        await pilot.press("8")
        await until(pilot, shows(pilot, "Open follow-ups · 1 call"))
        for key in "cdn":
            await pilot.press(key)
            await until(pilot, shows(pilot, "is not for your role (Operations)"))
            assert isinstance(pilot.app.screen, CallsScreen)
            pilot.app.clear_notifications()
        await pilot.press("g")
        await until(pilot, front(pilot, CallFiguresScreen))


async def test_delegated_administrators_have_no_such_place(desk: Desk, desk_of: DeskOf) -> None:
    async with opened(desk_of(Role.DA_MAKER, CP)) as pilot:
        await pilot.press("8")
        await until(pilot, shows(pilot, "'Calls' is not for your role (DA maker)"))
        assert not isinstance(pilot.app.screen, CallsScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_people_wrote_cannot_steer_the_screens(
    desk: Desk, user_id: str, database: Database, size: tuple[int, int]
) -> None:
    """Planted past the store, which cleans what is typed."""
    await promised(desk, user_id)
    async with database.writing() as connection:
        for name in ("question", "follow_up", "caller_name", "cause"):
            value = HOSTILE[:40] if name == "cause" else HOSTILE
            await connection.execute(update(ENQUIRIES).values({name: value}))
        await connection.execute(update(USERS).values(user_name=HOSTILE))
        note = {"note": f"{HOSTILE}\n{HOSTILE}", "written_by": HOSTILE, "written_at": desk.clock.now()}
        await connection.execute(insert(HandOverNote), [note])
    (call,) = await calls(desk)
    for screen in (
        LogCallScreen(user_id), CheckCallerScreen(call), FollowUpDoneScreen(call), HandOverScreen(),
        CallFiguresScreen(), CallsScreen(),
    ):  # fmt: skip
        async with opened(desk, screen, size) as pilot:
            await until(pilot, shows(pilot, "陳小明") if screen.is_modal else lambda: True)
            await pilot.pause(0.2)
            drawn = seen(pilot.app)
            assert not {"\x1b", "\x07", "\u202e", "\u2066"} & set(drawn)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Mon 6 Feb 2023"), ("13/2", "Mon 13 Feb 2023"), ("5 Feb", "Sun 5 Feb 2023  ✗ is over"),
        ("yesterday", "Sun 5 Feb 2023  ✗ is over"), ("5 Feb 2024", "Mon 5 Feb 2024"), ("someday", "? no day"),
    ],
)  # fmt: skip
def test_the_day_that_was_understood_is_said_with_its_weekday_and_year(typed: str, said: str) -> None:
    assert due_words(typed, TODAY).plain == said


def test_a_due_day_that_is_over_is_refused_and_never_next_years() -> None:
    with pytest.raises(BadDay) as refused:
        due_day("5 Feb", TODAY)
    assert (refused.value.day, refused.value.why) == (date(2023, 2, 5), "past")
