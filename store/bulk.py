"""Many objects made at once, none of which refer back to what holds them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_at_work = 0


@contextmanager
def in_bulk() -> Iterator[None]:
    """Let Python not look for circles among the objects meanwhile: of a hundred thousand users it found none,
    again and again, for a quarter of the time.
    """
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(by: int) -> None:
    """Several may be at work: the last one to end lets it look again."""
    global _at_work  # noqa: PLW0603 - the collector is one for the whole process
    with _lock:
        _at_work += by
        if _at_work == 1 and by > 0:
            gc.disable()
        elif _at_work == 0:
            gc.enable()
