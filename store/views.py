"""What the store hands upwards: frozen values, no database behind them.

Addresses in a view are already as the acting operator may see them (masked for the helpdesk).
All moments are aware UTC datetimes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Role(StrEnum):
    """Who an operator of the desk is (DESIGN 3.7)."""

    DA_MAKER = "da-maker"
    DA_CHECKER = "da-checker"
    HELPDESK = "helpdesk"
    OPERATIONS = "operations"


class Kind(StrEnum):
    """What a CCMS user is to their participant (the roster's `kind` column)."""

    USER = "user"
    DA_MAKER = "da-maker"
    DA_CHECKER = "da-checker"

    @property
    def is_delegated_administrator(self) -> bool:
        """True for makers and checkers, whose addresses come by form DA 3."""
        return self is not Kind.USER


class Standing(StrEnum):
    """One word for how far a user is, in the order of the way (DESIGN 3.5)."""

    NO_EMAIL = "no email"
    AWAITING_APPROVAL = "awaiting approval"
    UNDELIVERABLE = "undeliverable"
    CODE_EXPIRED = "code expired"
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    PASSWORD_SET = "password set"  # noqa: S105 - a standing, not a secret
    ENROLLED = "enrolled"
    PROVEN = "proven"


class Phase(StrEnum):
    """What is open now (DESIGN 3.6)."""

    NOT_STARTED = "not started"
    USER_REGISTRATION = "user registration"
    DA_REGISTRATION = "DA registration"
    CONNECTIVITY_TEST = "connectivity test"
    PARALLEL_RUN = "parallel run"
    TWO_FACTOR_ONLY = "2FA only"


class MilestoneStatus(StrEnum):
    """How firm a line of the schedule is."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    DONE = "done"
    CANCELLED = "cancelled"


class MailKind(StrEnum):
    """What a message says."""

    VERIFICATION = "verification"
    CHANGE_REQUESTED = "change requested"
    ADDRESS_REPLACED = "address replaced"
    ACTIVATION = "activation"
    ONE_TIME_PASSWORD = "one-time password"  # noqa: S105 - what a message holds, not a secret
    ACCESS_CHANGED = "access changed"
    SCHEDULE_CHANGED = "schedule changed"
    CALLER_CHECK = "caller check"


NEWS = frozenset({MailKind.SCHEDULE_CHANGED})
"""Mail to all Delegated Administrators at once: its fate tells nothing of anybody's codes."""


class MailState(StrEnum):
    """The honest fate of a message (DESIGN 3.8): accepted means by the server, never by the person."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    EXPIRED = "expired"
    HELD = "held"
    CANCELLED = "cancelled"


WAITING_MAIL = frozenset({MailState.QUEUED, MailState.SENDING})
"""On its way as it should be."""
TROUBLED_MAIL = frozenset({MailState.DEFERRED, MailState.BOUNCED, MailState.EXPIRED, MailState.HELD})
"""What somebody may have to look after."""


class UserSort(StrEnum):
    """The orders a list of users can stand in; ties are broken by name, then by the row's own number."""

    NAME = "name"
    USER_ID = "user ID"
    PARTICIPANT = "participant"
    STANDING = "standing"


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
class Code:
    """The newest verification code's facts, never the code."""

    number: int
    issued_at: datetime
    expires_at: datetime
    tries_left: int
    mail_state: MailState


@dataclass(frozen=True, slots=True)
class AddressWarning:
    """A remark on an address that does not block it; `kind` is a `store.rules.addresses.Lint` word."""

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A maker's change that waits for a checker.

    `digest` stands for exactly this content: a decision names it, so that nothing else is decided than what
    was shown. `remarks` is what lint said when it was made, among it with whom the address is shared, for
    `shared_reason`; `plan_id` is set on rows of a bulk proposal.
    """

    proposal_id: int
    user_id: str
    user_name: str
    participant_id: str
    old_email: str | None
    new_email: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    reason: str
    remarks: tuple[AddressWarning, ...]
    shared_reason: str | None
    plan_id: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What a checker decided on a proposal, and why."""

    proposal: ProposalRow
    approved: bool
    decided_by: str
    decided_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class DecisionNews:
    """A decision on one of the operator's own proposals; `reason` is the checker's."""

    user_id: str
    approved: bool
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What one decision did: on how many proposals, and how many verification mails it queued."""

    proposals: int
    mails: int


@dataclass(frozen=True, slots=True)
class Revealed:
    """A user's addresses in full, for somebody who gave a reason; `version` is the user's they are of."""

    user_id: str
    version: int
    active_email: str | None
    pending_email: str | None
    proposed_email: str | None


@dataclass(frozen=True, slots=True)
class MailRow:
    """A message and its fate. `code_number` is set on verification mails."""

    mail_id: int
    user_id: str
    user_name: str
    participant_id: str
    kind: MailKind
    to: str
    state: MailState
    attempts: int
    last_reply: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    accepted_at: datetime | None
    code_number: int | None


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


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A line of the schedule: the window as announced, and the earliest and latest day it can mean."""

    milestone_id: str
    title: str
    window: str
    earliest: date
    latest: date
    status: MilestoneStatus
    opens: str | None
    circular: str
    begun_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """Where the programme is, in numbers of participants and users.

    `only_smartcard` have logged on by smartcard, and never yet with two factors.
    """

    phase: Phase
    as_of: datetime
    participants: int
    users: int
    ready_participants: int
    standing: Mapping[Standing, int]
    locked: int
    suspended: int
    mail: Mapping[MailState, int]
    only_smartcard: int = 0
    email_only: int = 0


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many users were how far at `moment`, the end of `day` in Hong Kong (or now, if that is today).

    Every standing has a figure; participants without users are left out.
    """

    day: date
    moment: datetime
    standing: Mapping[Standing, int]
    by_participant: Mapping[str, Mapping[Standing, int]]


@dataclass(frozen=True, slots=True)
class EmailEdited:
    """An edit's result: applied at once (single-DA waiver, form DA 3) or waiting for a checker till then."""

    user_id: str
    email: str
    applied: bool
    proposal_id: int | None = None
    code_number: int | None = None
    waits_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resent:
    """A verification queued again: which code, and to whom (as the operator may see it)."""

    user_id: str
    email: str
    code_number: int


@dataclass(frozen=True, slots=True)
class ResendPreview:
    """What a bulk resend would do: who gets a code, and how many are left out for which reason.

    `soonest` is in how many seconds the first of those whom a limit leaves out may be sent a code.
    """

    user_ids: tuple[str, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    soonest: int | None = None


@dataclass(frozen=True, slots=True)
class AddressVerified:
    """A code was good: this address is now the user's active one."""

    user_id: str
    email: str
    replaced: str | None


@dataclass(frozen=True, slots=True)
class AddressCheck:
    """What is to be said of an address while it is typed.

    `canonical` is None when `problem` (a `store.rules.addresses.Problem` word) says why it cannot be
    registered; `in_use_by` is another user of the participant who has it, so that a reason must be given.
    """

    canonical: str | None
    problem: str | None = None
    warnings: tuple[AddressWarning, ...] = ()
    in_use_by: str | None = None
