"""Who shares an address, or would: within a participant it needs a recorded reason, across them a remark."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from store.rules.addresses import Lint, domain_of, lint
from store.rules.roster_file import BadRow, Entry, RowFault
from store.rules.roster_plan import ChangedUser, KnownUser, NewUser, RosterState, RosterWarning

_DOMAIN_LINTS = (Lint.TYPO, Lint.LOOK_ALIKE)


class Sharing:
    """The rows that would give a user an address, in the file's order, beside the addresses there are."""

    def __init__(self, state: RosterState, new: dict[str, NewUser], changed: dict[str, ChangedUser]) -> None:
        self.state = state
        self.new = new
        self.changed = changed
        self.owners: dict[str, list[KnownUser]] = defaultdict(list)
        for user in state.users.values():
            has = {user.active_canonical, user.pending_canonical, user.proposed_canonical}
            for canonical in filter(None, has):
                self.owners[canonical].append(user)
        moving = [(row.entry, row.entry.canonical) for row in new.values() if row.entry.canonical]
        moving += [(row.entry, row.canonical) for row in changed.values() if row.canonical]
        self.moving = sorted(moving, key=lambda pair: pair[0].line)

    def drop_taken(self) -> list[BadRow]:
        """Take out, and call bad, every row whose address another user of the participant has or would have.

        A pending or proposed address that this file replaces does not count: two mixed-up addresses can be
        put right in one file. A row found bad replaces nothing, so the others are looked at again.
        """
        bad: list[BadRow] = []
        while taken := dict(self._taken()):
            self.moving = [pair for pair in self.moving if pair[0] not in taken]
            for entry, other in taken.items():
                self.new.pop(entry.row.user_id, None)
                self.changed.pop(entry.row.user_id, None)
                bad.append(BadRow(entry.line, "email", entry.row.email, RowFault.SHARED, other))
        return bad

    def _taken(self) -> Iterable[tuple[Entry, str]]:
        """The rows whose address is taken within their participant, each with the user ID that has it."""
        first: dict[tuple[str, str], str] = {}
        for entry, canonical in self.moving:
            user_id = entry.row.user_id
            place = (entry.row.participant_id, canonical)
            holder: str | None = first.setdefault(place, user_id)
            if holder == user_id:
                holder = self._holder(entry, canonical) if canonical in self.owners else None
            if holder and place not in self.state.shared:
                yield entry, holder

    def _holder(self, entry: Entry, canonical: str) -> str | None:
        for owner in self.owners[canonical]:
            if owner.participant_id != entry.row.participant_id or owner.user_id == entry.row.user_id:
                continue
            if canonical == owner.active_canonical or canonical not in self._given_up(owner):
                return owner.user_id
        return None

    def _given_up(self, owner: KnownUser) -> set[str | None]:
        """The addresses that the user's own row in this file replaces."""
        change = self.changed.get(owner.user_id)
        if change is None or change.canonical is None:
            return set()
        return {owner.proposed_canonical} | (set() if self.state.proposes else {owner.pending_canonical})

    def elsewhere(self) -> Iterable[RosterWarning]:
        """A remark on each address that a user of another participant has too (never told to a DA)."""
        if self.state.only_own:
            return
        times = Counter(canonical for _, canonical in self.moving)
        met = [pair for pair in self.moving if times[pair[1]] > 1 or pair[1] in self.owners]
        homes: dict[str, set[str]] = defaultdict(set)
        for entry, canonical in met:
            homes[canonical].add(entry.row.participant_id)
            homes[canonical].update(user.participant_id for user in self.owners.get(canonical, ()))
        for entry, canonical in met:
            if others := sorted(homes[canonical] - {entry.row.participant_id}):
                yield RosterWarning(entry.line, "email", entry.row.email, "shared", ", ".join(others))

    def odd_domains(self) -> Iterable[RosterWarning]:
        """A remark on each domain new to a participant that may be mistyped, or imitate another."""
        domains: dict[str, Counter[str]] = defaultdict(Counter)
        for user in self.state.users.values():
            for canonical in filter(None, (user.active_canonical, user.pending_canonical)):
                domains[user.participant_id][domain_of(canonical)] += 1
        first: dict[tuple[str, str], tuple[Entry, str]] = {}
        for entry, canonical in self.moving:
            participant_id, domain = entry.row.participant_id, domain_of(canonical)
            if domain not in domains[participant_id]:
                first.setdefault((participant_id, domain), (entry, canonical))
        for (participant_id, _), (entry, canonical) in first.items():
            for remark in lint(canonical, domains[participant_id]):
                if remark.kind in _DOMAIN_LINTS:
                    yield RosterWarning(entry.line, "email", entry.row.email, remark.kind, remark.detail)
