"""A real SMTP server on this computer that takes every mail and passes none on."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from ccms_tui.mail_target import SmtpTarget, Tls
from store.clock import Clock

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail as it came in, numbered from 1; `text` is its body as the recipient reads it."""

    number: int
    at: datetime
    sender: str
    to: str
    subject: str
    message_id: str
    text: str


class Catcher:
    """Listens on a free port of this computer, in the event loop that started it."""

    def __init__(self, clock: Clock) -> None:
        self.caught: list[CaughtMail] = []
        self._clock = clock
        self._server: asyncio.Server | None = None

    async def start(self) -> SmtpTarget:
        """Listen; where to send to."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="catcher.ccms-tui.example", enable_SMTPUTF8=True, loop=loop), HOST, 0
        )
        return SmtpTarget(HOST, self._server.sockets[0].getsockname()[1], Tls.NONE)

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def handle_DATA(self, _server: Any, _session: Session, envelope: Envelope) -> str:
        """Take one mail (aiosmtpd calls this)."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content, _class=EmailMessage, policy=default)
        body = message.get_body(("plain",))
        self.caught.append(
            CaughtMail(
                len(self.caught) + 1,
                self._clock.now(),
                envelope.mail_from or "",
                ", ".join(envelope.rcpt_tos),
                str(message["Subject"] or ""),
                str(message["Message-ID"] or ""),
                str(body.get_content()) if body is not None else "",
            )
        )
        return f"250 2.0.0 caught as no. {len(self.caught)}"
