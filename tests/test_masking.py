"""No whole address where it does not belong: not in a log, not on standard error, not by guessing letters."""

import asyncio
import json
import logging
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from store.database import Database
from store.desk import Desk as StoreDesk
from store.outbox import Outbox
from store.tables import USERS
from store.views import Role, UserQuery
from tests import command_line
from tests.conftest import DeskOf, Roster
from tests.smtp_servers import Mailbox, smtp_server
from tests.ssh_host import SshHost, ssh_host
from tests.test_cli_mail import desk, made, nobody, run, url
from tests.test_mail_worker import Working, house, maker, register, user_id, working

__all__ = ["desk", "house", "made", "maker", "ssh_host", "user_id", "working"]

ADDRESS = "Zebedee.Quill+ccms@Marmalade.example"
PARTS = ("zebedee", "quill", "marmalade")
CLI_PARTS = ("siu.ming", "jadeabacus")
"""What the desk of the command-line tests has for an address."""


def named(text: str, parts: tuple[str, ...] = PARTS) -> list[str]:
    """The parts of the address that `text` holds."""
    return [part for part in parts if part in text.casefold()]


# Guessing.


async def test_an_address_cannot_be_spelt_out_letter_by_letter(
    roster: Roster, house: str, desk_of: DeskOf
) -> None:
    found = await roster.user(house, "CHAN Tai Man", active=ADDRESS, pending="new." + ADDRESS)
    users = desk_of(Role.HELPDESK).users
    assert await users.ids(UserQuery(search=ADDRESS)) == (found,)
    assert await users.ids(UserQuery(search=ADDRESS.upper(), participant_id=house)) == (found,)
    guesses = [ADDRESS[:length] for length in range(1, len(ADDRESS))]
    guesses += [ADDRESS[start:] for start in range(1, len(ADDRESS))]
    guesses += [guess + wild for guess in ("zeb", "ze", "z", "@") for wild in ("*", "%", "_", '"', "***@")]
    guesses += [f"{letter}***@marmalade.example" for letter in "zn"]
    guesses += ["chan zebedee", "chan ze", "chan +ccms", f"{house} marma", f"chan {ADDRESS[:-1]}"]
    hits = []
    for guess in guesses:
        if set(guess.casefold()) <= {"c", "h", "a", "n"}:
            continue  # it begins the name
        for query in (UserQuery(search=guess), UserQuery(search=guess, participant_id=house)):
            hits += [guess for _user in await users.ids(query)]
        hits += [guess for _row in (await users.lookup(guess)).rows]
    assert hits == []


# The log of the mail worker.

SERVERS: dict[str, Callable[[], Mailbox]] = {
    "takes it": Mailbox,
    "refuses it for good": lambda: Mailbox(rcpt=lambda to: f"550 5.1.1 <{to}>: no such user {to}"),
    "puts it off": lambda: Mailbox(rcpt=lambda to: f"450 4.2.0 <{to}> greylisted"),
    "refuses the text": lambda: Mailbox(data=lambda _attempt: f"554 5.7.1 {ADDRESS} is not wanted"),
    "hangs up": lambda: Mailbox(drop_in_data=True),
    "talks nonsense": lambda: Mailbox(rcpt=lambda to: f"{to} what?"),
}


