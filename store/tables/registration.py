"""What changes a designated address: proposals and verification codes."""

from datetime import datetime

from sqlalchemy import Column, LargeBinary, text
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, Identity, count, index_where, moment, plain


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
    made_at: datetime = moment(nullable=False)
    expires_at: datetime = moment(nullable=False)
    state: str = Field(default="open", max_length=16)
    reason: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    remarks: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    decided_by: str | None = Field(default=None, max_length=64)
    decided_at: datetime | None = moment()
    decision_reason: str | None = None
    shared_reason: str | None = None


class Verification(SQLModel, table=True):
    """One verification code: number, keyed hash, life and tries; the newest of a user wins.

    `tries` are the desk's, `terminal_tries` those at the enrolment terminal, where anybody can type one.
    `enquiry_id` is the call that it was sent because of.
    """

    __table_args__ = (index_where("ix_verification_enquiry", "enquiry_id", "enquiry_id IS NOT NULL"),)

    verification_id: int | None = Field(
        default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True)
    )
    user_pk: int = Field(sa_type=BigKey, foreign_key="ccms_user.pk", index=True)
    number: int
    canonical: str
    code_hash: bytes = Field(sa_type=LargeBinary)
    issued_at: datetime = moment(nullable=False)
    expires_at: datetime = moment(nullable=False)
    tries: int = 0
    used_at: datetime | None = moment()
    terminal_tries: int = count()
    enquiry_id: int | None = Field(default=None, sa_type=BigKey, foreign_key="enquiry.enquiry_id")


PROPOSALS = plain(Proposal)
VERIFICATIONS = plain(Verification)
