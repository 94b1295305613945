"""Through Debian's sshd: a key and a one-time password open the desk; all else is refused and recorded."""

import json
import os
import select
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from store.database import Database
from store.tables import OPERATORS
from store.views import Role
from tests.ssh_host import SshHost, ssh_host
from tests.terminal import PATIENCE

__all__ = ["ssh_host"]

ROSTER = b"participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language\n"
SOON = 15.0
"""Seconds, on a machine with much else to do."""


def refusals(host: SshHost, operator_id: str) -> list[str]:
    return [
        json.loads(facts)["reason"]
        for action, facts in host.events(operator_id)
        if action == "signin.refused"
    ]


def test_a_key_and_a_code_open_the_desk_and_leaving_ends_the_session(ssh_host: SshHost) -> None:
    maker = ssh_host.operator(Role.DA_MAKER, "OWN1")
    desk = ssh_host.sign_in(maker)
    desk.wait_for("OWN1", "tm.chan@own.example")
    assert "OTHER2" not in desk.text
    desk.press("q")
    assert desk.wait_end() == 0
    assert ssh_host.endings(maker.login) == ["left"]
    assert [action for action, _facts in ssh_host.events(maker.login)] == [
        "operator.otp-confirmed",
        "signin.opened",
        "session.ended",
    ]


def test_a_strangers_key_gets_nothing_and_leaves_a_trace(ssh_host: SshHost) -> None:
    before = len(refusals(ssh_host, "door"))
    key = ssh_host.stranger()
    for _attempt in range(2):
        done = ssh_host.ssh(key, "status")
        assert done.code == 255
        assert "Permission denied" in done.err
    assert refusals(ssh_host, "door")[before:] == ["unknown-key"]


def test_a_disabled_operator_is_a_stranger_whose_name_is_recorded(ssh_host: SshHost) -> None:
    helpdesk = ssh_host.operator(Role.HELPDESK)

    async def disable(database: Database) -> None:
        mine = OPERATORS.c.operator_id == helpdesk.login
        async with database.writing() as connection:
            await connection.execute(update(OPERATORS).where(mine).values(disabled_at=datetime.now(UTC)))

    ssh_host.run(disable)
    assert ssh_host.ssh(helpdesk.key, "status").code == 255
    action, facts = ssh_host.events("door")[-1]
    assert (action, json.loads(facts)["operator"], json.loads(facts)["reason"]) == (
        "signin.refused",
        helpdesk.login,
        "disabled",
    )


def test_a_code_opens_the_door_once(ssh_host: SshHost) -> None:
    helpdesk = ssh_host.operator(Role.HELPDESK)
    code = helpdesk.code()
    assert ssh_host.ssh(helpdesk.key, "otp", code, "status").code == 0
    again = ssh_host.ssh(helpdesk.key, "otp", code, "status")
    assert (again.code, again.out) == (4, "")
    assert "used already" in again.sentence
    assert refusals(ssh_host, helpdesk.login) == ["replayed"]


def test_three_wrong_codes_end_the_connection_and_make_the_next_one_wait(ssh_host: SshHost) -> None:
    helpdesk = ssh_host.operator(Role.HELPDESK)
    terminal = ssh_host.terminal(helpdesk)
    for number in range(3):
        terminal.wait(lambda text, n=number: text.count("One-time password:") == n + 1, "the prompt")
        terminal.press("000000", "enter")
    terminal.wait_for("connect again")
    assert terminal.wait_end() == 4
    assert refusals(ssh_host, helpdesk.login) == ["wrong"] * 3
    waits = ssh_host.ssh(helpdesk.key, "otp", helpdesk.code(), "status")
    assert waits.code == 4
    assert "wait" in waits.sentence
    assert ssh_host.endings(helpdesk.login) == []


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
def test_a_stolen_key_without_a_code_is_refused_and_recorded(ssh_host: SshHost, key: str) -> None:
    helpdesk = ssh_host.operator(Role.HELPDESK)
    terminal = ssh_host.terminal(helpdesk)
    for number in range(2):
        terminal.wait(lambda text, n=number: text.count("One-time password:") == n + 1, "the prompt")
        terminal.press(key if number else "enter")
    assert terminal.wait_end() == 4
    assert refusals(ssh_host, helpdesk.login) == ["no-code"], "an empty line is no code, and counts for none"


