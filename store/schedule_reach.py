"""Whom the news of the schedule reaches, and what a milestone still lacks: counts of users."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.schedule_views import Lack, Lacking, Reach
from store.tables import USERS
from store.views import Kind

_U = USERS.c
ADMINISTRATORS = _U.kind.in_([Kind.DA_MAKER.value, Kind.DA_CHECKER.value])
TOLD = and_(
    _U.active_canonical.is_not(None),
    _U.suspended.is_(False),
    or_(_U.undeliverable.is_(False), _U.pending_canonical.is_not(None)),
)
"""Whom `schedule_news` writes to: an address that was verified, and takes mail."""

_EVERYBODY: ColumnElement[bool] = _U.pk.is_not(None)
_NO_ADDRESS = _U.active_canonical.is_(None)
_NOT_SET_UP = (Lack.TWO_FACTOR, _U.enrolled_at.is_(None))
_WANTED: dict[str, tuple[Any, tuple[Lack, Any]]] = {
    "user-email": (_U.kind == Kind.USER.value, (Lack.USER_ADDRESS, _NO_ADDRESS)),
    "da-email": (ADMINISTRATORS, (Lack.DA_ADDRESS, _NO_ADDRESS)),
    "parallel-start": (_EVERYBODY, _NOT_SET_UP),
    "parallel-end": (_EVERYBODY, _NOT_SET_UP),
    "decommission": (_EVERYBODY, _NOT_SET_UP),
}
"""For whom a milestone is, and what they have once it has served its purpose."""


async def reach(connection: AsyncConnection, scope: ColumnElement[bool]) -> Reach:
    """How many Delegated Administrators there are, and how many of them a mail of the schedule reaches."""
    told, all_of_them = await _count(connection, TOLD, ADMINISTRATORS, scope)
    return Reach(told, all_of_them)


async def lacking(
    connection: AsyncConnection, milestone_id: str, scope: ColumnElement[bool]
) -> Lacking | None:
    """Who is without what the milestone is for; None of one that is for nothing which can be counted."""
    if milestone_id not in _WANTED:
        return None
    whose, (lack, without) = _WANTED[milestone_id]
    users, all_of_them = await _count(connection, without, whose, scope)
    return Lacking(lack, users, all_of_them)


async def _count(connection: AsyncConnection, which: Any, of: Any, scope: Any) -> tuple[int, int]:
    query = select(func.count().filter(which), func.count()).select_from(USERS).where(of, scope)
    counted, all_of_them = (await connection.execute(query)).one()
    return int(counted), int(all_of_them)
