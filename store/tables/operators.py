"""Who may log in to this desk: logins, keys and sign-ins."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, LargeBinary, Text, false
from sqlmodel import Field, SQLModel

from store.tables.columns import Identity, moment, plain


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
    disabled_at: datetime | None = moment()
    created_at: datetime = moment(nullable=False)
    totp_confirmed_at: datetime | None = moment()
    last_step: int | None = Field(default=None, sa_type=BigInteger)
    failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    locked_until: datetime | None = moment()
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
    added_at: datetime = moment(nullable=False)


class OperatorSession(SQLModel, table=True):
    """One sign-in of an operator: when and from where, when they last gave a good code, and how it ended."""

    __tablename__ = "operator_session"
    __table_args__ = (Index("ix_session_operator", "operator_id", "began_at"),)

    session_id: str = Field(primary_key=True, max_length=36)
    operator_id: str = Field(foreign_key="operator.operator_id", max_length=64)
    origin: str = Field(max_length=255)
    began_at: datetime = moment(nullable=False)
    proved_at: datetime = moment(nullable=False)
    ended_at: datetime | None = moment()
    end_reason: str | None = Field(default=None, max_length=32)


OPERATORS = plain(OperatorRow)
OPERATOR_KEYS = plain(OperatorKey)
OPERATOR_SESSIONS = plain(OperatorSession)
