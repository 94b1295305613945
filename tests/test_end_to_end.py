"""The whole story in a real pseudo-terminal: from a roster, or from the demo's door, to a verified user."""

import re
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from tests.command_line import Desk
from tests.smtp_servers import Mailbox
from tests.terminal import Terminal

CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b")
PROGRAM = [sys.executable, "-m", "ccms_tui"]
ROSTER = (
    "participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language\n"
    "C1,Jade Abacus Securities Limited,JA0001,Chan Siu Ming 陳小明,user,siu.ming@jade.example,S1,en\n"
    "C1,Jade Abacus Securities Limited,JA0002,Wong [/x] Wai,user,,S2,zh-Hant\n"
)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_terminal(
        *arguments: str, desk: Desk | None = None, rows: int = 24, columns: int = 80
    ) -> Terminal:
        environment = (desk or Desk(tmp_path)).environment
        opened.append(Terminal([*PROGRAM, *arguments], environment, columns, rows))
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()


@pytest.fixture
def smtp() -> Iterator[tuple[str, Mailbox]]:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    yield f"smtp://127.0.0.1:{port}?tls=none", mailbox
    server.stop()


def test_a_maker_gives_an_address_reads_the_caught_code_and_verifies_the_user(
    terminal: Callable[..., Terminal],
) -> None:
    desk = terminal("demo", "--role", "maker")
    desk.wait_for("○ no email", "JAAA0006")
    desk.press("/", "JAAA0006", "enter")
    desk.wait_for("Active     none")
    desk.press("e")
    desk.wait_for("New address")
    desk.press("walter.wong@jadeabacus.example")
    desk.wait_for("Can be registered")
    desk.press("enter")
    desk.wait_for("queued")
    desk.press("7")
    desk.wait_for("walter.wong@jadeabacus", "JAAA0006")
    desk.press("enter")
    code = CODE.search(desk.wait(lambda text: bool(CODE.search(text)), "a code"))
    assert code
    desk.press("2")
    desk.wait_for("walter.wong@jadeabacus.example", "esc Back")
    desk.press("v")
    desk.wait_for("Code")
    desk.press(code[0].lower(), "enter")
    desk.wait_for("◕ verified")
    desk.press("q")
    assert desk.wait_end() == 0


def test_from_a_roster_to_a_verified_user_on_a_host(
    terminal: Callable[..., Terminal], smtp: tuple[str, Mailbox], tmp_path: Path
) -> None:
    url, mailbox = smtp
    host = Desk(tmp_path, {"CCMS_TUI_SMTP_URL": url})
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    assert host.run("init").code == 0
    loaded = host.run("import", str(tmp_path / "roster.csv"), "--apply", "--json")
    assert (loaded.code, loaded.document["new"], loaded.document["applied"]) == (0, 2, True)
    assert host.run("status", "--json").document["standing"]["unverified"] == 1

    desk = terminal(desk=host)
    desk.wait_for("Jade Aba")
    desk.press("2")
    desk.wait_for("JA0001", "JA0002", "Wong [/x] Wai")
    desk.press("/", "小明", "enter")
    desk.wait_for("Pending    siu.ming@jade.example")
    desk.press("r")
    desk.wait_for("gets a fresh code")
    desk.press("enter")
    desk.wait_for("code no. 1")
    assert host.run("mail", "once").code == 0
    desk.press("esc")
    desk.wait_for("accepted")
    [message] = mailbox.messages
    assert message["To"] == "siu.ming@jade.example"
    code = CODE.search(message.get_content())
    assert code
    desk.press("v")
    desk.wait_for("Code")
    desk.press(code[0].replace("-", " "), "enter")
    desk.wait_for("◕ verified")
    desk.press("q")
    assert desk.wait_end() == 0
    assert host.run("status", "--json").document["standing"]["verified"] == 1


def test_a_window_closed_in_the_middle_of_an_edit_leaves_nothing_half_written(
    terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    host = Desk(tmp_path)
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    host.run("init")
    host.run("import", str(tmp_path / "roster.csv"), "--apply")
    before = host.run("export", "users", "--format", "csv").out
    desk = terminal(desk=host)
    desk.wait_for("Jade Aba")
    desk.press("2")
    desk.wait_for("All users")
    desk.press("/", "JA0001", "enter")
    desk.wait_for("Pending    siu.ming@jade.example")
    desk.press("v")
    desk.wait_for("Verification code", "Code")
    desk.press("AB")
    desk.wait_for("AB")
    desk.hang_up()
    desk.wait_ended()
    assert host.run("export", "users", "--format", "csv").out == before


@pytest.mark.parametrize(
    ("columns", "rows", "words"), [(40, 10, "too small"), (80, 24, "Jade Aba"), (200, 60, "Jade Abacus")]
)
def test_any_window_size_says_something_useful(
    terminal: Callable[..., Terminal], tmp_path: Path, columns: int, rows: int, words: str
) -> None:
    host = Desk(tmp_path)
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    host.run("init")
    host.run("import", str(tmp_path / "roster.csv"), "--apply")
    desk = terminal(desk=host, columns=columns, rows=rows)
    desk.wait_for(words)
    desk.press("q")
    assert desk.wait_end() == 0
