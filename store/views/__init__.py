"""What the store hands upwards: frozen values, no database behind them.

Addresses in a view are already as the acting operator may see them (masked for the helpdesk).
All moments are aware UTC datetimes.
"""

from store.views.operators import KeyRow, Operator, OperatorDetail, Session
from store.views.outbox import MailRow
from store.views.people import Found, HistoryLine, ParticipantRow, Revealed, UserCard, UserQuery, UserRow
from store.views.programme import DeskStatus, MilestoneRow
from store.views.registration import (
    AddressCheck,
    AddressVerified,
    AddressWarning,
    Code,
    Decided,
    DecisionNews,
    DecisionRow,
    EmailEdited,
    ProposalRow,
    ResendPreview,
    Resent,
)
from store.views.words import (
    NEWS,
    TROUBLED_MAIL,
    WAITING_MAIL,
    Kind,
    MailKind,
    MailState,
    MilestoneStatus,
    Phase,
    Role,
    Standing,
    UserSort,
)

__all__ = [
    "NEWS",
    "TROUBLED_MAIL",
    "WAITING_MAIL",
    "AddressCheck",
    "AddressVerified",
    "AddressWarning",
    "Code",
    "Decided",
    "DecisionNews",
    "DecisionRow",
    "DeskStatus",
    "EmailEdited",
    "Found",
    "HistoryLine",
    "KeyRow",
    "Kind",
    "MailKind",
    "MailRow",
    "MailState",
    "MilestoneRow",
    "MilestoneStatus",
    "Operator",
    "OperatorDetail",
    "ParticipantRow",
    "Phase",
    "ProposalRow",
    "ResendPreview",
    "Resent",
    "Revealed",
    "Role",
    "Session",
    "Standing",
    "UserCard",
    "UserQuery",
    "UserRow",
    "UserSort",
]
