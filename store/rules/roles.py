"""Who may do what (DESIGN 3.7), as one table that the store, the screens and the tests all read."""

from enum import StrEnum

from store.views import Role


class Permission(StrEnum):
    """One thing an operator can ask of the desk; the value completes 'may not ...'."""

    SEE = "see this participant"
    EDIT_USER_EMAIL = "edit a user's email"
    EDIT_DA_EMAIL = "enter a Delegated Administrator's email"
    LOAD_ROSTER = "load the roster"
    EXPORT = "export users"
    RESEND = "resend a verification"
    ENTER_CODE = "enter a verification code"
    WRITE_ENQUIRY = "log a call"
    DECLARE_MILESTONE = "declare a milestone begun"
    MANAGE_MAIL = "retry, hold or release mail"


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
    Permission.EXPORT: {Role.DA_MAKER: _OWN, Role.DA_CHECKER: _OWN, Role.OPERATIONS: _ALL},
    Permission.RESEND: {
        Role.DA_MAKER: _OWN,
        Role.DA_CHECKER: _OWN,
        Role.HELPDESK: _ALL,
        Role.OPERATIONS: _ALL,
    },
    Permission.ENTER_CODE: {Role.DA_MAKER: _OWN, Role.DA_CHECKER: _OWN, Role.OPERATIONS: _ALL},
    Permission.WRITE_ENQUIRY: {Role.HELPDESK: _ALL},
    Permission.DECLARE_MILESTONE: {Role.OPERATIONS: _ALL},
    Permission.MANAGE_MAIL: {Role.OPERATIONS: _ALL},
}


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
