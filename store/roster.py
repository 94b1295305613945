"""The roster: a plan of what a file would do, then exactly that in one transaction, and the way out again."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.bulk import Progress
from store.context import Context
from store.errors import Conflict, NotNow, NotOpenYet
from store.roster_loading import CHUNK, Loading
from store.rules import roles
from store.rules.address_list import is_list, is_roster, read_list
from store.rules.roles import Permission
from store.rules.roster_compare import compare
from store.rules.roster_file import RosterFile, RosterRow, decode, read_roster
from store.rules.roster_plan import KnownParticipant, KnownUser, RosterPlan, RosterState
from store.schedule import refuse_unless_open
from store.tables import AddressWaiver, AuditEvent, CcmsUser, Participant, Proposal
from store.views import Kind


@dataclass(frozen=True, slots=True)
class RosterApplied:
    """What an applied plan did. `plan_id` is set when its changes wait for a checker, as one."""

    new: int
    changed: int
    plan_id: str | None = None


class Roster:
    """The roster, in and out, as one operator may load and see it."""

    def __init__(self, context: Context) -> None:
        self.context = context

    async def plan_of(self, data: bytes) -> RosterPlan:
        """What loading a file would do now, be it a roster or a list of users and their addresses.

        Writes nothing. Raises: NotAllowed, BadFile.
        """
        typed, encoding = decode(data)
        own = self.context.actor.participant_id is not None
        if is_roster(typed) or not ((typed.strip() and own) or is_list(typed)):
            return await self.plan(read_roster(data))
        async with self._planning() as connection:
            state = await self._state(connection)
            return compare(read_list(typed, state, encoding), state, await self._fingerprint(connection))

    async def plan(self, file: RosterFile) -> RosterPlan:
        """What loading `file` would do now; writes nothing. Raises: NotAllowed."""
        async with self._planning() as connection:
            return compare(file, await self._state(connection), await self._fingerprint(connection))

    async def apply(
        self, plan: RosterPlan, progress: Progress | None = None, *, skip_bad: bool = False
    ) -> RosterApplied:
        """Do exactly `plan`, or nothing; `progress` is told the rows done and the rows to do.

        Raises: NotAllowed, NotNow (rows are bad and not to be skipped), Conflict (the desk changed since the
        plan was made, in a way that makes it another plan).
        """
        async with self.context.changing() as change:
            change.demand(Permission.LOAD_ROSTER, self.context.actor.participant_id)
            if plan.bad and not skip_bad:
                raise NotNow("roster", "bad rows")
            if not self.context.database.is_sqlite:
                # Nobody else may lock a user before us and then wait for us: that would be a deadlock.
                await change.connection.execute(text("LOCK TABLE ccms_user IN EXCLUSIVE MODE"))
            loading = Loading(change, await self._still(change.connection, plan), progress)
            await loading.run()
        return RosterApplied(len(plan.new), len(plan.changed), loading.plan_id)

    async def unsent(self, file: RosterFile) -> tuple[str, ...]:
        """The users of `file` whose address waits for a verification that was never sent, in its order."""
        query = select(col(CcmsUser.user_id)).where(
            self._scope(CcmsUser.participant_id),
            col(CcmsUser.pending_canonical).is_not(None),
            col(CcmsUser.code_expires_at).is_(None),
        )
        async with self.context.reading(Permission.SEE) as connection:
            waiting = set((await connection.execute(query)).scalars())
        return tuple(entry.row.user_id for entry in file.entries if entry.row.user_id in waiting)

    async def export(self) -> AsyncIterator[RosterRow]:
        """Every user the operator may see, in the order they were loaded. Raises: NotAllowed.

        The address is the pending one if there is one, else the active one: loading it changes nothing.
        """
        query = (
            select(
                col(CcmsUser.participant_id),
                col(Participant.name),
                col(CcmsUser.user_id),
                col(CcmsUser.user_name),
                col(CcmsUser.kind),
                func.coalesce(col(CcmsUser.pending_email), col(CcmsUser.active_email), ""),
                func.coalesce(col(CcmsUser.smartcard_serial), ""),
                col(CcmsUser.language),
            )
            .join(Participant, col(Participant.participant_id) == col(CcmsUser.participant_id))
            .where(self._scope(CcmsUser.participant_id))
            .order_by(col(CcmsUser.pk))
        )
        mine = self.context.actor.participant_id
        async with self.context.reading(Permission.EXPORT, mine) as connection:
            result = await connection.stream(query)
            async for rows in result.partitions(CHUNK):
                for row in rows:
                    yield RosterRow._make(row)

    def _planning(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self.context.reading(Permission.LOAD_ROSTER, self.context.actor.participant_id)

    def _scope(self, column: Any) -> ColumnElement[bool]:
        return self.context.scope(col(column))

    async def _still(self, connection: AsyncConnection, plan: RosterPlan) -> RosterPlan:
        """The plan, made again if anything happened since. Raises: Conflict when it is now another one."""
        if plan.fingerprint == await self._fingerprint(connection):
            return plan
        fresh = compare(plan.file, await self._state(connection), plan.fingerprint)
        if fresh != plan:
            await self._conflict(connection, plan, fresh)
        return fresh

    async def _conflict(self, connection: AsyncConnection, plan: RosterPlan, fresh: RosterPlan) -> None:
        newest = select(col(AuditEvent.operator_id), col(AuditEvent.at)).order_by(
            col(AuditEvent.event_id).desc()
        )
        by, at = (await connection.execute(newest.limit(1))).one()
        counts = {
            "new": (len(plan.new), len(fresh.new)),
            "changed": (len(plan.changed), len(fresh.changed)),
            "same": (plan.same, fresh.same),
            "bad": (plan.bad_rows, fresh.bad_rows),
        }
        raise Conflict(
            "roster", by, at, {key: (str(old), str(now)) for key, (old, now) in counts.items() if old != now}
        )

    async def _fingerprint(self, connection: AsyncConnection) -> str:
        """Who plans, and the newest event: whatever changes the desk adds one."""
        query = select(col(AuditEvent.hash)).order_by(col(AuditEvent.event_id).desc()).limit(1)
        newest = (await connection.execute(query)).scalar()
        return f"{self.context.actor.operator_id}:{bytes(newest).hex() if newest else ''}"

    async def _state(self, connection: AsyncConnection) -> RosterState:
        actor = self.context.actor
        waivers = select(col(AddressWaiver.participant_id), col(AddressWaiver.canonical)).where(
            self._scope(AddressWaiver.participant_id)
        )
        da_window = None
        try:
            await refuse_unless_open(connection, Kind.DA_MAKER)
        except NotOpenYet as closed:
            da_window = closed.window
        return RosterState(
            users=await self._users(connection),
            participants=await self._participants(connection),
            shared={
                (participant_id, canonical) for participant_id, canonical in await connection.execute(waivers)
            },
            da_window=da_window,
            only_own=None if roles.sees_all(actor.role) else actor.participant_id or "",
        )

    async def _users(self, connection: AsyncConnection) -> dict[str, KnownUser]:
        columns = [getattr(CcmsUser, name) for name in KnownUser._fields if name != "proposed_canonical"]
        waiting = select(col(Proposal.user_pk), col(Proposal.new_canonical)).where(
            self._scope(Proposal.participant_id),
            col(Proposal.state) == "open",
            col(Proposal.expires_at) > self.context.clock.now(),
        )
        proposed = {row.user_pk: row.new_canonical for row in await connection.execute(waiting)}
        query = select(*columns).where(self._scope(CcmsUser.participant_id)).order_by(col(CcmsUser.pk))
        rows = await connection.execute(query)
        return {row.user_id: KnownUser._make((*row, proposed.get(row.pk))) for row in rows}

    async def _participants(self, connection: AsyncConnection) -> dict[str, KnownParticipant]:
        query = select(
            col(Participant.participant_id), col(Participant.name), col(Participant.single_da_waiver)
        ).where(self._scope(Participant.participant_id))
        return {
            participant_id: KnownParticipant(name, waiver is not None)
            for participant_id, name, waiver in await connection.execute(query)
        }
