"""Logons that the CCMS terminal saw: the evidence, and each user's newest good one by either method."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CARD_ONLY = sa.text("smartcard_logon_at IS NOT NULL AND two_factor_logon_at IS NULL")


def upgrade() -> None:
    op.add_column("ccms_user", sa.Column("smartcard_logon_at", sa.DateTime(timezone=True)))
    op.add_column("ccms_user", sa.Column("two_factor_logon_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_user_card_only",
        "ccms_user",
        ["participant_id"],
        sqlite_where=_CARD_ONLY,
        postgresql_where=_CARD_ONLY,
    )
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "logon_evidence",
        sa.Column("user_pk", key, sa.ForeignKey("ccms_user.pk"), primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("method", sa.String(16), primary_key=True),
        sa.Column("result", sa.String(16), primary_key=True),
    )


def downgrade() -> None:
    raise RuntimeError("Restore the backup made before the upgrade instead.")
