"""How many users were how far at the end of each day, counted in one pass over the log."""

import heapq
from collections import Counter, defaultdict
from datetime import date, datetime

from store.rules.person_state import PersonState
from store.views import DayCounts, Standing


class DayCounter:
    """Keeps the count from day to day, looking again only at users to whom something may have happened.

    That is an event of theirs, or a moment that passed: a code and a proposal run out by themselves. Days
    share the figures of participants in which nobody moved.
    """

    def __init__(self) -> None:
        self._people: dict[int, PersonState] = {}
        self._standings: dict[int, Standing] = {}
        self._moved: set[int] = set()
        self._waits: list[tuple[datetime, int]] = []
        self._counts: defaultdict[str, Counter[Standing]] = defaultdict(Counter)
        self._changed: set[str] = set()
        self._told: dict[str, dict[Standing, int]] = {}

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
        if self._changed:
            told = self._told | {key: _all(self._counts[key]) for key in self._changed}
            self._told = dict(sorted(told.items()))
            self._changed.clear()
        return DayCounts(day, moment, _all(sum(self._counts.values(), Counter())), self._told)

    def _count(self, user_pk: int, moment: datetime) -> None:
        person = self._people[user_pk]
        counted = self._counts[person.participant_id]
        before, reached = self._standings.get(user_pk), person.standing(moment)
        if reached is not before:
            if before is not None:
                counted[before] -= 1
            counted[reached] += 1
            self._standings[user_pk] = reached
            self._changed.add(person.participant_id)
        if expires_at := person.expires_at(moment):
            heapq.heappush(self._waits, (expires_at, user_pk))


def _all(counted: Counter[Standing]) -> dict[Standing, int]:
    return {standing: counted[standing] for standing in Standing}
