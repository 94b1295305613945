"""The look-up and the answer card as the hotline uses them, what they say to whom, and what they print."""

import json
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import delete, update
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets._toast import Toast

from ccms_tui import answer_print
from screens.answer import AnswerScreen
from screens.calls import CallsScreen
from screens.check_caller import CheckCallerScreen
from screens.hotline_words import (
    ANYBODY,
    GENERAL,
    GENERAL_NO_NUMBER,
    HELPERS,
    NEVER,
    SAY,
    general,
    never_ask,
)
from screens.log_call import LogCallScreen
from screens.lookup import LookupScreen
from screens.resend import ResendScreen
from screens.reveal import RevealScreen
from screens.same_caller import SameCallerScreen
from screens.user_card import UserCardScreen
from screens.widgets.command_bar import CommandBar
from screens.widgets.header_strip import HeaderStrip
from screens.widgets.search_box import SearchInput
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.rules.caller_check import NeverAsk
from store.rules.clues import LONGEST, MOST_WORDS
from store.rules.explain import Reason, Who
from store.setup import initialise
from store.tables import PARTICIPANTS, USERS
from store.views import Kind, Role
from tests.at_the_desk import HOSTILE, backend, opened, seen, shows, until
from tests.conftest import DeskOf, HeldClock, Roster

__all__ = ["backend"]

LATE = {"pending": "late@bank.example"}


@pytest.fixture
async def people(roster: Roster, database: Database, clock: HeldClock, keys: Keys) -> Roster:
    """Participants with a number on file; one user whose address waits for a first code, one verified."""
    await initialise(database, clock, keys, "ops", "Ops")
    await roster.participant("P1", "Bright Wealth Securities")
    await roster.participant("P2", "Gold Brokers")
    await roster.insert(
        [
            roster.row("P1", "CHAN Late 陳遲", user_id="LATE1", **LATE),
            roster.row("P1", "AU Mei 區美", user_id="AUMEI1", active="mei@bank.example",
                       verified_at=clock.now()),
            roster.row("P2", "LEE Other", user_id="OTHER1", pending="o@gold.example"),
        ]
    )  # fmt: skip
    async with database.writing() as connection:
        number = {"phone": "+852 2979 7222", "phone_by": "ops", "phone_at": clock.now()}
        await connection.execute(update(PARTICIPANTS).values(**number))
    return roster


@pytest.fixture
def helpdesk(people: Roster, desk_of: DeskOf) -> Desk:
    return desk_of(Role.HELPDESK)


async def look_up(pilot: Pilot[Any], clue: str) -> None:
    """Type the clue and open the best match."""
    await until(pilot, lambda: isinstance(pilot.app.screen, LookupScreen))
    for char in clue:
        pilot.app.post_message(events.Key("space" if char == " " else char, char))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen) and "✗" in seen(pilot.app))


# The words.


FIRST = (GENERAL, GENERAL_NO_NUMBER)


def test_an_unchecked_caller_is_offered_a_call_back_or_told_who_else_can_help_a_user_and_a_da() -> None:
    assert general(call_back=True) == GENERAL
    without = general(call_back=False)
    for who in (Who.MAKER, Who.OPERATIONS):
        assert HELPERS[who].english in without.english
        assert HELPERS[who].chinese in without.chinese
    for words in ("caller check code", "來電核對碼"):
        assert words not in without.english + without.chinese


def test_there_are_words_in_both_languages_for_every_cause_and_everything_never_asked_for() -> None:
    assert set(SAY) == set(Reason)
    assert set(NEVER) == set(NeverAsk)
    for words in (*SAY.values(), *NEVER.values(), *HELPERS.values(), *FIRST, ANYBODY, never_ask()):
        assert words.english.isascii(), words.english
        assert sum("\u4e00" <= char <= "\u9fff" for char in words.chinese) >= 2, words.chinese
        assert len(words.english) <= 230, "too long to be read aloud"
        assert words.english.count("{") == words.chinese.count("{")
    for words in (*SAY.values(), *FIRST, ANYBODY):
        assert words.english.endswith(".")
        assert words.chinese.endswith("。")


def test_nothing_that_is_said_asks_a_caller_for_a_secret() -> None:
    for words in (*SAY.values(), *FIRST, ANYBODY):
        for asking in ("tell me your", "read me", "give me", "what is your"):
            assert asking not in words.english.lower()


