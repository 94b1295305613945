"""How far the users of one participant are, and the one step that would bring most of them on (issue 5)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from store.rules.goals import REACHED, Goal
from store.rules.person_state import PersonState
from store.rules.picture import Firm, Person, Picture
from store.rules.repair import is_ready
from store.rules.standing import Party, next_party
from store.views import Kind, Standing

Counted = Mapping[tuple[Kind, Standing], int]


@dataclass(frozen=True, slots=True)
class FirmProgress:
    """The users of one participant, counted by what they are and how far.

    `uncoded` of the unverified were never sent a code, `uncoded_das` of these are DAs; `working` are the
    kinds of whom one at least can log on with two factors; `locked` and `suspended` are among those counted.
    """

    participant_id: str
    name: str
    counted: Counted
    uncoded: int = 0
    locked: int = 0
    suspended: int = 0
    working: frozenset[Kind] = frozenset()
    single_da_waiver: bool = False
    uncoded_das: int = 0

    @property
    def users(self) -> int:
        """How many there are."""
        return sum(self.counted.values())

    @property
    def standing(self) -> Counter[Standing]:
        """How many are how far."""
        counted: Counter[Standing] = Counter()
        for (_kind, standing), number in self.counted.items():
            counted[standing] += number
        return counted

    def reached(self, goal: Goal) -> int:
        """How many have reached the goal."""
        return sum(number for (_kind, at), number in self.counted.items() if at in REACHED[goal])

    @property
    def ready(self) -> bool:
        """All are enrolled, and those of its DAs are at work whom it needs to repair itself."""
        enrolled, waiver = self.reached(Goal.ENROLLED), self.single_da_waiver
        return is_ready(enrolled, self.users, self.working, single_da_waiver=waiver)


class Step(StrEnum):
    """A step that brings users on, named by what is to be done."""

    APPROVE = "approve"
    CORRECT = "correct"
    REGISTER = "register"
    RESEND = "resend"
    SEND = "send"
    ENTER = "enter"
    ENROL = "enrol"
    PROVE = "prove"
    OPEN = "open"
    """Operations open the registration of DAs' addresses; until then nobody can register one (DESIGN 3.1)."""


@dataclass(frozen=True, slots=True)
class Action:
    """A step, for how many users, and whose it is."""

    step: Step
    users: int
    party: Party


STEPS: Mapping[Standing, Step] = {
    Standing.NO_EMAIL: Step.REGISTER,
    Standing.AWAITING_APPROVAL: Step.APPROVE,
    Standing.UNDELIVERABLE: Step.CORRECT,
    Standing.CODE_EXPIRED: Step.RESEND,
    Standing.UNVERIFIED: Step.ENTER,
    Standing.VERIFIED: Step.ENROL,
    Standing.PASSWORD_SET: Step.ENROL,
    Standing.ENROLLED: Step.PROVE,
}


def actions(firm: FirmProgress, goal: Goal, *, das_open: bool) -> tuple[Action, ...]:
    """What would bring users of the participant towards the goal, the most users first.

    Addresses of Delegated Administrators wait until operations open their registration (`das_open`): a step
    for all participants at once, so it comes last.
    """
    counted: Counter[tuple[Step, Party]] = Counter()
    for (kind, standing), number in firm.counted.items():
        if standing in REACHED[goal] or standing not in STEPS:
            continue
        step, party = STEPS[standing], next_party(standing, kind)
        if step is Step.REGISTER and kind.is_delegated_administrator and not das_open:
            step = Step.OPEN
        counted[step, party] += number
    _split_uncoded(counted, firm)
    found = [Action(step, number, party) for (step, party), number in counted.items() if number > 0]
    order = list(Step)
    return tuple(
        sorted(found, key=lambda each: (each.step is Step.OPEN, -each.users, order.index(each.step)))
    )


