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


_DRAFTS: WeakKeyDictionary[App[Any], dict[Hashable, Draft]] = WeakKeyDictionary()


def keep(app: App[Any], key: Hashable, draft: Draft | None) -> None:
    """Keep a draft under `key`, or drop the one kept there."""
    kept = _DRAFTS.setdefault(app, {})
    if draft is None:
        kept.pop(key, None)
    else:
        kept[key] = draft


def find(app: App[Any], key: Hashable) -> Draft | None:
    """The draft kept under `key`."""
    return _DRAFTS.get(app, {}).get(key)
