"""Changes of an address, codes, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from store.views.words import MailState


@dataclass(frozen=True, slots=True)
class Code:
    """The newest verification code's facts, never the code."""

    number: int
    issued_at: datetime
    expires_at: datetime
    tries_left: int
    mail_state: MailState


@dataclass(frozen=True, slots=True)
class AddressWarning:
    """A remark on an address that does not block it; `kind` is a `store.rules.addresses.Lint` word.

    `usual` is where the participant's other addresses are, for one that is not there.
    """

    kind: str
    detail: str = ""
    usual: str = ""


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A maker's change that waits for a checker.

    `digest` stands for exactly this content: a decision names it, so that nothing else is decided than what
    was shown. `remarks` is what lint said when it was made, among it with whom the address is shared, for
    `shared_reason`; `plan_id` is set on rows of a bulk proposal.
    """

    proposal_id: int
    user_id: str
    user_name: str
    participant_id: str
    old_email: str | None
    new_email: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    reason: str
    remarks: tuple[AddressWarning, ...]
    shared_reason: str | None
    plan_id: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """What a checker decided on a proposal, and why."""

    proposal: ProposalRow
    approved: bool
    decided_by: str
    decided_at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True)
class DecisionNews:
    """A decision on one of the operator's own proposals; `reason` is the checker's."""

    user_id: str
    approved: bool
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What one decision did: on how many proposals, and how many verification mails it queued."""

    proposals: int
    mails: int


@dataclass(frozen=True, slots=True)
class EmailEdited:
    """An edit's result: applied at once (single-DA waiver, form DA 3) or waiting for a checker till then."""

    user_id: str
    email: str
    applied: bool
    proposal_id: int | None = None
    code_number: int | None = None
    waits_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resent:
    """A verification queued again: which code, and to whom (as the operator may see it)."""

    user_id: str
    email: str
    code_number: int
    enquiry_id: int | None = None
    """The call that the code answers, which goes on."""


@dataclass(frozen=True, slots=True)
class ResendPreview:
    """What a bulk resend would do: who gets a code, and how many are left out for which reason.

    `soonest` is in how many seconds the first of those whom a limit leaves out may be sent a code.
    """

    user_ids: tuple[str, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    soonest: int | None = None


@dataclass(frozen=True, slots=True)
class AddressVerified:
    """A code was good: this address is now the user's active one."""

    user_id: str
    email: str
    replaced: str | None


@dataclass(frozen=True, slots=True)
class AddressCheck:
    """What is to be said of an address while it is typed.

    `canonical` is None when `problem` (a `store.rules.addresses.Problem` word) says why it cannot be
    registered; `in_use_by` is another user of the participant who has it, so that a reason must be given.
    """

    canonical: str | None
    problem: str | None = None
    warnings: tuple[AddressWarning, ...] = ()
    in_use_by: str | None = None
