"""Handing one mail over to real SMTP servers of every temper: the fate is always told as it was."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from pathlib import Path
from typing import Any

import pytest

from ccms_tui.mail_deliver import Fate, Outcome, SmtpTransport
from ccms_tui.mail_target import SmtpTarget, Tls, parse_target
from tests.smtp_servers import HOST, Mailbox, certificate, login_checker, smtp_server


def a_mail(to: str = "ada.chan@bank.example") -> EmailMessage:
    message = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
    message["From"] = "desk@desk.example"
    message["To"] = to
    message["Subject"] = "A code"
    message.set_content("Hello 陳小明\n")
    return message


@asynccontextmanager
async def a_transport(target: SmtpTarget, **options: Any) -> AsyncIterator[SmtpTransport]:
    transport = SmtpTransport(target, local_hostname="desk.example", **{"timeout": 5.0, **options})
    try:
        yield transport
    finally:
        await transport.close()


async def deliver(target: SmtpTarget, message: EmailMessage | None = None, **options: Any) -> Outcome:
    async with a_transport(target, **options) as transport:
        return await transport.deliver(message or a_mail())


async def test_a_mail_that_the_server_takes_is_accepted_with_its_reply() -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target:
        outcome = await deliver(target)
    assert outcome == Outcome(Fate.ACCEPTED, "250 2.0.0 taken")
    assert mailbox.recipients == ["ada.chan@bank.example"]
    assert mailbox.senders == ["desk@desk.example"]
    assert "陳小明" in mailbox.messages[0].get_content()


async def test_an_unknown_mailbox_is_refused_for_good() -> None:
    async with smtp_server(Mailbox(rcpt=lambda address: f"550 5.1.1 <{address}> unknown")) as target:
        outcome = await deliver(target)
    assert outcome == Outcome(Fate.REFUSED, "550 5.1.1 <ada.chan@bank.example> unknown")


async def test_a_message_refused_after_its_text_is_refused_for_good() -> None:
    async with smtp_server(Mailbox(data=lambda _attempt: "554 5.7.1 no thanks")) as target:
        assert (await deliver(target)).fate is Fate.REFUSED


async def test_greylisting_defers_and_the_next_try_is_taken_on_the_same_connection() -> None:
    mailbox = Mailbox(data=lambda attempt: "451 4.7.1 come back later" if attempt == 1 else None)
    async with smtp_server(mailbox) as target, a_transport(target) as transport:
        assert await transport.deliver(a_mail()) == Outcome(Fate.DEFERRED, "451 4.7.1 come back later")
        assert (await transport.deliver(a_mail())).fate is Fate.ACCEPTED


async def test_a_server_that_hangs_up_in_the_middle_of_the_message_defers_it() -> None:
    mailbox = Mailbox(drop_in_data=True)
    async with smtp_server(mailbox) as target:
        outcome = await deliver(target)
    assert outcome.fate is Fate.DEFERRED
    assert mailbox.attempts == 1


async def test_a_server_that_is_down_defers_and_says_so() -> None:
    with socket.socket() as unused:
        unused.bind((HOST, 0))
        port = unused.getsockname()[1]
    outcome = await deliver(SmtpTarget(HOST, port, Tls.NONE))
    assert outcome.fate is Fate.DEFERRED
    assert str(port) in outcome.reply


async def test_a_server_that_never_answers_defers_within_the_time_allowed() -> None:
    silent = await asyncio.start_server(lambda reader, _writer: reader.read(), HOST, 0)
    target = SmtpTarget(HOST, silent.sockets[0].getsockname()[1], Tls.NONE)
    outcome = await asyncio.wait_for(deliver(target, timeout=0.3), 3)
    silent.close()
    assert outcome.fate is Fate.DEFERRED


async def test_a_refused_sender_is_the_desks_fault_and_not_the_addresss() -> None:
    class Picky(Mailbox):
        async def handle_MAIL(self, *_args: Any) -> str:
            return "553 5.7.1 sender not allowed"

    async with smtp_server(Picky()) as target:
        assert await deliver(target) == Outcome(Fate.DEFERRED, "553 5.7.1 sender not allowed")


async def test_many_mails_share_at_most_four_connections() -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target, a_transport(target) as transport:
        outcomes = await asyncio.gather(*(transport.deliver(a_mail()) for _mail in range(40)))
    assert {outcome.fate for outcome in outcomes} == {Fate.ACCEPTED}
    assert len(mailbox.contents) == 40
    assert len(mailbox.sessions) <= 4


async def test_a_connection_that_the_server_closed_while_idle_is_replaced_unseen() -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, timeout=0.1) as target, a_transport(target) as transport:
        assert (await transport.deliver(a_mail())).fate is Fate.ACCEPTED
        await mailbox.hung_up.wait()
        assert (await transport.deliver(a_mail())).fate is Fate.ACCEPTED
    assert len(mailbox.sessions) == 2


async def test_starttls_is_used_and_the_certificate_checked(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path, "localhost", HOST)
    mailbox = Mailbox()
    async with smtp_server(mailbox, tls=Tls.REQUIRED, context=context) as target:
        assert (await deliver(target, ca_file=trusted)).fate is Fate.ACCEPTED
    assert mailbox.tls == [True]


async def test_a_certificate_nobody_trusts_gets_no_mail(tmp_path: Path) -> None:
    context, _trusted = certificate(tmp_path, "localhost", HOST)
    mailbox = Mailbox()
    async with smtp_server(mailbox, tls=Tls.REQUIRED, context=context) as target:
        outcome = await deliver(target)
    assert outcome.fate is Fate.DEFERRED
    assert "certificate" in outcome.reply.lower()
    assert mailbox.contents == []


async def test_a_certificate_for_another_name_gets_no_mail(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path, "elsewhere.example")
    mailbox = Mailbox()
    async with smtp_server(mailbox, tls=Tls.IMPLICIT, context=context) as target:
        outcome = await deliver(target, ca_file=trusted)
    assert outcome.fate is Fate.DEFERRED
    assert mailbox.contents == []


async def test_a_server_without_starttls_gets_no_mail_when_tls_is_required() -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target:
        outcome = await deliver(replace(target, tls=Tls.REQUIRED))
    assert outcome.fate is Fate.DEFERRED
    assert "STARTTLS" in outcome.reply
    assert mailbox.contents == []


async def test_implicit_tls_carries_the_mail(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path, "localhost", HOST)
    mailbox = Mailbox()
    async with smtp_server(mailbox, tls=Tls.IMPLICIT, context=context) as target:
        assert (await deliver(target, ca_file=trusted)).fate is Fate.ACCEPTED


async def test_a_login_is_made_after_starttls(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path, "localhost", HOST)
    mailbox = Mailbox()
    options = {"auth_required": True, "authenticator": login_checker("desk", "p@ss/word")}
    async with smtp_server(mailbox, tls=Tls.REQUIRED, context=context, **options) as target:
        good = replace(target, user="desk", password="p@ss/word")
        assert (await deliver(good, ca_file=trusted)).fate is Fate.ACCEPTED
        outcome = await deliver(replace(good, password="wrong"), ca_file=trusted)
    assert outcome.fate is Fate.DEFERRED, "a wrong password says nothing about the recipient"
    assert outcome.reply.startswith("535")
    assert "wrong" not in outcome.reply


async def test_an_address_with_chinese_letters_travels_by_smtputf8() -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox) as target:
        assert (await deliver(target, a_mail("陳小明@bank.example"))).fate is Fate.ACCEPTED
    assert mailbox.recipients == ["陳小明@bank.example"]


async def test_a_server_without_smtputf8_refuses_such_an_address_in_clear_words() -> None:
    async with smtp_server(Mailbox(), enable_SMTPUTF8=False) as target:
        outcome = await deliver(target, a_mail("陳小明@bank.example"))
    assert outcome.fate is Fate.REFUSED
    assert "SMTPUTF8" in outcome.reply


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mx.example", SmtpTarget("mx.example", 587)),
        ("smtp://mx.example?tls=implicit", SmtpTarget("mx.example", 465, Tls.IMPLICIT)),
        ("smtp://mx.example:2525?tls=none", SmtpTarget("mx.example", 2525, Tls.NONE)),
        ("smtp://d%40x:p%2Fw@[::1]:25", SmtpTarget("::1", 25, Tls.REQUIRED, "d@x", "p/w")),
        ("smtp://u:p@127.0.0.1?tls=none", SmtpTarget("127.0.0.1", 25, Tls.NONE, "u", "p")),
    ],
)
def test_the_servers_address_is_read(url: str, expected: SmtpTarget) -> None:
    assert parse_target(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "", "mx.example", "smtps://mx.example", "smtp://", "smtp://mx.example:0x1", "smtp://mx.example:99999",
        "smtp://mx.example/path", "smtp://mx.example?tls=maybe", "smtp://mx.example?ssl=1", "smtp://u@mx.example",
        "smtp://u:secret-word@mx.example?tls=none", "smtp://u:se#cret-word@mx.example",
    ],
)  # fmt: skip
def test_an_address_that_is_not_one_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as caught:
        parse_target(url)
    assert "cret-word" not in str(caught.value)


def test_a_target_never_shows_its_password() -> None:
    assert "secret-word" not in repr(parse_target("smtp://u:secret-word@mx.example"))
