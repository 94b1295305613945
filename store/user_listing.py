"""A list of users in pages: a short one is kept whole, a long one read by key, a search best match first."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.among import among
from store.context import ANYTHING, Context
from store.errors import NotFound
from store.keyset import Run
from store.logons import ONLY_SMARTCARD
from store.next_steps import MORE_COLUMNS, PEOPLE, Known, read_known
from store.rules.clues import take_kinds
from store.rules.grams import words
from store.rules.masking import seen_by
from store.rules.roles import Permission, sees_full_addresses
from store.search import Search
from store.standings import NOW, ROWS, ROWS_OVER, STANDING_NOW, kept_as, split, standing_in
from store.tables import PARTICIPANTS, USERS
from store.views import Kind, Role, Standing, UserQuery, UserRow, UserSort

MOST_FOUND = 1_000
CHUNK = 5_000
_RANK = {standing.value: rank for rank, standing in enumerate(Standing)}
_STANDINGS = {standing.value: standing for standing in Standing}
_KINDS = {kind.value: kind for kind in Kind}
_KEYS: dict[UserSort, tuple[Any, ...]] = {
    UserSort.NAME: (USERS.c.sort_name, USERS.c.pk),
    UserSort.USER_ID: (USERS.c.user_id,),
    UserSort.PARTICIPANT: (USERS.c.participant_id, USERS.c.sort_name, USERS.c.pk),
    UserSort.STANDING: (USERS.c.sort_name, USERS.c.pk),
}
"""The columns of an order; in the order of standings, those within one standing."""

USER_COLUMNS: tuple[Any, ...] = (
    USERS.c.pk, USERS.c.user_id, USERS.c.user_name, USERS.c.participant_id,
    PARTICIPANTS.c.name.label("participant_name"), USERS.c.kind, USERS.c.active_email,
    USERS.c.pending_email, STANDING_NOW.label("standing"), USERS.c.locked,
    USERS.c.suspended,
    (USERS.c.proposal_expires_at > NOW).label("proposed"),
)  # fmt: skip
_ROWS = select(*USER_COLUMNS, *MORE_COLUMNS).select_from(PEOPLE)
_BY_PK = among(USERS.c.pk, "pks", BigInteger, _ROWS.where)


def user_row(found: Any, known: Known, role: Role) -> UserRow:
    """The view of a row that begins with `USER_COLUMNS`; the address is the active, else the pending one."""
    (
        _pk,
        user_id,
        name,
        participant_id,
        participant,
        kind,
        active,
        pending,
        standing,
        locked,
        suspended,
        proposed,
    ) = found[:12]
    return UserRow(
        user_id=user_id,
        user_name=name,
        participant_id=participant_id,
        participant_name=participant,
        kind=_KINDS[kind],
        email=seen_by(role, active or pending),
        standing=_STANDINGS[standing],
        locked=locked,
        suspended=suspended,
        change_pending=bool(active and (pending or proposed)),
        next_step=known.next_step,
    )


async def rows_of(
    connection: AsyncConnection, pks: Iterable[int], values: Mapping[str, Any], role: Role
) -> tuple[UserRow, ...]:
    """The rows with these numbers, in that order; what is gone is left out."""
    wanted = list(pks)
    by_pk = _BY_PK[connection.dialect.name]
    found = {row[0]: row for row in await connection.execute(by_pk, {**values, "pks": wanted})}
    known = await read_known(connection, list(found.values()), values["now"])
    return tuple(user_row(found[pk], known[pk], role) for pk in wanted if pk in found)


def of_kinds(kinds: frozenset[Kind]) -> list[ColumnElement[bool]]:
    """The condition that a user is of one of these kinds; none for no kinds."""
    return [USERS.c.kind.in_(sorted(kind.value for kind in kinds))] if kinds else []


async def all_of_kind(
    connection: AsyncConnection, where: Sequence[ColumnElement[bool]], values: Mapping[str, Any], limit: int
) -> list[int]:
    """Users by the kind that is in `where` alone, participant after participant, each found by the index."""
    firms = USERS.c.participant_id.in_(select(PARTICIPANTS.c.participant_id))
    query = select(USERS.c.pk).where(firms, *where).order_by(USERS.c.participant_id, USERS.c.kind, USERS.c.pk)
    return [*(await connection.execute(query.limit(limit), values)).scalars()]


@dataclass(frozen=True)
class Narrowed:
    """Which users a query is about, as one operator may see them at one moment."""

    context: Context
    query: UserQuery
    values: Mapping[str, Any]

    @property
    def within(self) -> str | None:
        """The one participant that can be meant, if it is one."""
        return self.query.participant_id or self.context.actor.participant_id

    def where(self, *, by_index: bool = False) -> list[ColumnElement[bool]]:
        """The conditions; `by_index` adds the one that lets an index find the standings."""
        query = self.query
        scope = self.context.scope(USERS.c.participant_id)
        conditions: list[Any] = [] if scope is ANYTHING else [scope]
        if query.participant_id is not None:
            conditions.append(USERS.c.participant_id == query.participant_id)
        if query.standings and query.locked:
            conditions.append(or_(standing_in(query.standings), USERS.c.locked))
        elif query.standings:
            conditions.append(standing_in(query.standings))
            if by_index:
                conditions.append(USERS.c.standing.in_(kept_as(query.standings)))
        elif query.locked:
            conditions.append(USERS.c.locked)
        if query.only_smartcard:
            conditions.append(ONLY_SMARTCARD)
        return conditions


class Pinned:
    """A list short enough to be kept whole, as the rows' numbers."""

    def __init__(self, pks: Sequence[int]) -> None:
        self.count = len(pks)
        self.pks = pks

    async def read(self, _connection: AsyncConnection, start: int, stop: int) -> Sequence[int]:
        """The numbers of the rows from `start` up to `stop`."""
        return self.pks[start:stop]

    async def place(self, connection: AsyncConnection, user_id: str) -> int | None:
        """Where a user stands, None when not in the list."""
        query = select(USERS.c.pk).where(USERS.c.user_id == user_id)
        pk = (await connection.execute(query)).scalar_one_or_none()
        return self.pks.index(pk) if pk in self.pks else None


