"""Events as the database really has them, read without a doubt about what somebody may have put there."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal_column
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit_views import EventRow
from store.rules.audit_chain import Kept
from store.rules.masking import facts_seen_by
from store.views import Role

_SPAN = "BETWEEN '0001-01-01 00:00:00+00' AND '9999-12-31 23:59:59+00'"
_POSTGRESQL = (
    f"CASE WHEN {{0}} {_SPAN} THEN to_char({{0}} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') END"
)


def moment_column(column: str, *, sqlite: bool) -> ColumnElement[Any]:
    """A column of moments as `rules.audit_chain.moment_text` writes them; what is no date is NULL or odd."""
    return literal_column(column if sqlite else _POSTGRESQL.format(column))


def kept_columns(*, sqlite: bool) -> list[ColumnElement[Any]]:
    """The columns of `Kept`, as the driver gives them."""
    return [
        moment_column("audit_event.at", sqlite=sqlite).label("at")
        if name == "at"
        else literal_column(f"audit_event.{name}").label(name)
        for name in Kept._fields
    ]


@asynccontextmanager
async def undecoded(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let text that is no UTF-8 come as bytes: SQLite keeps it, and to fail on it would hide its event."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = (await connection.get_raw_connection()).driver_connection
    driver.text_factory = _text_or_bytes
    try:
        yield
    finally:
        with suppress(ValueError):  # a read that was cancelled has closed its connection
            driver.text_factory = str


def _text_or_bytes(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def facts_of(*parts: Any) -> dict[str, str | int | bool | None]:
    """The plain and the personal facts of an event together, as flat values; without what is unreadable."""
    found: dict[str, Any] = {}
    for part in parts:
        try:
            values = json.loads(part or "{}")
        except (ValueError, TypeError, RecursionError):
            continue
        found |= values if isinstance(values, dict) else {}
    return {
        key: value if isinstance(value, str | int | bool | None) else str(value)
        for key, value in found.items()
    }


def event_row(found: Any, role: Role) -> EventRow:
    """The view of a row that begins with `kept_columns` and ends with the user's ID and name."""
    kept = Kept._make(found[: len(Kept._fields)])
    user_id, user_name = found[len(Kept._fields) :]
    facts: Mapping[str, str | int | bool | None] = facts_of(kept.facts, kept.personal)
    return EventRow(
        event_id=kept.event_id,
        at=_moment(kept.at),
        operator_id=str(kept.operator_id),
        action=str(kept.action),
        participant_id=None if kept.participant_id is None else str(kept.participant_id),
        user_id=user_id,
        user_name=user_name,
        facts=facts_seen_by(role, facts),
        hash=kept.hash.hex() if isinstance(kept.hash, bytes) else "",
    )


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
