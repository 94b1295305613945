"""The conditions that a search is made of, as each database answers them from an index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    TableClause,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    literal_column,
    or_,
    table,
)
from sqlalchemy.dialects.postgresql import array

from store.rules.grams import SHORT
from store.tables import PARTICIPANTS, USERS

LAST = "\U0010ffff"
"""No text that is kept has it: what begins with something stands before that with this after it."""


def like(column: Any, word: str) -> ColumnElement[bool]:
    """Whether a text holds the word, whatever its case."""
    holds: ColumnElement[bool] = column.ilike(pattern(word), escape="\\")
    return holds


def unindexed(column: Any) -> ColumnElement[str]:
    """A column as PostgreSQL uses no index for it: for rows that were found otherwise."""
    text: ColumnElement[str] = column.concat(literal(""))
    return text


def long_words(sought: Sequence[str]) -> list[str]:
    """The words that a trigram index knows."""
    return [word for word in sought if len(word) >= SHORT]


def index_of(name: str, terms: Sequence[str]) -> tuple[TableClause, ColumnElement[bool]]:
    """A full-text index of SQLite and the condition that all terms match.

    They are quoted, so that nothing typed is an operator of the index's query language.
    """
    return index_where_all(name, [[term] for term in terms])


def index_where_all(name: str, terms: Sequence[Sequence[str]]) -> tuple[TableClause, ColumnElement[bool]]:
    """A full-text index of SQLite and the condition that of each of these groups of terms one matches."""
    groups = [" OR ".join('"' + term.replace('"', '""') + '"' for term in group) for group in terms]
    sought = " AND ".join(f"({group})" for group in groups)
    return table(name, column("rowid")), literal_column(name).op("MATCH")(sought)


def holds_pieces(pieces: Sequence[str]) -> ColumnElement[bool]:
    """Whether a name has all these short pieces, by PostgreSQL's index."""
    kept: Any = func.string_to_array(USERS.c.grams, literal(" "))
    holds: ColumnElement[bool] = kept.op("@>")(cast(array([*pieces]), ARRAY(Text)))
    return holds


def holds_words(groups: Sequence[Sequence[str]]) -> list[ColumnElement[bool]]:
    """The conditions that a name has one word of each group, by PostgreSQL's index, as few as can be."""
    kept: Any = func.string_to_array(USERS.c.sort_name, literal(" "))
    alone = [group[0] for group in groups if len(group) == 1]
    asked = [kept.op("@>")(literal(alone, ARRAY(Text)))] if alone else []
    return asked + [kept.op("&&")(literal([*group], ARRAY(Text))) for group in groups if len(group) > 1]


def has_one_of(whole_words: Sequence[str]) -> ColumnElement[bool]:
    """Whether a row that was found otherwise has one of these words in its name."""
    spaced = literal(" ").concat(USERS.c.sort_name).concat(literal(" "))
    return or_(*(spaced.like(pattern(f" {word} "), escape="\\") for word in whole_words))


def storable(typed: str) -> str:
    """What was typed, without what no database keeps."""
    return typed.strip().replace("\x00", "").encode("utf-8", "ignore").decode()


def pattern(word: str) -> str:
    """What LIKE looks for to find the word anywhere."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def participant_contains(word: str) -> ColumnElement[bool]:
    """Whether a participant's ID or name holds the word; the ID as `user_search_participant` has it."""
    searched = (PARTICIPANTS.c.participant_id.concat(literal_column("''")), PARTICIPANTS.c.name)
    return or_(*(column.ilike(pattern(word), escape="\\") for column in searched))


def participant_holds(word: str) -> ColumnElement[bool]:
    """The same of a folded word on SQLite, whose LIKE knows no case: a quarter of the work."""
    both = PARTICIPANTS.c.participant_id.concat(literal(" ")).concat(PARTICIPANTS.c.name)
    return both.like(pattern(word), escape="\\")


def has_piece(piece: str) -> ColumnElement[bool]:
    """Whether a row that was found otherwise has this short piece."""
    kept = literal(" ").concat(USERS.c.grams).concat(literal(" "))
    return kept.like(pattern(f" {piece} "), escape="\\")


def starts_with(whole: str) -> ColumnElement[bool]:
    """Whether an ID begins so, whatever its case."""
    return USERS.c.user_id.ilike(pattern(whole)[1:], escape="\\")


def begins_with(column: Any, start: str) -> ColumnElement[bool]:
    """The condition that a text begins so, as an index answers it."""
    return and_(column >= start, column < start + LAST)
