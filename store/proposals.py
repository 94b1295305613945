"""Changes that wait for a checker: made by a maker, decided on by somebody else, bound to what they say."""

import hashlib
import json
from typing import Any

from store.rules.masking import seen_by
from store.views import ProposalRow, Role


def digest_of(proposal: Any) -> str:
    """What stands for exactly this proposal's content (hexadecimal SHA-256): a decision names it."""
    content = (
        proposal.proposal_id,
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
        reason=proposal.reason,
        remarks=tuple(filter(None, proposal.remarks.split(", "))),
        plan_id=proposal.plan_id,
        digest=digest_of(proposal),
    )
