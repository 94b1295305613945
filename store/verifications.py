"""Verification of an address: codes sent, sent again, and entered (DESIGN 3.3)."""

import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.claims import TERMINAL
from store.context import Change, Context
from store.enquiry_rows import call_behind_resend, facts_of_call
from store.errors import CodeRefused, NothingToVerify, NotNow, ProofNeeded, TooSoon
from store.rules import codes, resend
from store.rules.masking import seen_by
from store.rules.resend import LEFT_OUT_BY, LeftOut, Wait
from store.rules.roles import Permission
from store.tables import VERIFICATIONS, AuditEvent, CcmsUser, Enquiry, Verification
from store.views import AddressVerified, MailKind, ResendPreview, Resent

NOTICE_LIFETIME = timedelta(days=3)
KEPT_IN_MIND = 10
"""How many codes, from the newest, are told from codes that were never sent."""
DESK_TRIES, TERMINAL_TRIES = VERIFICATIONS.c.tries, VERIFICATIONS.c.terminal_tries
"""Where tries of a code are counted: what strangers type at the terminal takes none from the desk's."""
CHUNK = 5_000
"""Ids in one query: below the number of values that either database takes."""


@dataclass(frozen=True)
class Verifications:
    """Codes sent, sent again, and entered, as one operator may."""

    _context: Context

    async def resend(
        self,
        user_id: str,
        *,
        question: str | None = None,
        enquiry_id: int | None = None,
        since: datetime | None = None,
    ) -> Resent:
        """Queue a fresh code to the user's pending address; the newest code wins.

        The helpdesk's is tied to a call: `enquiry_id`, or the one that is going on about the user, or else
        one that begins with it (`since` the caller was there) with the caller's `question`, and goes on. A
        code sent to an address that bounced gives it another chance.
        Raises: NotFound, NotAllowed, EnquiryNeeded, TextTooLong, NotNow, NothingToVerify, TooSoon.
        """
        async with self._context.changing() as change:
            user = await change.user(user_id, Permission.RESEND)
            call = None
            if self._context.allows(Permission.WRITE_ENQUIRY):
                call = await call_behind_resend(change, user, question or "", enquiry_id, since)
            if user.suspended:
                raise NotNow(user_id, "suspended")
            if user.pending_email is None:
                raise NothingToVerify(user_id)
            if wait := resend.wait_before_next(await _issue_times(change, user), change.now):
                raise TooSoon(user_id, wait.seconds, wait.limit.value)
            if user.undeliverable:
                user.undeliverable = False
                change.touch(user)
            (number,) = await issue_codes(change, [user], call)
            sent_to = seen_by(self._context.actor.role, user.pending_email)
            return Resent(user_id, sent_to, number, call.enquiry_id if call else None)

    async def preview(self, user_ids: Iterable[str], *, only_stale: bool = False) -> ResendPreview:
        """Who of these would get a code now, in the order given, and how many would not, for which reason.

        An address that bounced is left out here: it is corrected, or tried again one by one. `only_stale`
        leaves out those too whose code is good and was sent lately (`resend.FRESH`): a new one would kill it.
        """
        wanted = list(dict.fromkeys(user_ids))
        fit: list[str] = []
        left_out: Counter[str] = Counter()
        waits: list[int] = []
        now = self._context.clock.now()
        async with self._context.reading(Permission.RESEND) as connection:
            for start in range(0, len(wanted), CHUNK):
                chunk = wanted[start : start + CHUNK]
                reasons = await self._reasons(connection, chunk, now, only_stale=only_stale)
                fit += [user_id for user_id in chunk if reasons[user_id] is None]
                left_out.update(_word(reason) for reason in reasons.values() if reason)
                waits += [reason.seconds for reason in reasons.values() if isinstance(reason, Wait)]
        return ResendPreview(tuple(fit), dict(left_out), min(waits, default=None))

    async def enter_code(self, user_id: str, code: str) -> AddressVerified:
        """Make the pending address the active one if `code` is the newest code sent to it.

        A wrong code is counted and that count is kept; nothing else is written for any refusal. Where an
        address in use would be replaced, proof of who enters the code comes first; a first verification takes
        none. Raises: NotFound, NotAllowed, NothingToVerify, ProofNeeded, CodeRefused (`reason` says why).
        """
        async with self._context.changing() as change:
            user = await change.user(user_id, Permission.ENTER_CODE)
            if user.pending_canonical is None:
                raise NothingToVerify(user_id)
            plain = codes.normalise(code)
            if plain is None:
                raise CodeRefused(user_id, "malformed")
            if user.active_canonical is not None and not change.proven:
                raise ProofNeeded
            done = await spend_code(change, user, plain, DESK_TRIES)
        if isinstance(done, CodeRefused):
            raise done
        return done

    async def _reasons(
        self, connection: AsyncConnection, user_ids: Sequence[str], now: datetime, *, only_stale: bool
    ) -> dict[str, LeftOut | Wait | None]:
        """Why each user would get no code, None for those who would."""
        query = select(
            col(CcmsUser.pk), col(CcmsUser.user_id), col(CcmsUser.pending_canonical),
            col(CcmsUser.suspended), col(CcmsUser.undeliverable),
        )  # fmt: skip
        mine = self._context.scope(col(CcmsUser.participant_id))
        found = (await connection.execute(query.where(col(CcmsUser.user_id).in_(user_ids), mine))).all()
        waiting = [user.pk for user in found if user.pending_canonical]
        recent = await _recent_issues(connection, waiting, now)
        reasons: dict[str, LeftOut | Wait | None] = dict.fromkeys(user_ids, LeftOut.NOT_FOUND)
        reasons.update({user.user_id: _left_out(user, recent.get(user.pk, ()), now) for user in found})
        if only_stale:
            fresh = await _with_fresh_code(connection, waiting, now)
            reasons.update(
                {
                    user.user_id: LeftOut.FRESH
                    for user in found
                    if user.pk in fresh and not reasons[user.user_id]
                }
            )
        return reasons


