"""Why a user can or cannot log on: the facts of one moment, read for `rules.explain`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.context import Context
from store.enrolment_views import OtpMethod
from store.errors import NotFound
from store.mailbox import mail_row, select_mail
from store.rules import phases
from store.rules.access import Programme
from store.rules.codes import TRIES_PER_CODE
from store.rules.explain import Explanation, Facts
from store.rules.masking import seen_by
from store.rules.otp import known_drift
from store.rules.roles import Permission
from store.standings import STANDING_NOW
from store.tables import CREDENTIALS, MAILS, MILESTONES, PARTICIPANTS, USERS, VERIFICATIONS
from store.views import NEWS, Kind, MailRow, MailState, Standing

_USER = select(
    USERS, STANDING_NOW.label("standing_now"),
    PARTICIPANTS.c.name.label("participant_name"), PARTICIPANTS.c.single_da_waiver,
).join(PARTICIPANTS)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Credentials:
    """How far the user's own part is; None is unknown."""

    password_set_at: datetime | None
    enrolled_at: datetime | None
    otp_method: OtpMethod | None = None
    clock_drift: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CodeSent:
    """The newest code for the pending address, and its message."""

    number: int
    spent: bool
    mail: MailRow | None


@dataclass(frozen=True)
class Access:
    """Who can log on, as one operator may know it."""

    _context: Context

    async def explain(self, user_id: str) -> Explanation:
        """What keeps the user from logging on, link by link. Raises: NotFound (outside the scope too)."""
        async with self._context.reading(Permission.SEE) as connection:
            return await explained(self._context, connection, user_id)

    async def _explanation(self, connection: AsyncConnection, user: Any) -> Explanation:
        milestones = {row.milestone_id: row for row in await connection.execute(select(MILESTONES))}
        begun = [row.milestone_id for row in milestones.values() if row.begun_at]
        code = await self._code(connection, user)
        credentials = await read_credentials(connection, user, self._context.clock.now())
        helpers = await _working_administrators(connection, user)
        mail = code.mail if code else None
        if user.active_email:
            mail = await self._newest_mail(connection, user)
        return Explanation(
            user_id=user.user_id,
            user_name=user.user_name,
            participant_id=user.participant_id,
            participant_name=user.participant_name,
            facts=Facts(
                programme=Programme(phases.phase(begun), "decommission" in begun),
                kind=Kind(user.kind),
                standing=Standing(user.standing_now),
                makers=helpers.get(Kind.DA_MAKER, 0),
                checkers=helpers.get(Kind.DA_CHECKER, 0),
                single_da_waiver=user.single_da_waiver is not None,
                da_registration_open="da-email" in begun,
                smartcard=bool(user.smartcard_serial),
                suspended=user.suspended,
                locked=user.locked,
                undeliverable=user.undeliverable and not user.pending_email,
                code_state=_fate(code),
                code_spent=code is not None and code.spent,
                password_set=credentials.password_set_at is not None,
                enrolled=credentials.enrolled_at is not None,
                otp_method=credentials.otp_method,
                clock_drift=credentials.clock_drift,
            ),
            email=seen_by(self._context.actor.role, user.active_email or user.pending_email),
            mail=mail,
            code_number=code.number if code else None,
            opens_two_factor=_window(milestones, "parallel-start"),
            opens_da_registration=_window(milestones, "da-email"),
            password_set_at=credentials.password_set_at,
            enrolled_at=credentials.enrolled_at,
        )

    async def _code(self, connection: AsyncConnection, user: Any) -> CodeSent | None:
        """The newest code, while it is the one that would prove the pending address."""
        query = select(VERIFICATIONS).where(VERIFICATIONS.c.user_pk == user.pk)
        newest = query.order_by(VERIFICATIONS.c.number.desc()).limit(1)
        found = (await connection.execute(newest)).one_or_none()
        if found is None or found.used_at or found.canonical != user.pending_canonical:
            return None
        mails = select_mail().where(MAILS.c.verification_id == found.verification_id)
        sent = (await connection.execute(mails.order_by(MAILS.c.mail_id.desc()).limit(1))).one_or_none()
        mail = mail_row(sent, self._context.actor.role) if sent else None
        return CodeSent(found.number, max(found.tries, found.terminal_tries) >= TRIES_PER_CODE, mail)

    async def _newest_mail(self, connection: AsyncConnection, user: Any) -> MailRow | None:
        """What became of what was last sent to the user alone; news to all tells nothing of their codes."""
        theirs = (MAILS.c.user_pk == user.pk, MAILS.c.kind.not_in(sorted(NEWS)))
        mails = select_mail().where(*theirs).order_by(MAILS.c.mail_id.desc()).limit(1)
        found = (await connection.execute(mails)).one_or_none()
        return mail_row(found, self._context.actor.role) if found else None


async def explained(context: Context, connection: AsyncConnection, user_id: str) -> Explanation:
    """`Access.explain` within an open transaction. Raises: NotFound (outside the scope too)."""
    query = _USER.where(USERS.c.user_id == user_id, context.scope(USERS.c.participant_id))
    found = (await connection.execute(query, {"now": context.clock.now()})).one_or_none()
    if found is None:
        raise NotFound("user", user_id)
    return await Access(context)._explanation(connection, found)


async def read_credentials(connection: AsyncConnection, user: Any, now: datetime) -> Credentials:
    """What is kept of the user's password and one-time passwords: the one place that knows where."""
    table = CREDENTIALS.c
    columns = (table.otp_method, table.drift_seconds, table.drift_seen_at)
    query = select(*columns).where(table.user_pk == user.pk)
    found = (await connection.execute(query)).one_or_none()
    method = OtpMethod(found.otp_method) if found and found.otp_method else None
    seconds = known_drift(found.drift_seconds, found.drift_seen_at, now) if found else None
    drift = timedelta(seconds=seconds) if seconds is not None else None
    return Credentials(user.password_set_at, user.enrolled_at, method, drift)


async def _working_administrators(connection: AsyncConnection, user: Any) -> dict[Kind, int]:
    """How many other DAs of the participant could act for this user, by kind."""
    query = select(USERS.c.kind, func.count()).where(
        USERS.c.participant_id == user.participant_id,
        USERS.c.kind != Kind.USER.value,
        USERS.c.pk != user.pk,
        USERS.c.suspended.is_(False),
        USERS.c.locked.is_(False),
    )
    return {Kind(kind): count for kind, count in await connection.execute(query.group_by(USERS.c.kind))}


def _fate(code: CodeSent | None) -> MailState | None:
    """What became of the code's message; one that is gone from the outbox was never sent."""
    if code is None:
        return None
    return code.mail.state if code.mail else MailState.CANCELLED


def _window(milestones: dict[str, Any], milestone_id: str) -> str:
    return milestones[milestone_id].window if milestone_id in milestones else ""
