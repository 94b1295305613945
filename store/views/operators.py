"""Logins to this desk and their sign-ins."""

from dataclasses import dataclass
from datetime import datetime

from store.views.words import Role


@dataclass(frozen=True, slots=True)
class Operator:
    """The acting operator: a login to this desk. Delegated Administrators have a participant, others none.

    Raises: ValueError when that does not hold.
    """

    operator_id: str
    name: str
    role: Role
    participant_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse a DA without a participant, who would be nobody's, and a participant's helpdesk."""
        if (self.role in (Role.DA_MAKER, Role.DA_CHECKER)) != bool(self.participant_id):
            raise ValueError(f"{self.role.value} of participant {self.participant_id}")


@dataclass(frozen=True, slots=True)
class Session:
    """An operator's way in by SSH; `previous_at` and `previous_origin` are their last sign-in before it."""

    session_id: str
    origin: str
    began_at: datetime
    previous_at: datetime | None = None
    previous_origin: str | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An operator's SSH public key."""

    fingerprint: str
    key_type: str
    comment: str
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class OperatorDetail:
    """A login: whose, with which keys; `confirmed` once a first one-time password was good."""

    operator: Operator
    keys: tuple[KeyRow, ...]
    confirmed: bool
    locked: bool
    disabled_at: datetime | None
    last_sign_in: datetime | None
