"""A full logon with both factors, as the enrolment terminal offers it to prove that it works (DESIGN 3.4).

The password is tried in a thread, outside any transaction, and all that matters is looked at again after it.
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
    token_hash,
)
from store.context import Change
from store.enrolment_steps import spend_app
from store.enrolment_views import LoggedOn, LogonAttempt, OtpMethod
from store.errors import EntryRefused, NotYet
from store.keys import Keys
from store.rules import enrolment as rules
from store.rules import otp
from store.tables import CREDENTIALS, ENTRY_THROTTLES, USERS, LogonAttemptRow
from store.views import MailState
from store.visits import code_sent

USE = "logon"


@dataclass(frozen=True)
class Candidate:
    """Who is to be tried with a password, by what hash; read before the work of trying it."""

    called: str
    user_pk: int | None
    identity: str
    password_hash: str | None


async def read_candidate(connection: AsyncConnection, keys: Keys, typed: str, now: Any) -> Candidate:
    """The user to try. Raises: EntryRefused (wait, locked), before any work is done for it."""
    user_pk, identity = await find_user(connection, keys, typed)
    credential = select(CREDENTIALS.c.password_hash).where(CREDENTIALS.c.user_pk == (user_pk or 0))
    kept: str | None = (await connection.execute(credential)).scalar_one_or_none()
    locked = (await connection.execute(select(USERS.c.locked).where(USERS.c.pk == (user_pk or 0)))).scalar()
    throttles = select(ENTRY_THROTTLES.c.locked, ENTRY_THROTTLES.c.locked_until)
    found = await connection.execute(throttles.where(ENTRY_THROTTLES.c.identity == identity))
    throttle = found.one_or_none()
    refusal = barred_by(
        bool(locked or (throttle and throttle.locked)), throttle and throttle.locked_until, "password", now
    )
    if refusal is not None:
        raise refusal
    return Candidate(typed, user_pk, identity, kept)


async def begin(
    change: Change, candidate: Candidate, *, good: bool, rehashed: str | None, origin: str
) -> LogonAttempt | EntryRefused | NotYet:
    """What follows from the password: an attempt that waits for the second factor. Raises: TooSoon."""
    claimed = await claim(change, candidate.user_pk, candidate.identity, candidate.called)
    if refusal := barred(claimed, "password", change.now):
        return refusal
    if not good or claimed.credential.password_hash != candidate.password_hash:
        return await count_wrong(change, claimed, "password", "wrong", origin=printable(origin))
    if rehashed is not None:
        claimed.credential.password_hash = rehashed
        change.record("password.rehashed", claimed.user)
    if claimed.user.suspended:
        return EntryRefused("password", "suspended")
    if claimed.credential.otp_method is None:
        return NotYet("enrolment")
    return await _await_otp(change, claimed, OtpMethod(claimed.credential.otp_method), origin)


async def _await_otp(change: Change, claimed: Claim, method: OtpMethod, origin: str) -> LogonAttempt:
    token = secrets.token_urlsafe(32)
    row = LogonAttemptRow(
        attempt_hash=token_hash(change.context.keys, USE, token),
        user_pk=claimed.user.pk or 0,
        identity=claimed.throttle.identity,
        origin=printable(origin),
        began_at=change.now,
        expires_at=change.now + rules.ATTEMPT_LIFE,
    )
    change.session.add(row)
    attempt = LogonAttempt(token, claimed.user.user_id, method, row.expires_at)
    return await _with_code(change, claimed, row, attempt)


async def _with_code(
    change: Change, claimed: Claim, row: LogonAttemptRow, attempt: LogonAttempt
) -> LogonAttempt:
    """The attempt, after a one-time password was mailed if that is the method. Raises: TooSoon."""
    if attempt.method is not OtpMethod.EMAIL:
        return attempt
    code = await mailed_codes.issue(change, claimed, mailed_codes.ONE_TIME, row.attempt_hash)
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
    if refusal := barred(claimed, "otp", change.now):
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
    change.record("user.proven" if first else "logon.passed", user, method=method.value, origin=row.origin)
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
    if refusal := barred(claimed, "otp", change.now):
        return refusal
    why = await mailed_codes.spend(change, claimed, mailed_codes.ONE_TIME, row.attempt_hash, code)
    if why == "wrong":
        return await count_wrong(change, claimed, "otp", why, origin=row.origin)
    return EntryRefused("otp", why) if why else None


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
    if (
        row is None
        or row.finished_at is not None
        or row.expires_at <= change.now
        or claimed.credential.otp_method is None
    ):
        return EntryRefused("otp", "expired")
    if claimed.user.suspended:
        return EntryRefused("otp", "suspended")
    return row, claimed