@pytest.mark.parametrize("who", [Who.MAKER, Who.CHECKER, Who.OPERATIONS])
def test_who_helps_can_be_named_within_every_sentence_that_names_them(who: Who) -> None:
    for words in SAY.values():
        filled = words.english.format(number=3, helper=HELPERS[who].english)
        assert "{" not in filled


def test_nothing_is_said_of_a_mail_server_or_a_day_that_the_desk_does_not_know() -> None:
    deferred, entered, waits = (
        SAY[reason] for reason in (Reason.MAIL_DEFERRED, Reason.NOT_ENTERED, Reason.AWAITING_APPROVAL)
    )
    for words in (deferred, entered):
        assert "your mail server" not in words.english.lower()
        assert "貴公司的電郵伺服器" not in words.chinese
    assert "seven" not in waits.english
    assert "七天" not in waits.chinese


# The look-up.


async def test_results_come_while_typing_and_a_mistake_is_said(helpdesk: Desk) -> None:
    async with opened(helpdesk) as pilot:
        await until(pilot, shows(pilot, "Type what the caller gives", "LATE1"))
        for char in "chna late":
            pilot.app.post_message(events.Key("space" if char == " " else char, char))
        await until(pilot, shows(pilot, "these come close", "CHAN Late 陳遲"))
        await pilot.press("escape")
        await until(pilot, shows(pilot, "Type what the caller gives"))


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("x" * 10_000, f"a clue has at most {LONGEST} characters. Press esc"),
        ("ab " * 40, f"a clue has at most {MOST_WORDS} words. Press esc"),
        ("\x1b[31mzz\x07\u202ezz", "Nobody matches that"),
        ("[/x]zzz", "Nobody matches that"),
        ("龍龍龍龍", "Nobody matches that"),
    ],
)
async def test_whatever_is_pasted_gets_one_sentence_and_stays_there(
    pasted: str, said: str, helpdesk: Desk
) -> None:
    async with opened(helpdesk) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        pilot.app.post_message(events.Paste(pasted))
        await until(pilot, shows(pilot, said))
        kept = pilot.app.screen.query_one(SearchInput).value
        assert len(kept) == len(pasted)
        assert "\x1b" not in seen(pilot.app)
        assert "\u202e" not in seen(pilot.app)


async def test_after_a_search_that_finds_nobody_the_next_name_is_typed_not_run(helpdesk: Desk) -> None:
    async with opened(helpdesk) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        await pilot.press(*"zzzzzz", "enter")
        await until(pilot, shows(pilot, "Nobody matches that"))
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        await pilot.press("escape", *"queenie")
        await until(pilot, lambda: pilot.app.screen.query_one(SearchInput).value == "queenie")
        await pilot.press("down", "escape", *"qi")
        await until(pilot, lambda: pilot.app.screen.query_one(SearchInput).value == "qi")


async def test_the_next_caller_is_typed_over_the_last_one(helpdesk: Desk) -> None:
    async with opened(helpdesk) as pilot:
        await look_up(pilot, "chan late")
        await pilot.press("escape")
        await look_up(pilot, "aumei1")
        assert "AU Mei 區美" in seen(pilot.app)


async def test_a_call_is_logged_from_the_list_about_who_stands_under_the_cursor(helpdesk: Desk) -> None:
    async with opened(helpdesk) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        await pilot.press(*"late1")
        await until(pilot, shows(pilot, "CHAN Late"))
        await pilot.press("down", "c")
        await until(pilot, lambda: isinstance(pilot.app.screen, LogCallScreen))
        assert pilot.app.screen.user_id == "LATE1"


async def test_the_list_asks_whether_an_open_call_is_the_present_callers(helpdesk: Desk) -> None:
    earlier = await helpdesk.enquiries.begin("LATE1", question="an earlier caller's")
    async with opened(helpdesk) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        await pilot.press(*"late1")
        await until(pilot, shows(pilot, "CHAN Late"))
        await pilot.press("down", "c")
        await until(pilot, lambda: isinstance(pilot.app.screen, SameCallerScreen))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, LogCallScreen) and pilot.app.screen.ready)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, LogCallScreen) and not pilot.app.screen.call)
        await until(pilot, lambda: pilot.app.screen.ready)
        await pilot.press(*"mine", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, LookupScreen))
    mine, first = await helpdesk.enquiries.listing().page(0)
    assert first.enquiry_id == earlier.enquiry_id
    assert (first.question, mine.question) == ("an earlier caller's", "mine")


