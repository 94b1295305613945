"""The outbox from the worker's side: claim what is due, write down what came of it (DESIGN 3.8).

At least once, never twice at a time: a claim leases the message, and a lease that ran out is due again.
A message that can do no good any more (past its lifetime, its code no longer the newest) is never handed out.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from store.clock import Clock
from store.context import Change, Context
from store.database import Database
from store.errors import KeyFault
from store.keys import Keys
from store.mailbox import locked_mail
from store.tables import CcmsUser, Mail, Verification
from store.views import MailKind, MailState, Operator, Role

SYSTEM = Operator("system", "system", Role.OPERATIONS)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
JITTER = 0.2
REPLY_LENGTH = 500

_IN_ORDER = (MailState.QUEUED, MailState.SENDING, MailState.DEFERRED)
"""Fresh messages before those whose lease ran out, these before retries: a code is waited for now."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to be sent by whoever claimed it. `secret` is the code as it is shown."""

    mail_id: int
    message_id: str
    kind: MailKind
    to_email: str
    facts: Mapping[str, Any]
    secret: str | None
    attempts: int
    created_at: datetime
    expires_at: datetime


def back_off(attempts: int, jitter: float) -> timedelta:
    """The pause after so many attempts; `jitter` (0 to 1) makes it up to a fifth longer."""
    return BACK_OFF[min(attempts, len(BACK_OFF)) - 1] * (1 + JITTER * jitter)


class Outbox:
    """The queue that the mail workers empty; several of them may."""

    def __init__(self, database: Database, clock: Clock, keys: Keys) -> None:
        self._context = Context(database, clock, keys, SYSTEM)

    async def claim(
        self, limit: int, worker: str, lease: timedelta = timedelta(minutes=2)
    ) -> tuple[Claimed, ...]:
        """Lease up to `limit` due messages to `worker`, and end those that must not be sent any more."""
        claimed: list[Claimed] = []
        async with self._context.changing() as change:
            for state in _IN_ORDER:
                while len(claimed) < limit:
                    due = await _due(change, state, limit - len(claimed))
                    for mail, user, verification, newest in due:
                        if end := _why_not(mail, user, verification, newest, change.now):
                            settle(change, mail, user, end)
                        elif handed := self._hand_out(change, mail, user, worker, lease):
                            claimed.append(handed)
                    await change.session.flush()
                    if not due:
                        break
        return tuple(claimed)

    async def accepted(self, mail_id: int, reply: str) -> None:
        """The server took the message."""
        async with self._context.changing() as change:
            mail, user = await locked_mail(change, mail_id)
            if MailState(mail.state) in _IN_ORDER:
                mail.accepted_at = change.now
                settle(change, mail, user, MailState.ACCEPTED, reply)

    async def deferred(self, mail_id: int, reply: str) -> None:
        """The server said 'not now' or did not answer; with no time for another attempt it has expired."""
        async with self._context.changing() as change:
            mail, user = await locked_mail(change, mail_id)
            if MailState(mail.state) not in _IN_ORDER:
                return
            next_attempt_at = change.now + back_off(max(mail.attempts, 1), random.random())
            if next_attempt_at >= mail.expires_at:
                settle(change, mail, user, MailState.EXPIRED, reply)
                return
            mail.state, mail.last_reply = MailState.DEFERRED.value, _kept(reply)
            mail.next_attempt_at, mail.lease_until, mail.lease_by = next_attempt_at, None, None
            change.record(
                "mail.deferred",
                user,
                mail_id=mail_id,
                attempts=mail.attempts,
                next=next_attempt_at.isoformat(),
            )

    async def refused(self, mail_id: int, reply: str) -> None:
        """The server refused for good; the address that is the user's now is marked undeliverable.

        That is the pending one where there is one: a bounce of the active one says nothing of it, and is
        told by the message's own state alone.
        """
        async with self._context.changing() as change:
            mail, _ = await locked_mail(change, mail_id)
            if MailState(mail.state) not in _IN_ORDER:
                return
            query = select(CcmsUser).where(col(CcmsUser.pk) == mail.user_pk).with_for_update()
            user = (
                await change.session.execute(query.execution_options(populate_existing=True))
            ).scalar_one()
            if mail.to_email == (user.pending_email or user.active_email) and not user.undeliverable:
                user.undeliverable = True
                change.touch(user)
            settle(change, mail, user, MailState.BOUNCED, reply, undeliverable=user.undeliverable)

    async def next_due(self) -> datetime | None:
        """When the next message is due (it may be past); None when none is waiting."""
        query = select(func.min(col(Mail.next_attempt_at))).where(col(Mail.state).in_(_IN_ORDER))
        async with self._context.reading() as connection:
            found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    def _hand_out(
        self, change: Change, mail: Mail, user: CcmsUser, worker: str, lease: timedelta
    ) -> Claimed | None:
        """Lease one message; one sealed with another key is held, so that it never blocks the queue."""
        try:
            secret = self._context.keys.unseal(mail.sealed) if mail.sealed is not None else None
        except KeyFault:
            mail.state, mail.next_attempt_at, mail.last_reply = (
                MailState.HELD.value,
                None,
                "sealed with another key",
            )
            change.record("mail.held", user, mail_id=mail.mail_id, state=mail.state)
            return None
        mail.state, mail.attempts = MailState.SENDING.value, mail.attempts + 1
        mail.lease_by, mail.lease_until = worker[:64], change.now + lease
        mail.next_attempt_at = mail.lease_until
        return Claimed(
            mail_id=mail.mail_id or 0,
            message_id=mail.message_id,
            kind=MailKind(mail.kind),
            to_email=mail.to_email,
            facts=mail.facts,
            secret=secret,
            attempts=mail.attempts,
            created_at=mail.created_at,
            expires_at=mail.expires_at,
        )


