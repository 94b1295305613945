"""The schedule, and where the programme is in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from store.views.words import MailState, MilestoneStatus, Phase, Standing


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A line of the schedule: the window as announced, and the earliest and latest day it can mean."""

    milestone_id: str
    title: str
    window: str
    earliest: date
    latest: date
    status: MilestoneStatus
    opens: str | None
    circular: str
    begun_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """Where the programme is, in numbers of participants and users.

    `only_smartcard` have logged on by smartcard, and never yet with two factors.
    """

    phase: Phase
    as_of: datetime
    participants: int
    users: int
    ready_participants: int
    standing: Mapping[Standing, int]
    locked: int
    suspended: int
    mail: Mapping[MailState, int]
    only_smartcard: int = 0
    email_only: int = 0
