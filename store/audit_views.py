"""What the audit log hands upwards: which events are wanted, and events as an operator may see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What an event is about; an event can be of more than one kind."""

    ADDRESSES = "addresses"
    CODES = "codes and calls"
    MAIL = "mail"
    ROSTER = "roster and waivers"
    SCHEDULE = "schedule"
    SIGN_INS = "sign-ins and sessions"
    ENROLMENT = "enrolment and logons"
    OPERATORS = "operators"
    LOOKS = "reveals, exports, audit"
    REFUSALS = "refusals"


PREFIXES: Mapping[EventKind, tuple[str, ...]] = {
    EventKind.ADDRESSES: ("address.", "proposal."),
    EventKind.CODES: ("verification.", "enquiry.", "caller."),
    EventKind.MAIL: ("mail.",),
    EventKind.ROSTER: ("user.imported", "user.changed", "participant.", "waiver."),
    EventKind.SCHEDULE: ("milestone.", "cutover."),
    EventKind.SIGN_INS: ("signin.", "session."),
    EventKind.ENROLMENT: (
        "activation.", "enrolment.", "entry.", "factor.", "logon.", "logons.", "otp.", "password.",
        "user.enrolled", "user.locked", "user.proven", "user.reset", "user.unlocked",
    ),
    EventKind.OPERATORS: ("operator.",),
    EventKind.LOOKS: ("address.revealed", "export.", "audit."),
    EventKind.REFUSALS: ("refused", "signin.refused", "verification.refused", "entry.refused"),
}  # fmt: skip
"""What the actions of each kind begin with."""


OF_CALLS = ("enquiry.", "caller.")
"""What tells of the hotline's calls: for those who may see the calls only."""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events; what is None narrows nothing. `since` is the first moment, `until` the first after."""

    operator_id: str | None = None
    kind: EventKind | None = None
    participant_id: str | None = None
    user_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event. `at` is None and `facts` are empty when they cannot be read, as after tampering.

    `facts` holds the plain and the personal values, as the operator may see them. `hash` is in hexadecimal.
    """

    event_id: int
    at: datetime | None
    operator_id: str
    action: str
    participant_id: str | None
    user_id: str | None
    user_name: str | None
    facts: Mapping[str, str | int | bool | None]
    hash: str
