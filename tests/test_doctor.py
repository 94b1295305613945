"""`ccms-tui doctor`: what holds, what does not and the remedy, as people and scripts run it."""

import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from ccms_tui.doctor import State, check_mail, check_sshd
from ccms_tui.settings import Settings
from tests.command_line import Desk
from tests.smtp_servers import HOST, Mailbox, smtp_server
from tests.terminal import Terminal

ROSTER = (
    "participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language\n"
    "CP1,Harbour 海港,U1,陳大文,user,chan@harbour.com.hk,S1,zh-Hant\n"
    "CP1,Harbour 海港,U2,Lee [/x],user,,S2,en\n"
)
PROGRAM = [sys.executable, "-m", "ccms_tui", "doctor"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("doctor"))
    assert desk.run("init").code == 0
    assert desk.run("import", "-", "--apply", stdin=ROSTER).code == 0
    return desk


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    home = tmp_path / "home"
    shutil.copytree(made.home, home)
    return Desk(home)


def change(desk: Desk, statement: str) -> None:
    with sqlite3.connect(desk.database) as database:
        database.execute(statement)


def verdicts(desk: Desk, code: int, *arguments: str, **settings: str) -> dict[str, dict[str, str]]:
    """What each check says; the whole command ends with `code`."""
    done = desk.run("doctor", "--json", *arguments, **settings)
    assert (done.code, done.err) == (code, "")
    assert done.document["ok"] is (code == 0)
    return {check["check"]: check for check in done.document["checks"]}


def test_a_healthy_desk_passes_and_what_is_not_set_up_is_no_fault(desk: Desk) -> None:
    found = verdicts(desk, 0)
    assert {name: check["verdict"] for name, check in found.items()} == {
        "database": "ok", "key": "ok", "seals": "ok", "audit log": "ok", "past": "ok", "clock": "ok",
        "mail server": "not set up", "sshd": "not set up", "terminal": "not set up",
    }  # fmt: skip
    assert "mode 0600" in found["key"]["detail"]
    assert "newest" in found["audit log"]["detail"]
    assert "all" in verdicts(desk, 0, "--whole")["audit log"]["detail"]


def test_each_check_is_a_line_with_glyph_and_word(desk: Desk) -> None:
    change(desk, "UPDATE ccms_user SET locked = 1 WHERE user_id = 'U2'")
    done = desk.run("doctor")
    assert done.code == 3
    assert "✓ ok         key " in done.out
    assert "✗ fails      past         user U2 is not in the tables as the audit log tells: locked" in done.out
    assert "hold it against a backup" in done.out


@pytest.mark.parametrize(
    ("statement", "check", "words"),
    [
        ("UPDATE audit_event SET operator_id = 'me' WHERE event_id = 3", "audit log", "event"),
        ("DELETE FROM ccms_user WHERE user_id = 'U2'", "past", "user U2 is in the audit log, but not in the"),
        ("UPDATE participant SET name = 'x'", "past", "participant CP1"),
        ("UPDATE audit_event SET at = '2999-01-01 00:00:00.000000'", "clock", "ahead of this host's clock"),
        ("UPDATE operator SET totp_sealed = x'00'", "seals", "sealed with another key"),
        ("UPDATE alembic_version SET version_num = '0001'", "database", "older version"),
    ],
)
def test_what_is_wrong_in_the_database_is_named_with_a_remedy(
    desk: Desk, statement: str, check: str, words: str
) -> None:
    change(desk, statement)
    found = verdicts(desk, 3)[check]
    assert found["verdict"] == "fails"
    assert words in found["detail"]
    assert found["remedy"].endswith(".")


def test_a_database_or_a_key_that_is_not_there_leaves_the_other_checks_standing(desk: Desk) -> None:
    key = desk.home / "desk.key"
    os.chmod(key, 0o644)
    exposed = verdicts(desk, 3)
    assert "can be read by others" in exposed["key"]["detail"]
    assert exposed["database"]["verdict"] == "ok"
    assert "past" not in exposed
    key.unlink()
    desk.database.unlink()
    gone = verdicts(desk, 3)
    assert "no desk database" in gone["database"]["detail"]
    assert "no key file" in gone["key"]["detail"]
    assert gone["mail server"]["verdict"] == "not set up"


def test_another_desks_key_does_not_open_the_seals(desk: Desk) -> None:
    (desk.home / "desk.key").write_text("0" * 64 + "\n")
    found = verdicts(desk, 3)
    assert found["key"]["verdict"] == "ok"
    assert {found["seals"]["verdict"], found["audit log"]["verdict"]} == {"fails"}


def test_a_setting_that_cannot_be_used_is_the_first_thing_told(desk: Desk) -> None:
    found = verdicts(desk, 3, CCMS_TUI_SMTP_URL="http://mail")
    assert "CCMS_TUI_SMTP_URL" in found["settings"]["detail"]
    assert found["terminal"]["verdict"] == "not set up"


async def test_a_mail_server_is_reached_or_the_reason_is_told() -> None:
    async with smtp_server(Mailbox()) as target:
        found = await check_mail(Settings(smtp_url=f"smtp://{HOST}:{target.port}?tls=none"))
        assert (found.state, found.check) == (State.HOLDS, "mail server")
        strict = await check_mail(Settings(smtp_url=f"smtp://{HOST}:{target.port}"))
        assert strict.state is State.FAILS
    closed = await check_mail(Settings(smtp_url=f"smtp://{HOST}:{target.port}?tls=none"))
    assert closed.state is State.FAILS
    assert f"{HOST}:{target.port} cannot be reached" in closed.detail


def keys_command(folder: Path, command: str) -> Path:
    folder.mkdir(exist_ok=True)
    fragment = f"Match User desk\n    AuthorizedKeysCommand {command} ssh authorized-keys %u %t %k\n"
    (folder / "ccms-tui.conf").write_text(fragment)
    return folder


def test_sshd_must_find_a_program_that_only_root_can_change(tmp_path: Path) -> None:
    folder = tmp_path / "sshd_config.d"
    assert check_sshd([tmp_path / "sshd_config", folder]).state is State.UNUSED
    assert check_sshd([keys_command(folder, "/usr/bin/env")]).state is State.HOLDS
    missing = check_sshd([keys_command(folder, "/opt/nowhere/ccms-tui")])
    assert (missing.state, "is not there" in missing.detail) == (State.FAILS, True)
    assert "no absolute path" in check_sshd([keys_command(folder, "ccms-tui")]).detail
    own = tmp_path / "ccms-tui"
    own.touch(mode=0o777)
    own.chmod(0o777)
    exposed = check_sshd([keys_command(folder, str(own))])
    assert f"others than root can write {own}" in exposed.detail
    assert exposed.remedy


@pytest.mark.parametrize(
    ("kind", "columns", "words"),
    [
        ("xterm-256color", 80, ("✓ ok", "256 colours, 80x24")),
        ("xterm-256color", 60, ("! look", "Make the window at least 80")),
        ("xterm", 80, ("! look", "256 colours")),
        ("dumb", 80, ("✗ fails", "cannot show the desk")),
    ],
)
def test_the_terminal_is_looked_at(desk: Desk, kind: str, columns: int, words: tuple[str, ...]) -> None:
    terminal = Terminal(
        PROGRAM, {**desk.environment, "TERM": kind, "COLORTERM": ""}, columns=columns, rows=24
    )
    shown = terminal.wait_for("terminal", *words)
    assert terminal.wait_end() == (3 if kind == "dumb" else 0)
    assert "Traceback" not in shown
