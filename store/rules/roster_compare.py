"""What loading a roster file would do to the desk as it is: a comparison made before anything is written."""

from collections.abc import Iterable
from operator import attrgetter

from store.rules.roster_file import BadRow, Entry, RosterFile, RosterRow, RowFault
from store.rules.roster_plan import (
    ChangedUser,
    Difference,
    KnownUser,
    NewUser,
    RosterPlan,
    RosterState,
    RosterWarning,
)
from store.rules.roster_sharing import Sharing
from store.views import Kind

OPTIONAL = ("smartcard_serial", "language")


def compare(file: RosterFile, state: RosterState, fingerprint: str) -> RosterPlan:
    """The plan for `file` against `state`."""
    judge = _Judge(state)
    for entry in file.entries:
        judge.row(entry)
    sharing = Sharing(state, judge.new, judge.changed)
    judge.bad += sharing.drop_taken()
    named = {entry.row.user_id for entry in file.entries}
    return RosterPlan(
        new=tuple(judge.new.values()),
        changed=tuple(judge.changed.values()),
        participants=judge.participants(),
        bad=tuple(sorted((*file.bad, *judge.bad), key=attrgetter("line"))),
        proposes=state.proposes,
        same=judge.same,
        absent=tuple(user_id for user_id in state.users if user_id not in named),
        warnings=tuple(sorted((*judge.warnings, *sharing.elsewhere(), *sharing.odd_domains()))),
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

    def row(self, entry: Entry) -> None:
        """Put one row where it belongs."""
        known = self.state.users.get(entry.row.user_id)
        fault = self._any(entry, known) if self.state.only_own is None else self._own(entry, known)
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
        return self._before_da_registration(entry, known)

    def _before_da_registration(self, entry: Entry, known: KnownUser | None) -> BadRow | None:
        """What must wait until it is open: a DA's address, and becoming or ceasing to be a DA.

        Else a user's address would become a DA's, or a DA's could be moved as a user's.
        """
        row, opens = entry.row, self.state.da_window
        if opens is None:
            return None
        is_da = row.kind != Kind.USER
        was_da = is_da if known is None else known.kind != Kind.USER
        if is_da != was_da:
            return BadRow(entry.line, "kind", row.kind, RowFault.KIND_NOT_OPEN, opens)
        if is_da and entry.canonical and _moves(entry.canonical, known):
            return BadRow(entry.line, "email", row.email, RowFault.NOT_OPEN, opens)
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
        if self.state.only_own is not None:
            self.warnings += [
                RosterWarning(entry.line, each.column, each.new, "ignored") for each in differences
            ]
            differences = []
        canonical = None
        if entry.canonical and _moves(entry.canonical, known) and self._is_the_makers(known):
            self.warnings.append(RosterWarning(entry.line, "email", entry.row.email, "makers"))
        elif entry.canonical and _moves(entry.canonical, known) and not self._is_proposed(entry, known):
            canonical = entry.canonical
            differences.append(
                Difference("email", known.pending_email or known.active_email, entry.row.email)
            )
        return ChangedUser(entry, known, tuple(differences), canonical) if differences else None

    def _is_the_makers(self, known: KnownUser) -> bool:
        """Whether operations must leave the address: a user's is changed by maker and checker (DESIGN 3.7).

        Only a user's first address is theirs to load. What kind the row makes of the user does not matter.
        """
        has_address = known.active_canonical or known.pending_canonical
        return self.state.only_own is None and known.kind == Kind.USER and bool(has_address)

    def _is_proposed(self, entry: Entry, known: KnownUser) -> bool:
        return self.state.proposes and known.proposed_canonical == entry.canonical

    def participants(self) -> dict[str, tuple[str | None, str]]:
        """The participants that the rows would create or rename."""
        found: dict[str, tuple[str | None, str]] = {}
        entries = [row.entry for row in self.new.values()] + [row.entry for row in self.changed.values()]
        for cells in (entry.row for entry in entries):
            known = self.state.participants.get(cells.participant_id)
            if self.state.only_own is None and (known is None or known.name != cells.participant_name):
                found[cells.participant_id] = (known.name if known else None, cells.participant_name)
        return found


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
