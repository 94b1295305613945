"""What the board and the wall are made of: the figures in words, who is behind, the days before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from rich.text import Text

from screens import board_words as words
from screens.days import past_day
from screens.times import hk_day
from screens.widgets.bar import percent
from screens.widgets.columns import Column
from screens.words import _, ngettext
from store.board import BoardFigures
from store.bulk import Progress
from store.contacts import Contact
from store.rules.burn_up import BurnUp, burn_up
from store.rules.day_counts import DayCounts
from store.rules.goals import Goal, opens_das
from store.rules.progress import Action, FirmProgress, actions, laggards, together

if TYPE_CHECKING:
    from store.desk import Desk

EVERYBODY = ""
LONGEST = timedelta(days=400)
"""As far back as days are counted."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Behind:
    """A line of the list: a participant and whom to ring there, or everybody under the key ''."""

    key: str
    name: str
    missing: int
    action: Action | None
    contact: Contact | None = None


async def days_before(
    desk: "Desk", figures: BoardFigures, progress: Progress | None = None
) -> tuple[DayCounts, ...]:
    """The days since the first milestone began until yesterday; `progress` is told done and all events.

    Raises: NotAllowed, DatabaseFault.
    """
    today = hk_day(figures.as_of)
    begun = [hk_day(row.begun_at) for row in figures.milestones if row.begun_at]
    first = max(min(begun, default=today), today - LONGEST)
    return await desk.moments.daily(first, today - ONE_DAY, progress)


def first_known(days: Sequence[DayCounts]) -> date | None:
    """The first day on which anybody was known."""
    return next((each.day for each in days if each.users), None)


def burn_up_of(figures: BoardFigures, goal: Goal, days: Sequence[DayCounts], key: str = EVERYBODY) -> BurnUp:
    """The burn-up of one participant, or of everybody."""
    firms = [firm for firm in figures.firms if key in (EVERYBODY, firm.participant_id)]
    return burn_up(goal, firms, days, figures.milestones, hk_day(figures.as_of))


def rows_behind(
    figures: BoardFigures, goal: Goal, contacts: Mapping[str, Contact] = MappingProxyType({})
) -> list[Behind]:
    """Everybody, then the participants that miss the goal, those with most users missing first."""
    das_open = opens_das(figures.milestones)

    def behind(firm: FirmProgress) -> Behind:
        found = actions(firm, goal, das_open=das_open)
        missing = firm.users - firm.reached(goal)
        key = firm.participant_id
        return Behind(key, firm.name, missing, found[0] if found else None, contacts.get(key))

    everybody = together(figures.firms, _("All participants"))
    return [behind(firm) for firm in (everybody, *laggards(figures.firms, goal))]


Tile = tuple[str, str, Sequence[tuple[str, str]], str]
_QUIET = "$text-muted"
_UNKNOWN = ((_("not known"), _QUIET),)


def tiles(figures: BoardFigures, whole: BurnUp) -> dict[str, Tile]:
    """The five figures: title, number, words below, style."""
    day, week = words.since_words(whole)
    complete = sum(firm.reached(whole.goal) == firm.users for firm in figures.firms if firm.users)
    return {
        "users": (
            words.GOALS[whole.goal],
            percent(whole.done, whole.total),
            (
                (_("{n} of {all}").format(n=f"{whole.done:,}", all=f"{whole.total:,}"), "bold"),
                (day, "$foreground"),
                (week, _QUIET),
            ),
            "$success",
        ),
        "ready": (
            _("Participants"),
            str(figures.ready),
            (
                (_("of {n} ready").format(n=len(figures.firms)), "bold"),
                (_("{n} {goal}").format(n=complete, goal=_(whole.goal.value)), _QUIET),
            ),
            "$success",
        ),
        "approvals": (
            _("Approvals"),
            str(figures.approvals),
            ((words.approvals_words(figures), _QUIET), *_phase_changes(figures)),
            "$primary" if figures.approvals else _QUIET,
        ),
        "mail": _mail_tile(figures),
        "calls": _calls_tile(figures),
    }


def _mail_tile(figures: BoardFigures) -> Tile:
    """What waits to be sent, for those who may know it."""
    title = _("Mail waiting")
    if figures.mail is None:
        return title, "–", _UNKNOWN, _QUIET
    moving, stuck = words.mail_words(figures.mail)
    trouble = "$error" if figures.mail.overdue else "$success"
    return title, str(figures.mail.waiting), ((moving, trouble), (stuck, _QUIET)), "$primary"


def _calls_tile(figures: BoardFigures) -> Tile:
    """The hotline's load, for those who may know it."""
    title, load = _("Calls today"), figures.hotline
    if load is None:
        return title, "–", _UNKNOWN, _QUIET
    before = _("{day} {n}").format(day=past_day(load.day_before, hk_day(figures.as_of)), n=load.before)
    late = (_("✗ {n} overdue").format(n=load.overdue), "$error")
    waits = (_("{n} to follow up").format(n=load.open_follow_ups), "$foreground")
    return title, str(load.today), ((before, _QUIET), late if load.overdue else waits), "$primary"


def _phase_changes(figures: BoardFigures) -> tuple[tuple[str, str], ...]:
    """That a phase change waits for a second person."""
    number = figures.phase_changes
    if not number:
        return ()
    return ((ngettext("+{n} phase (3)", "+{n} phases (3)", number).format(n=number), "bold $warning"),)


def columns(*, ring: bool = False) -> tuple[Column[Behind], ...]:
    """Who, how many are missing, what helps most; with `ring`, whom to ring where there is room for it."""
    found: tuple[Column[Behind], ...] = (
        Column(_("Behind"), lambda row: row.name, width=12, fraction=1),
        Column(_("Missing"), lambda row: f"{row.missing:,}", width=7, justify="right"),
        Column(_("Helps most"), _helps, width=20),
    )
    return (*found, Column(_("Ring"), _ring, width=24, fraction=1, from_width=76)) if ring else found


def _ring(row: Behind) -> str:
    return words.short_ring(row.contact) if row.contact else ""


def _helps(row: Behind) -> Text:
    return Text(words.short_action(row.action) if row.action else "")
