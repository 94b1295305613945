"""Where the programme is, for the board: live figures in a few indexed queries, or those of a picture."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.call_statistics import hotline_load
from store.contacts import Contact, read_contacts
from store.context import Context
from store.enquiry_views import HotlineLoad
from store.participants import Tally, tallies
from store.rules import phases
from store.rules.day_counts import DayCounts
from store.rules.picture import Picture
from store.rules.progress import FirmProgress, progress_of
from store.rules.roles import Permission
from store.schedule import Schedule
from store.tables import MAILS, PARTICIPANTS, PHASE_CHANGES, PROPOSALS
from store.views import TROUBLED_MAIL, WAITING_MAIL, MailState, MilestoneRow, Phase

OVERDUE = timedelta(minutes=5)
"""A message that is due for longer than this is not being delivered by anybody."""


@dataclass(frozen=True, slots=True)
class MailHealth:
    """How many messages are in each state, and how many are due for longer than `OVERDUE`."""

    states: Mapping[MailState, int]
    overdue: int

    @property
    def waiting(self) -> int:
        """Messages on their way, as the list of mail counts them."""
        return sum(self.states.get(state, 0) for state in WAITING_MAIL)

    @property
    def in_trouble(self) -> int:
        """Messages that somebody may have to look after, as the list of mail counts them."""
        return sum(self.states.get(state, 0) for state in TROUBLED_MAIL)


@dataclass(frozen=True, slots=True)
class BoardFigures:
    """The programme at `as_of`, within the operator's scope; participants by ID.

    `approvals` wait for a checker, the first of them since `oldest_approval`; `phase_changes` for a second
    person of operations, who alone see them. Of the past nobody knows these two, nor `mail` and `hotline`:
    they are None or 0 there. The calls are not everybody's to see.
    """

    as_of: datetime
    milestones: tuple[MilestoneRow, ...]
    firms: tuple[FirmProgress, ...]
    approvals: int
    oldest_approval: datetime | None = None
    phase_changes: int = 0
    mail: MailHealth | None = None
    hotline: HotlineLoad | None = None

    @property
    def phase(self) -> Phase:
        """What is open."""
        return phases.phase([row.milestone_id for row in self.milestones if row.begun_at])

    @property
    def users(self) -> int:
        """How many there are."""
        return sum(firm.users for firm in self.firms)

    @property
    def ready(self) -> int:
        """Participants that are ready."""
        return sum(firm.ready for firm in self.firms)


class Board:
    """The figures of the programme as one operator may see them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def _hears_calls(self) -> bool:
        return self._context.allows(Permission.READ_ENQUIRIES)

    async def read(self) -> BoardFigures:
        """The figures now. Raises: NotAllowed, SessionOver, DatabaseFault."""
        context, now = self._context, self._context.clock.now()
        milestones = await Schedule(context).milestones()
        async with context.reading(Permission.SEE) as connection:
            waiver = PARTICIPANTS.c.single_da_waiver.is_not(None).label("waiver")
            names = select(PARTICIPANTS.c.participant_id, PARTICIPANTS.c.name, waiver)
            mine = context.scope(PARTICIPANTS.c.participant_id)
            firms = (
                await connection.execute(names.where(mine).order_by(PARTICIPANTS.c.participant_id))
            ).all()
            counted = await tallies(connection, context)
            approvals, oldest = await _approvals(connection, context)
            return BoardFigures(
                as_of=now,
                milestones=milestones,
                firms=tuple(_progress(firm, counted.get(firm.participant_id, Tally())) for firm in firms),
                approvals=approvals,
                oldest_approval=oldest,
                phase_changes=await _phase_changes(connection, context),
                mail=await _mail(connection, context),
                hotline=await hotline_load(connection, now) if self._hears_calls else None,
            )

    async def contacts(self) -> Mapping[str, Contact]:
        """Whom to ring at each participant, by its ID. Raises: NotAllowed, SessionOver, DatabaseFault."""
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            return await read_contacts(connection, self._context)


def figures_of(picture: Picture) -> BoardFigures:
    """The figures of a picture; it says nothing of mail and calls."""
    firms, approvals = progress_of(picture)
    return BoardFigures(picture.as_of, picture.milestones, firms, approvals)


def figures_of_day(counts: DayCounts) -> BoardFigures:
    """The same of a day that was counted, as it was when it ended."""
    return BoardFigures(
        counts.moment, counts.milestones, tuple(counts.by_participant.values()), counts.approvals
    )


def _progress(firm: Row[Any], tally: Tally) -> FirmProgress:
    return FirmProgress(
        firm.participant_id,
        firm.name,
        tally.of_kind,
        tally.uncoded,
        tally.locked,
        tally.suspended,
        frozenset(tally.kinds),
        bool(firm.waiver),
        tally.uncoded_das,
    )


async def _approvals(connection: AsyncConnection, context: Context) -> tuple[int, datetime | None]:
    table = PROPOSALS.c
    query = select(func.count(), func.min(table.made_at)).where(
        context.scope(table.participant_id), table.state == "open", table.expires_at > context.clock.now()
    )
    number, oldest = (await connection.execute(query)).one()
    return int(number), oldest


async def _phase_changes(connection: AsyncConnection, context: Context) -> int:
    if not context.allows(Permission.APPROVE_PHASE):
        return 0
    table = PHASE_CHANGES.c
    waits = (table.state == "open", table.expires_at > context.clock.now())
    query = select(func.count()).select_from(PHASE_CHANGES).where(*waits)
    return int((await connection.execute(query)).scalar_one())


async def _mail(connection: AsyncConnection, context: Context) -> MailHealth:
    table, mine = MAILS.c, context.scope(MAILS.c.participant_id)
    by_state = select(table.state, func.count()).where(mine).group_by(table.state)
    states: Counter[str] = Counter()
    for state, number in await connection.execute(by_state):
        states[state] = number
    due = table.next_attempt_at < context.clock.now() - OVERDUE
    waits = table.state.in_([MailState.QUEUED.value, MailState.DEFERRED.value])
    late = await connection.execute(select(func.count()).select_from(MAILS).where(mine, waits, due))
    return MailHealth({state: states[state.value] for state in MailState}, int(late.scalar_one()))
