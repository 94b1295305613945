"""`ccms-tui simulate` as people and scripts run it."""

import csv
import io
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from screens.cutover_words import CAUSES, HELPS, PHASES, read_phase
from screens.typed_days import read_moment
from store.rules.cutover import Cause
from store.rules.roster_file import COLUMNS
from store.views import Phase
from tests.command_line import Desk, Done
from tests.conftest import START

ROSTER = ",".join(COLUMNS) + "\n" + (
    "CP1,Harbour [/x] 海港,U1,陳大文,user,,S1,zh-Hant\n"
    "CP1,Harbour [/x] 海港,U2,\x1b[31mLee\u202e [/x],da-maker,,S2,en\n"
    "CP1,Harbour [/x] 海港,U3,Ho,da-checker,,S3,en\n"
    "CP2,Peak,U4,=1+1,user,,,en\n"
)  # fmt: skip
ENROLLED = {
    "active_email": "x@bank.example",
    "active_canonical": "x@bank.example",
    "password_set_at": "2023-01-01 00:00:00.000000",
    "enrolled_at": "2023-01-01 00:00:00.000000",
    "standing": "enrolled",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("cutover"))
    assert desk.run("init").code == 0
    assert (
        desk.run("import", "-", "--apply", stdin=ROSTER.replace("\x1b", "").replace("\u202e", "")).code == 0
    )
    change(desk, "U2", user_name="\x1b[31mLee\u202e [/x]")
    return desk


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    home = tmp_path / "home"
    shutil.copytree(made.home, home)
    return Desk(home)


def change(desk: Desk, *user_ids: str, **columns: Any) -> None:
    """Set columns of users behind the desk's back."""
    named = ", ".join(f"{name} = ?" for name in columns)
    marks = ", ".join("?" for _id in user_ids)
    with sqlite3.connect(desk.database) as database:
        statement = f"UPDATE ccms_user SET {named} WHERE user_id IN ({marks})"
        database.execute(statement, [*columns.values(), *user_ids])


def everybody_in(desk: Desk) -> None:
    change(desk, "U1", "U2", "U3", "U4", **ENROLLED)
    change(desk, "U4", kind="da-maker")
    with sqlite3.connect(desk.database) as database:
        database.execute(
            "UPDATE participant SET single_da_waiver = 'alone (ops)' WHERE participant_id = 'CP2'"
        )


def test_document_names_who_is_locked_out_and_why(desk: Desk) -> None:
    done = desk.run("simulate", "--phase", "two-factor-only", "--json")
    document = done.document
    assert done.code == 3
    assert document["phase"] == "two-factor-only"
    assert document["locked_out"][0] == {
        "user_id": "U1",
        "participant_id": "CP1",
        "reason": "no email",
        "cannot_log_on_now": False,
    }
    assert [each["user_id"] for each in document["locked_out"]] == ["U1", "U2", "U3", "U4"]
    assert document["locked_out"][3]["cannot_log_on_now"] is True
    assert document["participants_losing_everyone"] == ["CP1", "CP2"]
    assert document["participants_without_maker_or_checker"] == ["CP1", "CP2"]
    assert document["at"] == document["as_of"]
    assert document["since_last"] is None


def test_exit_code_is_0_once_nobody_is_locked_out(desk: Desk) -> None:
    everybody_in(desk)
    done = desk.run("simulate")
    assert done.code == 0
    assert done.out.startswith("Nobody would be locked out: all 4 users could log on under '2FA only' on ")
    document = desk.run("simulate", "--json").document
    assert document["locked_out"] == []
    assert document["participants_losing_everyone"] == []
    assert document["participants_without_maker_or_checker"] == []


def test_text_says_who_loses_what_and_can_be_read(desk: Desk) -> None:
    change(desk, "U1", **ENROLLED)
    done = desk.run("simulate")
    assert done.code == 3
    lines = done.out.splitlines()
    assert lines[0].startswith("3 of 4 users could not log on under '2FA only' on ")
    assert lines[1] == "2 lose by it the way in that they have now; 1 cannot log on now either."
    assert "Participants losing everyone: 1" in lines
    assert any("CP1" in line and "1/" not in line and "no maker, no checker" in line for line in lines)
    assert next(line for line in lines if "U4" in line).endswith("cannot log on now either")
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert "·[31mLee· [/x]" in done.out


def test_long_list_tells_how_to_get_the_rest(desk: Desk) -> None:
    rows = "".join(f"CP2,Peak,M{number:02d},Wong,user,,S,en\n" for number in range(30))
    assert desk.run("import", "-", "--apply", stdin=",".join(COLUMNS) + "\n" + rows).code == 0
    done = desk.run("simulate")
    assert done.out.splitlines()[-1] == "  ... and 14 more; --csv FILE writes all users, --json names all."


def test_second_run_tells_what_changed_since_the_first(desk: Desk) -> None:
    assert desk.run("simulate").code == 3
    change(desk, "U1", **ENROLLED)
    document = desk.run("simulate", "--json").document
    assert document["since_last"]["no_longer_locked_out"] == ["U1"]
    assert document["since_last"]["newly_locked_out"] == []
    assert "Nothing changed since the last time, " in desk.run("simulate").out
    assert "since" not in desk.run("simulate", "--phase", "parallel-run").out


