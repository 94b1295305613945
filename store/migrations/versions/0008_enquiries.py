"""The enquiry log: calls about nobody in particular, how they ended, who called; callers checked by code."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_FOLLOW_UPS = sa.text("follow_up_due IS NOT NULL AND follow_up_done_at IS NULL")
_GOING_ON = sa.text("ended_at IS NULL")
_TIED = sa.text("enquiry_id IS NOT NULL")
_BEFORE = (
    "UPDATE enquiry SET ended_at = taken_at, outcome = 'told what to do'"  # each was noted for one resend
)


def upgrade() -> None:
    op.add_column("participant", sa.Column("phone", sa.String(32)))
    op.add_column("participant", sa.Column("phone_by", sa.String(64)))
    op.add_column("participant", _moment("phone_at"))
    with op.batch_alter_table("enquiry") as enquiry:
        enquiry.alter_column("user_pk", nullable=True)
        enquiry.alter_column("participant_id", nullable=True)
        for column in (
            _words("caller_name"),
            _words("cause", 48, default="not noted"),
            _words("check_method", 16, default="none"),
            _moment("verified_at"),
            _moment("ended_at"),
            sa.Column("seconds", sa.Integer()),
            sa.Column("outcome", sa.String(24)),
            _words("follow_up"),
            sa.Column("follow_up_due", sa.Date()),
            _moment("follow_up_done_at"),
            sa.Column("follow_up_done_by", sa.String(64)),
            _words("follow_up_note"),
        ):
            enquiry.add_column(column)
    op.execute(_BEFORE)
    op.create_index("ix_enquiry_taken_at", "enquiry", ["taken_at"])
    _index("ix_enquiry_follow_up", "enquiry", "follow_up_due", _FOLLOW_UPS)
    _index("ix_enquiry_going_on", "enquiry", "taken_by", _GOING_ON)
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE verification ADD COLUMN enquiry_id {kind} REFERENCES enquiry (enquiry_id)")
    _index("ix_verification_enquiry", "verification", "enquiry_id", _TIED)
    op.create_table(
        "caller_code",
        sa.Column("code_id", _key(), primary_key=True, autoincrement=True),
        sa.Column("enquiry_id", _key(), sa.ForeignKey("enquiry.enquiry_id"), nullable=False),
        sa.Column("user_pk", _key(), sa.ForeignKey("ccms_user.pk"), nullable=False),
        sa.Column("operator_id", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _moment("used_at"),
        sa.Column("mail_id", _key(), sa.ForeignKey("mail.mail_id")),
    )
    op.create_index("ix_caller_code_enquiry_id", "caller_code", ["enquiry_id"])
    op.create_index("ix_caller_code_user_pk", "caller_code", ["user_pk"])
    op.create_table(
        "hand_over",
        sa.Column("note_id", _key(), primary_key=True, autoincrement=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("written_by", sa.String(64), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    raise RuntimeError("Restore the backup made before the upgrade instead.")


def _key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True))


def _words(name: str, length: int | None = None, *, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=False, server_default=sa.text(f"'{default}'"))


def _index(name: str, table: str, column: str, where: sa.TextClause) -> None:
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
