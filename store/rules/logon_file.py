"""The terminal's own evidence of logons as a CSV file: who, by which method, when, with what result."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from store.rules.access import Method
from store.rules.roster_file import (
    BadRow,
    RowFault,
    check_id,
    decode,
    header,
    records,
    restore,
    wrong_length,
)

COLUMNS = ("user_id", "method", "at", "result")


class Result(StrEnum):
    """What came of a logon."""

    OK = "ok"
    REFUSED = "refused"


class LogonFault(StrEnum):
    """Why a row is no evidence; a missing cell and the like have a `RowFault` word instead."""

    METHOD = "unknown method"
    RESULT = "unknown result"
    TIME = "not a time"
    NO_ZONE = "time without a zone"
    FUTURE = "time in the future"
    REPEATED = "logon repeated"
    UNKNOWN_USER = "unknown user"


class Logon(NamedTuple):
    """One logon that the terminal saw."""

    user_id: str
    method: Method
    at: datetime
    result: Result


class LogonEntry(NamedTuple):
    """A logon and the line where it stands."""

    line: int
    logon: Logon


@dataclass(frozen=True, slots=True)
class LogonFile:
    """What a file holds: the good rows in its order, and every fault of the others."""

    encoding: str
    entries: tuple[LogonEntry, ...]
    bad: tuple[BadRow, ...]


def read_logons(data: bytes, now: datetime) -> LogonFile:
    """The rows of a file of logons; none can be later than `now`. Raises: BadFile."""
    text, encoding = decode(data)
    lines = records(text)
    in_order = header(lines, COLUMNS)
    entries: list[LogonEntry] = []
    bad: list[BadRow] = []
    seen: dict[Logon, int] = {}
    for line, cells in lines:
        if len(cells) != len(COLUMNS):
            bad.append(wrong_length(line, cells, COLUMNS))
            continue
        values = [restore(cell.strip()) for cell in in_order(cells)]
        found = _logon(line, values, now)
        if not isinstance(found, Logon):
            bad += found
        elif (first := seen.setdefault(found, line)) != line:
            bad.append(BadRow(line, "", found.user_id, LogonFault.REPEATED, f"line {first}"))
        else:
            entries.append(LogonEntry(line, found))
    return LogonFile(encoding, tuple(entries), tuple(bad))


def _logon(line: int, values: list[str], now: datetime) -> Logon | list[BadRow]:
    """The row as a logon, or its faults."""
    user_id, method, at, result = values
    moment = _moment(at, now)
    faults = (
        check_id(user_id),
        _word(method, Method, LogonFault.METHOD),
        moment if isinstance(moment, StrEnum) else None,
        _word(result, Result, LogonFault.RESULT),
    )
    if isinstance(moment, datetime) and not any(faults):
        return Logon(user_id, Method(method.lower()), moment, Result(result.lower()))
    rows = zip(COLUMNS, values, faults, strict=True)
    return [BadRow(line, column, value, fault) for column, value, fault in rows if fault]


def _word(value: str, words: type[StrEnum], fault: LogonFault) -> StrEnum | None:
    if not value:
        return RowFault.EMPTY
    return None if value.lower() in set(words) else fault


def _moment(value: str, now: datetime) -> datetime | StrEnum:
    """A moment in ISO 8601 with its zone, in UTC; or what is wrong with it."""
    if not value:
        return RowFault.EMPTY
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            return LogonFault.NO_ZONE
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return LogonFault.TIME
    return LogonFault.FUTURE if moment > now else moment
