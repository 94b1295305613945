"""The events of one query in pages, the newest first, read by number from the nearest one seen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit_rows import event_row, kept_columns, undecoded
from store.audit_views import OF_CALLS, PREFIXES, EventQuery, EventRow
from store.context import ANYTHING, Context
from store.errors import NotFound
from store.keyset import Run
from store.rules.roles import Permission
from store.tables import EVENTS, USERS

LATE = timedelta(hours=1)
"""An event is numbered when its transaction ends and dated when it began: so much out of order at most."""


def select_events(*, sqlite: bool) -> Select[*tuple[Any, ...]]:
    """The query of event rows; `event_row` makes views of what it yields. The caller adds the scope."""
    columns = (*kept_columns(sqlite=sqlite), USERS.c.user_id.label("of"), USERS.c.user_name.label("name"))
    return select(*columns).select_from(EVENTS.outerjoin(USERS, USERS.c.pk == EVENTS.c.user_pk))


def told_to(context: Context) -> list[ColumnElement[bool]]:
    """The condition that keeps events of the hotline's calls from who may not see the calls."""
    if context.allows(Permission.READ_ENQUIRIES):
        return []
    return [EVENTS.c.action.not_like(f"{prefix}%") for prefix in OF_CALLS]


class EventListing:
    """Events, newest first, in pages of `PAGE`; what is written after `count()` does not shift the pages."""

    PAGE = 128

    def __init__(self, context: Context, query: EventQuery) -> None:
        self.query = query
        self._context = context
        self._run: Run | None = None

    async def count(self) -> int:
        """How many events there are now.

        Raises: NotAllowed, NotFound (no such participant or user in the scope), DatabaseFault.
        """
        async with self._reading() as connection:
            return (await self._take_stock(connection)).count

    async def page(self, number: int) -> tuple[EventRow, ...]:
        """The events of one page, counted from 0; empty past the end. Raises: as `count`."""
        async with self._reading() as connection:
            run = self._run or await self._take_stock(connection)
            start = max(number, 0) * self.PAGE
            if start >= run.count:
                return ()
            ids = await run.read(connection, start, min(start + self.PAGE, run.count))
            query = select_events(sqlite=self._context.database.is_sqlite).where(EVENTS.c.event_id.in_(ids))
            async with undecoded(connection):
                found = (await connection.execute(query.order_by(EVENTS.c.event_id.desc()))).all()
        return tuple(event_row(row, self._context.actor.role) for row in found)

    async def position(self, event_id: int) -> int | None:
        """Where an event stands in the list, counted from 0; None when not in it. Raises: as `count`."""
        async with self._reading() as connection:
            run = self._run or await self._take_stock(connection)
            here = select(EVENTS.c.event_id).where(*run.where, EVENTS.c.event_id == event_id)
            if (await connection.execute(here)).first() is None:
                return None
            return await run.rows_before(connection, (event_id,))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        """A snapshot for those who may; a refusal is recorded."""
        context, participant_id = self._context, self.query.participant_id
        async with context.reading(Permission.SEE_AUDIT) as connection:
            if participant_id and not context.allows(Permission.SEE_AUDIT, participant_id):
                raise NotFound("participant", participant_id)
            yield connection

    async def _take_stock(self, connection: AsyncConnection) -> Run:
        newest = (await connection.execute(select(func.max(EVENTS.c.event_id)))).scalar() or 0
        narrowed = await self._narrowed(connection)
        where = [EVENTS.c.event_id <= newest, *narrowed]
        count = select(func.count()).select_from(EVENTS).where(*narrowed)
        self._run = Run(
            pk=EVENTS.c.event_id,
            keys=(EVENTS.c.event_id,),
            where=where,
            counted=where,
            values={},
            descending=True,
            count=int((await connection.execute(count)).scalar_one()),
        )
        return self._run

    async def _narrowed(self, connection: AsyncConnection) -> list[ColumnElement[bool]]:
        query, scope = self.query, self._context.scope(EVENTS.c.participant_id)
        where = [*([] if scope is ANYTHING else [scope]), *told_to(self._context)]
        if query.operator_id is not None:
            where.append(EVENTS.c.operator_id == query.operator_id)
        if query.participant_id is not None:
            where.append(EVENTS.c.participant_id == query.participant_id)
        if query.user_id is not None:
            where.append(EVENTS.c.user_pk == await self._user_pk(connection, query.user_id))
        if query.kind is not None:
            where.append(
                or_(*(EVENTS.c.action.startswith(prefix, autoescape=True) for prefix in PREFIXES[query.kind]))
            )
        if query.since is not None:
            first = await _first_since(connection, query.since - LATE)
            where += [EVENTS.c.event_id >= first, EVENTS.c.at >= query.since]
        if query.until is not None:
            first_after = await _first_since(connection, query.until + LATE)
            where += [EVENTS.c.event_id < first_after, EVENTS.c.at < query.until]
        return where

    async def _user_pk(self, connection: AsyncConnection, user_id: str) -> int:
        mine = self._context.scope(USERS.c.participant_id)
        found = (
            await connection.execute(select(USERS.c.pk).where(USERS.c.user_id == user_id, mine))
        ).scalar()
        if found is None:
            raise NotFound("user", user_id)
        return int(found)


async def _first_since(connection: AsyncConnection, moment: datetime) -> int:
    """The number of the first event that is not before `moment`, by halving: numbers follow the moments."""
    number, at = EVENTS.c.event_id, EVENTS.c.at
    low, high = (await connection.execute(select(func.min(number), func.max(number)))).one()
    low, high = low or 0, (high or 0) + 1
    while low < high:
        middle = (low + high) // 2
        older = select(at < moment).where(number <= middle).order_by(number.desc()).limit(1)
        if (await connection.execute(older)).scalar():
            low = middle + 1
        else:
            high = middle
    return int(low)
