"""Much at once: how far it is, and how it is made without being looked through again and again."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

Progress = Callable[[int, int], None]
"""Told what is done and what there is to do."""
_lock = Lock()
_at_work = 0


@contextmanager
def in_bulk() -> Iterator[None]:
    """Let Python not look for circles among many new objects: of a hundred thousand users it found none,
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
