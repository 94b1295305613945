"""The whole story of a CCMS user in a real pseudo-terminal: from the roster to *proven*, with real mail."""

import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest

from tests.command_line import Desk
from tests.enrolling import PASSWORD
from tests.smtp_servers import Mailbox
from tests.terminal import Terminal
from tests.test_end_to_end import CODE, ROSTER, smtp, terminal

__all__ = ["smtp", "terminal"]

OTP = re.compile(r"\b\d{4} \d{4}\b")
SECRET = re.compile(r"(?:\b[A-Z2-7]{4} ?){4}")
USER = "JA0001"


@pytest.fixture
def host(tmp_path: Path, smtp: tuple[str, Mailbox]) -> Desk:
    """A desk with a roster, whose one user with an address is to be sent a verification code."""
    made = Desk(tmp_path, {"CCMS_TUI_SMTP_URL": smtp[0]})
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    assert made.run("init").code == 0
    assert made.run("import", str(tmp_path / "roster.csv"), "--apply", "--send", "--yes").code == 0
    return made


class Story:
    """A user at the enrolment terminal, with a mailbox; `mail once` is run as a timer would."""

    def __init__(self, host: Desk, mailbox: Mailbox, shown: Terminal) -> None:
        self.host = host
        self.mailbox = mailbox
        self.shown = shown

    def read_mail(self, pattern: re.Pattern[str]) -> str:
        """The code in the newest mail, once the queue was delivered."""
        assert self.host.run("mail", "once").code == 0
        found = pattern.search(self.mailbox.messages[-1].get_content())
        assert found
        return found[0]

    def enter(self, typed: str) -> None:
        self.shown.press(typed, "enter")

    def come_in(self) -> None:
        self.shown.wait_for("Your CCMS user ID")
        self.enter(USER)
        self.shown.wait_for("Verification code")

    def verify_and_activate(self) -> None:
        self.enter(self.read_mail(CODE).lower().replace("-", " "))
        self.shown.wait_for("Your activation code", "code no. 1")
        self.enter(self.read_mail(CODE))
        self.shown.wait_for("Your regular password")

    def choose_password(self, password: str = PASSWORD) -> None:
        self.enter(password)
        self.enter(password)

    def standing(self) -> dict[str, int]:
        standings: dict[str, int] = self.host.run("status", "--json").document["standing"]
        return standings

    def leave(self) -> None:
        self.shown.press("esc")
        assert self.shown.wait_end() == 0


@pytest.fixture
def story(host: Desk, smtp: tuple[str, Mailbox], terminal: Callable[..., Terminal]) -> Story:
    return Story(host, smtp[1], terminal("enrol", desk=host))


def app_code(secret: str, ahead: timedelta = timedelta()) -> str:
    """What a phone shows; one that is half a minute ahead shows the next code, which is good as well."""
    return pyotp.TOTP(secret).at(datetime.now(UTC) + ahead)


def secret_on(text: str) -> str:
    return "".join("".join(SECRET.findall(text)).split())


def test_by_mobile_application(story: Story) -> None:
    story.come_in()
    story.verify_and_activate()
    assert story.standing()["verified"] == 1
    story.choose_password()
    story.shown.wait_for("How do your one-time passwords come?")
    story.shown.press("enter")
    secret = secret_on(story.shown.wait_for("Scan it with your app", "in this step only."))
    assert len(secret) == 32
    story.enter(app_code(secret))
    shown = story.shown.wait_for("Test my access", "Regular password")
    assert secret[:4] not in shown
    assert story.standing()["enrolled"] == 1
    story.enter(PASSWORD)
    story.shown.wait_for("Your password is right")
    story.enter(app_code(secret, timedelta(seconds=30)))
    story.shown.wait_for("You are ready")
    assert story.standing()["proven"] == 1
    story.leave()


def test_by_email(story: Story) -> None:
    story.come_in()
    story.verify_and_activate()
    story.choose_password()
    story.shown.wait_for("How do your one-time passwords come?")
    story.shown.press("down", "enter")
    story.shown.wait_for("One good one-time password", "queued")
    code = story.read_mail(OTP)
    story.shown.wait_for("accepted")
    story.enter(code)
    story.shown.wait_for("Test my access", "Regular password")
    story.enter(PASSWORD)
    story.shown.wait_for("Your password is right")
    story.enter(story.read_mail(OTP).replace(" ", ""))
    story.shown.wait_for("You are ready", "by email")
    assert story.standing()["proven"] == 1
    story.leave()


def test_in_the_demo_the_caught_mail_is_read_on_the_terminal_itself(
    terminal: Callable[..., Terminal],
) -> None:
    shown = terminal("demo")
    shown.wait_for("CCMS user")
    shown.press("7")
    text = shown.wait_for("Your CCMS user ID", "has a verified address")
    user_id = re.search(r"Demo: (\S+) has", text)
    assert user_id
    shown.press(user_id[1], "enter")
    shown.wait_for("My address is verified already")
    shown.press("down", "enter")
    shown.wait_for("code no. 1")
    shown.press("f2")
    code = CODE.search(shown.wait_for("Activation code:", "valid until 2023"))
    assert code
    shown.press("esc")
    shown.wait_for("Your activation code")
    shown.press(code[0], "enter")
    shown.wait_for("Your regular password")
    shown.press("esc")
    shown.wait_for("Press esc again")
    shown.press("esc")
    shown.wait_for("Come in as")
    shown.press("q")
    assert shown.wait_end() == 0


