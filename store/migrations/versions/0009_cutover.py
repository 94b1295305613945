"""The newest simulation of the cut-over of each phase, to tell what changed since."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "cutover_simulation",
        sa.Column("simulation_id", key, primary_key=True, autoincrement=True),
        sa.Column("phase", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by", sa.String(64), nullable=False),
        sa.Column("locked_out", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    raise RuntimeError("Restore the backup made before the upgrade instead.")