async def test_the_key_of_the_look_up_puts_the_cursor_into_its_box_and_typing_replaces(
    helpdesk: Desk,
) -> None:
    async with opened(helpdesk) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        await pilot.press(*"late1")
        await until(pilot, shows(pilot, "CHAN Late"))
        await pilot.press("down", "0")
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        await pilot.press(*"mei")
        assert pilot.app.screen.query_one(SearchInput).value == "mei"


async def test_while_typing_the_foot_has_only_keys_that_work_then(helpdesk: Desk) -> None:
    async with opened(helpdesk) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        foot = pilot.app.screen.query_one(CommandBar)
        assert [(item.key, item.label) for item in foot.items()] == [
            ("enter", "Open"), ("F1", "Help"), ("esc", "Clear"),
        ]  # fmt: skip
        await pilot.press(*"late1")
        await until(pilot, shows(pilot, "CHAN Late"))
        await pilot.press("down")
        await until(pilot, lambda: not isinstance(pilot.app.focused, SearchInput))
        assert {"c", "?", "q"} <= {item.key for item in foot.items()}


async def test_the_foot_hides_what_the_role_never_does_and_dims_what_cannot_be_done_to_this_user(
    helpdesk: Desk,
) -> None:
    async with opened(helpdesk, UserCardScreen("AUMEI1"), (120, 40)) as pilot:
        await until(pilot, shows(pilot, "AU Mei"))
        items = {item.label: item.allowed for item in pilot.app.screen.query_one(CommandBar).items()}
        assert not {"Edit email", "Enter code"} & set(items)
        assert (items["Resend"], items["Log a call"], items["Why"]) == (False, True, True)
        await pilot.press("r")
        await until(pilot, shows(pilot, "AUMEI1 has no address waiting for a code"))
        await pilot.press("e")
        await until(pilot, shows(pilot, "'Edit email' is not for your role (Helpdesk)."))


def heights(pilot: Pilot[Any]) -> list[int]:
    """The lines of each sentence that stands on the screen."""
    return [toast.region.height for toast in pilot.app.screen.query(Toast)]


async def test_a_sentence_lies_over_the_header_and_over_nothing_else(helpdesk: Desk) -> None:
    async with opened(helpdesk, notifications=True) as pilot:
        await look_up(pilot, "late1")
        header = pilot.app.screen.query_one(HeaderStrip).region
        for height, said in ((1, "short"), (2, "x" * 70 + " " + "y" * 70), (1, "the newest of them")):
            pilot.app.notify(said, markup=False)
            await until(pilot, lambda height=height: [height] == heights(pilot))
            assert header.contains_region(pilot.app.screen.query_one(Toast).region)


# The answer card.


async def test_a_resend_from_the_card_begins_the_one_call_of_the_caller(
    helpdesk: Desk, clock: HeldClock
) -> None:
    async with opened(helpdesk) as pilot:
        await look_up(pilot, "late1")
        clock.advance(timedelta(seconds=40))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResendScreen))
        await until(pilot, lambda: pilot.app.screen.preview is not None)
        await pilot.press(*"nocode", "enter")
        await until(pilot, shows(pilot, "1 queued, 0 refused"))
        await pilot.press("escape")
        await until(pilot, shows(pilot, "Call no. 1 goes on"))
        await pilot.press("c")
        await until(pilot, lambda: isinstance(pilot.app.screen, LogCallScreen) and pilot.app.screen.ready)
        await until(pilot, shows(pilot, "nocode"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen))
    (call,) = await helpdesk.enquiries.listing().page(0)
    assert (call.question, call.codes_sent, call.seconds) == ("nocode", (1,), 40)
    assert call.ended_at == clock.now()


