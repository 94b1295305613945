"""Finding users by what was typed: every word must be found, the best match comes first.

A word of three characters or more is found anywhere in the ID, the name, the addresses and the participant;
a shorter one at the beginning of a word of the name, or anywhere in a Chinese name. What was typed as a whole
is also found as the beginning of an ID. Neither case nor the order of words counts.

For those who see addresses masked, a part of an address finds nobody, or a few searches would spell it out:
only the whole address does, as a caller says it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    Select,
    Text,
    and_,
    any_,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from store.name_words import words_that_begin
from store.rules.addresses import AddressBook
from store.rules.grams import (
    LONGEST_NAME,
    SHORT,
    beginnings,
    begins_a_word,
    is_chinese,
    is_latin,
    short_pieces,
    words,
)
from store.rules.match import Match, chinese_after, match, whole_names
from store.rules.mistakes import LONGEST
from store.search_terms import (
    begins_with,
    has_piece,
    holds_pieces,
    holds_words,
    index_of,
    like,
    long_words,
    participant_contains,
    participant_holds,
    pattern,
    starts_with,
    storable,
    unindexed,
)
from store.tables import PARTICIPANTS, USERS

MOST_WORDS = 32
REACH = 1_000
A_NAME = 3
"""Words that can hardly be anything but a name."""
SCAN = 600
"""Names with the right beginnings that a brief search looks at."""
FEW_WORDS = 8
"""Words that a typed beginning may stand for, to be looked up as these."""
FEW_NAMED = 50
"""Participants of one name whose users can all be looked at."""
_NOTHING = literal("")
_NAMES = (USERS.c.user_id, USERS.c.sort_name)
_ADDRESSES = (USERS.c.active_email, USERS.c.pending_email)

Ranked: TypeAlias = dict[int, tuple[Match, str]]
"""Rows' numbers, with how well each matches and what puts it into order among equals."""


