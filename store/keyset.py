"""Pages of a long list by key: each is read from the nearest row seen, or from an end of the list."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

Key = tuple[Any, ...]


@dataclass
class Run:
    """The rows that fulfil `where`, in the order of the columns `keys`, which together are unique.

    `pk` is what a page yields of each row; `values` are the statement's parameters. `counted` is the same
    condition as an index finds it best. The keys of the first and the last row of every page are remembered.
    """

    pk: Any
    keys: Sequence[Any]
    where: Sequence[ColumnElement[bool]]
    counted: Sequence[ColumnElement[bool]]
    values: Mapping[str, Any]
    descending: bool
    count: int
    _marks: dict[int, Key] = field(default_factory=dict)
    _places: list[int] = field(default_factory=list)

    async def read(self, connection: AsyncConnection, start: int, stop: int) -> list[int]:
        """The `pk` of the rows from `start` up to `stop`, counted from 0."""
        place, forward = self._nearest(start, stop - 1)
        distance = start - place if forward else place - (stop - 1)
        query = self._select(self._marks.get(place), forward=forward)
        found = (await connection.execute(query.offset(distance).limit(stop - start), self.values)).all()
        rows = found if forward else found[::-1]
        if len(rows) == stop - start:
            self._remember(start, tuple(rows[0])[1:])
            self._remember(stop - 1, tuple(rows[-1])[1:])
        return [row[0] for row in rows]

    async def rows_before(self, connection: AsyncConnection, key: Key) -> int:
        """How many rows come before the one with this key."""
        edge = tuple_(*self.keys)
        before = edge > key if self.descending else edge < key
        query = select(func.count()).where(*self.counted, before)
        return int((await connection.execute(query, self.values)).scalar_one())

    def _nearest(self, first: int, last: int) -> tuple[int, bool]:
        """The remembered row (or the end) to start from, and whether to go forward from it."""
        behind = bisect_right(self._places, first)
        ahead = bisect_left(self._places, last)
        below = self._places[behind - 1] if behind else 0
        above = self._places[ahead] if ahead < len(self._places) else self.count - 1
        return (below, True) if first - below <= above - last else (above, False)

    def _select(self, mark: Key | None, *, forward: bool) -> Select[*tuple[Any, ...]]:
        ascending = forward != self.descending
        query: Select[*tuple[Any, ...]] = select(self.pk, *self.keys).where(*self.where)
        if mark is not None:
            edge = tuple_(*self.keys)
            query = query.where(edge >= mark if ascending else edge <= mark)
        return query.order_by(*(key.asc() if ascending else key.desc() for key in self.keys))

    def _remember(self, place: int, key: Key) -> None:
        if place not in self._marks:
            self._marks[place] = key
            insort(self._places, place)
