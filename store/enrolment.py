"""Enrolment as one terminal offers it: from the code in the mail to a proven logon (DESIGN 3.3, 3.4).

No operator acts here: whoever holds the session's token does, for the user they have proven to be. Before a
code was good, a user who does not exist is answered in the same words, after the same work, as one who does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TypeVar

from store import enrolment_steps as steps
from store import logon, visits
from store.claims import TERMINAL
from store.clock import Clock
from store.context import Change, Context
from store.database import Database
from store.enrolment_views import (
    AppSetup,
    CodeSent,
    EnrolmentSession,
    EnrolmentState,
    LoggedOn,
    LogonAttempt,
    PasswordAdvice,
)
from store.enrolment_views import Change as Wanted
from store.errors import EntryRefused, NotYet, PasswordRefused, StoreError
from store.hashing import Hasher, keyed
from store.keys import Keys
from store.rules import enrolment as rules
from store.rules import passwords
from store.rules.passwords import Profile
from store.visits import Seen, Visit

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Enrolment:
    """What the enrolment terminal holds. `origin` is where from, such as an address; the audit keeps it.

    Every method but `begin` and those of a logon can raise EnrolmentOver, and every method DatabaseFault and
    KeyFault. Three kinds of entry are limited together, over all sessions and channels of a user: after each
    third and later wrong one EntryRefused says how long to wait, after the tenth the user is locked.
    """

    database: Database
    clock: Clock
    keys: Keys
    origin: str = "unknown"
    profile: Profile = Profile.NIST
    hasher: Hasher = field(default_factory=Hasher)

    async def begin(self, user_id: str) -> EnrolmentSession:
        """Open a session for a user ID, whether there is such a user or not; nothing is proven by it.

        Raises: Crowded.
        """
        async with self._changing() as change:
            return await visits.begin_visit(change, user_id, self.origin)

    async def state(self, session: EnrolmentSession) -> EnrolmentState:
        """Where the user stands, to go on where they stopped; it writes nothing and keeps nothing alive."""
        return (await self._seen(session)).state

    async def end(self, session: EnrolmentSession) -> None:
        """Close the session; ending twice is nothing."""
        async with self._changing() as change:
            await visits.end_visit(change, session.token)

    async def verify_address(self, session: EnrolmentSession, code: str) -> EnrolmentState:
        """Verify the address with the code of the registration mail. Raises: EntryRefused."""
        await self._step(session, lambda change, visit: steps.verify_address(change, visit, code))
        return await self.state(session)

    async def send_activation(self, session: EnrolmentSession) -> CodeSent:
        """Mail an activation code to the verified address, if there is one. Raises: TooSoon."""
        return await self._step(session, steps.send_activation)

    async def activate(self, session: EnrolmentSession, code: str) -> EnrolmentState:
        """Prove the session with the newest activation code sent from it; the user's other sessions end.

        Raises: EntryRefused.
        """
        await self._step(session, lambda change, visit: steps.activate(change, visit, code))
        return await self.state(session)

    async def check_password(self, session: EnrolmentSession, typed: str) -> PasswordAdvice:
        """What is to be said of a password while it is typed; nothing is written. Raises: NotYet."""
        seen = await self._seen(session)
        self._demand(seen, Wanted.PASSWORD)
        return passwords.judge(typed, self.profile, seen.words)

    async def set_password(self, session: EnrolmentSession, typed: str) -> EnrolmentState:
        """Set the regular password, a new one for who has none or has proven the other factor.

        Raises: NotYet (activation, by-app, administrator), PasswordRefused.
        """
        seen = await self._seen(session)
        self._demand(seen, Wanted.PASSWORD)
        advice = passwords.judge(typed, self.profile, seen.words)
        if advice.problem is not None:
            raise PasswordRefused(advice.problem.value, advice.detail)
        hashed = await asyncio.to_thread(self.hasher.hash, self._keyed(seen.user_pk, typed))
        await self._step(session, lambda change, visit: steps.store_password(change, visit, hashed))
        return await self.state(session)

    async def choose_app(self, session: EnrolmentSession) -> AppSetup:
        """Make a secret for the mobile application; the method in use stays until `confirm_otp`.

        Raises: NotYet (activation, password, by-password).
        """

        async def choose(change: Change, visit: Visit) -> AppSetup:
            return steps.choose_app(change, visit)

        return await self._step(session, choose)

    async def choose_email(self, session: EnrolmentSession) -> CodeSent:
        """Choose one-time passwords by email and mail one; call it again to have another one sent.

        Raises: NotYet (activation, password, by-password), TooSoon.
        """
        return await self._step(session, steps.choose_email)

    async def confirm_otp(self, session: EnrolmentSession, code: str) -> EnrolmentState:
        """Give one good one-time password of the method chosen: only then it counts and the user is enrolled.

        Raises: NotYet (method), EntryRefused.
        """
        await self._step(session, lambda change, visit: steps.confirm_otp(change, visit, code))
        return await self.state(session)

    async def prove_by_app(self, session: EnrolmentSession, otp: str) -> EnrolmentState:
        """Prove the mobile application in use, so that a forgotten password may be replaced.

        Raises: NotYet (activation, administrator when there is no application), EntryRefused.
        """
        await self._step(session, lambda change, visit: steps.prove_by_app(change, visit, otp))
        return await self.state(session)

    async def prove_by_password(self, session: EnrolmentSession, typed: str) -> EnrolmentState:
        """Prove the password in use, so that the phone or the method may be changed.

        Raises: NotYet (activation, password), EntryRefused.
        """
        seen = await self._seen(session)
        if not (seen.facts.activated and seen.facts.password_set):
            raise NotYet("password" if seen.facts.activated else "activation")
        good = await self._try(seen.password_hash, seen.user_pk, typed)
        kept = seen.password_hash if good else None
        await self._step(session, lambda change, visit: steps.prove_by_password(change, visit, kept))
        return await self.state(session)

    async def begin_logon(self, user_id: str, password: str) -> LogonAttempt:
        """Give the first factor of a full logon; by email the one-time password is sent.

        Raises: EntryRefused, NotYet (enrolment: told only after a good password), TooSoon.
        """
        async with self._context().reading() as connection:
            now = self.clock.now()
            candidate = await logon.read_candidate(connection, self.keys, user_id, now)
        if candidate.refusal is not None:
            if candidate.noteworthy:
                async with self._changing() as change:
                    await logon.note_barred(change, candidate, self.origin)
            raise candidate.refusal
        kept, user_pk = candidate.password_hash, candidate.user_pk or 0
        good = await self._try(kept, user_pk, password)
        rehashed = None
        if good and kept is not None and self.hasher.outdated(kept):
            rehashed = await asyncio.to_thread(self.hasher.hash, self._keyed(user_pk, password))
        async with self._changing() as change:
            begun = await logon.begin(change, candidate, good=good, rehashed=rehashed, origin=self.origin)
        return _answer(begun)

    async def resend_otp(self, attempt: LogonAttempt) -> LogonAttempt:
        """Mail another one-time password for this attempt; the newest wins. Raises: EntryRefused, TooSoon."""
        async with self._changing() as change:
            sent = await logon.resend(change, attempt)
        return _answer(sent)

    async def finish_logon(self, attempt: LogonAttempt, otp: str) -> LoggedOn:
        """Give the second factor; the first logon that succeeds makes the user proven. Raises: EntryRefused.

        Reason expired says that the attempt is over (5 minutes, or used): begin again.
        """
        async with self._changing() as change:
            done = await logon.finish(change, attempt, otp)
        return _answer(done)

    async def _step(
        self,
        session: EnrolmentSession,
        act: Callable[[Change, Visit], Awaitable[Answer | EntryRefused]],
    ) -> Answer:
        """One step in one transaction; a refusal that is returned is raised once its count is kept."""
        async with self._changing() as change:
            visit = await visits.open_visit(change, session.token)
            done = await act(change, visit)
        return _answer(done)

    async def _seen(self, session: EnrolmentSession) -> Seen:
        async with self._context().reading() as connection:
            return await visits.read_visit(connection, self.keys, session.token, self.clock.now())

    async def _try(self, kept: str | None, user_pk: int, typed: str) -> bool:
        """Whether this is the password; for nobody it never is, after the same work."""
        return await asyncio.to_thread(self.hasher.verify, kept, self._keyed(user_pk, typed))

    def _keyed(self, user_pk: int, typed: str) -> bytes:
        return keyed(self.keys, user_pk, passwords.normalise(typed))

    @staticmethod
    def _demand(seen: Seen, wanted: Wanted) -> None:
        if lacking := rules.lacking(wanted, seen.facts):
            raise NotYet(lacking)

    def _context(self) -> Context:
        return Context(self.database, self.clock, self.keys, TERMINAL)

    def _changing(self) -> AbstractAsyncContextManager[Change]:
        return self._context().changing()


def _answer(done: Answer | StoreError) -> Answer:
    """What was done. Raises: the refusal, now that its trace is kept."""
    if isinstance(done, StoreError):
        raise done
    return done
