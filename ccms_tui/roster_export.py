"""`ccms-tui export`: users as a roster file that loads again unchanged, participants, schedule, audit."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any

from store.rules.roster_file import COLUMNS, write_rows
from store.views import UserQuery

if TYPE_CHECKING:
    from store.desk import Desk

_BATCH = 2_000
IN_MEMORY = 16 * 1024 * 1024
"""Bytes of an export that are kept in memory: some hundred thousand users."""

PARTICIPANT = (
    "participant_id", "name", "single_da_waiver", "users", "with_address", "verified", "enrolled",
    "undeliverable", "code_expired", "awaiting_approval", "locked", "ready",
)  # fmt: skip
MILESTONE = (
    "milestone_id", "title", "window", "earliest", "latest", "status", "opens", "circular", "begun_at",
    "version",
)  # fmt: skip
EVENT = (
    "event_id", "at", "operator_id", "action", "participant_id", "user_id", "facts", "hash",
)  # fmt: skip


async def run_export(args: argparse.Namespace, desk: "Desk") -> int:
    """Write the asked-for rows to standard output; that is recorded before one leaves. Raises: StoreError."""
    as_of = args.as_of.at(desk.clock.now()) if args.as_of else None
    columns, rows, count = await (_as_of(args.what, as_of, desk) if as_of else _asked_for(args.what, desk))
    await desk.audit.note_export(args.what, args.format, count, as_of)
    await _write(args, columns, rows)
    return 0


Export = tuple[tuple[str, ...], AsyncIterator[tuple[Any, ...]], int]
"""The columns, the rows and how many they are."""


async def _as_of(what: str, moment: datetime, desk: "Desk") -> Export:
    """What an export at a moment that is past had. Raises: NoSuchMoment."""
    from store.participants import rows_of  # noqa: PLC0415

    if what == "users":
        users = await desk.moments.roster(moment)
        return COLUMNS, _each(users, COLUMNS), len(users)
    picture = await desk.moments.at(moment)
    if what == "participants":
        return PARTICIPANT, _each(rows_of(picture), PARTICIPANT), len(picture.firms)
    return MILESTONE, _each(picture.milestones, MILESTONE), len(picture.milestones)


async def _asked_for(what: str, desk: "Desk") -> Export:
    """What there is now."""
    if what == "users":
        users = await desk.users.listing(UserQuery()).count()
        return COLUMNS, (tuple(row) async for row in desk.roster.export()), users
    if what == "audit":
        events = await desk.audit.listing().count() + 1  # the event of this export is the last of them
        return EVENT, (_cells(row, EVENT) async for row in desk.audit.export()), events
    if what == "participants":
        participants = await desk.participants.all()
        return PARTICIPANT, _each(participants, PARTICIPANT), len(participants)
    milestones = await desk.schedule.milestones()
    return MILESTONE, _each(milestones, MILESTONE), len(milestones)


async def _each(rows: Iterable[Any], columns: tuple[str, ...]) -> AsyncIterator[tuple[Any, ...]]:
    for row in rows:
        yield _cells(row, columns)


def _cells(row: Any, columns: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, column) for column in columns)


async def _write(
    args: argparse.Namespace, columns: tuple[str, ...], rows: AsyncIterator[tuple[Any, ...]]
) -> None:
    """Write the rows out once all are read: a reader who stops reading holds up no snapshot of the database.

    What is larger than `IN_MEMORY` waits in a file that has no name and that only this process can read.
    """
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as spool:
        await _collect(args, columns, rows, spool)
        spool.seek(0)
        shutil.copyfileobj(spool, sys.stdout.buffer)
    sys.stdout.buffer.flush()


async def _collect(
    args: argparse.Namespace,
    columns: tuple[str, ...],
    rows: AsyncIterator[tuple[Any, ...]],
    out: IO[bytes],
) -> None:
    """UTF-8 whatever the terminal's locale says: a file made by `>` reads back the same everywhere."""
    if args.format == "csv":
        out.write(write_rows([columns]).encode())
        async for batch in _batches(rows):
            out.write(write_rows([_text(cell) for cell in row] for row in batch).encode())
    else:
        out.write(f'{{"{args.what}": ['.encode())
        comma = "\n"
        async for row in rows:
            cells = dict(zip(columns, (_plain(cell) for cell in row), strict=True))
            out.write(f"{comma}{json.dumps(cells, ensure_ascii=False)}".encode())
            comma = ",\n"
        out.write(b"\n]}\n")


async def _batches(rows: AsyncIterator[tuple[Any, ...]]) -> AsyncIterator[list[tuple[Any, ...]]]:
    batch: list[tuple[Any, ...]] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def _plain(cell: Any) -> Any:
    if isinstance(cell, date | datetime):
        return cell.isoformat()
    return None if cell == "" else cell


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, dict):
        return json.dumps(cell, ensure_ascii=False)
    plain = _plain(cell)
    return "" if plain is None else str(plain)