class Ordered:
    """A long list, read by key: one run of an index, or one for each standing when they order it."""

    def __init__(self, narrowed: Narrowed, counts: Mapping[Standing | None, int]) -> None:
        self._narrowed = narrowed
        self._keys = _KEYS[narrowed.query.sort]
        runs = {standing: self._run(standing, count) for standing, count in counts.items() if count}
        self._runs = dict(reversed(runs.items())) if narrowed.query.descending else runs
        self.count = sum(counts.values())

    def _run(self, standing: Standing | None, count: int) -> Run:
        narrowed = self._narrowed
        where, counted = narrowed.where(), narrowed.where(by_index=True)
        if standing is not None:
            kept = kept_as([standing])
            counted += [standing_in([standing]), USERS.c.standing.in_(kept)]
            where = counted if len(kept) == 1 else [*where, standing_in([standing])]
        return Run(USERS.c.pk, self._keys, where, counted, narrowed.values, narrowed.query.descending, count)

    async def read(self, connection: AsyncConnection, start: int, stop: int) -> Sequence[int]:
        """The numbers of the rows from `start` up to `stop`."""
        found: list[int] = []
        for run in self._runs.values():
            if start < run.count and stop > 0:
                found += await run.read(connection, max(start, 0), min(stop, run.count))
            start, stop = start - run.count, stop - run.count
        return found

    async def place(self, connection: AsyncConnection, user_id: str) -> int | None:
        """Where a user stands, None when not in the list."""
        query = select(STANDING_NOW, *self._keys).where(*self._narrowed.where())
        query = query.where(USERS.c.user_id == user_id)
        found = (await connection.execute(query, self._narrowed.values)).one_or_none()
        if found is None:
            return None
        before = 0
        for standing, run in self._runs.items():
            if standing in (None, found[0]):
                return before + await run.rows_before(connection, tuple(found)[1:])
            before += run.count
        return None


