"""What an operator's newest events tell: so that one thing repeated does not fill the log."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit_rows import facts_of
from store.tables import EVENTS

LOOKED_BACK = 1_000
"""Events looked at, at most: what happened before so many others may be recorded once more."""

Facts = dict[str, str | int | bool | None]


async def facts_lately(
    connection: AsyncConnection, operator_id: str, action: str, after: datetime
) -> list[Facts]:
    """The facts of the operator's events of this action after a moment, the newest first."""
    columns = (EVENTS.c.action, EVENTS.c.at, EVENTS.c.facts, EVENTS.c.personal)
    newest = select(*columns).where(EVENTS.c.operator_id == operator_id).order_by(EVENTS.c.event_id.desc())
    return [
        facts_of(row.facts, row.personal)
        for row in await connection.execute(newest.limit(LOOKED_BACK))
        if row.action == action and row.at > after
    ]
