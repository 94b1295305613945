"""Real SMTP servers on 127.0.0.1 for the tests: they take, refuse, greylist, hang up, want TLS or a login."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from ccms_tui.mail_target import SmtpTarget, Tls

HOST = "127.0.0.1"


@dataclass
class Mailbox:
    """What a server took, and how it answers; `rcpt` and `data` are its replies (None: take it)."""

    rcpt: Callable[[str], str | None] = lambda _address: None
    data: Callable[[int], str | None] = lambda _attempt: None
    drop_in_data: bool = False
    attempts: int = 0
    sessions: set[int] = field(default_factory=set)
    contents: list[bytes] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    tls: list[bool] = field(default_factory=list)
    logins: list[bytes | None] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(content, _class=EmailMessage, policy=default) for content in self.contents]

    async def handle_RCPT(
        self, _server: Any, _session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if refusal := self.rcpt(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        self.attempts += 1
        if self.drop_in_data:
            server.transport.abort()
            return "451 never heard"
        if refusal := self.data(self.attempts):
            return refusal
        self.sessions.add(id(session))
        self.tls.append(session.ssl is not None)
        self.logins.append(getattr(session.auth_data, "login", None))
        self.contents.append(envelope.content)
        self.senders.append(envelope.mail_from)
        self.recipients.extend(envelope.rcpt_tos)
        self.came.set()
        return "250 2.0.0 taken"


class Server(SMTP):
    """An aiosmtpd server that tells its mailbox when a connection has ended."""

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.hung_up.set()
        super().connection_lost(error)


@asynccontextmanager
async def smtp_server(
    mailbox: Mailbox,
    *,
    tls: Tls = Tls.NONE,
    context: ssl.SSLContext | None = None,
    port: int = 0,
    **options: Any,
) -> AsyncIterator[SmtpTarget]:
    """A server in this event loop; where to send to."""
    loop = asyncio.get_running_loop()
    options.setdefault("enable_SMTPUTF8", True)
    if tls is Tls.REQUIRED:
        options |= {"tls_context": context, "require_starttls": True}
    server = await loop.create_server(
        lambda: Server(mailbox, hostname="mx.example", loop=loop, **options),
        HOST,
        port,
        ssl=context if tls is Tls.IMPLICIT else None,
    )
    try:
        yield SmtpTarget(HOST, server.sockets[0].getsockname()[1], tls)
    finally:
        server.close()


def login_checker(user: str, password: str) -> Callable[..., AuthResult]:
    """An authenticator that takes one user."""

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (
            user.encode(),
            password.encode(),
        )
        return AuthResult(success=good, handled=False)

    return check


def certificate(directory: Path, name: str = "localhost", *addresses: str) -> tuple[ssl.SSLContext, Path]:
    """A server context with a fresh self-signed certificate, and the file that trusts it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(name), *(x509.IPAddress(ip_address(address)) for address in addresses)]
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "server.pem", directory / "server.key"
    certificate_file.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file, key_file)
    return context, certificate_file
