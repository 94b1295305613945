"""`ccms-tui export`: users as a roster file that loads again unchanged, participants, and the schedule."""

import argparse
import json
import sys
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from store.rules.roster_file import COLUMNS, write_rows

if TYPE_CHECKING:
    from store.desk import Desk

_BATCH = 2_000

PARTICIPANT = (
    "participant_id", "name", "single_da_waiver", "users", "with_address", "verified", "enrolled",
    "undeliverable", "code_expired", "awaiting_approval", "locked", "ready",
)  # fmt: skip
MILESTONE = (
    "milestone_id", "title", "window", "earliest", "latest", "status", "opens", "circular", "begun_at",
)  # fmt: skip


async def run_export(args: argparse.Namespace, desk: "Desk") -> int:
    """Write the asked-for rows to standard output. Raises: StoreError."""
    if args.what == "users":
        await _write(args, COLUMNS, (tuple(row) async for row in desk.roster.export()))
    elif args.what == "participants":
        await _write(args, PARTICIPANT, _each(await desk.participants.all(), PARTICIPANT))
    else:
        await _write(args, MILESTONE, _each(await desk.schedule.milestones(), MILESTONE))
    return 0


async def _each(rows: Iterable[Any], columns: tuple[str, ...]) -> AsyncIterator[tuple[Any, ...]]:
    for row in rows:
        cells = asdict(row)
        yield tuple(cells[column] for column in columns)


async def _write(
    args: argparse.Namespace, columns: tuple[str, ...], rows: AsyncIterator[tuple[Any, ...]]
) -> None:
    """UTF-8 whatever the terminal's locale says: a file made by `>` reads back the same everywhere."""
    out = sys.stdout.buffer
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
    out.flush()


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
    plain = _plain(cell)
    return "" if plain is None else str(plain)
