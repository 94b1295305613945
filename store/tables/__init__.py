"""The tables, a room for each subject.

Rows change only through the store's operations; moments are kept in UTC. Addresses are kept as typed
(`*_email`) and as canonical (`*_canonical`), which comparisons use. Beside each model stands its
plain table, for reads that make no objects: several times faster for lists.
"""

from store.tables.audit import EVENTS, NOBODYS_EVENTS, AuditEvent
from store.tables.columns import BigKey, Identity, SortName, UtcDateTime
from store.tables.enrolment import (
    CREDENTIALS,
    ENTRY_THROTTLES,
    LOGON_ATTEMPTS,
    LOGONS,
    MAILED_CODES,
    VISITS,
    Credential,
    EnrolmentVisit,
    EntryThrottle,
    LogonAttemptRow,
    LogonEvidence,
    MailedCode,
)
from store.tables.hotline import CALLER_CODES, ENQUIRIES, HAND_OVERS, CallerCode, Enquiry, HandOverNote
from store.tables.operators import (
    OPERATOR_KEYS,
    OPERATOR_SESSIONS,
    OPERATORS,
    OperatorKey,
    OperatorRow,
    OperatorSession,
)
from store.tables.outbox import MAILS, Mail
from store.tables.people import (
    NAME_WORDS,
    PARTICIPANTS,
    USERS,
    WHOLE,
    AddressWaiver,
    CcmsUser,
    NameWord,
    Participant,
)
from store.tables.registration import PROPOSALS, VERIFICATIONS, Proposal, Verification
from store.tables.schedule import (
    CUTOVER_SIMULATIONS,
    MILESTONE_REVISIONS,
    MILESTONES,
    PHASE_CHANGES,
    CutoverSimulation,
    Milestone,
    MilestoneRevision,
    PhaseChange,
)

__all__ = [
    "CALLER_CODES",
    "CREDENTIALS",
    "CUTOVER_SIMULATIONS",
    "ENQUIRIES",
    "ENTRY_THROTTLES",
    "EVENTS",
    "HAND_OVERS",
    "LOGONS",
    "LOGON_ATTEMPTS",
    "MAILED_CODES",
    "MAILS",
    "MILESTONES",
    "MILESTONE_REVISIONS",
    "NAME_WORDS",
    "NOBODYS_EVENTS",
    "OPERATORS",
    "OPERATOR_KEYS",
    "OPERATOR_SESSIONS",
    "PARTICIPANTS",
    "PHASE_CHANGES",
    "PROPOSALS",
    "USERS",
    "VERIFICATIONS",
    "VISITS",
    "WHOLE",
    "AddressWaiver",
    "AuditEvent",
    "BigKey",
    "CallerCode",
    "CcmsUser",
    "Credential",
    "CutoverSimulation",
    "Enquiry",
    "EnrolmentVisit",
    "EntryThrottle",
    "HandOverNote",
    "Identity",
    "LogonAttemptRow",
    "LogonEvidence",
    "Mail",
    "MailedCode",
    "Milestone",
    "MilestoneRevision",
    "NameWord",
    "OperatorKey",
    "OperatorRow",
    "OperatorSession",
    "Participant",
    "PhaseChange",
    "Proposal",
    "SortName",
    "UtcDateTime",
    "Verification",
]
