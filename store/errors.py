"""Everything the store can refuse, with the facts of it; the sentence is made above (screens.sentences)."""

from datetime import date, datetime


class StoreError(Exception):
    """A refusal or a fault that a person can be told in one sentence."""


class NotAllowed(StoreError):
    """The operator's role, or their participant, does not permit this (DESIGN 3.7)."""

    def __init__(self, permission: str, role: str, participant_id: str | None = None) -> None:
        super().__init__(f"{role} may not {permission}")
        self.permission = permission
        self.role = role
        self.participant_id = participant_id


class NotFound(StoreError):
    """No such participant, user, mail or milestone within what the operator may see."""

    def __init__(self, what: str, identity: str) -> None:
        super().__init__(f"no {what} {identity}")
        self.what = what
        self.identity = identity


class NoSuchMoment(StoreError):
    """Nothing is known of this moment; `why` is "before" (the log begins at `began`) or "to come".

    `began` is None when nothing was ever recorded.
    """

    def __init__(self, why: str, moment: datetime, began: datetime | None = None) -> None:
        super().__init__(f"{moment} is {why}")
        self.why = why
        self.moment = moment
        self.began = began


class Conflict(StoreError):
    """The row changed since it was read; `differences` maps a field to (as it was read, as it is now)."""

    def __init__(
        self, identity: str, changed_by: str, changed_at: datetime, differences: dict[str, tuple[str, str]]
    ) -> None:
        super().__init__(f"{identity} changed by {changed_by}")
        self.identity = identity
        self.changed_by = changed_by
        self.changed_at = changed_at
        self.differences = differences


class BadAddress(StoreError):
    """The address cannot be registered; `reason` is a `store.rules.addresses.Problem` word."""

    def __init__(self, typed: str, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.typed = typed
        self.reason = reason
        self.detail = detail


class SameAddress(StoreError):
    """The address is already the user's active or pending one: there is nothing to change."""

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id)
        self.user_id = user_id


class AddressInUse(StoreError):
    """Another user of the same participant has this address; a recorded waiver (a reason) is needed."""

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id)
        self.user_id = user_id


class NotOpenYet(StoreError):
    """Registration of DAs' email address is not open; `window` is when, as announced."""

    def __init__(self, milestone: str, window: str) -> None:
        super().__init__(milestone)
        self.milestone = milestone
        self.window = window


class NothingToVerify(StoreError):
    """The user has no address waiting for verification."""

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id)
        self.user_id = user_id


class TooSoon(StoreError):
    """A resend came too early; `seconds` says how long to wait, `limit` which limit (wait, hour, day)."""

    def __init__(self, user_id: str, seconds: int, limit: str) -> None:
        super().__init__(f"{user_id}: wait {seconds} s")
        self.user_id = user_id
        self.seconds = seconds
        self.limit = limit


class EnquiryNeeded(StoreError):
    """The helpdesk resends only in answer to a call: what the caller asked must be given."""


class TextTooLong(StoreError):
    """What was written is too long to be kept; `what` is question, caller, follow-up or note."""

    def __init__(self, what: str, limit: int, length: int) -> None:
        super().__init__(f"{what}: {length} > {limit}")
        self.what = what
        self.limit = limit
        self.length = length


class BadDay(StoreError):
    """A day that cannot be meant; `why` is past or far."""

    def __init__(self, day: date, why: str) -> None:
        super().__init__(f"{day}: {why}")
        self.day = day
        self.why = why


class BadPhone(StoreError):
    """What was typed is no telephone number."""

    def __init__(self, typed: str) -> None:
        super().__init__("no telephone number")
        self.typed = typed


class FollowUpDone(StoreError):
    """Somebody else noted before that the follow-up of this call was done."""

    def __init__(self, enquiry_id: int, done_by: str, done_at: datetime) -> None:
        super().__init__(f"call {enquiry_id}: done by {done_by}")
        self.enquiry_id = enquiry_id
        self.done_by = done_by
        self.done_at = done_at


