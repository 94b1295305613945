"""The audit events."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, Identity, index_where, moment, plain

NOBODYS_EVENTS = "CASE WHEN user_pk IS NULL THEN operator_id END = 'enrolment'"
"""What is done at the enrolment terminal with user IDs that nobody has; worded so that only its own index
fits."""


class AuditEvent(SQLModel, table=True):
    """One change, chained to the one before it (DESIGN 3.9).

    `facts` is plain JSON; of `personal`, JSON too, only the salted digest is chained.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_user", "user_pk", "event_id"),
        Index("ix_audit_participant", "participant_id", "event_id"),
        Index("ix_audit_operator", "operator_id", "event_id"),
        index_where("ix_audit_nobody", "event_id", NOBODYS_EVENTS),
    )

    event_id: int = Field(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    at: datetime = moment(nullable=False)
    operator_id: str = Field(max_length=64)
    action: str = Field(max_length=48)
    participant_id: str | None = Field(default=None, sa_type=Identity)
    user_pk: int | None = Field(default=None, sa_type=BigKey)
    facts: str = "{}"
    personal: str | None = None
    salt: bytes | None = Field(default=None, sa_type=LargeBinary)
    digest: bytes | None = Field(default=None, sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)


EVENTS = plain(AuditEvent)
