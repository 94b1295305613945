"""Calls, codes that check callers, and what a shift leaves for the next."""

from datetime import date, datetime

from sqlalchemy import Column, LargeBinary, text
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, Identity, index_where, moment, plain


class Enquiry(SQLModel, table=True):
    """A hotline call; the helpdesk's resends are tied to one. It is going on until it has an `ended_at`.

    Without a user or a participant the caller named none. `check_method` is how the caller was last checked,
    `verified_at` when that held; `cause` and `outcome` are words of `store.enquiry_views`.
    """

    __table_args__ = (
        index_where(
            "ix_enquiry_follow_up",
            "follow_up_due",
            "follow_up_due IS NOT NULL AND follow_up_done_at IS NULL",
        ),
        index_where("ix_enquiry_going_on", "taken_by", "ended_at IS NULL"),
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
    taken_at: datetime = moment(nullable=False, index=True)
    caller_name: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    cause: str = Field(
        default="not noted", max_length=48, sa_column_kwargs={"server_default": text("'not noted'")}
    )
    check_method: str = Field(
        default="none", max_length=16, sa_column_kwargs={"server_default": text("'none'")}
    )
    verified_at: datetime | None = moment()
    ended_at: datetime | None = moment()
    seconds: int | None = None
    outcome: str | None = Field(default=None, max_length=24)
    follow_up: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    follow_up_due: date | None = None
    follow_up_done_at: datetime | None = moment()
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
    issued_at: datetime = moment(nullable=False)
    expires_at: datetime = moment(nullable=False)
    tries: int = 0
    used_at: datetime | None = moment()
    mail_id: int | None = Field(default=None, sa_type=BigKey, foreign_key="mail.mail_id")


class HandOverNote(SQLModel, table=True):
    """What one shift of the hotline leaves for the next; the newest counts."""

    __tablename__ = "hand_over"

    note_id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))
    note: str
    written_by: str = Field(max_length=64)
    written_at: datetime = moment(nullable=False)


ENQUIRIES = plain(Enquiry)
CALLER_CODES = plain(CallerCode)
HAND_OVERS = plain(HandOverNote)
