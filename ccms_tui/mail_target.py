"""Where mail goes and how it travels: the one SMTP address of the settings, read strictly."""

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import parse_qsl, unquote, urlsplit

from screens.words import _


class Tls(StrEnum):
    """How the connection is protected; never opportunistically, which anyone on the way can strip."""

    REQUIRED = "required"
    IMPLICIT = "implicit"
    NONE = "none"


PORTS = {Tls.REQUIRED: 587, Tls.IMPLICIT: 465, Tls.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpTarget:
    """An SMTP server; STARTTLS is demanded (`required`), TLS comes first (`implicit`), or neither."""

    host: str
    port: int
    tls: Tls = Tls.REQUIRED
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def parse_target(url: str) -> SmtpTarget:
    """The server behind `smtp://user:password@host:port?tls=required|implicit|none`.

    Raises: ValueError, whose text is the reason in words and never repeats the password.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ValueError(_("the port must be a number from 1 to 65535")) from None
    if parts.scheme != "smtp":
        raise ValueError(_("it must begin with smtp://"))
    if not parts.hostname:
        raise ValueError(_("it names no host"))
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError(
            _("nothing but ?tls= may follow the host; write / and # in a password as %2F and %23")
        )
    tls = _tls_of(parts.query)
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    if (user is None) != (password is None):
        raise ValueError(_("a user and a password must come together"))
    if password and tls is Tls.NONE and not _is_loopback(parts.hostname):
        raise ValueError(_("a password must not travel unprotected; use tls=required or tls=implicit"))
    return SmtpTarget(parts.hostname, port or PORTS[tls], tls, user, password)


def _tls_of(query: str) -> Tls:
    options = dict(parse_qsl(query, keep_blank_values=True))
    word = options.pop("tls", Tls.REQUIRED.value)
    if options:
        raise ValueError(_("it has an unknown option {name}").format(name=next(iter(options))))
    try:
        return Tls(word)
    except ValueError:
        raise ValueError(_("tls must be required, implicit or none")) from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
