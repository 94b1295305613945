"""Which Delegated Administrators a participant needs at work to repair itself, and when it is ready.

One rule for the status, the board, the simulation and the report: a maker and a checker (DESIGN 3.6), but
under a single-DA waiver a maker alone, whose changes apply at once (3.2).
"""

from collections.abc import Container

from store.views import Kind


def lacking(working: Container[Kind], *, single_da_waiver: bool) -> tuple[Kind, ...]:
    """The kinds of DA of whom the participant needs one at work and has none."""
    needed = (Kind.DA_MAKER,) if single_da_waiver else (Kind.DA_MAKER, Kind.DA_CHECKER)
    return tuple(kind for kind in needed if kind not in working)


def is_ready(enrolled: int, users: int, working: Container[Kind], *, single_da_waiver: bool) -> bool:
    """All of its users are enrolled, and it can repair itself."""
    return enrolled == users and not lacking(working, single_da_waiver=single_da_waiver)
