"""A full logon with both factors, as the enrolment terminal offers it to prove that it works (DESIGN 3.4).

The password is tried in a thread, outside any transaction, and all that matters is looked at again after it.
`rules.access.decide` says whether the user may: as if two-factor authentication were open, because this logon
is the connectivity test, which comes before the parallel run, so that the phase alone never refuses it.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store import mailed_codes
from store.claims import (
    Claim,
    barred,
    barred_by,
    claim,
    count_wrong,
    find_user,
    forgive,
    moved,
    printable,
    proven_as,
    refuse,
    token_hash,
)
from store.context import Change
from store.enrolment_steps import spend_app
from store.enrolment_views import LoggedOn, LogonAttempt, OtpMethod
from store.errors import EntryRefused, NotYet, StoreError, TooSoon
from store.keys import Keys
from store.rules import enrolment as rules
from store.rules import otp, strangers
from store.rules.access import AccessFacts, Method, Programme, Refusal, decide
from store.tables import CREDENTIALS, ENTRY_THROTTLES, LOGON_ATTEMPTS, USERS, EntryThrottle, LogonAttemptRow
from store.views import MailState, Phase
from store.visits import code_sent

USE = "logon"
CONNECTIVITY_TEST = Programme(Phase.PARALLEL_RUN)
"""What the test is judged by, whatever the phase: two-factor authentication is open."""


@dataclass(frozen=True)
class Candidate:
    """Who is to be tried with a password, by what hash; read before the work of trying it.

    With a `refusal` nothing is tried; `noteworthy` when it has not been noted too often.
    """

    called: str
    user_pk: int | None
    identity: str
    password_hash: str | None
    refusal: EntryRefused | None
    noteworthy: bool


async def read_candidate(connection: AsyncConnection, keys: Keys, typed: str, now: Any) -> Candidate:
    """The user to try, or why not (wait, locked), before any work is done for it."""
    user_pk, identity = await find_user(connection, keys, typed)
    credential = select(CREDENTIALS.c.password_hash).where(CREDENTIALS.c.user_pk == (user_pk or 0))
    kept: str | None = (await connection.execute(credential)).scalar_one_or_none()
    locked = (await connection.execute(select(USERS.c.locked).where(USERS.c.pk == (user_pk or 0)))).scalar()
    throttles = select(ENTRY_THROTTLES).where(ENTRY_THROTTLES.c.identity == identity)
    throttle: Any = (await connection.execute(throttles)).one_or_none() or EntryThrottle(identity=identity)
    refusal = barred_by(bool(locked or throttle.locked), throttle.locked_until, "password", now)
    noteworthy = strangers.noted_next(throttle.noted, throttle.noted_from, now) is not None
    return Candidate(typed, user_pk, identity, kept, refusal, noteworthy)


async def note_barred(change: Change, candidate: Candidate, origin: str) -> None:
    """Note that a password was given to a user who is locked or has to wait, if it still is so."""
    claimed = await claim(change, candidate.user_pk, candidate.identity, candidate.called)
    await barred(change, claimed, "password", origin=printable(origin))


async def begin(
    change: Change, candidate: Candidate, *, good: bool, rehashed: str | None, origin: str
) -> LogonAttempt | StoreError:
    """What follows from the password: an attempt that waits for the second factor, or why there is none."""
    claimed = await claim(change, candidate.user_pk, candidate.identity, candidate.called)
    origin = printable(origin)
    if refusal := await barred(change, claimed, "password", origin=origin):
        return refusal
    if not good or claimed.credential.password_hash != candidate.password_hash:
        return await count_wrong(change, claimed, "password", "wrong", origin=origin)
    if rehashed is not None:
        claimed.credential.password_hash = rehashed
        change.record("password.rehashed", claimed.user)
    refusal = _not_permitted(claimed, "password") or await _too_often(change, claimed)
    if refusal is not None:
        await refuse(change, claimed, refusal, origin=origin)
        return NotYet("enrolment") if refusal.reason == "not enrolled" else refusal
    return await _await_otp(change, claimed, OtpMethod(claimed.credential.otp_method or ""), origin)


def _not_permitted(claimed: Claim, entry: str) -> EntryRefused | None:
    """What keeps this user from logging on with both factors: suspended, locked or not enrolled."""
    user, credential = claimed.user, claimed.credential
    facts = AccessFacts(
        suspended=user.suspended,
        locked=user.locked or claimed.throttle.locked,
        verified=user.active_canonical is not None,
        password_set=credential.password_hash is not None,
        enrolled=credential.otp_method is not None,
    )
    refusal = decide(facts, Method.TWO_FACTOR, CONNECTIVITY_TEST)
    if refusal is None:
        return None
    told = refusal in (Refusal.SUSPENDED, Refusal.LOCKED)
    return EntryRefused(entry, refusal.value if told else "not enrolled")


async def _too_often(change: Change, claimed: Claim) -> EntryRefused | None:
    """Whether too many good passwords of the hour were not followed by a one-time password."""
    table = LOGON_ATTEMPTS.c
    query = select(table.began_at).where(
        table.user_pk == claimed.user.pk,
        table.finished_at.is_(None),
        table.began_at > change.now - strangers.HOUR,
    )
    unfinished = (await change.connection.execute(query)).scalars().all()
    seconds = strangers.logon_wait(unfinished, change.now)
    return EntryRefused("password", "often", seconds=seconds) if seconds else None


async def _await_otp(
    change: Change, claimed: Claim, method: OtpMethod, origin: str
) -> LogonAttempt | TooSoon:
    """Begin an attempt; it leaves its trace and counts though no mail may be sent for it now."""
    token = secrets.token_urlsafe(32)
    row = LogonAttemptRow(
        attempt_hash=token_hash(change.context.keys, USE, token),
        user_pk=claimed.user.pk or 0,
        identity=claimed.throttle.identity,
        origin=origin,
        began_at=change.now,
        expires_at=change.now + rules.ATTEMPT_LIFE,
    )
    change.session.add(row)
    change.record("logon.begun", claimed.user, method=method.value, origin=origin)
    attempt = LogonAttempt(token, claimed.user.user_id, method, row.expires_at)
    try:
        return await _with_code(change, claimed, row, attempt)
    except TooSoon as too_soon:
        return too_soon


async def _with_code(
    change: Change, claimed: Claim, row: LogonAttemptRow, attempt: LogonAttempt
) -> LogonAttempt:
    """The attempt, after a one-time password was mailed if that is the method. Raises: TooSoon."""
    if attempt.method is not OtpMethod.EMAIL:
        return attempt
    pause = await mailed_codes.one_time_pause(change, claimed, row.attempt_hash)
    code = await mailed_codes.issue(change, claimed, mailed_codes.ONE_TIME, row.attempt_hash, pause)
    row.expires_at = code.expires_at
    change.record("otp.sent", claimed.user, number=code.number, origin=row.origin)
    sent = code_sent(code, claimed.user.active_email, MailState.QUEUED, told=True)
    return LogonAttempt(attempt.token, attempt.user_id, attempt.method, row.expires_at, sent)


async def resend(change: Change, attempt: LogonAttempt) -> LogonAttempt | EntryRefused:
    """Mail another one-time password for the attempt. Raises: TooSoon."""
    found = await _open_attempt(change, attempt.token)
    if isinstance(found, EntryRefused):
        return found
    row, claimed = found
    if refusal := await barred(change, claimed, "otp", origin=row.origin):
        return refusal
    return await _with_code(change, claimed, row, attempt)


async def finish(change: Change, attempt: LogonAttempt, typed: str) -> LoggedOn | EntryRefused:
    """The second factor."""
    found = await _open_attempt(change, attempt.token)
    if isinstance(found, EntryRefused):
        return found
    row, claimed = found
    method = OtpMethod(claimed.credential.otp_method or "")
    drift = await _second_factor(change, row, claimed, method, typed)
    if isinstance(drift, EntryRefused):
        return drift
    user, first = claimed.user, claimed.user.proven_at is None
    row.finished_at = change.now
    forgive(claimed.throttle)
    user.proven_at = user.proven_at or change.now
    moved(change, user)
    proven_as(change, user)
    facts = {} if drift is None else {"drift_seconds": drift}
    action = "user.proven" if first else "logon.passed"
    change.record(action, user, method=method.value, origin=row.origin, **facts)
    return LoggedOn(user.user_id, method, change.now, first, drift)


async def _second_factor(
    change: Change, row: LogonAttemptRow, claimed: Claim, method: OtpMethod, typed: str
) -> int | EntryRefused | None:
    credential = claimed.credential
    if method is OtpMethod.APP:
        sealed, used = credential.totp_sealed, credential.last_step
        judged = await spend_app(change, claimed, sealed, typed, used=used, origin=row.origin)
        if isinstance(judged, EntryRefused):
            return judged
        credential.last_step = judged.step
        return judged.drift_seconds
    code = otp.normalise(typed, otp.EMAIL_DIGITS)
    if code is None:
        return EntryRefused("otp", "malformed")
    if refusal := await barred(change, claimed, "otp", origin=row.origin):
        return refusal
    why = await mailed_codes.spend(change, claimed, mailed_codes.ONE_TIME, row.attempt_hash, code)
    if why == "wrong":
        return await count_wrong(change, claimed, "otp", why, origin=row.origin)
    return await refuse(change, claimed, EntryRefused("otp", why), origin=row.origin) if why else None


async def _open_attempt(change: Change, token: str) -> tuple[LogonAttemptRow, Claim] | EntryRefused:
    """The attempt with this token, if it still waits; it and its user locked."""
    key = token_hash(change.context.keys, USE, token)
    query = select(LogonAttemptRow).where(col(LogonAttemptRow.attempt_hash) == key)
    row: LogonAttemptRow | None = (await change.session.execute(query)).scalar_one_or_none()
    if row is None:
        return EntryRefused("otp", "expired")
    claimed = await claim(change, row.user_pk, row.identity, "")
    claimed.called = claimed.user.user_id
    fresh = query.execution_options(populate_existing=True)
    row = (await change.session.execute(fresh)).scalar_one_or_none()
    if row is None:
        return EntryRefused("otp", "expired")
    refusal = _not_permitted(claimed, "otp")
    if row.finished_at is not None or row.expires_at <= change.now or _never_enrolled(refusal):
        refusal = EntryRefused("otp", "expired")
    if refusal is not None:
        return await refuse(change, claimed, refusal, origin=row.origin)
    return row, claimed


def _never_enrolled(refusal: EntryRefused | None) -> bool:
    """Whether what the user had was taken away since the logon was begun."""
    return refusal is not None and refusal.reason == "not enrolled"
