"""The messages of the outbox as operators see and steer them; sealed codes never leave it this way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import col

from store.context import Change, Context
from store.errors import NotFound, NotNow
from store.rules.masking import seen_by, text_seen_by
from store.rules.roles import Permission
from store.tables import CcmsUser, Mail, Verification
from store.views import MailKind, MailRow, MailState, Role


def select_mail() -> Select[*tuple[Any, ...]]:
    """The query of message rows; `mail_row` makes views of what it yields. The caller adds the scope."""
    return (
        select(
            col(Mail.mail_id), col(CcmsUser.user_id), col(CcmsUser.user_name), col(Mail.participant_id),
            col(Mail.kind), col(Mail.to_email), col(Mail.state), col(Mail.attempts), col(Mail.last_reply),
            col(Mail.created_at), col(Mail.next_attempt_at), col(Mail.accepted_at), col(Verification.number),
        )
        .join(CcmsUser, col(CcmsUser.pk) == col(Mail.user_pk))
        .outerjoin(Verification, col(Verification.verification_id) == col(Mail.verification_id))
    )  # fmt: skip


def mail_seen_by(context: Context) -> ColumnElement[bool]:
    """The condition that leaves the messages in the operator's scope; a caller check is the hotline's own."""
    seen = context.scope(col(Mail.participant_id))
    if not context.allows(Permission.READ_ENQUIRIES):
        seen &= col(Mail.kind) != MailKind.CALLER_CHECK.value
    return seen


def mail_row(found: Any, role: Role) -> MailRow:
    """A row of `select_mail` as this role may see it."""
    return MailRow(
        mail_id=found.mail_id,
        user_id=found.user_id,
        user_name=found.user_name,
        participant_id=found.participant_id,
        kind=MailKind(found.kind),
        to=seen_by(role, found.to_email),
        state=MailState(found.state),
        attempts=found.attempts,
        last_reply=text_seen_by(role, found.last_reply, found.to_email),
        created_at=found.created_at,
        next_attempt_at=found.next_attempt_at,
        accepted_at=found.accepted_at,
        code_number=found.number,
    )


class MailListing:
    """Messages, newest first, in pages of `PAGE`; what arrives after `count()` does not shift the pages."""

    PAGE = 128

    def __init__(self, context: Context, states: frozenset[MailState] = frozenset()) -> None:
        self._context = context
        self._states = states
        self._starts: dict[int, int] = {}

    async def count(self) -> int:
        """How many messages there are now; pages are counted from the newest of them."""
        query = select(func.count(), func.max(col(Mail.mail_id))).where(self._wanted())
        async with self._context.reading(Permission.SEE) as connection:
            count, newest = (await connection.execute(query)).one()
        self._starts = {0: newest or 0}
        return int(count)

    async def page(self, number: int) -> tuple[MailRow, ...]:
        """The messages of one page, counted from 0; empty past the end."""
        if not self._starts:
            await self.count()
        known = max(page for page in self._starts if page <= number)
        wanted = self._wanted(col(Mail.mail_id) <= self._starts[known])
        ids = select(col(Mail.mail_id)).where(wanted).order_by(col(Mail.mail_id).desc())
        ids = ids.offset((number - known) * self.PAGE).limit(self.PAGE + 1)
        async with self._context.reading(Permission.SEE) as connection:
            found: list[Any] = list((await connection.execute(ids)).scalars())
            query = select_mail().where(col(Mail.mail_id).in_(found[: self.PAGE]))
            rows = (await connection.execute(query.order_by(col(Mail.mail_id).desc()))).all()
        self._starts.update(zip((number, number + 1), found[:: self.PAGE], strict=False))
        return tuple(mail_row(row, self._context.actor.role) for row in rows)

    async def position(self, mail_id: int) -> int | None:
        """Where a message stands in the list, counted from 0; None when it is not in it."""
        if not self._starts:
            await self.count()
        at_or_before = self._wanted(col(Mail.mail_id) >= mail_id, col(Mail.mail_id) <= self._starts[0])
        query = select(func.count(), func.min(col(Mail.mail_id))).where(at_or_before)
        async with self._context.reading(Permission.SEE) as connection:
            count, oldest = (await connection.execute(query)).one()
        return int(count) - 1 if oldest == mail_id else None

    def _wanted(self, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        wanted = mail_seen_by(self._context)
        if self._states:
            wanted &= col(Mail.state).in_(sorted(self._states))
        for condition in conditions:
            wanted &= condition
        return wanted


@dataclass(frozen=True)
class Mailbox:
    """Messages and their fate, as one operator may see and steer them."""

    _context: Context

    def listing(self, states: frozenset[MailState] = frozenset()) -> MailListing:
        """The messages in these states (in every state, when none is given), newest first."""
        return MailListing(self._context, states)

    async def counts(self) -> Mapping[MailState, int]:
        """How many messages are in each state; every state has a figure."""
        query = select(col(Mail.state), func.count()).where(mail_seen_by(self._context))
        async with self._context.reading(Permission.SEE) as connection:
            found = dict((await connection.execute(query.group_by(col(Mail.state)))).all())
        return {state: found.get(state.value, 0) for state in MailState}

    async def retry(self, mail_id: int) -> MailRow:
        """Make a deferred message due now. Raises: NotAllowed, NotFound, NotNow."""
        return await self._steer(mail_id, "mail.retried", {MailState.DEFERRED}, MailState.QUEUED)

    async def hold(self, mail_id: int) -> MailRow:
        """Keep a message that still waits from being sent. Raises: NotAllowed, NotFound, NotNow."""
        return await self._steer(mail_id, "mail.held", {MailState.QUEUED, MailState.DEFERRED}, MailState.HELD)

    async def release(self, mail_id: int) -> MailRow:
        """Let a held message go; past its lifetime it expires. Raises: NotAllowed, NotFound, NotNow."""
        return await self._steer(mail_id, "mail.released", {MailState.HELD}, MailState.QUEUED)

    async def _steer(self, mail_id: int, action: str, allowed: set[MailState], to: MailState) -> MailRow:
        async with self._context.changing() as change:
            change.demand(Permission.MANAGE_MAIL)
            mail, user = await locked_mail(change, mail_id)
            if mail.state not in allowed:
                raise NotNow(f"mail {mail_id}", mail.state)
            mail.state = to.value
            mail.next_attempt_at = None if to is MailState.HELD else change.now
            change.record(action, user, mail_id=mail_id, state=to.value)
            await change.session.flush()
            found = (await change.connection.execute(select_mail().where(col(Mail.mail_id) == mail_id))).one()
            return mail_row(found, self._context.actor.role)


async def locked_mail(change: Change, mail_id: int) -> tuple[Mail, CcmsUser]:
    """A message's row, locked for this transaction, and its user's. Raises: NotFound."""
    query = (
        select(Mail, CcmsUser)
        .join(CcmsUser, col(CcmsUser.pk) == col(Mail.user_pk))
        .where(col(Mail.mail_id) == mail_id, change.context.scope(col(Mail.participant_id)))
        .with_for_update(of=Mail)
    )
    found = (await change.session.execute(query)).first()
    if found is None:
        raise NotFound("mail", str(mail_id))
    return found.Mail, found.CcmsUser
