"""What the store hands upwards of the schedule's changes: revisions, and phase changes that wait."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from store.views import MilestoneStatus


class ScheduleChange(StrEnum):
    """What became of a milestone; the words stand in revisions, and in the mail that tells of them."""

    ANNOUNCED = "announced"
    REVISED = "revised"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    BEGUN = "begun"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Window:
    """A window as a circular announces it, the days it can mean, and how firm it is by that."""

    words: str
    earliest: date
    latest: date
    circular: str
    status: MilestoneStatus = MilestoneStatus.TENTATIVE


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """A milestone as somebody left it; `change` is None of those kept before there were words for it."""

    change: ScheduleChange | None
    window: str
    earliest: date
    latest: date
    status: MilestoneStatus
    circular: str
    revised_by: str
    revised_at: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of the Delegated Administrators have a verified address that takes mail, and are told."""

    told: int
    administrators: int


class Lack(StrEnum):
    """What users are still without."""

    USER_ADDRESS = "verified address of users"
    DA_ADDRESS = "verified address of DAs"
    TWO_FACTOR = "two-factor logon"


@dataclass(frozen=True, slots=True)
class Lacking:
    """How many, of all whom a milestone is for, are still without what it is for."""

    lack: Lack
    users: int
    all_users: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a simulation of the phase said at a moment, of `users` in all.

    `losing` are those of the `locked_out` who can log on at present; `losing_everyone` and `cannot_repair`
    (no working maker or checker) are numbers of participants. `digest` stands for exactly those locked out.
    """

    simulated_at: datetime
    users: int
    locked_out: int
    losing: int
    losing_everyone: int
    cannot_repair: int
    digest: str


@dataclass(frozen=True, slots=True)
class PhaseChangeRow:
    """A milestone proposed to begin by one operations person; another decides on exactly this (`digest`).

    `figures` is what the simulation said when it was proposed. `state` is open, approved, rejected,
    withdrawn, voided or expired.
    """

    change_id: int
    milestone_id: str
    title: str
    milestone_version: int
    figures: Figures
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    digest: str
