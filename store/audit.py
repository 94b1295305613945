"""The audit log: shown within the operator's scope, exported, verified, and its head signed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit_listing import EventListing, select_events
from store.audit_rows import event_row, kept_columns, moment_column, undecoded
from store.audit_views import EventQuery, EventRow
from store.bulk import Progress
from store.context import Context
from store.rules.audit_chain import Head, Kept, Verdict, Verification, read_head, write_head
from store.rules.roles import Permission
from store.tables import EVENTS

CHUNK = 2_000
NEWEST_ROWS = (
    "caller_code.issued_at",
    "ccms_user.changed_at",
    "hand_over.written_at",
    "mail.created_at",
    "milestone_revision.revised_at",
    "operator_session.began_at",
    "verification.issued_at",
)
"""Moments of rows that were written together with an event of that moment."""

EXPORTS = {
    "users": Permission.EXPORT,
    "simulation": Permission.EXPORT,
    "report": Permission.EXPORT,
    "audit": Permission.EXPORT_AUDIT,
}
"""What an export needs; whatever is not named here, everybody who sees it may take with them."""


class Audit:
    """The events of the log, as one operator may see and verify them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def listing(self, query: EventQuery | None = None) -> EventListing:
        """The events of `query`, newest first, in pages; who may not see them is told by each page."""
        return EventListing(self._context, query or EventQuery())

    async def export(self) -> AsyncIterator[EventRow]:
        """Every event, in the order they happened. Raises: NotAllowed, DatabaseFault."""
        context = self._context
        query = select_events(sqlite=context.database.is_sqlite).order_by(EVENTS.c.event_id)
        async with context.reading(Permission.EXPORT_AUDIT) as connection, undecoded(connection):
            result = await connection.stream(query.where(context.scope(EVENTS.c.participant_id)))
            async for rows in result.partitions(CHUNK):
                for row in rows:
                    yield event_row(row, context.actor.role)

    async def note_export(self, what: str, form: str, rows: int, as_of: datetime | None = None) -> None:
        """Record that so many rows of `what`, as of a moment, are about to leave the desk as `form`.

        Raises: NotAllowed, DatabaseFault.
        """
        participant_id = self._context.actor.participant_id
        async with self._context.changing() as change:
            change.demand(EXPORTS.get(what, Permission.SEE), participant_id)
            facts: dict[str, Any] = {"what": what, "format": form, "rows": rows}
            if as_of is not None:
                facts["as_of"] = as_of.isoformat()
            change.record("export.made", participant_id=participant_id, **facts)

    async def head(self) -> str:
        """The log's signed head, which the event of this export is: one line of JSON. Raises: NotAllowed."""
        async with self._context.changing() as change:
            change.demand(Permission.MANAGE_AUDIT)
            change.record("audit.head-exported")
            await change.write_events()
            newest = select(EVENTS.c.event_id, EVENTS.c.hash).order_by(EVENTS.c.event_id.desc()).limit(1)
            event_id, its_hash = (await change.connection.execute(newest)).one()
            count = await _count(change.connection)
            head = Head(event_id, bytes(its_hash), self._context.clock.now(), count)
        return write_head(head, self._context.keys.audit_head)

    async def verify(self, head: str | None = None, progress: Progress | None = None) -> Verdict:
        """Follow the whole log, also against a `head` exported before; `progress` is told done and all.

        One snapshot is read, so what is written meanwhile disturbs nothing. The outcome is recorded.
        Raises: NotAllowed, BadHead, DatabaseFault.
        """
        context = self._context
        async with context.reading(Permission.MANAGE_AUDIT) as connection, undecoded(connection):
            known = read_head(head, context.keys.audit_head) if head is not None else None
            following = Verification(context.keys.audit, known)
            events = await _count(connection)
            result = await connection.stream(self._in_order())
            async for rows in result.partitions(CHUNK):
                if not await asyncio.to_thread(following.take, map(Kept._make, rows)):
                    break
                if progress is not None:
                    progress(following.events, events)
            await result.close()
            verdict = following.end(events, await self._newest_row(connection))
        async with context.changing() as change:
            fault = verdict.fault and verdict.fault.value
            change.record("audit.verified", events=events, first_bad=verdict.first_bad, fault=fault)
        return verdict

    def _in_order(self) -> Any:
        columns = kept_columns(sqlite=self._context.database.is_sqlite)
        return select(*columns).select_from(EVENTS).order_by(EVENTS.c.event_id)

    async def _newest_row(self, connection: AsyncConnection) -> str | None:
        """The moment of the newest row that has an event of its own."""
        sqlite = self._context.database.is_sqlite
        newest = union_all(
            *(
                select(moment_column(f"max({column})", sqlite=sqlite)).select_from(
                    EVENTS.metadata.tables[column.partition(".")[0]]
                )
                for column in NEWEST_ROWS
            )
        )
        found = (await connection.execute(newest)).scalars()
        return max((at for at in found if isinstance(at, str)), default=None)


async def _count(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(func.count()).select_from(EVENTS))).scalar_one())
