"""The tables. Rows change only through the store's operations; moments are kept in UTC.

Addresses are kept as typed (`*_email`) and as canonical (`*_canonical`), which comparisons use.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlmodel import Field, SQLModel

BigKey = BigInteger().with_variant(Integer, "sqlite")


def _ordered(length: int) -> Any:
    """Text that both databases put into the same order, by code point, whatever the server's locale."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


Identity = _ordered(32)
SortName = _ordered(500)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases (SQLite keeps it naive, in UTC)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: D102
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: D102
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _moment(*, index: bool = False, nullable: bool = True) -> Any:
    return Field(default=None if nullable else ..., sa_type=UtcDateTime, index=index, nullable=nullable)


_REFINED = ("standing", "code_expires_at", "proposal_expires_at", "locked")


def _index_where(name: str, column: str, where: str, sqlite: str = "") -> Index:
    """An index over the few rows that fulfil a condition."""
    return Index(name, column, sqlite_where=text(sqlite or where), postgresql_where=text(where))


NOBODYS_EVENTS = "CASE WHEN user_pk IS NULL THEN operator_id END = 'enrolment'"
"""What is done at the enrolment terminal with user IDs that nobody has; worded so that only its own index
fits."""


def _count() -> Any:
    return Field(default=0, sa_column_kwargs={"server_default": "0"})


class Participant(SQLModel, table=True):
    """A Clearing Participant. `single_da_waiver` names who granted it and why; None means dual control.

    `phone` is the number the hotline calls back, entered by operations.
    """

    participant_id: str = Field(primary_key=True, sa_type=Identity)
    name: str = Field(max_length=500)
    single_da_waiver: str | None = None
    created_at: datetime = _moment(nullable=False)
    phone: str | None = Field(default=None, max_length=32)
    phone_by: str | None = Field(default=None, max_length=64)
    phone_at: datetime | None = _moment()


class CcmsUser(SQLModel, table=True):
    """A CCMS user of a participant, with their active and pending address and how far they are.

    `standing` is the standing while nothing expires (`rules.standing` with an unexpired code and proposal);
    queries refine it with `code_expires_at` and `proposal_expires_at`. `user_name`, `sort_name` and `grams`
    are written together, from `rules.grams.name_columns`. The search index follows the rows by itself; bulk
    changes belong into statements of many rows, because SQLite writes that index out once a statement.
    `smartcard_logon_at` and `two_factor_logon_at` are the newest good logons that the terminal saw.
    """

    __tablename__ = "ccms_user"
    __table_args__ = (
        Index("ix_user_name", "sort_name", "pk", *_REFINED),
        Index("ix_user_participant", "participant_id", "sort_name", "pk", *_REFINED),
        Index("ix_user_standing", "standing", "sort_name", "pk", *_REFINED[1:], "user_id"),
        Index("ix_user_summary", "participant_id", "kind", "suspended", *_REFINED),
        _index_where("ix_user_active", "active_canonical", "active_canonical IS NOT NULL"),
        _index_where("ix_user_pending", "pending_canonical", "pending_canonical IS NOT NULL"),
        _index_where("ix_user_locked", "locked", "locked", sqlite="locked = 1"),
        _index_where(
            "ix_user_card_only",
            "participant_id",
            "smartcard_logon_at IS NOT NULL AND two_factor_logon_at IS NULL",
        ),
    )

    pk: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))
    user_id: str = Field(sa_type=Identity, unique=True)
    participant_id: str = Field(foreign_key="participant.participant_id", sa_type=Identity)
    user_name: str = Field(max_length=500)
    sort_name: str = Field(sa_type=SortName)
    grams: str = Field(sa_type=Text)
    kind: str = Field(max_length=16)
    smartcard_serial: str | None = Field(default=None, max_length=64)
    language: str = Field(default="en", max_length=16)
    active_email: str | None = None
    active_canonical: str | None = None
    verified_at: datetime | None = _moment()
    pending_email: str | None = None
    pending_canonical: str | None = None
    undeliverable: bool = False
    code_expires_at: datetime | None = _moment()
    proposal_expires_at: datetime | None = _moment()
    password_set_at: datetime | None = _moment()
    enrolled_at: datetime | None = _moment()
    proven_at: datetime | None = _moment()
    locked: bool = False
    suspended: bool = False
    standing: str = Field(max_length=24)
    version: int = 1
    changed_at: datetime = _moment(nullable=False)
    changed_by: str = Field(max_length=64)
    smartcard_logon_at: datetime | None = _moment()
    two_factor_logon_at: datetime | None = _moment()


