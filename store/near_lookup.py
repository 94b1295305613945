"""Whom a clue may have been meant for when nobody matches it as it was typed, the nearest first.

IDs within one mistake and names with their spaces elsewhere are looked up as beginnings, so are names with
one mistake in the order they were typed; then the words in any order with one mistake, and with two (the rule
is `rules.mistakes`'). Which words may have been meant is read from the words of all names, which are far
fewer than the names. Who sees one participant has their own users looked at one by one: what others are
called is not told.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import Select, join, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from store.name_words import each_of, near_words
from store.near_search import NearSearch, Way
from store.rules.grams import fold
from store.rules.mistakes import EXACT, IN_ALL, Nearness, nearest, total
from store.rules.near import near_ids, respaced
from store.search_terms import LAST
from store.tables import PARTICIPANTS, USERS

MOST_BEGUN = 500
"""So many IDs and names that begin with a neighbour of the clue are put into order."""
MOST_WORDS = 5
MOST_MEANT = 40
"""So many words that one typed word may have been meant for, the nearest first."""
MOST_STARTS = 100
OWN = 20_000
"""So many users of one participant are looked at one by one."""


@dataclass
class NearLookup:
    """One look for what was meant; `search` is the search as it was typed."""

    connection: AsyncConnection
    sought: tuple[str, ...]
    search: NearSearch
    limit: int

    async def found(self) -> list[int]:
        """The numbers of the rows, the nearest first; more than `limit` of them when there are more."""
        near: Mapping[str, Mapping[str, Nearness]] = {}
        forgiving = len(self.sought) <= MOST_WORDS
        strangers = await self.search.strangers(self.connection) if self._sees_all and forgiving else []
        if self._sees_all and forgiving and len(strangers) <= IN_ALL:
            near = await near_words(self.connection, self.sought)
        once, twice = (ways_to_mean(near, strangers, most) for most in (1, IN_ALL))
        if found := await self._beginnings(once):
            return found
        if not self._sees_all:
            return await self._of_own() if forgiving else []
        for ways in (once, twice):
            if ways and (found := self._ranked(await self.search.meant(self.connection, ways))):
                return found
        return []

    @property
    def _sees_all(self) -> bool:
        return self.search.within is None

    def _ranked(self, rows: Sequence[Any], elsewhere: frozenset[str] = frozenset()) -> list[int]:
        """The rows that are near, the nearest first; `elsewhere` is what all have beside their name."""
        named = elsewhere | {word for word, ids in self.search.named.items() if ids}
        judged = (
            (how_near(self.sought, row.user_id, row.sort_name, named), row.sort_name, row.pk) for row in rows
        )
        near = sorted((how, name, pk) for how, name, pk in judged if how is not None)
        return [*dict.fromkeys(pk for _how, _name, pk in near)]

    async def _of_own(self) -> list[int]:
        """Compared in a thread: so many take a second or two, in which the desk still answers its keys."""
        rows = select(USERS.c.pk, USERS.c.user_id, USERS.c.sort_name).where(*self.search.where).limit(OWN)
        own = select(PARTICIPANTS.c.participant_id, PARTICIPANTS.c.name)
        own = own.where(PARTICIPANTS.c.participant_id == self.search.within)
        called = " ".join(fold(text) for row in await self.connection.execute(own) for text in row)
        elsewhere = frozenset(word for word in self.sought if word in called)
        found = (await self.connection.execute(rows, self.search.values)).all()
        return await asyncio.to_thread(self._ranked, found, elsewhere)

    # The clue as a whole: its neighbours, as beginnings.

    async def _beginnings(self, ways: Sequence[Way]) -> list[int]:
        whole = " ".join(self.sought)
        meant = (" ".join(words) for way in ways for words in product(*self._each(way)))
        names = list(dict.fromkeys((*respaced(whole), *meant)))[:MOST_STARTS]
        starts = {USERS.c.user_id: near_ids(self.sought), USERS.c.sort_name: names}
        places = {start: place for texts in starts.values() for place, start in enumerate(texts)}
        looks = [
            self._beginning(column, texts).limit(MOST_BEGUN) for column, texts in starts.items() if texts
        ]
        if not looks:
            return []
        query = union_all(*(select(look.subquery()) for look in looks))
        rows = await self.connection.execute(query, self.search.values)
        ranked = sorted((_how_whole(found, start), places[start], found, pk) for start, found, pk in rows)
        return [*dict.fromkeys(pk for *_rank, pk in ranked)]

    def _each(self, way: Way) -> list[Sequence[str]]:
        return [way.get(word, (word,)) for word in self.sought]

    def _beginning(self, column: Any, starts: Sequence[str]) -> Select[Any]:
        """Each of the texts that an ID, or a name, within reach begins with, and at most so many of these."""
        start = each_of(starts, is_sqlite=self.search.is_sqlite)
        begins = (column >= start, column < start.concat(LAST), *self.search.where)
        begun = (
            select(USERS.c.pk, column.label("found")).where(*begins).order_by(column).limit(self.limit + 1)
        )
        if self.search.is_sqlite:
            them = USERS.alias()
            pks = begun.with_only_columns(USERS.c.pk).correlate_except(USERS)
            found = select(start, them.c[column.name], them.c.pk)
            return found.select_from(join(start.table, them, them.c.pk.in_(pks)))
        each = begun.lateral()
        return select(start, each.c.found, each.c.pk)


def ways_to_mean(
    near: Mapping[str, Mapping[str, Nearness]], strangers: Sequence[str], mistakes: int
) -> list[Way]:
    """The ways to put what was meant for what was typed with so many mistakes in all.

    Nobody holds a stranger: something else must have been meant for each.
    """
    apart = {
        word: {count: _nearest_of(meant, count) for count in range(1, mistakes + 1)}
        for word, meant in near.items()
    }
    ways: list[Way] = [{word: apart[word][mistakes]} for word in apart if apart[word][mistakes]]
    if mistakes > 1:
        once = [word for word in apart if apart[word][1]]
        pairs = ((one, other) for place, one in enumerate(once) for other in once[place + 1 :])
        ways += [{one: apart[one][1], other: apart[other][1]} for one, other in pairs]
    return [way for way in ways if all(stranger in way for stranger in strangers)]


def how_near(
    sought: Sequence[str], user_id: str, name: str, elsewhere: frozenset[str] | set[str]
) -> Nearness | None:
    """How near a user is to all the words; those that their participant has need not be in the name."""
    words = (*name.split(), fold(user_id))
    each = [nearest(word, words) or (EXACT if word in elsewhere else None) for word in sought]
    return None if None in each else total([near for near in each if near is not None])


def _nearest_of(meant: Mapping[str, Nearness], mistakes: int) -> list[str]:
    found = sorted((near, word) for word, near in meant.items() if near[0] == mistakes)
    return [word for _near, word in found[:MOST_MEANT]]


def _how_whole(found: str, start: str) -> int:
    """How much of a name or an ID a beginning of it is: all, whole words, or a part of one."""
    if found == start:
        return 0
    return 1 if found.startswith(f"{start} ") else 2
