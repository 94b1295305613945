"""A picture of the programme at one moment: all that its phase, standings and access follow from.

The live tables give one of the present, the audit events one of any moment before (DESIGN 3.9); what is
derived from a picture, like a simulation of the cut-over, cannot tell which it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from store.enrolment_views import OtpMethod
from store.rules import phases
from store.rules.access import AccessFacts, Method, Programme, Refusal, decide
from store.rules.standing import NOT_VERIFIED, Facts, standing
from store.views import Kind, MilestoneRow, Phase, Standing


@dataclass(frozen=True, slots=True)
class Firm:
    """A participant as it was."""

    participant_id: str
    name: str
    single_da_waiver: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A CCMS user as they were. `progress` is what their standing follows from.

    `undeliverable` is of the active address; a pending one's is in `progress`. `otp_method` is None before
    one was set up.
    """

    user_id: str
    user_name: str
    participant_id: str
    kind: Kind
    smartcard: bool
    suspended: bool
    locked: bool
    undeliverable: bool
    clock_right: bool
    otp_method: OtpMethod | None
    progress: Facts

    def standing(self, now: datetime) -> Standing:
        """How far they were at `now`."""
        return standing(self.progress, now)

    def access(self, now: datetime) -> AccessFacts:
        """What the access rule decides on, as an explanation has it."""
        return AccessFacts(
            smartcard=self.smartcard,
            suspended=self.suspended,
            locked=self.locked,
            verified=self.standing(now) not in NOT_VERIFIED,
            password_set=self.progress.password_set,
            enrolled=self.progress.enrolled,
            mail_arrives=not (self.undeliverable and self.otp_method is OtpMethod.EMAIL),
            clock_right=self.clock_right,
        )

    def refusal(self, method: Method, programme: Programme, now: datetime) -> Refusal | None:
        """Why they could not log on by `method`; None when they could."""
        return decide(self.access(now), method, programme)


@dataclass(frozen=True, slots=True)
class Picture:
    """The programme at `as_of`: participants by ID, users in the order of their IDs, milestones in theirs."""

    as_of: datetime
    firms: Mapping[str, Firm]
    people: tuple[Person, ...]
    milestones: tuple[MilestoneRow, ...]

    @property
    def programme(self) -> Programme:
        """What was open."""
        begun = [row.milestone_id for row in self.milestones if row.begun_at]
        return Programme(phases.phase(begun), "decommission" in begun)

    @property
    def phase(self) -> Phase:
        """The phase reached."""
        return self.programme.phase

    def within(self, participant_ids: Iterable[str]) -> "Picture":
        """The same of some participants only."""
        kept = frozenset(participant_ids)
        firms = {key: firm for key, firm in self.firms.items() if key in kept}
        return replace(
            self, firms=firms, people=tuple(each for each in self.people if each.participant_id in kept)
        )