class OperatorRow(SQLModel, table=True):
    """A person with a login to this desk. `totp_sealed` is the OTP seed, sealed with the key file.

    The seed counts as set up once a first good code came (`totp_confirmed_at`); `last_step` is the newest
    30-second step whose code was accepted. `failures` since the last good code delay the next try
    (`locked_until`) and at last lock the login (`locked`), whichever session they came from.
    """

    __tablename__ = "operator"

    operator_id: str = Field(primary_key=True, max_length=64)
    name: str = Field(max_length=500)
    role: str = Field(max_length=16)
    participant_id: str | None = Field(
        default=None, foreign_key="participant.participant_id", sa_type=Identity
    )
    totp_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    disabled_at: datetime | None = _moment()
    created_at: datetime = _moment(nullable=False)
    totp_confirmed_at: datetime | None = _moment()
    last_step: int | None = Field(default=None, sa_type=BigInteger)
    failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    locked_until: datetime | None = _moment()
    locked: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class OperatorKey(SQLModel, table=True):
    """An SSH public key of an operator; `fingerprint` is OpenSSH's `SHA256:...`, `blob` the key in base64."""

    __tablename__ = "operator_key"

    fingerprint: str = Field(primary_key=True, max_length=64)
    operator_id: str = Field(foreign_key="operator.operator_id", max_length=64, index=True)
    key_type: str = Field(max_length=64)
    blob: str = Field(sa_type=Text)
    comment: str = Field(default="", max_length=200)
    added_by: str = Field(max_length=64)
    added_at: datetime = _moment(nullable=False)


class OperatorSession(SQLModel, table=True):
    """One sign-in of an operator: when and from where, when they last gave a good code, and how it ended."""

    __tablename__ = "operator_session"
    __table_args__ = (Index("ix_session_operator", "operator_id", "began_at"),)

    session_id: str = Field(primary_key=True, max_length=36)
    operator_id: str = Field(foreign_key="operator.operator_id", max_length=64)
    origin: str = Field(max_length=255)
    began_at: datetime = _moment(nullable=False)
    proved_at: datetime = _moment(nullable=False)
    ended_at: datetime | None = _moment()
    end_reason: str | None = Field(default=None, max_length=32)


class AddressWaiver(SQLModel, table=True):
    """The recorded reason why two users of one participant may share an address (DESIGN 3.1)."""

    __tablename__ = "address_waiver"

    participant_id: str = Field(primary_key=True, foreign_key="participant.participant_id", sa_type=Identity)
    canonical: str = Field(primary_key=True)
    reason: str
    recorded_by: str = Field(max_length=64)
    recorded_at: datetime = _moment(nullable=False)


class Proposal(SQLModel, table=True):
    """A maker's change of one address that waits for a checker; `plan_id` binds a bulk proposal's rows.

    `state` is open, voided, approved, rejected or expired.
    `reason` is why the maker wants it, `remarks` what lint said of the address when it was made, and
    `shared_reason` why another user of the participant may have it too: the waiver that the approval grants.
    """

    proposal_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    plan_id: str | None = Field(default=None, max_length=36, index=True)
    user_pk: int = Field(sa_type=BigKey, foreign_key="ccms_user.pk", index=True)
    participant_id: str = Field(foreign_key="participant.participant_id", sa_type=Identity, index=True)
    old_email: str | None = None
    new_email: str
    new_canonical: str
    made_by: str = Field(max_length=64)
    made_at: datetime = _moment(nullable=False)
    expires_at: datetime = _moment(nullable=False)
    state: str = Field(default="open", max_length=16)
    reason: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    remarks: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    decided_by: str | None = Field(default=None, max_length=64)
    decided_at: datetime | None = _moment()
    decision_reason: str | None = None
    shared_reason: str | None = None


class Verification(SQLModel, table=True):
    """One verification code: number, keyed hash, life and tries; the newest of a user wins.

    `tries` are the desk's, `terminal_tries` those at the enrolment terminal, where anybody can type one.
    `enquiry_id` is the call that it was sent because of.
    """

    __table_args__ = (_index_where("ix_verification_enquiry", "enquiry_id", "enquiry_id IS NOT NULL"),)

    verification_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    user_pk: int = Field(sa_type=BigKey, foreign_key="ccms_user.pk", index=True)
    number: int
    canonical: str
    code_hash: bytes = Field(sa_type=LargeBinary)
    issued_at: datetime = _moment(nullable=False)
    expires_at: datetime = _moment(nullable=False)
    tries: int = 0
    used_at: datetime | None = _moment()
    terminal_tries: int = _count()
    enquiry_id: int | None = Field(default=None, sa_type=BigKey, foreign_key="enquiry.enquiry_id")


