"""What users log on with, and their ways to it."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, UtcDateTime, count, moment, plain


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
    drift_seen_at: datetime | None = moment()


class EntryThrottle(SQLModel, table=True):
    """What wrong entries for a user ID came to, in all sessions and channels; `identity` is its keyed hash.

    User IDs that nobody has are counted alike, so that the answers do not tell who exists. `noted` refusals
    that count for nothing left an event since `noted_from`.
    """

    __tablename__ = "entry_throttle"

    identity: str = Field(primary_key=True, max_length=64)
    failures: int = 0
    locked_until: datetime | None = moment()
    locked: bool = False
    tried_at: datetime = moment(index=True, nullable=False)
    noted: int = count()
    noted_from: datetime | None = moment()


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
    began_at: datetime = moment(nullable=False, index=True)
    seen_at: datetime = moment(nullable=False)
    mailbox_proven_at: datetime | None = moment()
    activated_at: datetime | None = moment()
    canonical: str | None = None
    choosing: str | None = Field(default=None, max_length=8)
    totp_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    proved_by: str | None = Field(default=None, max_length=16)
    ended_at: datetime | None = moment()
    end_reason: str | None = Field(default=None, max_length=16)


class LogonAttemptRow(SQLModel, table=True):
    """A logon whose password was good; only the keyed hash of its token is kept."""

    __tablename__ = "logon_attempt"

    attempt_hash: str = Field(primary_key=True, max_length=64)
    user_pk: int = Field(sa_type=BigKey, foreign_key="ccms_user.pk", index=True)
    identity: str = Field(max_length=64)
    origin: str = Field(max_length=255)
    began_at: datetime = moment(nullable=False, index=True)
    expires_at: datetime = moment(nullable=False)
    finished_at: datetime | None = moment()


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
    issued_at: datetime = moment(nullable=False, index=True)
    expires_at: datetime = moment(nullable=False)
    tries: int = 0
    used_at: datetime | None = moment()
    mail_id: int | None = Field(default=None, sa_type=BigKey, foreign_key="mail.mail_id")


class LogonEvidence(SQLModel, table=True):
    """One logon that the CCMS terminal saw; the row is its own key, so that it is kept once."""

    __tablename__ = "logon_evidence"

    user_pk: int = Field(
        sa_column=Column(BigKey, ForeignKey("ccms_user.pk"), primary_key=True, autoincrement=False)
    )
    at: datetime = Field(sa_column=Column(UtcDateTime, primary_key=True))
    method: str = Field(primary_key=True, max_length=16)
    result: str = Field(primary_key=True, max_length=16)


CREDENTIALS = plain(Credential)
ENTRY_THROTTLES = plain(EntryThrottle)
VISITS = plain(EnrolmentVisit)
"""The plain tables, for reads that make no objects: several times faster for lists."""
LOGON_ATTEMPTS = plain(LogonAttemptRow)
MAILED_CODES = plain(MailedCode)
LOGONS = plain(LogonEvidence)
