"""Sessions at the enrolment terminal: begun, found again by their token, overtaken, ended."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.claims import Claim, claim, find_user, plain_id, printable, token_hash
from store.context import Change
from store.enrolment_views import Change as Wanted
from store.enrolment_views import CodeSent, EnrolmentSession, EnrolmentState, OtpMethod, Step
from store.errors import Crowded, EnrolmentOver, EntryRefused, NotYet
from store.keys import Keys
from store.rules import enrolment as rules
from store.rules import phases, strangers
from store.rules.masking import mask
from store.rules.passwords import context_words
from store.tables import (
    CREDENTIALS,
    ENTRY_THROTTLES,
    LOGON_ATTEMPTS,
    MAILED_CODES,
    MAILS,
    MILESTONES,
    PARTICIPANTS,
    USERS,
    VISITS,
    EnrolmentVisit,
)
from store.views import MailState, Phase

USE = "enrolment"
ACTIVATION, OTP = "activation", "otp"
"""What a mailed code is for."""
_STATE = (
    select(
        VISITS,
        USERS.c.user_id.label("users_id"), USERS.c.user_name, USERS.c.participant_id, USERS.c.active_email,
        USERS.c.active_canonical, USERS.c.suspended, USERS.c.proven_at, PARTICIPANTS.c.name,
        CREDENTIALS.c.password_hash, CREDENTIALS.c.otp_method,
    )
    .outerjoin(USERS, USERS.c.pk == VISITS.c.user_pk)
    .outerjoin(PARTICIPANTS, PARTICIPANTS.c.participant_id == USERS.c.participant_id)
    .outerjoin(CREDENTIALS, CREDENTIALS.c.user_pk == VISITS.c.user_pk)
)  # fmt: skip
_CODES = (
    select(MAILED_CODES, MAILS.c.state)
    .outerjoin(MAILS, MAILS.c.mail_id == MAILED_CODES.c.mail_id)
    .order_by(MAILED_CODES.c.code_id.desc())
    .limit(1)
)
_BEGUN = select(MILESTONES.c.milestone_id).where(MILESTONES.c.begun_at.is_not(None))
KEPT = timedelta(days=2)
"""How long what is over stays in the tables; the limits of a day still see it."""
WRONG_KEPT = timedelta(days=90)
"""How long wrong entries count after the last one; a user whom they locked stays locked."""
AT_ONCE = 200
"""Rows of a kind that are cleared away when a session is begun, the oldest first: more than one begins."""


@dataclass
class Visit:
    """A session that is not over, and who it is for; all of it locked for this transaction."""

    row: EnrolmentVisit
    claim: Claim

    @property
    def facts(self) -> rules.Facts:
        """What the next step and the permissions are derived from."""
        return _facts(self.row, self.claim.user, self.claim.credential)

    def demand(self, wanted: Wanted) -> None:
        """Raises NotYet unless the password, or the method, may be set now."""
        if lacking := rules.lacking(wanted, self.facts):
            raise NotYet(lacking)


async def begin_visit(change: Change, typed: str, origin: str) -> EnrolmentSession:
    """Open a session for a user ID, and clear away what is over. Raises: Crowded."""
    origin = printable(origin)
    await _demand_room(change, origin)
    await _clear_away(change)
    token = secrets.token_urlsafe(32)
    user_pk, identity = await find_user(change.connection, change.context.keys, typed)
    row = EnrolmentVisit(
        session_hash=token_hash(change.context.keys, USE, token),
        identity=identity,
        user_pk=user_pk,
        user_id=plain_id(typed),
        origin=origin,
        began_at=change.now,
        seen_at=change.now,
    )
    change.session.add(row)
    return EnrolmentSession(token, row.user_id, change.now + rules.SESSION_LIFE)


async def open_visit(change: Change, token: str) -> Visit:
    """The session with this token, kept alive. Raises: EnrolmentOver, EntryRefused (locked)."""
    key = token_hash(change.context.keys, USE, token)
    query = select(EnrolmentVisit).where(col(EnrolmentVisit.session_hash) == key)
    row: EnrolmentVisit | None = (await change.session.execute(query)).scalar_one_or_none()
    if row is None:
        raise EnrolmentOver("unknown")
    claimed = await claim(change, row.user_pk, row.identity, row.user_id)
    await change.session.execute(query.execution_options(populate_existing=True))
    if why := _why_over(row, claimed.user, change.now):
        raise EnrolmentOver(why)
    if row.activated_at is not None and (claimed.throttle.locked or claimed.user.locked):
        raise EntryRefused("code", "locked")
    row.seen_at = change.now
    return Visit(row, claimed)


def _why_over(row: Any, user: Any, now: datetime) -> str:
    """Why a session is over; `row` and `user` may be rows of either kind."""
    if row.ended_at is not None:
        return str(row.end_reason)
    if row.activated_at is not None:
        if user.suspended:
            return "suspended"
        if row.canonical != user.active_canonical:
            return "address"
    return rules.why_over(row.began_at, row.seen_at, now)


async def overtake(change: Change, visit: Visit) -> None:
    """End the user's other sessions that were activated: the newest wins.

    Those that were not are left: ending them would tell a stranger that there is such a user.
    """
    others = (
        VISITS.c.user_pk == visit.claim.user.pk,
        VISITS.c.session_hash != visit.row.session_hash,
        VISITS.c.activated_at.is_not(None),
    )
    await _end(change, "superseded", *others)


async def end_visits_of(change: Change, user_pk: int, reason: str) -> None:
    """End the user's activated sessions, and the logons that wait for a one-time password."""
    await _end(change, reason, VISITS.c.user_pk == user_pk, VISITS.c.activated_at.is_not(None))
    await forget_attempts(change, user_pk)


