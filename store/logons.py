"""The terminal's own evidence of logons: a plan of what a file adds, then exactly that in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.context import Change, Context
from store.errors import NotNow
from store.rules.access import Method
from store.rules.logon_file import Logon, LogonFault, LogonFile, Result
from store.rules.roles import Permission
from store.rules.roster_file import BadRow
from store.tables import LOGONS, USERS, CcmsUser

CHUNK = 5_000
ONLY_SMARTCARD: ColumnElement[bool] = and_(
    USERS.c.smartcard_logon_at.is_not(None), USERS.c.two_factor_logon_at.is_(None)
)
"""Whether a user has logged on by smartcard, and never with two factors; a small index answers it."""
_KNOWN = (
    USERS.c.pk, USERS.c.user_id, USERS.c.active_canonical, USERS.c.enrolled_at, USERS.c.proven_at,
    USERS.c.smartcard_logon_at, USERS.c.two_factor_logon_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LogonPlan:
    """What `apply` would do, exactly: keep the `new` logons, and have them prove the users in `proves`."""

    new: tuple[Logon, ...]
    proves: Mapping[str, datetime]
    bad: tuple[BadRow, ...]
    same: int = field(compare=False)
    file: LogonFile = field(compare=False, repr=False)

    @property
    def bad_rows(self) -> int:
        """The number of rows that have a fault."""
        return len({row.line for row in self.bad})


class Logons:
    """Logon evidence, as one operator may load it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def plan(self, file: LogonFile) -> LogonPlan:
        """What loading `file` would do now; writes nothing. Raises: NotAllowed."""
        async with self._context.reading(Permission.LOAD_LOGONS) as connection:
            return _plan(file, await _users(connection, file), await _kept(connection, file))

    async def apply(self, plan: LogonPlan, *, skip_bad: bool = False) -> None:
        """Do exactly `plan`, or nothing; a user who is enrolled is proven by their first good 2FA logon.

        Raises: NotAllowed, NotNow (rows are bad and not to be skipped, or the desk has changed meanwhile).
        """
        async with self._context.changing() as change:
            change.demand(Permission.LOAD_LOGONS)
            if plan.bad and not skip_bad:
                raise NotNow("logons", "bad rows")
            if not self._context.database.is_sqlite:
                # Nobody else may lock a user before us and then wait for us: that would be a deadlock.
                await change.connection.execute(text("LOCK TABLE ccms_user IN EXCLUSIVE MODE"))
            users = await _users(change.connection, plan.file)
            if _plan(plan.file, users, await _kept(change.connection, plan.file)) != plan:
                raise NotNow("logons", "overtaken")
            if plan.new:
                await _keep(change, plan, users)
                await _prove(change, plan, users)
                change.record("logons.imported", new=len(plan.new), proven=len(plan.proves))


async def count_only_smartcard(connection: AsyncConnection, context: Context) -> int:
    """How many users in the operator's scope have logged on by smartcard, and never with two factors."""
    query = select(func.count()).select_from(USERS).where(ONLY_SMARTCARD)
    return int((await connection.execute(query.where(context.scope(USERS.c.participant_id)))).scalar_one())


Key = tuple[int, datetime, str, str]


def _plan(file: LogonFile, users: Mapping[str, Any], kept: set[Key]) -> LogonPlan:
    new: list[Logon] = []
    bad = list(file.bad)
    proves: dict[str, datetime] = {}
    for line, logon in file.entries:
        user = users.get(logon.user_id)
        if user is None:
            bad.append(BadRow(line, "user_id", logon.user_id, LogonFault.UNKNOWN_USER))
        elif _key(user.pk, logon) not in kept:
            new.append(logon)
            if _is_proof(user, logon):
                proves[logon.user_id] = min(logon.at, proves.get(logon.user_id, logon.at))
    bad.sort(key=lambda row: row.line)
    same = len(file.entries) - len(new) - sum(row.reason == LogonFault.UNKNOWN_USER for row in bad)
    return LogonPlan(tuple(new), proves, tuple(bad), same, file)


