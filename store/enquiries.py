"""The hotline's enquiry log (issue 5): calls taken, how they ended, what is still to be done.

The helpdesk writes it, operations read it, Delegated Administrators see nothing of it (DESIGN 3.7).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.call_statistics import hotline_load, read_statistics
from store.clock import HONG_KONG
from store.context import Change, Context
from store.enquiry_rows import (
    GOING_ON_FOR,
    LOGGED,
    begin_call,
    call_of,
    calls_of,
    going_on,
    locked_call,
    newest_going_on,
    own_going_on,
    record_call,
    select_calls,
    take_back,
    written,
)
from store.enquiry_views import (
    CAUSES,
    Call,
    CallFilter,
    CallStatistics,
    Ending,
    EnquiryQuery,
    HandOver,
    HotlineLoad,
    Outcome,
)
from store.errors import BadDay, FollowUpDone, NotFound, NotNow, ReasonNeeded
from store.keyset import Run
from store.rules import free_text
from store.rules.roles import Permission
from store.tables import ENQUIRIES, HAND_OVERS, USERS, CcmsUser, Enquiry, HandOverNote

FARTHEST = timedelta(days=90)
"""A follow-up is promised for at most so long ahead."""
COMMONEST = 5
"""How many of the commonest questions are offered to pick from."""
LOOKED_BACK = timedelta(days=30)
NOTES, NOTES_KEPT = 30, timedelta(days=7)
"""Of the notes from shift to shift so many are read, and of so many days."""


class CallListing:
    """Calls in pages of `PAGE`; what is taken after `count()` does not shift the pages."""

    PAGE = 128

    def __init__(self, context: Context, query: EnquiryQuery) -> None:
        self.query = query
        self._context = context
        self._run: Run | None = None

    async def count(self) -> int:
        """How many calls there are now. Raises: NotAllowed, NotFound (no such user), DatabaseFault."""
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            return (await self._take_stock(connection)).count

    async def page(self, number: int) -> tuple[Call, ...]:
        """The calls of one page, counted from 0; empty past the end. Raises: as `count`."""
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            run = self._run or await self._take_stock(connection)
            start = max(number, 0) * self.PAGE
            if start >= run.count:
                return ()
            ids = await run.read(connection, start, min(start + self.PAGE, run.count))
            found = (await connection.execute(select_calls().where(ENQUIRIES.c.enquiry_id.in_(ids)))).all()
            order = {enquiry_id: place for place, enquiry_id in enumerate(ids)}
            return await calls_of(connection, sorted(found, key=lambda row: order[row.enquiry_id]))

    async def position(self, enquiry_id: int) -> int | None:
        """Where a call stands in the list, counted from 0; None when not in it. Raises: as `count`."""
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            run = self._run or await self._take_stock(connection)
            here = select(*run.keys).where(*run.where, ENQUIRIES.c.enquiry_id == enquiry_id)
            found = (await connection.execute(here)).first()
            return None if found is None else await run.rows_before(connection, tuple(found))

    async def _take_stock(self, connection: AsyncConnection) -> Run:
        newest = (await connection.execute(select(func.max(ENQUIRIES.c.enquiry_id)))).scalar() or 0
        where = [LOGGED, ENQUIRIES.c.enquiry_id <= newest, *await self._narrowed(connection)]
        follow_ups = self.query.which is CallFilter.FOLLOW_UPS
        count = select(func.count()).select_from(ENQUIRIES).where(*where)
        number = ENQUIRIES.c.enquiry_id
        self._run = Run(
            pk=number,
            keys=(ENQUIRIES.c.follow_up_due, number) if follow_ups else (number,),
            where=where,
            counted=where,
            values={},
            descending=not follow_ups,
            count=int((await connection.execute(count)).scalar_one()),
        )
        return self._run

    async def _narrowed(self, connection: AsyncConnection) -> list[ColumnElement[bool]]:
        where: list[ColumnElement[bool]] = []
        match self.query.which:
            case CallFilter.FOLLOW_UPS:
                where += open_follow_up()
            case CallFilter.TODAY:
                where.append(ENQUIRIES.c.taken_at >= day_start(self._context.clock.now()))
            case CallFilter.OPEN:
                where.append(ENQUIRIES.c.ended_at.is_(None))
        if self.query.participant_id is not None:
            where.append(ENQUIRIES.c.participant_id == self.query.participant_id)
        if self.query.user_id is not None:
            where.append(ENQUIRIES.c.user_pk == await _user_pk(connection, self.query.user_id))
        return where


@dataclass(frozen=True)
class Enquiries:
    """The enquiry log, as one operator may write or read it."""

    _context: Context

    async def begin(
        self,
        user_id: str | None = None,
        *,
        participant_id: str | None = None,
        question: str = "",
        caller_name: str = "",
        since: datetime | None = None,
    ) -> Call:
        """Take a call: about a user, about a participant, or about nobody in particular.

        `since` is when it really began (a card was opened before `c` was pressed). One of the same operator
        about the same user that is going on is that call again. Raises: NotAllowed, NotFound, TextTooLong.
        """
        async with self._context.changing() as change:
            user = await self._caller_user(change, user_id, participant_id)
            asked = written("question", question, free_text.QUESTION)
            name = written("caller", caller_name, free_text.NAME)
            if user is not None:
                before = newest_going_on(self._context, user.pk)
                if (known := (await change.session.execute(before)).scalar_one_or_none()) is not None:
                    return await call_of(change.connection, known)
            call = await begin_call(
                change, user, participant_id, question=asked, caller_name=name, since=since
            )
            return await call_of(change.connection, call.enquiry_id or 0)

    async def take_back(self, enquiry_id: int) -> None:
        """Undo the beginning of one's own call, while nothing was done in it; its number is not used again.

        Raises: NotAllowed, NotFound, NotNow (ended, another's, or something was done).
        """
        async with self._context.changing() as change:
            await take_back(change, enquiry_id)

    async def finish(self, enquiry_id: int, ending: Ending) -> Call:
        """End a call and note what came of it; anybody of the helpdesk may end one that was left open.

        Raises: NotAllowed, NotFound, NotNow (ended before), ReasonNeeded (`what` is question or follow-up),
        TextTooLong, BadDay (the follow-up's).
        """
        async with self._context.changing() as change:
            call, user = await going_on(change, enquiry_id)
            _write_words(call, ending)
            _write_follow_up(call, ending, change.now)
            call.outcome, call.ended_at = ending.outcome.value, change.now
            took = change.now - call.taken_at
            call.seconds = int(took.total_seconds()) if took <= GOING_ON_FOR else None
            facts: dict[str, Any] = {"seconds": call.seconds, "check": call.check_method}
            facts["verified"] = call.verified_at is not None
            if call.follow_up:
                facts |= {"follow_up": call.follow_up, "due": _iso(call.follow_up_due)}
            record_call(
                change, "enquiry.ended", call, user, question=call.question, caller_name=call.caller_name,
                cause=call.cause, outcome=call.outcome, **facts,
            )  # fmt: skip
            await change.session.flush()
            return await call_of(change.connection, enquiry_id)

    async def get(self, enquiry_id: int) -> Call:
        """One call. Raises: NotAllowed, NotFound, DatabaseFault."""
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            return await call_of(connection, enquiry_id)

    async def going_on(self) -> tuple[Call, ...]:
        """The operator's own calls that are going on, the newest first. Raises: NotAllowed, DatabaseFault."""
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            query = select_calls().where(*own_going_on(self._context)).order_by(ENQUIRIES.c.enquiry_id.desc())
            return await calls_of(connection, (await connection.execute(query)).all())

    async def current(self, user_id: str | None = None) -> Call | None:
        """The operator's own call about this user that is going on; without one, about nobody in particular.

        Raises: NotAllowed, NotFound, DatabaseFault.
        """
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            pk = await _user_pk(connection, user_id) if user_id is not None else None
            found = (await connection.execute(newest_going_on(self._context, pk))).scalar_one_or_none()
            return None if found is None else await call_of(connection, found)

    def listing(self, query: EnquiryQuery | None = None) -> CallListing:
        """The calls of `query` in pages; who may not see them is told by each page."""
        return CallListing(self._context, query or EnquiryQuery())

    async def open_follow_ups(self, limit: int = 200) -> tuple[Call, ...]:
        """What was promised and is still to be done, the soonest due first. Raises: NotAllowed."""
        query = select_calls().where(*open_follow_up())
        query = query.order_by(ENQUIRIES.c.follow_up_due, ENQUIRIES.c.enquiry_id).limit(limit)
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            return await calls_of(connection, (await connection.execute(query)).all())

    async def close_follow_up(self, enquiry_id: int, note: str = "") -> Call:
        """Note that what was promised has been done; of two who do at once, the second is told of the first.

        Raises: NotAllowed, NotFound, NotNow (nothing was promised), FollowUpDone, TextTooLong.
        """
        async with self._context.changing() as change:
            call, user = await locked_call(change, enquiry_id)
            if call.follow_up_due is None:
                raise NotNow(str(enquiry_id), "no follow-up")
            if call.follow_up_done_at is not None:
                raise FollowUpDone(enquiry_id, call.follow_up_done_by or "", call.follow_up_done_at)
            call.follow_up_note = written("note", note, free_text.FOLLOW_UP)
            call.follow_up_done_at = change.now
            call.follow_up_done_by = self._context.actor.operator_id
            record_call(change, "enquiry.followed-up", call, user, note=call.follow_up_note)
            await change.session.flush()
            return await call_of(change.connection, enquiry_id)

    async def hand_over(self, note: str) -> HandOver:
        """Leave a note for the next shift; those before it stay to be read.

        Raises: NotAllowed, ReasonNeeded, TextTooLong.
        """
        async with self._context.changing() as change:
            change.demand(Permission.WRITE_ENQUIRY)
            text = written("note", note, free_text.NOTE, lines=True)
            if not text:
                raise ReasonNeeded("hand-over")
            who = self._context.actor.operator_id
            row = HandOverNote(note=text, written_by=who, written_at=change.now)
            change.session.add(row)
            await change.session.flush()
            change.record("enquiry.handed-over", note_id=row.note_id, note=text)
            return HandOver(row.note_id or 0, text, who, change.now)

    async def newest_hand_over(self) -> HandOver | None:
        """The newest note from one shift to the next. Raises: NotAllowed, DatabaseFault."""
        query = select(HAND_OVERS).order_by(HAND_OVERS.c.note_id.desc()).limit(1)
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            found = (await connection.execute(query)).one_or_none()
        return HandOver(*found) if found is not None else None

    async def hand_overs(self) -> tuple[HandOver, ...]:
        """The notes of the last seven days, the newest first; the newest one however old it is.

        Raises: NotAllowed, DatabaseFault.
        """
        query = select(HAND_OVERS).order_by(HAND_OVERS.c.note_id.desc()).limit(NOTES)
        since = self._context.clock.now() - NOTES_KEPT
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            found = [HandOver(*row) for row in await connection.execute(query)]
        return tuple(note for note in found if note is found[0] or note.written_at >= since)

    async def commonest_questions(self, limit: int = COMMONEST) -> tuple[str, ...]:
        """What callers of the last 30 days asked most often, word for word. Raises: NotAllowed."""
        question = ENQUIRIES.c.question
        since = self._context.clock.now() - LOOKED_BACK
        query = (
            select(question).where(LOGGED, ENQUIRIES.c.taken_at > since, question != "").group_by(question)
        )
        query = query.order_by(func.count().desc(), question).limit(limit)
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            return tuple((await connection.execute(query)).scalars())

    async def statistics(self, since: datetime, until: datetime) -> CallStatistics:
        """The calls taken from `since` up to `until`, by cause, participant and outcome.

        Raises: NotAllowed, DatabaseFault.
        """
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            return await read_statistics(connection, since, until)

    async def load(self) -> HotlineLoad:
        """How busy the hotline is, beside earlier days. Raises: NotAllowed, DatabaseFault."""
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            return await hotline_load(connection, self._context.clock.now())

    async def _caller_user(
        self, change: Change, user_id: str | None, participant_id: str | None
    ) -> CcmsUser | None:
        """The user a call is about, if any. Raises: NotAllowed, NotFound."""
        if user_id is not None:
            return await change.user(user_id, Permission.WRITE_ENQUIRY)
        if participant_id is not None:
            await change.participant(participant_id)
        change.demand(Permission.WRITE_ENQUIRY, participant_id)
        return None


def open_follow_up() -> list[ColumnElement[bool]]:
    """What was promised and not done yet."""
    return [ENQUIRIES.c.follow_up_due.is_not(None), ENQUIRIES.c.follow_up_done_at.is_(None)]


def day_start(moment: datetime) -> datetime:
    """When the day of `moment` began in Hong Kong."""
    return moment.astimezone(HONG_KONG).replace(hour=0, minute=0, second=0, microsecond=0)


async def _user_pk(connection: AsyncConnection, user_id: str) -> int:
    found = (await connection.execute(select(USERS.c.pk).where(USERS.c.user_id == user_id))).scalar()
    if found is None:
        raise NotFound("user", user_id)
    return int(found)


def _write_words(call: Enquiry, ending: Ending) -> None:
    if ending.question is not None:
        call.question = written("question", ending.question, free_text.QUESTION)
    if ending.caller_name is not None:
        call.caller_name = written("caller", ending.caller_name, free_text.NAME)
    if ending.cause is not None and ending.cause in CAUSES:
        call.cause = ending.cause
    if not call.question and ending.outcome is not Outcome.DROPPED:
        raise ReasonNeeded("question")


def _write_follow_up(call: Enquiry, ending: Ending, now: datetime) -> None:
    call.follow_up = written("follow-up", ending.follow_up, free_text.FOLLOW_UP)
    if ending.outcome is Outcome.FOLLOW_UP and not call.follow_up:
        raise ReasonNeeded("follow-up")
    if not call.follow_up:
        return
    today = now.astimezone(HONG_KONG).date()
    call.follow_up_due = ending.due or today
    if not today <= call.follow_up_due <= today + FARTHEST:
        raise BadDay(call.follow_up_due, "past" if call.follow_up_due < today else "far")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
