"""What a refusal leaves in the audit log."""

from collections.abc import Mapping

from store.errors import NotAllowed, NotFound, OwnPhaseChange, OwnProposal, PhaseVoided, StoreError, Voided
from store.rules.roles import Permission, sees_all
from store.views import Operator

REFUSED = "refused"
SCOPED = frozenset({"user", "participant", "mail", "proposal"})
"""What belongs to a participant: not to find it may mean that it is somebody else's."""
LONGEST = 64


def facts_of_refusal(error: StoreError, actor: Operator) -> Mapping[str, str | int] | None:
    """The facts of the event that tells of it; None for what leaves none.

    Not to find something leaves one for whoever sees one participant only, whether it exists elsewhere or
    nowhere: from their own log they cannot learn which. What asks for a fresh one-time password leaves none:
    that is asked as a matter of course, before many a change.
    """
    of_a_phase = isinstance(error, OwnPhaseChange | PhaseVoided)
    permission = Permission.APPROVE_PHASE if of_a_phase else Permission.APPROVE
    match error:
        case NotAllowed():
            return {"permission": error.permission}
        case OwnProposal():
            return {"permission": permission.value, "why": "own"}
        case Voided():
            number = {"change_id" if of_a_phase else "proposal_id": error.proposal_id}
            return {"permission": permission.value, "why": error.why, **number}
        case NotFound() if error.what in SCOPED and not sees_all(actor.role):
            named = "".join(char for char in error.identity[:LONGEST] if char.isprintable())
            return {"what": error.what, "identity": named}
    return None
