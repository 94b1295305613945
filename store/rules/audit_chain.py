"""The chain of audit events (DESIGN 3.9): one function makes an event's hash, for writing and for verifying.

The hash is an HMAC with a key outside the database over the whole event, its number and the hash before it,
as JSON: whatever a field holds, it cannot be taken for two fields, for none, or for another type. Whoever
can write the database but has no key can forge no event, nor move, change or remove one unseen. They can
cut the log at its end: that shows against a head exported before, or by rows newer than what is left.

Personal values enter by a salted digest alone, so that a chain without them could still be followed. No
operation erases them: values that are gone were taken away by somebody else, and that is a fault.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from store.errors import BadHead

SALT = 16
HEAD_KIND = "ccms-tui audit head"

_facts = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=str).encode


def _foreign(value: object) -> dict[str, str]:
    """A value of a type that no event has; an object, so that no text can look like it."""
    return {type(value).__name__: value.hex() if isinstance(value, bytes) else repr(value)}


_canonical = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=_foreign).encode


@dataclass(frozen=True, slots=True)
class Event:
    """An audit event before it is chained; of `personal` values the chain holds but a digest."""

    action: str
    participant_id: str | None = None
    user_pk: int | None = None
    facts: dict[str, Any] | None = None
    personal: dict[str, Any] | None = None


class Kept(NamedTuple):
    """An event as the database has it. Nothing of it is believed, not even the types.

    `at` is text as `moment_text` writes it.
    """

    event_id: Any
    at: Any
    operator_id: Any
    action: Any
    participant_id: Any
    user_pk: Any
    facts: Any
    personal: Any
    salt: Any
    digest: Any
    hash: Any


class Fault(StrEnum):
    """What is wrong with the first bad event."""

    CHANGED = "changed"
    PERSONAL = "personal values changed"
    MISSING = "missing"
    STRANGER = "not of this log"
    CUT = "cut off"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest event of the log at one moment, and how many events there were."""

    event_id: int
    hash: bytes
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: `first_bad` is the number of the first bad or missing event, if any.

    `head` is what the log was held against.
    """

    events: int
    first_bad: int | None = None
    fault: Fault | None = None
    head: Head | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None


def moment_text(moment: datetime) -> str:
    """A moment in UTC to the microsecond, as the chain has it: it sorts as it came."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def event_hash(key: bytes, previous: bytes, fields: Sequence[Any], digest: bytes | None) -> bytes:
    """The hash of an event; `fields` are the first seven of `Kept`."""
    body = _canonical((previous.hex(), *fields, digest.hex() if isinstance(digest, bytes) else None))
    return hmac.digest(key, body.encode("ascii"), hashlib.sha256)


def personal_digest(salt: bytes, personal: str) -> bytes:
    """What stands for the personal values in the chain; the salt has a fixed length, so nothing can shift."""
    return hashlib.sha256(salt + personal.encode()).digest()


def chain(  # noqa: PLR0917 - what is chained, and to what
    events: Sequence[Event], event_id: int, previous: bytes, now: datetime, operator_id: str, key: bytes
) -> list[dict[str, Any]]:
    """The rows for `events`, numbered and chained after the event `event_id` whose hash is `previous`."""
    at, rows = moment_text(now), []
    salts = secrets.token_bytes(SALT * len(events))
    for number, noted in enumerate(events):
        event_id += 1
        personal = salt = digest = None
        if noted.personal:
            personal = _facts(noted.personal)
            salt = salts[SALT * number : SALT * (number + 1)]
            digest = personal_digest(salt, personal)
        facts = _facts(noted.facts or {})
        fields = (event_id, at, operator_id, noted.action, noted.participant_id, noted.user_pk, facts)
        previous = event_hash(key, previous, fields, digest)
        rows.append(
            {
                "event_id": event_id, "at": now, "operator_id": operator_id, "action": noted.action,
                "participant_id": noted.participant_id, "user_pk": noted.user_pk, "facts": facts,
                "personal": personal, "salt": salt, "digest": digest, "hash": previous,
            }
        )  # fmt: skip
    return rows


