"""The door: operators' keys, sessions and one-time-password counters, and what a checker decided."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operator", sa.Column("totp_confirmed_at", sa.DateTime(timezone=True)))
    op.add_column("operator", sa.Column("last_step", sa.BigInteger()))
    op.add_column("operator", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("operator", sa.Column("locked_until", sa.DateTime(timezone=True)))
    op.add_column("operator", sa.Column("locked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "operator_key",
        sa.Column("fingerprint", sa.String(64), primary_key=True),
        sa.Column("operator_id", sa.String(64), sa.ForeignKey("operator.operator_id"), nullable=False),
        sa.Column("key_type", sa.String(64), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("comment", sa.String(200), nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_operator_key_operator_id", "operator_key", ["operator_id"])
    op.create_table(
        "operator_session",
        sa.Column("session_id", sa.String(36), primary_key=True),
        sa.Column("operator_id", sa.String(64), sa.ForeignKey("operator.operator_id"), nullable=False),
        sa.Column("origin", sa.String(255), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("end_reason", sa.String(32)),
    )
    op.create_index("ix_session_operator", "operator_session", ["operator_id", "began_at"])
    op.add_column("proposal", sa.Column("reason", sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("proposal", sa.Column("remarks", sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("proposal", sa.Column("decided_by", sa.String(64)))
    op.add_column("proposal", sa.Column("decided_at", sa.DateTime(timezone=True)))
    op.add_column("proposal", sa.Column("decision_reason", sa.String()))
    op.create_index("ix_audit_participant", "audit_event", ["participant_id", "event_id"])
    op.create_index("ix_audit_operator", "audit_event", ["operator_id", "event_id"])


def downgrade() -> None:
    raise RuntimeError("Restore the backup made before the upgrade instead.")
