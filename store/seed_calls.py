"""Plants the hotline's made-up past: calls with their events, and the note of the last shift."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from store.enquiry_views import UNKNOWN, Outcome
from store.rules.audit_chain import Event
from store.rules.caller_check import CheckMethod
from store.rules.personal import split_facts

Happened = tuple[datetime, str, Event]
"""An event, when it was and whose."""


@dataclass(frozen=True, slots=True)
class SeedEnquiry:
    """A call on the hotline. Without `seconds` it was noted for a resend alone, whose event is told elsewhere."""

    user_id: str | None
    question: str
    taken_by: str
    taken_at: datetime
    seconds: int | None = None
    outcome: Outcome = Outcome.TOLD
    cause: str = UNKNOWN
    caller_name: str = ""
    check: CheckMethod = CheckMethod.NONE
    follow_up: str = ""
    due: date | None = None
    done_by: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeedNote:
    """What one shift left for the next."""

    note: str
    written_by: str
    written_at: datetime


Users = Mapping[str, tuple[int, str]]
"""The number and the participant of each user."""


def enquiry_rows(calls: Sequence[SeedEnquiry], users: Users) -> list[dict[str, Any]]:
    """The rows of the calls, numbered in the order they are given."""
    return [_row(number, call, users) for number, call in enumerate(calls, 1)]


def _row(number: int, call: SeedEnquiry, users: Users) -> dict[str, Any]:
    pk, participant_id = users[call.user_id] if call.user_id else (None, None)
    checked = call.check is not CheckMethod.NONE
    return {
        "enquiry_id": number, "user_pk": pk, "participant_id": participant_id, "question": call.question,
        "taken_by": call.taken_by, "taken_at": call.taken_at, "caller_name": call.caller_name,
        "cause": call.cause, "check_method": call.check.value,
        "verified_at": call.taken_at + timedelta(seconds=40) if checked else None,
        "ended_at": call.taken_at + timedelta(seconds=call.seconds or 0), "seconds": call.seconds,
        "outcome": call.outcome.value, "follow_up": call.follow_up, "follow_up_due": call.due,
        "follow_up_done_at": call.done_at, "follow_up_done_by": call.done_by, "follow_up_note": "",
    }  # fmt: skip


def note_rows(notes: Sequence[SeedNote]) -> list[dict[str, Any]]:
    """The rows of the notes, numbered in the order they are given."""
    return [
        {"note_id": number, "note": each.note, "written_by": each.written_by, "written_at": each.written_at}
        for number, each in enumerate(notes, 1)
    ]


def hotline_events(calls: Sequence[SeedEnquiry], notes: Sequence[SeedNote], users: Users) -> list[Happened]:
    """What the log tells of these calls and notes."""
    told = [
        each for row, call in zip(enquiry_rows(calls, users), calls, strict=True) for each in _told(row, call)
    ]
    for row in note_rows(notes):
        facts = {"note_id": row["note_id"], "note": row["note"]}
        told.append((row["written_at"], row["written_by"], _event("enquiry.handed-over", None, None, facts)))
    return told


def _told(row: dict[str, Any], call: SeedEnquiry) -> Iterator[Happened]:
    if call.seconds is None:
        return
    words = {key: row[key] for key in ("enquiry_id", "question", "caller_name", "cause")}
    begun = words | {"began_at": call.taken_at.isoformat()}
    yield call.taken_at, call.taken_by, _about(row, "enquiry.begun", begun)
    if row["verified_at"]:
        checked = {"enquiry_id": row["enquiry_id"], "method": call.check.value}
        yield row["verified_at"], call.taken_by, _about(row, "caller.verified", checked)
    ended = words | {"outcome": call.outcome.value, "seconds": call.seconds, "check": call.check.value}
    ended |= {"verified": row["verified_at"] is not None}
    if call.due is not None:
        ended |= {"follow_up": call.follow_up, "due": call.due.isoformat()}
    yield row["ended_at"], call.taken_by, _about(row, "enquiry.ended", ended)
    if call.done_at is not None:
        done = {"enquiry_id": row["enquiry_id"], "note": ""}
        yield call.done_at, call.done_by or "", _about(row, "enquiry.followed-up", done)


def _about(row: dict[str, Any], action: str, facts: dict[str, Any]) -> Event:
    return _event(action, row["participant_id"], row["user_pk"], facts)


def _event(action: str, participant_id: str | None, user_pk: int | None, facts: dict[str, Any]) -> Event:
    plain, personal = split_facts(action, facts)
    return Event(action, participant_id, user_pk, plain, personal or None)
