"""The mail that waits, goes out or came back."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, Identity, moment, plain


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
    created_at: datetime = moment(nullable=False)
    expires_at: datetime = moment(nullable=False)
    next_attempt_at: datetime | None = moment()
    lease_until: datetime | None = moment()
    lease_by: str | None = Field(default=None, max_length=64)
    accepted_at: datetime | None = moment()


MAILS = plain(Mail)
