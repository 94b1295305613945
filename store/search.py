"""Finding users by what was typed: every word must be found, the best match comes first.

A word of three characters or more is found anywhere in the ID, the name, the addresses and the participant;
a shorter one at the beginning of a word of the name, or anywhere in a Chinese name. What was typed as a whole
is also found as the beginning of an ID. Neither case nor the order of words counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncConnection

from store.rules.grams import LONGEST_NAME, SHORT, short_pieces, words
from store.tables import PARTICIPANTS, USERS

MOST_WORDS = 32
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Found:
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
        sought = words(self.typed)
        if not sought or len(sought) > MOST_WORDS or max(map(len, sought)) > LONGEST_NAME:
            return [], False
        found: dict[int, Found] = {}
        for query in self._queries(sought, limit + 1):
            if len(found) <= limit:
                rows = await connection.execute(query, self.values)
                found.update((row.pk, Found(*row)) for row in rows)
        ranked = sorted(found.values(), key=self._rank)
        return ranked[:limit], len(ranked) > limit

    @property
    def _whole(self) -> str:
        return " ".join(words(self.typed))

    def _rank(self, row: Found) -> tuple[int, str, int]:
        whole, user_id = self._whole, row.user_id.casefold()
        if user_id.startswith(whole):
            return int(user_id != whole), row.user_id, row.pk
        if row.sort_name.startswith(whole):
            return 3 - (row.sort_name == whole), row.sort_name, row.pk
        return 4, row.sort_name, row.pk

    def _queries(self, sought: Sequence[str], limit: int) -> list[Select[Any]]:
        """The best first: each is asked only while there is room."""
        if self.within is not None:
            anywhere = and_(*(_contains(word) for word in sought))
            return [self._select().join(PARTICIPANTS).where(or_(anywhere, _starts_with(self._whole)))]
        queries = [
            self._select().where(_between(USERS.c.user_id, start)).order_by(USERS.c.user_id)
            for start in dict.fromkeys((self._whole.upper(), self._whole, _plain(self.typed)))
        ]
        by_name = self._select().where(_between(USERS.c.sort_name, self._whole))
        queries.append(by_name.order_by(USERS.c.sort_name, USERS.c.pk))
        rest = self._by_index_of_sqlite(sought) if self.is_sqlite else self._by_index_of_postgresql(sought)
        return [query.limit(limit) for query in queries + rest]

    def _select(self) -> Select[Any]:
        columns: tuple[Any, ...] = (USERS.c.pk, USERS.c.user_id, USERS.c.sort_name)
        return select(*columns).where(*self.where)

    def _by_index_of_sqlite(self, sought: Sequence[str]) -> list[Select[Any]]:
        long = [word for word in sought if len(word) >= SHORT]
        pieces = [short_pieces(word) for word in sought if len(word) < SHORT]
        if not all(pieces):
            return []
        flat = [piece for some in pieces for piece in some]
        if not long:
            return [self._matching("user_grams", flat)]
        query = self._matching("user_search", long)
        return [query.where(*(_has_piece(piece) for piece in flat))]

    def _matching(self, name: str, terms: Sequence[str]) -> Select[Any]:
        """Quoted terms, so that nothing typed is an operator of the index's query language."""
        quoted = " ".join('"' + term.replace('"', '""') + '"' for term in terms)
        index = table(name, column("rowid"))
        matches = literal_column(name).op("MATCH")(quoted)
        return self._select().join(index, index.c.rowid == USERS.c.pk).where(matches)

    def _by_index_of_postgresql(self, sought: Sequence[str]) -> list[Select[Any]]:
        conditions: list[ColumnElement[bool]] = []
        for word in sought:
            if len(word) >= SHORT:
                named = select(PARTICIPANTS.c.participant_id).where(_participant_contains(word))
                conditions.append(or_(_user_contains(word), USERS.c.participant_id.in_(named)))
            elif pieces := short_pieces(word):
                kept: Any = func.string_to_array(USERS.c.grams, literal(" "))
                conditions.append(kept.op("@>")(array([*pieces])))
            else:
                return []
        return [self._select().where(*conditions)]


def _plain(typed: str) -> str:
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
