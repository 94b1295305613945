"""Rows of the enquiry log: read as views, found for a change, and tied to the codes that a call caused."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.access import explained
from store.context import Change, Context
from store.enquiry_views import CLEAR, GENERAL, Call, FollowUp, Outcome
from store.errors import EnquiryNeeded, NotFound, NotNow, TextTooLong
from store.rules import free_text
from store.rules.caller_check import CallerStatus, CheckMethod
from store.rules.roles import Permission
from store.tables import CALLER_CODES, ENQUIRIES, PARTICIPANTS, USERS, VERIFICATIONS, CcmsUser, Enquiry

GOING_ON_FOR = timedelta(hours=4)
"""A call that was not ended is taken to be going on for so long; after that it was left open by mistake."""

TAKEN_BACK = "taken back"
"""The outcome of a call that was begun by mistake: its row keeps its number from being used again."""
LOGGED: ColumnElement[bool] = ENQUIRIES.c.outcome.is_distinct_from(TAKEN_BACK)
"""What was not taken back: the calls that are listed, read and counted."""


def select_calls() -> Select[*tuple[Any, ...]]:
    """The query of calls that were not taken back; `calls_of` makes views of what it yields."""
    called = PARTICIPANTS.c.participant_id == ENQUIRIES.c.participant_id
    columns = (ENQUIRIES, USERS.c.user_id, USERS.c.user_name, PARTICIPANTS.c.name.label("participant_name"))
    return (
        select(*columns).select_from(ENQUIRIES.outerjoin(USERS).outerjoin(PARTICIPANTS, called)).where(LOGGED)
    )


async def calls_of(connection: AsyncConnection, rows: Sequence[Any]) -> tuple[Call, ...]:
    """Views of rows of `select_calls`, with the numbers of the codes each call caused."""
    codes: defaultdict[int, list[int]] = defaultdict(list)
    ids = [row.enquiry_id for row in rows]
    sent = select(VERIFICATIONS.c.enquiry_id, VERIFICATIONS.c.number).where(
        VERIFICATIONS.c.enquiry_id.in_(ids), VERIFICATIONS.c.enquiry_id.is_not(None)
    )
    for enquiry_id, number in await connection.execute(sent.order_by(VERIFICATIONS.c.number)):
        codes[enquiry_id].append(number)
    return tuple(_call(row, tuple(codes[row.enquiry_id])) for row in rows)


async def call_of(connection: AsyncConnection, enquiry_id: int) -> Call:
    """The view of one call. Raises: NotFound."""
    rows = (await connection.execute(select_calls().where(ENQUIRIES.c.enquiry_id == enquiry_id))).all()
    if not rows:
        raise NotFound("call", str(enquiry_id))
    return (await calls_of(connection, rows))[0]


def _call(row: Any, codes_sent: tuple[int, ...]) -> Call:
    follow_up = None
    if row.follow_up_due is not None:
        follow_up = FollowUp(
            row.follow_up, row.follow_up_due, row.follow_up_done_at, row.follow_up_done_by, row.follow_up_note
        )
    return Call(
        enquiry_id=row.enquiry_id,
        user_id=row.user_id,
        user_name=row.user_name,
        participant_id=row.participant_id,
        participant_name=row.participant_name,
        caller_name=row.caller_name,
        question=row.question,
        cause=row.cause,
        caller=CallerStatus(CheckMethod(row.check_method), row.verified_at),
        taken_by=row.taken_by,
        taken_at=row.taken_at,
        ended_at=row.ended_at,
        seconds=row.seconds,
        outcome=Outcome(row.outcome) if row.outcome else None,
        follow_up=follow_up,
        codes_sent=codes_sent,
    )


async def locked_call(
    change: Change, enquiry_id: int, permission: Permission = Permission.WRITE_ENQUIRY
) -> tuple[Enquiry, CcmsUser | None]:
    """A call's row, locked for this transaction, and the user it is about. Raises: NotAllowed, NotFound."""
    change.demand(permission)
    query = select(Enquiry).where(col(Enquiry.enquiry_id) == enquiry_id, LOGGED).with_for_update()
    row: Enquiry | None = (await change.session.execute(query)).scalar_one_or_none()
    if row is None:
        raise NotFound("call", str(enquiry_id))
    user = await change.session.get(CcmsUser, row.user_pk) if row.user_pk is not None else None
    return row, user


async def going_on(change: Change, enquiry_id: int) -> tuple[Enquiry, CcmsUser | None]:
    """As `locked_call`, of a call that has not ended. Raises: NotNow too."""
    row, user = await locked_call(change, enquiry_id)
    if row.ended_at is not None:
        raise NotNow(str(enquiry_id), "call ended")
    return row, user


async def own_call(change: Change, enquiry_id: int) -> tuple[Enquiry, CcmsUser | None]:
    """As `going_on`, of a call that the operator took themselves. Raises: as that; NotNow too."""
    row, user = await going_on(change, enquiry_id)
    if row.taken_by != change.context.actor.operator_id:
        raise NotNow(row.taken_by, "not your call")
    return row, user


def own_going_on(context: Context) -> list[ColumnElement[bool]]:
    """The acting operator's calls that have not ended and were not left open by mistake."""
    return [
        ENQUIRIES.c.taken_by == context.actor.operator_id,
        ENQUIRIES.c.ended_at.is_(None),
        ENQUIRIES.c.taken_at > context.clock.now() - GOING_ON_FOR,
    ]


