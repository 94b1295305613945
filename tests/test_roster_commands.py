"""`ccms-tui import` and `ccms-tui export` as people and scripts run them."""

import argparse
import json
import select
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pexpect
import pytest

from ccms_tui import roster_export
from store.rules.roster_file import COLUMNS, RowFault
from tests.command_line import Desk

HEADER = ",".join(COLUMNS) + "\n"
GOOD = HEADER + (
    "CP1,Harbour 海港,U1,陳大文,user,chan@harbour.com.hk,S1,zh-Hant\n"
    "CP1,Harbour 海港,U2,Lee [/x],user,,S2,en\n"
    "CP2,Peak,U3,'=1+1,user,peak@peak.com.hk,S3,en\n"
)
BAD = GOOD + "CP2,Peak,U4,a\x1b[31m\u202e陳,boss,nobody,,fr\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("roster"))
    assert desk.run("init").code == 0
    return desk


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    home = tmp_path / "home"
    shutil.copytree(made.home, home)
    (home / "good.csv").write_text(GOOD, encoding="utf-8")
    (home / "bad.csv").write_text(BAD, encoding="utf-8")
    return Desk(home)


def users(desk: Desk) -> int:
    with sqlite3.connect(desk.database) as database:
        return int(database.execute("SELECT count(*) FROM ccms_user").fetchone()[0])


def files_in(directory: Path) -> list[Path]:
    return list(directory.iterdir())


def queued(desk: Desk) -> int:
    with sqlite3.connect(desk.database) as database:
        return int(database.execute("SELECT count(*) FROM mail WHERE kind = 'verification'").fetchone()[0])


def test_a_plan_is_shown_and_nothing_written(desk: Desk):
    done = desk.run("import", "good.csv")
    assert (done.code, users(desk)) == (0, 0)
    assert done.out.splitlines()[0].startswith("Plan: 3 new, 0 changed, 0 same, 0 absent")
    assert "Add --apply" in done.out


def test_bad_rows_are_told_with_line_column_value_reason_and_remedy(desk: Desk):
    done = desk.run("import", "bad.csv")
    assert done.code == 3
    lines = [line.strip() for line in done.out.splitlines() if line.startswith("  line 5")]
    assert len(lines) == 4
    assert lines[0].startswith("line 5, user_name 'a·[31m·陳': ")
    assert lines[1] == "line 5, kind 'boss': no such kind; use user, da-maker or da-checker."
    assert lines[2] == "line 5, email 'nobody': there is no @ in it; correct the address."
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert "--skip-bad" in done.out


def test_apply_with_bad_rows_loads_nothing_and_says_so_in_one_sentence(desk: Desk):
    done = desk.run("import", "bad.csv", "--apply")
    assert (done.code, users(desk)) == (1, 0)
    assert done.sentence == (
        "Nothing was loaded: 1 row is bad; correct them, or add --skip-bad to load the others."
    )
    assert desk.run("import", "bad.csv", "--apply", "--skip-bad").code == 0
    assert users(desk) == 3


def test_json_is_one_document_of_the_agreed_keys(desk: Desk):
    planned = desk.run("import", "bad.csv", "--json")
    assert planned.code == 3
    assert {key: planned.document[key] for key in ("new", "changed", "same", "absent", "applied")} == {
        "new": 3, "changed": 0, "same": 0, "absent": 0, "applied": False,
    }  # fmt: skip
    assert planned.document["bad"][1] == {
        "line": 5,
        "column": "kind",
        "value": "boss",
        "reason": RowFault.KIND,
    }
    refused = desk.run("import", "bad.csv", "--apply", "--json")
    assert (refused.code, refused.document["applied"]) == (1, False)
    applied = desk.run("import", "-", "--apply", "--json", stdin=GOOD)
    assert (applied.code, applied.err) == (0, "")
    assert applied.document == {"new": 3, "changed": 0, "same": 0, "absent": 0, "bad": [], "applied": True}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (HEADER.replace(",email", "").encode(), "lacks the column email"),
        (HEADER.replace(",email", ",email,phone").encode(), "a column 'phone'"),
        (b"CP1,x,U1,y,user,,,\n", "names no column"),
        (HEADER.encode() + b"CP1,\xff\xfe,U1\n", "Line 2 is neither UTF-8 nor Big5"),
        (HEADER.encode() + b"CP1,\0,U1\n", "Line 2 holds a NUL byte"),
        (HEADER.encode() + b"x" * 10_000_000, "Line 2 is longer than 100,000"),
        (HEADER.encode() + b'CP1,"x,U1,y,user,,,\n', "begins on line 2 is not closed"),
    ],
    ids=["empty", "missing", "extra", "header", "encoding", "NUL", "10 MB", "quote"],
)
def test_a_malformed_file_is_one_sentence_and_leaves_nothing_written(desk: Desk, data: bytes, words: str):
    (desk.home / "odd.csv").write_bytes(data)
    before = desk.database.read_bytes()
    done = desk.run("import", "odd.csv", "--apply")
    assert (done.code, done.out) == (1, "")
    assert done.sentence.startswith("odd.csv was not loaded. ")
    assert words in done.sentence
    assert desk.database.read_bytes() == before


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_read_is_one_sentence(desk: Desk, name: str):
    done = desk.run("import", name)
    assert done.code == 1
    assert "check its name" in done.sentence


def test_big5_files_are_read_and_said_to_be(desk: Desk):
    (desk.home / "big5.csv").write_bytes(GOOD.replace("陳大文", "陳大文㗎").encode("big5hkscs"))
    done = desk.run("import", "big5.csv", "--apply")
    assert done.code == 0
    assert "read as Big5-HKSCS" in done.out
    assert "陳大文㗎" in desk.run("export", "users").out