class CheckRefused(StoreError):
    """A caller check code was not accepted; `reason` is wrong, malformed, expired, spent or not-sent."""

    def __init__(self, reason: str, tries_left: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.tries_left = tries_left


class CodeRefused(StoreError):
    """The code was not accepted; `reason` is wrong, expired, malformed, spent or day-limit."""

    def __init__(self, user_id: str, reason: str, tries_left: int = 0) -> None:
        super().__init__(reason)
        self.user_id = user_id
        self.reason = reason
        self.tries_left = tries_left


class NotNow(StoreError):
    """The state of the thing does not permit the operation; `why` is a short word for it."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why


class BadWindow(StoreError):
    """A milestone cannot have such a window; `problem` is a `store.rules.phases.WindowProblem` word.

    `begun_on` is the day the milestone was declared begun, if it was.
    """

    def __init__(self, problem: str, begun_on: date | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.begun_on = begun_on


class AlreadyProposed(StoreError):
    """Somebody else proposed this phase change already, and it waits for its second person."""

    def __init__(self, title: str, by: str, at: datetime) -> None:
        super().__init__(f"{title} proposed by {by}")
        self.title = title
        self.by = by
        self.at = at


class LookAgain(StoreError):
    """Since the simulation that was shown, `newly` more users would be locked out by a phase change."""

    def __init__(self, newly: int) -> None:
        super().__init__(f"{newly} more")
        self.newly = newly


class CannotFollow(StoreError):
    """A phase before the present one was to be simulated; both are `store.views.Phase` words."""

    def __init__(self, phase: str, present: str) -> None:
        super().__init__(f"{phase} after {present}")
        self.phase = phase
        self.present = present


class BeforeRoster(StoreError):
    """A moment was named that lies before `began`, when the first participant was loaded."""

    def __init__(self, at: datetime, began: datetime) -> None:
        super().__init__(f"{at} before {began}")
        self.at = at
        self.began = began


class SessionOver(StoreError):
    """The operator's session has ended; `reason` is disabled, ended or aged (`rules.sessions.why_over`)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProofNeeded(StoreError):
    """What was asked needs a one-time password given within the last few minutes (`rules.sessions`)."""


class SignInRefused(StoreError):
    """A one-time password was not accepted; `reason` is wrong, replayed, wait, locked or unknown.

    `seconds` says how long to wait before the next try, `tries_left` how many there are until the lock.
    """

    def __init__(self, reason: str, *, seconds: int = 0, tries_left: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds
        self.tries_left = tries_left


class BadKey(StoreError):
    """No SSH public key to register; `reason` is malformed, private, type, weak, options or in-use."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class BadLogin(StoreError):
    """An operator's ID that cannot be one (`rules.logins`), or one whose role and participant do not fit."""

    def __init__(self, operator_id: str, why: str = "") -> None:
        super().__init__(operator_id)
        self.operator_id = operator_id
        self.why = why


class OwnProposal(StoreError):
    """Nobody decides on their own proposal (DESIGN 3.2)."""


class OwnPhaseChange(OwnProposal):
    """The second person of a phase change is never the one who proposed it."""


class Voided(StoreError):
    """The proposal is not what was shown any more; `why` is changed, decided, expired, moved,
    kind or disabled (its maker).
    """

    def __init__(self, proposal_id: int, why: str, by: str = "") -> None:
        super().__init__(f"proposal {proposal_id}: {why}")
        self.proposal_id = proposal_id
        self.why = why
        self.by = by


class PhaseVoided(Voided):
    """The same of a phase change; `why` is changed, decided or expired."""


class ReasonNeeded(StoreError):
    """A reason must be given; `what` says for what (rejection, phase, reveal, waiver, disabling),
    or what else must be written down (question, follow-up, hand-over).
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class BadHead(StoreError):
    """An exported head of the audit log that cannot be used; `reason` is missing, unreadable, malformed or
    foreign (signed with another key, or changed since).
    """

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where


class EnrolmentOver(StoreError):
    """The enrolment session has ended; `reason` is superseded (the user came in elsewhere), idle, aged,
    ended, reset (the DA had the user start over), suspended, address (another one was verified) or unknown.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Crowded(StoreError):
    """Too many enrolments were begun within the hour, from there or altogether; `seconds` is the wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class EntryRefused(StoreError):
    """What a user entered was not accepted: `entry` is code, password or otp.

    `reason` is wrong (for a user who does not exist too), malformed (not counted), wait (`seconds` long) or
    locked; replayed or clock (the phone's clock is off, `seconds` ahead) for one-time passwords; and, told
    only to who holds that very code: earlier (a newer one was sent), elsewhere (asked for in another
    session), expired, used, spent (tried too often). Suspended is told after a good code or password only,
    and often (wait `seconds`: many logons were begun and not finished) after a good password.
    With wrong and replayed `seconds` is how long the next try has to wait; `tries_left` counts what is left
    until the lock.
    """

    def __init__(self, entry: str, reason: str, *, seconds: int = 0, tries_left: int = 0) -> None:
        super().__init__(f"{entry}: {reason}")
        self.entry = entry
        self.reason = reason
        self.seconds = seconds
        self.tries_left = tries_left


class PasswordRefused(StoreError):
    """The password cannot be set; `problem` is a `store.enrolment_views.PasswordProblem` word."""

    def __init__(self, problem: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.detail = detail


class NotYet(StoreError):
    """Enrolment has not come to this step; `needs` is what must be done first: activation, password, method
    (choose how one-time passwords come), enrolment, or (to change what is set up) by-app, by-password or
    administrator (only the DA can help: there is no other factor to prove).
    """

    def __init__(self, needs: str) -> None:
        super().__init__(needs)
        self.needs = needs


class BadFile(StoreError):
    """A roster file that cannot be read as one at all; `line` is 0 when the fault is not on one line."""

    def __init__(self, reason: str, line: int = 0, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.detail = detail


class DatabaseFault(StoreError):
    """The database cannot be used; `kind` is missing, locked, read-only, newer, older, damaged, full,
    unreachable, unsupported, or refused for what the database itself refuses.
    """

    def __init__(self, kind: str, where: str, detail: str = "") -> None:
        super().__init__(f"{kind}: {where}")
        self.kind = kind
        self.where = where
        self.detail = detail


class KeyFault(StoreError):
    """The key file cannot be used; `kind` is missing, unreadable, exposed or malformed."""

    def __init__(self, kind: str, where: str) -> None:
        super().__init__(f"{kind}: {where}")
        self.kind = kind
        self.where = where