# The terminal itself.


class Tmux:
    """A tmux server of the test's own: a terminal with an alternate screen and a scrollback."""

    def __init__(self, socket: Path, host: Desk, command: str) -> None:
        self._tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
        size = ("-x", "80", "-y", "24")
        self._run("new-session", "-d", *size, "/bin/sh", cwd=host.home, env=host.environment)
        self.send(command, "Enter")

    def _run(self, *arguments: str, **options: Any) -> str:
        done = subprocess.run(
            [*self._tmux, *arguments], capture_output=True, text=True, check=True, **options
        )
        return done.stdout

    def send(self, *keys: str) -> None:
        for key in keys:
            self._run("send-keys", *([] if key in ("Enter", "Escape") else ["-l"]), key)

    def enter(self, typed: str) -> None:
        self.send(typed, "Enter")

    def seen(self, *, scrollback: bool = False) -> str:
        return self._run("capture-pane", "-p", *(["-S", "-"] if scrollback else []))

    def wait_for(self, words: str) -> str:
        deadline = time.monotonic() + 60
        while words not in (text := self.seen()):
            assert time.monotonic() < deadline, text
        return text

    def close(self) -> None:
        self._run("kill-server")


def test_no_secret_is_left_on_the_screen_or_in_the_scrollback(
    host: Desk, smtp: tuple[str, Mailbox], tmp_path: Path
) -> None:
    window = Tmux(tmp_path / "tmux", host, f"{sys.executable} -m ccms_tui enrol; echo THE-END")
    reader = Story(host, smtp[1], window)  # type: ignore[arg-type]
    try:
        reader.shown.wait_for("Your CCMS user ID")
        window.enter(USER)
        window.wait_for("Verification code")
        window.enter(reader.read_mail(CODE))
        window.wait_for("code no. 1")
        activation = reader.read_mail(CODE)
        window.enter(activation)
        window.wait_for("Your regular password")
        window.send(PASSWORD)
        window.wait_for("strong")
        window.enter("")
        window.enter(PASSWORD)
        window.wait_for("How do your one-time passwords come?")
        window.enter("")
        secret = secret_on(window.wait_for("in this step only."))
        assert len(secret) == 32
        window.send("Escape")
        window.wait_for("Press esc")
        window.send("Escape")
        window.wait_for("THE-END")
        left = window.seen(scrollback=True)
        assert [word for word in (secret[:4], activation, "violet", "▀", USER) if word in left] == []
    finally:
        window.close()


def ends_of_visits(host: Desk) -> list[str | None]:
    with closing(sqlite3.connect(host.database)) as connection:
        return [row[0] for row in connection.execute("SELECT end_reason FROM enrolment_session")]


def test_a_window_that_is_closed_ends_the_visit(host: Desk, terminal: Callable[..., Terminal]) -> None:
    shown = terminal("enrol", desk=host)
    shown.wait_for("Your CCMS user ID")
    shown.press(USER, "enter")
    shown.wait_for("Verification code")
    assert ends_of_visits(host) == [None]
    shown.hang_up()
    shown.wait_ended()
    assert ends_of_visits(host) == ["ended"]


def test_as_a_forced_command_no_setting_comes_from_the_environment(
    host: Desk, terminal: Callable[..., Terminal]
) -> None:
    shown = terminal("enrol", "--forced", desk=host)
    shown.wait_for("needs key_file among the settings")
    assert str(host.home) not in shown.text
    assert shown.wait_end() != 0
    (host.home / "enrol.toml").write_text(
        f'database_url = "sqlite:///{host.database}"\nkey_file = "{host.home / "desk.key"}"\n',
        encoding="utf-8",
    )
    shown = terminal(
        "--config", str(host.home / "enrol.toml"), "enrol", "--forced", desk=Desk(host.home / "no")
    )
    shown.wait_for("Your CCMS user ID")
    shown.press(USER, "enter")
    shown.wait_for("Verification code")
    assert shown.child.isalive()


def test_on_the_host_itself_the_reason_is_told_when_it_is_left(
    host: Desk, terminal: Callable[..., Terminal]
) -> None:
    shown = terminal("enrol", desk=Desk(host.home, {"CCMS_TUI_DATABASE_URL": "sqlite:///nowhere/desk.db"}))
    shown.wait_for("does not work at the moment")
    shown.press("esc")
    shown.wait_for("There is no desk database at", "ccms-tui init")


def test_without_a_terminal_it_says_so(host: Desk) -> None:
    done = host.run("enrol")
    assert (done.code, done.out) == (1, "")
    assert "needs a terminal" in done.sentence
