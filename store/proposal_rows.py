"""Proposals as rows: what each says, what stands for it, and what makes it void."""

import hashlib
import json
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update

from store.context import Change
from store.rules.audit_chain import Event
from store.rules.masking import seen_by, text_seen_by
from store.tables import PROPOSALS
from store.views import ProposalRow, Role

PROPOSAL_LIFETIME = timedelta(days=7)
"""How long a change waits for its checker (DESIGN 3.2)."""


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
    )
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


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
        reason=text_seen_by(role, proposal.reason) or "",
        remarks=tuple(filter(None, proposal.remarks.split(", "))),
        plan_id=proposal.plan_id,
        digest=digest_of(proposal),
    )


async def void_open(change: Change, users: ColumnElement[bool], why: str) -> None:
    """Void the open proposals of some users (a condition on `PROPOSALS.c.user_pk`), each with its event."""
    still_open = (users, PROPOSALS.c.state == "open")
    columns = (PROPOSALS.c.proposal_id, PROPOSALS.c.user_pk, PROPOSALS.c.participant_id)
    voided = (await change.connection.execute(select(*columns).where(*still_open))).all()
    if voided:
        await change.connection.execute(update(PROPOSALS).where(*still_open).values(state="voided"))
    for row in voided:
        facts = {"proposal_id": row.proposal_id, "why": why}
        change.events.append(Event("proposal.voided", row.participant_id, row.user_pk, facts))
