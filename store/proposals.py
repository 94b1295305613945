"""The checker's side of dual control (DESIGN 3.2): what waits, and the decision on exactly what was shown.

A decision names each proposal by its digest. It is taken on all of them or on none, and it is refused
for one's own, for one that changed, was decided or expired, and for one whose user moved on since.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import col

from store.audit_rows import facts_of
from store.context import Change, Context
from store.errors import NotFound, OwnProposal, ReasonNeeded, Voided
from store.proposal_rows import digest_of, kinds_of, proposal_row, remarks_of
from store.registrations import (
    NewAddress,
    apply_addresses,
    flag,
    lock_participant,
    record_sharing,
    refuse_if_taken,
)
from store.rules.masking import text_seen_by
from store.rules.roles import Permission
from store.tables import EVENTS, OPERATORS, PROPOSALS, USERS, CcmsUser, Proposal
from store.views import Decided, DecisionNews, DecisionRow, Kind, ProposalRow

CHUNK = 5_000
"""Numbers in one query: below what either database takes."""

DECISIONS_SHOWN = 500

APPROVED, REJECTED = _DECISIONS = ("address.approved", "address.rejected")


@dataclass(frozen=True)
class Proposals:
    """Changes of addresses that wait for a checker, within the operator's scope."""

    _context: Context

    async def waiting(self) -> tuple[ProposalRow, ...]:
        """What may still be decided, oldest first, the rows of a plan together."""
        table = PROPOSALS.c
        query = self._select(table.state == "open", table.expires_at > self._context.clock.now())
        async with self._context.reading(Permission.SEE) as connection:
            found = await connection.execute(query.order_by(table.made_at, table.plan_id, table.proposal_id))
            return tuple(self._row(each) for each in found)

    async def decided(self, limit: int = DECISIONS_SHOWN) -> tuple[DecisionRow, ...]:
        """What was decided, newest first, as much as anybody looks back."""
        table = PROPOSALS.c
        query = self._select(table.decided_at.is_not(None))
        newest = query.order_by(table.decided_at.desc(), table.proposal_id.desc()).limit(limit)
        async with self._context.reading(Permission.SEE) as connection:
            return tuple(
                DecisionRow(
                    self._row(row),
                    row.state == "approved",
                    row.decided_by,
                    row.decided_at,
                    text_seen_by(self._context.actor.role, row.decision_reason, row.new_email),
                )
                for row in await connection.execute(newest)
            )

    async def news(self, after: int | None) -> tuple[int, tuple[DecisionNews, ...]]:
        """What checkers decided on the operator's own proposals since event `after`, and the newest event.

        None asks for the newest event alone, to begin with.
        """
        async with self._context.reading(Permission.SEE) as connection:
            newest = (await connection.execute(select(func.max(EVENTS.c.event_id)))).scalar() or 0
            if after is None or after == newest:
                return newest, ()
            query = (
                select(
                    EVENTS.c.action, EVENTS.c.operator_id, EVENTS.c.facts, EVENTS.c.personal, USERS.c.user_id
                )
                .join(USERS, USERS.c.pk == EVENTS.c.user_pk)
                .where(
                    self._context.scope(EVENTS.c.participant_id),
                    EVENTS.c.event_id > after,
                    EVENTS.c.action.in_(_DECISIONS),
                )
            )
            found = await connection.execute(query.order_by(EVENTS.c.event_id))
            told = [(row, facts_of(row.facts, row.personal)) for row in found]
        mine = self._context.actor.operator_id
        return newest, tuple(
            DecisionNews(row.user_id, row.action == APPROVED, row.operator_id, str(facts.get("reason") or ""))
            for row, facts in told
            if facts.get("made_by") == mine
        )

    async def approve(self, shown: Mapping[int, str], reason: str = "") -> Decided:
        """Apply these proposals (number to digest): each address becomes the pending one and is sent a code.

        Why one shares its address with another user is recorded as the waiver for that.
        Raises: NotFound, NotAllowed, ProofNeeded, OwnProposal, Voided, AddressInUse.
        """
        async with self._context.changing() as change:
            pairs = await self._open(change, shown)
            await _refuse_if_disabled(change, pairs)
            await _settle(change, pairs)
            for proposal, user in pairs:
                self._decide(change, proposal, "approved", reason)
                change.record(
                    APPROVED,
                    user,
                    proposal_id=proposal.proposal_id,
                    plan_id=proposal.plan_id,
                    made_by=proposal.made_by,
                    email=proposal.new_email,
                    old_email=proposal.old_email,
                    reason=reason.strip(),
                )
            await change.session.flush()
            await flag(change, [(user, proposal.new_canonical) for proposal, user in pairs])
            await apply_addresses(change, _news(pairs), basis="dual control")
        return Decided(len(shown), len(shown))

    async def reject(self, shown: Mapping[int, str], reason: str) -> Decided:
        """Turn these proposals (number to digest) down; the maker reads the reason.

        Raises: ReasonNeeded, and as `approve` but for AddressInUse.
        """
        async with self._context.changing() as change:
            for proposal, user in await self._open(change, shown):
                if not reason.strip():
                    raise ReasonNeeded("rejection")
                self._decide(change, proposal, "rejected", reason)
                user.proposal_expires_at = None
                change.touch(user)
                change.record(
                    REJECTED,
                    user,
                    proposal_id=proposal.proposal_id,
                    plan_id=proposal.plan_id,
                    made_by=proposal.made_by,
                    email=proposal.new_email,
                    reason=reason.strip(),
                    version=user.version,
                )
        return Decided(len(shown), 0)

    def _select(self, *where: Any) -> Select[Any]:
        query = select(PROPOSALS, USERS.c.user_id, USERS.c.user_name).join(
            USERS, USERS.c.pk == PROPOSALS.c.user_pk
        )
        return query.where(self._context.scope(PROPOSALS.c.participant_id), *where)

    def _row(self, found: Any) -> ProposalRow:
        return proposal_row(found, found.user_id, found.user_name, self._context.actor.role)

    async def _open(self, change: Change, shown: Mapping[int, str]) -> list[tuple[Proposal, CcmsUser]]:
        """These proposals and their users, locked, if all may still be decided by this operator."""
        change.demand(Permission.APPROVE, self._context.actor.participant_id)
        mine = self._context.scope(col(Proposal.participant_id))
        pairs: list[tuple[Proposal, CcmsUser]] = []
        numbers = sorted(shown)
        for start in range(0, len(numbers), CHUNK):
            these = col(Proposal.proposal_id).in_(numbers[start : start + CHUNK])
            pairs += await _locked(change, these, mine)
        missing = set(numbers) - {proposal.proposal_id for proposal, _user in pairs}
        if missing:
            raise NotFound("proposal", str(min(missing)))
        for proposal, user in pairs:
            self._refuse_unless_open(proposal, user, shown[proposal.proposal_id or 0])
            change.demand(Permission.APPROVE, proposal.participant_id)
        for participant_id in sorted({proposal.participant_id for proposal, _user in pairs}):
            await lock_participant(change, participant_id)
        return pairs

    def _refuse_unless_open(self, proposal: Proposal, user: CcmsUser, digest: str) -> None:
        number, actor = proposal.proposal_id or 0, self._context.actor.operator_id
        if proposal.made_by == actor:
            raise OwnProposal
        if proposal.decided_by is not None:
            raise Voided(number, "decided", proposal.decided_by)
        if proposal.state != "open" or not hmac.compare_digest(digest_of(proposal), digest):
            raise Voided(number, "changed", user.changed_by)
        if proposal.expires_at <= self._context.clock.now():
            raise Voided(number, "expired")

    def _decide(self, change: Change, proposal: Proposal, state: str, reason: str) -> None:
        proposal.state = state
        proposal.decided_by = self._context.actor.operator_id
        proposal.decided_at = change.now
        proposal.decision_reason = reason.strip() or None


