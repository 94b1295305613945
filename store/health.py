"""What the store can tell of its own health: its log is whole, and the tables are what the log says.

Nothing here writes anything.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit_rows import kept_columns, undecoded
from store.bulk import Progress, in_bulk
from store.context import Context
from store.enrolment_views import OtpMethod
from store.milestone_rows import read_milestones
from store.moments import rebuild
from store.rules.audit_chain import Kept, Verdict, Verification
from store.rules.person_state import PersonState
from store.rules.picture import Firm
from store.rules.replay import Replay
from store.rules.roles import Permission
from store.tables import CREDENTIALS, EVENTS, OPERATORS, PARTICIPANTS, USERS
from store.views import Kind

CHUNK = 5_000
NEWEST = 10_000
"""How many events a quick look at the log follows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that the tables and the log disagree on.

    `what` is a user, a participant or a milestone, `names` what differs of it; it is empty where only one of
    both knows it, which `only_in` names: "tables" or "log".
    """

    what: str
    identity: str
    names: tuple[str, ...] = ()
    only_in: str | None = None


@dataclass(frozen=True)
class Health:
    """The checks of one desk, for operations."""

    _context: Context

    async def past(self, progress: Progress | None = None) -> Difference | None:
        """Where the present rebuilt from the log first differs from the tables; None when nowhere.

        `progress` is told done and all events.

        Raises: NotAllowed, DatabaseFault.
        """
        with in_bulk():
            return await self._difference(progress)

    async def _difference(self, progress: Progress | None) -> Difference | None:
        async with self._context.reading(Permission.MANAGE_AUDIT) as connection:
            replay = await rebuild(self._context, connection, progress=progress)
            milestones = {row.milestone_id: row for row in await read_milestones(connection)}
            return (
                _first("participant", replay.firms, await _live_firms(connection))
                or _first("milestone", replay.milestones, milestones)
                or await _first_person(connection, replay)
            )

    async def log(self, newest: int | None = NEWEST, progress: Progress | None = None) -> Verdict:
        """Whether the newest events follow from each other; all of them with None.

        Unlike `Audit.verify` it leaves no trace. Raises: NotAllowed, DatabaseFault.
        """
        keys = self._context.keys
        async with self._context.reading(Permission.MANAGE_AUDIT) as connection, undecoded(connection):
            last = (await connection.execute(select(func.max(EVENTS.c.event_id)))).scalar() or 0
            start = max(last - newest, 0) if newest is not None else 0
            following = Verification(keys.audit, after=(start, await _hash_of(connection, start)))
            columns = kept_columns(sqlite=self._context.database.is_sqlite)
            query = select(*columns).select_from(EVENTS).where(EVENTS.c.event_id > start)
            result = await connection.stream(query.order_by(EVENTS.c.event_id))
            async for rows in result.partitions(CHUNK):
                if not await asyncio.to_thread(following.take, map(Kept._make, rows)):
                    break
                if progress is not None:
                    progress(following.events - start, last - start)
            await result.close()
        return following.end(last - start)

    async def seal(self) -> bool:
        """Whether anything was sealed yet that shows whether the key is the right one.

        Raises: KeyFault (sealed with another key), NotAllowed, DatabaseFault.
        """
        query = select(OPERATORS.c.totp_sealed).where(OPERATORS.c.totp_sealed.is_not(None)).limit(1)
        async with self._context.reading(Permission.MANAGE_AUDIT) as connection:
            sealed = (await connection.execute(query)).scalar()
        if sealed is None:
            return False
        self._context.keys.unseal(bytes(sealed))
        return True

    async def ahead(self) -> tuple[timedelta, timedelta]:
        """How far the database's clock, and the newest event, are ahead of the desk's own (behind: negative).

        SQLite has no clock of its own. Raises: NotAllowed, DatabaseFault.
        """
        newest = select(EVENTS.c.at).order_by(EVENTS.c.event_id.desc()).limit(1)
        async with self._context.reading(Permission.MANAGE_AUDIT) as connection:
            now, theirs = self._context.clock.now(), None
            if not self._context.database.is_sqlite:
                theirs = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
            last = (await connection.execute(newest)).scalar()
        return (theirs or now) - now, (last or now) - now


async def _hash_of(connection: AsyncConnection, event_id: int) -> bytes:
    """The hash of an event; empty before the first, or where it is missing."""
    query = select(EVENTS.c.hash).where(EVENTS.c.event_id == event_id)
    return bytes((await connection.execute(query)).scalar() or b"")


async def _live_firms(connection: AsyncConnection) -> dict[str, Firm]:
    found = await connection.execute(select(PARTICIPANTS).order_by(PARTICIPANTS.c.participant_id))
    return {
        row.participant_id: Firm(row.participant_id, row.name, row.single_da_waiver is not None)
        for row in found
    }


def _first(what: str, log: Mapping[str, Any], tables: Mapping[str, Any]) -> Difference | None:
    """The first that differs, by ID; a name that was erased from the log is none."""
    for key in sorted({*log, *tables}):
        told, kept = log.get(key), tables.get(key)
        if told is None or kept is None:
            return Difference(what, key, only_in="tables" if told is None else "log")
        names = tuple(
            each.name for each in fields(told) if getattr(told, each.name) != getattr(kept, each.name)
        )
        if isinstance(told, Firm) and not told.name:
            names = tuple(name for name in names if name != "name")
        if names:
            return Difference(what, key, names)
    return None


async def _first_person(connection: AsyncConnection, replay: Replay) -> Difference | None:
    """The first user, in the order they were loaded, whom the tables have otherwise than the log."""
    people = dict(replay.people)
    async for pk, kept in _live_people(connection):
        told = people.pop(pk, None)
        if told is None:
            return Difference("user", kept.user_id, only_in="tables")
        if names := told.differences(kept):
            return Difference("user", kept.user_id, names)
    gone = min(people, default=None)
    return None if gone is None else Difference("user", people[gone].user_id, only_in="log")


_USER = (
    USERS.c.pk, USERS.c.user_id, USERS.c.participant_id, USERS.c.user_name, USERS.c.kind,
    USERS.c.smartcard_serial, USERS.c.language, USERS.c.active_email, USERS.c.pending_email,
    USERS.c.undeliverable, USERS.c.code_expires_at, USERS.c.proposal_expires_at, USERS.c.password_set_at,
    USERS.c.enrolled_at, USERS.c.proven_at, USERS.c.locked, USERS.c.suspended, CREDENTIALS.c.otp_method,
    CREDENTIALS.c.drift_seconds, CREDENTIALS.c.drift_seen_at,
)  # fmt: skip


async def _live_people(connection: AsyncConnection) -> AsyncIterator[tuple[int, PersonState]]:
    """Each user as the tables have them, in the order they were loaded."""
    query = select(*_USER).outerjoin(CREDENTIALS, CREDENTIALS.c.user_pk == USERS.c.pk).order_by(USERS.c.pk)
    result = await connection.stream(query)
    async for rows in result.partitions(CHUNK):
        for row in rows:
            yield row.pk, _person(row)


def _person(row: Any) -> PersonState:
    return PersonState(
        user_id=row.user_id,
        participant_id=row.participant_id,
        user_name=row.user_name,
        kind=Kind(row.kind),
        smartcard_serial=row.smartcard_serial or None,
        language=row.language,
        active_email=row.active_email,
        has_active=row.active_email is not None,
        pending_email=row.pending_email,
        has_pending=row.pending_email is not None,
        undeliverable=row.undeliverable,
        code_expires_at=row.code_expires_at,
        proposal_expires_at=row.proposal_expires_at,
        password_set=row.password_set_at is not None,
        enrolled=row.enrolled_at is not None,
        proven=row.proven_at is not None,
        locked=row.locked,
        suspended=row.suspended,
        otp_method=OtpMethod(row.otp_method) if row.otp_method else None,
        drift_seconds=row.drift_seconds,
        drift_seen_at=row.drift_seen_at,
    )