class Mail(SQLModel, table=True):
    """A message of the outbox. `sealed` holds what only the recipient may read (the code), wiped when final.

    `facts` are the template's plain values; `lease_until` keeps two workers from sending one row at once.
    """

    __table_args__ = (
        Index("ix_mail_due", "state", "next_attempt_at"),
        Index("ix_mail_user", "user_pk", "mail_id"),
    )

    mail_id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))
    message_id: str = Field(max_length=255, unique=True)
    user_pk: int = Field(sa_type=BigKey, foreign_key="ccms_user.pk")
    participant_id: str = Field(foreign_key="participant.participant_id", sa_type=Identity, index=True)
    verification_id: int | None = Field(
        default=None, sa_type=BigKey, foreign_key="verification.verification_id", index=True
    )
    kind: str = Field(max_length=32)
    to_email: str
    facts: dict[str, Any] = Field(sa_type=JSON)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    state: str = Field(default="queued", max_length=16)
    attempts: int = 0
    last_reply: str | None = None
    created_at: datetime = _moment(nullable=False)
    expires_at: datetime = _moment(nullable=False)
    next_attempt_at: datetime | None = _moment()
    lease_until: datetime | None = _moment()
    lease_by: str | None = Field(default=None, max_length=64)
    accepted_at: datetime | None = _moment()


class Credential(SQLModel, table=True):
    """What a CCMS user logs on with; nothing here can be read back but the seed, with the key file.

    `password_hash` is argon2id over the keyed hash of whose password it is and what it is; `totp_sealed` is
    the application's seed, sealed with whose it is. `last_step` is the newest 30-second step whose code was
    accepted, `told_step` one whose code told that the phone's clock is off and is never accepted for that.
    """

    user_pk: int = Field(sa_type=BigKey, foreign_key="ccms_user.pk", primary_key=True)
    password_hash: str | None = Field(default=None, max_length=255)
    otp_method: str | None = Field(default=None, max_length=8, index=True)
    totp_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    last_step: int | None = Field(default=None, sa_type=BigInteger)
    told_step: int | None = Field(default=None, sa_type=BigInteger)
    drift_seconds: int | None = None
    drift_seen_at: datetime | None = _moment()


class EntryThrottle(SQLModel, table=True):
    """What wrong entries for a user ID came to, in all sessions and channels; `identity` is its keyed hash.

    User IDs that nobody has are counted alike, so that the answers do not tell who exists. `noted` refusals
    that count for nothing left an event since `noted_from`.
    """

    __tablename__ = "entry_throttle"

    identity: str = Field(primary_key=True, max_length=64)
    failures: int = 0
    locked_until: datetime | None = _moment()
    locked: bool = False
    tried_at: datetime = _moment(index=True, nullable=False)
    noted: int = _count()
    noted_from: datetime | None = _moment()


class EnrolmentVisit(SQLModel, table=True):
    """A session at the enrolment terminal; only the keyed hash of its token is kept.

    `user_pk` is None for a user ID that nobody has. `canonical` is the address it was activated by;
    `choosing` and `totp_sealed` are a method that waits for its first good code, `proved_by` is the factor
    that was proven in it.
    """

    __tablename__ = "enrolment_session"

    session_hash: str = Field(primary_key=True, max_length=64)
    identity: str = Field(max_length=64)
    user_pk: int | None = Field(default=None, sa_type=BigKey, foreign_key="ccms_user.pk", index=True)
    user_id: str = Field(max_length=64)
    origin: str = Field(max_length=255)
    began_at: datetime = _moment(nullable=False, index=True)
    seen_at: datetime = _moment(nullable=False)
    mailbox_proven_at: datetime | None = _moment()
    activated_at: datetime | None = _moment()
    canonical: str | None = None
    choosing: str | None = Field(default=None, max_length=8)
    totp_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    proved_by: str | None = Field(default=None, max_length=16)
    ended_at: datetime | None = _moment()
    end_reason: str | None = Field(default=None, max_length=16)


class LogonAttemptRow(SQLModel, table=True):
    """A logon whose password was good; only the keyed hash of its token is kept."""

    __tablename__ = "logon_attempt"

    attempt_hash: str = Field(primary_key=True, max_length=64)
    user_pk: int = Field(sa_type=BigKey, foreign_key="ccms_user.pk", index=True)
    identity: str = Field(max_length=64)
    origin: str = Field(max_length=255)
    began_at: datetime = _moment(nullable=False, index=True)
    expires_at: datetime = _moment(nullable=False)
    finished_at: datetime | None = _moment()


