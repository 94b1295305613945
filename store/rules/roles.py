"""Who may do what (DESIGN 3.7), as one table that the store, the screens and the tests all read."""

from enum import StrEnum

from store.views import Role


class Permission(StrEnum):
    """One thing an operator can ask of the desk; the value completes 'may not ...'."""

    SEE = "see this participant"
    EDIT_USER_EMAIL = "edit a user's email"
    EDIT_DA_EMAIL = "enter a Delegated Administrator's email"
    LOAD_ROSTER = "load the roster"
    LOAD_LOGONS = "load evidence of logons"
    EXPORT = "export users"
    RESEND = "resend a verification"
    ENTER_CODE = "enter a verification code"
    WRITE_ENQUIRY = "log a call"
    READ_ENQUIRIES = "see the calls of the hotline"
    SET_PHONE = "enter a participant's telephone number"
    REVISE_MILESTONE = "revise the schedule"
    DECLARE_MILESTONE = "declare a milestone begun or done"
    APPROVE_PHASE = "approve or reject a phase change"
    KEEP_SIMULATION = "keep a simulation of the cut-over"
    MANAGE_MAIL = "retry, hold or release mail"
    APPROVE = "approve or reject a change"
    REVEAL = "reveal a masked address"
    GRANT_WAIVER = "grant or withdraw a single-DA waiver"
    SEE_AUDIT = "see the audit events"
    EXPORT_AUDIT = "export the audit events"
    MANAGE_AUDIT = "verify the audit events or export their head"
    MANAGE_OPERATORS = "manage operators"
    UNLOCK_USER = "unlock a user"
    UNLOCK_DA = "unlock a Delegated Administrator"


class Reach(StrEnum):
    """How far a permission goes."""

    OWN = "own participant"
    ALL = "all participants"


_OWN, _ALL = Reach.OWN, Reach.ALL

TABLE: dict[Permission, dict[Role, Reach]] = {
    Permission.SEE: {
        Role.DA_MAKER: _OWN,
        Role.DA_CHECKER: _OWN,
        Role.HELPDESK: _ALL,
        Role.OPERATIONS: _ALL,
    },
    Permission.EDIT_USER_EMAIL: {Role.DA_MAKER: _OWN},
    Permission.EDIT_DA_EMAIL: {Role.OPERATIONS: _ALL},
    Permission.LOAD_ROSTER: {Role.DA_MAKER: _OWN, Role.OPERATIONS: _ALL},
    Permission.LOAD_LOGONS: {Role.OPERATIONS: _ALL},
    Permission.EXPORT: {Role.DA_MAKER: _OWN, Role.DA_CHECKER: _OWN, Role.OPERATIONS: _ALL},
    Permission.RESEND: {
        Role.DA_MAKER: _OWN,
        Role.DA_CHECKER: _OWN,
        Role.HELPDESK: _ALL,
        Role.OPERATIONS: _ALL,
    },
    Permission.ENTER_CODE: {Role.DA_MAKER: _OWN, Role.DA_CHECKER: _OWN, Role.OPERATIONS: _ALL},
    Permission.WRITE_ENQUIRY: {Role.HELPDESK: _ALL},
    Permission.READ_ENQUIRIES: {Role.HELPDESK: _ALL, Role.OPERATIONS: _ALL},
    Permission.SET_PHONE: {Role.OPERATIONS: _ALL},
    Permission.REVISE_MILESTONE: {Role.OPERATIONS: _ALL},
    Permission.KEEP_SIMULATION: {Role.OPERATIONS: _ALL},
    Permission.DECLARE_MILESTONE: {Role.OPERATIONS: _ALL},
    Permission.APPROVE_PHASE: {Role.OPERATIONS: _ALL},
    Permission.MANAGE_MAIL: {Role.OPERATIONS: _ALL},
    Permission.APPROVE: {Role.DA_CHECKER: _OWN},
    Permission.REVEAL: {Role.HELPDESK: _ALL},
    Permission.GRANT_WAIVER: {Role.OPERATIONS: _ALL},
    Permission.SEE_AUDIT: {Role.DA_MAKER: _OWN, Role.DA_CHECKER: _OWN, Role.OPERATIONS: _ALL},
    Permission.EXPORT_AUDIT: {Role.OPERATIONS: _ALL},
    Permission.MANAGE_AUDIT: {Role.OPERATIONS: _ALL},
    Permission.MANAGE_OPERATORS: {Role.OPERATIONS: _ALL},
    Permission.UNLOCK_USER: {Role.DA_MAKER: _OWN, Role.DA_CHECKER: _OWN},
    Permission.UNLOCK_DA: {Role.OPERATIONS: _ALL},
}

NEEDS_PROOF = frozenset(
    {
        Permission.EDIT_USER_EMAIL,
        Permission.EDIT_DA_EMAIL,
        Permission.LOAD_ROSTER,
        Permission.APPROVE,
        Permission.GRANT_WAIVER,
        Permission.REVISE_MILESTONE,
        Permission.DECLARE_MILESTONE,
        Permission.APPROVE_PHASE,
        Permission.MANAGE_OPERATORS,
        Permission.SET_PHONE,
    }
)
"""What changes an address, a number that callers are checked by, an operator or a phase: a signed-in operator
must have given a good one-time password a short while before (`rules.sessions.PROOF_LIFE`). `ENTER_CODE` asks
the same where the code replaces an address in use, but not for a user's first one: DAs enter many of those.
"""


def may(role: Role, own: str | None, permission: Permission, participant_id: str | None) -> bool:
    """Whether `role` (of participant `own`, if a DA) has `permission` there (None: on any at all)."""
    reach = TABLE[permission].get(role)
    if reach is None:
        return False
    return reach is Reach.ALL or participant_id is None or participant_id == own


def sees_all(role: Role) -> bool:
    """Whether a role sees every participant, or one's own only."""
    return TABLE[Permission.SEE][role] is Reach.ALL


def sees_full_addresses(role: Role) -> bool:
    """The helpdesk sees addresses masked; everyone else sees them whole (DESIGN 3.7)."""
    return role is not Role.HELPDESK
