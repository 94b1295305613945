"""What was typed and not yet saved, kept while the desk runs: no fault and no closed dialog loses it."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App


@dataclass(frozen=True, slots=True)
class Draft:
    """An unsaved email address, the reason to share it when one was asked for, and what the checker reads."""

    typed: str
    reason: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class WindowDraft(Draft):
    """An unsaved window of a milestone; `typed` is its words, the days are as they were typed."""

    earliest: str = ""
    latest: str = ""
    circular: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class CallDraft:
    """A call as it is being written down; `cause` and `outcome` are empty while nobody chose another."""

    question: str = ""
    caller_name: str = ""
    cause: str = ""
    outcome: str = ""
    follow_up: str = ""
    due: str = ""


_DRAFTS: WeakKeyDictionary[App[Any], dict[Hashable, Any]] = WeakKeyDictionary()


def keep(app: App[Any], key: Hashable, draft: object | None) -> None:
    """Keep a draft under `key`, or drop the one kept there."""
    kept = _DRAFTS.setdefault(app, {})
    if draft is None:
        kept.pop(key, None)
    else:
        kept[key] = draft


def kept(app: App[Any]) -> int:
    """How many drafts are kept."""
    return len(_DRAFTS.get(app, {}))


def find(app: App[Any], key: Hashable) -> Any:
    """The draft kept under `key`, as it was given; None when there is none."""
    return _DRAFTS.get(app, {}).get(key)
