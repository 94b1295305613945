"""The words of the users' names: kept with every name that is written, read to tell what was meant."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, collate, func, literal, or_, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from store.rules.mistakes import Nearness, allowed, forgivable, kept_words, keys_of, nearness
from store.search_terms import begins_with
from store.tables import NAME_WORDS, WHOLE

_KEEP = text("INSERT INTO name_word (key, word) VALUES (:key, :word) ON CONFLICT DO NOTHING")
MOST_UNFINISHED = 2_000
"""Words with the right first letter that are looked at for a mistyped beginning."""


def each_of(texts: Iterable[str], *, is_sqlite: bool) -> ColumnElement[str]:
    """A column of these texts, none of which holds a line's end, as one parameter."""
    if is_sqlite:
        return func.json_each(literal(json.dumps([*texts]))).table_valued("value").c.value
    lines = func.unnest(func.string_to_array(literal("\n".join(texts), Text), literal("\n", Text)))
    return collate(lines.column_valued("each"), "C")


async def keep_words(connection: AsyncConnection, folded_names: Iterable[str]) -> None:
    """Keep the words of names that were written, in the same transaction."""
    words = kept_words(folded_names)
    asked = each_of(words, is_sqlite=_is_sqlite(connection))
    known = select(NAME_WORDS.c.word).where(WHOLE, NAME_WORDS.c.word.in_(select(asked)))
    new = words - {*(await connection.execute(known)).scalars()}
    if new:
        rows = [{"key": key, "word": word} for word in sorted(new) for key in sorted(keys_of(word))]
        await connection.execute(_KEEP, rows)


async def words_that_begin(
    connection: AsyncConnection, typed: Sequence[str], most: int
) -> dict[str, list[str]]:
    """The words of names that each of the typed words begins, at most so many of each."""
    looks = [
        select(literal(place).label("place"), NAME_WORDS.c.word)
        .where(WHOLE, begins_with(NAME_WORDS.c.word, word))
        .order_by(NAME_WORDS.c.word)
        .limit(most)
        .subquery()
        for place, word in enumerate(typed)
    ]
    found: dict[str, list[str]] = {word: [] for word in typed}
    if looks:
        rows = await connection.execute(union_all(*map(select, looks)))
        for place, word in rows:
            found[typed[place]].append(word)
    return found


async def near_words(connection: AsyncConnection, typed: Sequence[str]) -> dict[str, dict[str, Nearness]]:
    """The words of names that each typed word may have been meant for, but not those that it begins.

    Only the last of them may be unfinished, as it is when results come as one types.
    """
    found: dict[str, dict[str, Nearness]] = {word: {} for word in typed}
    keys = {word: keys_of(word) for word in typed if forgivable(word)}
    if not keys:
        return found
    every = select(each_of(sorted(set().union(*keys.values())), is_sqlite=_is_sqlite(connection)))
    looks = [select(NAME_WORDS.c.key, NAME_WORDS.c.word).where(NAME_WORDS.c.key.in_(every))]
    last = typed[-1] if forgivable(typed[-1]) and allowed(len(typed[-1])) else None
    if last is not None:
        looks.append(_that_may_begin(last))
    for key, word in await connection.execute(union_all(*looks)):
        for each, theirs in keys.items():
            if key in theirs or (not key and each == last):
                near = nearness(each, word)
                if near is not None and near[0]:
                    found[each][word] = near
    return found


def _that_may_begin(typed: str) -> Select[Any]:
    """Words that something one letter off may begin: the second letter stands there, or the third does."""
    word = NAME_WORDS.c.word
    like_it = [func.substr(word, place, 1).in_((typed[1], typed[2])) for place in (2, 3)]
    some = select(word).where(WHOLE, begins_with(word, typed[0]), or_(*like_it)).limit(MOST_UNFINISHED)
    return select(literal(""), some.subquery().c.word)


def _is_sqlite(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "sqlite"