@dataclass
class Search:
    """One query. `where` and `values` narrow it; `within` is the one participant it is about, if it is.

    `by_address` is whether a part of an address finds its user; otherwise only the whole address does.
    `reach` is how many matches are read at least, to find the best ones among them. `briefly` is to look in
    names first and to stop where all else can only match less well, or would take too long. `named`,
    `begun` and `strange` keep which participants a word names, which words of names it begins and which words
    nobody holds, once they were looked up.
    """

    typed: str
    where: Sequence[ColumnElement[bool]]
    values: Mapping[str, Any]
    within: str | None
    is_sqlite: bool
    by_address: bool
    reach: int = REACH
    briefly: bool = False
    named: dict[str, list[str]] = field(default_factory=dict)
    begun: dict[str, list[str]] = field(default_factory=dict)
    strange: list[str] | None = None

    async def best(self, connection: AsyncConnection, limit: int) -> tuple[list[int], bool]:
        """The numbers of the best matching rows, at most `limit`, and whether there are more.

        They are in the order of `rules.match.Match`; equals in the order of the name, or of the ID when that
        was typed.
        """
        sought = self.sought
        if not sought or len(sought) > MOST_WORDS or max(map(len, sought)) > LONGEST_NAME:
            return [], False
        if self.within is not None:
            found = await self._read(connection, self._one_by_one(sought))
        else:
            reach = max(limit, self.reach) + 1
            found = await self._read(connection, self._beginnings(reach))
            if self._is_chinese_name and not self.is_sqlite:
                found = _better(
                    found, await self._read(connection, self._chinese_names(sought[0]).limit(reach))
                )
            if self.briefly and len(found) < reach and not self._addresses:
                in_names = await self._in_names(connection, sought)
                found = _better(found, await self._read(connection, in_names.limit(reach)))
            if len(found) < reach and not self._will_do(found, limit):
                rest = await self._elsewhere(connection, sought)
                found = _better(
                    found, await self._read(connection, rest.limit(reach)) if rest is not None else {}
                )
            whole = sum(rank is Match.NAME for rank, _text in found.values())
            if (
                not self._is_short_name
                and len(found) >= reach
                and whole < limit
                and (exact := self._whole_names(sought))
            ):
                looks = union_all(*(select(query.limit(reach).subquery()) for query in exact))
                found = _better(found, await self._read(connection, looks))
        ranked = sorted((rank, text, pk) for pk, (rank, text) in found.items())
        return [pk for _rank, _text, pk in ranked[:limit]], len(ranked) > limit

    def _will_do(self, found: Ranked, limit: int) -> bool:
        """Whether a brief search need not look anywhere but in names."""
        if not self.briefly:
            return False
        return len(found) > limit or (bool(found) and not self.by_address and len(self.sought) >= A_NAME)

    async def _elsewhere(self, connection: AsyncConnection, sought: Sequence[str]) -> Select[Any] | None:
        """All that holds every word; briefly, those of a participant that is named come before a long look.

        PostgreSQL builds the whole list of each word's places before it compares them: of several words a
        brief search leaves that.
        """
        if self.briefly and not self._addresses:
            named = await self._of_named(connection, sought)
            if named is not None or (
                not self.is_sqlite and not self.by_address and len(long_words(sought)) > 1
            ):
                return named
        return await self._by_index(connection, sought)

    @cached_property
    def sought(self) -> tuple[str, ...]:
        """The folded words."""
        return words(self.typed)

    @cached_property
    def _whole(self) -> str:
        return " ".join(self.sought)

    @property
    def _is_short_name(self) -> bool:
        """Whether it is two or three words: whole names of these are in the first look, with beginnings."""
        return 1 < len(self.sought) <= A_NAME

    @property
    def _is_chinese_name(self) -> bool:
        return len(self.sought) == 1 and len(self.sought[0]) > 1 and is_chinese(self.sought[0])

    @cached_property
    def _addresses(self) -> Mapping[str, str]:
        """The words that are whole addresses and must be found as such, with their canonical forms."""
        if self.by_address:
            return {}
        judged = {word: AddressBook().judge(word)[0] for word in self.sought if "@" in word}
        return {word: canonical for word, canonical in judged.items() if canonical is not None}

    async def _read(self, connection: AsyncConnection, query: Executable) -> Ranked:
        """The rows' numbers, with how well each matches and what puts it into order among equals."""
        rows = await connection.execute(query, self.values)
        best: Ranked = {}
        for pk, user_id, name in rows:
            rank = self._rank(user_id, name)
            best[pk] = min(rank, best.get(pk, rank))
        return best

    def _rank(self, user_id: str, name: str) -> tuple[Match, str]:
        how = match(self.sought, user_id, name)
        return how, user_id if how in (Match.USER_ID, Match.ID_BEGINS) else name

    def narrowed(self, user_id: Any = USERS.c.user_id, name: Any = USERS.c.sort_name) -> Select[Any]:
        """The number, ID and folded name of all who may be found."""
        columns: tuple[Any, ...] = (USERS.c.pk, user_id, name)
        return select(*columns).where(*self.where)

    def _one_by_one(self, sought: Sequence[str]) -> Select[Any]:
        """Every row of one participant is looked at: they are few."""
        anywhere = and_(*map(self._contains, sought))
        return self.narrowed().join(PARTICIPANTS).where(or_(anywhere, starts_with(self._whole)))

    def _beginnings(self, limit: int) -> Executable:
        """The IDs and the names that begin with what was typed, each from an index alone."""
        by_id = self.narrowed(name=_NOTHING).limit(limit)
        by_name = self.narrowed(user_id=_NOTHING).limit(limit)
        starts = dict.fromkeys((self._whole.upper(), self._whole, storable(self.typed)))
        queries = [
            by_name.where(begins_with(USERS.c.sort_name, self._whole)).order_by(
                USERS.c.sort_name, USERS.c.pk
            ),
            *(by_id.where(begins_with(USERS.c.user_id, start)).order_by(USERS.c.user_id) for start in starts),
        ]
        if self._is_short_name:
            queries += [query.limit(limit) for query in self._whole_names(self.sought)]
        return union_all(*(select(query.subquery()) for query in queries))

    def _whole_names(self, sought: Sequence[str]) -> list[Select[Any]]:
        """The names that are what was typed: only needed where there are more matches than are read."""
        if all(map(is_chinese, sought)):
            return [self._chinese_names(sought[0])] if self._is_chinese_name else []
        names = whole_names(sought)
        exact = self.narrowed().where(USERS.c.sort_name.in_(names))
        ranges = (USERS.c.sort_name.between(*chinese_after(name)) for name in names)
        with_chinese = (self.narrowed().where(each).order_by(USERS.c.sort_name) for each in ranges)
        return [exact, *with_chinese]

    def _chinese_names(self, word: str) -> Select[Any]:
        """The names that have this Chinese word."""
        if self.is_sqlite:
            return self._matching("user_search", [f" {word} "])
        return self.narrowed().where(*holds_words([[word]]))

    async def _in_names(self, connection: AsyncConnection, sought: Sequence[str]) -> Select[Any]:
        """Names whose words begin with the typed ones, or hold the Chinese ones."""
        if not self.is_sqlite:
            return self.of_these_words(sought, await self.words_begun(connection, sought), [])
        pieces = [*dict.fromkeys(piece for word in sought for piece in beginnings(word))]
        index, matches = index_of("user_grams", pieces)
        return self.holding(sought, select(index.c.rowid.label("pk")).where(matches))

    def holding(self, sought: Sequence[str], by_pieces: Select[Any]) -> Select[Any]:
        """Those of the first rows with the right pieces that hold the longer words."""
        some = by_pieces.limit(SCAN).subquery()
        holds = (unindexed(USERS.c.sort_name).like(pattern(word), escape="\\") for word in long_words(sought))
        return self.narrowed().join(some, some.c.pk == USERS.c.pk).where(*holds)

    def of_these_words(
        self, sought: Sequence[str], begun: Mapping[str, list[str]], meant: Sequence[Sequence[str]]
    ) -> Select[Any]:
        """On PostgreSQL: names whose words begin with the typed ones, with one of each group of words beside.

        A longer beginning of a few words is looked up as these, which are rarer than its first two letters.
        """
        few = {word: begun[word] for word in sought if _are_few(begun.get(word, ()))}
        rest = [word for word in sought if word not in few]
        found = holds_words([*meant, *few.values()])
        if begin := [*dict.fromkeys(piece for word in rest for piece in beginnings(word))]:
            found.append(holds_pieces(begin))
        if not long_words(rest):
            return self.narrowed().where(*found)
        return self.holding(rest, select(USERS.c.pk).where(*found))

    async def words_begun(
        self, connection: AsyncConnection, sought: Sequence[str]
    ) -> Mapping[str, list[str]]:
        """The words of names that each word begins, one more than a few at most; not of Chinese ones."""
        asked = [word for word in sought if word not in self.begun and is_latin(word)]
        if asked:
            self.begun.update(await words_that_begin(connection, asked, FEW_WORDS + 1))
        return self.begun

    async def _of_named(self, connection: AsyncConnection, sought: Sequence[str]) -> Select[Any] | None:
        """The users of the participants that one word names who hold the others, if it names only a few."""
        named = await self.naming_ids(connection, long_words(sought))
        naming = self.naming(named)
        if naming is None:
            return None
        others = [self.holds(word, named.get(word, ())) for word in sought if word != naming]
        return self.narrowed().where(self.one_of(named[naming]), *others)

    def naming(self, named: Mapping[str, Sequence[str]]) -> str | None:
        """The word that names the fewest participants, if these are a few."""
        counted = sorted((len(ids), word) for word, ids in named.items() if ids)
        return counted[0][1] if counted and counted[0][0] <= FEW_NAMED else None

    def holds(self, word: str, named: Sequence[str]) -> ColumnElement[bool]:
        """Whether a row that was found otherwise holds a word, in its participant or itself."""
        if len(word) < SHORT:
            return and_(*map(has_piece, short_pieces(word)))
        own = (unindexed(column).ilike(pattern(word), escape="\\") for column in _NAMES)
        return or_(*own, *([self.one_of(named)] if named else []))

    def one_of(self, participant_ids: Sequence[str]) -> ColumnElement[bool]:
        """Whether a user is one of these participants'."""
        if self.is_sqlite:
            return USERS.c.participant_id.in_(participant_ids)
        return USERS.c.participant_id == any_(literal(participant_ids, ARRAY(Text)))

    async def _by_index(self, connection: AsyncConnection, sought: Sequence[str]) -> Select[Any]:
        """The rows that hold every word, from the search index, or the few that have a whole address."""
        if self._addresses:
            return self.narrowed().join(PARTICIPANTS).where(*map(self._contains, sought))
        long = long_words(sought)
        pieces = [piece for word in sought if len(word) < SHORT for piece in short_pieces(word)]
        if not self.is_sqlite:
            named = await self.naming_ids(connection, long)
            holds = [self._holds_word(word, named[word]) for word in long]
            return self.narrowed().where(*holds, *([holds_pieces(pieces)] if pieces else []))
        return await self._by_full_text(connection, long, pieces)

    async def _by_full_text(
        self, connection: AsyncConnection, long: Sequence[str], pieces: Sequence[str]
    ) -> Select[Any]:
        """The rows that hold every word, from the indexes of SQLite.

        A pair of characters that begins a word is known to the trigrams with the space before it. They know
        addresses too: where these must not be searched, each row found is looked at once more.
        """
        if not long:
            return self._matching("user_grams", pieces)
        if pieces and await self._are_rare(connection, pieces):
            return self._matching("user_grams", pieces).join(PARTICIPANTS).where(*map(self._contains, long))
        pairs = [piece for piece in pieces if len(piece) == SHORT - 1 and begins_a_word(piece)]
        matching = self._matching("user_search", [*long, *(f" {pair}" for pair in pairs)])
        matching = matching.where(*map(has_piece, pieces))
        return matching if self.by_address else matching.join(PARTICIPANTS).where(*map(self._contains, long))

    async def _are_rare(self, connection: AsyncConnection, pieces: Sequence[str]) -> bool:
        """Whether so few rows have these short pieces that the longer words are best looked for there."""
        index, matches = index_of("user_grams", pieces)
        few = select(index.c.rowid).where(matches).limit(self.reach).subquery()
        rows = (await connection.execute(select(func.count()).select_from(few))).scalar_one()
        return int(rows) < self.reach

    def _matching(self, name: str, terms: Sequence[str]) -> Select[Any]:
        index, matches = index_of(name, terms)
        return self.narrowed().join(index, index.c.rowid == USERS.c.pk).where(matches)

    def _contains(self, word: str) -> ColumnElement[bool]:
        if canonical := self._addresses.get(word):
            return or_(USERS.c.active_canonical == canonical, USERS.c.pending_canonical == canonical)
        if len(word) >= SHORT:
            return or_(self._user_contains(word), participant_contains(word))
        return and_(*map(has_piece, short_pieces(word)))

    async def naming_ids(self, connection: AsyncConnection, long: Sequence[str]) -> Mapping[str, list[str]]:
        """The IDs of the participants that each of the words names, in whole or in part."""
        if asked := [word for word in long if word not in self.named]:
            self.named.update({word: [] for word in asked})
            conditions = [*map(participant_holds if self.is_sqlite else participant_contains, asked)]
            marks = (held.label(f"word{place}") for place, held in enumerate(conditions))
            query = select(PARTICIPANTS.c.participant_id, *marks).where(or_(*conditions))
            for participant_id, *holds in await connection.execute(query):
                for word, held in zip(asked, holds, strict=True):
                    if held:
                        self.named[word].append(participant_id)
        return {word: self.named[word] for word in long}

    async def strangers(self, connection: AsyncConnection) -> list[str]:
        """The words that are in no name, no ID and no participant at all: nobody holds them.

        A short word is sought in names alone; only what begins no word of a name takes a longer look.
        """
        if self.strange is None:
            begun = await self.words_begun(connection, self.sought)
            absent = [word for word in self.sought if begun.get(word) == [] and word not in self._addresses]
            named = await self.naming_ids(connection, long_words(self.sought) if absent else [])
            held = {word for word, ids in named.items() if ids}
            if asked := [word for word in long_words(absent) if word not in held]:
                marks = (self._is_held(word).label(f"word{place}") for place, word in enumerate(asked))
                found = (await connection.execute(select(*marks))).one()
                held |= {word for word, is_held in zip(asked, found, strict=True) if is_held}
            self.strange = [word for word in absent if word not in held]
        return self.strange

    def _is_held(self, word: str) -> ColumnElement[bool]:
        if self.is_sqlite:
            index, matches = index_of("user_search", [word])
            return select(index.c.rowid).where(matches).exists()
        return select(USERS.c.pk).where(or_(*(like(column, word) for column in _NAMES))).exists()

    def _holds_word(self, word: str, named: Sequence[str]) -> ColumnElement[bool]:
        """On PostgreSQL: with the IDs at hand every part of the condition finds its index."""
        if not named:
            return self._user_contains(word)
        return or_(self._user_contains(word), self.one_of(named))

    def _user_contains(self, word: str) -> ColumnElement[bool]:
        searched = (*_NAMES, *_ADDRESSES) if self.by_address else _NAMES
        return or_(*(like(column, word) for column in searched))


def _are_few(whole_words: Sequence[str]) -> bool:
    """Whether these words can be looked up as such: they are a few, and kept whole."""
    return 0 < len(whole_words) <= FEW_WORDS and max(map(len, whole_words)) < LONGEST


def _better(*found: Ranked) -> Ranked:
    """All rows of several looks; one that was seen more than once as the best it was seen to be."""
    best: Ranked = {}
    for rows in found:
        for pk, rank in rows.items():
            best[pk] = min(rank, best.get(pk, rank))
    return best
