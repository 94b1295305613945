"""Who is calling (issue 5): the caller check, by a call back or by a code to the user's verified address."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from store.context import Change, Context
from store.enquiry_rows import call_of, going_on, own_call, record_call
from store.enquiry_views import Call, CheckCodeSent, NumberOnFile
from store.errors import CheckRefused, NotFound, NotNow, TooSoon
from store.outbox import settle
from store.rules import caller_check, resend
from store.rules.caller_check import CheckMethod, Ways, why_no_code
from store.rules.masking import seen_by
from store.rules.roles import Permission
from store.tables import ENQUIRIES, PARTICIPANTS, USERS, CallerCode, CcmsUser, Enquiry, Mail
from store.views import MailKind, MailState

_WAITING = (MailState.QUEUED.value, MailState.DEFERRED.value, MailState.HELD.value)


@dataclass(frozen=True)
class Callers:
    """The caller check, as one operator may make it. Every step belongs to a call that is going on."""

    _context: Context

    async def number_on_file(self, participant_id: str) -> NumberOnFile | None:
        """The participant's number to call back, None when there is none. Raises: NotAllowed, NotFound."""
        query = select(PARTICIPANTS).where(PARTICIPANTS.c.participant_id == participant_id)
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            found = (await connection.execute(query)).one_or_none()
        if found is None:
            raise NotFound("participant", participant_id)
        if found.phone is None:
            return None
        return NumberOnFile(participant_id, found.phone, found.phone_by or "", found.phone_at)

    async def ways(self, user_id: str) -> Ways:
        """Which ways there are to check who calls about a user. Raises: NotAllowed, NotFound."""
        query = select(USERS, PARTICIPANTS.c.phone).join(PARTICIPANTS).where(USERS.c.user_id == user_id)
        async with self._context.reading(Permission.READ_ENQUIRIES) as connection:
            found = (await connection.execute(query)).one_or_none()
        if found is None:
            raise NotFound("user", user_id)
        return Ways(call_back=found.phone is not None, code=_why_no_code(found) is None)

    async def called_back(self, enquiry_id: int, *, reached: bool) -> Call:
        """Note a call back to the number on file, and whether the caller was reached there.

        Raises: NotAllowed, NotFound, NotNow (ended, no participant, no number on file).
        """
        async with self._context.changing() as change:
            call, user = await going_on(change, enquiry_id)
            if call.participant_id is None:
                raise NotNow(str(enquiry_id), "no participant")
            if (await change.participant(call.participant_id)).phone is None:
                raise NotNow(call.participant_id, "no number on file")
            return await _note_check(change, call, user, CheckMethod.CALL_BACK, held=reached)

    async def send_code(self, enquiry_id: int) -> CheckCodeSent:
        """Mail a caller check code to the verified address of the user the call is about.

        It goes to nobody else, lives ten minutes and works once, in this call, for who asked for it. The pace
        is that of verification codes, counted over all calls about the user: the hotline floods no mailbox.
        Raises: NotAllowed, NotFound, NotNow (ended, not their call, no user, suspended, no verified address,
        undeliverable), TooSoon.
        """
        async with self._context.changing() as change:
            change.demand(Permission.WRITE_ENQUIRY)
            await _lock_user(change, enquiry_id)
            call, user = await _own_call_of_user(change, enquiry_id)
            if why := _why_no_code(user):
                raise NotNow(user.user_id, why)
            if wait := resend.wait_before_next(await _issue_times(change, user), change.now):
                raise TooSoon(user.user_id, wait.seconds, wait.limit.value)
            row = await self._issue(change, call, user)
            sent_to = seen_by(self._context.actor.role, user.active_email or "")
            return CheckCodeSent(row.number, sent_to, row.issued_at, row.expires_at)

    async def enter_code(self, enquiry_id: int, typed: str) -> Call:
        """The call with its caller checked, if `typed` is the newest code mailed for it.

        A wrong one is counted and the count is kept. Raises: NotAllowed, NotFound, NotNow, CheckRefused
        (`reason` says why).
        """
        async with self._context.changing() as change:
            call, user = await _own_call_of_user(change, enquiry_id)
            code = caller_check.normalise(typed)
            if code is None:
                raise CheckRefused("malformed")
            refused = await self._spend(change, call, user, code)
            checked = (
                await _note_check(change, call, user, CheckMethod.CODE, held=True) if not refused else None
            )
        if refused:
            raise refused
        assert checked is not None
        return checked

    async def _issue(self, change: Change, call: Enquiry, user: CcmsUser) -> CallerCode:
        """Make the next code of this call and queue its mail; those that still wait are withdrawn."""
        await _withdraw(change, call, user)
        newest = select(func.max(col(CallerCode.number))).where(col(CallerCode.enquiry_id) == call.enquiry_id)
        code = caller_check.generate()
        row = CallerCode(
            enquiry_id=call.enquiry_id or 0,
            user_pk=user.pk or 0,
            operator_id=self._context.actor.operator_id,
            number=((await change.session.execute(newest)).scalar_one_or_none() or 0) + 1,
            canonical=user.active_canonical or "",
            code_hash=b"",
            issued_at=change.now,
            expires_at=change.now + caller_check.LIFETIME,
        )
        row.code_hash = _hash(self._context, row, code)
        facts = {
            "user_name": user.user_name, "number": row.number, "issued_at": row.issued_at.isoformat(),
            "expires_at": row.expires_at.isoformat(),
        }  # fmt: skip
        mail = change.make_mail(
            MailKind.CALLER_CHECK, user, user.active_email or "", lifetime=caller_check.LIFETIME, facts=facts,
            secret=caller_check.show(code),
        )  # fmt: skip
        change.session.add(mail)
        await change.session.flush()
        row.mail_id = mail.mail_id
        change.session.add(row)
        record_call(change, "caller.code-sent", call, user, number=row.number, expires_at=facts["expires_at"])
        return row

    async def _spend(self, change: Change, call: Enquiry, user: CcmsUser, code: str) -> CheckRefused | None:
        """Use up the newest code of this call if it is `code`; or why not."""
        query = select(CallerCode).where(col(CallerCode.enquiry_id) == call.enquiry_id)
        newest = query.order_by(col(CallerCode.code_id).desc()).limit(1).with_for_update()
        row: CallerCode | None = (await change.session.execute(newest)).scalar_one_or_none()
        if row is None:
            return CheckRefused("not-sent")
        if row.used_at is not None or row.expires_at <= change.now:
            return CheckRefused("expired")
        if row.operator_id != self._context.actor.operator_id or row.canonical != user.active_canonical:
            return CheckRefused("expired")
        if row.tries >= caller_check.TRIES_PER_CODE:
            return CheckRefused("spent")
        if hmac.compare_digest(_hash(self._context, row, code), row.code_hash):
            row.used_at = change.now
            return None
        row.tries += 1
        left = caller_check.TRIES_PER_CODE - row.tries
        record_call(change, "caller.code-refused", call, user, number=row.number, tries_left=left)
        return CheckRefused("wrong", left)


