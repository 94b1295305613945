"""Schedule changes: phase changes that wait for a second person, and what each revision of a window was."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("milestone_revision", sa.Column("change", sa.String(16)))
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    milestone = sa.ForeignKey("milestone.milestone_id")
    op.create_table(
        "phase_change",
        sa.Column("change_id", key, primary_key=True, autoincrement=True),
        sa.Column("milestone_id", sa.String(32), milestone, nullable=False),
        sa.Column("milestone_version", sa.Integer(), nullable=False),
        _moment("simulated_at"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _FIGURES),
        sa.Column("simulation", sa.String(64), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        _moment("proposed_at"),
        _moment("expires_at"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decision_reason", sa.String()),
    )
    op.create_index("ix_phase_change_milestone", "phase_change", ["milestone_id", "change_id"])


def downgrade() -> None:
    raise RuntimeError("Restore the backup made before the upgrade instead.")


_FIGURES = ("users", "locked_out", "losing", "losing_everyone", "cannot_repair")


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
