"""The enquiry log: calls taken and ended, resends tied to them, follow-ups, hand-over notes, figures."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from screens.sentences import explain_error
from store.audit_views import EventQuery
from store.database import Database
from store.desk import Desk
from store.enquiry_views import CLEAR, GENERAL, CallFilter, Ending, EnquiryQuery, Outcome
from store.errors import (
    BadDay,
    EnquiryNeeded,
    FollowUpDone,
    NotAllowed,
    NotFound,
    NotNow,
    ReasonNeeded,
    TextTooLong,
)
from store.rules.caller_check import CallerStatus
from store.rules.explain import Reason
from store.tables import ENQUIRIES, EVENTS
from store.views import Role, UserQuery
from tests.conftest import DeskOf, HeldClock, Roster

TODAY = date(2023, 2, 6)
NASTY = "[/x] \u202eevil\x1b[31m 陳小明 ada.chan@bank.example"
CLEANED = "[/x] evil [31m 陳小明 a***@bank.example"


@pytest.fixture
async def user_id(roster: Roster) -> str:
    """A user whose address waits for its code."""
    await roster.participant("CP1", "Harbour Securities")
    return await roster.user("CP1", "CHAN Siu Ming 陳小明", pending="ming@harbour.hk")


@pytest.fixture
def helpdesk(desk_of: DeskOf) -> Desk:
    return desk_of(Role.HELPDESK, operator_id="amy")


async def actions(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(select(EVENTS.c.action).order_by(EVENTS.c.event_id))).scalars())


async def test_a_call_is_taken_and_ended(helpdesk: Desk, user_id: str, clock: HeldClock) -> None:
    since = clock.now() - timedelta(seconds=40)
    call = await helpdesk.enquiries.begin(user_id, question="My code never came.", since=since)
    assert (call.user_id, call.participant_name) == (user_id, "Harbour Securities")
    assert call.cause == Reason.NOT_SENT.value
    assert call.caller == CallerStatus()
    assert call.ended_at is None
    assert await helpdesk.enquiries.current(user_id) == call
    clock.advance(timedelta(seconds=80))
    ended = await helpdesk.enquiries.finish(
        call.enquiry_id, Ending(Outcome.TOLD, question=NASTY, caller_name="Mary\x1b")
    )
    assert (ended.seconds, ended.outcome, ended.question) == (120, Outcome.TOLD, CLEANED)
    assert ended.caller_name == "Mary"
    assert await helpdesk.enquiries.current(user_id) is None
    assert (await helpdesk.enquiries.listing().page(0)) == (ended,)


async def test_the_cause_is_kept_as_it_was_unless_the_agent_says_another(
    helpdesk: Desk, user_id: str, roster: Roster
) -> None:
    await roster.participant("CP2")
    unnamed = await helpdesk.enquiries.begin(question="When does it start?")
    firm = await helpdesk.enquiries.begin(participant_id="CP2", question="Who is our DA?")
    assert (unnamed.cause, firm.cause, firm.user_id, firm.participant_id) == (GENERAL, GENERAL, None, "CP2")
    call = await helpdesk.enquiries.begin(user_id, question="?")
    ended = await helpdesk.enquiries.finish(call.enquiry_id, Ending(Outcome.RESOLVED, cause=CLEAR))
    assert ended.cause == CLEAR
    kept = await helpdesk.enquiries.finish(unnamed.enquiry_id, Ending(Outcome.TOLD, cause="made up"))
    assert kept.cause == GENERAL


async def test_a_call_about_the_same_user_is_that_call_again(
    helpdesk: Desk, user_id: str, clock: HeldClock, desk_of: DeskOf
) -> None:
    call = await helpdesk.enquiries.begin(user_id)
    assert (await helpdesk.enquiries.begin(user_id, question="again")).enquiry_id == call.enquiry_id
    colleague = desk_of(Role.HELPDESK, operator_id="ben")
    assert (await colleague.enquiries.begin(user_id)).enquiry_id != call.enquiry_id
    assert await colleague.enquiries.current(None) is None
    clock.advance(timedelta(hours=5))
    assert (await helpdesk.enquiries.begin(user_id)).enquiry_id > call.enquiry_id
    late = await colleague.enquiries.finish(call.enquiry_id, Ending(Outcome.DROPPED))
    assert (late.seconds, late.outcome) == (None, Outcome.DROPPED)


async def test_a_call_about_nobody_there_is_refused_in_one_sentence(helpdesk: Desk, user_id: str) -> None:
    with pytest.raises(NotFound):
        await helpdesk.enquiries.begin("NOBODY")
    with pytest.raises(NotFound):
        await helpdesk.enquiries.begin(participant_id="NOFIRM")
    with pytest.raises(NotFound):
        await helpdesk.enquiries.finish(999, Ending(Outcome.TOLD))
    with pytest.raises(NotFound):
        await helpdesk.enquiries.current("NOBODY")
    with pytest.raises(NotFound):
        await helpdesk.enquiries.listing(EnquiryQuery(user_id="NOBODY")).count()


async def test_what_is_missing_or_too_long_is_refused_and_the_call_goes_on(
    helpdesk: Desk, user_id: str
) -> None:
    call = await helpdesk.enquiries.begin(user_id)
    finish = helpdesk.enquiries.finish
    with pytest.raises(ReasonNeeded, match="question"):
        await finish(call.enquiry_id, Ending(Outcome.TOLD, question=" \x1b "))
    with pytest.raises(TextTooLong):
        await finish(call.enquiry_id, Ending(Outcome.TOLD, question="x" * 301))
    with pytest.raises(ReasonNeeded, match="follow-up"):
        await finish(call.enquiry_id, Ending(Outcome.FOLLOW_UP, question="?"))
    for due, why in ((TODAY - timedelta(days=1), "past"), (TODAY + timedelta(days=91), "far")):
        with pytest.raises(BadDay) as refused:
            await finish(call.enquiry_id, Ending(Outcome.TOLD, question="?", follow_up="ring", due=due))
        assert refused.value.why == why
    assert await helpdesk.enquiries.get(call.enquiry_id) == call
    await finish(call.enquiry_id, Ending(Outcome.DROPPED))
    with pytest.raises(NotNow):
        await finish(call.enquiry_id, Ending(Outcome.TOLD, question="?"))


async def test_a_resend_is_tied_to_the_call_that_is_going_on(
    helpdesk: Desk, user_id: str, clock: HeldClock, database: Database
) -> None:
    call = await helpdesk.enquiries.begin(user_id)
    with pytest.raises(EnquiryNeeded):
        await helpdesk.verifications.resend(user_id)
    await helpdesk.verifications.resend(user_id, question="No code came.")
    clock.advance(timedelta(minutes=5))
    await helpdesk.verifications.resend(user_id)
    (shown,) = await helpdesk.enquiries.listing().page(0)
    assert (shown.enquiry_id, shown.codes_sent, shown.question) == (call.enquiry_id, (1, 2), "No code came.")
    assert await actions(database) == ["enquiry.begun", "verification.issued", "verification.issued"]


async def test_a_resend_without_a_call_begins_one_that_goes_on(
    helpdesk: Desk, user_id: str, desk_of: DeskOf, clock: HeldClock, database: Database
) -> None:
    await desk_of(Role.HELPDESK, operator_id="ben").enquiries.begin(user_id, question="ben's call")
    began = clock.now()
    clock.advance(timedelta(minutes=2))
    sent = await helpdesk.verifications.resend(user_id, question="No code came.", since=began)
    begun = (await helpdesk.enquiries.listing().page(0))[0]
    assert (begun.taken_by, begun.outcome, begun.codes_sent) == ("amy", None, (1,))
    assert (begun.enquiry_id, begun.taken_at, begun.ended_at) == (sent.enquiry_id, began, None)
    assert await helpdesk.enquiries.begin(user_id) == begun, "the caller has one call"
    assert await helpdesk.enquiries.current(user_id) == begun
    assert await actions(database) == ["enquiry.begun", "enquiry.begun", "verification.issued"]
    clock.advance(timedelta(minutes=5))
    with pytest.raises(TextTooLong):
        await helpdesk.verifications.resend(user_id, question="x" * 301)


async def test_codes_for_many_answer_one_call(helpdesk: Desk, user_id: str, desk_of: DeskOf) -> None:
    call = await helpdesk.enquiries.begin(question="None of ours got a code.")
    sent = await helpdesk.verifications.resend(user_id, enquiry_id=call.enquiry_id)
    assert sent.enquiry_id == call.enquiry_id
    (shown,) = await helpdesk.enquiries.listing().page(0)
    assert (shown.user_id, shown.codes_sent) == (None, (1,))
    bens = await desk_of(Role.HELPDESK, operator_id="ben").enquiries.begin(question="ben's call")
    with pytest.raises(NotNow):
        await helpdesk.verifications.resend(user_id, enquiry_id=bens.enquiry_id)


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ("another user", "another user's call"),
        ("another participant", "another participant's call"),
        ("the user, but left open", "left open"),
    ],
)
async def test_a_code_is_never_tied_to_a_call_that_cannot_be_its_callers(
    about: str, why: str, helpdesk: Desk, user_id: str, roster: Roster, database: Database, clock: HeldClock
) -> None:
    """Who was checked in one call must not be served in another's name."""
    await roster.participant("CP2")
    begin = helpdesk.enquiries.begin
    if about == "another user":
        call = await begin(await roster.user("CP1", pending="other@bank.example"), question="Mine?")
    elif about == "another participant":
        call = await begin(participant_id="CP2", question="Ours?")
    else:
        call = await begin(user_id, question="Mine?")
        clock.advance(timedelta(hours=4))
    with pytest.raises(NotNow) as refused:
        await helpdesk.verifications.resend(user_id, question="?", enquiry_id=call.enquiry_id)
    assert (refused.value.why, explain_error(refused.value)[:10]) == (why, "Call no. 1")
    assert await actions(database) == ["enquiry.begun"]
    assert (await helpdesk.enquiries.get(call.enquiry_id)).codes_sent == ()


