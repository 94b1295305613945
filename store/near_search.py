"""The search for words of which some were meant for others: these are whole words of names."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from store.rules.grams import beginnings, is_latin
from store.search import SCAN, Search
from store.search_terms import has_one_of, has_piece, index_where_all, long_words
from store.tables import USERS

Way: TypeAlias = Mapping[str, Sequence[str]]
"""What stands for some of the typed words: for each some whole words of names, of which one must be there."""


class NearSearch(Search):
    """A search whose words may have been meant for others."""

    async def meant(self, connection: AsyncConnection, ways: Sequence[Way]) -> Sequence[Row[Any]]:
        """Number, ID and folded name of those who hold every word in one of these ways, in no order.

        The words for which nothing stands are found as they are, as a beginning or in the participant. At
        most `reach` of each way.
        """
        named = [way for way in ways if await self._names_begun(connection, way)]
        found = await self._all_of(connection, [self._in_names_by(way) for way in named])
        if not found:
            of_named = [await self._of_participants(connection, way) for way in ways]
            found = await self._all_of(connection, [query for query in of_named if query is not None])
        if not found and self.is_sqlite:
            cut_off = [way for way in named if await self._are_many(connection, self._pieces(way))]
            found = await self._all_of(connection, [self._by_words(way) for way in cut_off])
        return found

    async def _all_of(
        self, connection: AsyncConnection, queries: Sequence[Select[Any]]
    ) -> Sequence[Row[Any]]:
        looks = [select(query.limit(self.reach).subquery()) for query in queries]
        return (await connection.execute(union_all(*looks), self.values)).all() if looks else []

    async def _are_many(self, connection: AsyncConnection, pieces: Sequence[Sequence[str]]) -> bool:
        """Whether more names have these pieces than are looked at."""
        index, matches = index_where_all("user_grams", pieces)
        some = select(index.c.rowid).where(matches).limit(SCAN + 1).subquery()
        return int((await connection.execute(select(func.count()).select_from(some))).scalar_one()) > SCAN

    def _in_names_by(self, way: Way) -> Select[Any]:
        if self.is_sqlite:
            return self._by_pieces(way)
        return self.of_these_words(self._others(way), self.begun, [*way.values()])

    async def _of_participants(self, connection: AsyncConnection, way: Way) -> Select[Any] | None:
        """Those of the users of a few participants that one of the words names who hold the others."""
        others = self._others(way)
        named = await self.naming_ids(connection, long_words(others))
        naming = self.naming(named)
        if naming is None:
            return None
        held = [self.holds(word, named.get(word, ())) for word in others if word != naming]
        return self.narrowed().where(self.one_of(named[naming]), *held, *map(has_one_of, way.values()))

    async def _names_begun(self, connection: AsyncConnection, way: Way) -> bool:
        """Whether the words for which nothing stands are all in some name."""
        others = self._others(way)
        begun = await self.words_begun(connection, others)
        return all(begun.get(word, True) for word in others)

    def _others(self, way: Way) -> list[str]:
        return [word for word in self.sought if word not in way]

    def _pieces(self, way: Way) -> list[list[str]]:
        """Groups of short pieces of names, of each of which one must be there."""
        typed = dict.fromkeys(piece for word in self._others(way) for piece in beginnings(word))
        meant = ([*dict.fromkeys(beginnings(word)[0] for word in words)] for words in way.values())
        return [*([piece] for piece in typed), *meant]

    def _by_pieces(self, way: Way) -> Select[Any]:
        """On SQLite: those of the first rows with the right pieces who hold the words."""
        index, matches = index_where_all("user_grams", self._pieces(way))
        found = self.holding(self._others(way), select(index.c.rowid.label("pk")).where(matches))
        return found.where(*map(has_one_of, way.values()))

    def _by_words(self, way: Way) -> Select[Any]:
        """On SQLite: all who hold the words, each found by the space before it; it takes longer."""
        others = self._others(way)
        groups = [[f" {word} " for word in words] for words in way.values()]
        groups += [[f" {word}"] for word in others if len(word) > 1 and is_latin(word)]
        index, matches = index_where_all("user_search", groups)
        pieces = (has_piece(piece) for word in others for piece in beginnings(word))
        return self.narrowed().join(index, index.c.rowid == USERS.c.pk).where(matches, *pieces)
