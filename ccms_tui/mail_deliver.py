"""Hands one mail to the SMTP server and says honestly what came of it.

A connection is reused for the next mail, and at most a few are held. Only the server's word on the recipient
or the message is final (5xx to RCPT or DATA). A fault of the way there - no connection, no TLS, a wrong
password, a sender not taken - says nothing about the address: the mail waits, and the reply tells operations
what to mend.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected, SMTPTimeoutError

from ccms_tui.config_file import BadSetting
from ccms_tui.mail_target import SmtpTarget, Tls
from screens.words import _

IDLE_SECONDS = 5.0
NO_SERVICE = 421
WRONG_SIDE = frozenset({503, 530, 535})
"""Replies that speak of this desk's session (order, authentication), not of the recipient."""


class Fate(StrEnum):
    """What came of handing a mail over."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fate of one mail, and the server's reply (or why there is none)."""

    fate: Fate
    reply: str


@dataclass
class _Line:
    """A connection and when it was last used; `fresh` until it has carried a mail."""

    client: SMTP
    used_at: float
    fresh: bool = True


class SmtpTransport:
    """A few connections to one SMTP server, opened when needed and reused; `deliver` calls may overlap."""

    def __init__(
        self,
        target: SmtpTarget,
        *,
        connections: int = 4,
        timeout: float = 25.0,
        ca_file: Path | None = None,
        local_hostname: str | None = None,
    ) -> None:
        self.target = target
        self.connections = connections
        self.timeout = timeout
        self._local_hostname = local_hostname
        self._trust = _trust(ca_file) if target.tls is not Tls.NONE else None
        self._idle: list[_Line] = []
        self._places = asyncio.Semaphore(connections)

    async def deliver(self, message: EmailMessage) -> Outcome:
        """Hand one mail over; never raises for what a server or a network can do."""
        async with self._places:
            try:
                async with asyncio.timeout(self.timeout):
                    return await self._hand_over(message)
            except TimeoutError:
                return Outcome(
                    Fate.DEFERRED, _("no reply within {seconds:g} seconds").format(seconds=self.timeout)
                )

    async def reach(self) -> str | None:
        """Why no mail could be handed over now; None when a connection is made, and kept for the first."""
        try:
            async with asyncio.timeout(self.timeout), self._line():
                return None
        except TimeoutError:
            return _("no reply within {seconds:g} seconds").format(seconds=self.timeout)
        except SMTPResponseException as error:
            return _reply(error)
        except (SMTPException, OSError) as error:
            return _one_line(str(error) or type(error).__name__)

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        while self._idle:
            line = self._idle.pop()
            with suppress(SMTPException, OSError, TimeoutError):
                await line.client.quit(timeout=1.0)
            line.client.close()

    async def _hand_over(self, message: EmailMessage) -> Outcome:
        outcome = await self._attempt(message)
        return (
            outcome
            or await self._attempt(message)
            or Outcome(Fate.DEFERRED, _("the server closed the connection"))
        )

    async def _attempt(self, message: EmailMessage) -> Outcome | None:
        """One try; None when a reused connection turned out to be closed before it took anything."""
        try:
            async with self._line() as line:
                return await _send(line, message)
        except SMTPTimeoutError:
            return Outcome(Fate.DEFERRED, _("the server did not answer in time"))
        except SMTPResponseException as error:
            return Outcome(Fate.DEFERRED, _reply(error))
        except (SMTPException, OSError) as error:
            return Outcome(Fate.DEFERRED, _one_line(str(error) or type(error).__name__))

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[_Line]:
        """A working connection; given back after use unless it broke."""
        line = await self._reusable() or await self._connect()
        try:
            yield line
        except BaseException:
            line.client.close()
            raise
        if line.client.is_connected:
            line.used_at, line.fresh = time.monotonic(), False
            self._idle.append(line)

    async def _reusable(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            if time.monotonic() - line.used_at < IDLE_SECONDS and line.client.is_connected:
                return line
            with suppress(SMTPException, OSError):
                await line.client.noop(timeout=5.0)
                return line
            line.client.close()
        return None

    async def _connect(self) -> _Line:
        client = SMTP(
            hostname=self.target.host,
            port=self.target.port,
            username=self.target.user,
            password=self.target.password,
            local_hostname=self._local_hostname,
            timeout=self.timeout,
            use_tls=self.target.tls is Tls.IMPLICIT,
            start_tls=self.target.tls is Tls.REQUIRED,
            tls_context=self._trust,
        )
        await client.connect()
        await client.ehlo()
        return _Line(client, time.monotonic())


async def _send(line: _Line, message: EmailMessage) -> Outcome | None:
    """MAIL, RCPT and DATA on one connection; None when a reused one was closed at the first of them."""
    client = line.client
    sender, to = message["From"].addresses[0].addr_spec, message["To"].addresses[0].addr_spec
    foreign = not to.isascii()
    if foreign and not client.supports_extension("smtputf8"):
        return Outcome(
            Fate.REFUSED, _("the mail server takes no address with letters outside ASCII (it lacks SMTPUTF8)")
        )
    try:
        await client.mail(
            sender, options=["SMTPUTF8"] if foreign else [], encoding="utf-8" if foreign else "ascii"
        )
    except SMTPServerDisconnected:
        if line.fresh:
            raise
        return None
    except SMTPResponseException as error:
        if error.code == NO_SERVICE and not line.fresh:
            client.close()
            return None
        await _reset(client)
        return Outcome(Fate.DEFERRED, _reply(error))
    try:
        await client.rcpt(to, encoding="utf-8" if foreign else "ascii")
        answer = await client.data(message.as_bytes())
    except SMTPResponseException as error:
        await _reset(client)
        final = 500 <= error.code < 600 and error.code not in WRONG_SIDE
        return Outcome(Fate.REFUSED if final else Fate.DEFERRED, _reply(error))
    return Outcome(Fate.ACCEPTED, _one_line(f"{answer.code} {answer.message}"))


async def _reset(client: SMTP) -> None:
    """Clear a half-made envelope so that the connection serves the next mail; a broken one is closed."""
    try:
        await client.rset()
    except (SMTPException, OSError):
        client.close()


def _reply(error: SMTPResponseException) -> str:
    return _one_line(f"{error.code} {error.message}")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]


def _trust(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        reason = _("{path} holds no readable PEM certificates").format(path=ca_file)
        raise BadSetting("CCMS_TUI_SMTP_CA_FILE", reason) from None
