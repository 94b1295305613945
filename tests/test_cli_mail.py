"""`ccms-tui mail` as operations run it, against a real mail server."""

import asyncio
import os
import re
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from ccms_tui.mail_target import SmtpTarget
from tests.command_line import Desk, Done
from tests.smtp_servers import HOST, Mailbox, smtp_server

ROSTER = """participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language
C10100,Jade Abacus Limited,JAAA0002,Chan Siu Ming 陳小明,user,siu.ming@jadeabacus.example,SC1,en
"""
Message = dict[str, Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    assert desk.run("init", "--json").code == 0
    return desk


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    """A desk with one verification in its queue."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("desk.db", "desk.key"):
        (home / name).write_bytes((made.home / name).read_bytes())
    (home / "desk.key").chmod(0o600)
    desk = Desk(home)
    done = desk.run("import", "-", "--apply", "--send", "--yes", "--json", stdin=ROSTER)
    assert done.code == 0, done
    return desk


def url(target: SmtpTarget) -> str:
    return f"smtp://{target.host}:{target.port}?tls={target.tls}"


def nobody() -> str:
    """The address of a server that is not there."""
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        return f"smtp://{HOST}:{unused.getsockname()[1]}?tls=none"


async def run(desk: Desk, *arguments: str, smtp: str = "") -> Done:
    return await asyncio.to_thread(desk.run, *arguments, **({"CCMS_TUI_SMTP_URL": smtp} if smtp else {}))


async def the_message(desk: Desk, *arguments: str) -> Message:
    messages: list[Message] = (await run(desk, "mail", *(arguments or ("list",)), "--json")).document[
        "messages"
    ]
    assert len(messages) == 1
    return messages[0]


async def test_once_delivers_what_is_due_and_the_list_says_so(desk: Desk) -> None:
    message = await the_message(desk)
    assert set(message) == {"id", "user_id", "kind", "state", "attempts", "last_reply", "next_attempt_at"}
    assert (message["state"], message["attempts"], message["last_reply"]) == ("queued", 0, None)
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target:
        done = await run(desk, "mail", "once", "--json", smtp=url(target))
    assert done.document == {"accepted": 1, "deferred": 0, "refused": 0}
    assert mailbox.recipients == ["siu.ming@jadeabacus.example"]
    message = await the_message(desk)
    assert (message["state"], message["attempts"], message["last_reply"]) == (
        "accepted",
        1,
        "250 2.0.0 taken",
    )
    assert message["next_attempt_at"] is None


async def test_a_server_that_is_down_defers_and_a_retry_delivers(desk: Desk) -> None:
    done = await run(desk, "mail", "once", "--json", smtp=nobody())
    assert done.document == {"accepted": 0, "deferred": 1, "refused": 0}
    message = await the_message(desk)
    assert message["state"] == "deferred"
    assert message["last_reply"]
    assert message["next_attempt_at"]
    assert (await the_message(desk, "retry", str(message["id"])))["state"] == "queued"
    async with smtp_server(Mailbox()) as target:
        assert (await run(desk, "mail", "once", "--json", smtp=url(target))).document["accepted"] == 1


async def test_a_held_message_stays_until_it_is_released(desk: Desk) -> None:
    number = str((await the_message(desk))["id"])
    assert (await the_message(desk, "hold", number))["state"] == "held"
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target:
        assert (await run(desk, "mail", "once", "--json", smtp=url(target))).document["accepted"] == 0
        assert (await the_message(desk, "release", number))["state"] == "queued"
        assert (await run(desk, "mail", "once", "--json", smtp=url(target))).document["accepted"] == 1


async def test_the_list_can_be_narrowed_and_read_by_people(desk: Desk) -> None:
    assert (await run(desk, "mail", "list", "--state", "held", "--json")).document == {"messages": []}
    assert (await run(desk, "mail", "list", "--state", "held")).out == "No messages.\n"
    assert "siu.ming@jadeabacus.example" in (await run(desk, "mail", "list")).out
    assert (await run(desk, "mail", "list", "--state", "lost")).code == 2


async def test_a_message_that_is_not_there_or_not_in_the_right_state_is_said_so(desk: Desk) -> None:
    done = await run(desk, "mail", "retry", "99")
    assert (done.code, done.out) == (1, "")
    assert "99" in done.sentence
    number = str((await the_message(desk))["id"])
    assert (await run(desk, "mail", "release", number)).code == 1


async def test_without_a_mail_server_the_setting_is_named(desk: Desk) -> None:
    for action in ("once", "run"):
        done = await run(desk, "mail", action)
        assert (done.code, done.out) == (1, "")
        assert "CCMS_TUI_SMTP_URL" in done.sentence


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_run_delivers_until_it_is_stopped(desk: Desk, number: signal.Signals) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target:
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ccms_tui", "mail", "run",
            env={**desk.environment, "CCMS_TUI_SMTP_URL": url(target)}, cwd=desk.home,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(30):
            await mailbox.came.wait()
            os.kill(worker.pid, number)
            out, err = await worker.communicate()
    assert (worker.returncode, out) == (0, b"")
    assert re.search(rb"mail 1: accepted", err)
    assert b"jadeabacus" not in err
    assert b"Traceback" not in err
    assert (await the_message(desk))["state"] == "accepted"