async def test_a_call_begun_by_mistake_is_taken_back_and_the_audit_alone_keeps_it(
    helpdesk: Desk, user_id: str, database: Database, desk_of: DeskOf
) -> None:
    call = await helpdesk.enquiries.begin(user_id)
    ben = desk_of(Role.HELPDESK, operator_id="ben")
    with pytest.raises(NotNow) as refused:
        await ben.enquiries.take_back(call.enquiry_id)
    assert refused.value.why == "not your call"
    await helpdesk.enquiries.take_back(call.enquiry_id)
    assert await helpdesk.enquiries.listing().count() == 0
    assert await helpdesk.enquiries.listing(EnquiryQuery(user_id=user_id)).page(0) == ()
    assert await helpdesk.enquiries.current(user_id) is None
    assert (await helpdesk.enquiries.load()).today == 0
    counted = await helpdesk.enquiries.statistics(call.taken_at, call.taken_at + timedelta(hours=1))
    assert (counted.calls, counted.by_cause, counted.by_outcome) == (0, (), ())
    assert await actions(database) == ["enquiry.begun", "enquiry.taken-back"]
    with pytest.raises(NotFound):
        await helpdesk.enquiries.take_back(call.enquiry_id)
    for reading in (helpdesk.enquiries.get(call.enquiry_id), helpdesk.callers.send_code(call.enquiry_id)):
        with pytest.raises(NotFound):
            await reading


