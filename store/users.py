"""The CCMS users as one operator may see them: lists, look-ups and the card of one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit_listing import told_to
from store.audit_rows import facts_of
from store.clue_examples import examples_within
from store.context import Context
from store.enquiry_rows import call_behind
from store.errors import NotFound, NotNow, ReasonNeeded
from store.lookup import Lookup
from store.mailbox import mail_row, mail_seen_by, select_mail
from store.next_steps import MORE_COLUMNS, PEOPLE, read_known
from store.proposal_rows import proposal_row
from store.rules.caller_check import CheckMethod
from store.rules.clue_examples import ClueKind
from store.rules.clues import is_too_long, says_das_in_small
from store.rules.codes import TRIES_PER_CODE
from store.rules.masking import facts_seen_by, seen_by
from store.rules.otp import known_drift
from store.rules.roles import Permission
from store.tables import EVENTS, MAILS, PROPOSALS, USERS, VERIFICATIONS
from store.user_listing import USER_COLUMNS, UserListing, user_row
from store.views import (
    Code,
    Found,
    HistoryLine,
    MailRow,
    MailState,
    ProposalRow,
    Revealed,
    UserCard,
    UserQuery,
)

CARD_LINES = 50
"""How many messages and how many lines of history a card carries, the newest first."""

_CARD = select(
    *USER_COLUMNS, *MORE_COLUMNS, USERS.c.version, USERS.c.language, USERS.c.verified_at,
    USERS.c.smartcard_logon_at, USERS.c.two_factor_logon_at,
).select_from(PEOPLE)  # fmt: skip


class Users:
    """The CCMS users within the operator's scope."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def listing(self, query: UserQuery) -> UserListing:
        """The users of `query`, in pages; each tells of a participant outside the scope (NotFound)."""
        return UserListing(self._context, query)

    async def ids(self, query: UserQuery) -> tuple[str, ...]:
        """The IDs of all users of `query`, in its order. Raises: NotFound, DatabaseFault."""
        return await self.listing(query).user_ids()

    async def lookup(self, typed: str, limit: int = 50) -> Found:
        """The users that a caller's clue finds, the best match first, forgiving of a typing mistake.

        A word that says what somebody is may be part of a name, where nobody is found by it. Raises:
        SessionOver, DatabaseFault.
        """
        look = Lookup(self._context, typed, limit)
        found = await look.found()
        if (found.close or not found.rows) and not look.clue.kinds and says_das_in_small(typed):
            das = await Lookup(self._context, typed.rstrip().upper(), limit).found()
            found = das if das.rows and not das.close else found
        if (found.rows and not found.close) or is_too_long(typed) or not look.clue.kinds:
            return found
        plain = await Lookup(self._context, typed, limit, by_kind=False).found()
        return plain if plain.rows and not (found.rows and plain.close) else found

    async def clue_examples(self) -> Mapping[ClueKind, str]:
        """What could be looked up, each finding somebody: whom the newest code went to, or else any user.

        Nothing while there is nobody. Raises: NotAllowed, SessionOver, DatabaseFault.
        """
        return await examples_within(self._context)

    async def card(self, user_id: str) -> UserCard:
        """All the desk knows of one user. Raises: NotFound (outside the scope too), DatabaseFault."""
        values = {"now": self._context.clock.now()}
        mine = self._context.scope(USERS.c.participant_id)
        async with self._context.reading(Permission.SEE) as connection:
            query = _CARD.where(USERS.c.user_id == user_id, mine)
            found = (await connection.execute(query, values)).one_or_none()
            if found is None:
                raise NotFound("user", user_id)
            known = (await read_known(connection, [found], values["now"]))[found.pk]
            return UserCard(
                row=user_row(found, known, self._context.actor.role),
                version=found.version,
                smartcard_serial=found.smartcard_serial,
                language=found.language,
                single_da_waiver=found.single_da_waiver is not None,
                active_email=self._seen(found.active_email),
                pending_email=self._seen(found.pending_email),
                verified_at=found.verified_at,
                code=await self._code(connection, found),
                proposal=await self._proposal(connection, found),
                mails=await self._mails(connection, found.pk),
                history=await self._history(connection, found.pk),
                smartcard_logon_at=found.smartcard_logon_at,
                two_factor_logon_at=found.two_factor_logon_at,
                otp_method=found.otp_method,
                clock_drift_seconds=known_drift(found.drift_seconds, found.drift_seen_at, values["now"]),
            )

    async def reveal(self, user_id: str, reason: str) -> Revealed:
        """The user's addresses in full, for a reason that is recorded.

        While the operator is in a call about the user, its caller must have been checked.
        Raises: NotAllowed, NotFound, ReasonNeeded, NotNow (caller not checked).
        """
        async with self._context.changing() as change:
            user = await change.user(user_id, Permission.REVEAL)
            if not reason.strip():
                raise ReasonNeeded("reveal")
            call = await call_behind(change, user)
            if call and CheckMethod(call["caller_check"]) is CheckMethod.NONE:
                raise NotNow(str(call["enquiry_id"]), "caller not checked")
            change.record("address.revealed", user, reason=reason.strip(), **call)
            found = (await change.connection.execute(self._open_proposal(user.pk))).first()
            proposed = found.new_email if found else None
            return Revealed(user_id, user.version, user.active_email, user.pending_email, proposed)

    def _seen(self, email: str | None) -> str | None:
        return seen_by(self._context.actor.role, email)

    async def _code(self, connection: AsyncConnection, user: Any) -> Code | None:
        """The newest code, while it is the one that proves the pending address."""
        query = select(VERIFICATIONS).where(VERIFICATIONS.c.user_pk == user.pk)
        newest = query.order_by(VERIFICATIONS.c.number.desc()).limit(1)
        found = (await connection.execute(newest)).one_or_none()
        if found is None or found.used_at or found.canonical != user.pending_canonical:
            return None
        mails = select(MAILS.c.state).where(MAILS.c.verification_id == found.verification_id)
        state = (await connection.execute(mails.order_by(MAILS.c.mail_id.desc()).limit(1))).scalar()
        return Code(
            number=found.number,
            issued_at=found.issued_at,
            expires_at=found.expires_at,
            tries_left=max(0, TRIES_PER_CODE - found.tries),
            mail_state=MailState(state or MailState.CANCELLED),
        )

    def _open_proposal(self, pk: int | None) -> Select[Any]:
        """The newest change of a user's address that waits for a checker."""
        query = select(PROPOSALS).where(
            PROPOSALS.c.user_pk == pk,
            PROPOSALS.c.state == "open",
            PROPOSALS.c.expires_at > self._context.clock.now(),
        )
        return query.order_by(PROPOSALS.c.proposal_id.desc()).limit(1)

    async def _proposal(self, connection: AsyncConnection, user: Any) -> ProposalRow | None:
        found = (await connection.execute(self._open_proposal(user.pk))).one_or_none()
        if found is None:
            return None
        return proposal_row(found, user.user_id, user.user_name, self._context.actor.role)

    async def _mails(self, connection: AsyncConnection, pk: int) -> tuple[MailRow, ...]:
        mine = (MAILS.c.user_pk == pk, mail_seen_by(self._context))
        query = select_mail().where(*mine).order_by(MAILS.c.mail_id.desc())
        found = await connection.execute(query.limit(CARD_LINES))
        return tuple(mail_row(row, self._context.actor.role) for row in found)

    async def _history(self, connection: AsyncConnection, pk: int) -> tuple[HistoryLine, ...]:
        query = select(EVENTS).where(EVENTS.c.user_pk == pk, *told_to(self._context))
        found = await connection.execute(query.order_by(EVENTS.c.event_id.desc()).limit(CARD_LINES))
        role = self._context.actor.role
        return tuple(
            HistoryLine(
                row.at, row.operator_id, row.action, facts_seen_by(role, facts_of(row.facts, row.personal))
            )
            for row in found
        )
