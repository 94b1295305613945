"""What keeps users from logging on, for a page of them at once: the facts that `rules.explain` judges by."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Text, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from store.among import among
from store.enrolment_views import OtpMethod
from store.rules import phases
from store.rules.access import Programme
from store.rules.codes import TRIES_PER_CODE
from store.rules.explain import Facts
from store.rules.next_step import NextStep, next_step
from store.rules.otp import known_drift
from store.tables import CREDENTIALS, MAILS, MILESTONES, PARTICIPANTS, USERS, VERIFICATIONS
from store.views import Kind, MailState, Standing

MORE_COLUMNS: tuple[Any, ...] = (
    USERS.c.undeliverable, USERS.c.pending_canonical, USERS.c.smartcard_serial, USERS.c.password_set_at,
    USERS.c.enrolled_at, PARTICIPANTS.c.single_da_waiver, CREDENTIALS.c.otp_method,
    CREDENTIALS.c.drift_seconds, CREDENTIALS.c.drift_seen_at,
)  # fmt: skip
"""What a row must have beside `user_listing.USER_COLUMNS` to be told about: `PEOPLE` joins all of it."""
PEOPLE = USERS.join(PARTICIPANTS).outerjoin(CREDENTIALS, CREDENTIALS.c.user_pk == USERS.c.pk)

_IN_NEED_OF_CODE = frozenset(
    {Standing.UNVERIFIED.value, Standing.CODE_EXPIRED.value, Standing.UNDELIVERABLE.value}
)
"""Whose next step is told from what became of their newest code."""
_AT_WORK = (
    USERS.c.kind.in_((Kind.DA_MAKER.value, Kind.DA_CHECKER.value)),
    USERS.c.suspended.is_(False),
    USERS.c.locked.is_(False),
)
"""Who could act as a Delegated Administrator; named kind by kind, so that the index goes straight to them."""


@dataclass(frozen=True, slots=True)
class CodeSent:
    """The newest code of an address that waits for it, and what became of its mail."""

    number: int
    spent: bool
    mail_id: int | None
    state: MailState
    retry_at: datetime | None

    def waits(self, now: datetime) -> timedelta | None:
        """How long its mail has been due; None for one that is not in the queue."""
        if self.state is not MailState.QUEUED or self.retry_at is None:
            return None
        return now - self.retry_at


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one user's way to a logon."""

    facts: Facts
    code: CodeSent | None

    @property
    def next_step(self) -> NextStep:
        """What is to be done next, and by whom."""
        return next_step(self.facts, self.code.retry_at if self.code else None)


_BEGUN = select(MILESTONES.c.milestone_id, literal(""), literal(0)).where(MILESTONES.c.begun_at.is_not(None))
_FIRMS = (USERS.c.participant_id, USERS.c.kind)
_PROGRAMME = among(
    USERS.c.participant_id,
    "firms",
    Text,
    lambda among_firms: union_all(
        _BEGUN, select(*_FIRMS, func.count().label("count")).where(among_firms, *_AT_WORK).group_by(*_FIRMS)
    ),
)
_SENT, _MAIL = VERIFICATIONS.c, MAILS.c
_CODES = among(
    _SENT.user_pk,
    "pks",
    BigInteger,
    lambda among_users: select(
        _SENT.user_pk, _SENT.number, _SENT.canonical, _SENT.used_at, _SENT.tries, _SENT.terminal_tries,
        _MAIL.mail_id, _MAIL.state, _MAIL.next_attempt_at,
    )
    .select_from(VERIFICATIONS.outerjoin(MAILS, _MAIL.verification_id == _SENT.verification_id))
    .where(among_users),
)  # fmt: skip

Helpers = Mapping[tuple[str, str], int]
"""How many Delegated Administrators who can act each participant has, by kind."""


async def read_known(connection: AsyncConnection, people: Sequence[Any], now: datetime) -> dict[int, Known]:
    """What is known of these people (rows with `MORE_COLUMNS`), by number, in at most two statements."""
    if not people:
        return {}
    begun, helpers = await _programme(connection, {each.participant_id for each in people})
    waiting = {each.pk: each for each in people if each.standing in _IN_NEED_OF_CODE}
    codes = await _codes(connection, waiting)
    return {each.pk: _known(each, begun, helpers, codes.get(each.pk), now) for each in people}


async def _programme(
    connection: AsyncConnection, participant_ids: Iterable[str]
) -> tuple[frozenset[str], Helpers]:
    """The milestones that have begun, and the helpers of the participants."""
    query = _PROGRAMME[connection.dialect.name]
    found = (await connection.execute(query, {"firms": sorted(participant_ids)})).all()
    begun = frozenset(milestone_id for milestone_id, kind, _count in found if not kind)
    return begun, {(participant_id, kind): count for participant_id, kind, count in found if kind}


async def _codes(connection: AsyncConnection, waiting: Mapping[int, Any]) -> dict[int, CodeSent]:
    """The newest code of each, while it is the one that would prove the pending address."""
    if not waiting:
        return {}
    newest: defaultdict[int, list[Any]] = defaultdict(list)
    for row in await connection.execute(_CODES[connection.dialect.name], {"pks": list(waiting)}):
        newest[row.user_pk].append(row)
    found = {pk: max(rows, key=lambda row: (row.number, row.mail_id or 0)) for pk, rows in newest.items()}
    return {
        pk: _code(row)
        for pk, row in found.items()
        if row.used_at is None and row.canonical == waiting[pk].pending_canonical
    }


def _code(row: Any) -> CodeSent:
    """One that is gone from the outbox was never sent."""
    spent = max(row.tries, row.terminal_tries) >= TRIES_PER_CODE
    return CodeSent(
        row.number, spent, row.mail_id, MailState(row.state or MailState.CANCELLED), row.next_attempt_at
    )


def _known(
    person: Any, begun: frozenset[str], helpers: Helpers, code: CodeSent | None, now: datetime
) -> Known:
    kind = Kind(person.kind)
    seconds = known_drift(person.drift_seconds, person.drift_seen_at, now)
    return Known(
        Facts(
            programme=Programme(phases.phase(begun), "decommission" in begun),
            kind=kind,
            standing=Standing(person.standing),
            makers=_others(person, Kind.DA_MAKER, helpers),
            checkers=_others(person, Kind.DA_CHECKER, helpers),
            single_da_waiver=person.single_da_waiver is not None,
            da_registration_open="da-email" in begun,
            smartcard=bool(person.smartcard_serial),
            suspended=person.suspended,
            locked=person.locked,
            undeliverable=person.undeliverable and not person.pending_email,
            code_state=code.state if code else None,
            code_waits=code.waits(now) if code else None,
            code_spent=code is not None and code.spent,
            password_set=person.password_set_at is not None,
            enrolled=person.enrolled_at is not None,
            otp_method=OtpMethod(person.otp_method) if person.otp_method else None,
            clock_drift=timedelta(seconds=seconds) if seconds is not None else None,
        ),
        code,
    )


def _others(person: Any, kind: Kind, helpers: Helpers) -> int:
    """How many of a kind could act for them: nobody helps themselves."""
    at_work = helpers.get((person.participant_id, kind.value), 0)
    is_one = person.kind == kind.value and not person.suspended and not person.locked
    return at_work - is_one