def _key(pk: int, logon: Logon) -> Key:
    return pk, logon.at, logon.method.value, logon.result.value


def _is_proof(user: Any, logon: Logon) -> bool:
    """A good logon with both factors proves whoever was enrolled by then (DESIGN 3.4)."""
    return (
        logon.method is Method.TWO_FACTOR
        and logon.result is Result.OK
        and user.proven_at is None
        and user.active_canonical is not None
        and user.enrolled_at is not None
        and user.enrolled_at <= logon.at
    )


async def _users(connection: AsyncConnection, file: LogonFile) -> dict[str, Any]:
    """The users named in the file, by ID."""
    found: dict[str, Any] = {}
    for chunk in _chunks(sorted({entry.logon.user_id for entry in file.entries})):
        rows = await connection.execute(select(*_KNOWN).where(USERS.c.user_id.in_(chunk)))
        found |= {row.user_id: row for row in rows}
    return found


async def _kept(connection: AsyncConnection, file: LogonFile) -> set[Key]:
    """The evidence that is kept already, of the file's users and time."""
    times = [entry.logon.at for entry in file.entries]
    ids = sorted({entry.logon.user_id for entry in file.entries})
    kept: set[Key] = set()
    for chunk in _chunks(ids):
        query = select(LOGONS.c.user_pk, LOGONS.c.at, LOGONS.c.method, LOGONS.c.result).join(USERS)
        within = LOGONS.c.at.between(min(times), max(times))
        rows = await connection.execute(query.where(USERS.c.user_id.in_(chunk), within))
        kept |= {(row.user_pk, row.at, row.method, row.result) for row in rows}
    return kept


async def _keep(change: Change, plan: LogonPlan, users: Mapping[str, Any]) -> None:
    """Write the new evidence, and each user's newest good logon by either method."""
    rows = [dict(zip(_COLUMNS, _key(users[logon.user_id].pk, logon), strict=True)) for logon in plan.new]
    for chunk in _chunks(rows):
        await change.connection.execute(insert(LOGONS), list(chunk))
    newest: dict[str, dict[Method, datetime]] = {}
    for logon in plan.new:
        if logon.result is Result.OK:
            mine = newest.setdefault(logon.user_id, _known(users[logon.user_id]))
            mine[logon.method] = max(logon.at, mine.get(logon.method, logon.at))
    values = [
        {
            "this": users[user_id].pk,
            "by_card": mine.get(Method.SMARTCARD),
            "by_two": mine.get(Method.TWO_FACTOR),
        }
        for user_id, mine in newest.items()
    ]
    statement = update(USERS).where(USERS.c.pk == bindparam("this"))
    statement = statement.values(
        smartcard_logon_at=bindparam("by_card"), two_factor_logon_at=bindparam("by_two")
    )
    for chunk in _chunks(values):
        await change.connection.execute(statement, list(chunk))


_COLUMNS = ("user_pk", "at", "method", "result")


def _known(user: Any) -> dict[Method, datetime]:
    known = {Method.SMARTCARD: user.smartcard_logon_at, Method.TWO_FACTOR: user.two_factor_logon_at}
    return {method: at for method, at in known.items() if at is not None}


async def _prove(change: Change, plan: LogonPlan, users: Mapping[str, Any]) -> None:
    pks = [users[user_id].pk for user_id in plan.proves]
    for chunk in _chunks(pks):
        query = select(CcmsUser).where(col(CcmsUser.pk).in_(chunk))
        for user in (await change.session.execute(query)).scalars():
            user.proven_at = plan.proves[user.user_id]
            change.touch(user)
            change.record(
                "user.proven",
                user,
                at=user.proven_at.isoformat(),
                origin="CCMS terminal",
                version=user.version,
            )


def _chunks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
