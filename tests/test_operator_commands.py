"""`ccms-tui operator` as operations use it on the host: every action, by one login's life."""

import shutil
import sqlite3
import sys
from pathlib import Path

import pyotp
import pytest

from tests.command_line import Desk
from tests.ssh_host import make_key
from tests.terminal import Terminal

LOGIN = "c10100.maker"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with one participant and a login of theirs, beside the key pairs of several people."""
    desk = Desk(tmp_path_factory.mktemp("operators"))
    assert desk.run("init", "--operator", "ops.yeung", "--json").code == 0
    header = "participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language\n"
    row = "C10100,Bright Wealth,U1,CHAN Tai Man,user,,,\n"
    assert desk.run("import", "-", "--apply", stdin=header + row).code == 0
    for name, *kind in (
        ("one", "ed25519"), ("two", "ecdsa"), ("rsa", "rsa", "-b", "3072"), ("weak", "rsa", "-b", "2048"),
    ):  # fmt: skip
        make_key(desk.home / name, *kind)
    named = ("--name", "Siu Wai Ting", "--role", "da-maker", "--participant", "C10100", "--json")
    keys = ("--key", "one.pub", "--key", "two.pub")
    answer = desk.run("operator", "add", LOGIN, *named, *keys).document
    assert answer["operator_id"] == LOGIN
    assert isinstance(pyotp.parse_uri(answer["otpauth_uri"]), pyotp.TOTP)
    return desk


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    """A copy of that desk, to be changed."""
    home = tmp_path / "home"
    shutil.copytree(made.home, home)
    return Desk(home)


def state_of(desk: Desk, login: str) -> str:
    [line] = [line for line in desk.run("operator", "list").out.splitlines() if line.startswith(login)]
    return line


def keys_of(desk: Desk) -> list[str]:
    return [key["comment"] for key in desk.run("operator", "key", LOGIN, "--json").document["keys"]]


def test_a_login_is_listed_with_its_role_and_participant_and_has_several_keys(made: Desk) -> None:
    assert all(word in state_of(made, LOGIN) for word in ("da-maker", "C10100", "OTP not confirmed"))
    assert keys_of(made) == ["one", "two"]
    without = made.run("operator", "add", "x", "--name", "X", "--role", "da-maker")
    assert (without.code, "--participant" in without.sentence) == (1, True)


def test_as_many_keys_are_added_and_taken_away_as_are_named(desk: Desk) -> None:
    make_key(desk.home / "three")
    added = desk.run("operator", "key", LOGIN, "--add", "rsa.pub", "--add", "three.pub", "--json").document
    assert [key["comment"] for key in added["keys"]] == ["one", "two", "rsa", "three"]
    gone = [key["fingerprint"] for key in added["keys"] if key["comment"] in ("one", "three")]
    removed = desk.run("operator", "key", LOGIN, "--remove", gone[0], "--remove", gone[1])
    assert (removed.code, keys_of(desk)) == (0, ["two", "rsa"])


def test_a_weak_key_and_a_private_one_are_refused_and_so_is_what_came_with_them(desk: Desk) -> None:
    for file, told in (("weak.pub", "too weak (rsa, 2048 bits)"), ("one", "This is a private key")):
        refused = desk.run("operator", "key", LOGIN, "--add", "rsa.pub", "--add", file)
        assert (refused.code, told in refused.sentence) == (1, True), refused
    assert keys_of(desk) == ["one", "two"]


def test_a_fresh_one_time_password_is_shown_once_and_confirmed_by_one_code(desk: Desk) -> None:
    reset = (sys.executable, "-m", "ccms_tui", "operator", "reset-otp", LOGIN)
    window = Terminal(reset, desk.environment, rows=45)
    window.wait_for("or type the secret:", "One-time password: ")
    secret = window.text.partition("secret:")[2].partition("\n")[0].replace(" ", "")
    window.press(pyotp.TOTP(secret).now(), "enter")
    assert window.wait_end() == 0
    assert "active" in state_of(desk, LOGIN)
    assert secret.encode() not in b"".join(path.read_bytes() for path in desk.home.glob("desk.db*"))


def test_a_login_is_disabled_and_opened_again_but_never_the_last_of_operations(desk: Desk) -> None:
    assert desk.run("operator", "disable", LOGIN, "--reason", "left the firm").code == 0
    assert "disabled" in state_of(desk, LOGIN)
    assert desk.run("operator", "enable", LOGIN).code == 0
    assert "disabled" not in state_of(desk, LOGIN)
    last = desk.run("operator", "disable", "ops.yeung", "--reason", "left too")
    assert (last.code, "the last operations operator" in last.sentence) == (1, True)


def test_nobody_takes_the_last_way_in_of_operations_away(desk: Desk) -> None:
    """A login without a key, or whose one-time password was never confirmed, is no way in."""
    make_key(desk.home / "ops")
    fingerprint = desk.run("operator", "key", "ops.yeung", "--add", "ops.pub", "--json").document["keys"][0]
    with sqlite3.connect(desk.database) as database:
        database.execute("UPDATE operator SET totp_confirmed_at = created_at WHERE operator_id = 'ops.yeung'")
    database.close()
    named = ("--name", "Two", "--role", "operations", "--json")
    assert desk.run("operator", "add", "ops.two", *named, "--key", "two.pub").code == 1, "it is another's key"
    assert desk.run("operator", "add", "ops.two", *named).code == 0
    for action in (
        ("disable", "ops.yeung", "--reason", "left"),
        ("key", "ops.yeung", "--remove", fingerprint["fingerprint"]),
    ):
        refused = desk.run("operator", *action)
        assert (refused.code, "the last operations operator" in refused.sentence) == (1, True), refused
    assert "active" in state_of(desk, "ops.yeung")
    assert len(desk.run("operator", "key", "ops.yeung", "--json").document["keys"]) == 1
    assert desk.run("operator", "disable", "ops.two", "--reason", "never came").code == 0


def test_a_head_that_cannot_be_written_is_not_recorded_as_exported(desk: Desk) -> None:
    refused = desk.run("audit", "head", "--output", "nowhere/head.json")
    assert (refused.code, "nowhere/head.json" in refused.sentence) == (1, True)
    assert "head-exported" not in desk.run("export", "audit").out
    assert desk.run("audit", "head", "--output", "head.json").code == 0
    assert desk.run("audit", "verify", "--head", "head.json").code == 0