def newest_going_on(context: Context, user_pk: int | None) -> Select[*tuple[Any, ...]]:
    """The number of the acting operator's newest call about this user that has not ended."""
    return (
        select(ENQUIRIES.c.enquiry_id)
        .where(
            *own_going_on(context),
            ENQUIRIES.c.user_pk.is_(None) if user_pk is None else ENQUIRIES.c.user_pk == user_pk,
        )
        .order_by(ENQUIRIES.c.enquiry_id.desc())
        .limit(1)
    )


async def cause_now(change: Change, user_id: str) -> str:
    """What is in the user's way, as a word of `CAUSES`. Raises: NotFound."""
    leading = (await explained(change.context, change.connection, user_id)).leading
    return leading.reason.value if leading else CLEAR


async def call_behind(change: Change, user: CcmsUser) -> dict[str, Any]:
    """What an event keeps of the operator's call about the user: its number, and how the caller was checked.

    Nothing, where no such call is going on.
    """
    query = newest_going_on(change.context, user.pk)
    found = (await change.session.execute(query)).scalar_one_or_none()
    if found is None:
        return {}
    return facts_of_call((await locked_call(change, found))[0], change)


def facts_of_call(call: Enquiry, change: Change) -> dict[str, Any]:
    """The number of a call and how its caller was checked, as the events of what was done in it keep them."""
    status = CallerStatus(CheckMethod(call.check_method), call.verified_at)
    method = status.method if status.verified(change.now) else CheckMethod.NONE
    return {"enquiry_id": call.enquiry_id, "caller_check": method.value}


def record_call(change: Change, action: str, row: Enquiry, user: CcmsUser | None, **facts: Any) -> None:
    """Note an event of a call: of its user, else of its participant, if it has one."""
    if user is None:
        facts["participant_id"] = row.participant_id
    change.record(action, user, enquiry_id=row.enquiry_id, **facts)


def written(what: str, typed: str, limit: int, *, lines: bool = False) -> str:
    """Free text as it is kept. Raises: TextTooLong."""
    text = free_text.several_lines(typed) if lines else free_text.one_line(typed)
    if len(text) > limit:
        raise TextTooLong(what, limit, len(text))
    return text


async def begin_call(
    change: Change,
    user: CcmsUser | None,
    participant_id: str | None = None,
    *,
    question: str = "",
    caller_name: str = "",
    since: datetime | None = None,
) -> Enquiry:
    """The row of a call that begins now, or since a moment not long ago; with its event."""
    began = change.now if since is None or not change.now - GOING_ON_FOR < since <= change.now else since
    call = Enquiry(
        user_pk=user.pk if user else None,
        participant_id=user.participant_id if user else participant_id,
        question=question,
        caller_name=caller_name,
        cause=await cause_now(change, user.user_id) if user is not None else GENERAL,
        taken_by=change.context.actor.operator_id,
        taken_at=began,
    )
    change.session.add(call)
    await change.session.flush()
    record_call(
        change, "enquiry.begun", call, user, question=question, caller_name=caller_name, cause=call.cause,
        began_at=began.isoformat(),
    )  # fmt: skip
    return call


async def call_behind_resend(
    change: Change, user: CcmsUser, typed: str, enquiry_id: int | None, since: datetime | None
) -> Enquiry:
    """The call that a resend answers: the one named, or going on about the user, or one that begins with it.

    Raises: EnquiryNeeded (nobody wrote down what was asked), TextTooLong, NotFound, NotNow (the one named is
    another operator's or about somebody else, has ended or was left open).
    """
    question = written("question", typed, free_text.QUESTION)
    if enquiry_id is None:
        query = newest_going_on(change.context, user.pk)
        enquiry_id = (await change.session.execute(query)).scalar_one_or_none()
    if enquiry_id is None:
        if not question:
            raise EnquiryNeeded
        return await begin_call(change, user, question=question, since=since)
    call, _user = await own_call(change, enquiry_id)
    if why := _why_not_of(call, user, change.now):
        raise NotNow(str(enquiry_id), why)
    call.question = call.question or question
    if not call.question:
        raise EnquiryNeeded
    return call


def _why_not_of(call: Enquiry, user: CcmsUser, now: datetime) -> str | None:
    """Why what is done for a user cannot belong to this call, as `NotNow` has it; None where it can."""
    if call.user_pk not in (None, user.pk):
        return "another user's call"
    if call.participant_id not in (None, user.participant_id):
        return "another participant's call"
    return "left open" if call.taken_at <= now - GOING_ON_FOR else None


async def take_back(change: Change, enquiry_id: int) -> None:
    """Undo the beginning of a call in which nothing was done; the audit alone tells that there was one.

    Its row stays, seen by nobody, so that its number is never another call's.

    Whole addresses are shown within a call only once its caller was checked: so none were. Raises: as
    `own_call`; NotNow too (something was done).
    """
    call, user = await own_call(change, enquiry_id)
    codes = select(VERIFICATIONS.c.enquiry_id).where(VERIFICATIONS.c.enquiry_id == enquiry_id)
    checks = select(CALLER_CODES.c.enquiry_id).where(CALLER_CODES.c.enquiry_id == enquiry_id)
    done = (await change.session.execute(codes.union_all(checks).limit(1))).first()
    if done is not None or call.check_method != CheckMethod.NONE.value:
        raise NotNow(str(enquiry_id), "something was done")
    record_call(change, "enquiry.taken-back", call, user)
    call.outcome, call.ended_at = TAKEN_BACK, change.now
    await change.session.flush()
