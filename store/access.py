"""Why a user can or cannot log on: the facts of one moment, read for `rules.explain`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.context import Context
from store.errors import NotFound
from store.mailbox import mail_row, select_mail
from store.next_steps import MORE_COLUMNS, PEOPLE, CodeSent, read_known
from store.rules.explain import Explanation
from store.rules.masking import seen_by
from store.rules.roles import Permission
from store.tables import MAILS, MILESTONES, USERS
from store.user_listing import USER_COLUMNS
from store.views import NEWS, MailRow

_USER = select(*USER_COLUMNS, *MORE_COLUMNS).select_from(PEOPLE)
_WINDOWS = select(MILESTONES.c.milestone_id, MILESTONES.c.window)


@dataclass(frozen=True)
class Access:
    """Who can log on, as one operator may know it."""

    _context: Context

    async def explain(self, user_id: str) -> Explanation:
        """What keeps the user from logging on, link by link. Raises: NotFound (outside the scope too)."""
        async with self._context.reading(Permission.SEE) as connection:
            return await explained(self._context, connection, user_id)

    async def _explanation(self, connection: AsyncConnection, user: Any) -> Explanation:
        known = (await read_known(connection, [user], self._context.clock.now()))[user.pk]
        code = known.code
        windows = dict(tuple(row) for row in await connection.execute(_WINDOWS))
        return Explanation(
            user_id=user.user_id,
            user_name=user.user_name,
            participant_id=user.participant_id,
            participant_name=user.participant_name,
            facts=known.facts,
            email=seen_by(self._context.actor.role, user.active_email or user.pending_email),
            mail=await self._mail(connection, user, code),
            code_number=code.number if code else None,
            opens_two_factor=windows.get("parallel-start", ""),
            opens_da_registration=windows.get("da-email", ""),
            password_set_at=user.password_set_at,
            enrolled_at=user.enrolled_at,
        )

    async def _mail(self, connection: AsyncConnection, user: Any, code: CodeSent | None) -> MailRow | None:
        """What became of the newest code's mail, or of what was last sent to who has an address; news to all
        tells nothing of it.
        """
        if user.active_email:
            this: tuple[Any, ...] = (MAILS.c.user_pk == user.pk, MAILS.c.kind.not_in(sorted(NEWS)))
        elif code is not None:
            this = (MAILS.c.mail_id == code.mail_id,)
        else:
            return None
        mails = select_mail().where(*this).order_by(MAILS.c.mail_id.desc()).limit(1)
        found = (await connection.execute(mails)).one_or_none()
        return mail_row(found, self._context.actor.role) if found else None


async def explained(context: Context, connection: AsyncConnection, user_id: str) -> Explanation:
    """`Access.explain` within an open transaction. Raises: NotFound (outside the scope too)."""
    query = _USER.where(USERS.c.user_id == user_id, context.scope(USERS.c.participant_id))
    found = (await connection.execute(query, {"now": context.clock.now()})).one_or_none()
    if found is None:
        raise NotFound("user", user_id)
    return await Access(context)._explanation(connection, found)