async def _due(change: Change, state: MailState, limit: int) -> list[Any]:
    """Due messages in one state, oldest first, locked; rows that another worker is taking are passed over."""
    newest = (
        select(func.max(col(Verification.number)))
        .where(col(Verification.user_pk) == col(Mail.user_pk))
        .correlate(Mail)
        .scalar_subquery()
    )
    query = (
        select(Mail, CcmsUser, Verification, newest)
        .join(CcmsUser, col(CcmsUser.pk) == col(Mail.user_pk))
        .outerjoin(Verification, col(Verification.verification_id) == col(Mail.verification_id))
        .where(col(Mail.state) == state.value, col(Mail.next_attempt_at) <= change.now)
        .order_by(col(Mail.next_attempt_at), col(Mail.mail_id))
        .limit(limit)
        .with_for_update(skip_locked=True, of=Mail)
    )
    return list((await change.session.execute(query)).all())


def _why_not(
    mail: Mail, user: CcmsUser, verification: Verification | None, newest: int | None, now: datetime
) -> MailState | None:
    """How a message ends that must not be sent any more; None when it may be."""
    if mail.expires_at <= now:
        return MailState.EXPIRED
    if verification is None:
        return None
    of_use = (
        verification.number == newest
        and verification.used_at is None
        and verification.canonical == user.pending_canonical
    )
    return None if of_use else MailState.CANCELLED


def settle(
    change: Change, mail: Mail, user: CcmsUser, state: MailState, reply: str | None = None, **facts: Any
) -> None:
    """Bring a message to its final state; what only the recipient may read is wiped."""
    mail.state, mail.sealed = state.value, None
    mail.next_attempt_at = mail.lease_until = mail.lease_by = None
    mail.last_reply = _kept(reply) if reply is not None else mail.last_reply
    event = {"mail_id": mail.mail_id, "attempts": mail.attempts, "version": user.version}
    change.record(f"mail.{state.value}", user, **event, **facts)


def _kept(reply: str) -> str:
    return " ".join(reply.split())[:REPLY_LENGTH]