class Verification:
    """Follows the log in the order of the events' numbers, to the first that is not right.

    It begins with the first event, or with the one after the event that `after` numbers, whose hash it gives.
    """

    def __init__(self, key: bytes, head: Head | None = None, after: tuple[int, bytes] = (0, b"")) -> None:
        self.fault: Fault | None = None
        self.first_bad: int | None = None
        self._key = key
        self._head = head
        self._head_at = moment_text(head.at) if head else ""
        self._since_head: int | None = None
        self.events, self._previous = after
        self._newest_at = ""

    def take(self, rows: Iterable[Kept]) -> bool:
        """Follow some more events; False once one is not right."""
        for row in rows:
            if self.fault is not None:
                break
            self._follow(row)
        return self.fault is None

    def end(self, events: int, newest_row: str | None = None) -> Verdict:
        """The verdict on a log of `events` events; `newest_row` is the moment of the desk's newest row.

        Every change of a row is written with its event, so a row newer than all events tells of a cut.
        """
        head = self._head
        if self.fault is None and head is not None and self.events < head.event_id:
            self._say(Fault.CUT, self._since_head or self.events + 1)
        elif self.fault is None and newest_row is not None and newest_row > self._newest_at:
            self._say(Fault.CUT, self.events + 1)
        return Verdict(events, self.first_bad, self.fault, head)

    def _follow(self, row: Kept) -> None:
        expected = self.events + 1
        if row.event_id != expected or type(row.event_id) is not int:
            later = type(row.event_id) is int and row.event_id > expected
            number = row.event_id if type(row.event_id) is int and not later else expected
            self._say(Fault.MISSING if later else Fault.STRANGER, number)
            return
        own = event_hash(self._key, self._previous, row[:7], row.digest)
        if not (isinstance(row.hash, bytes) and hmac.compare_digest(own, row.hash)):
            self._say(Fault.CHANGED, expected)
        elif not _personal_is_right(row):
            self._say(Fault.PERSONAL, expected)
        else:
            self.events, self._previous = expected, own
            self._newest_at = max(self._newest_at, row.at)
            if self._head is not None:
                self._compare_with_head(self._head, row)

    def _compare_with_head(self, head: Head, row: Kept) -> None:
        """An event the head must know but that is younger than it was written on after a cut."""
        if row.event_id <= head.event_id and self._since_head is None and row.at > self._head_at:
            self._since_head = row.event_id
        if row.event_id == head.event_id and not hmac.compare_digest(self._previous, head.hash):
            self._say(Fault.REPLACED, self._since_head or row.event_id)

    def _say(self, fault: Fault, event_id: int) -> None:
        self.fault, self.first_bad = fault, event_id


def _personal_is_right(row: Kept) -> bool:
    """Whether the personal values are those the digest was made of; without one there are none."""
    if row.personal is row.salt is row.digest is None:
        return True
    if not (
        isinstance(row.digest, bytes)
        and isinstance(row.personal, str)
        and isinstance(row.salt, bytes)
        and len(row.salt) == SALT
    ):
        return False
    return hmac.compare_digest(personal_digest(row.salt, row.personal), row.digest)


def write_head(head: Head, key: bytes) -> str:
    """The signed head as one line of JSON."""
    plain = {
        "kind": HEAD_KIND, "event_id": head.event_id, "hash": head.hash.hex(),
        "at": head.at.astimezone(UTC).isoformat(), "count": head.count,
    }  # fmt: skip
    return json.dumps({**plain, "signature": _signature(plain, key)})


def read_head(text: str, key: bytes) -> Head:
    """The head that `write_head` wrote. Raises: BadHead (malformed; foreign: not signed with this key)."""
    try:
        found = json.loads(text)
        plain = {name: found[name] for name in ("kind", "event_id", "hash", "at", "count")}
        signature = bytes.fromhex(found["signature"])
        head = Head(plain["event_id"], bytes.fromhex(plain["hash"]), _moment(plain["at"]), plain["count"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadHead("malformed") from None
    whole = plain["kind"] == HEAD_KIND and type(head.event_id) is type(head.count) is int
    if not whole:
        raise BadHead("malformed")
    if not hmac.compare_digest(signature, bytes.fromhex(_signature(plain, key))):
        raise BadHead("foreign")
    return head


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _signature(plain: dict[str, Any], key: bytes) -> str:
    return hmac.new(key, _canonical(list(plain.values())).encode("ascii"), hashlib.sha256).hexdigest()
