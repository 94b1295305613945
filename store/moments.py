"""Any moment of the past, rebuilt from the audit events within what an operator may see (DESIGN 3.9)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit_rows import facts_of, moment_column, undecoded
from store.bulk import Progress, in_bulk
from store.clock import HONG_KONG
from store.context import Context
from store.errors import NoSuchMoment
from store.rules.day_counts import DayCounter, DayCounts
from store.rules.person_state import PersonState
from store.rules.picture import Picture
from store.rules.replay import (
    CHANGES,
    DRIFT,
    NAMED,
    OF_A_CLOCK,
    OF_A_MILESTONE,
    TOLD_BY_NAME,
    Replay,
    moment_of,
)
from store.rules.roles import Permission
from store.rules.roster_file import RosterRow
from store.schedule import MILESTONES
from store.tables import EVENTS

CHUNK = 2_000
"""Events that are in memory at a time; they are followed beside the event loop."""
FAR = datetime.max.replace(tzinfo=UTC)
"""After every event."""
A_DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
"""The shortest time that the log tells apart."""


@dataclass(frozen=True)
class Moments:
    """The programme as it was, as one operator may see it."""

    _context: Context

    async def at(self, moment: datetime, progress: Progress | None = None) -> Picture:
        """The picture of `moment`: all that was recorded up to it; `progress` is told done and all events.

        Raises: NoSuchMoment (before the log begins, or still to come), NotAllowed, DatabaseFault.
        """
        replay = await self._replayed(moment, Permission.SEE, addresses=False, progress=progress)
        with in_bulk():
            return await asyncio.to_thread(replay.picture, moment)

    async def roster(self, moment: datetime) -> tuple[RosterRow, ...]:
        """The roster as an export of `moment` had it; empty cells for what was erased. Raises: as `at`."""
        replay = await self._replayed(moment, Permission.EXPORT, addresses=True)
        names = {key: firm.name for key, firm in replay.firms.items()}
        return tuple(_row(replay.people[pk], names) for pk in sorted(replay.people))

    async def daily(self, first: date, last: date, progress: Progress | None = None) -> tuple[DayCounts, ...]:
        """How many users were how far at the end of each day in Hong Kong, from `first` to `last`.

        A day before the log began counts nobody, today is counted as of now, a day to come is left out.
        Raises: NotAllowed, DatabaseFault.
        """
        days = _Days(_ends(first, last, self._context.clock.now()))
        mine = self._context.actor.participant_id
        with in_bulk():
            async with self._context.reading(Permission.SEE, mine) as connection:
                if days.ends:
                    until = days.ends[-1][1]
                    events = _events(self._context, connection, until, addresses=False, progress=progress)
                    async for rows in events:
                        await asyncio.to_thread(days.follow, rows)
            return await asyncio.to_thread(days.rest)

    async def _replayed(
        self, moment: datetime, permission: Permission, *, addresses: bool, progress: Progress | None = None
    ) -> Replay:
        context = self._context
        async with context.reading(permission, context.actor.participant_id) as connection:
            await _refuse_unless_known(connection, moment, context.clock.now())
            return await rebuild(context, connection, moment, addresses=addresses, progress=progress)


async def rebuild(
    context: Context,
    connection: AsyncConnection,
    until: datetime = FAR,
    *,
    addresses: bool = True,
    progress: Progress | None = None,
) -> Replay:
    """Everything within the operator's scope as it was at `until`, from the snapshot of `connection`.

    Without `addresses` it is told whether a user has one, not which.
    """
    replay = Replay(MILESTONES)
    with in_bulk():
        async for rows in _events(context, connection, until, addresses=addresses, progress=progress):
            await asyncio.to_thread(_follow, replay, rows)
    return replay


async def _events(
    context: Context,
    connection: AsyncConnection,
    until: datetime,
    *,
    addresses: bool,
    progress: Progress | None,
) -> AsyncIterator[Sequence[Any]]:
    """The events that change what is seen, up to `until`, in their order, as `_happened` takes them.

    The schedule is everybody's; of the rest, what is within the operator's scope. A long log is mostly
    read for what is left out here: facts that nobody asks for.
    """
    action, personal = EVENTS.c.action, _raw("personal")
    columns: list[ColumnElement[Any]] = [
        *map(_raw, ("event_id", "action", "participant_id", "user_pk")),
        case((action.not_in(sorted(TOLD_BY_NAME)), _raw("facts"))),
        personal if addresses else case((action.in_(sorted(NAMED)), personal)),
        moment_column("audit_event.at", sqlite=context.database.is_sqlite),
    ]
    query = (
        select(*columns)
        .select_from(EVENTS)
        .where(EVENTS.c.at <= until, action.in_(sorted(CHANGES)))
        .where(or_(action.not_in(sorted(OF_A_CLOCK)), EVENTS.c.facts.contains(DRIFT)))
        .where(or_(context.scope(EVENTS.c.participant_id), _OF_EVERYBODY))
        .order_by(EVENTS.c.event_id)
    )
    async with undecoded(connection):
        newest = await _newest(connection) if progress else 0
        async for rows in (await connection.stream(query)).partitions(CHUNK):
            yield rows
            if progress:
                progress(rows[-1][0], newest)


_OF_EVERYBODY = and_(EVENTS.c.participant_id.is_(None), EVENTS.c.action.in_(sorted(OF_A_MILESTONE)))


def _raw(column: str) -> ColumnElement[Any]:
    """A column as the driver gives it."""
    return literal_column(f"audit_event.{column}")


async def _newest(connection: AsyncConnection) -> int:
    return (await connection.execute(select(func.max(EVENTS.c.event_id)))).scalar() or 0


async def _refuse_unless_known(connection: AsyncConnection, moment: datetime, now: datetime) -> None:
    """Raises NoSuchMoment."""
    if moment > now:
        raise NoSuchMoment("to come", moment)
    first = select(EVENTS.c.at).order_by(EVENTS.c.event_id).limit(1)
    began = (await connection.execute(first)).scalar_one_or_none()
    if began is None or moment < began:
        raise NoSuchMoment("before", moment, began)


def _happened(rows: Iterable[Any]) -> Iterator[tuple[str, datetime, Any, Any, Mapping[str, Any]]]:
    """What `Replay.take` takes; an event whose moment is none is left out."""
    for _event_id, action, participant_id, user_pk, plain, personal, at in rows:
        if (moment := _moment(at)) is not None:
            yield action, moment, participant_id, user_pk, _facts(plain, personal)


def _moment(at: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{at}+00:00")  # the log has moments in UTC, without saying so
    except ValueError:
        return moment_of(at)


def _facts(plain: Any, personal: Any) -> Mapping[str, Any]:
    """The facts of an event; whatever is unreadable in a log that was tampered with is left out."""
    try:
        facts = _decode(plain) if plain else {}
        return {**facts, **_decode(personal)} if personal else facts
    except (ValueError, TypeError, StopIteration, RecursionError):
        return facts_of(plain, personal)


_scan: Callable[[Any, int], tuple[Any, int]] = vars(json.JSONDecoder())["scan_once"]


def _decode(text: Any) -> dict[str, Any]:
    """An object in JSON as the log writes it, without the space around it that `json.loads` looks for.

    Raises: ValueError, TypeError, StopIteration, RecursionError.
    """
    found, end = _scan(text, 0)
    if type(found) is not dict or end != len(text):
        raise ValueError(text)
    return found


def _follow(replay: Replay, rows: Sequence[Any]) -> None:
    for event in _happened(rows):
        replay.take(*event)


def _row(person: PersonState, names: Mapping[str, str]) -> RosterRow:
    return RosterRow(
        person.participant_id,
        names.get(person.participant_id, ""),
        person.user_id,
        person.user_name or "",
        person.kind.value,
        (person.pending_email if person.has_pending else person.active_email) or "",
        person.smartcard_serial or "",
        person.language,
    )


def end_of(day: date) -> datetime:
    """The last moment of a day in Hong Kong, in UTC."""
    return datetime.combine(day + A_DAY, time(), HONG_KONG).astimezone(UTC) - MOMENT


def _ends(first: date, last: date, now: datetime) -> list[tuple[date, datetime]]:
    """The days that have come, each with the moment it is counted at."""
    last = min(last, now.astimezone(HONG_KONG).date())
    days = (first + A_DAY * number for number in range((last - first).days + 1))
    return [(day, min(end_of(day), now)) for day in days]


@dataclass
class _Days:
    """Counts the days while the events pass."""

    ends: list[tuple[date, datetime]]
    counted: list[DayCounts] = field(default_factory=list)
    replay: Replay = field(default_factory=lambda: Replay(MILESTONES))

    def __post_init__(self) -> None:
        self.counter = DayCounter(self.replay)

    def follow(self, rows: Sequence[Any]) -> None:
        """Take the next events, after counting the days that ended before them."""
        for action, at, participant_id, user_pk, facts in _happened(rows):
            while at > self.ends[len(self.counted)][1]:
                self._count()
            person = self.replay.take(action, at, participant_id, user_pk, facts)
            if person is not None and action not in OF_A_CLOCK:
                self.counter.note(user_pk, person)

    def rest(self) -> tuple[DayCounts, ...]:
        """All days, once no event is left."""
        while len(self.counted) < len(self.ends):
            self._count()
        return tuple(self.counted)

    def _count(self) -> None:
        self.counted.append(self.counter.counts(*self.ends[len(self.counted)]))
