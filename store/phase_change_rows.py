"""Phase changes as rows: what each says, what stands for it, and what makes it void."""

import hashlib
import json
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, update

from store.context import Change
from store.schedule_views import Figures, PhaseChangeRow
from store.tables import PHASE_CHANGES

PHASE_CHANGE_LIFETIME = timedelta(days=7)
"""How long a phase change waits for its second person, as a maker's change does (DESIGN 3.2)."""


def phase_change_row(found: Any, title: str) -> PhaseChangeRow:
    """The phase change as operations see it."""
    return PhaseChangeRow(
        change_id=found.change_id,
        milestone_id=found.milestone_id,
        title=title,
        milestone_version=found.milestone_version,
        figures=Figures(
            simulated_at=found.simulated_at,
            users=found.users,
            locked_out=found.locked_out,
            losing=found.losing,
            losing_everyone=found.losing_everyone,
            cannot_repair=found.cannot_repair,
            digest=found.simulation,
        ),
        proposed_by=found.proposed_by,
        proposed_at=found.proposed_at,
        expires_at=found.expires_at,
        state=found.state,
        decided_by=found.decided_by,
        decided_at=found.decided_at,
        reason=found.decision_reason,
        digest=digest_of(found),
    )


def digest_of(found: Any) -> str:
    """What stands for exactly this content (hexadecimal SHA-256): a decision names it."""
    content = (
        found.change_id,
        found.milestone_id,
        found.milestone_version,
        found.simulated_at,
        found.users,
        found.locked_out,
        found.losing,
        found.losing_everyone,
        found.cannot_repair,
        found.simulation,
        found.proposed_by,
        found.proposed_at,
        found.expires_at,
    )
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()


async def void_changes_of(change: Change, milestone_id: str, why: str) -> None:
    """Void what waits for a second person to begin this milestone."""
    await _void_open(change, PHASE_CHANGES.c.milestone_id == milestone_id, why)


async def void_changes_by(change: Change, operator_id: str) -> None:
    """Void what this operator proposed and nobody decided."""
    await _void_open(change, PHASE_CHANGES.c.proposed_by == operator_id, "disabled")


async def _void_open(change: Change, these: ColumnElement[bool], why: str) -> None:
    """What another decides at this moment is waited for, and is open no more."""
    table = PHASE_CHANGES.c
    still_open = update(PHASE_CHANGES).where(these, table.state == "open").values(state="voided")
    voided = await change.connection.execute(still_open.returning(table.change_id, table.milestone_id))
    for row in sorted(voided):
        change.record("milestone.voided", milestone_id=row.milestone_id, change_id=row.change_id, why=why)
