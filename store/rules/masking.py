"""Addresses as the helpdesk sees them: enough to recognise, too little to give away (DESIGN 3.7)."""

import re
from collections.abc import Mapping
from typing import TypeVar, overload

from store.rules.roles import Permission, may, sees_full_addresses
from store.views import Role

Value = TypeVar("Value")

_SPECIAL = r"\s@<>\"(),:;\[\]\\"
_LOCAL = re.compile(rf"([^{_SPECIAL}])[^{_SPECIAL}]*(?=@)")
"""What stands before an @: all but the specials of RFC 5322 (3.2.3), so every dot-atom, of RFC 6531 too."""


_AFTER_OTP = re.compile(r"""^(\s*otp\s+)("[^"]*"?|'[^']*'?|\S+)""", re.IGNORECASE)
OF_A_CALL = frozenset({"enquiry_id", "caller_check"})
"""The facts that tie an event to a call of the hotline."""
_CODE = re.compile(r"\d(?:[ -]?\d){5,}")
"""Six digits or more, also in groups: as a one-time password is typed."""


def mask(email: str) -> str:
    """The first character, three stars and the domain: `j***@example.com`."""
    local, at, domain = email.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else f"{email[:1]}***"


def mask_within(text: str, email: str = "") -> str:
    """`text` (a server's reply) with every address in it masked, and the bare name of the mailbox `email`.

    A server may leave out the tag (`+ccms`) when it names the mailbox.
    """
    local = email.rpartition("@")[0]
    for name in filter(None, dict.fromkeys((local, local.partition("+")[0]))):
        named = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        text = named.sub(lambda found: f"{found[0][0]}***", text)
    return _LOCAL.sub(r"\1***", text)


def hide_codes(command: str) -> str:
    """A command as typed, without what may be a one-time password that nobody has used yet."""
    return _CODE.sub("***", _AFTER_OTP.sub(r"\1***", command))


@overload
def seen_by(role: Role, email: str) -> str: ...
@overload
def seen_by(role: Role, email: str | None) -> str | None: ...
def seen_by(role: Role, email: str | None) -> str | None:
    """The address as this role may see it."""
    return email if email is None or sees_full_addresses(role) else mask(email)


def text_seen_by(role: Role, text: str | None, email: str = "") -> str | None:
    """A free text, such as a mail server's reply about `email`, as this role may see it."""
    return text if text is None or sees_full_addresses(role) else mask_within(text, email)


def facts_seen_by(role: Role, facts: Mapping[str, Value]) -> dict[str, Value | str]:
    """An event's facts as this role may see them: addresses are masked, and every address in a text.

    Which call something was done in is for those alone who may see the calls.
    """
    if not may(role, None, Permission.READ_ENQUIRIES, None):
        facts = {key: value for key, value in facts.items() if key not in OF_A_CALL}
    if sees_full_addresses(role):
        return dict(facts)
    return {key: _masked(key, value) for key, value in facts.items()}


def _masked(key: str, value: Value) -> Value | str:
    if not isinstance(value, str) or not value:
        return value
    return mask(value) if key.endswith("email") else mask_within(value)
