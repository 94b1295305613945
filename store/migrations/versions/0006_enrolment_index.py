"""What strangers do at the enrolment terminal: bounded to look up, counted apart from what the desk does."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NOBODYS = sa.text("CASE WHEN user_pk IS NULL THEN operator_id END = 'enrolment'")


def upgrade() -> None:
    op.create_index(
        "ix_audit_nobody", "audit_event", ["event_id"], sqlite_where=_NOBODYS, postgresql_where=_NOBODYS
    )
    op.add_column("verification", _count("terminal_tries"))
    op.add_column("entry_throttle", _count("noted"))
    op.add_column("entry_throttle", sa.Column("noted_from", sa.DateTime(timezone=True)))


def downgrade() -> None:
    raise RuntimeError("Restore the backup made before the upgrade instead.")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")