def test_what_is_exported_is_what_was_loaded_to_the_byte(desk: Desk):
    desk.run("import", "good.csv", "--apply")
    assert desk.run("export", "users", "--format", "csv").out == GOOD
    document = desk.run("export", "users", "--format", "json").document
    assert document["users"][2]["user_name"] == "=1+1"
    assert document["users"][1]["email"] is None


def test_an_export_is_utf8_whatever_the_locale(desk: Desk):
    desk.run("import", "good.csv", "--apply")
    assert desk.run("export", "users", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0").out == GOOD


def test_a_reader_who_stops_reading_holds_up_no_snapshot_of_the_database(desk: Desk):
    rows = (f"CP1,Harbour,N{n},Name Number {n},user,n{n}@harbour.com.hk,,en\n" for n in range(3_000))
    desk.run("import", "-", "--apply", stdin=HEADER + "".join(rows))
    command = (sys.executable, "-m", "ccms_tui", "export", "users")
    with subprocess.Popen(command, cwd=desk.home, env=desk.environment, stdout=subprocess.PIPE) as export:
        assert export.stdout is not None
        select.select([export.stdout], [], [])
        with sqlite3.connect(desk.database, isolation_level=None) as database:
            database.execute("UPDATE participant SET name = 'Renamed'")
            (busy, *_pages) = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert export.poll() is None
        assert export.stdout.read().count(b"\n") == 3_001
    assert (busy, export.returncode) == (0, 0)


async def test_an_export_too_large_for_memory_is_whole_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
):
    monkeypatch.setattr(roster_export, "IN_MEMORY", 10)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def rows() -> AsyncIterator[tuple[Any, ...]]:
        for number in range(5_000):
            yield ("CP1", f"名 {number}")
            assert files_in(tmp_path) == []

    wanted = argparse.Namespace(what="users", format="csv")
    await roster_export._write(wanted, ("participant_id", "participant_name"), rows())
    lines = capsysbinary.readouterr().out.decode().splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("participant_id,participant_name", "CP1,名 4999", 5_001)


def test_participants_and_the_schedule_are_exported_too(desk: Desk):
    desk.run("import", "good.csv", "--apply")
    rows = desk.run("export", "participants").out.splitlines()
    assert rows[0].startswith("participant_id,name,single_da_waiver,users")
    assert [row.split(",")[0] for row in rows[1:]] == ["CP1", "CP2"]
    assert len(desk.run("export", "schedule", "--format", "json").document["schedule"]) == 8


def test_a_load_offers_verifications_and_sends_them_only_when_told(desk: Desk):
    done = desk.run("import", "good.csv", "--apply")
    assert "2 verifications can be sent" in done.out
    assert queued(desk) == 0
    refused = desk.run("import", "good.csv", "--apply", "--send")
    assert (refused.code, queued(desk)) == (2, 0)
    assert "--yes" in refused.sentence
    assert "2 verifications are queued" in desk.run("import", "good.csv", "--apply", "--send", "--yes").out
    assert queued(desk) == 2
    again = desk.run("import", "good.csv", "--apply", "--send", "--yes", "--json")
    assert (again.document["sent"], queued(desk)) == (0, 2)


def test_send_without_apply_is_wrong_usage(desk: Desk):
    assert desk.run("import", "good.csv", "--send", "--yes").code == 2


def test_on_a_terminal_it_asks_before_it_sends(desk: Desk):
    arguments = ["-m", "ccms_tui", "import", "good.csv", "--apply", "--send"]
    program = pexpect.spawn(
        sys.executable, arguments, env=desk.environment, cwd=str(desk.home), encoding="utf-8", timeout=60
    )
    program.expect_exact("Send 2 verifications? [y/N]")
    program.sendline("n")
    program.expect(pexpect.EOF)
    program.close()
    assert (program.exitstatus, users(desk), queued(desk)) == (0, 3, 0)


def test_a_checker_may_not_load_and_the_helpdesk_may_not_export(desk: Desk):
    desk.run("import", "good.csv", "--apply")
    with sqlite3.connect(desk.database) as database:
        database.executemany(
            "INSERT INTO operator (operator_id, name, role, participant_id, created_at) "
            "VALUES (?, 'Somebody', ?, ?, '2023-01-01')",
            [("check", "da-checker", "CP1"), ("help", "helpdesk", None), ("make", "da-maker", "CP1")],
        )
    database.close()
    assert desk.run("import", "good.csv", "--operator", "check").code == 4
    assert desk.run("export", "users", "--operator", "help").code == 4
    assert "U3" not in desk.run("export", "users", "--operator", "make").out
    planned = desk.run("import", "good.csv", "--json", "--operator", "make")
    assert [bad["reason"] for bad in planned.document["bad"]] == [RowFault.UNKNOWN_PARTICIPANT]
    (desk.home / "own.csv").write_text(
        HEADER + "CP1,Harbour 海港,U2,Lee [/x],user,lee@harbour.com.hk,S2,en\n", encoding="utf-8"
    )
    done = desk.run("import", "own.csv", "--apply", "--operator", "make")
    assert "1 new address waits for a checker of your participant, as plan " in done.out
    assert json.loads(desk.run("lookup", "U2", "--json").out)["matches"][0]["standing"] == "awaiting approval"
    listed = desk.run(
        "import", "-", "--apply", "--operator", "make", stdin="user_id,email\nU1,new@harbour.com.hk\n"
    )
    assert "1 new address waits for a checker of your participant, as plan " in listed.out
    assert json.loads(desk.run("lookup", "U1", "--json").out)["matches"][0]["user_id"] == "U1"
