"""One operator's way into the database: reads within their scope, changes in one audited transaction."""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from store.clock import Clock
from store.database import Database
from store.errors import NotAllowed, NotFound, ProofNeeded, SessionOver, StoreError
from store.keys import Keys
from store.lately import facts_lately
from store.refusals import REFUSED, facts_of_refusal
from store.rules import roles, sessions
from store.rules.audit_chain import Event, chain
from store.rules.personal import split_facts
from store.rules.roles import NEEDS_PROOF, Permission
from store.rules.standing import Facts, standing
from store.tables import OPERATOR_SESSIONS, OPERATORS, AuditEvent, CcmsUser, Mail, Participant, UtcDateTime
from store.views import MailKind, Operator

MAIL_DOMAIN = "ccms-tui.invalid"
FAR = timedelta(days=1)
AGAIN = timedelta(minutes=1)
"""A screen that asks again and again for what there is not leaves one trace in so much time."""
ANYTHING = true()
"""The scope of those who see every participant."""


@dataclass(frozen=True)
class Context:
    """What an operation needs: the database, the clock, the keys and who acts.

    Who came in by SSH acts within a session: it is looked at in every transaction, so that a disabled
    operator or an old session ends with the next thing done. On the host there is none.
    """

    database: Database
    clock: Clock
    keys: Keys
    actor: Operator
    session_id: str | None = None

    def allows(self, permission: Permission, participant_id: str | None = None) -> bool:
        """Whether the acting operator has `permission` (on that participant)."""
        return roles.may(self.actor.role, self.actor.participant_id, permission, participant_id)

    def demand(self, permission: Permission, participant_id: str | None = None) -> None:
        """Raises NotAllowed unless the acting operator has `permission` (on that participant).

        To be called within `reading` or `changing`, so that the refusal leaves its trace.
        """
        if not self.allows(permission, participant_id):
            raise NotAllowed(permission.value, self.actor.role.value, participant_id)

    def scope(self, column: Any) -> ColumnElement[bool]:
        """The condition that keeps a read within the operator's participants; every read carries it."""
        if roles.sees_all(self.actor.role):
            return ANYTHING
        condition: ColumnElement[bool] = column == (self.actor.participant_id or "")
        return condition

    @asynccontextmanager
    async def reading(
        self, permission: Permission | None = None, participant_id: str | None = None
    ) -> AsyncIterator[AsyncConnection]:
        """One read-only snapshot, for those who have `permission` (on that participant).

        Raises: NotAllowed, SessionOver, DatabaseFault.
        """
        async with self._recording_refusals(), self.database.reading() as connection:
            await self._proved_at(connection)
            if permission is not None:
                self.demand(permission, participant_id)
            yield connection

    @asynccontextmanager
    async def changing(self) -> AsyncIterator["Change"]:
        """One write transaction; events are chained and all is committed on leaving without an error."""
        async with (
            self._recording_refusals(),
            self.database.writing() as connection,
            AsyncSession(bind=connection, expire_on_commit=False, autoflush=False) as session,
        ):
            now = self.clock.now()
            proved_at = await self._proved_at(connection)
            proven = proved_at is None or sessions.is_fresh(proved_at, now)
            change = Change(self, connection, session, now, proven=proven)
            yield change
            await session.flush()
            await change.write_events()

    async def _proved_at(self, connection: AsyncConnection) -> datetime | None:
        """When the session's operator last gave a good code; None on the host. Raises: SessionOver."""
        if self.session_id is None:
            return None
        table = OPERATOR_SESSIONS
        query = (
            select(table.c.began_at, table.c.ended_at, table.c.proved_at, OPERATORS.c.disabled_at)
            .join(OPERATORS, OPERATORS.c.operator_id == table.c.operator_id)
            .where(table.c.session_id == self.session_id, table.c.operator_id == self.actor.operator_id)
        )
        found = (await connection.execute(query)).one_or_none()
        if found is None:
            raise SessionOver("ended")
        if why := sessions.why_over(found.began_at, found.ended_at, found.disabled_at, self.clock.now()):
            raise SessionOver(why)
        proved_at: datetime = found.proved_at
        return proved_at

    @asynccontextmanager
    async def _recording_refusals(self) -> AsyncIterator[None]:
        """Let what is refused leave its trace, though the transaction itself is undone."""
        try:
            yield
        except StoreError as error:
            if (facts := facts_of_refusal(error, self.actor)) is not None:
                theirs = error.participant_id if isinstance(error, NotAllowed) else None
                with suppress(StoreError):
                    await self._record_refusal(self.actor.participant_id or theirs, facts)
            raise

    async def _record_refusal(self, participant_id: str | None, facts: Mapping[str, Any]) -> None:
        """Note it; not again within a minute where something is asked for that there is not."""
        if "what" in facts:
            after = self.clock.now() - AGAIN
            async with self.database.reading() as connection:
                if facts in await facts_lately(connection, self.actor.operator_id, REFUSED, after):
                    return
        async with self.database.writing() as connection, AsyncSession(bind=connection) as session:
            change = Change(self, connection, session, self.clock.now())
            change.record(REFUSED, participant_id=participant_id, **facts)
            await change.write_events()


