"""Done against the slope needed, of the whole programme or of one participant, and what is to be expected."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date

from store.rules.day_counts import DayCounts
from store.rules.forecast import DayDone, Forecast, forecast, needed_pace
from store.rules.goals import Goal, due_of, reached
from store.rules.progress import FirmProgress
from store.views import MilestoneRow


@dataclass(frozen=True, slots=True)
class BurnUp:
    """How `total` users come to `goal`: `history` is who had at the end of each day, the last day is today.

    `due` is the milestone that needs it, `needed` the users a working day that make it until its earliest
    day; None without such a day ahead.
    """

    goal: Goal
    total: int
    done: int
    today: date
    history: tuple[DayDone, ...]
    due: MilestoneRow | None
    needed: float | None
    forecast: Forecast

    def since(self, days: int) -> int | None:
        """What was added since the end of the day `days` before today; None where that is not known."""
        ahead = self.today.toordinal() - days
        before = next((done for day, done in self.history if day.toordinal() == ahead), None)
        return None if before is None else self.done - before

    @property
    def last_days(self) -> tuple[date, date]:
        """The last days that the figures speak of, by what is expected and by what is needed."""
        said = self.forecast
        expected = max((day for day in (said.p50, said.p90) if day), default=self.today)
        return expected, self.due.earliest if self.due else self.today


def burn_up(
    goal: Goal,
    firms: Sequence[FirmProgress],
    days: Sequence[DayCounts],
    milestones: Sequence[MilestoneRow],
    today: date,
) -> BurnUp:
    """The burn-up of these participants; `days` are those before today, of all or more of them."""
    done, total = sum(firm.reached(goal) for firm in firms), sum(firm.users for firm in firms)
    known = history(goal, firms, days, today)
    due = due_of(goal, milestones)
    return BurnUp(
        goal=goal,
        total=total,
        done=done,
        today=today,
        history=known,
        due=due,
        needed=needed_pace(done, total, today, due.earliest) if due else None,
        forecast=forecast(known, done, total, today),
    )


def history(
    goal: Goal, firms: Sequence[FirmProgress], days: Sequence[DayCounts], today: date
) -> tuple[DayDone, ...]:
    """How many of these participants' users had reached the goal at the end of each day, and today."""
    whose = {firm.participant_id for firm in firms}
    known = [(each.day, _reached(each, goal, whose)) for each in days if each.day < today and each.users]
    return (*known, (today, sum(firm.reached(goal) for firm in firms)))


def _reached(counts: DayCounts, goal: Goal, whose: Set[str]) -> int:
    if whose >= counts.by_participant.keys():
        return reached(counts.standing, goal)
    return sum(found.reached(goal) for firm in whose if (found := counts.by_participant.get(firm)))
