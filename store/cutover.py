"""The cut-over simulated on the roster, within what an operator may see (DESIGN 3.6)."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import HONG_KONG
from store.context import Context
from store.errors import BeforeRoster, CannotFollow
from store.pictures import live_picture
from store.rules import cutover, phases
from store.rules.cutover import Simulation
from store.rules.picture import Picture
from store.rules.roles import Permission, sees_all
from store.tables import PARTICIPANTS
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
        return await asyncio.to_thread(cutover.simulate, picture, phase, at or picture.as_of)

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