def _left_out(user: Any, issued: Iterable[datetime], now: datetime) -> LeftOut | Wait | None:
    if user.suspended:
        return LeftOut.SUSPENDED
    if user.pending_canonical is None:
        return LeftOut.NOTHING_TO_VERIFY
    if user.undeliverable:
        return LeftOut.UNDELIVERABLE
    return resend.wait_before_next(issued, now)


def _word(reason: LeftOut | Wait) -> str:
    return (LEFT_OUT_BY[reason.limit] if isinstance(reason, Wait) else reason).value


async def _recent_issues(
    connection: AsyncConnection, user_pks: Sequence[int], now: datetime
) -> Mapping[int, list[datetime]]:
    query = select(col(Verification.user_pk), col(Verification.issued_at)).where(
        col(Verification.user_pk).in_(user_pks), col(Verification.issued_at) > now - resend.DAY
    )
    issued: defaultdict[int, list[datetime]] = defaultdict(list)
    for user_pk, issued_at in await connection.execute(query):
        issued[user_pk].append(issued_at)
    return issued


async def _with_fresh_code(
    connection: AsyncConnection, user_pks: Sequence[int], now: datetime
) -> frozenset[int]:
    """Those of the users whose code was sent lately to the address that waits, and is still good."""
    query = (
        select(col(Verification.user_pk))
        .join(CcmsUser, col(CcmsUser.pk) == col(Verification.user_pk))
        .where(
            col(Verification.user_pk).in_(user_pks),
            col(Verification.issued_at) > now - resend.FRESH,
            col(Verification.expires_at) > now,
            col(Verification.used_at).is_(None),
            col(Verification.canonical) == col(CcmsUser.pending_canonical),
            col(Verification.tries) < codes.TRIES_PER_CODE,
        )
    )
    return frozenset((await connection.execute(query)).scalars())


async def issue_code(change: Change, user: CcmsUser) -> int:
    """Issue the next code for the user's pending address and queue its mail; only a keyed hash is kept.

    Returns the code's number. It is no change that an editor of the address must know of: the version stays.
    """
    (number,) = await issue_codes(change, [user])
    return number


async def issue_codes(change: Change, users: Sequence[CcmsUser], call: Enquiry | None = None) -> list[int]:
    """Do as `issue_code` for each of many users, in few statements; `call` is the one that it answers."""
    newest = await _newest_numbers(change, [user.pk or 0 for user in users])
    expires_at = change.now + codes.LIFETIME
    issued: list[tuple[CcmsUser, str, Verification]] = []
    for user in users:
        code, number = codes.generate(), newest.get(user.pk or 0, 0) + 1
        verification = Verification(
            user_pk=user.pk or 0,
            number=number,
            canonical=user.pending_canonical or "",
            code_hash=_code_hash(change.context, user, number, code),
            issued_at=change.now,
            expires_at=expires_at,
            enquiry_id=call.enquiry_id if call else None,
        )
        change.session.add(verification)
        user.code_expires_at = expires_at
        issued.append((user, code, verification))
    await change.session.flush()
    for user, code, verification in issued:
        await _send_code(change, user, code, verification, facts_of_call(call, change) if call else {})
    return [verification.number for _user, _code, verification in issued]


async def _newest_numbers(change: Change, pks: Sequence[int]) -> dict[int, int]:
    """The number of each user's newest code; who has none yet is missing."""
    columns = (col(Verification.user_pk), func.max(col(Verification.number)))
    newest: dict[int, int] = {}
    for start in range(0, len(pks), CHUNK):
        these = col(Verification.user_pk).in_(pks[start : start + CHUNK])
        found = await change.session.execute(select(*columns).where(these).group_by(columns[0]))
        newest.update(dict(found.all()))
    return newest


async def _send_code(
    change: Change, user: CcmsUser, code: str, verification: Verification, call: dict[str, Any]
) -> None:
    """Queue the mail that carries the code, and note that it was issued, because of which call if any."""
    expires_at = verification.expires_at.isoformat()
    await change.queue_mail(
        MailKind.VERIFICATION,
        user,
        user.pending_email or "",
        lifetime=codes.LIFETIME,
        facts={
            "user_name": user.user_name,
            "number": verification.number,
            "issued_at": change.now.isoformat(),
            "expires_at": expires_at,
        },
        secret=codes.format(code),
        verification_id=verification.verification_id,
    )
    change.record("verification.issued", user, number=verification.number, expires_at=expires_at, **call)


