"""The words that views and rules share."""

from enum import StrEnum


class Role(StrEnum):
    """Who an operator of the desk is (DESIGN 3.7)."""

    DA_MAKER = "da-maker"
    DA_CHECKER = "da-checker"
    HELPDESK = "helpdesk"
    OPERATIONS = "operations"


class Kind(StrEnum):
    """What a CCMS user is to their participant (the roster's `kind` column)."""

    USER = "user"
    DA_MAKER = "da-maker"
    DA_CHECKER = "da-checker"

    @property
    def is_delegated_administrator(self) -> bool:
        """True for makers and checkers, whose addresses come by form DA 3."""
        return self is not Kind.USER


class Standing(StrEnum):
    """One word for how far a user is, in the order of the way (DESIGN 3.5)."""

    NO_EMAIL = "no email"
    AWAITING_APPROVAL = "awaiting approval"
    UNDELIVERABLE = "undeliverable"
    CODE_EXPIRED = "code expired"
    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    PASSWORD_SET = "password set"  # noqa: S105 - a standing, not a secret
    ENROLLED = "enrolled"
    PROVEN = "proven"


class Phase(StrEnum):
    """What is open now (DESIGN 3.6)."""

    NOT_STARTED = "not started"
    USER_REGISTRATION = "user registration"
    DA_REGISTRATION = "DA registration"
    CONNECTIVITY_TEST = "connectivity test"
    PARALLEL_RUN = "parallel run"
    TWO_FACTOR_ONLY = "2FA only"


class MilestoneStatus(StrEnum):
    """How firm a line of the schedule is."""

    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    DONE = "done"
    CANCELLED = "cancelled"


class MailKind(StrEnum):
    """What a message says."""

    VERIFICATION = "verification"
    CHANGE_REQUESTED = "change requested"
    ADDRESS_REPLACED = "address replaced"
    ACTIVATION = "activation"
    ONE_TIME_PASSWORD = "one-time password"  # noqa: S105 - what a message holds, not a secret
    ACCESS_CHANGED = "access changed"
    SCHEDULE_CHANGED = "schedule changed"
    CALLER_CHECK = "caller check"


NEWS = frozenset({MailKind.SCHEDULE_CHANGED})
"""Mail to all Delegated Administrators at once: its fate tells nothing of anybody's codes."""


class MailState(StrEnum):
    """The honest fate of a message (DESIGN 3.8): accepted means by the server, never by the person."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    EXPIRED = "expired"
    HELD = "held"
    CANCELLED = "cancelled"


WAITING_MAIL = frozenset({MailState.QUEUED, MailState.SENDING})
"""On its way as it should be."""
TROUBLED_MAIL = frozenset({MailState.DEFERRED, MailState.BOUNCED, MailState.EXPIRED, MailState.HELD})
"""What somebody may have to look after."""


class UserSort(StrEnum):
    """The orders a list of users can stand in; ties are broken by name, then by the row's own number."""

    NAME = "name"
    USER_ID = "user ID"
    PARTICIPANT = "participant"
    STANDING = "standing"