def test_same_people_for_another_reason_are_told(desk: Desk) -> None:
    assert desk.run("simulate").code == 3
    change(desk, "U1", locked=1)
    assert "The same people as on " in (told := desk.run("simulate").out)
    assert ", 1 for another reason." in told


def test_who_only_reads_leaves_the_last_simulation_as_it_is(desk: Desk) -> None:
    assert desk.run("operator", "add", "help1", "--name", "Help", "--role", "helpdesk").code == 0
    desk.run("simulate")
    change(desk, "U1", **ENROLLED)
    for _time in range(2):
        done = desk.run("simulate", "--operator", "help1", "--json")
        assert done.document["since_last"]["no_longer_locked_out"] == ["U1"]
    refused = desk.run("simulate", "--operator", "help1", "--csv", "-")
    assert (refused.code, refused.out) == (4, "")


def test_csv_holds_everybody_and_runs_in_no_spreadsheet(desk: Desk) -> None:
    to_output = desk.run("simulate", "--csv", "-")
    assert to_output.code == 3
    rows = list(csv.DictReader(io.StringIO(to_output.out)))
    assert [row["user_id"] for row in rows] == ["U1", "U2", "U3", "U4"]
    assert rows[3] == {
        "user_id": "U4", "user_name": "'=1+1", "participant_id": "CP2", "participant_name": "Peak",
        "kind": "user", "reason": "no email", "cannot_log_on_now": "yes",
    }  # fmt: skip
    to_file = desk.run("simulate", "--csv", "out.csv", "--json")
    assert json.loads(to_file.out)["users"] == 4
    assert (desk.home / "out.csv").read_text(encoding="utf-8") == to_output.out
    with sqlite3.connect(desk.database) as database:
        (facts,) = database.execute("SELECT facts FROM audit_event WHERE action = 'export.made'").fetchall()[
            -1
        ]
    assert json.loads(facts) == {"what": "simulation", "format": "csv", "rows": 4}


def refused(desk: Desk, *arguments: str) -> Done:
    done = desk.run("simulate", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "\x1b" not in done.err
    assert len(done.err) < 300
    return done


@pytest.mark.parametrize(
    "day", ["2023-02-30", "some day", "", "2023-02-06 25:00", "99999-01-01", "\x1b[31m", "9" * 10_000]
)
def test_day_that_does_not_exist_is_refused_in_one_sentence(desk: Desk, day: str) -> None:
    assert "write it like 2023-06-30" in refused(desk, "--at", day).sentence


def test_day_before_now_says_what_is_of_that_day(desk: Desk) -> None:
    with sqlite3.connect(desk.database) as database:
        database.execute("UPDATE participant SET created_at = '2023-01-01 00:00:00.000000'")
    said = "The roster is today's; only codes and proposals are taken as of that day."
    assert said in desk.run("simulate", "--at", "2023-01-02").out
    assert said not in desk.run("simulate").out


def test_day_before_the_roster_is_refused_in_one_sentence(desk: Desk) -> None:
    assert "1 Jan 2001 lies before it" in refused(desk, "--at", "2001-01-01").sentence


def test_phase_that_is_none_or_has_passed_is_refused_in_one_sentence(desk: Desk) -> None:
    assert "name one of not-started, " in refused(desk, "--phase", "next week").sentence
    assert "does not go back to 'not started'" in refused(desk, "--phase", "not-started").sentence


def test_output_takes_one_format(desk: Desk) -> None:
    assert "one of them" in refused(desk, "--json", "--csv", "-").sentence


def test_file_that_cannot_be_written_is_named(desk: Desk) -> None:
    done = desk.run("simulate", "--csv", "nowhere/out.csv", "--json")
    assert (done.code, done.out) == (1, "")
    assert done.sentence == "nowhere/out.csv: No such file or directory."


def test_date_means_its_first_minute_in_hong_kong() -> None:
    for typed, moment in (
        ("2023-06-30", "2023-06-30T00:00:00+08:00"),
        (" 30 Jun 2023 09:05 ", "2023-06-30T09:05:00+08:00"),
        ("2023-06-30 23:59", "2023-06-30T23:59:00+08:00"),
        ("30/6 9:05", "2023-06-30T09:05:00+08:00"),
        ("tomorrow", "2023-02-07T00:00:00+08:00"),
    ):
        assert read_moment(typed, START).isoformat() == moment


@pytest.mark.parametrize("typed", ["1 Jan 99999999999", "1 Jan 99999999999 09:00"])
def test_a_year_beyond_all_calendars_is_no_day(desk: Desk, typed: str) -> None:
    done = desk.run("simulate", "--at", typed)
    assert (done.code, done.out) == (2, "")
    assert f"'{typed}' is no day" in done.sentence


def test_phases_are_read_as_they_are_typed_and_as_they_are_shown() -> None:
    assert list(PHASES)[-1] == "two-factor-only"
    for phase in Phase:
        assert read_phase(phase.value) is phase
    assert read_phase(" Two-Factor Only ") is Phase.TWO_FACTOR_ONLY


def test_every_cause_has_its_look_and_what_helps() -> None:
    assert set(CAUSES) == set(HELPS) == set(Cause)
