"""The standing of a user: one function, one word everywhere (DESIGN 3.5), and whose the next step is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from store.views import Kind, Standing

PROPOSAL_LIFETIME = timedelta(days=7)
"""How long a change waits for its checker (DESIGN 3.2)."""


class Party(StrEnum):
    """Who the next step falls to."""

    MAKER = "DA maker"
    CHECKER = "DA checker"
    OPERATIONS = "operations"
    HELPDESK = "helpdesk"
    USER = "user"
    NOBODY = "nobody"


NOT_VERIFIED = frozenset(
    {
        Standing.NO_EMAIL,
        Standing.AWAITING_APPROVAL,
        Standing.UNDELIVERABLE,
        Standing.CODE_EXPIRED,
        Standing.UNVERIFIED,
    }
)
"""The standings of users who still need an address that works: the makers' list."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a standing is derived from. `code_expires_at` is the newest code's, None when none was issued."""

    has_active: bool = False
    has_pending: bool = False
    undeliverable: bool = False
    code_expires_at: datetime | None = None
    proposal_expires_at: datetime | None = None
    password_set: bool = False
    enrolled: bool = False
    proven: bool = False


def standing(facts: Facts, now: datetime) -> Standing:  # noqa: PLR0911 - one line per word is the point
    """The furthest word that holds at `now`; a change on the way never takes away what was reached."""
    if facts.has_active:
        if facts.proven:
            return Standing.PROVEN
        if facts.enrolled:
            return Standing.ENROLLED
        return Standing.PASSWORD_SET if facts.password_set else Standing.VERIFIED
    if facts.has_pending:
        if facts.undeliverable:
            return Standing.UNDELIVERABLE
        expired = facts.code_expires_at is not None and facts.code_expires_at <= now
        return Standing.CODE_EXPIRED if expired else Standing.UNVERIFIED
    if facts.proposal_expires_at is not None and facts.proposal_expires_at > now:
        return Standing.AWAITING_APPROVAL
    return Standing.NO_EMAIL


def next_party(standing: Standing, kind: Kind) -> Party:
    """Whose the next step is of users counted together: as `rules.next_step` has it, where a participant has
    all its Delegated Administrators and nobody is locked or suspended.
    """
    match standing:
        case Standing.AWAITING_APPROVAL:
            return Party.CHECKER
        case Standing.NO_EMAIL | Standing.UNDELIVERABLE:
            return Party.OPERATIONS if kind.is_delegated_administrator else Party.MAKER
        case Standing.CODE_EXPIRED:
            return Party.HELPDESK if kind.is_delegated_administrator else Party.MAKER
        case Standing.PROVEN:
            return Party.NOBODY
        case _:
            return Party.USER