async def spend_code(
    change: Change, user: CcmsUser, code: str, counter: Column[int]
) -> AddressVerified | CodeRefused:
    """Verify the user's address if `code` (normalised) is the newest one sent to it; a wrong one is counted.

    `counter` is DESK_TRIES or TERMINAL_TRIES. The refusal is returned, so that the count is kept.
    """
    found = await _open_verification(change, user, counter)
    if isinstance(found, CodeRefused):
        return found
    verification, tries_left = found
    given = _code_hash(change.context, user, verification.number, code)
    if hmac.compare_digest(given, verification.code_hash):
        return await _verify(change, user, verification)
    await count_try(change, verification.verification_id or 0, counter)
    change.record("verification.refused", user, number=verification.number, tries_left=tries_left - 1)
    return CodeRefused(user.user_id, "wrong", tries_left - 1)


async def count_try(change: Change, verification_id: int, counter: Column[int]) -> None:
    """Count a wrong try against a code; against none (0), the same is done for nothing."""
    counting = VERIFICATIONS.update().where(VERIFICATIONS.c.verification_id == verification_id)
    await change.connection.execute(counting.values({counter: counter + 1}))


async def sent_code(change: Change, user: CcmsUser, code: str) -> Verification | None:
    """The verification, of the newest ones sent to the user, whose code this is, whatever became of it."""
    query = select(Verification).where(col(Verification.user_pk) == user.pk)
    found = await change.session.execute(query.order_by(col(Verification.number).desc()).limit(KEPT_IN_MIND))
    matching: list[Verification] = [
        each
        for each in found.scalars()
        if hmac.compare_digest(_code_hash(change.context, user, each.number, code), each.code_hash)
    ]
    return matching[0] if matching else None


async def tell_of_change(change: Change, user: CcmsUser, kind: MailKind, to_email: str) -> None:
    """Tell the address in use so far that another one was registered, or has replaced it."""
    facts = {"user_name": user.user_name, "changed_at": change.now.isoformat()}
    await change.queue_mail(kind, user, to_email, lifetime=NOTICE_LIFETIME, facts=facts)


def _code_hash(context: Context, user: CcmsUser, number: int, code: str) -> bytes:
    return context.keys.hash_code(f"{user.pk}:{number}", code)


async def _issue_times(change: Change, user: CcmsUser) -> list[datetime]:
    recent = await _recent_issues(change.connection, [user.pk or 0], change.now)
    return recent.get(user.pk or 0, [])


async def _open_verification(
    change: Change, user: CcmsUser, counter: Column[int]
) -> tuple[Verification, int] | CodeRefused:
    """The user's newest code, if it may still be tried, and how many tries are left."""
    refused_today = await _refused_today(change, user, counter)
    if refused_today >= codes.TRIES_PER_DAY:
        return CodeRefused(user.user_id, "day-limit")
    query = select(Verification).where(col(Verification.user_pk) == user.pk)
    newest = query.order_by(col(Verification.number).desc()).limit(1)
    found: Verification | None = (await change.session.execute(newest)).scalar_one_or_none()
    if found is None or found.used_at is not None or found.canonical != user.pending_canonical:
        return CodeRefused(user.user_id, "expired")
    if found.expires_at <= change.now:
        return CodeRefused(user.user_id, "expired")
    tries: int = getattr(found, counter.name)
    if tries >= codes.TRIES_PER_CODE:
        return CodeRefused(user.user_id, "spent")
    return found, min(codes.TRIES_PER_CODE - tries, codes.TRIES_PER_DAY - refused_today)


async def _refused_today(change: Change, user: CcmsUser, counter: Column[int]) -> int:
    who = col(AuditEvent.operator_id)
    query = select(func.count()).where(
        col(AuditEvent.user_pk) == user.pk,
        col(AuditEvent.action) == "verification.refused",
        who == TERMINAL.operator_id if counter is TERMINAL_TRIES else who != TERMINAL.operator_id,
        col(AuditEvent.at) > change.now - timedelta(days=1),
    )
    return int((await change.session.execute(query)).scalar_one())


async def _verify(change: Change, user: CcmsUser, verification: Verification) -> AddressVerified:
    """Make the pending address the active one, and tell the address that it replaces."""
    replaced, email = user.active_email, user.pending_email or ""
    verification.used_at = user.verified_at = change.now
    user.active_email, user.active_canonical = email, user.pending_canonical
    user.pending_email = user.pending_canonical = user.code_expires_at = None
    user.undeliverable = False
    change.touch(user)
    change.record(
        "address.verified",
        user,
        number=verification.number,
        email=email,
        old_email=replaced,
        version=user.version,
    )
    if replaced is not None:
        await tell_of_change(change, user, MailKind.ADDRESS_REPLACED, replaced)
    return AddressVerified(user.user_id, email, replaced)
