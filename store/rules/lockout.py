"""What wrong one-time passwords cost: a growing wait, and in the end the login (DESIGN 3.4)."""

from datetime import timedelta

FREE_FAILURES = 2
FIRST_WAIT = timedelta(seconds=30)
LOCKED_AT = 10
"""Failures since the last good code, whichever session they came from, that lock the login."""


def wait_after(failures: int) -> timedelta:
    """How long the next try waits: none after two failures, then 30 s, doubling with each."""
    return FIRST_WAIT * 2 ** (failures - FREE_FAILURES - 1) if failures > FREE_FAILURES else timedelta(0)


def is_locked(failures: int) -> bool:
    """Whether so many failures lock the login until operations unlock it."""
    return failures >= LOCKED_AT


def tries_left(failures: int) -> int:
    """How many more wrong codes there can be before the lock."""
    return max(0, LOCKED_AT - failures)