async def test_a_code_is_not_silently_tied_to_an_earlier_callers_call(helpdesk: Desk) -> None:
    await helpdesk.enquiries.begin("LATE1", question="an earlier caller's", since=None)
    async with opened(helpdesk) as pilot:
        helpdesk_clock = helpdesk.clock
        assert isinstance(helpdesk_clock, HeldClock)
        helpdesk_clock.advance(timedelta(minutes=5))
        await look_up(pilot, "late1")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, SameCallerScreen))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResendScreen))
        await until(pilot, shows(pilot, "Tied to call no. 1"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_card_says_general_words_first_and_marks_the_others(
    size: tuple[int, int], helpdesk: Desk
) -> None:
    async with opened(helpdesk, size=size) as pilot:
        await look_up(pilot, "late1")
        text = seen(pilot.app)
        for words in ("CHAN Late 陳遲", "LATE1 · user · P1 Bright Wealth", "l***@bank.example",
                      "✗ No code was sent to l***@bank.example yet.", "caller not checked",
                      GENERAL.english[:50], GENERAL.chinese[:20], "Never ask",
                      "a smartcard PIN"):  # fmt: skip
            assert words in text, words
        screen = pilot.app.screen
        assert isinstance(screen, AnswerScreen)
        screen.query_one("#answer").scroll_end(animate=False)
        await until(pilot, shows(pilot, "Only once the caller is checked, say:"))
        await until(pilot, shows(pilot, "Not yet"))


async def test_once_the_caller_is_checked_the_cause_is_told_and_the_address_can_be_shown(
    helpdesk: Desk, clock: HeldClock
) -> None:
    async with opened(helpdesk) as pilot:
        await look_up(pilot, "late1")
        await pilot.press("o")
        await until(pilot, shows(pilot, "'Reveal' is only for a caller who was checked; press i"))
        assert isinstance(pilot.app.screen, AnswerScreen)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckCallerScreen))
        await until(pilot, shows(pilot, "+852 2979 7222"))
        await pilot.press("f5")
        await until(pilot, shows(pilot, "caller checked by a call back", SAY[Reason.NOT_SENT].english[:40]))
        assert GENERAL.english[:40] not in seen(pilot.app)
        await pilot.press("o")
        await until(pilot, lambda: not isinstance(pilot.app.screen, AnswerScreen))
        clock.advance(timedelta(hours=2))
        call = await helpdesk.enquiries.current("LATE1")
        assert call is not None
        assert not call.caller.verified(clock.now())


async def checked(helpdesk: Desk, clock: HeldClock) -> int:
    """A call about LATE1 with its caller checked, left open ten minutes ago."""
    call = await helpdesk.enquiries.begin("LATE1", question="no mail")
    await helpdesk.callers.called_back(call.enquiry_id, reached=True)
    clock.advance(timedelta(minutes=10))
    return call.enquiry_id


STILL_OPEN = "call no. 1 of 09:30 is still open: the same caller?"


async def test_a_check_counts_for_a_later_card_only_once_it_is_said_to_be_the_same_caller(
    helpdesk: Desk, clock: HeldClock
) -> None:
    await checked(helpdesk, clock)
    async with opened(helpdesk) as pilot:
        await look_up(pilot, "late1")
        assert STILL_OPEN in seen(pilot.app)
        assert GENERAL.english[:40] in seen(pilot.app)
        await pilot.press("o")
        await until(pilot, shows(pilot, "'Reveal' is only for a caller who was checked"))
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, SameCallerScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen))
        assert STILL_OPEN in seen(pilot.app)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, SameCallerScreen))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckCallerScreen))
        await pilot.press("escape")
        await until(pilot, shows(pilot, "caller checked by a call back", SAY[Reason.NOT_SENT].english[:40]))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen) and pilot.app.screen.call)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, RevealScreen))


@pytest.mark.parametrize(("key", "dialog"), [("i", CheckCallerScreen), ("c", LogCallScreen)])
async def test_another_callers_call_is_ended_before_the_next_one_begins(
    key: str, dialog: type[Screen[Any]], helpdesk: Desk, clock: HeldClock
) -> None:
    before = await checked(helpdesk, clock)
    async with opened(helpdesk) as pilot:
        await look_up(pilot, "late1")
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, SameCallerScreen))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, LogCallScreen) and pilot.app.screen.ready)
        clock.advance(timedelta(minutes=1))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "caller not checked"))
        await until(pilot, lambda: isinstance(pilot.app.screen, dialog))
        assert (await helpdesk.enquiries.get(before)).ended_at == clock.now()
        if key == "c":
            await until(pilot, lambda: pilot.app.screen.ready)  # type: ignore[attr-defined]
            clock.advance(timedelta(seconds=40))
            await pilot.press(*"when", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen))
            newest = (await helpdesk.enquiries.listing().page(0))[0]
            assert (newest.question, newest.seconds) == ("when", 40)
        else:
            call = await helpdesk.enquiries.current("LATE1")
            assert call is not None
            assert not call.caller.verified(clock.now())


