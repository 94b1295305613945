"""The desk's own door: whose key it is, whether the one-time password is good, and the session it opens.

A code is accepted once: the row of the operator is locked while the newest accepted step is compared and
moved on. Failures are counted there too, so that all sessions of an operator share one lock-out.
"""

import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyotp
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.clock import Clock
from store.context import Change, Context
from store.database import Database
from store.errors import BadKey, KeyFault, SignInRefused, StoreError
from store.keys import Keys
from store.lately import facts_lately
from store.rules import lockout
from store.rules import otp as rules_otp
from store.rules.masking import hide_codes, mask_within
from store.rules.ssh_keys import decode_blob, fingerprint_of
from store.tables import OPERATOR_KEYS, OPERATOR_SESSIONS, OPERATORS, OperatorRow, OperatorSession
from store.views import Operator, Role, Session

DOOR = Operator("door", "the door", Role.OPERATIONS)
"""Acts when nobody is known yet: a key that belongs to nobody was offered."""
REFUSED = "signin.refused"
NOBODY = pyotp.random_base32()
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
UNKNOWN_KEYS_AN_HOUR = 60
FREE_REFUSALS_A_MINUTE = 6
COUNTED = frozenset({"wrong", "replayed"})
"""Refusals that bring the lock nearer. The others are free for an intruder: of the same from the same place
one a minute is recorded, and so many of all that an operator's name is used for.
"""
TRIED = 40
"""Characters kept of a command that was refused."""


@dataclass(frozen=True)
class SignIn:
    """What the SSH gateway asks of the store before anybody is signed in."""

    database: Database
    clock: Clock
    keys: Keys

    async def holder_of(self, key_type: str, blob: str) -> str | None:
        """The active operator who holds exactly this key; None for all others, who leave a trace.

        Raises: DatabaseFault when the keys cannot be read.
        """
        try:
            fingerprint = fingerprint_of(decode_blob(blob))
        except BadKey:
            return None
        keys, people = OPERATOR_KEYS, OPERATORS
        query = (
            select(keys.c.key_type, keys.c.blob, people.c.operator_id, people.c.disabled_at)
            .join(people, people.c.operator_id == keys.c.operator_id)
            .where(keys.c.fingerprint == fingerprint)
        )
        async with self.database.reading() as connection:
            found = (await connection.execute(query)).one_or_none()
        if found is not None and not (
            hmac.compare_digest(found.key_type.encode(), key_type.encode())
            and hmac.compare_digest(found.blob.encode(), blob.encode())
        ):
            found = None
        if found is not None and found.disabled_at is None:
            return str(found.operator_id)
        await self._record_key(fingerprint, found.operator_id if found else None)
        return None

    async def _record_key(self, fingerprint: str, operator_id: str | None) -> None:
        """Note a key that opens nothing, once an hour; a log that cannot be written changes no answer."""
        reason = "disabled" if operator_id else "unknown-key"
        after = self.clock.now() - HOUR
        try:
            async with self.database.reading() as connection:
                if await _key_was_noted(connection, fingerprint, operator_id, after):
                    return
            async with self._acting(None).changing() as change:
                if await _key_was_noted(change.connection, fingerprint, operator_id, after):
                    return
                change.record(
                    REFUSED,
                    participant_id=await _participant_of(change, operator_id) if operator_id else None,
                    reason=reason,
                    fingerprint=fingerprint,
                    operator=operator_id,
                )
        except StoreError:
            return

    async def open(self, operator_id: str, otp: str, *, origin: str) -> tuple[Operator, Session]:
        """Sign in with a one-time password. `origin` is where from, such as an address.

        Raises: SignInRefused, DatabaseFault.
        """
        operator = await self._find(operator_id)
        where = _printable(origin)
        async with self._acting(operator).changing() as change:
            row = await locked_row(change, operator_id)
            refusal = await spend_code(change, row, otp, origin=where)
            session = None if refusal else await _begin(change, operator_id, where)
            if session is not None:
                change.record("signin.opened", participant_id=_own(row), origin=where)
        if session is None or operator is None:
            raise refusal or SignInRefused("unknown")
        return operator, session

    async def refuse(self, operator_id: str, reason: str, *, origin: str, tried: str = "") -> None:
        """Note a sign-in that came to nothing; `reason` is a short word. Raises: DatabaseFault.

        Of what was `tried` neither addresses nor what may be a code is kept. A repetition takes no lock.
        """
        context = self._acting(await self._find(operator_id))
        where, after = _printable(origin), self.clock.now() - MINUTE
        async with self.database.reading() as connection:
            if await _repeats(
                connection, context.actor.operator_id, {"reason": reason, "origin": where}, after
            ):
                return
        facts = {"tried": mask_within(hide_codes(_printable(tried)))[:TRIED]} if tried else {}
        async with context.changing() as change:
            await note_refusal(change, await locked_row(change, operator_id), reason, where, **facts)

    def _acting(self, operator: Operator | None) -> Context:
        return Context(self.database, self.clock, self.keys, operator or DOOR)

    async def _find(self, operator_id: str) -> Operator | None:
        columns = (OPERATORS.c.operator_id, OPERATORS.c.name, OPERATORS.c.role, OPERATORS.c.participant_id)
        query = select(*columns).where(OPERATORS.c.operator_id == operator_id)
        async with self.database.reading() as connection:
            found = (await connection.execute(query)).one_or_none()
        if found is None:
            return None
        return Operator(found.operator_id, found.name, Role(found.role), found.participant_id)


async def locked_row(change: Change, operator_id: str) -> OperatorRow | None:
    """The operator's row, locked until the end of the transaction."""
    query = select(OperatorRow).where(col(OperatorRow.operator_id) == operator_id).with_for_update()
    row: OperatorRow | None = (await change.session.execute(query)).scalar_one_or_none()
    return row


