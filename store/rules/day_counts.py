"""How many users were how far at the end of each day, counted in one pass over the log."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from store.rules.person_state import PersonState
from store.rules.picture import Firm
from store.rules.progress import FirmProgress, Place, firm_progress, place_of
from store.rules.replay import Replay
from store.views import MilestoneRow, Standing


@dataclass(frozen=True, slots=True)
class DayCounts:
    """How many users were how far at `moment`, the end of `day` in Hong Kong (or now, if that is today).

    Every standing has a figure; participants are by ID. `approvals` waited for a checker.
    """

    day: date
    moment: datetime
    standing: Mapping[Standing, int]
    by_participant: Mapping[str, FirmProgress]
    milestones: tuple[MilestoneRow, ...] = ()
    approvals: int = 0

    @property
    def users(self) -> int:
        """How many there were."""
        return sum(self.standing.values())


class DayCounter:
    """Keeps the count from day to day, looking again only at users to whom something may have happened.

    That is an event of theirs, or a moment that passed: a code and a proposal run out by themselves. Days
    share the figures of participants in which nobody moved. What is counted is the state of `replay`.
    """

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._people: dict[int, PersonState] = {}
        self._places: dict[int, Place] = {}
        self._moved: set[int] = set()
        self._waits: list[tuple[datetime, int]] = []
        self._counts: defaultdict[str, Counter[Place]] = defaultdict(Counter)
        self._whole: Counter[Standing] = Counter()
        self._approvals = 0
        self._changed: set[str] = set()
        self._told: dict[str, FirmProgress] = {}
        self._firms: dict[str, Firm] = {}

    def note(self, user_pk: int, person: PersonState) -> None:
        """Something happened to this user."""
        self._people[user_pk] = person
        self._moved.add(user_pk)

    def counts(self, day: date, moment: datetime) -> DayCounts:
        """The count at `moment`, the end of `day`; moments come in their order."""
        while self._waits and self._waits[0][0] <= moment:
            self._moved.add(heapq.heappop(self._waits)[1])
        for user_pk in self._moved:
            self._count(user_pk, moment)
        self._moved.clear()
        self._tell()
        whole = {standing: self._whole[standing] for standing in Standing}
        milestones = tuple(self._replay.milestones.values())
        return DayCounts(day, moment, whole, self._told, milestones, self._approvals)

    def _count(self, user_pk: int, moment: datetime) -> None:
        person = self._people[user_pk]
        before, place = self._places.get(user_pk), place_of(person, person.standing(moment), moment)
        if place != before:
            self._places[user_pk] = place
            self._changed.add(person.participant_id)
            self._add(person.participant_id, place, 1)
            if before is not None:
                self._add(person.participant_id, before, -1)
        if expires_at := person.expires_at(moment):
            heapq.heappush(self._waits, (expires_at, user_pk))

    def _add(self, participant_id: str, place: Place, number: int) -> None:
        self._counts[participant_id][place] += number
        self._whole[place.standing] += number
        self._approvals += number * place.waits

    def _tell(self) -> None:
        """Bring up to date the participants in which anybody moved, and those that changed themselves."""
        told = {}
        for key, firm in self._replay.firms.items():
            if key in self._changed or self._firms.get(key) != firm:
                told[key] = firm_progress(firm, self._counts[key])
                self._firms[key] = firm
        if told:
            self._told = dict(sorted((self._told | told).items()))
        self._changed.clear()
