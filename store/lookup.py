"""Looking somebody up by a caller's clue: as it was said, and then as it may have been meant.

Three looks, each only when the one before found nobody: the search as it is typed (`store.search`), the
neighbours of the whole clue as beginnings of names and IDs, and all words but one with something like that
one. Only the first knows addresses, so that forgiving a typing mistake gives no more of a masked one away.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    Text,
    collate,
    exists,
    func,
    literal,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from store.context import Context
from store.rules.clues import Clue, is_too_long, read_clue
from store.rules.grams import fold
from store.rules.match import Match, match
from store.rules.near import compact, looks_like_id, near_ids, near_names, nearness
from store.rules.roles import Permission, sees_full_addresses
from store.search import Search
from store.search_terms import LAST, begins_with
from store.tables import MAILS, USERS, VERIFICATIONS
from store.user_listing import all_of_kind, of_kinds, rows_of
from store.views import Found, UserRow

LATELY = 10_000
"""A code's number alone finds those who got it among so many of the newest codes."""
MOST_HITS = 20
"""So many neighbours that exist are followed up."""
REACH = 120
"""So many matches are read at least to find the best among them; whole names and beginnings by themselves."""
LEAST_WORD = 3
"""Letters of a word that can be mistyped: of two, one is not enough to go by; a number could be any other."""
MOST_WORDS_NEAR = 5
_IN_MEMORY = text("SET LOCAL random_page_cost = 1.1")
"""What is looked up all day is in memory: or else PostgreSQL reads a whole table for a word that is rare."""
NAMES_WITH_CODES = 300
"""So many who match by name are looked through for a code's number."""