@pytest.mark.parametrize("server", SERVERS)
async def test_whatever_a_server_answers_the_log_names_no_address(
    server: str, maker: StoreDesk, user_id: str, working: Working,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    await register(maker, user_id, ADDRESS)
    with caplog.at_level(logging.INFO):
        async with smtp_server(SERVERS[server]()) as target, working(target) as worker:
            counts = await worker.run_once()
    ours = [record for record in caplog.records if not record.name.startswith("mail.")]
    """The server's own log apart: it runs in this process."""
    assert sum(counts.values()) == 1
    assert "attempt 1" in "\n".join(record.getMessage() for record in ours)
    formatted = "\n".join(logging.Formatter().format(record) for record in ours)
    assert named(formatted + "".join(capfd.readouterr())) == []


async def test_a_database_that_fails_meanwhile_names_no_address_in_the_log(
    maker: StoreDesk, user_id: str, working: Working, database: Database,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    await register(maker, user_id, ADDRESS)
    with caplog.at_level(logging.INFO, logger="ccms_tui"):
        async with smtp_server(Mailbox()) as target, working(target) as worker:
            outbox: Outbox = worker._outbox
            claimed = await outbox.claim(1, "w", lease=worker._lease)
            async with database.writing() as connection:
                await connection.exec_driver_sql("ALTER TABLE audit_event RENAME TO gone")
            await worker._carry(claimed[0])
    assert "could not be written down" in caplog.text
    assert named(caplog.text + "".join(capfd.readouterr())) == []


CARELESS = """
import asyncio, gc, logging, sys
from ccms_tui.logs import log_to_stderr

async def lose():
    asyncio.get_running_loop().create_future().set_exception(ValueError(sys.argv[1]))
    gc.collect()

log_to_stderr()
logging.getLogger("a library").error("no %s", sys.argv[1])
asyncio.run(lose())
"""


def test_whoever_writes_into_the_log_addresses_are_masked_in_it() -> None:
    done = subprocess.run(
        (sys.executable, "-c", CARELESS, ADDRESS), capture_output=True, text=True, check=True
    )
    assert "a library: no Z***@Marmalade.example" in done.stderr
    assert "never retrieved" in done.stderr
    assert "quill" not in done.stderr.casefold()


async def test_what_a_database_says_of_a_fault_holds_no_value(
    database: Database, roster: Roster, house: str
) -> None:
    await roster.user(house, active=ADDRESS)
    twice = roster.row(house, active=ADDRESS, user_id="TWICE")
    async with database.engine.connect() as connection:
        await connection.execute(insert(USERS), [twice])
        with pytest.raises(DBAPIError) as fault:
            await connection.execute(insert(USERS), [twice])
    assert named(str(fault.value)) == []


# The outputs of the commands.


async def helpdesk_of(desk: command_line.Desk) -> str:
    """The login of a helpdesk operator on that desk."""
    assert (
        await run(desk, "operator", "add", "h.ho", "--name", "Ho", "--role", "helpdesk", "--json")
    ).code == 0
    return "h.ho"


async def test_no_command_of_the_helpdesk_prints_an_address(desk: command_line.Desk) -> None:
    login = await helpdesk_of(desk)
    echo = Mailbox(rcpt=lambda to: f"550 5.1.1 <{to}>: {to.partition('@')[0]} is unknown")
    async with smtp_server(echo) as target:
        delivered = await run(desk, "mail", "once", smtp=url(target))
    assert delivered.out.strip() == "0 accepted, 0 deferred, 1 refused"
    assert named(delivered.out + delivered.err, CLI_PARTS) == []
    for words in (
        ("lookup", "chan"), ("lookup", "chan", "--json"), ("lookup", "siu.ming@jadeabacus.example"),
        ("mail", "list"), ("mail", "list", "--json"), ("mail", "list", "--state", "bounced"), ("status",),
        ("export", "users", "--format", "csv"), ("mail", "retry", "1"), ("mail", "once"),
    ):  # fmt: skip
        done = await run(desk, *words, "--operator", login, smtp=nobody())
        assert named(done.out + done.err, CLI_PARTS[:1]) == [], words
        assert done.out or done.code == 4, words


async def test_the_running_worker_writes_no_address_to_its_log(desk: command_line.Desk) -> None:
    answers = iter(("450 4.2.0 <{to}> later", "550 5.1.1 <{to}> unknown"))
    mailbox = Mailbox(rcpt=lambda to: next(answers, "550 <{to}>").format(to=to))
    async with smtp_server(mailbox) as target, asyncio.timeout(60):
        worker = await asyncio.create_subprocess_exec(
            sys.executable, "-X", "dev", "-m", "ccms_tui", "mail", "run",
            env=desk.environment | {"CCMS_TUI_SMTP_URL": url(target)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        assert worker.stdout is not None
        log = await _read_until(worker.stdout, "deferred after attempt 1")
        assert (await run(desk, "mail", "retry", "1")).code == 0
        log += await _read_until(worker.stdout, "refused after attempt 2")
        worker.send_signal(signal.SIGTERM)
        log += (await worker.stdout.read()).decode()
        assert await worker.wait() == 0
    assert named(log, CLI_PARTS) == []


async def _read_until(output: asyncio.StreamReader, words: str) -> str:
    """The lines up to the one with `words`, that one included."""
    log = ""
    while words not in log:
        line = await output.readline()
        assert line, log
        log += line.decode()
    return log


# The door.


def test_the_gateway_and_sshd_log_no_address(ssh_host: SshHost) -> None:
    parts, address = ("tm.chan", "own.example"), "tm.chan@own.example"
    helpdesk = ssh_host.operator(Role.HELPDESK)
    found = ssh_host.ssh(helpdesk.key, "otp", helpdesk.code(), "lookup", address)
    assert found.code == 0
    assert "t***@own.example" in found.out
    assert named(found.out + found.err, parts[:1]) == []
    again = ssh_host.operator(Role.HELPDESK)
    export = ssh_host.ssh(again.key, "otp", again.code(), "export", "users", "--format", "csv")
    assert (export.code, export.out) == (4, "")
    assert named(export.err, parts) == []
    refused = ssh_host.ssh(again.key, f"lokup {address}")
    assert named(refused.err, parts) == []
    (tried,) = [
        json.loads(facts)["tried"]
        for action, facts in ssh_host.events(again.login)
        if action == "signin.refused"
    ]
    assert tried == "lokup t***@own.example"
    assert "Accepted publickey" in ssh_host.log
    assert named(ssh_host.log, parts) == []
