"""What the desk may do about a user's logon: unlock it, or let the user start over; nothing can be seen."""

from dataclasses import dataclass

from sqlalchemy import delete

from store.claims import forgive, identity_of, locked_throttle, moved
from store.context import Change, Context
from store.enrolment_steps import tell_of_access
from store.errors import NotNow, ReasonNeeded
from store.rules.roles import Permission
from store.tables import CREDENTIALS, CcmsUser
from store.views import Kind
from store.visits import end_visits_of


@dataclass(frozen=True)
class Credentials:
    """The logons of CCMS users: a DA's own users, and for operations the DAs (DESIGN 3.7)."""

    _context: Context

    async def unlock(self, user_id: str, reason: str) -> None:
        """Take away the lock and the wait that wrong entries brought, for a reason that is recorded.

        Raises: NotFound, NotAllowed, ReasonNeeded, NotNow (unlocked).
        """
        async with self._context.changing() as change:
            user = await _user(change, user_id, reason)
            throttle = await locked_throttle(change, identity_of(self._context.keys, user.user_id))
            if not (user.locked or throttle.locked or throttle.failures):
                raise NotNow(user_id, "unlocked")
            forgive(throttle)
            user.locked = False
            change.record("user.unlocked", user, reason=reason.strip())

    async def start_over(self, user_id: str, reason: str) -> None:
        """Forget the user's password and one-time passwords, so that they enrol anew, and tell them by mail.

        For who has lost the phone and the password, or the password where one-time passwords come by email.
        It unlocks too, and ends what the user has open. Raises: as `unlock`, NotNow (not begun).
        """
        async with self._context.changing() as change:
            user = await _user(change, user_id, reason)
            throttle = await locked_throttle(change, identity_of(self._context.keys, user.user_id))
            mine = delete(CREDENTIALS).where(CREDENTIALS.c.user_pk == user.pk)
            forgotten = (await change.connection.execute(mine)).rowcount
            if not forgotten and user.password_set_at is None:
                raise NotNow(user_id, "not begun")
            forgive(throttle)
            user.locked = False
            user.password_set_at = user.enrolled_at = user.proven_at = None
            moved(change, user)
            await end_visits_of(change, user.pk or 0, "reset")
            change.record("user.reset", user, reason=reason.strip())
            await tell_of_access(change, user)


async def _user(change: Change, user_id: str, reason: str) -> CcmsUser:
    """The user's row, locked. Raises: NotFound, NotAllowed, ReasonNeeded."""
    user = await change.user(user_id, Permission.SEE)
    is_da = Kind(user.kind).is_delegated_administrator
    change.demand(Permission.UNLOCK_DA if is_da else Permission.UNLOCK_USER, user.participant_id)
    if not reason.strip():
        raise ReasonNeeded("unlocking")
    return user
