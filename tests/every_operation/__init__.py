"""Every operation of the desk as one call each: what it needs, and which participants it touched."""

from tests.every_operation import (  # noqa: F401 - each enters its operations
    access,
    approvals,
    audit,
    hotline,
    operators,
    outbox,
    people,
    programme,
    roster,
    schedule,
)
from tests.every_operation.world import OPERATIONS

__all__ = ["OPERATIONS"]
