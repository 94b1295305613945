"""The cut-over simulated on the roster, within what an operator may see (DESIGN 3.6)."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.bulk import in_bulk
from store.clock import HONG_KONG
from store.context import Context
from store.errors import BeforeRoster, CannotFollow
from store.pictures import live_picture
from store.rules import cutover, phases
from store.rules.cutover import Simulation
from store.rules.cutover_changes import Kept, pack, unpack
from store.rules.picture import Picture
from store.rules.roles import Permission, sees_all
from store.tables import CUTOVER_SIMULATIONS, PARTICIPANTS, CutoverSimulation
from store.views import Phase


@dataclass(frozen=True)
class Cutover:
    """Simulations of the cut-over, as one operator may run and see them."""

    _context: Context

    async def simulate(
        self, phase: Phase = Phase.TWO_FACTOR_ONLY, at: datetime | None = None, picture: Picture | None = None
    ) -> Simulation:
        """Who would be locked out if `phase` had been reached at `at` (None: the picture's moment).

        `picture` is what to take for the present, None for the present itself; of either only what the
        operator may see counts, and nothing is written. Raises: CannotFollow (the programme is further
        already), BeforeRoster, DatabaseFault.
        """
        async with self._context.reading(Permission.SEE) as connection:
            began = await self._roster_began(connection)
            picture = self._mine(picture) if picture else await live_picture(self._context, connection)
        if at and began and _day(at) < _day(began):
            raise BeforeRoster(at, began)
        if not phases.may_follow(phase, picture.phase):
            raise CannotFollow(phase.value, picture.phase.value)
        with in_bulk():
            return await asyncio.to_thread(cutover.simulate, picture, phase, at or picture.as_of)

    async def last(self, phase: Phase) -> Kept | None:
        """The newest kept simulation of the phase, of what the operator may see; None before the first."""
        query = select(CUTOVER_SIMULATIONS).where(CUTOVER_SIMULATIONS.c.phase == phase.value)
        newest = query.order_by(CUTOVER_SIMULATIONS.c.simulation_id.desc()).limit(1)
        async with self._context.reading(Permission.SEE) as connection:
            found = (await connection.execute(newest)).one_or_none()
        if found is None:
            return None
        mine = self._context.actor.participant_id
        with in_bulk():
            locked_out = await asyncio.to_thread(unpack, bytes(found.locked_out), mine)
        return Kept(Phase(found.phase), found.at, found.kept_at, found.kept_by, locked_out)

    async def keep(self, simulation: Simulation) -> None:
        """Keep a simulation of the present, whole, as the one to compare the next of its phase with.

        Only who sees everything keeps one; to everybody else the last one kept is what to compare with. Who
        was locked out is one packed value in one row, of the newest simulation of the phase; the audit has
        the numbers of all. Raises: NotAllowed, DatabaseFault.
        """
        packed = await asyncio.to_thread(pack, simulation)
        async with self._context.changing() as change:
            change.demand(Permission.KEEP_SIMULATION)
            row = CutoverSimulation(
                phase=simulation.phase.value,
                at=simulation.at,
                kept_at=change.now,
                kept_by=self._context.actor.operator_id,
                locked_out=packed,
            )
            change.session.add(row)
            await change.session.flush()
            table = CUTOVER_SIMULATIONS
            older = (table.c.phase == row.phase, table.c.simulation_id < row.simulation_id)
            await change.connection.execute(delete(table).where(*older))
            change.record(
                "cutover.simulated",
                phase=simulation.phase.value,
                at=simulation.at.isoformat(),
                users=simulation.users,
                locked_out=len(simulation.locked_out),
                losing_everyone=len(simulation.losing_everyone),
                without_maker_or_checker=len(simulation.without_maker_or_checker),
            )

    def _mine(self, picture: Picture) -> Picture:
        actor = self._context.actor
        return picture if sees_all(actor.role) else picture.within([actor.participant_id or ""])

    async def _roster_began(self, connection: AsyncConnection) -> datetime | None:
        """When the first participant of the scope was loaded; None before that."""
        mine = self._context.scope(PARTICIPANTS.c.participant_id)
        query = select(func.min(PARTICIPANTS.c.created_at)).where(mine)
        began: datetime | None = (await connection.execute(query)).scalar_one()
        return began


def _day(moment: datetime) -> date:
    return moment.astimezone(HONG_KONG).date()