class UserListing:
    """The users of one query in its order, in pages of `PAGE`; `count()` takes stock anew.

    Each read raises NotFound for a participant outside the scope. A search ignores the order: its best
    matches come first, and `capped` tells that there were more.
    """

    PAGE = 128
    PINNED = 10_000
    """A list of at most so many rows is kept whole."""

    def __init__(self, context: Context, query: UserQuery) -> None:
        self.query = query
        self.capped = False
        self._context = context
        self._values: Mapping[str, Any] = {}
        self._stock: Pinned | Ordered | None = None

    async def count(self) -> int:
        """How many users there are now. Raises: NotFound, DatabaseFault."""
        async with self._reading() as connection:
            return (await self._take_stock(connection)).count

    async def page(self, number: int) -> tuple[UserRow, ...]:
        """The rows of one page, counted from 0; empty past the end. Raises: NotFound, DatabaseFault."""
        async with self._reading() as connection:
            stock = self._stock or await self._take_stock(connection)
            start = max(number, 0) * self.PAGE
            if start >= stock.count:
                return ()
            pks = await stock.read(connection, start, min(start + self.PAGE, stock.count))
            return await rows_of(connection, pks, self._values, self._context.actor.role)

    async def position(self, user_id: str) -> int | None:
        """Where a user stands in the list, counted from 0; None when not in it. Raises: as `count`."""
        async with self._reading() as connection:
            stock = self._stock or await self._take_stock(connection)
            return await stock.place(connection, user_id)

    async def user_ids(self) -> tuple[str, ...]:
        """Every ID of the list, in its order. Raises: NotFound, DatabaseFault."""
        async with self._reading() as connection:
            stock = await self._take_stock(connection)
            pks = (await self._pin(connection) if isinstance(stock, Ordered) else stock).pks
            found: dict[int, str] = {}
            for start in range(0, len(pks), CHUNK):
                query = select(USERS.c.pk, USERS.c.user_id).where(USERS.c.pk.in_(pks[start : start + CHUNK]))
                found |= {pk: user_id for pk, user_id in await connection.execute(query)}  # noqa: C416
        return tuple(found[pk] for pk in pks)

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        """A snapshot for those who may; a refusal is recorded."""
        participant_id = self.query.participant_id
        async with self._context.reading(Permission.SEE) as connection:
            if participant_id and not self._context.allows(Permission.SEE, participant_id):
                raise NotFound("participant", participant_id)
            yield connection

    async def _take_stock(self, connection: AsyncConnection) -> Pinned | Ordered:
        self._values = {"now": self._context.clock.now()}
        if words(self.query.search):
            self._stock = await self._search(connection)
            return self._stock
        counts = await self._counts(connection)
        if sum(counts.values()) <= self.PINNED:
            self._stock = await self._pin(connection)
        else:
            self._stock = Ordered(self._narrowed, counts)
        return self._stock

    @property
    def _narrowed(self) -> Narrowed:
        return Narrowed(self._context, self.query, self._values)

    async def _search(self, connection: AsyncConnection) -> Pinned:
        """Those of the kind that was named who match the rest; if there are none, it was part of a name."""
        rest, kinds = take_kinds(self.query.search)
        found = await self._matching(connection, rest, kinds) if kinds else []
        return Pinned(found or await self._matching(connection, self.query.search, frozenset()))

    async def _matching(
        self, connection: AsyncConnection, typed: str, kinds: frozenset[Kind]
    ) -> Sequence[int]:
        narrowed, sqlite = self._narrowed, self._context.database.is_sqlite
        where = [*narrowed.where(), *of_kinds(kinds)]
        if not words(typed):
            found = await all_of_kind(connection, where, self._values, MOST_FOUND + 1)
            self.capped = len(found) > MOST_FOUND
            return found[:MOST_FOUND]
        by_address = sees_full_addresses(self._context.actor.role)
        search = Search(typed, where, self._values, narrowed.within, sqlite, by_address)
        found, self.capped = await search.best(connection, MOST_FOUND)
        return found

    async def _counts(self, connection: AsyncConnection) -> dict[Standing | None, int]:
        """The number of rows, in the order of standings for each of them, from an index alone."""
        where = self._narrowed.where(by_index=True)
        if self.query.sort is not UserSort.STANDING:
            total = select(ROWS).select_from(USERS).where(*where)
            return {None: int((await connection.execute(total, self._values)).scalar_one())}
        kept = USERS.c.standing
        query = select(kept, ROWS, ROWS_OVER).where(*where).group_by(kept)
        counts = sum((split(*row) for row in await connection.execute(query, self._values)), Counter())
        return {standing: counts[standing] for standing in Standing}

    async def _pin(self, connection: AsyncConnection) -> Pinned:
        """The whole list, put into order here: the database may use whichever index narrows it best."""
        columns = (USERS.c.pk, STANDING_NOW, *_KEYS[self.query.sort])
        query = select(*columns).where(*self._narrowed.where(by_index=True))
        rows = (await connection.execute(query, self._values)).all()
        by_standing = self.query.sort is UserSort.STANDING
        ordered = sorted((_RANK[standing] if by_standing else 0, *keys, pk) for pk, standing, *keys in rows)
        pks = [row[-1] for row in ordered]
        return Pinned(pks[::-1] if self.query.descending else pks)
