"""The lists of the cut-over screen: participants, reasons, users, and what changed since the last time."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rich.text import Text

from screens.cutover_words import CAUSES, helps, lacks
from screens.sentences import KINDS, Look
from screens.widgets.bar import bar
from screens.widgets.columns import Column
from screens.widgets.source import MemorySource, Source
from screens.widgets.virtual_list import VirtualList
from screens.words import _
from store.rules.cutover import Cause, FirmAfter, LockedOut, Simulation
from store.rules.cutover_changes import Changes


class View(StrEnum):
    """What the screen lists."""

    PARTICIPANTS = "participants"
    REASONS = "reasons"
    USERS = "users"
    CHANGES = "changes"


VIEWS: dict[View, str] = {
    View.PARTICIPANTS: _("Participants"),
    View.REASONS: _("Reasons"),
    View.USERS: _("Users"),
    View.CHANGES: _("Changes"),
}

EVERYONE = Look("✗", _("loses everyone"), "error")
FREED, CAUGHT = Look("✓", _("no longer"), "success"), Look("✗", _("newly"), "error")
MOVED = Look("~", _("still"), "warning")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Who is listed: of one participant, for one reason, or both."""

    participant_id: str | None = None
    cause: Cause | None = None

    def lets(self, each: LockedOut) -> bool:
        """Whether somebody is listed."""
        return self.participant_id in (None, each.participant_id) and self.cause in (None, each.reason)


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason, how many are locked out for it, how many of those can log on now, and how many are DAs."""

    cause: Cause
    users: int
    losing: int
    administrators: int


@dataclass(frozen=True, slots=True)
class FirmRow:
    """A participant as it would be left, and how many of those listed are its."""

    firm: FirmAfter
    listed: int


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A user with the reasons why they were locked out last time and are now; None where they were not."""

    user_id: str
    participant_id: str
    was: str | None
    now: str | None

    @property
    def look(self) -> Look:
        """Whether they are newly locked out, no longer, or still."""
        return FREED if self.now is None else CAUGHT if self.was is None else MOVED


def firm_rows(simulation: Simulation, narrowed: Narrowed) -> list[FirmRow]:
    """The participants that lose somebody or cannot repair themselves, the worst first."""
    listed = Counter(each.participant_id for each in simulation.locked_out if narrowed.lets(each))
    whole = narrowed.cause is None and narrowed.participant_id is None
    rows = [
        FirmRow(firm, listed[firm.participant_id])
        for firm in simulation.firms
        if listed[firm.participant_id] or (whole and firm.cannot_repair_itself)
    ]
    return sorted(
        rows, key=lambda row: (not row.firm.loses_everyone, not row.firm.cannot_repair_itself, -row.listed)
    )


def reason_rows(simulation: Simulation, narrowed: Narrowed) -> list[ReasonRow]:
    """The reasons of those listed, the commonest first."""
    listed = [each for each in simulation.locked_out if narrowed.lets(each)]
    losing = Counter(each.reason for each in listed if not each.already)
    counted = Counter(each.reason for each in listed).most_common()
    administrators = Counter(each.reason for each in listed if each.kind.is_delegated_administrator)
    return [ReasonRow(cause, count, losing[cause], administrators[cause]) for cause, count in counted]


def user_rows(simulation: Simulation, narrowed: Narrowed) -> list[LockedOut]:
    """Those listed, in the order of their IDs."""
    return [each for each in simulation.locked_out if narrowed.lets(each)]


def change_rows(changes: Changes | None) -> list[ChangeRow]:
    """Those newly locked out, those who no longer are, then those who are for another reason."""
    if changes is None:
        return []
    newly = (ChangeRow(each.user_id, each.participant_id, None, each.reason) for each in changes.added)
    freed = (ChangeRow(each.user_id, each.participant_id, each.reason, None) for each in changes.removed)
    moved = (
        ChangeRow(each.now.user_id, each.now.participant_id, each.was, each.now.reason)
        for each in changes.moved
    )
    return [*newly, *freed, *moved]


KEYS: dict[View, Callable[[Any], Hashable]] = {
    View.PARTICIPANTS: lambda row: row.firm.participant_id,
    View.REASONS: lambda row: row.cause,
    View.USERS: lambda row: row.user_id,
    View.CHANGES: lambda row: row.user_id,
}


def _look_cell(look: Look) -> Text:
    return Text(f"{look.glyph} {look.word}", look.style)


