"""Which facts of an event are personal: kept beside the chain, which holds but their digest (DESIGN 3.9)."""

from collections.abc import Mapping
from typing import Any

FREE_TEXT = frozenset({"reason", "question", "follow_up", "note", "tried", "identity"})
"""What people typed as they pleased: nobody knows whose address or name it holds."""
WORDED = frozenset({"signin.refused", "session.ended", "entry.refused"})
"""Actions whose reason is one of a few fixed words."""


def split_facts(action: str, facts: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The plain and the personal facts: addresses, names, numbers and free text are personal."""
    personal = {key: value for key, value in facts.items() if _is_personal(action, key)}
    return {key: value for key, value in facts.items() if key not in personal}, personal


def _is_personal(action: str, key: str) -> bool:
    if key == "reason":
        return action not in WORDED
    return key in FREE_TEXT or key.endswith(("email", "name", "phone"))
