"""Participants and users, in lists and on a card."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from store.views.outbox import MailRow
from store.views.registration import Code, ProposalRow
from store.views.words import Kind, Standing, UserSort

if TYPE_CHECKING:
    from store.rules.next_step import NextStep


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """One participant and how far its users are; every figure is a number of users."""

    participant_id: str
    name: str
    single_da_waiver: bool
    users: int
    with_address: int
    verified: int
    enrolled: int
    undeliverable: int
    code_expired: int
    awaiting_approval: int
    locked: int
    ready: bool
    email_only: int = 0
    """Enrolled users whose one-time passwords come by email alone, the weaker channel."""

    @property
    def without_address(self) -> int:
        """Users who have neither an active nor a pending address."""
        return self.users - self.with_address


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user in a list."""

    user_id: str
    user_name: str
    participant_id: str
    participant_name: str
    kind: Kind
    email: str | None
    standing: Standing
    locked: bool
    suspended: bool
    change_pending: bool
    next_step: "NextStep"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up found, the best match first. `close`: nobody matches as typed, these come near.

    `mail_to` is the user that the mail with the number `mail_id` went to, when the clue may name it.
    """

    rows: tuple[UserRow, ...] = ()
    more: bool = False
    close: bool = False
    mail_id: int | None = None
    mail_to: str | None = None


@dataclass(frozen=True, slots=True)
class UserQuery:
    """Which users, in which order; `search` is what was typed.

    `standings` and `locked` add up: those of any of the standings, and the locked ones. Neither means all.
    `only_smartcard` narrows what is left to those who have not logged on with two factors yet.
    """

    participant_id: str | None = None
    standings: frozenset[Standing] = frozenset()
    locked: bool = False
    only_smartcard: bool = False
    search: str = ""
    sort: UserSort = UserSort.NAME
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Revealed:
    """A user's addresses in full, for somebody who gave a reason; `version` is the user's they are of."""

    user_id: str
    version: int
    active_email: str | None
    pending_email: str | None
    proposed_email: str | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One audit event as the user card shows it; `facts` holds what the operator may see."""

    at: datetime
    operator_id: str
    action: str
    facts: Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class UserCard:
    """All the desk knows of one user, as the operator may see it. `version` is what an edit must name.

    The last two are the newest good logons that the CCMS terminal saw.
    """

    row: UserRow
    version: int
    smartcard_serial: str | None
    language: str
    single_da_waiver: bool
    active_email: str | None
    pending_email: str | None
    verified_at: datetime | None
    code: Code | None
    proposal: ProposalRow | None
    mails: tuple[MailRow, ...]
    history: tuple[HistoryLine, ...]
    smartcard_logon_at: datetime | None = None
    two_factor_logon_at: datetime | None = None
    otp_method: str | None = None
    """How one-time passwords come, once one was good: a `store.enrolment_views.OtpMethod` word."""
    clock_drift_seconds: int | None = None
    """How far the phone's clock was ahead (behind: negative) by its last code; None when not known."""
