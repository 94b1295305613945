"""What a roster file is compared with, and what comes of it: the plan that is shown and then done exactly."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from store.rules.roster_file import BadRow, Entry, RosterFile


class KnownUser(NamedTuple):
    """A user as the desk has them, as far as a roster tells."""

    pk: int
    user_id: str
    participant_id: str
    user_name: str
    kind: str
    smartcard_serial: str | None
    language: str
    active_email: str | None
    active_canonical: str | None
    pending_email: str | None
    pending_canonical: str | None
    version: int
    proposed_canonical: str | None = None


class KnownParticipant(NamedTuple):
    """A participant as the desk has it."""

    name: str
    single_da_waiver: bool


@dataclass(frozen=True, slots=True)
class RosterState:
    """The desk as the operator may see it. `da_window` is when DA addresses open, None once they are open.

    `only_own` is the participant of a Delegated Administrator who loads their own list; None is operations.
    """

    users: Mapping[str, KnownUser]
    participants: Mapping[str, KnownParticipant]
    shared: Set[tuple[str, str]]
    da_window: str | None
    only_own: str | None = None

    @property
    def proposes(self) -> bool:
        """Whether changes wait for a checker: a maker's do, unless a single-DA waiver is held."""
        if self.only_own is None:
            return False
        own = self.participants.get(self.only_own)
        return own is None or not own.single_da_waiver


class Difference(NamedTuple):
    """One cell that would change."""

    column: str
    old: str | None
    new: str


class NewUser(NamedTuple):
    """A row that would become a user."""

    entry: Entry


class ChangedUser(NamedTuple):
    """A row that differs from the user it names. `canonical` is set when the address changes."""

    entry: Entry
    known: KnownUser
    differences: tuple[Difference, ...]
    canonical: str | None


class RosterWarning(NamedTuple):
    """A remark on a row that does not keep it from being loaded."""

    line: int
    column: str
    value: str
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """What `apply` would do, exactly. `participants` maps each new or renamed one to its (old, new) name.

    Two plans are equal when they would have the same effects. `fingerprint` is of the state planned against.
    """

    new: tuple[NewUser, ...]
    changed: tuple[ChangedUser, ...]
    participants: Mapping[str, tuple[str | None, str]]
    bad: tuple[BadRow, ...]
    proposes: bool
    same: int = field(compare=False)
    absent: tuple[str, ...] = field(compare=False)
    warnings: tuple[RosterWarning, ...] = field(compare=False)
    file: RosterFile = field(compare=False, repr=False)
    fingerprint: str = field(compare=False)

    @property
    def bad_rows(self) -> int:
        """The number of rows that have a fault."""
        return len({row.line for row in self.bad})
