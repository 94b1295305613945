"""Participants, their users, and the addresses that two may share."""

from datetime import datetime

from sqlalchemy import Column, Index, Text, text
from sqlmodel import Field, SQLModel

from store.tables.columns import BigKey, Identity, SortName, index_where, moment, plain

REFINED = ("standing", "code_expires_at", "proposal_expires_at", "locked")
"""The columns that a query refines a standing with."""

WHOLE = text("key = word")
"""Where a word of a name stands for itself."""


class Participant(SQLModel, table=True):
    """A Clearing Participant. `single_da_waiver` names who granted it and why; None means dual control.

    `phone` is the number the hotline calls back, entered by operations.
    """

    participant_id: str = Field(primary_key=True, sa_type=Identity)
    name: str = Field(max_length=500)
    single_da_waiver: str | None = None
    created_at: datetime = moment(nullable=False)
    phone: str | None = Field(default=None, max_length=32)
    phone_by: str | None = Field(default=None, max_length=64)
    phone_at: datetime | None = moment()


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
        Index("ix_user_name", "sort_name", "pk", *REFINED),
        Index("ix_user_participant", "participant_id", "sort_name", "pk", *REFINED),
        Index("ix_user_standing", "standing", "sort_name", "pk", *REFINED[1:], "user_id"),
        Index("ix_user_summary", "participant_id", "kind", "suspended", *REFINED),
        index_where("ix_user_active", "active_canonical", "active_canonical IS NOT NULL"),
        index_where("ix_user_pending", "pending_canonical", "pending_canonical IS NOT NULL"),
        index_where("ix_user_locked", "locked", "locked", sqlite="locked = 1"),
        index_where(
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
    verified_at: datetime | None = moment()
    pending_email: str | None = None
    pending_canonical: str | None = None
    undeliverable: bool = False
    code_expires_at: datetime | None = moment()
    proposal_expires_at: datetime | None = moment()
    password_set_at: datetime | None = moment()
    enrolled_at: datetime | None = moment()
    proven_at: datetime | None = moment()
    locked: bool = False
    suspended: bool = False
    standing: str = Field(max_length=24)
    version: int = 1
    changed_at: datetime = moment(nullable=False)
    changed_by: str = Field(max_length=64)
    smartcard_logon_at: datetime | None = moment()
    two_factor_logon_at: datetime | None = moment()


class AddressWaiver(SQLModel, table=True):
    """The recorded reason why two users of one participant may share an address (DESIGN 3.1)."""

    __tablename__ = "address_waiver"

    participant_id: str = Field(primary_key=True, foreign_key="participant.participant_id", sa_type=Identity)
    canonical: str = Field(primary_key=True)
    reason: str
    recorded_by: str = Field(max_length=64)
    recorded_at: datetime = moment(nullable=False)


class NameWord(SQLModel, table=True):
    """A word of the users' names under each of its keys (`rules.mistakes.keys_of`), to find it mistyped.

    It stands for no user: when the last one of that name gets another, it stays and leads to nobody.
    """

    __tablename__ = "name_word"
    __table_args__ = (
        Index("ix_name_word", "word", sqlite_where=WHOLE, postgresql_where=WHOLE),
        {"sqlite_with_rowid": False},
    )

    key: str = Field(primary_key=True, sa_type=Identity)
    word: str = Field(primary_key=True, sa_type=Identity)


PARTICIPANTS = plain(Participant)
USERS = plain(CcmsUser)
NAME_WORDS = plain(NameWord)