def test_the_commands_of_a_da_work_without_a_terminal(ssh_host: SshHost) -> None:
    maker = ssh_host.operator(Role.DA_MAKER, "OWN1")
    exported = ssh_host.ssh(maker.key, "otp", maker.code(), "export", "users", "--format", "csv")
    assert exported.code == 0
    assert "tm.chan@own.example" in exported.out
    assert "OTHER2" not in exported.out
    changed = exported.out.replace("tm.chan@own.example", "taiman@own.example").encode()
    loaded = ssh_host.ssh(maker.key, "otp", maker.code(), "import", "--apply", "--json", stdin=changed)
    assert loaded.document["applied"] is True
    assert loaded.document["changed"] == 1
    assert ssh_host.endings(maker.login) == ["command"] * 2
    checker = ssh_host.operator(Role.DA_CHECKER, "OWN1")
    found = ssh_host.ssh(checker.key, "otp", checker.code(), "lookup", "chan", "--json")
    assert {match["participant_id"] for match in found.document["matches"]} == {"OWN1"}


def test_the_audit_leaves_with_operations_alone_and_that_is_recorded(ssh_host: SshHost) -> None:
    operations, checker = ssh_host.operator(Role.OPERATIONS), ssh_host.operator(Role.DA_CHECKER, "OWN1")
    exported = ssh_host.ssh(operations.key, "otp", operations.code(), "export", "audit", "--format", "json")
    assert exported.code == 0
    rows = len(exported.document["audit"])
    recorded = {action: json.loads(facts) for action, facts in ssh_host.events(operations.login)}
    assert recorded["export.made"] == {"what": "audit", "format": "json", "rows": rows}
    refused = ssh_host.ssh(checker.key, "otp", checker.code(), "export", "audit")
    assert (refused.code, refused.out) == (4, "")
    recorded = {action: json.loads(facts) for action, facts in ssh_host.events(checker.login)}
    assert recorded["refused"] == {"permission": "export the audit events"}


def test_a_da_asks_from_their_own_machine_why_a_user_cannot_log_on(ssh_host: SshHost) -> None:
    maker = ssh_host.operator(Role.DA_MAKER, "OWN1")
    found = ssh_host.ssh(maker.key, "otp", maker.code(), "lookup", "tm.chan@own.example", "--json").document
    user_id = found["matches"][0]["user_id"]
    told = ssh_host.ssh(maker.key, "otp", maker.code(), "explain", user_id, "--json").document
    assert (told["user_id"], told["obstacle"]["link"]) == (user_id, "phase")
    other = ssh_host.operator(Role.DA_CHECKER, "OTHER2")
    stranger = ssh_host.ssh(other.key, "otp", other.code(), "explain", user_id)
    assert (stranger.code, stranger.out) == (1, "")
    assert f"no user {user_id} that you may see" in stranger.sentence


def test_without_a_terminal_and_a_code_the_remedy_is_said(ssh_host: SshHost) -> None:
    helpdesk = ssh_host.operator(Role.HELPDESK)
    done = ssh_host.ssh(helpdesk.key, "status")
    assert (done.code, done.out) == (2, "")
    assert "otp 123456" in done.sentence
    assert ssh_host.ssh(helpdesk.key, "help").out.count("otp 123456") == 5


def test_on_a_terminal_the_code_of_a_command_is_asked_for(ssh_host: SshHost) -> None:
    operations = ssh_host.operator(Role.OPERATIONS)
    terminal = ssh_host.terminal(operations, "status")
    terminal.wait_for("One-time password:")
    terminal.press(operations.code(), "enter")
    terminal.wait_for("Mail:")
    assert terminal.wait_end() == 0


