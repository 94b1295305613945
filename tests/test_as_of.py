"""`--as-of` as people and scripts run it: what was exported then comes out again, byte for byte."""

import argparse
import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from ccms_tui.gateway_request import BadRequest, help_text, read_request
from ccms_tui.moments import read_as_of
from store.clock import HONG_KONG
from tests.command_line import Desk

HEADER = "participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language\n"
FIRST = HEADER + (
    "CP1,Harbour 海港,U1,陳大文,user,Chan@harbour.com.hk,S1,zh-Hant\n"
    "CP1,Harbour 海港,U2,Lee [/x],user,,S2,en\n"
    "CP2,Peak,U3,'=1+1,da-maker,,,en\n"
)
SECOND = HEADER + (
    "CP1,Harbour Two,U1,陳小文,user,,S9,en\n"
    "CP1,Harbour Two,U2,Lee [/x],user,lee@harbour.com.hk,S2,en\n"
    "CP3,New,U4,Ho,user,ho@new.com.hk,,en\n"
)
EXPORTS = [(what, form) for what in ("users", "participants", "schedule") for form in ("csv", "json")]


def now() -> str:
    return datetime.now(UTC).isoformat()


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str, dict[tuple[str, str], str]]:
    """A desk whose roster was loaded twice, a moment between the two, and what was exported then."""
    desk = Desk(tmp_path_factory.mktemp("lived"))
    assert desk.run("init").code == 0
    assert desk.run("import", "-", "--apply", stdin=FIRST).code == 0
    assert desk.run("waiver", "grant", "CP2", "--reason", "sole proprietor").code == 0
    then = now()
    exported = {pair: desk.run("export", pair[0], "--format", pair[1]).out for pair in EXPORTS}
    assert desk.run("import", "-", "--apply", stdin=SECOND).code == 0
    assert desk.run("waiver", "withdraw", "CP2", "--reason", "two by now").code == 0
    return desk, then, exported


Lived = tuple[Desk, str, dict[tuple[str, str], str]]


@pytest.mark.parametrize(("what", "form"), EXPORTS)
def test_an_export_as_of_a_moment_equals_what_was_exported_then(lived: Lived, what: str, form: str) -> None:
    desk, then, exported = lived
    again = desk.run("export", what, "--format", form, "--as-of", then)
    assert (again.code, again.out) == (0, exported[what, form])
    present = desk.run("export", what, "--format", form)
    assert desk.run("export", what, "--format", form, "--as-of", now()).out == present.out
    assert (present.out == again.out) is (what == "schedule")


def test_the_audit_keeps_of_which_moment_an_export_was(lived: Lived) -> None:
    desk, then, _exported = lived
    desk.run("export", "participants", "--as-of", then)
    events = desk.run("export", "audit", "--format", "json").document["audit"]
    assert then in [event["facts"].get("as_of") for event in events]


def test_the_status_of_a_moment_counts_who_was_there(lived: Lived) -> None:
    desk, then, _exported = lived
    past = desk.run("status", "--json", "--as-of", then).document
    assert (past["users"], past["participants"]) == (3, 2)
    assert past["as_of"] == then[:19] + "+00:00"
    assert past["standing"]["unverified"] == 1
    present = desk.run("status", "--json").document
    assert (present["users"], present["standing"]["unverified"]) == (4, 3)
    today = desk.run("status", "--json", "--as-of", f"{datetime.now(HONG_KONG):%Y-%m-%d}").document
    assert today | {"as_of": ""} == present | {"as_of": ""}
    said = desk.run("status", "--as-of", then).out
    assert "Mail:" not in said
    assert "Rebuilt from the audit log" in said


def test_a_delegated_administrator_sees_their_own_past_alone(lived: Lived) -> None:
    desk, then, _exported = lived
    desk.run("operator", "add", "may", "--name", "May", "--role", "da-maker", "--participant", "CP2")
    past = desk.run("status", "--json", "--as-of", then, "--operator", "may").document
    assert (past["users"], past["participants"]) == (1, 1)
    rows = desk.run("export", "users", "--as-of", then, "--operator", "may").out.splitlines()
    assert [row.split(",")[2] for row in rows[1:]] == ["U3"]
    desk.run("operator", "add", "ho", "--name", "Ho", "--role", "helpdesk")
    assert desk.run("export", "users", "--as-of", then, "--operator", "ho").code == 4


