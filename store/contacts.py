"""Whom to ring at each participant: its Delegated Administrators by name, and its number on file."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.context import Context
from store.tables import PARTICIPANTS, USERS
from store.views import Kind


@dataclass(frozen=True, slots=True)
class Contact:
    """The first maker and the first checker by user ID who are not suspended; None where there is none."""

    maker: str | None
    checker: str | None
    phone: str | None


async def read_contacts(connection: AsyncConnection, context: Context) -> Mapping[str, Contact]:
    """The contact of every participant within the operator's scope, in one query."""
    maker, checker = Kind.DA_MAKER.value, Kind.DA_CHECKER.value
    theirs = and_(
        USERS.c.participant_id == PARTICIPANTS.c.participant_id,
        USERS.c.kind.in_((maker, checker)),
        USERS.c.suspended.is_(False),
    )
    key, phone = PARTICIPANTS.c.participant_id, PARTICIPANTS.c.phone
    query = select(key, phone, USERS.c.kind, USERS.c.user_name).select_from(
        PARTICIPANTS.outerjoin(USERS, theirs)
    )
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    phones: dict[str, str | None] = {}
    for firm, number, kind, name in await connection.execute(
        query.where(context.scope(key)).order_by(key, USERS.c.user_id)
    ):
        phones[firm] = number
        if kind is not None:
            names[firm].setdefault(kind, name)
    return {
        firm: Contact(names[firm].get(maker), names[firm].get(checker), number)
        for firm, number in phones.items()
    }
