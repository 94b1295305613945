"""From a change in the store to the server's answer and back: honest states, and a code that works."""

import asyncio
import logging
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from ccms_tui.mail_deliver import Fate, SmtpTransport
from ccms_tui.mail_render import sender_of
from ccms_tui.mail_target import SmtpTarget, Tls
from ccms_tui.mail_worker import MailWorker
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.outbox import Outbox
from store.setup import initialise
from store.views import MailRow, MailState, Role, Standing
from tests.conftest import HeldClock, Roster
from tests.smtp_servers import HOST, Mailbox, smtp_server

SENDER = sender_of("Registration desk <desk@desk.example>")
ADDRESS = "siu.ming@kestrel.example"
Working = Callable[[SmtpTarget], Any]


@pytest.fixture
async def house(roster: Roster, database: Database, clock: HeldClock, keys: Keys) -> str:
    """A participant whose maker's changes apply at once, in a programme that has begun."""
    await initialise(database, clock, keys, "ops.yeung", "Yeung Ka Wai")
    return await roster.participant("C10100", waiver="sole proprietor")


@pytest.fixture
async def user_id(roster: Roster, house: str) -> str:
    return await roster.user(house, "Chan Siu Ming 陳小明")


@pytest.fixture
def maker(desk_of: Callable[..., Desk]) -> Desk:
    return desk_of(Role.DA_MAKER, "C10100")


@pytest.fixture
def working(database: Database, clock: HeldClock, keys: Keys) -> Working:
    """`working(target)`: a worker that delivers there, for as long as the block lasts."""

    @asynccontextmanager
    async def run(target: SmtpTarget, **options: Any) -> AsyncIterator[MailWorker]:
        transport = SmtpTransport(target, timeout=5.0, local_hostname="desk.example")
        try:
            yield MailWorker(Outbox(database, clock, keys), transport, clock, sender=SENDER, **options)
        finally:
            await transport.close()

    return run


async def register(maker: Desk, user_id: str, address: str = ADDRESS) -> None:
    card = await maker.users.card(user_id)
    await maker.registrations.edit_email(user_id, address, version=card.version)


async def newest_mail(desk: Desk) -> MailRow:
    return (await desk.mailbox.listing().page(0))[0]


def code_in(text: str) -> str:
    found = re.search(r"Verification code:\s+(\S+)", text)
    assert found
    return found[1]


async def test_the_code_in_the_mail_verifies_the_user(maker: Desk, user_id: str, working: Working) -> None:
    await register(maker, user_id)
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target, working(target) as worker:
        counts = await worker.run_once()
    assert counts == {Fate.ACCEPTED: 1, Fate.DEFERRED: 0, Fate.REFUSED: 0}
    message = mailbox.messages[0]
    assert message["To"] == ADDRESS
    await maker.verifications.enter_code(user_id, code_in(message.get_content()))
    card = await maker.users.card(user_id)
    assert (card.row.standing, card.active_email) == (Standing.VERIFIED, ADDRESS)


async def test_an_accepted_mail_is_shown_as_accepted_with_the_servers_words(
    maker: Desk, user_id: str, working: Working
) -> None:
    await register(maker, user_id)
    assert (await newest_mail(maker)).state is MailState.QUEUED
    async with smtp_server(Mailbox()) as target, working(target) as worker:
        await worker.run_once()
    mail = await newest_mail(maker)
    assert (mail.state, mail.attempts, mail.last_reply) == (MailState.ACCEPTED, 1, "250 2.0.0 taken")
    assert mail.accepted_at is not None


async def test_a_refused_mail_bounces_and_marks_the_address(
    maker: Desk, user_id: str, working: Working
) -> None:
    await register(maker, user_id)
    async with (
        smtp_server(Mailbox(rcpt=lambda _to: "550 5.1.1 unknown")) as target,
        working(target) as worker,
    ):
        await worker.run_once()
    mail = await newest_mail(maker)
    assert (mail.state, mail.last_reply) == (MailState.BOUNCED, "550 5.1.1 unknown")
    assert (await maker.users.card(user_id)).row.standing is Standing.UNDELIVERABLE


async def test_a_greylisted_mail_waits_and_goes_out_under_the_same_message_id(
    maker: Desk, user_id: str, working: Working, clock: HeldClock
) -> None:
    seen: list[bytes] = []
    mailbox = Mailbox(data=lambda attempt: "451 4.7.1 later" if attempt < 3 else None)
    await register(maker, user_id)
    async with smtp_server(mailbox) as target, working(target) as worker:
        for _attempt in range(3):
            await worker.run_once()
            mail = await newest_mail(maker)
            if mail.state is MailState.DEFERRED:
                assert mail.last_reply == "451 4.7.1 later"
                assert mail.next_attempt_at is not None
                assert (await worker.run_once())[Fate.ACCEPTED] == 0, "not before its time"
                clock.advance(mail.next_attempt_at - clock.now())
        seen = mailbox.contents
    assert (await newest_mail(maker)).state is MailState.ACCEPTED
    assert (await newest_mail(maker)).attempts == 3
    assert len(seen) == 1


