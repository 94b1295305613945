"""Proposals as rows: what each says, what stands for it, and what makes it void."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlmodel import col

from store.context import Change
from store.rules.addresses import Lint
from store.rules.audit_chain import Event
from store.rules.masking import mask, seen_by, text_seen_by
from store.rules.roles import sees_full_addresses
from store.tables import PROPOSALS, CcmsUser, Proposal
from store.views import AddressWarning, ProposalRow, Role


def digest_of(proposal: Any) -> str:
    """What stands for exactly this proposal's content (hexadecimal SHA-256): a decision names it."""
    content = (
        proposal.proposal_id,
        proposal.plan_id,
        proposal.user_pk,
        proposal.participant_id,
        proposal.old_email,
        proposal.new_email,
        proposal.new_canonical,
        proposal.made_by,
        proposal.reason,
        proposal.remarks,
        proposal.shared_reason,
        proposal.expires_at,
    )
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()


def pack_remarks(remarks: Iterable[AddressWarning]) -> str:
    """What lint said of a proposed address, as its row keeps it."""
    return json.dumps([_packed(remark) for remark in remarks], ensure_ascii=False)


def _packed(remark: AddressWarning) -> list[str]:
    facts = [remark.kind, remark.detail]
    return [*facts, remark.usual] if remark.usual else facts


def remarks_of(proposal: Any) -> tuple[AddressWarning, ...]:
    """What lint said of the proposed address when it was made."""
    return tuple(AddressWarning(*facts) for facts in json.loads(proposal.remarks or "[]"))


def kinds_of(remarks: Iterable[AddressWarning]) -> str:
    """The remarks as an event keeps them: their kinds, without any part of an address."""
    return ", ".join(remark.kind for remark in remarks)


def _remark_seen_by(role: Role, remark: AddressWarning) -> AddressWarning:
    if sees_full_addresses(role) or not remark.detail:
        return remark
    masked = {Lint.TYPO: mask(remark.detail), Lint.ROLE: f"{remark.detail[:1]}***", Lint.PLUS_TAG: "+***"}
    return replace(remark, detail=masked.get(Lint(remark.kind), remark.detail))


def proposal_row(proposal: Any, user_id: str, user_name: str, role: Role) -> ProposalRow:
    """The proposal as this role may see it."""
    return ProposalRow(
        proposal_id=proposal.proposal_id,
        user_id=user_id,
        user_name=user_name,
        participant_id=proposal.participant_id,
        old_email=seen_by(role, proposal.old_email),
        new_email=seen_by(role, str(proposal.new_email)),
        made_by=proposal.made_by,
        made_at=proposal.made_at,
        expires_at=proposal.expires_at,
        reason=text_seen_by(role, proposal.reason, proposal.new_email) or "",
        remarks=tuple(_remark_seen_by(role, remark) for remark in remarks_of(proposal)),
        shared_reason=text_seen_by(role, proposal.shared_reason, proposal.new_email),
        plan_id=proposal.plan_id,
        digest=digest_of(proposal),
    )


async def void_proposals_of(change: Change, maker: str) -> None:
    """Void what this maker proposed and nobody decided; the users have their standing back."""
    mine = (col(Proposal.made_by) == maker, col(Proposal.state) == "open")
    users = select(CcmsUser).where(col(CcmsUser.pk).in_(select(col(Proposal.user_pk)).where(*mine)))
    locked = await change.session.execute(users.order_by(col(CcmsUser.pk)).with_for_update())
    for user in locked.scalars():
        user.proposal_expires_at = None
        change.touch(user)
    await void_open(change, PROPOSALS.c.made_by == maker, "disabled")


async def void_open(change: Change, these: ColumnElement[bool], why: str) -> None:
    """Void those of the proposals (a condition on `PROPOSALS`) that are open, each with its event.

    One statement: what somebody decides at the same moment is either void or decided, never both.
    """
    closing = update(PROPOSALS).where(these, PROPOSALS.c.state == "open").values(state="voided")
    columns = (PROPOSALS.c.proposal_id, PROPOSALS.c.user_pk, PROPOSALS.c.participant_id)
    voided = (await change.connection.execute(closing.returning(*columns))).all()
    for row in sorted(voided, key=lambda row: row.proposal_id):
        facts = {"proposal_id": row.proposal_id, "why": why}
        change.events.append(Event("proposal.voided", row.participant_id, row.user_pk, facts))
