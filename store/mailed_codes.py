"""Codes sent by mail to who enrols or logs on: activation codes, and one-time passwords by email.

A code can be used once, only where it was asked for, and only the newest there; its keyed hash alone is kept.
"""

import hmac
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, func, insert, literal, select
from sqlmodel import col

from store import visits
from store.claims import Claim
from store.context import Change
from store.errors import TooSoon
from store.outbox import settle
from store.rules import codes, otp, resend
from store.rules.enrolment import ACTIVATION_LIFE, otp_wait
from store.rules.strangers import Asked, activation_wait
from store.tables import MAILS, USERS, VISITS, Mail, MailedCode
from store.views import MailKind, MailState

KEPT_IN_MIND = 30
"""How many codes of a user, from the newest, are told from codes that were never sent."""


@dataclass(frozen=True)
class Purpose:
    """What a code is for: how it is made, shown, mailed, and how long it lives."""

    word: str
    kind: MailKind
    life: timedelta

    def make(self) -> tuple[str, str]:
        """A fresh code, as it is compared and as the mail shows it."""
        if self.kind is MailKind.ACTIVATION:
            code = codes.generate()
            return code, codes.format(code)
        code = otp.generate_email()
        return code, otp.show_email(code)

    def normalise(self, typed: str) -> str | None:
        """The code meant by what was typed; None when it cannot be one."""
        if self.kind is MailKind.ACTIVATION:
            return codes.normalise(typed)
        return otp.normalise(typed, otp.EMAIL_DIGITS)


_FROM_USER = {
    "user_pk": USERS.c.pk,
    "participant_id": USERS.c.participant_id,
    "to_email": USERS.c.active_email,
}
ACTIVATION = Purpose(visits.ACTIVATION, MailKind.ACTIVATION, ACTIVATION_LIFE)
ONE_TIME = Purpose(visits.OTP, MailKind.ONE_TIME_PASSWORD, otp.EMAIL_LIFE)


async def issue(
    change: Change, claim: Claim, purpose: Purpose, bound_to: str, pause: resend.Wait | None
) -> MailedCode:
    """Make the next code and queue its mail to the verified address, if the user has one.

    Raises: TooSoon, when there is a `pause` to wait for.
    """
    if pause is not None:
        raise TooSoon(claim.called, pause.seconds, pause.limit.value)
    await _withdraw(change, claim, purpose, bound_to)
    code, shown = purpose.make()
    row = MailedCode(
        purpose=purpose.word,
        identity=claim.throttle.identity,
        bound_to=bound_to,
        number=await _next_number(change, claim, purpose, bound_to),
        canonical=claim.user.active_canonical or "",
        code_hash=b"",
        issued_at=change.now,
        expires_at=change.now + purpose.life,
    )
    row.code_hash = _hash(change, row, code)
    row.mail_id = await _queue(change, claim, row, purpose, shown)
    change.session.add(row)
    await change.session.flush()
    return row


async def was_sent(change: Change, claim: Claim, purpose: Purpose, code: str) -> bool:
    """Whether this is one of the newest codes that were made for the user, whatever became of it."""
    return bool(_holding(change, code, await _newest(change, claim, purpose)))


async def spend(change: Change, claim: Claim, purpose: Purpose, bound_to: str, code: str) -> str:
    """Use up the code; empty when it was good, or why not (`EntryRefused.reason`).

    Other reasons than "wrong" are given only to who holds that very code.
    """
    rows = await _newest(change, claim, purpose)
    newest = next((row for row in rows if row.bound_to == bound_to), None)
    held = _holding(change, code, rows)
    if not held:
        if newest is not None:
            newest.tries += 1
        return "wrong"
    if why := _why_not(change, claim, held[0], newest, bound_to):
        return why
    held[0].used_at = change.now
    return ""


async def _newest(change: Change, claim: Claim, purpose: Purpose) -> list[MailedCode]:
    query = select(MailedCode).where(
        col(MailedCode.identity) == claim.throttle.identity, col(MailedCode.purpose) == purpose.word
    )
    newest_first = query.order_by(col(MailedCode.code_id).desc()).limit(KEPT_IN_MIND)
    return list((await change.session.execute(newest_first)).scalars())


def _holding(change: Change, code: str, rows: list[MailedCode]) -> list[MailedCode]:
    return [row for row in rows if hmac.compare_digest(_hash(change, row, code), row.code_hash)]