async def test_the_number_of_a_call_that_was_taken_back_is_never_anothers(
    helpdesk: Desk, user_id: str
) -> None:
    """Two calls under one number could not be told apart in the audit log."""
    taken_back = await helpdesk.enquiries.begin(user_id, question="Begun by mistake?")
    await helpdesk.enquiries.take_back(taken_back.enquiry_id)
    assert await helpdesk.enquiries.commonest_questions() == ()
    following = await helpdesk.enquiries.begin(user_id, question="When?")
    assert following.enquiry_id > taken_back.enquiry_id
    assert [call.enquiry_id for call in await helpdesk.enquiries.going_on()] == [following.enquiry_id]
    assert await helpdesk.enquiries.commonest_questions() == ("When?",)


@pytest.mark.parametrize("deed", ["resend", "check code", "call back"])
async def test_a_call_in_which_something_was_done_cannot_be_taken_back(
    deed: str, helpdesk: Desk, user_id: str, roster: Roster, desk_of: DeskOf
) -> None:
    about = user_id
    if deed == "check code":
        about = await roster.user("CP1", active="seen@bank.example")
    call = await helpdesk.enquiries.begin(about)
    if deed == "resend":
        await helpdesk.verifications.resend(about, question="?")
    elif deed == "check code":
        await helpdesk.callers.send_code(call.enquiry_id)
    else:
        await desk_of(Role.OPERATIONS).participants.set_phone("CP1", "2979 7222")
        await helpdesk.callers.called_back(call.enquiry_id, reached=False)
    with pytest.raises(NotNow) as refused:
        await helpdesk.enquiries.take_back(call.enquiry_id)
    assert refused.value.why == "something was done"
    assert explain_error(refused.value).startswith("Something was done in call no. 1 already")
    assert (await helpdesk.enquiries.get(call.enquiry_id)).ended_at is None