@dataclass
class Lookup:
    """One look-up, as one operator may make it. `clue` says what was understood of what was typed.

    `by_kind` is whether a word can say what somebody is. `named` is which participants its words name,
    `strangers` which words nobody holds and `by_name` who matches but for the code's number, once they were
    looked up.
    """

    context: Context
    typed: str
    limit: int
    by_kind: bool = True
    named: dict[str, list[str]] = field(default_factory=dict)
    strangers: list[str] | None = None
    by_name: list[int] = field(default_factory=list)

    async def found(self) -> Found:
        """The users found, the best match first. Raises: NotAllowed, SessionOver, DatabaseFault."""
        async with self.context.reading(Permission.SEE) as connection:
            if is_too_long(self.typed) or self.clue.is_empty:
                return Found(())
            if not self.context.database.is_sqlite:
                await connection.execute(_IN_MEMORY)
            to = await self._addressee(connection)
            pks, more = await self._as_typed(connection)
            close = not pks and to is None
            if close:
                near = self.by_name or await self._near_whole(connection) or await self._near_word(connection)
                pks, more = near[: self.limit], len(near) > self.limit
            rows = await rows_of(connection, pks, self.values, self.context.actor.role)
            if to is None:
                return Found(rows, more, close)
            return Found(_with(rows, to, self.clue), more, mail_id=self.mail_id, mail_to=to.user_id)

    @cached_property
    def clue(self) -> Clue:
        """What was understood."""
        return read_clue(self.typed, by_kind=self.by_kind)

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """The parameters of every statement."""
        return {"now": self.context.clock.now()}

    @property
    def mail_id(self) -> int | None:
        """The number of a mail, said to be one or not."""
        return self.clue.mail_id if self.clue.mail_id is not None else self.clue.perhaps_mail_id

    @cached_property
    def where(self) -> list[ColumnElement[bool]]:
        """What narrows every look: the operator's scope, and a mail's number."""
        conditions = [self.context.scope(USERS.c.participant_id), *of_kinds(self.clue.kinds)]
        if (mail_id := self.clue.mail_id) is not None:
            to = select(MAILS.c.user_pk).where(MAILS.c.mail_id == mail_id).scalar_subquery()
            conditions.append(USERS.c.pk == to)
        return conditions

    async def _as_typed(self, connection: AsyncConnection) -> tuple[list[int], bool]:
        """The numbers of the rows that match as it is typed, and whether there are more."""
        if self.clue.words:
            if whole_id := await self._by_whole_id(connection):
                return whole_id[: self.limit], len(whole_id) > self.limit
            if await self._strangers(connection):
                return [], False
            found, more = await self._search(self.clue.whole).best(connection, self._reach)
            if self.clue.code_number is not None:
                self.by_name = found
                found = await self._who_had_code(connection, found)
            return found[: self.limit], more or len(found) > self.limit
        if self.clue.mail_id is not None:
            query = select(USERS.c.pk).where(*self.where)
            return [*(await connection.execute(query, self.values)).scalars()], False
        if self.clue.code_number is None:
            found = await all_of_kind(connection, self.where, self.values, self.limit + 1)
            return found[: self.limit], len(found) > self.limit
        return await self._by_code_alone(connection), False

    async def _by_whole_id(self, connection: AsyncConnection) -> list[int]:
        """The user whose whole ID was typed, whatever stands between its parts, and those that begin so."""
        if not looks_like_id(self.clue.words):
            return []
        whole = self.clue.whole.upper()
        pairs = select(USERS.c.user_id, USERS.c.pk).where(*self.where)
        exact = pairs.where(USERS.c.user_id.in_({whole, compact(whole)}))
        found = (await connection.execute(exact, self.values)).first()
        if found is None:
            return []
        alike = pairs.where(begins_with(USERS.c.user_id, found.user_id)).order_by(USERS.c.user_id)
        rows = await connection.execute(alike.limit(self.limit + 1), self.values)
        return [pk for _user_id, pk in rows]

    def _search(self, typed: str) -> Search:
        context = self.context
        return Search(
            typed, self.where, self.values, context.actor.participant_id, context.database.is_sqlite,
            sees_full_addresses(context.actor.role), REACH, briefly=True, named=self.named,
        )  # fmt: skip

    async def _strangers(self, connection: AsyncConnection) -> list[str]:
        """The words that nobody holds; none for those who find by a part of an address, as any may be one.

        A DA's few users are looked at one by one: whether others hold a word is not theirs to know.
        """
        actor = self.context.actor
        if len(self.clue.words) < 2 or actor.participant_id or sees_full_addresses(actor.role):
            return []
        if self.strangers is None:
            self.strangers = await self._search(self.clue.whole).strangers(connection)
        return self.strangers

    async def _by_code_alone(self, connection: AsyncConnection) -> list[int]:
        """Who got a code of this number lately, the newest first."""
        codes = select(VERIFICATIONS).order_by(VERIFICATIONS.c.verification_id.desc())
        newest = codes.limit(LATELY).subquery()
        query = (
            select(USERS.c.pk)
            .join(newest, newest.c.user_pk == USERS.c.pk)
            .where(newest.c.number == self.clue.code_number, self.context.scope(USERS.c.participant_id))
            .order_by(newest.c.verification_id.desc())
        )
        return [*dict.fromkeys((await connection.execute(query.limit(self.limit), self.values)).scalars())]

    async def _who_had_code(self, connection: AsyncConnection, pks: Sequence[int]) -> list[int]:
        """Those of the users who were ever sent a code of this number, in their order."""
        had = (VERIFICATIONS.c.user_pk.in_(pks), VERIFICATIONS.c.number == self.clue.code_number)
        found = {*(await connection.execute(select(VERIFICATIONS.c.user_pk).where(*had))).scalars()}
        return [pk for pk in pks if pk in found]

    @property
    def _reach(self) -> int:
        """How many names are looked through for who had the code that was named."""
        return self.limit if self.clue.code_number is None else max(self.limit, NAMES_WITH_CODES)

    async def _addressee(self, connection: AsyncConnection) -> UserRow | None:
        """Whom the mail of a bare number went to, within the scope."""
        if self.mail_id is None:
            return None
        query = select(USERS.c.pk).join(MAILS, MAILS.c.user_pk == USERS.c.pk)
        query = query.where(MAILS.c.mail_id == self.mail_id, self.context.scope(USERS.c.participant_id))
        pks = (await connection.execute(query, self.values)).scalars()
        return next(iter(await rows_of(connection, pks, self.values, self.context.actor.role)), None)

    # The clue as a whole: its neighbours, as beginnings.

    async def _near_whole(self, connection: AsyncConnection) -> list[int]:
        ids = await self._existing(connection, USERS.c.user_id, near_ids(self.clue.words))
        names = await self._existing(connection, USERS.c.sort_name, near_names(self.clue.whole))
        looks = [
            self._beginning(column, place, start)
            for column, starts in ((USERS.c.user_id, ids), (USERS.c.sort_name, names))
            for place, start in enumerate(starts)
        ]
        if not looks:
            return []
        rows = await connection.execute(union_all(*looks), self.values)
        ranked = sorted((_how_whole(found, start), place, found, pk) for pk, place, start, found in rows)
        return [*dict.fromkeys(pk for *_rank, pk in ranked)]

    async def _existing(self, connection: AsyncConnection, column: Any, starts: Sequence[str]) -> list[str]:
        """Those of the texts that some name or ID within reach begins with, the likeliest first."""
        if not starts:
            return []
        start = self._each_of(starts)
        begins = exists().where(column >= start, column < start.concat(LAST), *self.where)
        query = select(start).where(begins).limit(MOST_HITS)
        return sorted((await connection.execute(query, self.values)).scalars(), key=starts.index)

    def _each_of(self, texts: Sequence[str]) -> ColumnElement[str]:
        """A column of these texts."""
        if self.context.database.is_sqlite:
            return func.json_each(literal(json.dumps(texts))).table_valued("value").c.value
        return collate(func.unnest(literal(texts, ARRAY(Text))).column_valued("start"), "C")

    def _beginning(self, column: Any, place: int, start: str) -> Select[Any]:
        columns = (USERS.c.pk, literal(place), literal(start), column)
        query = select(*columns).where(begins_with(column, start), *self.where)
        return select(query.order_by(column).limit(self.limit + 1).subquery())

    # The words one by one: all but one as they are typed, and something near that one.

    async def _near_word(self, connection: AsyncConnection) -> list[int]:
        sought = self.clue.words
        if not 1 < len(sought) <= MOST_WORDS_NEAR:
            return []
        strangers = await self._strangers(connection)
        if len(strangers) > 1:
            return []
        for place, word in enumerate(sought):
            if len(word) < LEAST_WORD or word.isdecimal() or (strangers and word not in strangers):
                continue
            others = [*sought[:place], *sought[place + 1 :]]
            rows = await self._search(" ".join(others)).holding(connection, [*others, word[0]], REACH)
            judged = [(_how_near(word, row.user_id, row.sort_name), row.sort_name, row.pk) for row in rows]
            if near := sorted((how, name, pk) for how, name, pk in judged if how is not None):
                return [pk for _how, _name, pk in near]
        return []


def _how_whole(found: str, start: str) -> int:
    """How much of a name or an ID a beginning of it is: all, whole words, or a part of one."""
    if found == start:
        return 0
    return 1 if found.startswith(f"{start} ") else 2


def _how_near(word: str, user_id: str, name: str) -> int | None:
    """How near the nearest of a user's words is."""
    found = (nearness(word, each) for each in (*name.split(), fold(user_id)))
    return min((how for how in found if how is not None), default=None)


def _with(rows: Sequence[UserRow], to: UserRow, clue: Clue) -> tuple[UserRow, ...]:
    """The rows with the one that a mail's number found: first if it was said to be one, else before those who
    only have the number somewhere.
    """
    others = [row for row in rows if row.user_id != to.user_id]
    place = 0
    if clue.mail_id is None:
        how = [match(clue.words, row.user_id, fold(row.user_name)) for row in others]
        place = next((at for at, each in enumerate(how) if each is Match.OTHER), len(others))
    return (*others[:place], to, *others[place:])
