"""Enrolment: what users log on with, their sessions, logon attempts, mailed codes and wrong entries."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _credentials()
    _visits()
    _attempts()
    _mailed_codes()


def downgrade() -> None:
    raise RuntimeError("Restore the backup made before the upgrade instead.")


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _user(*, nullable: bool = False, primary_key: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("ccms_user.pk")
    return sa.Column("user_pk", _key(), key, nullable=nullable, primary_key=primary_key, autoincrement=False)


def _credentials() -> None:
    op.create_table(
        "credential",
        _user(primary_key=True),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("otp_method", sa.String(8)),
        sa.Column("totp_sealed", sa.LargeBinary()),
        sa.Column("last_step", sa.BigInteger()),
        sa.Column("told_step", sa.BigInteger()),
        sa.Column("drift_seconds", sa.Integer()),
        _moment("drift_seen_at"),
    )
    op.create_index("ix_credential_otp_method", "credential", ["otp_method"])
    op.create_table(
        "entry_throttle",
        sa.Column("identity", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        _moment("locked_until"),
        sa.Column("locked", sa.Boolean(), nullable=False),
        _moment("tried_at", nullable=False),
    )
    op.create_index("ix_entry_throttle_tried_at", "entry_throttle", ["tried_at"])


def _visits() -> None:
    op.create_table(
        "enrolment_session",
        sa.Column("session_hash", sa.String(64), primary_key=True),
        sa.Column("identity", sa.String(64), nullable=False),
        _user(nullable=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        _moment("began_at", nullable=False),
        _moment("seen_at", nullable=False),
        _moment("mailbox_proven_at"),
        _moment("activated_at"),
        sa.Column("canonical", sa.String()),
        sa.Column("choosing", sa.String(8)),
        sa.Column("totp_sealed", sa.LargeBinary()),
        sa.Column("proved_by", sa.String(16)),
        _moment("ended_at"),
        sa.Column("end_reason", sa.String(16)),
    )
    op.create_index("ix_enrolment_session_user_pk", "enrolment_session", ["user_pk"])
    op.create_index("ix_enrolment_session_began_at", "enrolment_session", ["began_at"])


def _attempts() -> None:
    op.create_table(
        "logon_attempt",
        sa.Column("attempt_hash", sa.String(64), primary_key=True),
        _user(),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        _moment("began_at", nullable=False),
        _moment("expires_at", nullable=False),
        _moment("finished_at"),
    )
    op.create_index("ix_logon_attempt_user_pk", "logon_attempt", ["user_pk"])
    op.create_index("ix_logon_attempt_began_at", "logon_attempt", ["began_at"])


def _mailed_codes() -> None:
    op.create_table(
        "mailed_code",
        sa.Column("code_id", _key(), primary_key=True, autoincrement=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("bound_to", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        _moment("issued_at", nullable=False),
        _moment("expires_at", nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("used_at"),
        sa.Column("mail_id", _key(), sa.ForeignKey("mail.mail_id")),
    )
    op.create_index("ix_mailed_identity", "mailed_code", ["identity", "purpose", "issued_at"])
    op.create_index("ix_mailed_bound", "mailed_code", ["bound_to", "code_id"])
    op.create_index("ix_mailed_code_issued_at", "mailed_code", ["issued_at"])
