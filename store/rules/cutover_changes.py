"""What changed between two simulations of the same phase: who is locked out now and was not, who was, and who
is so for another reason.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store.rules.cutover import LockedOut, Simulation
from store.views import Phase


@dataclass(frozen=True, slots=True)
class Freed:
    """A user who was locked out in the simulation before, and why then."""

    user_id: str
    participant_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A user who was locked out in the simulation before and still is, for another reason than `was`."""

    now: LockedOut
    was: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A simulation that was kept: of which phase at which moment, run when and by whom, and its outcome.

    `locked_out` maps the ID of each user who was locked out to their participant and the reason.
    """

    phase: Phase
    at: datetime
    kept_at: datetime
    kept_by: str
    locked_out: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs from the simulation that `kept_by` ran at `kept_at`; each list in the order of IDs."""

    kept_at: datetime
    kept_by: str
    added: tuple[LockedOut, ...]
    removed: tuple[Freed, ...]
    moved: tuple[Moved, ...] = ()


def changes(kept: Kept, simulation: Simulation) -> Changes:
    """What the simulation says that the kept one did not, and the other way round."""
    now = {each.user_id for each in simulation.locked_out}
    return Changes(
        kept_at=kept.kept_at,
        kept_by=kept.kept_by,
        added=tuple(each for each in simulation.locked_out if each.user_id not in kept.locked_out),
        removed=tuple(
            Freed(user_id, *kept.locked_out[user_id])
            for user_id in sorted(kept.locked_out)
            if user_id not in now
        ),
        moved=tuple(
            Moved(each, kept.locked_out[each.user_id][1])
            for each in simulation.locked_out
            if each.user_id in kept.locked_out and kept.locked_out[each.user_id][1] != each.reason.value
        ),
    )


def pack(simulation: Simulation) -> bytes:
    """Who is locked out, small enough to keep for any roster: some three bytes a user."""
    plain = {each.user_id: (each.participant_id, each.reason.value) for each in simulation.locked_out}
    return zlib.compress(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode())


def unpack(packed: bytes, participant_id: str | None = None) -> dict[str, tuple[str, str]]:
    """What `pack` was given; of one participant only, if it is named."""
    plain = json.loads(zlib.decompress(packed))
    return {
        user_id: (theirs, reason)
        for user_id, (theirs, reason) in plain.items()
        if participant_id in (None, theirs)
    }