async def promised(helpdesk: Desk, user_id: str, due: date | None = None) -> int:
    """An ended call in which something was promised."""
    call = await helpdesk.enquiries.begin(user_id, question="?")
    await helpdesk.enquiries.finish(call.enquiry_id, Ending(Outcome.FOLLOW_UP, follow_up=NASTY, due=due))
    return call.enquiry_id


async def test_follow_ups_are_listed_the_soonest_due_first_until_they_are_done(
    helpdesk: Desk, user_id: str
) -> None:
    later, sooner = (
        await promised(helpdesk, user_id, TODAY + timedelta(days=3)),
        await promised(helpdesk, user_id),
    )
    listing = helpdesk.enquiries.listing(EnquiryQuery(CallFilter.FOLLOW_UPS))
    assert [call.enquiry_id for call in await listing.page(0)] == [sooner, later]
    assert await listing.position(later) == 1
    (first, second) = await helpdesk.enquiries.open_follow_ups()
    assert first.follow_up is not None
    assert (first.follow_up.text, first.follow_up.due) == (CLEANED, TODAY)
    assert first.follow_up.overdue(TODAY + timedelta(days=1))
    assert second.enquiry_id == later
    done = await helpdesk.enquiries.close_follow_up(sooner, "rang\x1b them")
    assert done.follow_up is not None
    assert (done.follow_up.done_by, done.follow_up.done_note) == ("amy", "rang them")
    assert not done.follow_up.overdue(TODAY + timedelta(days=1))
    assert [call.enquiry_id for call in await helpdesk.enquiries.open_follow_ups()] == [later]


async def test_two_who_close_the_same_follow_up_at_once_one_wins_and_the_other_is_told(
    helpdesk: Desk, user_id: str, desk_of: DeskOf
) -> None:
    enquiry_id = await promised(helpdesk, user_id)
    desks = [desk_of(Role.HELPDESK, operator_id=name) for name in ("amy", "ben", "cat")]
    came = await asyncio.gather(
        *(desk.enquiries.close_follow_up(enquiry_id, desk.actor.name) for desk in desks),
        return_exceptions=True,
    )
    (won,) = [each for each in came if not isinstance(each, BaseException)]
    lost = [each for each in came if isinstance(each, FollowUpDone)]
    assert len(lost) == 2
    assert won.follow_up is not None
    assert {each.done_by for each in lost} == {won.follow_up.done_by} == {won.follow_up.done_note}
    call = await helpdesk.enquiries.begin(user_id)
    with pytest.raises(NotNow):
        await helpdesk.enquiries.close_follow_up(call.enquiry_id)


async def test_the_newest_note_is_what_the_next_shift_reads(
    helpdesk: Desk, desk_of: DeskOf, database: Database
) -> None:
    assert await helpdesk.enquiries.newest_hand_over() is None
    with pytest.raises(ReasonNeeded):
        await helpdesk.enquiries.hand_over(" \n ")
    with pytest.raises(TextTooLong):
        await helpdesk.enquiries.hand_over("x" * 1_001)
    await helpdesk.enquiries.hand_over("old")
    note = await helpdesk.enquiries.hand_over(f"relay slow\n{NASTY}")
    assert note.note == f"relay slow\n{CLEANED}"
    assert await desk_of(Role.OPERATIONS).enquiries.newest_hand_over() == note
    assert await actions(database) == ["enquiry.handed-over"] * 2


async def test_earlier_notes_stay_to_be_read_for_a_week_and_the_newest_for_ever(
    helpdesk: Desk, desk_of: DeskOf, clock: HeldClock
) -> None:
    assert await helpdesk.enquiries.hand_overs() == ()
    for number in range(3):
        await desk_of(Role.HELPDESK, operator_id=f"agent{number}").enquiries.hand_over(f"note {number}")
        clock.advance(timedelta(days=3))
    told = [(note.note, note.written_by) for note in await helpdesk.enquiries.hand_overs()]
    assert told == [("note 2", "agent2"), ("note 1", "agent1")]
    clock.advance(timedelta(days=60))
    assert [note.note for note in await helpdesk.enquiries.hand_overs()] == ["note 2"]


async def test_the_commonest_questions_come_first(helpdesk: Desk, roster: Roster) -> None:
    await roster.participant("CP1")
    for question in ("rare", "often", "often"):
        await helpdesk.enquiries.begin(question=question)
    await helpdesk.enquiries.begin()
    assert await helpdesk.enquiries.commonest_questions() == ("often", "rare")