async def spend_code(
    change: Change, row: OperatorRow | None, otp: str, *, origin: str
) -> SignInRefused | None:
    """Count a try: the code is spent when it is good. The refusal is returned, so that its trace is kept."""
    refusal = _judge(change, row, otp)
    if refusal is None:
        return None
    if row is not None and refusal.reason in COUNTED:
        refusal = _count(change, row, refusal.reason)
    await note_refusal(change, row, refusal.reason, origin)
    return refusal


def _judge(change: Change, row: OperatorRow | None, otp: str) -> SignInRefused | None:
    """The refusal, or None after the step was moved on; nobody's code takes as long as somebody's."""
    now = change.now
    code = rules_otp.normalise(otp, rules_otp.APP_DIGITS) or "x" * rules_otp.APP_DIGITS
    step = rules_otp.matched_step(_seed(change, row), code, now)
    if row is None or row.disabled_at is not None or row.totp_sealed is None:
        return SignInRefused("unknown")
    if row.locked:
        return SignInRefused("locked")
    if row.locked_until is not None and row.locked_until > now:
        return SignInRefused("wait", seconds=-int(-(row.locked_until - now).total_seconds() // 1))
    if step is None:
        return SignInRefused("wrong")
    if row.last_step is not None and step <= row.last_step:
        return SignInRefused("replayed")
    row.last_step, row.failures, row.locked_until = step, 0, None
    if row.totp_confirmed_at is None:
        row.totp_confirmed_at = now
        change.record("operator.otp-confirmed", participant_id=_own(row), operator=row.operator_id)
    return None


def _count(change: Change, row: OperatorRow, reason: str) -> SignInRefused:
    row.failures += 1
    if lockout.is_locked(row.failures):
        row.locked = True
        change.record("operator.locked", participant_id=_own(row), operator=row.operator_id)
        return SignInRefused("locked")
    wait = lockout.wait_after(row.failures)
    row.locked_until = change.now + wait if wait else None
    left = lockout.tries_left(row.failures)
    return SignInRefused(reason, seconds=int(wait.total_seconds()), tries_left=left)


async def note_refusal(
    change: Change, row: OperatorRow | None, reason: str, origin: str, **facts: Any
) -> None:
    """Record a refused sign-in (whose, where somebody else acts), unless it is free and repeats."""
    actor = change.context.actor.operator_id
    told: dict[str, Any] = {"reason": reason, "origin": origin}
    if row is not None and row.operator_id != actor:
        told["operator"] = row.operator_id
    if reason in COUNTED or not await _repeats(change.connection, actor, told, change.now - MINUTE):
        change.record(REFUSED, participant_id=_own(row), **told, **facts)


async def _repeats(connection: AsyncConnection, actor: str, told: Mapping[str, str], after: datetime) -> bool:
    """Whether a free refusal was recorded already, or as many as there may be."""
    recorded = await facts_lately(connection, actor, REFUSED, after)
    free = [facts for facts in recorded if facts.get("reason") not in COUNTED]
    return len(free) >= FREE_REFUSALS_A_MINUTE or any(
        {key: facts.get(key) for key in ("reason", "origin", "operator")} == {"operator": None, **told}
        for facts in free
    )


async def _key_was_noted(
    connection: AsyncConnection, fingerprint: str, operator_id: str | None, after: datetime
) -> bool:
    """Whether this key was noted already; of keys that are nobody's, whether so many were that one more says
    nothing. They take no room from a disabled operator's.
    """
    noted = await facts_lately(connection, DOOR.operator_id, REFUSED, after)
    strangers = [facts for facts in noted if facts.get("reason") == "unknown-key"]
    full = operator_id is None and len(strangers) >= UNKNOWN_KEYS_AN_HOUR
    return full or any(facts.get("fingerprint") == fingerprint for facts in noted)


async def _participant_of(change: Change, operator_id: str) -> str | None:
    return _own(await locked_row(change, operator_id))


async def _begin(change: Change, operator_id: str, origin: str) -> Session:
    """Open the session; it knows when and from where the one before it was."""
    previous = await last_session(change.connection, operator_id)
    row = OperatorSession(
        session_id=str(uuid.uuid4()),
        operator_id=operator_id,
        origin=origin,
        began_at=change.now,
        proved_at=change.now,
    )
    change.session.add(row)
    seen = (previous.began_at, previous.origin) if previous else (None, None)
    return Session(row.session_id, origin, change.now, *seen)


async def last_session(connection: AsyncConnection, operator_id: str) -> Any:
    """The operator's newest session, or None."""
    sessions = OPERATOR_SESSIONS
    query = select(sessions).where(sessions.c.operator_id == operator_id)
    return (await connection.execute(query.order_by(sessions.c.began_at.desc()).limit(1))).one_or_none()


def seal_seed(keys: Keys, operator_id: str, seed: str) -> bytes:
    """The seed for the operator's row: sealed together with whose it is, so that rows cannot be swapped."""
    return keys.seal(f"{operator_id}:{seed}")


def _seed(change: Change, row: OperatorRow | None) -> str:
    """The operator's seed; somebody's who does not exist where there is none, or not theirs."""
    if row is None or row.totp_sealed is None:
        return NOBODY
    try:
        owner, _colon, seed = change.context.keys.unseal(row.totp_sealed).partition(":")
    except KeyFault:
        return NOBODY
    return seed if owner == row.operator_id else NOBODY


def _own(row: OperatorRow | None) -> str | None:
    return row.participant_id if row else None


def _printable(origin: str) -> str:
    return "".join(each for each in origin if each.isprintable())[:255] or "unknown"
