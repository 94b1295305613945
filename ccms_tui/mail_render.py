"""A queued message as the mail that goes out: plain text, English then 繁體中文, a code and never a link.

Nothing a person typed reaches a header except the address the mail goes to.
"""

import unicodedata
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from functools import cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

import idna

from ccms_tui.mail_news import news_values
from screens.words import _
from store.clock import HONG_KONG
from store.views import MailKind

if TYPE_CHECKING:
    from store.outbox import Claimed


def sender_of(value: str) -> Address:
    """The sender in `Name <address>`. Raises: ValueError with the reason in words."""
    name, address = parseaddr(value)
    try:
        sender = _one_address(address, name)
    except ValueError:
        sender = Address()
    if not sender.domain or not value.isprintable() or not address.isascii():
        raise ValueError(_("it must be one address, such as Registration desk <desk@example.com>"))
    return sender


def _one_address(address: str, name: str = "") -> Address:
    """The address as a header takes it. Raises: ValueError when it is not exactly one."""
    try:
        return Address(display_name=name, addr_spec=address)
    except (HeaderParseError, IndexError):
        raise ValueError(_("it must be one address")) from None


def envelope_address(address: str) -> str:
    """The address with its domain as every mail server takes it (IDNA); the local part stays as it is."""
    local, _at, domain = address.rpartition("@")
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii")
    return f"{local}@{domain}"


def render(claimed: "Claimed", sender: Address) -> EmailMessage:
    """The mail for a claimed message; made again, it is the same. Raises: ValueError, KeyError."""
    to = envelope_address(claimed.to_email)
    subject, body = _filled(claimed)
    message = EmailMessage(policy=SMTP if to.isascii() else SMTPUTF8)
    message["From"] = sender
    message["To"] = _one_address(to)
    message["Subject"] = subject
    message["Date"] = format_datetime(claimed.created_at)
    message["Message-ID"] = claimed.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "en, zh-Hant-HK"
    message.set_content(body, charset="utf-8", cte="quoted-printable")
    return message


def _filled(claimed: "Claimed") -> tuple[str, str]:
    facts: dict[str, Any] = {"code": claimed.secret or "", **claimed.facts}
    values = {name: _shown(name, value) for name, value in facts.items()}
    if claimed.kind is MailKind.SCHEDULE_CHANGED:
        values |= news_values(values)
    text = _template(claimed.kind.value).substitute(values)
    subject, body = text.split("\n", 1)
    return subject, body.lstrip("\n")


@cache
def _template(kind: str) -> Template:
    source = files("ccms_tui").joinpath("templates", kind.replace(" ", "_") + ".txt")
    return Template(source.read_text(encoding="utf-8"))


def _shown(name: str, value: object) -> str:
    """A fact in words: moments in Hong Kong time, text on one line with nothing that hides or reorders."""
    if name.endswith("_at"):
        moment = datetime.fromisoformat(str(value)).astimezone(HONG_KONG)
        return f"{moment:%H:%M}" if name == "issued_at" else f"{moment:%Y-%m-%d %H:%M}"
    return "".join(char for char in str(value) if unicodedata.category(char)[0] != "C").strip()[:200]
