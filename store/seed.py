"""Plants a made-up roster with its whole past into an empty database: for the demo and for measurements.

What is planted obeys the rules: standings follow from the facts, codes are hashed, secrets sealed, and
chained audit events tell the past in order of time. A database that holds a participant is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.database import Database
from store.enquiry_views import UNKNOWN
from store.errors import NotNow
from store.keys import Keys
from store.name_words import keep_words
from store.proposal_rows import pack_remarks
from store.rules.audit_chain import Event, chain
from store.rules.grams import fold, name_columns
from store.rules.personal import split_facts
from store.rules.standing import Facts, standing
from store.seed_calls import Happened, SeedEnquiry, SeedNote, enquiry_rows, hotline_events, note_rows
from store.tables import (
    AuditEvent,
    CcmsUser,
    Enquiry,
    HandOverNote,
    Mail,
    OperatorRow,
    Participant,
    Proposal,
    Verification,
)
from store.views import AddressWarning, Kind, MailKind, MailState, Operator

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class SeedParticipant:
    """A participant; `waiver` is who granted the single-DA waiver and why, `loaded_by` an operator.

    `phone` is the number that the hotline calls back.
    """

    participant_id: str
    name: str
    waiver: str | None
    created_at: datetime
    loaded_by: str
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class SeedCode:
    """A verification code, known here in full (`code` is eight characters without the hyphen)."""

    number: int
    address: str
    code: str
    issued_at: datetime
    expires_at: datetime
    tries: int = 0
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeedMail:
    """A message and its fate; `code_number` is the code it carries."""

    message_id: str
    kind: MailKind
    to: str
    state: MailState
    created_at: datetime
    expires_at: datetime
    attempts: int = 0
    reply: str | None = None
    next_attempt_at: datetime | None = None
    lease_until: datetime | None = None
    accepted_at: datetime | None = None
    code_number: int | None = None


@dataclass(frozen=True, slots=True)
class SeedProposal:
    """A maker's change that waits for a checker, or was decided; `plan_id` binds those of one list.

    `decision` is approved or rejected; with one, nothing waits any more.
    """

    new_email: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    old_email: str | None = None
    plan_id: str | None = None
    reason: str = ""
    remarks: tuple[AddressWarning, ...] = ()
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_reason: str | None = None


@dataclass(frozen=True, slots=True)
class SeedCall:
    """A hotline call."""

    question: str
    taken_by: str
    taken_at: datetime
    cause: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class SeedEvent:
    """Something that happened to the user; `rules.personal` says which facts are personal."""

    at: datetime
    operator_id: str
    action: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeedUser:
    """A user, where they stand and how they came there."""

    user_id: str
    participant_id: str
    user_name: str
    kind: Kind
    smartcard_serial: str
    language: str
    active_email: str | None = None
    verified_at: datetime | None = None
    pending_email: str | None = None
    undeliverable: bool = False
    password_set_at: datetime | None = None
    enrolled_at: datetime | None = None
    proven_at: datetime | None = None
    locked: bool = False
    suspended: bool = False
    codes: tuple[SeedCode, ...] = ()
    mails: tuple[SeedMail, ...] = ()
    proposal: SeedProposal | None = None
    calls: tuple[SeedCall, ...] = ()
    events: tuple[SeedEvent, ...] = ()

    @property
    def waits_until(self) -> datetime | None:
        """Until when a change waits for a checker; None when none does."""
        return self.proposal.expires_at if self.proposal and not self.proposal.decision else None


@dataclass(frozen=True, slots=True)
class Seed:
    """A whole roster with its past, as it stands at `now`."""

    now: datetime
    participants: tuple[SeedParticipant, ...]
    operators: tuple[Operator, ...]
    users: tuple[SeedUser, ...]
    calls: tuple[SeedEnquiry, ...] = ()
    notes: tuple[SeedNote, ...] = ()


async def plant(database: Database, keys: Keys, seed: Seed) -> None:
    """Write the whole seed in one transaction. Raises: NotNow (the database is not empty), DatabaseFault."""
    async with database.writing() as connection:
        if (await connection.execute(select(func.count()).select_from(Participant))).scalar_one():
            raise NotNow("the database", "it is not empty")
        await _insert(connection, Participant, [_participant(row) for row in seed.participants])
        await _insert(connection, OperatorRow, [_operator(row, seed.now) for row in seed.operators])
        numbered = list(enumerate(seed.users, start=1))
        await _insert(connection, CcmsUser, [_user(pk, user, seed.now) for pk, user in numbered])
        await keep_words(connection, [fold(user.user_name) for user in seed.users])
        codes = {
            (pk, code.number): number
            for number, (pk, code) in enumerate(
                ((pk, code) for pk, user in numbered for code in user.codes), 1
            )
        }
        await _insert(connection, Verification, list(_codes(numbered, codes, keys)))
        await _insert(connection, Mail, list(_mails(numbered, codes, keys)))
        await _insert(connection, Proposal, [_proposal(pk, user) for pk, user in numbered if user.proposal])
        calls, users = _all_calls(seed), {user.user_id: (pk, user.participant_id) for pk, user in numbered}
        await _insert(connection, Enquiry, enquiry_rows(calls, users))
        await _insert(connection, HandOverNote, note_rows(seed.notes))
        await _events(connection, keys, seed.participants, numbered, hotline_events(calls, seed.notes, users))
        if not database.is_sqlite:
            await _count_on(connection, "ccms_user", "pk", len(numbered))
            await _count_on(connection, "verification", "verification_id", len(codes))
            await _count_on(connection, "enquiry", "enquiry_id", len(calls))
            await _count_on(connection, "hand_over", "note_id", len(seed.notes))


async def _count_on(connection: AsyncConnection, table: str, key: str, last: int) -> None:
    """Let PostgreSQL number on after keys that were given."""
    if last:
        numbered = func.setval(func.pg_get_serial_sequence(table, key), last)
        await connection.execute(select(numbered))


async def _insert(connection: AsyncConnection, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), BATCH):
        await connection.execute(insert(table), rows[start : start + BATCH])


def _participant(row: SeedParticipant) -> dict[str, Any]:
    return {
        "participant_id": row.participant_id, "name": row.name, "single_da_waiver": row.waiver,
        "created_at": row.created_at, "phone": row.phone, "phone_by": row.phone and row.loaded_by,
        "phone_at": row.created_at if row.phone else None,
    }  # fmt: skip


def _operator(row: Operator, now: datetime) -> dict[str, Any]:
    return {
        "operator_id": row.operator_id, "name": row.name, "role": row.role.value,
        "participant_id": row.participant_id, "created_at": now,
    }  # fmt: skip


def _user(pk: int, user: SeedUser, now: datetime) -> dict[str, Any]:
    expiry = user.codes[-1].expires_at if user.codes and user.pending_email else None
    facts = Facts(
        has_active=user.active_email is not None,
        has_pending=user.pending_email is not None,
        undeliverable=user.undeliverable,
        proposal_expires_at=user.waits_until,
        password_set=user.password_set_at is not None,
        enrolled=user.enrolled_at is not None,
        proven=user.proven_at is not None,
    )
    last = user.events[-1] if user.events else None
    return {
        "pk": pk, "user_id": user.user_id, "participant_id": user.participant_id,
        **name_columns(user.user_name), "kind": user.kind.value,
        "smartcard_serial": user.smartcard_serial, "language": user.language,
        "active_email": user.active_email, "active_canonical": _canonical(user.active_email),
        "verified_at": user.verified_at,
        "pending_email": user.pending_email, "pending_canonical": _canonical(user.pending_email),
        "undeliverable": user.undeliverable, "code_expires_at": expiry,
        "proposal_expires_at": user.waits_until,
        "password_set_at": user.password_set_at, "enrolled_at": user.enrolled_at, "proven_at": user.proven_at,
        "locked": user.locked, "suspended": user.suspended, "standing": standing(facts, now).value,
        "version": max(1, len(user.events)), "changed_at": last.at if last else now,
        "changed_by": last.operator_id if last else "system",
    }  # fmt: skip


def _canonical(address: str | None) -> str | None:
    return address.lower() if address else None


def _codes(
    numbered: list[tuple[int, SeedUser]], numbers: dict[tuple[int, int], int], keys: Keys
) -> Iterator[dict[str, Any]]:
    for pk, user in numbered:
        for code in user.codes:
            yield {
                "verification_id": numbers[pk, code.number], "user_pk": pk, "number": code.number,
                "canonical": code.address.lower(),
                "code_hash": keys.hash_code(f"{pk}:{code.number}", code.code),
                "issued_at": code.issued_at, "expires_at": code.expires_at, "tries": code.tries,
                "used_at": code.used_at,
            }  # fmt: skip


UNSENT = frozenset({MailState.QUEUED, MailState.SENDING, MailState.DEFERRED, MailState.HELD})


def _mails(
    numbered: list[tuple[int, SeedUser]], numbers: dict[tuple[int, int], int], keys: Keys
) -> Iterator[dict[str, Any]]:
    pairs = [(pk, user, mail) for pk, user in numbered for mail in user.mails]
    for pk, user, mail in sorted(pairs, key=lambda pair: (pair[2].created_at, pair[0])):
        code = next((code for code in user.codes if code.number == mail.code_number), None)
        facts: dict[str, Any] = {
            "language": user.language,
            "user_id": user.user_id,
            "user_name": user.user_name,
        }
        if code:
            facts |= {
                "number": code.number, "issued_at": code.issued_at.isoformat(),
                "expires_at": code.expires_at.isoformat(),
            }  # fmt: skip
        else:
            facts["changed_at"] = mail.created_at.isoformat()
        secret = f"{code.code[:4]}-{code.code[4:]}" if code and mail.state in UNSENT else None
        yield {
            "message_id": mail.message_id, "user_pk": pk, "participant_id": user.participant_id,
            "verification_id": numbers[pk, code.number] if code else None, "kind": mail.kind.value,
            "to_email": mail.to, "facts": facts, "sealed": keys.seal(secret) if secret else None,
            "state": mail.state.value, "attempts": mail.attempts, "last_reply": mail.reply,
            "created_at": mail.created_at, "expires_at": mail.expires_at,
            "next_attempt_at": mail.next_attempt_at, "lease_until": mail.lease_until,
            "lease_by": "another-host:1" if mail.lease_until else None, "accepted_at": mail.accepted_at,
        }  # fmt: skip


def _proposal(pk: int, user: SeedUser) -> dict[str, Any]:
    made = user.proposal
    assert made is not None
    return {
        "user_pk": pk, "participant_id": user.participant_id, "plan_id": made.plan_id,
        "old_email": made.old_email, "new_email": made.new_email, "new_canonical": made.new_email.lower(),
        "made_by": made.made_by, "made_at": made.made_at,
        "expires_at": made.expires_at, "reason": made.reason, "remarks": pack_remarks(made.remarks),
        "state": made.decision or "open", "decided_by": made.decided_by, "decided_at": made.decided_at,
        "decision_reason": made.decision_reason,
    }  # fmt: skip


def _all_calls(seed: Seed) -> list[SeedEnquiry]:
    """The calls of the users' pasts, each noted for a resend, and the hotline's own, in order of time."""
    noted = [
        SeedEnquiry(user.user_id, call.question, call.taken_by, call.taken_at, cause=call.cause)
        for user in seed.users
        for call in user.calls
    ]
    return sorted([*noted, *seed.calls], key=lambda call: call.taken_at)


async def _events(
    connection: AsyncConnection,
    keys: Keys,
    participants: Sequence[SeedParticipant],
    numbered: list[tuple[int, SeedUser]],
    hotline: list[Happened],
) -> None:
    """The audit log in order of time, chained after what is there."""
    newest = select(col(AuditEvent.event_id), col(AuditEvent.hash)).order_by(col(AuditEvent.event_id).desc())
    last = (await connection.execute(newest.limit(1))).first()
    event_id, previous = (last[0], bytes(last[1])) if last else (0, b"")
    happened = [(row.created_at, row.loaded_by, each) for row in participants for each in _loaded(row)]
    happened += hotline
    happened += [
        (event.at, event.operator_id, _event(pk, user, event))
        for pk, user in numbered
        for event in user.events
    ]
    happened.sort(key=itemgetter(0, 1))
    rows: list[dict[str, Any]] = []
    for (at, operator_id), group in groupby(happened, key=itemgetter(0, 1)):
        rows += chain([event for _at, _by, event in group], event_id, previous, at, operator_id, keys.audit)
        event_id, previous = rows[-1]["event_id"], rows[-1]["hash"]
    await _insert(connection, AuditEvent, rows)


def _loaded(row: SeedParticipant) -> Iterator[Event]:
    yield Event("participant.imported", row.participant_id, None, {}, {"name": row.name})
    if row.waiver:
        yield Event("waiver.granted", row.participant_id, None, {}, {"reason": row.waiver})
    if row.phone:
        phone = {"phone": row.phone, "old_phone": None}
        yield Event("participant.phone-set", row.participant_id, None, {}, phone)


def _event(pk: int, user: SeedUser, event: SeedEvent) -> Event:
    plain, personal = split_facts(event.action, {**event.facts, **_values_after(user, event)})
    return Event(event.action, user.participant_id, pk, plain, personal or None)


def _values_after(user: SeedUser, event: SeedEvent) -> dict[str, Any]:
    """What the event must tell beside its facts, so that the user's past can be rebuilt from the log."""
    match event.action:
        case "user.imported":
            return {
                "user_id": user.user_id, "user_name": user.user_name, "kind": user.kind.value,
                "smartcard_serial": user.smartcard_serial, "language": user.language,
                "pending": "email" in event.facts, "suspended": user.suspended,
            }  # fmt: skip
        case "verification.issued":
            code = user.codes[event.facts["number"] - 1]
            return {"expires_at": code.expires_at.isoformat()}
        case "address.proposed" if user.proposal:
            return {"expires_at": user.proposal.expires_at.isoformat()}
        case "mail.bounced":
            return {"undeliverable": user.undeliverable}
    return {}
