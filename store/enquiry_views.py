"""What the enquiry log hands upwards: calls as those who may read them see them. Moments are aware UTC."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from store.rules.caller_check import CallerStatus
from store.rules.explain import Reason

GENERAL = "general question"
"""The cause of a call about no user."""
CLEAR = "nothing in the way"
"""The cause of a call about a user who can log on."""
OTHER = "something else"
UNKNOWN = "not noted"
CAUSES: tuple[str, ...] = (*(reason.value for reason in Reason), CLEAR, GENERAL, OTHER, UNKNOWN)
"""What a call can be about: the obstacle that `explain` names, or one of the words above."""


class Outcome(StrEnum):
    """How a call ended."""

    RESOLVED = "resolved"
    TOLD = "told what to do"
    FOLLOW_UP = "follow-up"
    PASSED_ON = "passed to operations"
    DROPPED = "dropped"


class CallFilter(StrEnum):
    """Which calls a list holds."""

    FOLLOW_UPS = "open follow-ups"
    """What is still to be done, the soonest due first."""
    TODAY = "today"
    OPEN = "not ended"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class EnquiryQuery:
    """Which calls; what is None narrows nothing. All but open follow-ups come newest first."""

    which: CallFilter = CallFilter.ALL
    participant_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What was promised to a caller, until when, and who did it."""

    text: str
    due: date
    done_at: datetime | None = None
    done_by: str | None = None
    done_note: str = ""

    def overdue(self, today: date) -> bool:
        """Whether it should have been done before `today`."""
        return self.done_at is None and self.due < today


@dataclass(frozen=True, slots=True)
class Call:
    """A call on the hotline. It is going on while `ended_at` is None.

    User and participant are None where the caller named none; `codes_sent` are the numbers of the
    verification codes sent because of it. `cause` is one of `CAUSES`, as it was when the call began unless
    the agent chose another; `seconds` is how long it took, None when that is not known.
    """

    enquiry_id: int
    user_id: str | None
    user_name: str | None
    participant_id: str | None
    participant_name: str | None
    caller_name: str
    question: str
    cause: str
    caller: CallerStatus
    taken_by: str
    taken_at: datetime
    ended_at: datetime | None
    seconds: int | None
    outcome: Outcome | None
    follow_up: FollowUp | None
    codes_sent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """What an agent notes at the end of a call; None leaves question, name and cause as they were.

    `due` is the day the follow-up is promised for (today, when it is left out).
    """

    outcome: Outcome
    question: str | None = None
    caller_name: str | None = None
    cause: str | None = None
    follow_up: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class CheckCodeSent:
    """A caller check code that was mailed, never the code; `to` is as the operator may see it."""

    number: int
    to: str
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NumberOnFile:
    """The telephone number that operations entered for a participant; a recent one deserves a second look."""

    participant_id: str
    number: str
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class HandOver:
    """What one shift leaves for the next."""

    note_id: int
    note: str
    written_by: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls of one cause, participant or outcome: how many, and how long half of them took at most."""

    word: str
    calls: int
    median_seconds: int | None


@dataclass(frozen=True, slots=True)
class CallStatistics:
    """The calls taken from `since` up to `until`; every list has the most frequent first."""

    since: datetime
    until: datetime
    calls: int
    median_seconds: int | None
    checked: int
    """Calls whose caller was checked."""
    codes_sent: int
    by_cause: tuple[Tally, ...]
    by_participant: tuple[Tally, ...]
    by_outcome: tuple[Tally, ...]


@dataclass(frozen=True, slots=True)
class HotlineLoad:
    """How busy the hotline is: calls up to this time of today, `before` of the last working day before it
    (`day_before`), and of the same day last week.
    """

    today: int
    before: int
    day_before: date
    last_week: int
    open_follow_ups: int
    overdue: int
