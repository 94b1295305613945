"""What loading a roster file would do to the desk as it is: a comparison made before anything is written."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from store.rules.addresses import Lint, domain_of, lint
from store.rules.roster_file import BadRow, Entry, RosterFile, RosterRow, RowFault
from store.views import Kind

_DOMAIN_LINTS = (Lint.TYPO, Lint.LOOK_ALIKE)
OPTIONAL = ("smartcard_serial", "language")


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
        return self.only_own is not None and not self.participants[self.only_own].single_da_waiver


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

    Two plans are equal when they would have the same effects. `fingerprint` is of the state it was made against.
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


def compare(file: RosterFile, state: RosterState, fingerprint: str) -> RosterPlan:
    """The plan for `file` against `state`."""
    judge = _Judge(state)
    for entry in file.entries:
        judge.row(entry)
    judge.drop_shared_addresses()
    named = {entry.row.user_id for entry in file.entries}
    return RosterPlan(
        new=tuple(judge.new.values()),
        changed=tuple(judge.changed.values()),
        participants=judge.participants(),
        bad=tuple(sorted((*file.bad, *judge.bad))),
        proposes=state.proposes,
        same=judge.same,
        absent=tuple(user_id for user_id in state.users if user_id not in named),
        warnings=tuple(sorted((*judge.warnings, *judge.elsewhere(), *judge.odd_domains()))),
        file=file,
        fingerprint=fingerprint,
    )


class _Judge:
    """Sorts the rows of one file into new, changed, same and bad."""

    def __init__(self, state: RosterState) -> None:
        self.state = state
        self.new: dict[str, NewUser] = {}
        self.changed: dict[str, ChangedUser] = {}
        self.same = 0
        self.bad: list[BadRow] = []
        self.warnings: list[RosterWarning] = []
        self.owners: dict[str, list[KnownUser]] = defaultdict(list)
        for user in state.users.values():
            for canonical in {user.active_canonical, user.pending_canonical, user.proposed_canonical} - {
                None
            }:
                self.owners[str(canonical)].append(user)

    def row(self, entry: Entry) -> None:
        """Put one row where it belongs."""
        known = self.state.users.get(entry.row.user_id)
        fault = self._own(entry, known) if self.state.only_own else self._any(entry, known)
        if fault:
            self.bad.append(fault)
        elif known is None:
            self.new[entry.row.user_id] = NewUser(entry)
        elif change := self._change(entry, known):
            self.changed[entry.row.user_id] = change
        else:
            self.same += 1

    def _any(self, entry: Entry, known: KnownUser | None) -> BadRow | None:
        """What keeps operations from loading the row."""
        row = entry.row
        if known and known.participant_id != row.participant_id:
            return BadRow(
                entry.line,
                "participant_id",
                row.participant_id,
                RowFault.OTHER_PARTICIPANT,
                known.participant_id,
            )
        is_da = row.kind != Kind.USER
        if is_da and self.state.da_window and entry.canonical and _moves(entry.canonical, known):
            return BadRow(entry.line, "email", row.email, RowFault.NOT_OPEN, self.state.da_window)
        return None

    def _own(self, entry: Entry, known: KnownUser | None) -> BadRow | None:
        """What keeps a Delegated Administrator from loading the row; tells nothing of other participants."""
        row = entry.row
        if row.participant_id != self.state.only_own:
            return BadRow(entry.line, "participant_id", row.participant_id, RowFault.UNKNOWN_PARTICIPANT)
        if known is None:
            return BadRow(entry.line, "user_id", row.user_id, RowFault.UNKNOWN_USER)
        if known.kind != Kind.USER and entry.canonical and _moves(entry.canonical, known):
            if self.state.da_window:
                return BadRow(entry.line, "email", row.email, RowFault.NOT_OPEN, self.state.da_window)
            return BadRow(entry.line, "email", row.email, RowFault.BY_FORM)
        return None

    def _change(self, entry: Entry, known: KnownUser) -> ChangedUser | None:
        name = self.state.participants[known.participant_id].name
        differences = list(_cell_differences(entry.row, known, name))
        if self.state.only_own:
            self.warnings += [
                RosterWarning(entry.line, each.column, each.new, "ignored") for each in differences
            ]
            differences = []
        canonical = None
        if entry.canonical and _moves(entry.canonical, known) and not self._is_proposed(entry, known):
            canonical = entry.canonical
            differences.append(
                Difference("email", known.pending_email or known.active_email, entry.row.email)
            )
        return ChangedUser(entry, known, tuple(differences), canonical) if differences else None

    def _is_proposed(self, entry: Entry, known: KnownUser) -> bool:
        return self.state.proposes and known.proposed_canonical == entry.canonical

    def participants(self) -> dict[str, tuple[str | None, str]]:
        """The participants that the rows would create or rename."""
        found: dict[str, tuple[str | None, str]] = {}
        entries = [row.entry for row in self.new.values()] + [row.entry for row in self.changed.values()]
        for cells in (entry.row for entry in entries):
            known = self.state.participants.get(cells.participant_id)
            if not self.state.only_own and (known is None or known.name != cells.participant_name):
                found[cells.participant_id] = (known.name if known else None, cells.participant_name)
        return found

    def drop_shared_addresses(self) -> None:
        """Call bad every row whose address another user of the participant has, or would have.

        A pending or proposed address that this file replaces does not count: two mixed-up addresses can be
        put right in one file. A row found bad replaces nothing, so the others are looked at again.
        """
        while taken := list(self._taken()):
            for entry, other in taken:
                row = entry.row
                self.new.pop(row.user_id, None)
                self.changed.pop(row.user_id, None)
                self.bad.append(BadRow(entry.line, "email", row.email, RowFault.SHARED, other))

    def _taken(self) -> Iterable[tuple[Entry, str]]:
        """The rows whose address is taken within their participant, each with the user ID that has it."""
        first: dict[tuple[str, str], str] = {}
        for entry, canonical in self._moving():
            user_id = entry.row.user_id
            place = (entry.row.participant_id, canonical)
            holder: str | None = first.setdefault(place, user_id)
            if holder == user_id:
                holder = self._holder(entry, canonical) if canonical in self.owners else None
            if holder and place not in self.state.shared:
                yield entry, holder

    def _moving(self) -> list[tuple[Entry, str]]:
        """The rows that would give a user an address, in the file's order."""
        rows = [(new.entry, new.entry.canonical) for new in self.new.values() if new.entry.canonical]
        rows += [(change.entry, change.canonical) for change in self.changed.values() if change.canonical]
        return sorted(rows, key=lambda pair: pair[0].line)

    def _holder(self, entry: Entry, canonical: str) -> str | None:
        for owner in self.owners[canonical]:
            if owner.participant_id != entry.row.participant_id or owner.user_id == entry.row.user_id:
                continue
            change = self.changed.get(owner.user_id)
            gone = set()
            if change is not None and change.canonical is not None:
                gone = (
                    {owner.proposed_canonical}
                    if self.state.proposes
                    else {owner.proposed_canonical, owner.pending_canonical}
                )
            if canonical == owner.active_canonical or canonical not in gone:
                return owner.user_id
        return None

    def elsewhere(self) -> Iterable[RosterWarning]:
        """A remark on each address that a user of another participant has too (never told to a DA)."""
        if self.state.only_own:
            return
        moving = self._moving()
        times = Counter(canonical for _, canonical in moving)
        met = [
            (entry, canonical)
            for entry, canonical in moving
            if times[canonical] > 1 or canonical in self.owners
        ]
        homes: dict[str, set[str]] = defaultdict(set)
        for entry, canonical in met:
            homes[canonical].add(entry.row.participant_id)
            homes[canonical].update(user.participant_id for user in self.owners.get(canonical, ()))
        for entry, canonical in met:
            if others := sorted(homes[canonical] - {entry.row.participant_id}):
                yield RosterWarning(entry.line, "email", entry.row.email, "shared", ", ".join(others))


    def odd_domains(self) -> Iterable[RosterWarning]:
        """A remark on each domain of a participant that may be mistyped or imitate another, where it is new."""
        domains: dict[str, Counter[str]] = defaultdict(Counter)
        for user in self.state.users.values():
            for canonical in filter(None, (user.active_canonical, user.pending_canonical)):
                domains[user.participant_id][domain_of(canonical)] += 1
        first: dict[tuple[str, str], tuple[Entry, str]] = {}
        for entry, canonical in self._moving():
            participant_id, domain = entry.row.participant_id, domain_of(canonical)
            if domain not in domains[participant_id]:
                first.setdefault((participant_id, domain), (entry, canonical))
        for (participant_id, _), (entry, canonical) in first.items():
            for remark in lint(canonical, domains[participant_id]):
                if remark.kind in _DOMAIN_LINTS:
                    yield RosterWarning(entry.line, "email", entry.row.email, remark.kind, remark.detail)


def _moves(canonical: str, known: KnownUser | None) -> bool:
    """Whether the address is neither the user's active nor their pending one."""
    return known is None or canonical not in (known.active_canonical, known.pending_canonical)


def _cell_differences(row: RosterRow, known: KnownUser, participant_name: str) -> Iterable[Difference]:
    if row.participant_name != participant_name:
        yield Difference("participant_name", participant_name, row.participant_name)
    for column in ("user_name", "kind"):
        old, new = getattr(known, column), getattr(row, column)
        if new != old:
            yield Difference(column, old, new)
    for column in OPTIONAL:
        old, new = getattr(known, column), getattr(row, column)
        if new and new != old:
            yield Difference(column, old, new)