async def test_coming_back_to_look_up_the_next_clue_takes_the_place_of_the_last(helpdesk: Desk) -> None:
    async with opened(helpdesk) as pilot:
        await look_up(pilot, "late1")
        await pilot.press("8")
        await until(pilot, lambda: isinstance(pilot.app.screen, CallsScreen))
        await pilot.press("0")
        await until(pilot, lambda: isinstance(pilot.app.screen, LookupScreen))
        for char in "zzz":
            pilot.app.post_message(events.Key(char, char))
        await until(pilot, shows(pilot, "Nobody matches that"))
        assert pilot.app.screen.search == "zzz", "the next clue takes the place of the last one"


async def test_the_keys_of_the_card_open_what_they_say(helpdesk: Desk) -> None:
    async with opened(helpdesk) as pilot:
        await look_up(pilot, "late1")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, UserCardScreen))
        await pilot.press("escape", "c")
        await until(pilot, lambda: isinstance(pilot.app.screen, LogCallScreen))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen))
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(pilot.app.screen, LookupScreen))


async def test_a_user_who_was_removed_meanwhile_is_one_sentence(helpdesk: Desk, database: Database) -> None:
    async with opened(helpdesk) as pilot:
        await look_up(pilot, "late1")
        async with database.writing() as connection:
            await connection.execute(delete(USERS).where(USERS.c.user_id == "LATE1"))
        await until(pilot, shows(pilot, "There is no user LATE1 that you may see"))
        assert isinstance(pilot.app.screen, LookupScreen)


async def test_a_da_sees_their_own_users_cause_and_nothing_of_the_hotline(
    people: Roster, desk_of: DeskOf
) -> None:
    async with opened(desk_of(Role.DA_MAKER, "P1")) as pilot:
        await pilot.press("0")
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        await pilot.press(*"other1")
        await until(pilot, shows(pilot, "Nobody matches that"))
        await pilot.press("escape")
        await look_up(pilot, "late1")
        text = seen(pilot.app)
        assert "✗ No code was sent to late@bank.example yet." in text
        for words in ("Never ask", "not checked", "Before I can speak"):
            assert words not in text


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
async def test_hostile_names_neither_break_nor_steer_the_look_up_and_the_card(
    size: tuple[int, int], helpdesk: Desk, people: Roster
) -> None:
    await people.participant("P[/x]", HOSTILE[:200])
    await people.user("P[/x]", HOSTILE[:300], user_id="HOST[/x]", pending="[/x]@x.example")
    async with opened(helpdesk, size=size) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.focused, SearchInput))
        pilot.app.screen.query_one(SearchInput).insert_text_at_cursor("host[/x]")
        await until(pilot, shows(pilot, "HOST[/x]"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen) and "[/x]" in seen(pilot.app))
        for char in ("\x1b", "\x07", "\u202e"):
            assert char not in seen(pilot.app)


# The same, printed.


async def printed(desk: Desk, user_id: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, dict[str, Any]]:
    told, hotline = await answer_print.read_answer(desk, user_id)
    answer_print.print_answer(told, hotline)
    return capsys.readouterr().out, json.loads(json.dumps(answer_print.answer_document(told, hotline)))


