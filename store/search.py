"""Finding users by what was typed: every word must be found, the best match comes first.

A word of three characters or more is found anywhere in the ID, the name, the addresses and the participant;
a shorter one at the beginning of a word of the name, or anywhere in a Chinese name. What was typed as a whole
is also found as the beginning of an ID. Neither case nor the order of words counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    Select,
    TableClause,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncConnection

from store.rules.grams import LONGEST_NAME, SHORT, short_pieces, words
from store.tables import PARTICIPANTS, USERS

MOST_WORDS = 32
RARE = 5_000
_LAST = "\U0010ffff"


class Found(NamedTuple):
    """A user that matches: the row's number, the ID and what it is ranked by."""

    pk: int
    user_id: str
    sort_name: str


@dataclass(frozen=True)
class Search:
    """One query. `where` and `values` narrow it; `within` is the one participant it is about, if it is."""

    typed: str
    where: Sequence[ColumnElement[bool]]
    values: Mapping[str, Any]
    within: str | None
    is_sqlite: bool

    async def best(self, connection: AsyncConnection, limit: int) -> tuple[list[Found], bool]:
        """The best matches, at most `limit`, and whether there are more."""
        sought = self._sought
        if not sought or len(sought) > MOST_WORDS or max(map(len, sought)) > LONGEST_NAME:
            return [], False
        if self.within is not None:
            found = await self._read(connection, self._one_by_one(sought))
        else:
            found = await self._read(connection, self._beginnings(limit + 1))
            if len(found) <= limit and (rest := await self._by_index(connection, sought)) is not None:
                found |= await self._read(connection, rest.limit(limit + 1))
        ranked = sorted(found, key=self._rank)
        return ranked[:limit], len(ranked) > limit

    @cached_property
    def _sought(self) -> tuple[str, ...]:
        return words(self.typed)

    @cached_property
    def _whole(self) -> str:
        return " ".join(self._sought)

    def _rank(self, row: Found) -> tuple[int, str, int]:
        whole, user_id = self._whole, row.user_id.casefold()
        if user_id.startswith(whole):
            return int(user_id != whole), row.user_id, row.pk
        if row.sort_name.startswith(whole):
            return 3 - (row.sort_name == whole), row.sort_name, row.pk
        return 4, row.sort_name, row.pk

    async def _read(self, connection: AsyncConnection, query: Executable) -> set[Found]:
        return {Found(*row) for row in (await connection.execute(query, self.values)).all()}

    def _select(self) -> Select[Any]:
        columns: tuple[Any, ...] = (USERS.c.pk, USERS.c.user_id, USERS.c.sort_name)
        return select(*columns).where(*self.where)

    def _one_by_one(self, sought: Sequence[str]) -> Select[Any]:
        """Every row of one participant is looked at: they are few."""
        anywhere = and_(*(_contains(word) for word in sought))
        return self._select().join(PARTICIPANTS).where(or_(anywhere, _starts_with(self._whole)))

    def _beginnings(self, limit: int) -> Executable:
        """The IDs and the names that begin with what was typed."""
        starts = dict.fromkeys((self._whole.upper(), self._whole, _storable(self.typed)))
        queries = [
            self._select().where(_between(USERS.c.user_id, start)).order_by(USERS.c.user_id).limit(limit)
            for start in starts
        ]
        by_name = self._select().where(_between(USERS.c.sort_name, self._whole))
        queries.append(by_name.order_by(USERS.c.sort_name, USERS.c.pk).limit(limit))
        return union_all(*(select(query.subquery()) for query in queries))

    async def _by_index(self, connection: AsyncConnection, sought: Sequence[str]) -> Select[Any] | None:
        """The rows that hold every word, from the search index; None when a word can be in none."""
        long = [word for word in sought if len(word) >= SHORT]
        pieces = [short_pieces(word) for word in sought if len(word) < SHORT]
        if not all(pieces):
            return None
        flat = [piece for some in pieces for piece in some]
        if not self.is_sqlite:
            return self._select().where(*map(_holds_word, long), *([_holds_pieces(flat)] if flat else []))
        if not long:
            return self._matching("user_grams", flat)
        if flat and await self._are_rare(connection, flat):
            return self._matching("user_grams", flat).join(PARTICIPANTS).where(*map(_contains, long))
        return self._matching("user_search", long).where(*map(_has_piece, flat))

    async def _are_rare(self, connection: AsyncConnection, pieces: Sequence[str]) -> bool:
        index, matches = _index("user_grams", pieces)
        few = select(index.c.rowid).where(matches).limit(RARE).subquery()
        rows = (await connection.execute(select(func.count()).select_from(few))).scalar_one()
        return int(rows) < RARE

    def _matching(self, name: str, terms: Sequence[str]) -> Select[Any]:
        index, matches = _index(name, terms)
        return self._select().join(index, index.c.rowid == USERS.c.pk).where(matches)


def _index(name: str, terms: Sequence[str]) -> tuple[TableClause, ColumnElement[bool]]:
    """A full-text index of SQLite and the condition that all terms match.

    They are quoted, so that nothing typed is an operator of the index's query language.
    """
    quoted = " ".join('"' + term.replace('"', '""') + '"' for term in terms)
    return table(name, column("rowid")), literal_column(name).op("MATCH")(quoted)


def _holds_word(word: str) -> ColumnElement[bool]:
    named = select(PARTICIPANTS.c.participant_id).where(_participant_contains(word))
    return or_(_user_contains(word), USERS.c.participant_id.in_(named))


def _holds_pieces(pieces: Sequence[str]) -> ColumnElement[bool]:
    kept: Any = func.string_to_array(USERS.c.grams, literal(" "))
    holds: ColumnElement[bool] = kept.op("@>")(cast(array([*pieces]), ARRAY(Text)))
    return holds


def _storable(typed: str) -> str:
    """What was typed, without what no database keeps."""
    return typed.strip().replace("\x00", "").encode("utf-8", "ignore").decode()


def _pattern(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _user_contains(word: str) -> ColumnElement[bool]:
    searched = (USERS.c.user_id, USERS.c.sort_name, USERS.c.active_email, USERS.c.pending_email)
    return or_(*(column.ilike(_pattern(word), escape="\\") for column in searched))


def _participant_contains(word: str) -> ColumnElement[bool]:
    searched = (PARTICIPANTS.c.participant_id, PARTICIPANTS.c.name)
    return or_(*(column.ilike(_pattern(word), escape="\\") for column in searched))


def _has_piece(piece: str) -> ColumnElement[bool]:
    kept = literal(" ").concat(USERS.c.grams).concat(literal(" "))
    return kept.like(_pattern(f" {piece} "), escape="\\")


def _contains(word: str) -> ColumnElement[bool]:
    if len(word) >= SHORT:
        return or_(_user_contains(word), _participant_contains(word))
    pieces = short_pieces(word)
    return and_(true(), *(_has_piece(piece) for piece in pieces)) if pieces else ~true()


def _starts_with(whole: str) -> ColumnElement[bool]:
    return USERS.c.user_id.ilike(_pattern(whole)[1:], escape="\\")


def _between(column: Any, start: str) -> ColumnElement[bool]:
    return and_(column >= start, column < start + _LAST)