class MailedCode(SQLModel, table=True):
    """An activation code or a one-time password that was mailed; `bound_to` is the only session or attempt
    that can use it, and its newest code wins. Of user IDs that nobody has, the row is there without a mail.
    """

    __tablename__ = "mailed_code"
    __table_args__ = (
        Index("ix_mailed_identity", "identity", "purpose", "issued_at"),
        Index("ix_mailed_bound", "bound_to", "code_id"),
    )

    code_id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))
    purpose: str = Field(max_length=16)
    identity: str = Field(max_length=64)
    bound_to: str = Field(max_length=64)
    number: int
    canonical: str
    code_hash: bytes = Field(sa_type=LargeBinary)
    issued_at: datetime = _moment(nullable=False, index=True)
    expires_at: datetime = _moment(nullable=False)
    tries: int = 0
    used_at: datetime | None = _moment()
    mail_id: int | None = Field(default=None, sa_type=BigKey, foreign_key="mail.mail_id")


class Milestone(SQLModel, table=True):
    """A line of the schedule, its window as announced and the days it can mean."""

    milestone_id: str = Field(primary_key=True, max_length=32)
    position: int
    title: str
    window: str
    earliest: date
    latest: date
    status: str = Field(max_length=16)
    opens: str | None = Field(default=None, max_length=32)
    circular: str
    begun_at: datetime | None = _moment()
    version: int = 1


class MilestoneRevision(SQLModel, table=True):
    """Each wording a milestone ever had, with the circular it came from.

    `change` is a `store.schedule_views.ScheduleChange` word; None is kept of those before there were words.
    """

    __tablename__ = "milestone_revision"

    revision_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    milestone_id: str = Field(foreign_key="milestone.milestone_id", max_length=32, index=True)
    window: str
    earliest: date
    latest: date
    status: str = Field(max_length=16)
    circular: str
    revised_by: str = Field(max_length=64)
    revised_at: datetime = _moment(nullable=False)
    change: str | None = Field(default=None, max_length=16)


class PhaseChange(SQLModel, table=True):
    """A milestone that was proposed to begin by one operations person, and waits for another.

    `milestone_version` is the milestone's when it was proposed; the figures are what the simulation of
    `simulated_at` said, `simulation` the SHA-256 of who would be locked out. `state` is open, approved,
    rejected, withdrawn, voided or expired.
    """

    __tablename__ = "phase_change"
    __table_args__ = (Index("ix_phase_change_milestone", "milestone_id", "change_id"),)

    change_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    milestone_id: str = Field(foreign_key="milestone.milestone_id", max_length=32)
    milestone_version: int
    simulated_at: datetime = _moment(nullable=False)
    users: int
    locked_out: int
    losing: int
    losing_everyone: int
    cannot_repair: int
    simulation: str = Field(max_length=64)
    proposed_by: str = Field(max_length=64)
    proposed_at: datetime = _moment(nullable=False)
    expires_at: datetime = _moment(nullable=False)
    state: str = Field(default="open", max_length=16)
    decided_by: str | None = Field(default=None, max_length=64)
    decided_at: datetime | None = _moment()
    decision_reason: str | None = None


class Enquiry(SQLModel, table=True):
    """A hotline call; the helpdesk's resends are tied to one. It is going on until it has an `ended_at`.

    Without a user or a participant the caller named none. `check_method` is how the caller was last checked,
    `verified_at` when that held; `cause` and `outcome` are words of `store.enquiry_views`.
    """

    __table_args__ = (
        _index_where(
            "ix_enquiry_follow_up",
            "follow_up_due",
            "follow_up_due IS NOT NULL AND follow_up_done_at IS NULL",
        ),
        _index_where("ix_enquiry_going_on", "taken_by", "ended_at IS NULL"),
    )

    enquiry_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    user_pk: int | None = Field(default=None, sa_type=BigKey, foreign_key="ccms_user.pk", index=True)
    participant_id: str | None = Field(
        default=None, foreign_key="participant.participant_id", sa_type=Identity, index=True
    )
    question: str
    taken_by: str = Field(max_length=64)
    taken_at: datetime = _moment(nullable=False, index=True)
    caller_name: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    cause: str = Field(
        default="not noted", max_length=48, sa_column_kwargs={"server_default": text("'not noted'")}
    )
    check_method: str = Field(
        default="none", max_length=16, sa_column_kwargs={"server_default": text("'none'")}
    )
    verified_at: datetime | None = _moment()
    ended_at: datetime | None = _moment()
    seconds: int | None = None
    outcome: str | None = Field(default=None, max_length=24)
    follow_up: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    follow_up_due: date | None = None
    follow_up_done_at: datetime | None = _moment()
    follow_up_done_by: str | None = Field(default=None, max_length=64)
    follow_up_note: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class CallerCode(SQLModel, table=True):
    """A code mailed to check a caller: bound to the call and its agent, its newest one wins."""

    __tablename__ = "caller_code"

    code_id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))
    enquiry_id: int = Field(sa_type=BigKey, foreign_key="enquiry.enquiry_id", index=True)
    user_pk: int = Field(sa_type=BigKey, foreign_key="ccms_user.pk", index=True)
    operator_id: str = Field(max_length=64)
    number: int
    canonical: str
    code_hash: bytes = Field(sa_type=LargeBinary)
    issued_at: datetime = _moment(nullable=False)
    expires_at: datetime = _moment(nullable=False)
    tries: int = 0
    used_at: datetime | None = _moment()
    mail_id: int | None = Field(default=None, sa_type=BigKey, foreign_key="mail.mail_id")


