"""The roster as a CSV file: bytes to rows and back, every fault named (DESIGN "Roster CSV").

Blanks around a cell do not count. A cell that a spreadsheet would run as a formula is written with one
apostrophe before it, and exactly that apostrophe is taken off again: `'=x` means `=x`, `''=x` means `'=x`.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple

from store.errors import BadFile
from store.rules.addresses import AddressBook
from store.views import Kind

COLUMNS = (
    "participant_id", "participant_name", "user_id", "user_name",
    "kind", "email", "smartcard_serial", "language",
)  # fmt: skip
LANGUAGES = {name.lower(): name for name in ("en", "zh", "zh-Hant", "zh-HK", "zh-Hant-HK")}
MAX_BYTES = 256 * 1024 * 1024
MAX_BYTES_OF_ONE = 8 * 1024 * 1024
"""Of the list of one participant, some 150,000 users: reading one takes twenty times as much memory."""
MAX_LINE = 100_000
MAX_NAME = 500
MAX_SERIAL = 64

_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")
_STARTERS = "=+\\-@＝＋－＠\t\r\n"
_FORMULA = re.compile(f"'*[{_STARTERS}]")
_NEUTRALISED = re.compile(f"'+[{_STARTERS}]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_JOINERS = "\u200c\u200d"
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_KINDS = frozenset(Kind)
_SPELLINGS = frozenset({"", *LANGUAGES.values()})


class FileFault(StrEnum):
    """Why a file cannot be read as a roster at all (the reason of BadFile)."""

    UNREADABLE = "unreadable file"
    CUT = "line cut off"
    EMPTY = "empty file"
    TOO_LARGE = "file too large"
    ENCODING = "bad encoding"
    NUL = "NUL"
    LONG_LINE = "line too long"
    UNCLOSED_QUOTE = "unclosed quote"
    NO_HEADER = "no header"
    MISSING_COLUMN = "missing column"
    EXTRA_COLUMN = "extra column"


class RowFault(StrEnum):
    """Why a row cannot be loaded; a bad address has a word of `store.rules.addresses.Problem` instead."""

    MISSING_COLUMN = "missing column"
    EXTRA_COLUMN = "extra column"
    EMPTY = "empty cell"
    ID = "not an ID"
    TOO_LONG = "too long"
    CONTROL = "control character"
    DIRECTION = "bidi override"
    KIND = "unknown kind"
    LANGUAGE = "unknown language"
    DUPLICATE = "duplicate user"
    OTHER_PARTICIPANT = "user of another participant"
    OTHER_NAME = "participant named differently"
    UNKNOWN_PARTICIPANT = "unknown participant"
    UNKNOWN_USER = "unknown user"
    NOBODY = "nobody's ID or name"
    CLOSE = "not quite anybody's ID or name"
    SEVERAL_USERS = "name of several users"
    TWO_USERS = "two users on one line"
    TWO_ADDRESSES = "two addresses on one line"
    LONG_LINE = "line too long"
    SHARED = "address of another user"
    NOT_OPEN = "DA registration not open"
    KIND_NOT_OPEN = "kind fixed until DA registration opens"
    BY_FORM = "DA address comes by form DA 3"


class RosterRow(NamedTuple):
    """One user as the roster knows them: the cells, in the file's order of columns; empty means not given."""

    participant_id: str
    participant_name: str
    user_id: str
    user_name: str
    kind: str
    email: str
    smartcard_serial: str
    language: str


class Entry(NamedTuple):
    """A row that reads well: where it stands, its cells, and its address in the form that comparisons use."""

    line: int
    row: RosterRow
    canonical: str | None


class BadRow(NamedTuple):
    """A fault of one row: a `RowFault` or address `Problem` word, and what else helps to mend it."""

    line: int
    column: str
    value: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RosterFile:
    """What a file holds: the good rows in its order, and every fault of the others."""

    encoding: str
    entries: tuple[Entry, ...]
    bad: tuple[BadRow, ...]