def test_a_simulation_as_of_a_moment_takes_the_roster_as_it_was(lived: Lived) -> None:
    desk, then, _exported = lived
    past = desk.run("simulate", "--json", "--as-of", then)
    assert past.code == 3
    assert {each["user_id"] for each in past.document["locked_out"]} == {"U1", "U2", "U3"}
    assert past.document["as_of"] == then[:19] + "+00:00"
    assert past.document["since_last"] is None
    assert "The roster as it was on" in desk.run("simulate", "--as-of", then).out
    assert len(desk.run("simulate", "--json").document["locked_out"]) == 4
    assert desk.run("simulate", "--json", "--as-of", then).document["since_last"] is None


UNKNOWN = [
    ("2023-02-30", "that is no moment"),
    ("2023-02-28 25:00", "that is no moment"),
    ("yesterday\x1b[31m", "that is no moment"),
    ("9" * 10_000, "that is no moment"),
    ("", "that is no moment"),
    ("2019-01-01", "the log begins on"),
    ("2001-01-01 00:00", "the log begins on"),
    ("2999-12-31 23:59", "still to come"),
]


@pytest.mark.parametrize(
    ("command", "moment", "words"),
    [
        *(("status", *unknown) for unknown in UNKNOWN),
        *((command, *UNKNOWN[number]) for command in ("export users", "simulate") for number in (0, 5)),
    ],
)
def test_a_moment_nothing_is_known_of_is_refused_in_one_sentence(
    lived: Lived, command: str, moment: str, words: str
) -> None:
    done = lived[0].run(*command.split(), "--as-of", moment)
    assert (done.code, done.out) == (2, "")
    assert words in done.sentence
    assert "\x1b" not in done.sentence
    assert len(done.sentence) < 200


def test_the_audit_is_exported_whole_only(lived: Lived) -> None:
    done = lived[0].run("export", "audit", "--as-of", "2023-03-01")
    assert (done.code, done.out) == (2, "")
    assert "without --as-of" in done.sentence


def test_a_desk_on_which_nothing_happened_has_no_past(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.run("init")
    with sqlite3.connect(desk.database) as database:
        database.execute("DELETE FROM audit_event")
    assert "Nothing has been recorded yet" in desk.run("status", "--as-of", now()).sentence


NOON = datetime(2023, 3, 1, 12, tzinfo=HONG_KONG)


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2023-03-01 12:00", NOON),
        (" 2023-03-01 12:00:00 ", NOON),
        ("1 Mar 2023 12:00", NOON),
        ("2023-03-01T12:00", NOON),
        ("2023-03-01T04:00:00+00:00", NOON),
        ("2023-03-01T04:00Z", NOON),
        ("2023-03-01", datetime.combine(date(2023, 3, 1), time.max, HONG_KONG)),
    ],
)
def test_a_moment_is_read_as_people_and_answers_write_it(typed: str, moment: datetime) -> None:
    assert read_as_of(typed).at(NOON + timedelta(days=3)) == moment


def test_today_means_now_and_a_day_to_come_its_end() -> None:
    for typed in ("2023-03-01", "1/3", "today"):
        assert read_as_of(typed).at(NOON) == NOON
    assert read_as_of("2023-03-01").at(NOON - timedelta(days=1)) > NOON
    assert read_as_of("28 Dec 12:00").at(NOON) == NOON.replace(year=2022, month=12, day=28)
    with pytest.raises(argparse.ArgumentTypeError):
        read_as_of("0001-01-01T00:00+14:00")


def test_the_past_can_be_asked_for_by_ssh_too() -> None:
    asked = read_request(b'status --as-of "2023-03-01 12:00" --json').args
    assert asked is not None
    assert asked.as_of == read_as_of("1 Mar 2023 12:00")
    assert asked.as_of.at(NOON + timedelta(days=1)) == NOON
    with pytest.raises(BadRequest, match="that is no moment"):
        read_request(b"export users --as-of 2023-02-30")
    assert "--as-of" in help_text()