def _why_not(change: Change, claim: Claim, held: MailedCode, newest: MailedCode | None, bound_to: str) -> str:
    if held.used_at is not None:
        return "used"
    if held.expires_at <= change.now:
        return "expired"
    if held.bound_to != bound_to:
        return "elsewhere"
    if held is not newest or held.canonical != claim.user.active_canonical:
        return "earlier"
    return "spent" if held.tries >= codes.TRIES_PER_CODE else ""


async def activation_pause(change: Change, visit: visits.Visit) -> resend.Wait | None:
    """What keeps an activation code from being mailed for this session now."""
    query = (
        select(col(MailedCode.issued_at), VISITS.c.origin, VISITS.c.mailbox_proven_at)
        .join(VISITS, VISITS.c.session_hash == col(MailedCode.bound_to))
        .where(*_of_the_day(change, visit.claim, ACTIVATION))
    )
    sent = [
        Asked(at, origin, vouched=proven_at is not None and proven_at <= at)
        for at, origin, proven_at in await change.session.execute(query)
    ]
    vouched = visit.row.mailbox_proven_at is not None
    return activation_wait(sent, visit.row.origin, change.now, vouched=vouched)


async def one_time_pause(change: Change, claim: Claim, bound_to: str) -> resend.Wait | None:
    """What keeps a one-time password from being mailed now; each logon has its first one."""
    query = select(col(MailedCode.issued_at), col(MailedCode.bound_to))
    issued = (await change.session.execute(query.where(*_of_the_day(change, claim, ONE_TIME)))).all()
    every = [each.issued_at for each in issued]
    here = [each.issued_at for each in issued if each.bound_to == bound_to]
    return otp_wait(here, every, change.now)


def _of_the_day(change: Change, claim: Claim, purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    return (
        col(MailedCode.identity) == claim.throttle.identity,
        col(MailedCode.purpose) == purpose.word,
        col(MailedCode.issued_at) > change.now - resend.DAY,
    )


async def _next_number(change: Change, claim: Claim, purpose: Purpose, bound_to: str) -> int:
    """One-time passwords are counted over a user's day: who is sent one has proven to be the user.

    Activation codes are counted anew in each session: anybody may ask for one, and a count over all would
    tell a stranger that somebody was here before, and so that there is such a user. The time of sending,
    which is told with the number, tells them apart.
    """
    in_session = (col(MailedCode.bound_to) == bound_to, col(MailedCode.purpose) == purpose.word)
    these = _of_the_day(change, claim, purpose) if purpose is ONE_TIME else in_session
    query = select(func.max(col(MailedCode.number))).where(*these)
    return ((await change.session.execute(query)).scalar_one_or_none() or 0) + 1


async def _queue(change: Change, claim: Claim, row: MailedCode, purpose: Purpose, shown: str) -> int | None:
    """Queue the mail to the verified address; for who has none the same statement adds nothing."""
    facts = {
        "user_name": claim.user.user_name,
        "number": row.number,
        "issued_at": row.issued_at.isoformat(),
        "expires_at": row.expires_at.isoformat(),
    }
    user = claim.user
    mail = change.make_mail(purpose.kind, user, "", lifetime=purpose.life, facts=facts, secret=shown)
    columns = {each.name: each for each in MAILS.columns if each.name not in (*_FROM_USER, "mail_id")}
    values = [literal(getattr(mail, name), each.type).label(name) for name, each in columns.items()]
    there = (USERS.c.pk == (user.pk or 0), USERS.c.active_email.is_not(None), USERS.c.suspended.is_(False))
    found = select(*values, *_FROM_USER.values()).where(*there)
    adding = insert(MAILS).from_select([*columns, *_FROM_USER], found).returning(MAILS.c.mail_id)
    mail_id: int | None = (await change.connection.execute(adding)).scalar_one_or_none()
    return mail_id


async def _withdraw(change: Change, claim: Claim, purpose: Purpose, bound_to: str) -> None:
    """Cancel the mails that still wait with an earlier code: a dead code is never delivered.

    One that a worker holds right now is passed over.
    """
    waiting = (MailState.QUEUED.value, MailState.DEFERRED.value, MailState.HELD.value)
    query = (
        select(Mail)
        .join(MailedCode, col(MailedCode.mail_id) == col(Mail.mail_id))
        .where(col(MailedCode.bound_to) == bound_to, col(MailedCode.purpose) == purpose.word)
        .where(col(Mail.state).in_(waiting))
        .with_for_update(of=Mail, skip_locked=True)
    )
    for mail in (await change.session.execute(query)).scalars():
        settle(change, mail, claim.user, MailState.CANCELLED)


def _hash(change: Change, row: MailedCode, code: str) -> bytes:
    return change.context.keys.hash_code(f"{row.purpose}:{row.bound_to}:{row.number}", code)
