"""The picture of the present: participants, users and milestones of one snapshot, within the scope."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.bulk import in_bulk
from store.context import Context
from store.enrolment_views import OtpMethod
from store.milestone_rows import read_milestones
from store.rules.explain import clock_right
from store.rules.otp import known_drift
from store.rules.picture import Firm, Person, Picture
from store.rules.replay import moment_of
from store.rules.standing import Facts
from store.tables import CREDENTIALS, PARTICIPANTS, USERS
from store.views import Kind

CHUNK = 5_000
_USERS = (
    select(
        USERS.c.user_id,
        USERS.c.user_name,
        USERS.c.participant_id,
        USERS.c.kind,
        USERS.c.smartcard_serial,
        USERS.c.suspended,
        USERS.c.locked,
        USERS.c.undeliverable,
        USERS.c.active_canonical.is_not(None).label("has_active"),
        USERS.c.pending_canonical.is_not(None).label("has_pending"),
        literal_column("ccms_user.code_expires_at"),
        literal_column("ccms_user.proposal_expires_at"),
        USERS.c.password_set_at.is_not(None).label("password_set"),
        USERS.c.enrolled_at.is_not(None).label("enrolled"),
        USERS.c.proven_at.is_not(None).label("proven"),
        CREDENTIALS.c.otp_method,
        CREDENTIALS.c.drift_seconds,
        literal_column("credential.drift_seen_at"),
    )
    .outerjoin(CREDENTIALS, CREDENTIALS.c.user_pk == USERS.c.pk)
    .order_by(USERS.c.user_id)
)
_KINDS = {kind.value: kind for kind in Kind}
_METHODS = {method.value: method for method in OtpMethod}


async def live_picture(context: Context, connection: AsyncConnection) -> Picture:
    """What is kept now of those whom the operator may see; the connection holds one snapshot.

    Many people take a while to draw, so that is done beside the screens' own work.
    """
    now = context.clock.now()
    firms = select(PARTICIPANTS).where(context.scope(PARTICIPANTS.c.participant_id))
    found = await connection.execute(firms.order_by(PARTICIPANTS.c.participant_id))
    users = await connection.execute(_USERS.where(context.scope(USERS.c.participant_id)))
    rows = chain.from_iterable(users.partitions(CHUNK))
    with in_bulk():
        people = await asyncio.to_thread(lambda: tuple(_people(rows, now)))
    return Picture(
        as_of=now,
        firms={
            row.participant_id: Firm(row.participant_id, row.name, row.single_da_waiver is not None)
            for row in found
        },
        people=people,
        milestones=await read_milestones(connection),
    )


def _people(rows: Iterable[Any], now: datetime) -> Iterator[Person]:
    """One by one and by position, moments only where there are any: a hundred thousand of them are read for
    one picture. Those who are equally far share their facts.
    """
    progress = cache(Facts)
    for (
        user_id, user_name, participant_id, kind, smartcard, suspended, locked, undeliverable, has_active,
        has_pending, code_expires_at, proposal_expires_at, password_set, enrolled, proven, otp_method,
        drift_seconds, drift_seen_at,
    ) in rows:  # fmt: skip
        method = _METHODS.get(otp_method)
        yield Person(
            user_id,
            user_name,
            participant_id,
            _KINDS[kind],
            bool(smartcard),
            suspended,
            locked,
            undeliverable and not has_pending,
            clock_right(method, known_drift(drift_seconds, _moment(drift_seen_at), now)),
            method,
            progress(
                has_active,
                has_pending,
                undeliverable and has_pending,
                _moment(code_expires_at),
                _moment(proposal_expires_at),
                password_set,
                enrolled,
                proven,
            ),
        )


def _moment(value: Any) -> datetime | None:
    """A moment as the driver gives it: text from SQLite."""
    if value is None:
        return None
    return moment_of(value) if isinstance(value, str) else value.astimezone(UTC)