async def test_a_mail_sent_twice_is_the_same_mail(
    maker: Desk, user_id: str, working: Working, clock: HeldClock, database: Database
) -> None:
    """The server took it, but the desk died before writing that down: when the lease ends it goes again."""
    mailbox = Mailbox()
    await register(maker, user_id)

    async def dies(*_args: Any) -> None:
        raise RuntimeError

    async with smtp_server(mailbox) as target, working(target) as worker:
        worker._outbox.accepted = dies  # type: ignore[method-assign]
        await worker.run_once()
        assert (await newest_mail(maker)).state is MailState.SENDING
        clock.advance(timedelta(minutes=10))
    async with smtp_server(mailbox) as target, working(target) as worker:
        await worker.run_once()
    first, second = mailbox.contents
    assert first == second
    assert (await newest_mail(maker)).state is MailState.ACCEPTED


@pytest.mark.parametrize("temper", ["down", "drops"])
async def test_a_server_that_is_down_or_hangs_up_loses_nothing(
    maker: Desk, user_id: str, working: Working, clock: HeldClock, temper: str
) -> None:
    await register(maker, user_id)
    if temper == "down":
        with socket.socket() as unused:
            unused.bind((HOST, 0))
            target = SmtpTarget(HOST, unused.getsockname()[1], Tls.NONE)
        async with working(target) as worker:
            await worker.run_once()
    else:
        async with smtp_server(Mailbox(drop_in_data=True)) as target, working(target) as worker:
            await worker.run_once()
    mail = await newest_mail(maker)
    assert (mail.state, mail.attempts) == (MailState.DEFERRED, 1)
    assert mail.last_reply
    clock.advance(timedelta(minutes=2))
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target, working(target) as worker:
        await worker.run_once()
    assert (await newest_mail(maker)).state is MailState.ACCEPTED
    assert len(mailbox.contents) == 1


async def test_a_dead_code_is_never_delivered(
    maker: Desk, user_id: str, working: Working, clock: HeldClock
) -> None:
    await register(maker, user_id)
    clock.advance(timedelta(hours=25))
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target, working(target) as worker:
        await worker.run_once()
    assert mailbox.contents == []
    assert (await newest_mail(maker)).state is MailState.EXPIRED


async def test_one_refused_recipient_does_not_hold_up_the_others(
    maker: Desk, roster: Roster, house: str, working: Working
) -> None:
    for number in range(30):
        await register(maker, await roster.user(house, f"User {number}"), f"user{number}@kestrel.example")
    mailbox = Mailbox(rcpt=lambda to: "550 5.1.1 unknown" if to.startswith("user7@") else None)
    async with smtp_server(mailbox) as target, working(target) as worker:
        counts = await worker.run_once()
    assert (counts[Fate.ACCEPTED], counts[Fate.REFUSED]) == (29, 1)
    held = await maker.mailbox.counts()
    assert (held[MailState.ACCEPTED], held[MailState.BOUNCED]) == (29, 1)


async def test_a_row_that_cannot_be_written_as_a_mail_ends_alone(
    maker: Desk, roster: Roster, house: str, working: Working, database: Database
) -> None:
    from sqlalchemy import update

    from store.tables import Mail

    for number in range(3):
        await register(maker, await roster.user(house, f"User {number}"), f"user{number}@kestrel.example")
    async with database.writing() as connection:
        await connection.execute(
            update(Mail).where(Mail.to_email == "user1@kestrel.example").values(facts={})
        )
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target, working(target) as worker:
        counts = await worker.run_once()
    assert (counts[Fate.ACCEPTED], counts[Fate.REFUSED]) == (2, 1)


async def test_the_log_names_no_address(
    maker: Desk, user_id: str, working: Working, caplog: pytest.LogCaptureFixture
) -> None:
    await register(maker, user_id)
    with caplog.at_level(logging.DEBUG, logger="ccms_tui"):
        async with (
            smtp_server(Mailbox(rcpt=lambda to: f"550 <{to}> unknown")) as target,
            working(target) as worker,
        ):
            await worker.run_once()
    assert "refused" in caplog.text
    assert "kestrel" not in caplog.text


async def test_a_running_worker_delivers_what_comes_and_stops_when_told(
    maker: Desk, user_id: str, working: Working
) -> None:
    mailbox, stop = Mailbox(), asyncio.Event()
    async with smtp_server(mailbox) as target, working(target, poll=0.05) as worker:
        running = asyncio.create_task(worker.run(stop))
        await register(maker, user_id)
        async with asyncio.timeout(10):
            await mailbox.came.wait()
        stop.set()
        await asyncio.wait_for(running, 10)
    assert (await newest_mail(maker)).state is MailState.ACCEPTED