async def test_calls_are_counted_by_cause_participant_and_outcome(
    helpdesk: Desk, user_id: str, clock: HeldClock
) -> None:
    begun = clock.now()
    for seconds in (60, 180, 200):
        call = await helpdesk.enquiries.begin(user_id, question="?")
        clock.advance(timedelta(seconds=seconds))
        await helpdesk.enquiries.finish(call.enquiry_id, Ending(Outcome.TOLD))
    await helpdesk.verifications.resend(user_id, question="again")
    await helpdesk.enquiries.begin(question="When?")
    counted = await helpdesk.enquiries.statistics(begun, clock.now() + timedelta(seconds=1))
    assert (counted.calls, counted.median_seconds, counted.codes_sent, counted.checked) == (5, 180, 1, 0)
    assert [(tally.word, tally.calls) for tally in counted.by_cause] == [
        (Reason.NOT_SENT.value, 4), (GENERAL, 1),
    ]  # fmt: skip
    assert [(tally.word, tally.calls, tally.median_seconds) for tally in counted.by_outcome] == [
        (Outcome.TOLD.value, 3, 180), ("", 2, None),
    ]  # fmt: skip
    assert [(tally.word, tally.calls) for tally in counted.by_participant] == [("CP1", 4), ("", 1)]
    assert (await helpdesk.enquiries.statistics(begun, begun)).calls == 0


async def test_the_load_of_today_is_told_beside_the_last_working_day_and_last_week(
    helpdesk: Desk, user_id: str, clock: HeldClock
) -> None:
    """Only calls up to the same time of the day: a morning is not compared with a whole day."""
    for days, calls in ((4, 2), (3, 1), (0, 3)):
        for number in range(calls):
            await helpdesk.enquiries.begin(question=f"{days} {number}")
        clock.advance(timedelta(hours=6))
        await helpdesk.enquiries.begin(question="in the afternoon")
        clock.advance(timedelta(days=days) - timedelta(hours=6))
    await promised(helpdesk, user_id)
    load = await helpdesk.enquiries.load()
    assert (load.today, load.before, load.last_week) == (4, 1, 2)
    assert load.day_before == date(2023, 2, 10), "on a Monday it is Friday that is compared with"
    assert (load.open_follow_ups, load.overdue) == (1, 0)
    clock.advance(timedelta(days=1))
    assert (await helpdesk.enquiries.load()).overdue == 1


async def test_delegated_administrators_see_nothing_of_it(
    helpdesk: Desk, user_id: str, desk_of: DeskOf
) -> None:
    await promised(helpdesk, user_id)
    maker, operations = desk_of(Role.DA_MAKER, "CP1"), desk_of(Role.OPERATIONS)
    with pytest.raises(NotAllowed):
        await maker.enquiries.listing().page(0)
    told = [line.action for line in (await operations.users.card(user_id)).history]
    assert "enquiry.ended" in told
    assert not [line for line in (await maker.users.card(user_id)).history if "enquiry" in line.action]
    seen = await maker.audit.listing(EventQuery(user_id=user_id)).page(0)
    assert not [row for row in seen if "enquiry" in row.action]
    assert [row.action async for row in operations.audit.export() if row.user_id] == [
        "enquiry.begun",
        "enquiry.ended",
    ]
    (row,) = await maker.users.listing(UserQuery()).page(0)
    assert row.user_id == user_id


async def test_what_was_typed_is_personal_in_the_audit_and_no_address_is_kept(
    helpdesk: Desk, user_id: str, database: Database
) -> None:
    call = await helpdesk.enquiries.begin(user_id, question=NASTY, caller_name="Mary Lee")
    await helpdesk.enquiries.finish(call.enquiry_id, Ending(Outcome.FOLLOW_UP, follow_up=NASTY))
    await helpdesk.enquiries.close_follow_up(call.enquiry_id, NASTY)
    await helpdesk.enquiries.hand_over(NASTY)
    async with database.reading() as connection:
        events = (await connection.execute(select(EVENTS.c.facts, EVENTS.c.personal))).all()
        rows = (await connection.execute(select(ENQUIRIES))).all()
    assert len(events) == 4
    for facts, personal in events:
        assert "evil" not in facts
        assert "Mary" not in facts
        assert "evil" in (personal or "")
    assert "ada.chan" not in repr(events) + repr(rows)