def left_cell(row: FirmRow) -> Text:
    """What the participant would be without."""
    if row.firm.loses_everyone:
        return _look_cell(EVERYONE)
    if row.firm.cannot_repair_itself:
        return Text(f"! {lacks(row.firm)}", "warning")
    return Text(_("can help its own users"), "text-muted")


def inside_cell(row: FirmRow) -> Text:
    """The share of its users who get in."""
    inside = row.firm.users - row.firm.locked_out
    return bar(inside, inside, row.firm.users, 20)


def now_cell(each: LockedOut) -> Text:
    """Whether the user has a way in now."""
    return Text(_("cannot either"), "text-muted") if each.already else Text(_("can log on"), "warning")


def reason_cell(reason: str | None) -> Text | str:
    """Why a user is locked out, or was; a dash where they are not."""
    look = next((look for cause, look in CAUSES.items() if cause.value == reason), None)
    return _look_cell(look) if look else reason or "–"


def help_cell(row: ReasonRow) -> str:
    """What takes the reason away, from users and from DAs."""
    return helps(row.cause, row.users - row.administrators, row.administrators)


CP = _("CP")

PARTICIPANTS: Sequence[Column[Any]] = (
    Column[FirmRow](CP, lambda row: row.firm.participant_id, width=8),
    Column[FirmRow](_("Participant"), lambda row: row.firm.name, width=14, fraction=1),
    Column[FirmRow](_("Locked out"), lambda row: f"{row.listed:,}", width=10, justify="right"),
    Column[FirmRow](_("of users"), lambda row: f"{row.firm.users:,}", width=8, justify="right"),
    Column[FirmRow](_("What is left"), left_cell, width=23),
    Column[FirmRow](_("Get in"), inside_cell, width=20, from_width=110),
)
REASONS: Sequence[Column[Any]] = (
    Column[ReasonRow](_("Why"), lambda row: _look_cell(CAUSES[row.cause]), width=22),
    Column[ReasonRow](_("Users"), lambda row: f"{row.users:,}", width=8, justify="right"),
    Column[ReasonRow](_("can now"), lambda row: f"{row.losing:,}", width=8, justify="right"),
    Column[ReasonRow](_("What helps"), help_cell, width=20, fraction=1),
)
USERS: Sequence[Column[Any]] = (
    Column[LockedOut](_("User ID"), lambda row: row.user_id, width=9, fraction=1),
    Column[LockedOut](_("Name"), lambda row: row.user_name, width=13, fraction=6),
    Column[LockedOut](CP, lambda row: row.participant_id, width=8),
    Column[LockedOut](_("Kind"), lambda row: KINDS[row.kind], width=10, from_width=110),
    Column[LockedOut](_("Why"), lambda row: _look_cell(CAUSES[row.reason]), width=22),
    Column[LockedOut](_("Now"), now_cell, width=13),
)
CHANGES: Sequence[Column[Any]] = (
    Column[ChangeRow](_("Locked out"), lambda row: _look_cell(row.look), width=12),
    Column[ChangeRow](_("User ID"), lambda row: row.user_id, width=12, fraction=1),
    Column[ChangeRow](CP, lambda row: row.participant_id, width=8),
    Column[ChangeRow](_("Why, then"), lambda row: reason_cell(row.was), width=20, fraction=1),
    Column[ChangeRow](_("Why, now"), lambda row: reason_cell(row.now), width=20, fraction=1),
)


def make_lists(*, one_participant: bool) -> dict[View, VirtualList[Any]]:
    """A list for each view; without the participant's column where there is but one."""
    columns = {
        View.PARTICIPANTS: PARTICIPANTS,
        View.REASONS: REASONS,
        View.USERS: [each for each in USERS if not (one_participant and each.title == CP)],
        View.CHANGES: CHANGES,
    }
    return {view: VirtualList[Any](columns[view], KEYS[view], id=view) for view in View}


def rows_of(view: View, simulation: Simulation, narrowed: Narrowed, changes: Changes | None) -> Source[Any]:
    """The rows of one view."""
    found: dict[View, Callable[[], Iterable[Any]]] = {
        View.PARTICIPANTS: lambda: firm_rows(simulation, narrowed),
        View.REASONS: lambda: reason_rows(simulation, narrowed),
        View.USERS: lambda: user_rows(simulation, narrowed),
        View.CHANGES: lambda: change_rows(changes),
    }
    return MemorySource(found[view](), KEYS[view])
