"""A list of users and addresses, as people keep it: every line becomes one address, or one fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.rules.address_list import LONGEST_LINE, is_list, is_roster, read_list
from store.rules.addresses import Problem
from store.rules.roster_file import COLUMNS, RowFault
from store.rules.roster_plan import KnownParticipant, KnownUser, RosterState

NAMES = {
    "HALB0001": "Chan Mei Oi 陳美愛",
    "HALB0002": "Ho Wai Siu 何偉小",
    "HALB0003": "Lee, Ka Yan",
    "HALB0004": "WONG Tai Man",
    "HALB0005": "Wong Tai Man",
}


def state(only_own: str | None = "C10107") -> RosterState:
    users = {
        user_id: KnownUser(pk, user_id, "C10107", name, "user", "SC-1", "en", None, None, None, None, 1)
        for pk, (user_id, name) in enumerate(NAMES.items(), 1)
    }
    return RosterState(users, {"C10107": KnownParticipant("Harbour", False)}, set(), None, only_own)


def taken(text: str) -> list[tuple[int, str, str]]:
    return [(each.line, each.row.user_id, each.row.email) for each in read_list(text, state()).entries]


def faults(text: str, only_own: str | None = "C10107") -> list[tuple[int, str, str, str]]:
    bad = read_list(text, state(only_own)).bad
    return [(each.line, each.column, each.reason, each.detail) for each in bad]


@pytest.mark.parametrize("line", [
    "HALB0001, mei.oi@harbour.hk",
    "halb0001\tmei.oi@harbour.hk",
    "HALB0001; mei.oi@harbour.hk",
    "HALB0001 mei.oi@harbour.hk",
    "mei.oi@harbour.hk,HALB0001",
    "  HALB0001,  ,mei.oi@harbour.hk  ",
    "HALB0001,Chan Mei Oi 陳美愛,mei.oi@harbour.hk",
    "HALB0001,Settlement,mei.oi@harbour.hk",
    "Chan Mei Oi 陳美愛,mei.oi@harbour.hk",
    "chan  mei oi, mei.oi@harbour.hk",
    "陳美愛\tmei.oi@harbour.hk",
    "Chan Mei Oi <mei.oi@harbour.hk>",
    '"Chan Mei Oi" <mei.oi@harbour.hk>',
    "HALB0001, Chan Mei Oi <mei.oi@harbour.hk>",
    "Chan Mei Oi mei.oi@harbour.hk",
])  # fmt: skip
def test_a_line_names_a_user_and_an_address_however_it_is_written(line: str) -> None:
    assert taken(line) == [(1, "HALB0001", "mei.oi@harbour.hk")]
    assert not faults(line)


def test_a_name_with_a_comma_can_be_quoted_or_come_from_a_spreadsheet() -> None:
    text = '"Lee, Ka Yan",ka.yan@harbour.hk\nLee, Ka Yan\tka.yan2@harbour.hk'
    assert taken(text) == [(1, "HALB0003", "ka.yan@harbour.hk")]
    assert faults(text) == [(2, "user_id", RowFault.DUPLICATE, "line 1")]


def test_titles_and_empty_lines_are_passed_over_and_counted() -> None:
    assert taken("User ID,Name,Email\n\nHALB0001,,a@harbour.hk\r\nHALB0002,,b@harbour.hk") == [
        (3, "HALB0001", "a@harbour.hk"),
        (4, "HALB0002", "b@harbour.hk"),
    ]


@pytest.mark.parametrize(
    "title", ["Addresses of March", "使用者,電郵", "Staff\tE-mail address", "No,Dept,A,B,C,D,E,F,G"]
)
def test_a_first_line_that_names_nobody_is_a_title(title: str) -> None:
    assert taken(f"{title}\nHALB0001,a@harbour.hk") == [(2, "HALB0001", "a@harbour.hk")]
    assert not faults(f"{title}\nHALB0001,a@harbour.hk")
    assert not is_roster(title)


def test_a_first_line_without_an_address_that_names_somebody_is_to_be_mended() -> None:
    assert faults("HALB0001\nHALB0002,b@harbour.hk") == [(1, "email", RowFault.EMPTY, "")]


def test_only_the_address_is_taken() -> None:
    entry = read_list("HALB0001,a@Harbour.HK", state()).entries[0]
    assert entry.row == ("C10107", "Harbour", "HALB0001", NAMES["HALB0001"], "user", "a@Harbour.HK", "", "")
    assert entry.canonical == "a@harbour.hk"


@pytest.mark.parametrize(("line", "column", "reason", "detail"), [
    ("HALB0009,a@harbour.hk", "user_id", RowFault.UNKNOWN_USER, ""),
    ("a@harbour.hk", "user_id", RowFault.EMPTY, ""),
    ("HALB0001", "email", RowFault.EMPTY, ""),
    ("HALB0001,a@harbour.hk,b@harbour.hk", "email", RowFault.TWO_ADDRESSES, ""),
    ("HALB0001,a@@harbour.hk", "email", Problem.TWO_ATS, ""),
    ("wong tai man,a@harbour.hk", "user_id", RowFault.SEVERAL_USERS, "HALB0004, HALB0005"),
    ("HALB0001,Ho Wai Siu,a@harbour.hk", "user_id", RowFault.TWO_USERS, "HALB0001, HALB0002"),
    ("HALB0001," + "x" * LONGEST_LINE, "", RowFault.LONG_LINE, ""),
])  # fmt: skip
def test_a_line_that_cannot_be_taken_says_why(line: str, column: str, reason: str, detail: str) -> None:
    assert faults(line) == [(1, column, reason, detail)]
    assert not taken(line)


@pytest.mark.parametrize(("typed", "meant"), [
    ("Chan", "HALB0001 Chan Mei Oi 陳美愛"),
    ("Ho Wai Siuu", "HALB0002 Ho Wai Siu 何偉小"),
    ("Wong", "HALB0004 WONG Tai Man, HALB0005 Wong Tai Man"),
])  # fmt: skip
def test_a_part_of_a_name_or_a_slip_is_answered_with_who_may_be_meant(typed: str, meant: str) -> None:
    [(line, column, reason, detail)] = faults(f"{typed},a@harbour.hk")
    assert (line, column, reason) == (1, "user_id", RowFault.CLOSE)
    assert detail == meant
    assert faults(f"{typed},a@harbour.hk", None) == [(1, "user_id", RowFault.NOBODY, "")]


def test_an_id_tells_apart_those_who_share_a_name() -> None:
    assert taken("HALB0005,Wong Tai Man,a@harbour.hk") == [(1, "HALB0005", "a@harbour.hk")]


def test_operations_are_not_told_of_a_participant_of_their_own() -> None:
    assert faults("HALB0009,a@harbour.hk", None) == [(1, "user_id", RowFault.NOBODY, "")]


@pytest.mark.parametrize(("text", "listed"), [
    ("HALB0001,a@harbour.hk", True),
    ("user_id,email\n", True),
    ("\n\nName\tE-Mail\n", True),
    ("user_id,user_name\n", False),
    (",".join(COLUMNS), False),
    (",".join(COLUMNS[1:]), False),
    ("C1,Harbour,HALB0001,Chan,user,a@harbour.hk,,en", False),
    ("", False),
    ("\n \n", False),
])  # fmt: skip
def test_a_list_is_told_from_a_roster(text: str, listed: bool) -> None:
    assert is_list(text) is listed
    assert not (listed and is_roster(text))


@given(
    st.lists(st.text(st.sampled_from('HALB0012,;\t "<>@.hk\n陳美愛\x00\x85\u2028'), max_size=40), max_size=20)
)
def test_every_line_that_holds_anything_is_taken_once_or_has_a_fault(lines: list[str]) -> None:
    text = "\n".join(lines)
    file = read_list(text, state())
    numbers = [entry.line for entry in file.entries]
    faulty = {bad.line for bad in file.bad}
    assert len(set(numbers)) == len(numbers)
    assert not faulty.intersection(numbers)
    assert len({entry.row.user_id for entry in file.entries}) == len(numbers)
    held = {number for number, line in enumerate(text.splitlines(), 1) if line.strip()}
    assert {*numbers, *(bad.line for bad in file.bad)} <= held
    assert len(held - set(numbers) - {bad.line for bad in file.bad}) <= 1, (
        "no line but the titles is passed over"
    )
    assert all(entry.canonical for entry in file.entries)
    assert not is_roster(text)
