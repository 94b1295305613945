"""The whole story of a CCMS user in a real pseudo-terminal: from the roster to *proven*, with real mail."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