class HandOverNote(SQLModel, table=True):
    """What one shift of the hotline leaves for the next; the newest counts."""

    __tablename__ = "hand_over"

    note_id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))
    note: str
    written_by: str = Field(max_length=64)
    written_at: datetime = _moment(nullable=False)


class LogonEvidence(SQLModel, table=True):
    """One logon that the CCMS terminal saw; the row is its own key, so that it is kept once."""

    __tablename__ = "logon_evidence"

    user_pk: int = Field(
        sa_column=Column(BigKey, ForeignKey("ccms_user.pk"), primary_key=True, autoincrement=False)
    )
    at: datetime = Field(sa_column=Column(UtcDateTime, primary_key=True))
    method: str = Field(primary_key=True, max_length=16)
    result: str = Field(primary_key=True, max_length=16)


class CutoverSimulation(SQLModel, table=True):
    """The newest simulation of a phase that operations ran; those before it go.

    `locked_out` is packed by `rules.cutover_changes`.
    """

    __tablename__ = "cutover_simulation"

    simulation_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    phase: str = Field(max_length=32)
    at: datetime = _moment(nullable=False)
    kept_at: datetime = _moment(nullable=False)
    kept_by: str = Field(max_length=64)
    locked_out: bytes = Field(sa_type=LargeBinary)


class AuditEvent(SQLModel, table=True):
    """One change, chained to the one before it (DESIGN 3.9).

    `facts` is plain JSON; of `personal`, JSON too, only the salted digest is chained.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_user", "user_pk", "event_id"),
        Index("ix_audit_participant", "participant_id", "event_id"),
        Index("ix_audit_operator", "operator_id", "event_id"),
        _index_where("ix_audit_nobody", "event_id", NOBODYS_EVENTS),
    )

    event_id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    at: datetime = _moment(nullable=False)
    operator_id: str = Field(max_length=64)
    action: str = Field(max_length=48)
    participant_id: str | None = Field(default=None, sa_type=Identity)
    user_pk: int | None = Field(default=None, sa_type=BigKey)
    facts: str = "{}"
    personal: str | None = None
    salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)


def _plain(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


CALLER_CODES = _plain(CallerCode)
CREDENTIALS = _plain(Credential)
CUTOVER_SIMULATIONS = _plain(CutoverSimulation)
ENQUIRIES = _plain(Enquiry)
ENTRY_THROTTLES = _plain(EntryThrottle)
EVENTS = _plain(AuditEvent)
HAND_OVERS = _plain(HandOverNote)
LOGONS = _plain(LogonEvidence)
LOGON_ATTEMPTS = _plain(LogonAttemptRow)
MAILED_CODES = _plain(MailedCode)
MAILS = _plain(Mail)
MILESTONES = _plain(Milestone)
MILESTONE_REVISIONS = _plain(MilestoneRevision)
OPERATORS = _plain(OperatorRow)
OPERATOR_KEYS = _plain(OperatorKey)
OPERATOR_SESSIONS = _plain(OperatorSession)
PARTICIPANTS = _plain(Participant)
PHASE_CHANGES = _plain(PhaseChange)
PROPOSALS = _plain(Proposal)
USERS = _plain(CcmsUser)
VERIFICATIONS = _plain(Verification)
VISITS = _plain(EnrolmentVisit)
"""The plain tables, for reads that make no objects: several times faster for lists."""