async def test_plain_lines_and_json_say_what_the_card_says(
    helpdesk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    out, document = await printed(helpdesk, "LATE1", capsys)
    lines = out.splitlines()
    assert lines[0] == "CHAN Late 陳遲"
    assert "Cause: No code was sent to l***@bank.example yet." in lines
    assert lines.index("The caller is not checked yet. Say first:") < lines.index(f"  {GENERAL.chinese}")
    assert lines.index("Say this only once the caller is checked:") < lines.index("Never ask for:")
    assert document["cause"] == "No code was sent to l***@bank.example yet."
    assert document["hotline"]["say_first"] == {"en": GENERAL.english, "zh-Hant": GENERAL.chinese}
    assert document["hotline"]["say_once_checked"]["en"] == SAY[Reason.NOT_SENT].english
    assert document["hotline"]["caller_checked"] is False
    call = await helpdesk.enquiries.begin("LATE1")
    await helpdesk.callers.called_back(call.enquiry_id, reached=True)
    out, document = await printed(helpdesk, "LATE1", capsys)
    assert "The caller is checked. Say:" in out
    assert (document["hotline"]["say_first"], document["hotline"]["once_checked"]) == (None, [])


async def test_a_da_is_printed_the_cause_without_the_hotlines_words(
    people: Roster, desk_of: DeskOf, capsys: pytest.CaptureFixture[str]
) -> None:
    out, document = await printed(desk_of(Role.DA_CHECKER, "P1"), "LATE1", capsys)
    assert "Cause: No code was sent to late@bank.example yet." in out
    assert "Never ask" not in out
    assert "hotline" not in document


@pytest.mark.parametrize(
    ("phone", "user_id", "first", "may"),
    [
        (True, "AUMEI1", GENERAL.english, ("call back", "mail a caller check code")),
        (True, "LATE1", GENERAL.english, ("call back", "send a fresh code")),
        (False, "AUMEI1", GENERAL_NO_NUMBER.english, ("mail a caller check code",)),
        (False, "LATE1", GENERAL_NO_NUMBER.english, ("send a fresh code",)),
        (False, "OTHER1", GENERAL_NO_NUMBER.english, ("send a fresh code",)),
    ],
)
async def test_only_what_can_be_done_is_offered(
    phone: bool, user_id: str, first: str, may: tuple[str, ...], helpdesk: Desk, people: Roster,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    await people.user("P2", "A maker", kind=Kind.DA_MAKER)
    if not phone:
        async with people.database.writing() as connection:
            await connection.execute(update(PARTICIPANTS).values(phone=None))
    _out, document = await printed(helpdesk, user_id, capsys)
    assert document["hotline"]["say_first"]["en"].endswith(first)
    offered = " ".join(document["hotline"]["may"])
    for deed in ("call back", "mail a caller check code", "send a fresh code"):
        assert (deed in offered) is (deed in may), deed


PASTS: tuple[dict[str, Any], ...] = (
    {}, {"pending": "p@bank.example"}, {"pending": "q@bank.example", "undeliverable": True},
    {"active": "a@bank.example"}, {"active": "b@bank.example", "pending": "c@bank.example"},
)  # fmt: skip


@pytest.mark.parametrize("phone", [True, False])
async def test_what_is_read_to_an_unchecked_caller_depends_on_nothing_of_the_user(
    phone: bool, helpdesk: Desk, people: Roster
) -> None:
    """Else a stranger learns from it who is a DA, who has a verified address, who is locked."""
    for number, (kind, past, flag) in enumerate(product(Kind, PASTS, ("", "locked", "suspended"))):
        flags: dict[str, Any] = {flag: True} if flag else {}
        participant_id = ("P1", "P2")[number % 2]
        await people.user(participant_id, f"User {number}", user_id=f"U{number}", kind=kind, **past, **flags)
    if not phone:
        async with people.database.writing() as connection:
            await connection.execute(update(PARTICIPANTS).values(phone=None))
    heard = set()
    for user in range(number + 1):
        told, hotline = await answer_print.read_answer(helpdesk, f"U{user}")
        assert hotline is not None
        assert not hotline.checked
        heard |= {told.first, hotline.first}
    assert heard == {GENERAL if phone else GENERAL_NO_NUMBER}


async def test_where_no_caller_can_be_checked_the_card_and_the_dialog_offer_no_way(
    helpdesk: Desk, people: Roster
) -> None:
    async with people.database.writing() as connection:
        await connection.execute(update(PARTICIPANTS).values(phone=None))
    async with opened(helpdesk) as pilot:
        await look_up(pilot, "late1")
        await until(pilot, shows(pilot, "caller not checked, and cannot be", "Please turn to your"))
        assert "I can call your company back" not in seen(pilot.app)
        await pilot.press("i")
        await until(pilot, lambda: isinstance(pilot.app.screen, CheckCallerScreen))
        await until(
            pilot, shows(pilot, "No number of P1 is on file", "No code can be mailed", "F8 take back")
        )
        assert "F7" not in seen(pilot.app)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(pilot.app.screen, AnswerScreen))
    assert await helpdesk.enquiries.listing().count() == 0