async def _locked(change: Change, these: Any, mine: Any) -> Sequence[tuple[Proposal, CcmsUser]]:
    """The users first, in the order of their numbers, as an edit of one of them does."""
    users = select(CcmsUser).join(Proposal, col(Proposal.user_pk) == col(CcmsUser.pk)).where(these, mine)
    locked = users.order_by(col(CcmsUser.pk)).with_for_update(of=CcmsUser)
    by_pk = {user.pk: user for user in (await change.session.execute(locked)).scalars()}
    query = select(Proposal).where(these, mine).order_by(col(Proposal.proposal_id)).with_for_update()
    found = (await change.session.execute(query)).scalars()
    return [(proposal, by_pk[proposal.user_pk]) for proposal in found]


async def _refuse_if_disabled(change: Change, pairs: Sequence[tuple[Proposal, CcmsUser]]) -> None:
    """Refuse what a maker proposed in the moment in which their login was disabled: all before it is void."""
    disabled = select(OPERATORS.c.operator_id).where(OPERATORS.c.disabled_at.is_not(None))
    makers = {proposal.made_by for proposal, _user in pairs}
    gone = set(
        (await change.connection.execute(disabled.where(OPERATORS.c.operator_id.in_(makers)))).scalars()
    )
    for proposal, _user in pairs:
        if proposal.made_by in gone:
            raise Voided(proposal.proposal_id or 0, "disabled", proposal.made_by)


async def _settle(change: Change, pairs: Sequence[tuple[Proposal, CcmsUser]]) -> None:
    """Refuse what was overtaken, once the sharing that these proposals ask for is recorded."""
    for proposal, user in pairs:
        number = proposal.proposal_id or 0
        if Kind(user.kind).is_delegated_administrator:
            raise Voided(number, "kind")
        if (user.pending_email or user.active_email) != proposal.old_email:
            raise Voided(number, "moved", user.changed_by)
        if proposal.shared_reason:
            await record_sharing(change, user, proposal.new_canonical, proposal.shared_reason)
    for participant_id in {user.participant_id for _proposal, user in pairs}:
        theirs = [(proposal, user) for proposal, user in pairs if user.participant_id == participant_id]
        await refuse_if_taken(change.connection, participant_id, _news(theirs))


def _news(pairs: Sequence[tuple[Proposal, CcmsUser]]) -> list[NewAddress]:
    return [
        NewAddress(user, proposal.new_email, proposal.new_canonical, kinds_of(remarks_of(proposal)))
        for proposal, user in pairs
    ]