def _split_uncoded(counted: Counter[tuple[Step, Party]], firm: FirmProgress) -> None:
    """Who was never sent a code cannot enter one: to send it is the maker's, to a DA the helpdesk's."""
    waiting = (Step.ENTER, Party.USER)
    moved = min(firm.uncoded, counted[waiting])
    das = min(firm.uncoded_das, moved)
    counted[waiting] -= moved
    counted[Step.SEND, Party.MAKER] += moved - das
    counted[Step.SEND, Party.HELPDESK] += das


def together(firms: Iterable[FirmProgress], name: str) -> FirmProgress:
    """All of them counted as one, under this name; its kinds at work say nothing of any one of them."""
    counted: Counter[tuple[Kind, Standing]] = Counter()
    uncoded = uncoded_das = locked = suspended = 0
    for firm in firms:
        counted.update(firm.counted)
        uncoded_das += firm.uncoded_das
        uncoded, locked = uncoded + firm.uncoded, locked + firm.locked
        suspended += firm.suspended
    return FirmProgress("", name, counted, uncoded, locked, suspended, uncoded_das=uncoded_das)


def laggards(firms: Iterable[FirmProgress], goal: Goal) -> tuple[FirmProgress, ...]:
    """Those who miss the goal, those with most users missing first."""
    behind = [firm for firm in firms if firm.reached(goal) < firm.users]
    return tuple(
        sorted(
            behind,
            key=lambda firm: (firm.reached(goal) - firm.users, firm.reached(goal), firm.participant_id),
        )
    )


class Place(NamedTuple):
    """What the figures count of a user; `waits` for a checker, `uncoded` as in `FirmProgress`."""

    kind: Kind
    standing: Standing
    uncoded: bool
    locked: bool
    suspended: bool
    waits: bool


def place_of(person: Person | PersonState, standing: Standing, now: datetime) -> Place:
    """The place of a user of that standing at `now`."""
    facts = person.progress if isinstance(person, Person) else person
    until = facts.proposal_expires_at
    return Place(
        person.kind,
        standing,
        standing is Standing.UNVERIFIED and facts.code_expires_at is None,
        person.locked,
        person.suspended,
        until is not None and until > now,
    )


def firm_progress(firm: Firm, places: Mapping[Place, int]) -> FirmProgress:
    """How far a participant's users are, by how many are in which place.

    The figures of many days are kept, so what can be is shared.
    """
    counted: Counter[tuple[Kind, Standing]] = Counter()
    uncoded = uncoded_das = locked = suspended = 0
    working: frozenset[Kind] = frozenset()
    for place, number in places.items():
        if number:
            counted[_pair(place.kind, place.standing)] += number
            uncoded += number * place.uncoded
            uncoded_das += number * (place.uncoded and place.kind.is_delegated_administrator)
            locked += number * place.locked
            suspended += number * place.suspended
            if place.standing in REACHED[Goal.ENROLLED] and not place.locked and not place.suspended:
                working |= {place.kind}
    return FirmProgress(
        firm.participant_id,
        firm.name,
        dict(counted),
        uncoded,
        locked,
        suspended,
        _same(working),
        firm.single_da_waiver,
        uncoded_das,
    )


@cache
def _pair(kind: Kind, standing: Standing) -> tuple[Kind, Standing]:
    return kind, standing


@cache
def _same(kinds: frozenset[Kind]) -> frozenset[Kind]:
    return kinds


def progress_of(picture: Picture) -> tuple[tuple[FirmProgress, ...], int]:
    """The same of a picture, by participant ID; and how many changes wait for a checker."""
    now, approvals = picture.as_of, 0
    places: dict[str, Counter[Place]] = {key: Counter() for key in picture.firms}
    for person in picture.people:
        place = place_of(person, person.standing(now), now)
        places[person.participant_id][place] += 1
        approvals += place.waits
    firms = sorted(picture.firms.items())
    return tuple(firm_progress(firm, places[key]) for key, firm in firms), approvals
