"""Who somebody says they are at the enrolment terminal, and what wrong entries for a user come to.

A user ID that nobody has is counted, locked and answered as any other: a row that stands for nobody takes the
user's place, and every statement is made for it too.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.context import Change, base_standing
from store.errors import EntryRefused
from store.keys import Keys
from store.rules import lockout, strangers
from store.tables import (
    EVENTS,
    NOBODYS_EVENTS,
    USERS,
    CcmsUser,
    Credential,
    EntryThrottle,
    UtcDateTime,
)
from store.views import Operator, Role

TERMINAL = Operator("enrolment", "the enrolment terminal", Role.OPERATIONS)
"""Acts while nobody has proven to be the user."""
NOBODY_AN_HOUR = 120
"""Traces an hour of what is done with user IDs that nobody has: strangers cannot fill the log."""

_MAKE_THROTTLE = text(
    "INSERT INTO entry_throttle (identity, failures, locked, tried_at, noted) "
    "VALUES (:identity, 0, false, :now, 0) ON CONFLICT (identity) DO UPDATE SET tried_at = excluded.tried_at"
).bindparams(bindparam("now", type_=UtcDateTime))


@dataclass
class Claim:
    """A user as claimed: their row, locked (nobody's has no key), what they log on with, their wrong entries.

    `called` is the user ID as it was typed.
    """

    called: str
    user: CcmsUser
    credential: Credential
    throttle: EntryThrottle

    @property
    def known(self) -> bool:
        """Whether there is such a user."""
        return bool(self.user.pk)


def plain_id(typed: str) -> str:
    """A user ID as typed, without what no ID has."""
    return "".join(char for char in typed[:256] if char.isprintable()).strip()[:64]


def printable(origin: str) -> str:
    """Where somebody came from, fit to be kept."""
    return "".join(char for char in origin if char.isprintable())[:255] or "unknown"


def identity_of(keys: Keys, user_id: str) -> str:
    """The keyed hash that stands for a user ID among the wrong entries."""
    return hmac.digest(keys.derive("identity"), user_id.encode(), hashlib.sha256).hex()


def token_hash(keys: Keys, use: str, token: str) -> str:
    """The keyed hash of a session's or an attempt's token; only this is kept."""
    body = token.encode("utf-8", "surrogatepass")
    return hmac.digest(keys.derive(f"token of {use}"), body, hashlib.sha256).hex()


async def find_user(connection: AsyncConnection, keys: Keys, typed: str) -> tuple[int | None, str]:
    """The key of the user with this ID (None for nobody), and the identity. Capitals may be typed small."""
    user_id = plain_id(typed)
    query = select(USERS.c.pk, USERS.c.user_id).where(USERS.c.user_id.in_([user_id, user_id.upper()]))
    exact_first = query.order_by(case((USERS.c.user_id == user_id, 0), else_=1)).limit(1)
    found = (await connection.execute(exact_first)).one_or_none()
    return (found.pk if found else None), identity_of(keys, found.user_id if found else user_id.upper())


async def claim(change: Change, user_pk: int | None, identity: str, called: str) -> Claim:
    """The rows behind a claim, locked in one order: the user's, then the wrong entries'."""
    users = select(CcmsUser).where(col(CcmsUser.pk) == (user_pk or 0)).with_for_update()
    user: CcmsUser | None = (await change.session.execute(users)).scalar_one_or_none()
    throttle = await locked_throttle(change, identity)
    credentials = select(Credential).where(col(Credential.user_pk) == (user_pk or 0))
    kept: Credential | None = (await change.session.execute(credentials)).scalar_one_or_none()
    user = user or _nobody(change.now)
    return Claim(called, user, kept or Credential(user_pk=user.pk or 0), throttle)


async def locked_throttle(change: Change, identity: str) -> EntryThrottle:
    """The row that counts wrong entries, made when there is none, locked until the end."""
    await change.connection.execute(_MAKE_THROTTLE, {"identity": identity, "now": change.now})
    query = select(EntryThrottle).where(col(EntryThrottle.identity) == identity).with_for_update()
    row: EntryThrottle = (await change.session.execute(query)).scalar_one()
    return row


async def barred(change: Change, claim: Claim, entry: str, *, origin: str) -> EntryRefused | None:
    """Why nothing may be entered now: the user is locked, or has to wait. It is noted."""
    locked, until = claim.throttle.locked or claim.user.locked, claim.throttle.locked_until
    refusal = barred_by(locked, until, entry, change.now)
    return await refuse(change, claim, refusal, origin=origin) if refusal else None


def barred_by(locked: bool, locked_until: datetime | None, entry: str, now: datetime) -> EntryRefused | None:
    """The same by the bare facts."""
    if locked:
        return EntryRefused(entry, "locked")
    if locked_until is not None and locked_until > now:
        return EntryRefused(entry, "wait", seconds=-int(-(locked_until - now).total_seconds() // 1))
    return None


async def refuse(change: Change, claim: Claim, refusal: EntryRefused, *, origin: str) -> EntryRefused:
    """Note a refusal that counts for nothing, the first few of an hour; it is returned."""
    throttle = claim.throttle
    noted = strangers.noted_next(throttle.noted, throttle.noted_from, change.now)
    if noted is not None:
        throttle.noted, throttle.noted_from = noted
        reason = refusal.reason
        await note(change, claim, "entry.refused", entry=refusal.entry, reason=reason, origin=origin)
    return refusal


async def count_wrong(
    change: Change,
    claim: Claim,
    entry: str,
    reason: str,
    *,
    origin: str,
    seconds: int = 0,
    noted: bool = False,
) -> EntryRefused:
    """Count a wrong entry and note it (unless `noted` already); the refusal says what that came to."""
    throttle = claim.throttle
    throttle.failures += 1
    throttle.locked = lockout.is_locked(throttle.failures)
    wait, left = lockout.wait_after(throttle.failures), lockout.tries_left(throttle.failures)
    throttle.locked_until = change.now + wait if wait else None
    facts = {"entry": entry, "reason": reason, "tries_left": left, "origin": origin}
    if reason == "clock":
        facts["drift_seconds"] = seconds
    await note(change, claim, "entry.refused", noted=noted, **facts)
    if throttle.locked:
        mine = USERS.c.pk == (claim.user.pk or 0)
        await change.connection.execute(update(USERS).where(mine).values(locked=True))
        if claim.known:
            change.record("user.locked", claim.user, origin=origin)
        return EntryRefused(entry, "locked")
    waits = int(wait.total_seconds())
    return EntryRefused(entry, reason, seconds=seconds if reason == "clock" else waits, tries_left=left)


async def note(change: Change, claim: Claim, action: str, *, noted: bool = False, **facts: Any) -> None:
    """Record what happened to a user (unless `noted` already), or, within bounds, to nobody."""
    query = select(EVENTS.c.at).where(text(NOBODYS_EVENTS)).order_by(EVENTS.c.event_id.desc())
    flood = (await change.connection.execute(query.offset(NOBODY_AN_HOUR - 1).limit(1))).scalar_one_or_none()
    if claim.known and not noted:
        change.record(action, claim.user, **facts)
    elif not claim.known and (flood is None or flood <= change.now - timedelta(hours=1)):
        change.record(action, **facts)


def forgive(throttle: EntryThrottle) -> None:
    """Forget the wrong entries: both factors were good, or somebody unlocked the user."""
    throttle.failures, throttle.locked_until, throttle.locked = 0, None, False


def proven_as(change: Change, user: CcmsUser) -> None:
    """From here on in the transaction the user acts."""
    change.act_as(Operator(f"user:{user.user_id}", user.user_name, Role.OPERATIONS))


def moved(change: Change, user: CcmsUser) -> None:
    """Note how far the user is; nothing that an editor of their address must know of: the version stays."""
    user.standing = base_standing(user, change.now).value


def _nobody(now: datetime) -> CcmsUser:
    """A row that is never stored."""
    return CcmsUser(
        pk=0, user_id="", participant_id="", user_name="", sort_name="", grams="", kind="user",
        standing="no email", changed_at=now, changed_by="",
    )  # fmt: skip
