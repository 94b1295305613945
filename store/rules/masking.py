"""Addresses as the helpdesk sees them: enough to recognise, too little to give away (DESIGN 3.7)."""

import re
from collections.abc import Mapping
from typing import TypeVar, overload

from store.rules.roles import sees_full_addresses
from store.views import Role

Value = TypeVar("Value")

_ADDRESS = re.compile(r"[^\s@<>\"'(),:;\[\]]+@[^\s@<>\"'(),:;\[\]]+")


def mask(email: str) -> str:
    """The first character, three stars and the domain: `j***@example.com`."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}"


def mask_within(text: str) -> str:
    """`text` (a server's reply) with every address in it masked."""
    return _ADDRESS.sub(lambda found: mask(found.group()), text)


@overload
def seen_by(role: Role, email: str) -> str: ...
@overload
def seen_by(role: Role, email: str | None) -> str | None: ...
def seen_by(role: Role, email: str | None) -> str | None:
    """The address as this role may see it."""
    return email if email is None or sees_full_addresses(role) else mask(email)


def text_seen_by(role: Role, text: str | None) -> str | None:
    """A free text, such as a mail server's reply, as this role may see it."""
    return text if text is None or sees_full_addresses(role) else mask_within(text)


def facts_seen_by(role: Role, facts: Mapping[str, Value]) -> dict[str, Value | str]:
    """An event's facts as this role may see them: every address in a text is masked."""
    if sees_full_addresses(role):
        return dict(facts)
    return {key: mask_within(value) if isinstance(value, str) else value for key, value in facts.items()}
