"""Sharing an address waits for the checker: a proposal carries the reason; a column nobody read goes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("proposal", sa.Column("shared_reason", sa.String()))
    op.drop_column("proposal", "user_version")


def downgrade() -> None:
    raise RuntimeError("Restore the backup made before the upgrade instead.")