async def _own_call_of_user(change: Change, enquiry_id: int) -> tuple[Enquiry, CcmsUser]:
    """A call that the operator took themselves, and the user it is about. Raises: as `own_call`; NotNow."""
    call, user = await own_call(change, enquiry_id)
    if user is None:
        raise NotNow(str(enquiry_id), "no user")
    return call, user


def _why_no_code(user: Any) -> str | None:
    """Why no caller check code can be mailed to a user's row; None when one can."""
    return why_no_code(
        suspended=user.suspended,
        verified=user.active_email is not None,
        undeliverable=user.undeliverable,
        pending=user.pending_email is not None,
    )


async def _lock_user(change: Change, enquiry_id: int) -> None:
    """Lock the user of a call before the call, as a resend does: neither then waits for the other."""
    whose = select(ENQUIRIES.c.user_pk).where(ENQUIRIES.c.enquiry_id == enquiry_id).scalar_subquery()
    await change.connection.execute(select(USERS.c.pk).where(USERS.c.pk == whose).with_for_update())


async def _note_check(
    change: Change, call: Enquiry, user: CcmsUser | None, method: CheckMethod, *, held: bool
) -> Call:
    """Write down how the caller was checked and whether it held."""
    call.check_method = method.value
    call.verified_at = change.now if held else None
    record_call(change, "caller.verified" if held else "caller.failed", call, user, method=method.value)
    await change.session.flush()
    return await call_of(change.connection, call.enquiry_id or 0)


async def _issue_times(change: Change, user: CcmsUser) -> list[datetime]:
    query = select(col(CallerCode.issued_at)).where(
        col(CallerCode.user_pk) == user.pk, col(CallerCode.issued_at) > change.now - resend.DAY
    )
    return list((await change.session.execute(query)).scalars())


async def _withdraw(change: Change, call: Enquiry, user: CcmsUser) -> None:
    """Cancel the mails that still wait with an earlier code of this call; one being sent is passed over."""
    query = (
        select(Mail)
        .join(CallerCode, col(CallerCode.mail_id) == col(Mail.mail_id))
        .where(col(CallerCode.enquiry_id) == call.enquiry_id, col(Mail.state).in_(_WAITING))
        .with_for_update(of=Mail, skip_locked=True)
    )
    for mail in (await change.session.execute(query)).scalars():
        settle(change, mail, user, MailState.CANCELLED)


def _hash(context: Context, row: CallerCode, code: str) -> bytes:
    return context.keys.hash_code(f"caller:{row.enquiry_id}:{row.operator_id}:{row.number}", code)
