"""A list of users and their addresses as people keep it, made into the rows of a roster.

A line names one user, by ID or by name, and one address, in any order, parted by tabs, semicolons or commas,
or by a blank before an address at the end; `Chan Mei Oi <address>` will do. A first line that has no address
and names nobody is its title. Nothing but the address is taken: all other cells are as the desk has them.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cached_property

from store.rules.addresses import AddressBook
from store.rules.grams import fold
from store.rules.roster_file import COLUMNS, BadRow, Entry, RosterFile, RosterRow, RowFault
from store.rules.roster_plan import KnownUser, RosterState

SEPARATORS = "\t;,"
LONGEST_LINE = 2_000
SUGGESTED = 3
CLOSE = 0.8
"""How alike, from 0 to 1, a name is to what was typed for it to be suggested."""

_TITLES = frozenset({
    "user_id", "user id", "userid", "id", "user", "user_name", "user name", "name", "email", "e-mail", "mail",
    "address", "email address", "email_address", "designated email address",
})  # fmt: skip
_ADDRESS_TITLES = frozenset(title for title in _TITLES if "mail" in title or "address" in title)
_ROSTER_ALONE = frozenset(COLUMNS) - {"user_id", "user_name", "email"}
_IN_BRACKETS = re.compile(r"(.*)<([^<>]*@[^<>]*)>")
_AT_THE_END = re.compile(r"(.*\S)\s+(\S*@\S*)")
_FIRST_LINE = re.compile(r"\S[^\r\n]*")
_CHINESE = re.compile(r"[\u2e80-\U0010ffff]+")


def is_roster(text: str) -> bool:
    """Whether `text` begins with the names of columns that only a roster has."""
    return not _ROSTER_ALONE.isdisjoint(map(fold, _first_cells(text)))


def is_list(text: str) -> bool:
    """Whether `text` is surely such a list: its first line has an address or its titles, and few cells."""
    cells = _first_cells(text)
    titles = set(map(fold, cells))
    listed = any("@" in cell for cell in cells) or (titles <= _TITLES and bool(titles & _ADDRESS_TITLES))
    return listed and len(cells) < len(COLUMNS)


def _first_cells(text: str) -> list[str]:
    first = _FIRST_LINE.search(text)
    return [cell.strip() for cell in _parts(first[0][:LONGEST_LINE])] if first else []


def read_list(text: str, state: RosterState, encoding: str = "UTF-8") -> RosterFile:
    """The rows for the users that the lines name, and every line that names none or gives no good address."""
    reader = _Reader(state)
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            reader.line(number, line)
    return RosterFile(encoding, tuple(reader.entries), tuple(reader.bad))


class _Reader:
    """Reads one line after the other, and remembers whom the lines before named."""

    def __init__(self, state: RosterState) -> None:
        self.state = state
        self.entries: list[Entry] = []
        self.bad: list[BadRow] = []
        self._addresses = AddressBook()
        self._names = _Names(state.users)
        self._seen: dict[str, int] = {}
        self._first = True

    def line(self, number: int, line: str) -> None:
        """Take one line, or note what is wrong with it."""
        if len(line) > LONGEST_LINE:
            self.bad.append(BadRow(number, "", line, RowFault.LONG_LINE))
            return
        cells = _cells(line)
        is_first, self._first = self._first, False
        if is_first and not any("@" in cell or self._names.find(cell) for cell in cells):
            return
        found = self._entry(number, cells)
        if isinstance(found, Entry):
            self.entries.append(found)
        else:
            self.bad.append(found)

    def _entry(self, number: int, cells: list[str]) -> Entry | BadRow:
        addresses = [cell for cell in cells if "@" in cell]
        user = self._user(number, [cell for cell in cells if "@" not in cell])
        if isinstance(user, BadRow):
            return user
        if len(addresses) != 1:
            fault = RowFault.TWO_ADDRESSES if addresses else RowFault.EMPTY
            return BadRow(number, "email", ", ".join(addresses), fault)
        canonical, problem = self._addresses.judge(addresses[0])
        if problem:
            return BadRow(number, "email", addresses[0], problem)
        first = self._seen.setdefault(user.user_id, number)
        if first != number:
            return BadRow(number, "user_id", user.user_id, RowFault.DUPLICATE, f"line {first}")
        return Entry(number, self._row(user, addresses[0]), canonical)

    def _user(self, number: int, cells: list[str]) -> KnownUser | BadRow:
        """The one user that the cells name; cells that name nobody (a department) do not count beside one."""
        named = [(cell, user_ids) for cell in cells if (user_ids := self._names.find(cell))]
        if not named:
            if not cells:
                return BadRow(number, "user_id", "", RowFault.EMPTY)
            if self.state.only_own and (close := self._names.close_to(cells[0])):
                return BadRow(number, "user_id", cells[0], RowFault.CLOSE, ", ".join(close))
            fault = RowFault.UNKNOWN_USER if self.state.only_own else RowFault.NOBODY
            return BadRow(number, "user_id", cells[0], fault)
        each = [set(user_ids) for _cell, user_ids in named]
        meant = set.intersection(*each)
        if len(meant) == 1:
            return self.state.users[meant.pop()]
        fault = RowFault.SEVERAL_USERS if meant else RowFault.TWO_USERS
        who = sorted(meant or set.union(*each))
        return BadRow(number, "user_id", named[0][0], fault, ", ".join(who[:3]))

    def _row(self, user: KnownUser, email: str) -> RosterRow:
        name = self.state.participants[user.participant_id].name
        return RosterRow(user.participant_id, name, user.user_id, user.user_name, user.kind, email, "", "")


class _Names:
    """Finds users by ID, whatever its case, and by their whole name or the whole of it in one script."""

    def __init__(self, users: Mapping[str, KnownUser]) -> None:
        self._users = users

    def find(self, words: str) -> tuple[str, ...]:
        """The IDs of those who may be meant; none when nobody is called that."""
        if words in self._users:
            return (words,)
        return tuple(self._by_name.get(_folded(words), ()))

    def close_to(self, words: str) -> list[str]:
        """Who may be meant by a part of a name, or one with a slip: a few, each with ID and name.

        Nobody by an ID: those that look like it are other people's.
        """
        typed = _folded(words)
        if any(char.isdigit() for char in typed):
            return []
        part = [key for key in self._by_name if set(typed.split()) <= set(key.split())]
        near = part or get_close_matches(typed, self._by_name, SUGGESTED, CLOSE)
        found = dict.fromkeys(user_id for key in near for user_id in self._by_name[key])
        return [f"{user_id} {self._users[user_id].user_name}" for user_id in [*found][:SUGGESTED]]

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for user in self._users.values():
            for key in {fold(user.user_id), *_names(user.user_name)}:
                found[key].append(user.user_id)
        return found


def _names(user_name: str) -> Iterable[str]:
    """The folded whole name, and its Latin and its Chinese part."""
    parts = (user_name, _CHINESE.sub(" ", user_name), " ".join(_CHINESE.findall(user_name)))
    return filter(None, map(_folded, parts))


def _folded(words: str) -> str:
    return " ".join(fold(words).split())


def _cells(line: str) -> list[str]:
    """The cells of a line that hold anything."""
    return [cell for cell in (raw.strip() for raw in _parts(line)) if cell]


def _parts(line: str) -> Iterator[str]:
    mark = next((mark for mark in SEPARATORS if mark in line), None)
    if mark is None:
        yield from _name_and_address(line, _IN_BRACKETS, _AT_THE_END)
        return
    for cell in next(csv.reader([line], delimiter=mark, skipinitialspace=True), []):
        yield from _name_and_address(cell, _IN_BRACKETS)


def _name_and_address(cell: str, *forms: re.Pattern[str]) -> tuple[str, ...]:
    """The two parts of a cell that holds both in one of the forms; else the cell."""
    found = next(filter(None, (form.fullmatch(cell.strip()) for form in forms)), None)
    return (found[1].strip().strip('"'), found[2]) if found else (cell,)