def read_roster(data: bytes) -> RosterFile:
    """The rows of a roster file. Raises: BadFile (with a `FileFault` word)."""
    text, encoding = decode(data)
    lines = records(text)
    in_order = header(lines, COLUMNS)
    reader = _RowReader()
    entries = tuple(filter(None, (reader.entry(line, cells, in_order) for line, cells in lines)))
    return RosterFile(encoding, entries, tuple(reader.bad))


def write_rows(rows: Iterable[Iterable[str]]) -> str:
    """The lines of `rows` as an export has them: formulas neutralised, quoted where needed."""
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([neutralise(cell) for cell in row] for row in rows)
    return lines.getvalue()


def neutralise(value: str) -> str:
    """`value` as a cell that no spreadsheet runs; `restore` undoes it for every string there is."""
    return "'" + value if _FORMULA.match(value) else value


def restore(cell: str) -> str:
    """The value behind a cell that `neutralise` wrote; other cells as they are."""
    return cell[1:] if _NEUTRALISED.match(cell) else cell


def too_large(most: int) -> BadFile:
    """The fault of a file with more than so many bytes."""
    return BadFile(FileFault.TOO_LARGE, detail=str(most // 1024**2))


def decode(data: bytes) -> tuple[str, str]:
    """The text and the encoding it was found in: UTF-8, UTF-16 with its mark, Big5, then Big5-HKSCS.

    Raises: BadFile.
    """
    if len(data) > MAX_BYTES:
        raise too_large(MAX_BYTES)
    tries = [("utf-8-sig", "UTF-8"), ("big5", "Big5"), ("big5hkscs", "Big5-HKSCS")]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tries = [("utf-16", "UTF-16")]
    furthest = 0
    for codec, name in tries:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError as error:
            furthest = max(furthest, error.start)
            continue
        if "\0" in text:
            raise BadFile(FileFault.NUL, line=text.count("\n", 0, text.index("\0")) + 1)
        return text, name
    raise BadFile(FileFault.ENCODING, line=data.count(b"\n", 0, furthest) + 1)


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """The lines of a file that hold anything, split into cells, each with the number of its first line.

    Raises: BadFile, while they are drawn.
    """
    lines = io.StringIO(text, newline="").readlines()
    if max(map(len, lines), default=0) > MAX_LINE:
        raise BadFile(FileFault.LONG_LINE, next(n for n, line in enumerate(lines, 1) if len(line) > MAX_LINE))
    reader = csv.reader(lines, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except (
        csv.Error
    ):  # strict reading fails on quotes only: open at the end, or followed by more than a comma
        raise BadFile(FileFault.UNCLOSED_QUOTE, line) from None


def header(
    lines: Iterator[tuple[int, list[str]]], columns: tuple[str, ...]
) -> Callable[[list[str]], tuple[str, ...]]:
    """What puts a row's cells into the order of `columns`, from the names in the first row.

    Raises: BadFile.
    """
    line, cells = next(lines, (0, []))
    names = [cell.strip().lower() for cell in cells]
    if not names:
        raise BadFile(FileFault.EMPTY)
    if not set(columns) & set(names):
        raise BadFile(FileFault.NO_HEADER, line)
    for column in columns:
        if column not in names:
            raise BadFile(FileFault.MISSING_COLUMN, line, column)
    for position, name in enumerate(names):
        if name not in columns or name in names[:position]:
            raise BadFile(FileFault.EXTRA_COLUMN, line, name)
    return itemgetter(*map(names.index, columns))


class _RowReader:
    """Judges one row after the other; remembers what it has seen, for the faults between rows."""

    def __init__(self) -> None:
        self.bad: list[BadRow] = []
        self._addresses = AddressBook()
        self._good_repeated: set[tuple[str, ...]] = set()
        self._users: dict[str, tuple[int, str]] = {}
        self._names: dict[str, tuple[int, str]] = {}

    def entry(
        self, line: int, cells: list[str], in_order: Callable[[list[str]], tuple[str, ...]]
    ) -> Entry | None:
        """The row as an entry, or None after noting its faults."""
        if len(cells) != len(COLUMNS):
            self.bad.append(wrong_length(line, cells, COLUMNS))
            return None
        cells = list(map(str.strip, in_order(cells)))
        if "'" in "".join(cells):
            cells = list(map(restore, cells))
        row = RosterRow._make(cells)
        canonical, problem = self._addresses.judge(row.email) if row.email else (None, None)
        if problem or not self._reads_well(row):
            faults = self._cell_faults(line, row, problem)
        else:
            faults = self._faults_between_rows(line, row)
        if faults:
            self.bad.extend(faults)
            return None
        if row.language not in _SPELLINGS:
            row = row._replace(language=LANGUAGES[row.language.lower()])
        return Entry(line, row, canonical)

    def _reads_well(self, row: RosterRow) -> bool:
        """Whether no cell but the address has a fault; what most rows have in common is judged once."""
        repeated = (row.participant_id, row.participant_name, row.kind, row.language)
        if repeated not in self._good_repeated:
            if any(check(value) for check, value in zip(_CHECKS, row, strict=True)):
                return False
            self._good_repeated.add(repeated)
        return not (
            check_id(row.user_id) or _check_name(row.user_name) or _check_serial(row.smartcard_serial)
        )

    def _cell_faults(self, line: int, row: RosterRow, problem: str | None) -> list[BadRow]:
        faults: list[str | None] = [check(value) for check, value in zip(_CHECKS, row, strict=True)]
        faults[COLUMNS.index("email")] = problem
        cells = zip(COLUMNS, row, faults, strict=True)
        return [BadRow(line, column, value, fault) for column, value, fault in cells if fault]

    def _faults_between_rows(self, line: int, row: RosterRow) -> list[BadRow]:
        """A user or a participant that an earlier row told otherwise of."""
        first, participant_id = self._users.setdefault(row.user_id, (line, row.participant_id))
        if first != line:
            same = participant_id == row.participant_id
            fault = RowFault.DUPLICATE if same else RowFault.OTHER_PARTICIPANT
            return [BadRow(line, "user_id", row.user_id, fault, f"line {first}")]
        first, name = self._names.setdefault(row.participant_id, (line, row.participant_name))
        if name != row.participant_name:
            return [
                BadRow(line, "participant_name", row.participant_name, RowFault.OTHER_NAME, f"line {first}")
            ]
        return []


def wrong_length(line: int, cells: list[str], columns: tuple[str, ...]) -> BadRow:
    """The fault of a row that has fewer or more cells than there are columns."""
    if len(cells) < len(columns):
        return BadRow(line, columns[len(cells)], "", RowFault.MISSING_COLUMN)
    return BadRow(line, "", cells[len(columns)], RowFault.EXTRA_COLUMN)


def check_id(value: str) -> RowFault | None:
    """What is wrong with an ID."""
    if not value:
        return RowFault.EMPTY
    return None if _ID.fullmatch(value) else RowFault.ID


def _check_name(value: str) -> RowFault | None:
    return _check_text(value, MAX_NAME) if value else RowFault.EMPTY


def _check_serial(value: str) -> RowFault | None:
    return _check_text(value, MAX_SERIAL)


def _check_kind(value: str) -> RowFault | None:
    return None if value in _KINDS else RowFault.KIND


def _check_language(value: str) -> RowFault | None:
    return None if not value or value.lower() in LANGUAGES else RowFault.LANGUAGE


def _check_email(_value: str) -> RowFault | None:
    return None


def _check_text(value: str, longest: int) -> RowFault | None:
    if len(value) > longest:
        return RowFault.TOO_LONG
    if value.isprintable():
        return None
    if _DIRECTION.search(value):
        return RowFault.DIRECTION
    hidden = any(unicodedata.category(char) in _HIDDEN and char not in _JOINERS for char in value)
    return RowFault.CONTROL if hidden else None


_CHECKS = (
    check_id, _check_name, check_id, _check_name, _check_kind, _check_email, _check_serial, _check_language,
)  # fmt: skip