def test_cutting_the_line_ends_the_process_and_the_session(ssh_host: SshHost) -> None:
    maker = ssh_host.operator(Role.DA_MAKER, "OWN1")
    desk = ssh_host.sign_in(maker)
    desk.wait_for("tm.chan@own.example")
    process = ssh_host.gateway_of(maker)
    desk.close()
    assert is_gone_within(SOON, process)
    assert ssh_host.endings(maker.login) == ["hung-up"]


def test_half_an_import_changes_nothing(ssh_host: SshHost) -> None:
    operations = ssh_host.operator(Role.OPERATIONS)
    before = roster_of(ssh_host)
    words = ("otp", operations.code(), "import", "--apply")
    with subprocess.Popen(ssh_host.command(operations.key, words), stdin=subprocess.PIPE) as client:
        assert client.stdin is not None
        client.stdin.write(ROSTER + b"OWN1,Own,OWN1U00009,HO Yee,user,ho.yee@own.example,,en\n")
        client.stdin.flush()
        while ssh_host.endings(operations.login) != [None]:
            assert client.poll() is None
        process = ssh_host.gateway_of(operations)
        client.kill()
    assert is_gone_within(SOON, process)
    assert None not in ssh_host.endings(operations.login)
    assert roster_of(ssh_host) == before


def test_an_operator_is_told_when_and_from_where_they_last_came(ssh_host: SshHost) -> None:
    checker = ssh_host.operator(Role.DA_CHECKER, "OWN1")
    desk = ssh_host.sign_in(checker)
    desk.wait_for("This is your first sign-in.")
    desk.press("q")
    assert desk.wait_end() == 0
    desk = ssh_host.sign_in(checker)
    desk.wait_for("Last sign-in ", " from 127.0.0.1.")
    desk.press("q")
    assert desk.wait_end() == 0


def test_what_was_exported_is_imported_again_by_a_shell(ssh_host: SshHost, tmp_path: Path) -> None:
    maker = ssh_host.operator(Role.DA_MAKER, "OWN1")
    script = f"""
        ssh() {{ command {shlex.join(ssh_host.command(maker.key))} "$@"; }}
        ssh otp {maker.code()} export users > users.csv && ssh otp {maker.code()} import < users.csv
    """
    done = subprocess.run(
        ("sh", "-c", script), cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Plan: 0 new, 0 changed, 1 same" in done.stdout
    assert (tmp_path / "users.csv").read_bytes().startswith(ROSTER)


@pytest.mark.parametrize(
    ("role", "command", "sent", "code"),
    [
        (Role.OPERATIONS, "status", b"", 0),
        (Role.OPERATIONS, "import", b"no roster\n", 1),
        (Role.OPERATIONS, "import --send", b"", 2),
        (Role.OPERATIONS, "import", ROSTER + b"OWN1,Own,OWN1U00001,CHAN Tai Man,user,no address,,en\n", 3),
        (Role.HELPDESK, "import", ROSTER, 4),
    ],
)
def test_the_exit_code_says_what_became_of_a_command(
    ssh_host: SshHost, role: Role, command: str, sent: bytes, code: int
) -> None:
    operator = ssh_host.operator(role)
    done = ssh_host.ssh(operator.key, "otp", operator.code(), command, stdin=sent)
    assert done.code == code, done
    assert len(done.err.splitlines()) == (code not in (0, 3))
    assert ssh_host.endings(operator.login) == ["command"]


def roster_of(host: SshHost) -> str:
    """The roster as operations export it."""
    operations = host.operator(Role.OPERATIONS)
    exported = host.ssh(operations.key, "otp", operations.code(), "export", "users")
    assert exported.code == 0, exported
    return exported.out


def is_gone_within(seconds: float, process: int) -> bool:
    """Wait until the process is no more, but no longer than this."""
    try:
        return bool(select.select([process], [], [], seconds)[0])
    finally:
        os.close(process)
