"""The people with a login to this desk: their role, their SSH keys, their one-time-password seed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyotp
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.context import Change, Context
from store.database import Database
from store.errors import BadKey, NotFound, NotNow, ReasonNeeded, SignInRefused
from store.phase_change_rows import void_changes_by
from store.proposal_rows import void_proposals_of
from store.rules.logins import check_login
from store.rules.roles import Permission
from store.rules.ssh_keys import PublicKey, parse_key
from store.sign_in import locked_row, seal_seed, spend_code
from store.tables import OPERATOR_KEYS, OPERATOR_SESSIONS, OPERATORS, OperatorKey, OperatorRow, Participant
from store.views import KeyRow, Operator, OperatorDetail, Role

ISSUER = "CCMS registration desk"
ON_THE_HOST = "the host"


async def find(database: Database, operator_id: str) -> Operator:
    """The operator with this login. Raises: NotFound (disabled ones too), DatabaseFault."""
    query = select(
        col(OperatorRow.operator_id),
        col(OperatorRow.name),
        col(OperatorRow.role),
        col(OperatorRow.participant_id),
    ).where(col(OperatorRow.operator_id) == operator_id, col(OperatorRow.disabled_at).is_(None))
    async with database.reading() as connection:
        found = (await connection.execute(query)).one_or_none()
    if found is None:
        raise NotFound("operator", operator_id)
    return Operator(found.operator_id, found.name, Role(found.role), found.participant_id)


def add(change: Change, operator: Operator, seed: str) -> None:
    """Give somebody a login within `change`; `seed` is the base32 seed of their one-time passwords."""
    change.session.add(
        OperatorRow(
            operator_id=operator.operator_id,
            name=operator.name,
            role=operator.role.value,
            participant_id=operator.participant_id,
            totp_sealed=seal_seed(change.context.keys, operator.operator_id, seed),
            created_at=change.now,
        )
    )
    change.record(
        "operator.added",
        participant_id=operator.participant_id,
        operator=operator.operator_id,
        role=operator.role.value,
        name=operator.name,
    )


async def add_keys(change: Change, operator: Operator, keys: Iterable[PublicKey]) -> None:
    """Register public keys within `change`. Raises: BadKey when one is registered already."""
    await change.session.flush()
    for key in keys:
        await _take_key(change, operator, key)


def otpauth_uri(operator_id: str, seed: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(seed).provisioning_uri(name=operator_id, issuer_name=ISSUER)


@dataclass(frozen=True)
class Operators:
    """The logins to this desk, for operations to manage."""

    _context: Context

    async def listing(self) -> tuple[OperatorDetail, ...]:
        """Every login by its ID, with its keys. Raises: NotAllowed."""
        async with self._context.reading(Permission.MANAGE_OPERATORS) as connection:
            return await _details(connection)

    async def get(self, operator_id: str) -> OperatorDetail:
        """One login with its keys. Raises: NotAllowed, NotFound."""
        for detail in await self.listing():
            if detail.operator.operator_id == operator_id:
                return detail
        raise NotFound("operator", operator_id)

    async def add(self, operator: Operator, keys: Iterable[str] = ()) -> str:
        """Give somebody a login with the public keys of those lines; the otpauth URI of their seed.

        Raises: NotAllowed, ProofNeeded, BadLogin, BadKey, NotFound (the participant), NotNow (exists).
        """
        seed = pyotp.random_base32()
        async with self._context.changing() as change:
            change.demand(Permission.MANAGE_OPERATORS)
            parsed = [parse_key(line) for line in keys]
            await _check_new(change, operator)
            add(change, operator, seed)
            await add_keys(change, operator, parsed)
        return otpauth_uri(operator.operator_id, seed)

    async def confirm(self, operator_id: str, otp: str) -> None:
        """Prove with one good code that the seed arrived. Raises: NotAllowed, NotFound, SignInRefused."""
        refusal: SignInRefused | None = None
        async with self._context.changing() as change:
            row = await self._row(change, operator_id)
            refusal = await spend_code(change, row, otp, origin=ON_THE_HOST)
        if refusal is not None:
            raise refusal

    async def disable(self, operator_id: str, reason: str) -> None:
        """Close a login and its sessions at once; what they proposed and nobody decided is void.

        Raises: NotAllowed, NotFound, ReasonNeeded, NotNow (disabled; the last operations operator).
        """
        async with self._context.changing() as change:
            change.demand(Permission.MANAGE_OPERATORS)
            if not reason.strip():
                raise ReasonNeeded("disabling")
            await _lock_operations(change)
            row = await self._row(change, operator_id)
            if row.disabled_at is not None:
                raise NotNow(operator_id, "disabled")
            await _refuse_for_last(change, row)
            row.disabled_at = change.now
            await _end_sessions(change, operator_id, "disabled")
            await void_proposals_of(change, operator_id)
            await void_changes_by(change, operator_id)
            _record(change, "operator.disabled", row, reason=reason.strip())

    async def enable(self, operator_id: str) -> None:
        """Open a disabled login again. Raises: NotAllowed, NotFound, NotNow (not disabled)."""
        async with self._context.changing() as change:
            row = await self._row(change, operator_id)
            if row.disabled_at is None:
                raise NotNow(operator_id, "enabled")
            row.disabled_at = None
            _record(change, "operator.enabled", row)

    async def unlock(self, operator_id: str) -> None:
        """Take away the lock and the wait that wrong codes brought. Raises: NotAllowed, NotFound, NotNow."""
        async with self._context.changing() as change:
            row = await self._row(change, operator_id)
            if not row.locked and not row.failures:
                raise NotNow(operator_id, "unlocked")
            _clear_failures(row)
            _record(change, "operator.unlocked", row)

    async def reset_otp(self, operator_id: str) -> str:
        """A fresh seed: the old one and all sessions end; the otpauth URI. Raises: NotAllowed, NotFound."""
        seed = pyotp.random_base32()
        async with self._context.changing() as change:
            row = await self._row(change, operator_id)
            row.totp_sealed = seal_seed(self._context.keys, operator_id, seed)
            row.totp_confirmed_at = row.last_step = None
            _clear_failures(row)
            await _end_sessions(change, operator_id, "otp-reset")
            _record(change, "operator.otp-reset", row)
        return otpauth_uri(operator_id, seed)

    async def add_keys(self, operator_id: str, lines: Iterable[str]) -> None:
        """Register more public keys, all of them or none. Raises: NotAllowed, NotFound, BadKey."""
        async with self._context.changing() as change:
            change.demand(Permission.MANAGE_OPERATORS)
            await _lock_operations(change)  # before any one row of theirs, as everybody who locks all does
            row = await self._row(change, operator_id)
            await add_keys(change, _operator(row), [parse_key(line) for line in lines])

    async def remove_key(self, operator_id: str, fingerprint: str) -> None:
        """Take a public key away and end the operator's sessions: any may have come in with it.

        Raises: NotAllowed, NotFound, NotNow (the last key of the last operations operator).
        """
        async with self._context.changing() as change:
            change.demand(Permission.MANAGE_OPERATORS)
            await _lock_operations(change)
            row = await self._row(change, operator_id)
            keys = OPERATOR_KEYS.c
            mine = (keys.fingerprint == fingerprint, keys.operator_id == operator_id)
            if not (await change.connection.execute(delete(OPERATOR_KEYS).where(*mine))).rowcount:
                raise NotFound("key", fingerprint)
            if not await _has_key(change, operator_id):
                await _refuse_for_last(change, row)
            await _end_sessions(change, operator_id, "key-removed")
            _record(change, "operator.key-removed", row, fingerprint=fingerprint)

    async def _row(self, change: Change, operator_id: str) -> OperatorRow:
        change.demand(Permission.MANAGE_OPERATORS)
        row = await locked_row(change, operator_id)
        if row is None:
            raise NotFound("operator", operator_id)
        return row


async def _check_new(change: Change, operator: Operator) -> None:
    """Raises: BadLogin, NotFound, NotNow."""
    check_login(operator.operator_id)
    if await change.session.get(OperatorRow, operator.operator_id) is not None:
        raise NotNow(operator.operator_id, "exists")
    participant_id = operator.participant_id
    if participant_id is not None and await change.session.get(Participant, participant_id) is None:
        raise NotFound("participant", participant_id)


async def _take_key(change: Change, operator: Operator, key: PublicKey) -> None:
    """Register the key, unless somebody has it: looked up under the lock that serialises all of this."""
    await _lock_operations(change)
    holder = select(OPERATOR_KEYS.c.operator_id).where(OPERATOR_KEYS.c.fingerprint == key.fingerprint)
    if found := (await change.connection.execute(holder)).scalar_one_or_none():
        raise BadKey("in-use", str(found))
    change.session.add(
        OperatorKey(
            fingerprint=key.fingerprint,
            operator_id=operator.operator_id,
            key_type=key.key_type,
            blob=key.blob,
            comment=key.comment,
            added_by=change.context.actor.operator_id,
            added_at=change.now,
        )
    )
    await change.session.flush()
    change.record(
        "operator.key-added",
        participant_id=operator.participant_id,
        operator=operator.operator_id,
        fingerprint=key.fingerprint,
        key_type=key.key_type,
    )


async def _lock_operations(change: Change) -> None:
    """One at a time manages keys and disables: the rows of operations, locked in the order of their IDs."""
    mine = select(OPERATORS.c.operator_id).where(OPERATORS.c.role == Role.OPERATIONS.value)
    await change.connection.execute(mine.order_by(OPERATORS.c.operator_id).with_for_update())


async def _refuse_for_last(change: Change, row: OperatorRow) -> None:
    """Somebody of operations must be able to come in, or else at least have a login. Raises: NotNow."""
    if row.role != Role.OPERATIONS:
        return
    people, keys = OPERATORS.c, OPERATOR_KEYS.c
    key = exists().where(keys.operator_id == people.operator_id)
    able = (key & people.totp_confirmed_at.is_not(None)).label("able")
    others = (people.role == Role.OPERATIONS.value, people.disabled_at.is_(None))
    query = select(able).where(*others, people.operator_id != row.operator_id)
    found = [*(await change.connection.execute(query)).scalars()]
    if not found or (row.totp_confirmed_at is not None and not any(found)):
        raise NotNow(row.operator_id, "last operations operator")


async def _has_key(change: Change, operator_id: str) -> bool:
    mine = select(exists().where(OPERATOR_KEYS.c.operator_id == operator_id))
    return bool((await change.connection.execute(mine)).scalar())


async def _end_sessions(change: Change, operator_id: str, reason: str) -> None:
    sessions = OPERATOR_SESSIONS.c
    still_open = (sessions.operator_id == operator_id, sessions.ended_at.is_(None))
    ending = update(OPERATOR_SESSIONS).where(*still_open).values(ended_at=change.now, end_reason=reason)
    await change.connection.execute(ending)


def _clear_failures(row: OperatorRow) -> None:
    row.failures, row.locked_until, row.locked = 0, None, False


def _record(change: Change, action: str, row: OperatorRow, **facts: Any) -> None:
    change.record(action, participant_id=row.participant_id, operator=row.operator_id, **facts)


def _operator(row: OperatorRow) -> Operator:
    return Operator(row.operator_id, row.name, Role(row.role), row.participant_id)


async def _details(connection: AsyncConnection) -> tuple[OperatorDetail, ...]:
    keys: dict[str, list[KeyRow]] = {}
    for key in await connection.execute(select(OPERATOR_KEYS).order_by(OPERATOR_KEYS.c.added_at)):
        row = KeyRow(key.fingerprint, key.key_type, key.comment, key.added_at, key.added_by)
        keys.setdefault(key.operator_id, []).append(row)
    sessions = OPERATOR_SESSIONS.c
    last = select(sessions.operator_id, func.max(sessions.began_at).label("last")).group_by(
        sessions.operator_id
    )
    came = {row.operator_id: row.last for row in await connection.execute(last)}
    return tuple(
        OperatorDetail(
            operator=Operator(row.operator_id, row.name, Role(row.role), row.participant_id),
            keys=tuple(keys.get(row.operator_id, ())),
            confirmed=row.totp_confirmed_at is not None,
            locked=row.locked,
            disabled_at=row.disabled_at,
            last_sign_in=came.get(row.operator_id),
        )
        for row in await connection.execute(select(OPERATORS).order_by(OPERATORS.c.operator_id))
    )
