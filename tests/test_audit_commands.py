"""`ccms-tui audit` and `ccms-tui export audit` as people and scripts run them."""

import csv
import io
import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.command_line import Desk

ROSTER = (
    "participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language\n"
    "CP1,Harbour 海港,U1,陳大文,user,chan@harbour.com.hk,S1,zh-Hant\n"
    "CP2,Peak,U2,'=1+1,user,peak@peak.com.hk,S3,en\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("audit"))
    assert desk.run("init").code == 0
    assert desk.run("import", "-", "--apply", stdin=ROSTER).code == 0
    for login, role, participant in (
        ("make", "da-maker", ("--participant", "CP1")),
        ("help", "helpdesk", ()),
    ):
        done = desk.run(
            "operator", "add", login, "--name", f"=Name {login}", "--role", role, *participant, "--json"
        )
        assert done.code == 0, done.err
    return desk


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    home = tmp_path / "home"
    shutil.copytree(made.home, home)
    return Desk(home)


def tamper(desk: Desk, statement: str) -> None:
    with sqlite3.connect(desk.database) as database:
        database.execute(statement)


def newest(desk: Desk) -> tuple[str, dict[str, object]]:
    with sqlite3.connect(desk.database) as database:
        query = "SELECT action, facts FROM audit_event ORDER BY event_id DESC LIMIT 1"
        action, facts = database.execute(query).fetchone()
    return action, json.loads(facts)


def test_a_whole_log_is_told_in_words_and_as_one_document(desk: Desk):
    told = desk.run("audit", "verify")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("The audit log is whole: ")
    assert "Only a head exported before" in told.out
    answered = desk.run("audit", "verify", "--json")
    assert answered.code == 0
    assert answered.document == {
        "ok": True, "events": answered.document["events"], "first_bad": None, "reason": None,
    }  # fmt: skip


def test_a_changed_event_is_named_and_the_exit_code_is_3(desk: Desk):
    tamper(desk, "UPDATE audit_event SET operator_id = 'nobody' WHERE event_id = 3")
    told = desk.run("audit", "verify")
    assert (told.code, told.err) == (3, "")
    assert told.out.startswith("The audit log is not whole: event 3 is not as it was written.")
    answered = desk.run("audit", "verify", "--json")
    assert answered.code == 3
    assert set(answered.document) == {"ok", "events", "first_bad", "reason"}
    assert (answered.document["ok"], answered.document["first_bad"]) == (False, 3)
    assert answered.document["reason"] == "event 3 is not as it was written"


def test_a_head_is_one_line_and_shows_a_log_that_was_cut(desk: Desk):
    printed = desk.run("audit", "head")
    assert (printed.code, len(printed.out.splitlines())) == (0, 1)
    number = printed.document["event_id"]
    assert desk.run("audit", "head", "--output", "head.json").out == ""
    assert desk.run("audit", "verify", "--head", "head.json").out.count("It holds the head of") == 1
    assert desk.run("audit", "verify", "--head", "-", "--json", stdin=printed.out).document["ok"] is True
    tamper(desk, f"DELETE FROM audit_event WHERE event_id > {number - 2}")
    answered = desk.run("audit", "verify", "--head", "head.json", "--json")
    assert (answered.code, answered.document["first_bad"]) == (3, number - 1)


def test_a_heads_file_is_written_whole_or_not_at_all(desk: Desk):
    (desk.home / "head.json").write_text("the one before", encoding="utf-8")
    assert desk.run("audit", "head", "--output", "head.json").code == 0
    assert json.loads((desk.home / "head.json").read_text(encoding="utf-8"))["count"] > 1
    before = sorted(os.listdir(desk.home))
    refused = desk.run("audit", "head", "--output", "nowhere/head.json")
    assert refused.code == 1
    assert "nowhere" in refused.sentence
    refused = desk.run("audit", "head", "--output", str(desk.home))
    assert refused.code == 1
    assert refused.sentence
    assert sorted(os.listdir(desk.home)) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no head file at head.json"),
        (b"", "This is no head of an audit log"),
        (b"\xff\xfe", "This is no head of an audit log"),
        (b"x" * 100_000, "This is no head of an audit log"),
    ],
)
def test_a_head_that_is_none_is_refused_in_one_sentence(desk: Desk, content: bytes | None, words: str):
    if content is not None:
        (desk.home / "head.json").write_bytes(content)
    refused = desk.run("audit", "verify", "--head", "head.json", "--json")
    assert (refused.code, refused.out) == (1, "")
    assert refused.sentence.startswith(words)


def test_a_head_that_is_a_directory_or_of_another_desk_is_refused(desk: Desk, tmp_path: Path):
    assert "cannot be read" in desk.run("audit", "verify", "--head", ".").sentence
    (tmp_path / "other").mkdir()
    other = Desk(tmp_path / "other")
    assert other.run("init").code == 0
    refused = desk.run("audit", "verify", "--head", "-", stdin=other.run("audit", "head").out)
    assert refused.code == 1
    assert refused.sentence.startswith("This head was not signed with this desk's key")


def test_only_operations_verify(desk: Desk):
    for login in ("make", "help"):
        for command in (("audit", "verify"), ("audit", "head")):
            assert desk.run(*command, "--operator", login).code == 4


def test_the_audit_is_exported_with_every_event_and_that_is_recorded(desk: Desk):
    done = desk.run("export", "audit")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [int(row["event_id"]) for row in rows] == list(range(1, len(rows) + 1))
    assert (rows[-1]["action"], json.loads(rows[-1]["facts"])["rows"]) == ("export.made", len(rows))
    assert newest(desk) == ("export.made", {"what": "audit", "format": "csv", "rows": len(rows)})
    imported = next(row for row in rows if row["user_id"] == "U1")
    assert json.loads(imported["facts"])["user_name"] == "陳大文"
    events = desk.run("export", "audit", "--format", "json").document["audit"]
    assert [event["hash"] for event in events[:-1]] == [row["hash"] for row in rows]
    assert events[0]["facts"]["milestone_id"]


def test_no_cell_of_an_export_is_a_formula(desk: Desk):
    tamper(desk, "UPDATE audit_event SET operator_id = '=cmd()', action = '+1', participant_id = '@x'")
    for row in csv.reader(io.StringIO(desk.run("export", "audit").out)):
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


@pytest.mark.parametrize("operator", ["make", "help"])
def test_the_log_leaves_with_operations_alone(desk: Desk, operator: str):
    refused = desk.run("export", "audit", "--operator", operator)
    assert (refused.code, refused.out) == (4, "")


@pytest.mark.parametrize(("what", "rows"), [("users", 2), ("participants", 2), ("schedule", 8)])
def test_every_other_export_is_recorded_too(desk: Desk, what: str, rows: int):
    assert desk.run("export", what, "--format", "json").code == 0
    assert newest(desk) == ("export.made", {"what": what, "format": "json", "rows": rows})


def test_an_export_that_is_refused_leaves_no_row_and_the_refusal_is_recorded(desk: Desk):
    refused = desk.run("export", "users", "--operator", "help")
    assert (refused.code, refused.out) == (4, "")
    assert newest(desk)[0] == "refused"