async def forget_attempts(change: Change, user_pk: int) -> None:
    """Let no logon be finished that was begun with what the user had before."""
    await change.connection.execute(delete(LOGON_ATTEMPTS).where(LOGON_ATTEMPTS.c.user_pk == user_pk))


async def end_visit(change: Change, token: str) -> None:
    """Close the session with this token, if it is open."""
    mine = VISITS.c.session_hash == token_hash(change.context.keys, USE, token)
    await _end(change, "ended", mine)


async def _end(change: Change, reason: str, *which: Any) -> None:
    ending = update(VISITS).where(VISITS.c.ended_at.is_(None), *which)
    values = {"ended_at": change.now, "end_reason": reason, "totp_sealed": None}
    await change.connection.execute(ending.values(values))


async def _demand_room(change: Change, origin: str) -> None:
    """Raises Crowded while too many sessions were begun within the hour that nobody has activated."""
    query = select(VISITS.c.began_at, VISITS.c.origin).where(
        VISITS.c.began_at > change.now - strangers.HOUR, VISITS.c.activated_at.is_(None)
    )
    most = strangers.SESSIONS + strangers.SESSIONS_KEPT_BACK
    found = await change.connection.execute(query.order_by(VISITS.c.began_at.desc()).limit(most))
    begun = [strangers.Asked(row.began_at, row.origin) for row in found]
    if seconds := strangers.session_wait(begun, origin, change.now):
        raise Crowded(seconds)


async def _clear_away(change: Change) -> None:
    before = change.now - KEPT
    for column, moment in (
        (MAILED_CODES.c.issued_at, before),
        (VISITS.c.began_at, before),
        (LOGON_ATTEMPTS.c.began_at, before),
        (ENTRY_THROTTLES.c.tried_at, change.now - WRONG_KEPT),
    ):
        (key,) = column.table.primary_key
        oldest = select(key).where(column < moment).order_by(column).limit(AT_ONCE)
        these = key.in_(oldest.with_for_update(skip_locked=True))
        await change.connection.execute(delete(column.table).where(these))


@dataclass(frozen=True)
class Seen:
    """A session that is not over as it was read, with what a password is judged and hashed by."""

    state: EnrolmentState
    facts: rules.Facts
    user_pk: int
    identity: str
    password_hash: str | None
    words: tuple[str, ...]


async def read_visit(connection: AsyncConnection, keys: Keys, token: str, now: datetime) -> Seen:
    """Where the user stands in the session with this token. Raises: EnrolmentOver."""
    key = token_hash(keys, USE, token)
    found = (await connection.execute(_STATE.where(VISITS.c.session_hash == key))).one_or_none()
    if found is None:
        raise EnrolmentOver("unknown")
    if why := _why_over(found, found, now):
        raise EnrolmentOver(why)
    code = (await connection.execute(_CODES.where(MAILED_CODES.c.bound_to == key))).one_or_none()
    facts = _facts(found, found, found, code_sent=code is not None)
    words = context_words(
        found.users_id, found.user_name, found.participant_id, found.name,
        (found.active_email or "").partition("@")[0],
    )  # fmt: skip
    begun = (await connection.execute(_BEGUN)).scalars().all()
    state = _state(found, facts, code, phases.phase(begun))
    return Seen(state, facts, found.user_pk or 0, found.identity, found.password_hash, words)


def _facts(visit: Any, user: Any, credential: Any, *, code_sent: bool = False) -> rules.Facts:
    """What the rules need to know; the rows may be objects or parts of one row that was read."""
    return rules.Facts(
        mailbox_proven=visit.mailbox_proven_at is not None,
        code_sent=code_sent,
        activated=visit.activated_at is not None,
        password_set=credential.password_hash is not None,
        method=OtpMethod(credential.otp_method) if credential.otp_method else None,
        choosing=OtpMethod(visit.choosing) if visit.choosing else None,
        proven=user.proven_at is not None,
        proved_by=visit.proved_by,
    )


def _state(found: Any, facts: rules.Facts, code: Any, phase: Phase) -> EnrolmentState:
    step, told = rules.next_step(facts), facts.activated or facts.mailbox_proven
    waits_for = {Step.ACTIVATE: ACTIVATION, Step.CONFIRM: OTP}.get(step)
    if facts.choosing is OtpMethod.APP or code is None or code.purpose != waits_for:
        code = None
    state = EnrolmentState(
        step=step,
        user_id=found.user_id,
        ends_at=found.began_at + rules.SESSION_LIFE,
        phase=phase,
        code=code_sent(code, found.active_email, code.state, told=told) if code is not None else None,
    )
    if not told:
        return state
    state = replace(
        state,
        user_id=found.users_id,
        user_name=found.user_name,
        address=mask(found.active_email) if found.active_email else None,
    )
    if not facts.activated:
        return state
    may = frozenset(wanted for wanted in Wanted if facts.method and not rules.lacking(wanted, facts))
    return replace(
        state,
        password_set=facts.password_set,
        method=facts.method,
        choosing=facts.choosing,
        may_change=may,
    )


def code_sent(code: Any, email: str | None, mail_state: str | None, *, told: bool) -> CodeSent:
    """A mailed code as it may be told: to a stranger, neither to whom it went nor whether it did."""
    to = mask(email) if told and email else None
    fate = MailState(mail_state) if told and mail_state else None
    return CodeSent(code.number, code.issued_at, code.expires_at, to, fate)
