"""An operator's session at the desk: still open, proven afresh, locked, resumed and ended.

On the host there is no session: nothing is asked, and nothing written.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from store.context import Change, Context
from store.errors import SignInRefused
from store.sign_in import locked_row, spend_code
from store.tables import OPERATOR_SESSIONS
from store.views import Session

LOCKED, RESUMED, PROVED, ENDED = "session.locked", "session.resumed", "session.proved", "session.ended"


@dataclass(frozen=True)
class Sessions:
    """The acting operator's own session."""

    _context: Context
    _session: Session | None

    async def prove(self, otp: str) -> None:
        """Give a fresh one-time password. Raises: SignInRefused, SessionOver."""
        await self._spend(otp, PROVED)

    async def resume(self, otp: str) -> None:
        """Unlock the desk with a one-time password; it counts as a fresh proof. Raises: as `prove`."""
        await self._spend(otp, RESUMED)

    async def lock(self) -> None:
        """Note that the desk locked itself because nobody was at it. Raises: SessionOver."""
        if self._session is not None:
            async with self._context.changing() as change:
                self._record(change, LOCKED)

    async def end(self, reason: str) -> None:
        """Close the session; `reason` is a short word (left, hung-up, command). Ending twice is nothing."""
        if self._session is None:
            return
        sessions, context = OPERATOR_SESSIONS, self._context
        outside = Context(context.database, context.clock, context.keys, context.actor)
        async with outside.changing() as change:
            mine = (sessions.c.session_id == self._session.session_id, sessions.c.ended_at.is_(None))
            ending = update(sessions).where(*mine).values(ended_at=change.now, end_reason=reason)
            if (await change.connection.execute(ending)).rowcount:
                self._record(change, ENDED, reason=reason)

    async def _spend(self, otp: str, action: str) -> None:
        refusal: SignInRefused | None = None
        if self._session is not None:
            async with self._context.changing() as change:
                row = await locked_row(change, self._context.actor.operator_id)
                refusal = await spend_code(change, row, otp, origin=self._session.origin)
                if refusal is None:
                    await self._renew(change)
                    self._record(change, action)
        if refusal is not None:
            raise refusal

    async def _renew(self, change: Change) -> None:
        assert self._session is not None
        mine = OPERATOR_SESSIONS.c.session_id == self._session.session_id
        await change.connection.execute(update(OPERATOR_SESSIONS).where(mine).values(proved_at=change.now))

    def _record(self, change: Change, action: str, **facts: Any) -> None:
        change.record(action, participant_id=self._context.actor.participant_id, **facts)