class Change:
    """A write transaction in progress: rows, events and mail, all or nothing."""

    def __init__(
        self,
        context: Context,
        connection: AsyncConnection,
        session: AsyncSession,
        now: datetime,
        *,
        proven: bool = True,
    ) -> None:
        self.context = context
        self.proven = proven
        self.connection = connection
        self.session = session
        self.now = now
        self.events: list[Event] = []
        self._newest: tuple[int, bytes] | None = None

    def demand(self, permission: Permission, participant_id: str | None = None) -> None:
        """Raises NotAllowed, and ProofNeeded where the operator's last good code is too old for this."""
        self.context.demand(permission, participant_id)
        if permission in NEEDS_PROOF and not self.proven:
            raise ProofNeeded

    async def user(self, user_id: str, permission: Permission) -> CcmsUser:
        """The user's row, locked until the end. Raises: NotFound (outside the scope too), as `demand`."""
        query = select(CcmsUser).where(
            col(CcmsUser.user_id) == user_id, self.context.scope(col(CcmsUser.participant_id))
        )
        row: CcmsUser | None = (await self.session.execute(query.with_for_update())).scalar_one_or_none()
        if row is None:
            raise NotFound("user", user_id)
        self.demand(permission, row.participant_id)
        return row

    async def participant(self, participant_id: str) -> Participant:
        """The participant's row, within the scope. Raises: NotFound."""
        query = select(Participant).where(
            col(Participant.participant_id) == participant_id,
            self.context.scope(col(Participant.participant_id)),
        )
        row: Participant | None = (await self.session.execute(query)).scalar_one_or_none()
        if row is None:
            raise NotFound("participant", participant_id)
        return row

    def act_as(self, actor: Operator) -> None:
        """Let the events of this transaction be `actor`'s: who it is became known within it."""
        self.context = replace(self.context, actor=actor)

    def touch(self, user: CcmsUser) -> None:
        """Count a change of the user's row: version, who, when, and the standing that follows."""
        user.version += 1
        user.changed_at = self.now
        user.changed_by = self.context.actor.operator_id
        user.standing = base_standing(user, self.now).value

    def record(self, action: str, user: CcmsUser | None = None, **facts: Any) -> None:
        """Note an event of this transaction; `rules.personal` says which facts go to its personal part."""
        plain, personal = split_facts(action, facts)
        participant = user.participant_id if user else plain.pop("participant_id", None)
        self.events.append(Event(action, participant, user.pk if user else None, plain, personal or None))

    async def queue_mail(
        self,
        kind: MailKind,
        user: CcmsUser,
        to_email: str,
        *,
        lifetime: timedelta,
        facts: dict[str, Any],
        secret: str | None = None,
        verification_id: int | None = None,
    ) -> None:
        """Put a message into the outbox; `secret` is sealed, `lifetime` ends its delivery."""
        mail = self.make_mail(kind, user, to_email, lifetime=lifetime, facts=facts, secret=secret)
        mail.verification_id = verification_id
        self.session.add(mail)

    def make_mail(
        self,
        kind: MailKind,
        user: CcmsUser,
        to_email: str,
        *,
        lifetime: timedelta,
        facts: dict[str, Any],
        secret: str | None = None,
    ) -> Mail:
        """A message as it is queued, not queued yet."""
        return Mail(
            message_id=f"<{secrets.token_hex(16)}@{MAIL_DOMAIN}>",
            user_pk=user.pk or 0,
            participant_id=user.participant_id,
            kind=kind.value,
            to_email=to_email,
            facts={"language": user.language, "user_id": user.user_id, **facts},
            sealed=self.context.keys.seal(secret) if secret is not None else None,
            created_at=self.now,
            expires_at=self.now + lifetime,
            next_attempt_at=self.now,
        )

    async def write_events(self) -> None:
        """Chain and insert the noted events, in order, after the newest one of the log."""
        if self.events:
            await self.open_log()
            await insert_rows(self.connection, "audit_event", self.chain_events())

    async def open_log(self) -> None:
        """Find the newest event, and let nobody else add one until this transaction ends."""
        if self._newest is not None:
            return
        if not self.context.database.is_sqlite:
            await self.connection.execute(text("SELECT pg_advisory_xact_lock(3042022)"))
        columns = select(col(AuditEvent.event_id), col(AuditEvent.hash))
        newest = (
            await self.connection.execute(columns.order_by(col(AuditEvent.event_id).desc()).limit(1))
        ).first()
        self._newest = (newest[0], bytes(newest[1])) if newest else (0, b"")

    def chain_events(self) -> list[dict[str, Any]]:
        """The noted events as rows for the log, chained after those before them; needs an open log."""
        assert self._newest is not None
        actor = self.context.actor.operator_id
        rows = chain(self.events, *self._newest, self.now, actor, self.context.keys.audit)
        self._newest = (rows[-1]["event_id"], rows[-1]["hash"])
        self.events.clear()
        dialect = self.connection.dialect
        stored = UtcDateTime().dialect_impl(dialect).bind_processor(dialect)
        at = stored(self.now) if stored else self.now
        for row in rows:
            row["at"] = at
        return rows


async def insert_rows(connection: AsyncConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert many rows without Core's work on each value: they must be what the driver takes already.

    All rows have the same columns in the same order.
    """
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join(mark for _ in rows[0])
    statement = f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({marks})"  # noqa: S608 - our own names
    await connection.exec_driver_sql(statement, [tuple(row.values()) for row in rows])


def base_standing(user: CcmsUser, now: datetime) -> Any:
    """The standing kept on the row: as if nothing expired, so that only queries deal with time."""
    return standing(
        Facts(
            has_active=user.active_canonical is not None,
            has_pending=user.pending_canonical is not None,
            undeliverable=user.undeliverable,
            code_expires_at=None,
            proposal_expires_at=now + FAR if user.proposal_expires_at else None,
            password_set=user.password_set_at is not None,
            enrolled=user.enrolled_at is not None,
            proven=user.proven_at is not None,
        ),
        now,
    )
