"""Looking somebody up by a caller's clue: as it was said, and then as it may have been meant.

Two looks, the second only when the first found nobody: the search as it is typed (`store.search`), and what
may have been meant (`store.near_lookup`). Only the first knows addresses, so that forgiving a typing mistake
gives no more of a masked one away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.context import Context
from store.name_words import each_of
from store.near_lookup import NearLookup
from store.near_search import NearSearch
from store.rules.clues import Clue, is_too_long, read_clue
from store.rules.grams import fold
from store.rules.match import Match, match
from store.rules.near import compact, looks_like_id
from store.rules.roles import Permission, sees_full_addresses
from store.search_terms import begins_with
from store.tables import MAILS, USERS, VERIFICATIONS, BigKey
from store.user_listing import all_of_kind, of_kinds, rows_of
from store.views import Found, UserRow

LATELY = 10_000
"""A code's number alone finds those who got it among so many of the newest codes."""
REACH = 80
"""So many matches are read at least to find the best among them; whole names and beginnings by themselves."""
NAMES_WITH_CODES = 300
"""So many who match by name are looked through for a code's number."""


@dataclass
class Lookup:
    """One look-up, as one operator may make it. `clue` says what was understood of what was typed.

    `by_kind` is whether a word can say what somebody is; `by_name` is who matches but for the code's number,
    once they were looked up.
    """

    context: Context
    typed: str
    limit: int
    by_kind: bool = True
    by_name: list[int] = field(default_factory=list)

    async def found(self) -> Found:
        """The users found, the best match first. Raises: NotAllowed, SessionOver, DatabaseFault."""
        async with self.context.reading(Permission.SEE) as connection:
            if is_too_long(self.typed) or self.clue.is_empty:
                return Found(())
            to = await self._addressee(connection)
            pks, more = await self._as_typed(connection)
            close = not pks and to is None
            if close:
                near = self.by_name or await self._near(connection)
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
            found, more = await self.search.best(connection, self._reach)
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
        found = await self._by_code_alone(connection)
        return found[: self.limit], len(found) > self.limit

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

    @cached_property
    def search(self) -> NearSearch:
        """The search for the words as they are typed."""
        context = self.context
        return NearSearch(
            self.clue.whole, self.where, self.values, context.actor.participant_id,
            context.database.is_sqlite, sees_full_addresses(context.actor.role), REACH, briefly=True,
        )  # fmt: skip

    async def _near(self, connection: AsyncConnection) -> list[int]:
        """Whom the clue may have been meant for."""
        if not self.clue.words:
            return []
        return await NearLookup(connection, self.clue.words, self.search, self.limit).found()

    async def _strangers(self, connection: AsyncConnection) -> list[str]:
        """The words that nobody holds; none for those who find by a part of an address, as any may be one.

        A DA's few users are looked at one by one: whether others hold a word is not theirs to know.
        """
        actor = self.context.actor
        if len(self.clue.words) < 2 or actor.participant_id or sees_full_addresses(actor.role):
            return []
        return await self.search.strangers(connection)

    async def _by_code_alone(self, connection: AsyncConnection) -> list[int]:
        """Who got a code of this number lately, the newest first, one more than asked for when there are."""
        codes = select(VERIFICATIONS).order_by(VERIFICATIONS.c.verification_id.desc())
        newest = codes.limit(LATELY).subquery()
        query = (
            select(USERS.c.pk)
            .join(newest, newest.c.user_pk == USERS.c.pk)
            .where(newest.c.number == self.clue.code_number, self.context.scope(USERS.c.participant_id))
            .order_by(newest.c.verification_id.desc())
        )
        return [
            *dict.fromkeys((await connection.execute(query.limit(self.limit + 1), self.values)).scalars())
        ]

    async def _who_had_code(self, connection: AsyncConnection, pks: Sequence[int]) -> list[int]:
        """Those of the users who were ever sent a code of this number, in their order."""
        theirs = each_of(map(str, pks), is_sqlite=self.context.database.is_sqlite)
        user = VERIFICATIONS.c.user_pk
        had = select(user).where(user.in_(select(cast(theirs, BigKey))))
        had = had.where(VERIFICATIONS.c.number == self.clue.code_number)
        found = {*(await connection.execute(had)).scalars()}
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
