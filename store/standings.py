"""The standing of a user in SQL: `rules.standing` over the kept standing and the moments that end it.

Every statement that uses what is here is executed with a value for `now`.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_

from store.tables import USERS, UtcDateTime
from store.views import Standing

NOW = bindparam("now", type_=UtcDateTime)

_KEPT: Any = USERS.c.standing
_CODE_OVER = and_(Standing.UNVERIFIED.value == _KEPT, USERS.c.code_expires_at <= NOW)
_PROPOSAL_OVER = and_(Standing.AWAITING_APPROVAL.value == _KEPT, USERS.c.proposal_expires_at <= NOW)
_BECOMES = {Standing.UNVERIFIED: Standing.CODE_EXPIRED, Standing.AWAITING_APPROVAL: Standing.NO_EMAIL}

STANDING_NOW: ColumnElement[str] = case(
    (_CODE_OVER, Standing.CODE_EXPIRED.value), (_PROPOSAL_OVER, Standing.NO_EMAIL.value), else_=_KEPT
)
ROWS: ColumnElement[int] = func.count()
ROWS_OVER: ColumnElement[int] = func.sum(case((or_(_CODE_OVER, _PROPOSAL_OVER), 1), else_=0))
"""Of the rows kept as one standing, how many have by now the one that follows when time is up."""


def split(kept: str, rows: int, over: int) -> Counter[Standing]:
    """`rows` kept as one standing, by their standing now; `over` of them waited for what has expired."""
    standing = Standing(kept)
    return Counter({standing: rows - over}) + Counter({_BECOMES.get(standing, standing): over})


def kept_as(standings: Iterable[Standing]) -> tuple[str, ...]:
    """The standings that rows may be kept as which now have one of `standings`; an index knows these."""
    wanted = frozenset(standings)
    return tuple(kept.value for kept in Standing if kept in wanted or _BECOMES.get(kept) in wanted)


def standing_in(standings: Iterable[Standing]) -> ColumnElement[bool]:
    """Whether a row's standing now is one of these."""
    return STANDING_NOW.in_([standing.value for standing in standings])
