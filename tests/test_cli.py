"""The program as people and scripts run it: what it prints, what it says when it cannot, its exit codes."""

import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command_line import Desk
from tests.terminal import Terminal

ROSTER = """participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language
C10100,Jade Abacus Limited 玉算盤,JAAA0001,Siu Wai Ting 蕭偉婷,da-maker,,SC00000001,zh-Hant
C10100,Jade Abacus Limited 玉算盤,JAAA0002,Chan Siu Ming 陳小明,user,siu.ming@jadeabacus.example,SC00000002,en
C10107,Harbour Lantern Limited,HALB0001,Ho Yee,user,,SC00000003,en
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with a small roster, made once; tests that change it take a copy."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    assert desk.run("init", "--json").code == 0
    (desk.home / "roster.csv").write_text(ROSTER, encoding="utf-8")
    applied = desk.run("import", "roster.csv", "--apply", "--json")
    assert applied.document["applied"] is True, applied
    return desk


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    """A copy of that desk, to be changed."""
    home = tmp_path / "home"
    shutil.copytree(made.home, home)
    return Desk(home)


@pytest.fixture
def bare(tmp_path: Path) -> Desk:
    """A directory without a desk."""
    return Desk(tmp_path)


def test_init_makes_a_desk_and_shows_the_one_time_password_once(bare: Desk) -> None:
    done = bare.run("init", "--operator", "ops.yeung", "--name", "Yeung Ka Wai")
    assert done.code == 0
    assert "otpauth://totp/" in done.out
    assert "ops.yeung" in done.out
    assert stat.S_IMODE((bare.home / "desk.key").stat().st_mode) == 0o600
    again = bare.run("init")
    assert (again.code, again.out) == (1, "")
    assert "is a desk already" in again.sentence


def test_init_json_is_one_document(bare: Desk) -> None:
    document = bare.run("init", "--operator", "ops.yeung", "--json").document
    assert set(document) == {"operator_id", "otpauth_uri", "database", "key_file"}
    assert document["operator_id"] == "ops.yeung"
    assert document["database"] == str(bare.database)


def test_status_json_counts_what_was_imported(made: Desk) -> None:
    document = made.run("status", "--json").document
    assert set(document) == {"phase", "as_of", "participants", "users", "ready_participants", "standing"}
    assert (document["participants"], document["users"], document["ready_participants"]) == (2, 3, 0)
    assert document["phase"] == "user registration"
    assert document["standing"]["no email"] == 2
    assert document["standing"]["unverified"] == 1
    assert sum(document["standing"].values()) == 3


def test_status_in_words(made: Desk) -> None:
    done = made.run("status")
    assert "Phase: user registration" in done.out
    assert "Users: 3" in done.out


@pytest.mark.parametrize("text", ["JAAA0002", "siu ming", "小明", "siu.ming@jade"])
def test_lookup_finds_a_user_by_what_a_caller_says(made: Desk, text: str) -> None:
    matches = made.run("lookup", text, "--json").document["matches"]
    assert [match["user_id"] for match in matches] == ["JAAA0002"]
    assert set(matches[0]) == {"user_id", "user_name", "participant_id", "email", "standing", "next_step"}
    assert matches[0]["standing"] == "unverified"
    assert matches[0]["next_step"].endswith(".")


def test_lookup_says_that_there_are_more_and_what_a_number_alone_may_be(made: Desk) -> None:
    assert made.run("lookup", "J", "--limit", "1", "--json").document["more"] is True
    assert "more" not in made.run("lookup", "JAAA0002", "--json").document
    assert "The best 1 of more; type on to narrow them" in made.run("lookup", "J", "--limit", "1").out
    assert "No mail that you may see has the number 77." in made.run("lookup", "77").out


def test_the_answer_for_the_best_match_names_the_others_who_fit(made: Desk) -> None:
    ids = [match["user_id"] for match in made.run("lookup", "JAAA", "--json").document["matches"]]
    answer = made.run("lookup", "JAAA", "--answer").out
    assert len(ids) > 1
    assert "give the ID of the one you mean" in answer.partition("Cause:")[2]
    assert all(user_id in answer for user_id in ids[:11])
    assert "give the ID" not in made.run("lookup", ids[0], "--answer").out


def test_lookup_without_a_match_says_so(made: Desk) -> None:
    assert made.run("lookup", "nobody", "--json").document == {"matches": []}
    assert "Nobody" in made.run("lookup", "nobody").out


def test_a_whole_lookup_line_fits_no_escape_sequence(desk: Desk) -> None:
    hostile = ROSTER + "C10107,Harbour Lantern Limited,HALB0009,Ho [/x] \u202eBad Name,user,,,en\n"
    (desk.home / "more.csv").write_text(hostile, encoding="utf-8")
    desk.run("import", "more.csv", "--apply", "--skip-bad")
    out = desk.run("lookup", "Ho").out
    assert "\u202e" not in out
    assert "\x1b" not in out


def test_export_and_import_again_changes_nothing(desk: Desk) -> None:
    exported = desk.run("export", "users", "--format", "csv")
    again = desk.run("import", "-", "--json", stdin=exported.out)
    assert (again.document["new"], again.document["changed"], again.document["same"]) == (0, 0, 3)


def test_another_operator_sees_only_what_they_may(desk: Desk) -> None:
    _operator(desk, "halb.maker", "da-maker", "C10107")
    document = desk.run("lookup", "C10", "--operator", "halb.maker", "--json").document
    assert {match["participant_id"] for match in document["matches"]} <= {"C10107"}
    assert desk.run("--operator", "halb.maker", "status", "--json").document["users"] == 1


def test_what_a_role_may_not_do_is_exit_code_4(desk: Desk) -> None:
    _operator(desk, "hotline.ho", "helpdesk", None)
    (desk.home / "r.csv").write_text(ROSTER, encoding="utf-8")
    for command in (("import", "r.csv"), ("export", "users"), ("mail", "once")):
        done = desk.run(*command, "--operator", "hotline.ho", CCMS_TUI_SMTP_URL="smtp://127.0.0.1:9?tls=none")
        assert done.code == 4, (command, done)
        assert "may not" in done.sentence


def test_an_operator_who_does_not_exist_is_told_so(made: Desk) -> None:
    done = made.run("status", "--operator", "nobody")
    assert (done.code, done.out) == (1, "")
    assert "operator nobody" in done.sentence


@pytest.mark.parametrize("command", [("status",), ("lookup", "x"), ("mail", "list")])
def test_a_missing_database_is_met_with_the_command_that_makes_one(
    bare: Desk, command: tuple[str, ...]
) -> None:
    done = bare.run(*command)
    assert (done.code, done.out) == (1, "")
    assert "ccms-tui init" in done.sentence
    assert not bare.database.exists(), "asking makes no database"


def test_a_file_that_is_no_database_is_left_as_it_is(bare: Desk) -> None:
    bare.database.write_text("Dear diary, this is no database at all.\n" * 50, encoding="utf-8")
    before = bare.database.read_bytes()
    for command in ("status", "init"):
        done = bare.run(command)
        assert done.code == 1
        assert "not a desk database" in done.sentence
    assert bare.database.read_bytes() == before


def test_a_database_of_a_newer_version_is_refused(desk: Desk) -> None:
    with sqlite3.connect(desk.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for command in (("status",), ("db", "upgrade")):
        done = desk.run(*command)
        assert done.code == 1
        assert "newer" in done.sentence


def test_a_locked_database_is_said_to_be_locked(desk: Desk) -> None:
    with sqlite3.connect(desk.database, isolation_level=None) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        (desk.home / "more.csv").write_text(ROSTER.replace("HALB0001", "HALB0002"), encoding="utf-8")
        done = desk.run("import", "more.csv", "--apply")
        assert done.code == 1
        assert "held by another program" in done.sentence
        holder.execute("ROLLBACK")
    assert desk.run("import", "more.csv", "--apply").code == 0


def test_a_read_only_database_is_said_to_be_read_only(desk: Desk) -> None:
    with sqlite3.connect(desk.database) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    (desk.home / "more.csv").write_text(ROSTER.replace("HALB0001", "HALB0002"), encoding="utf-8")
    desk.database.chmod(0o444)
    desk.home.chmod(0o555)
    try:
        done = desk.run("import", "more.csv", "--apply", held_to_modes=True)
    finally:
        desk.home.chmod(0o755)
    assert done.code == 1
    assert "cannot be written" in done.sentence


def test_db_upgrade_says_what_it_reached(desk: Desk) -> None:
    done = desk.run("db", "upgrade")
    assert (done.code, done.err) == (0, "")
    assert str(desk.database) in done.out


@pytest.mark.parametrize(("mode", "word"), [(0o640, "chmod 600"), (None, "no key file")])
def test_a_key_file_that_is_exposed_or_gone_is_named(desk: Desk, mode: int | None, word: str) -> None:
    key = desk.home / "desk.key"
    key.unlink() if mode is None else key.chmod(mode)
    done = desk.run("status")
    assert done.code == 1
    assert word in done.sentence


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("CCMS_TUI_DATABASE_URL", "mysql://x", "sqlite:///"),
        ("CCMS_TUI_SMTP_URL", "smtp://u:hunter2-secret@mx.example?tls=none", "unprotected"),
        ("CCMS_TUI_SMTP_URL", "http://mx.example", "smtp://"),
        ("CCMS_TUI_MAIL_FROM", "nobody", "one address"),
        ("CCMS_TUI_MAIL_CONNECTIONS", "many", "integer"),
        ("CCMS_TUI_MAIL_CONNECTIONS", "99", "16"),
        ("CCMS_TUI_CONFIG", "/nowhere/desk.toml", "no file"),
    ],
)
def test_a_bad_setting_is_named_without_its_value(made: Desk, name: str, value: str, word: str) -> None:
    done = made.run("status", **{name: value})
    assert (done.code, done.out) == (1, "")
    assert name in done.sentence
    assert word in done.sentence
    assert "hunter2" not in done.err


@pytest.mark.parametrize(
    ("toml", "word"),
    [
        ("database_url = ", "TOML"),
        ("colour = 'red'\n", "colour"),
        ("mail_poll = 'soon'\n", "CCMS_TUI_MAIL_POLL"),
    ],
)
def test_a_bad_settings_file_is_named(made: Desk, tmp_path: Path, toml: str, word: str) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(toml, encoding="utf-8")
    done = made.run("status", CCMS_TUI_CONFIG=str(path))
    assert done.code == 1
    assert word in done.sentence


def test_the_settings_file_is_read_and_the_environment_overrides_it(made: Desk, tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(f'database_url = "sqlite:///{made.database}"\n', encoding="utf-8")
    unset = Desk(made.home)
    environment = unset.environment
    environment.pop("CCMS_TUI_DATABASE_URL")
    done = subprocess.run(
        [sys.executable, "-m", "ccms_tui", "status", "--json"],
        env=environment | {"CCMS_TUI_CONFIG": str(path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    done_elsewhere = made.run(
        "status", CCMS_TUI_CONFIG=str(path), CCMS_TUI_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}"
    )
    assert done_elsewhere.code == 1


@pytest.mark.parametrize(
    "arguments", [("nonsense",), ("lookup",), ("mail",), ("lookup", "x", "--limit", "0")]
)
def test_wrong_usage_is_exit_code_2_and_one_sentence(made: Desk, arguments: tuple[str, ...]) -> None:
    done = made.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "--help" in done.sentence


@pytest.mark.parametrize("limit", ["1001", "9" * 5_000, "-1", "many", "²"])
def test_a_limit_that_is_none_says_which_are(made: Desk, limit: str) -> None:
    done = made.run("lookup", "x", f"--limit={limit}")
    assert (done.code, done.out) == (2, "")
    assert "give a number from 1 to 1,000" in done.sentence


def test_ssh_is_only_meant_where_the_command_stands(desk: Desk) -> None:
    assert desk.run("lookup", "wong", "ssh").code == 0
    added = desk.run("operator", "add", "ssh", "--name", "Helen", "--role", "helpdesk", "--json")
    assert added.document["operator_id"] == "ssh"
    config = desk.home / "ssh.toml"
    config.write_text("", encoding="utf-8")
    for words in (("ssh",), ("--config", str(config), "ssh")):
        refused = desk.run(*words, "gateway")
        assert (refused.code, refused.out) == (2, "")
        assert "--operator" in refused.sentence


def test_without_a_terminal_the_desk_does_not_open(made: Desk) -> None:
    for arguments in ((), ("demo",), ("--operator", "x")):
        done = made.run(*arguments)
        assert (done.code, done.out) == (1, "")
        assert "terminal" in done.sentence


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_gets_one_sentence_and_no_colour_codes(made: Desk, term: str) -> None:
    import pexpect

    child = pexpect.spawn(
        sys.executable,
        ["-m", "ccms_tui"],
        env=made.environment | {"TERM": term},
        encoding="utf-8",
        timeout=30,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert "set TERM" in child.before
    assert "\x1b" not in child.before


def test_a_reader_that_goes_away_is_no_fault(made: Desk) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m ccms_tui lookup C101 --json | true"],
        env=made.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""


def test_an_unreachable_server_database_is_one_sentence(made: Desk) -> None:
    done = made.run("status", CCMS_TUI_DATABASE_URL="postgresql://desk:hunter2@127.0.0.1:9/desk")
    assert done.code == 1
    assert "hunter2" not in done.sentence


def test_a_quick_command_loads_no_screens_and_no_mail(made: Desk) -> None:
    probe = (
        "import sys\n"
        "from ccms_tui.__main__ import main\n"
        "main(['lookup', 'x', '--json'])\n"
        "heavy = {'textual', 'alembic', 'aiosmtplib', 'aiosmtpd', 'segno', 'psycopg'} & set(sys.modules)\n"
        "print(sorted(heavy), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe], env=made.environment, capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == "[]"


COLD = (
    ("init", "--json"), ("status", "--json"), ("lookup", "Chan", "--json"), ("explain", "JAAA0002", "--json"),
    ("simulate", "--json"), ("import", "roster.csv", "--json"), ("import-logons", "roster.csv"),
    ("export", "users"), ("operator", "list", "--json"), ("mail", "list", "--json"),
    ("audit", "verify", "--json"), ("report", "--output", "report.html"),
)  # fmt: skip


@pytest.mark.parametrize("words", COLD, ids=lambda words: words[0])
def test_a_command_by_itself_answers_as_one_from_a_warm_process(
    desk: Desk, tmp_path: Path, words: tuple[str, ...]
) -> None:
    other = Desk(shutil.copytree(desk.home, tmp_path / "other"))
    cold, warm = desk.run_cold(*words), other.run(*words)
    assert (cold.code, cold.err) == (warm.code, warm.err.replace(str(other.home), str(desk.home)))
    # Each has a moment and hashes of its own.
    assert re.sub("[0-9a-f]", "", cold.out) == re.sub("[0-9a-f]", "", warm.out)


def _operator(desk: Desk, operator_id: str, role: str, participant_id: str | None) -> None:
    with sqlite3.connect(desk.database) as connection:
        connection.execute(
            "INSERT INTO operator (operator_id, name, role, participant_id, created_at)"
            " VALUES (?, ?, ?, ?, '2023-01-01')",
            (operator_id, operator_id, role, participant_id),
        )
    connection.close()


def test_a_key_for_a_command_that_does_not_exist_is_named(made: Desk, tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text('keys = {fly = "x"}\n', encoding="utf-8")
    terminal = Terminal([sys.executable, "-m", "ccms_tui"], made.environment | {"CCMS_TUI_CONFIG": str(path)})
    assert "there is no command fly" in terminal.wait_for("command fly").replace("\n", " ")
    terminal.child.close()


def test_the_number_to_call_back_is_shown_entered_and_removed(desk: Desk) -> None:
    assert "no number on file" in desk.run("participant", "phone", "C10100").out
    entered = desk.run("participant", "phone", "C10100", "2979-7222")
    assert (entered.code, "+852 2979 7222" in entered.out) == (0, True)
    assert "+852 2979 7222, entered by" in desk.run("participant", "phone", "C10100").out
    for number in ("ring me", ""):
        refused = desk.run("participant", "phone", "C10100", number)
        assert (refused.code, "no telephone number" in refused.sentence) == (1, True)
    nobody = desk.run("participant", "phone", "C99999", "2979 7222")
    assert (nobody.code, "no participant C99999" in nobody.sentence) == (1, True)
    assert desk.run("participant", "phone", "C10100", "--remove").code == 0
    assert "no number on file" in desk.run("participant", "phone", "C10100").out
    assert desk.run("participant", "phone", "C10100", "2979 7222", "--remove").code == 2
