"""Registration of designated email addresses: checked while typed, applied or proposed (DESIGN 3.1, 3.2)."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, insert, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from store.context import Change, Context
from store.errors import AddressInUse, Conflict, NotAllowed, NotFound, SameAddress
from store.proposal_rows import kinds_of, pack_remarks, void_open
from store.rules.addresses import AddressBook, Lint, check_address, lint
from store.rules.audit_chain import Event
from store.rules.roles import Permission
from store.rules.standing import PROPOSAL_LIFETIME
from store.schedule import refuse_unless_open
from store.tables import PROPOSALS, AddressWaiver, AuditEvent, CcmsUser, Participant, Proposal
from store.verifications import issue_codes, tell_of_change
from store.views import AddressCheck, AddressWarning, EmailEdited, Kind, MailKind

CHUNK = 5_000
"""Values in one query: below what either database takes, twice."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class NewAddress:
    """An address that is to become a user's pending one; `remarks` are the kinds of what lint says of it."""

    user: CcmsUser
    email: str
    canonical: str
    remarks: str


@dataclass(frozen=True, slots=True)
class Shared:
    """The user who has, or may get, an address that another one is to have too, and the reason for it."""

    user_id: str
    reason: str


@dataclass(frozen=True)
class Registrations:
    """Designated email addresses, as one operator may register them."""

    _context: Context

    async def check(self, user_id: str, typed: str) -> AddressCheck:
        """What is to be said of an address while it is typed for this user; writes nothing, refuses no input.

        Raises: NotFound, NotAllowed.
        """
        canonical, problem = AddressBook().judge(typed)
        async with self._context.reading() as connection:
            query = select(col(CcmsUser.pk), col(CcmsUser.participant_id), col(CcmsUser.kind)).where(
                col(CcmsUser.user_id) == user_id, self._context.scope(col(CcmsUser.participant_id))
            )
            user = (await connection.execute(query)).first()
            if user is None:
                raise NotFound("user", user_id)
            self._demand_editor(user)
            if canonical is None:
                return AddressCheck(None, problem)
            warnings = await self._warnings(connection, user, canonical)
            in_use_by = await self._needs_reason(connection, user, canonical)
        return AddressCheck(canonical, None, warnings, in_use_by)

    async def edit_email(
        self, user_id: str, typed: str, *, version: int, shared_reason: str | None = None, reason: str = ""
    ) -> EmailEdited:
        """Register `typed` for the user: at once by single-DA waiver or form DA 3, else as a proposal.

        `version` is the user's as it was read; `shared_reason` is why it may have an address that another
        user of the participant has: recorded as the waiver once the change applies, until then kept with the
        proposal; `reason` is what the checker reads. Raises: NotFound, NotAllowed, NotOpenYet,
        ProofNeeded, BadAddress, Conflict, SameAddress, AddressInUse.
        """
        async with self._context.changing() as change:
            user = await change.user(user_id, Permission.SEE)
            self._demand_editor(user)
            await refuse_unless_open(change.connection, Kind(user.kind))
            change.demand(_permission_for(user), user.participant_id)
            canonical = check_address(typed)
            if user.version != version:
                raise await _conflict(change, user, version)
            if canonical in (user.active_canonical, user.pending_canonical):
                raise SameAddress(user_id)
            shared = await self._settle_sharing(change, user, canonical, (shared_reason or "").strip())
            warnings = await self._warnings(change.connection, user, canonical)
            await flag(change, [(user, canonical)])
            basis = await _basis_to_apply(change, user)
            if basis is None:
                return await _propose(
                    change, user, typed.strip(), canonical, warnings, reason.strip(), shared
                )
            if shared:
                await record_sharing(change, user, canonical, shared.reason)
            remarks = kinds_of(warnings)
            return await apply_address(change, user, typed.strip(), canonical, remarks=remarks, basis=basis)

    def _demand_editor(self, user: Any) -> None:
        """Raises NotAllowed unless the operator may edit some address of this participant."""
        either = (Permission.EDIT_USER_EMAIL, Permission.EDIT_DA_EMAIL)
        if not any(self._context.allows(permission, user.participant_id) for permission in either):
            raise NotAllowed(_permission_for(user).value, self._context.actor.role.value, user.participant_id)

    async def _warnings(
        self, connection: AsyncConnection, user: Any, canonical: str
    ) -> tuple[AddressWarning, ...]:
        """All remarks on the address; that another participant has it, only to those who may see that one."""
        remarks = lint(canonical, await self._other_domains(connection, user))
        elsewhere = await _elsewhere(connection, user, canonical)
        if elsewhere is None or not self._context.allows(Permission.SEE, elsewhere):
            return remarks
        return (*remarks, AddressWarning(Lint.OTHER_PARTICIPANT.value, elsewhere))

    async def _other_domains(self, connection: AsyncConnection, user: Any) -> Mapping[str, int]:
        """How many of the participant's other users have an address at each domain."""
        address = func.coalesce(col(CcmsUser.active_canonical), col(CcmsUser.pending_canonical))
        at = func.instr(address, "@") if self._context.database.is_sqlite else func.strpos(address, "@")
        domain = func.substr(address, at + 1).label("domain")
        query = (
            select(domain, func.count())
            .where(
                col(CcmsUser.participant_id) == user.participant_id,
                col(CcmsUser.pk) != user.pk,
                address.is_not(None),
            )
            .group_by(domain)
        )
        return dict((await connection.execute(query)).all())

    async def _needs_reason(self, connection: AsyncConnection, user: Any, canonical: str) -> str | None:
        """Another user of the participant who has the address or a proposal for it, unless waived."""
        if await _is_waived(connection, user.participant_id, canonical):
            return None
        others = (col(CcmsUser.participant_id) == user.participant_id, col(CcmsUser.pk) != user.pk)
        proposed = (
            select(col(CcmsUser.user_id))
            .join(Proposal, col(Proposal.user_pk) == col(CcmsUser.pk))
            .where(
                col(Proposal.new_canonical) == canonical,
                col(Proposal.state) == "open",
                col(Proposal.expires_at) > self._context.clock.now(),
                *others,
            )
        )
        held = select(col(CcmsUser.user_id)).where(_has(canonical), *others)
        return (await connection.execute(union_all(held, proposed).limit(1))).scalar_one_or_none()

    async def _settle_sharing(
        self, change: Change, user: CcmsUser, canonical: str, reason: str
    ) -> Shared | None:
        """Whose address it is too, if that needs a reason. Raises: AddressInUse when none is given.

        The participant's row is locked, so that two users cannot be given one address at the same time.
        """
        await lock_participant(change, user.participant_id)
        in_use_by = await self._needs_reason(change.connection, user, canonical)
        if in_use_by is None:
            return None
        if not reason:
            raise AddressInUse(in_use_by)
        return Shared(in_use_by, reason)


async def record_sharing(change: Change, user: CcmsUser, canonical: str, reason: str) -> None:
    """Let users of this participant share the address from now on, unless that is recorded already."""
    if await _is_waived(change.connection, user.participant_id, canonical):
        return
    waiver = {
        "participant_id": user.participant_id,
        "canonical": canonical,
        "reason": reason,
        "recorded_by": change.context.actor.operator_id,
        "recorded_at": change.now,
    }
    await change.connection.execute(insert(AddressWaiver).values(waiver))
    change.record("address.shared", user, email=canonical, reason=reason)


async def lock_participant(change: Change, participant_id: str) -> None:
    """Let nobody else give an address to a user of this participant until the transaction ends."""
    mine = select(col(Participant.participant_id)).where(col(Participant.participant_id) == participant_id)
    await change.connection.execute(mine.with_for_update(key_share=True))


async def refuse_if_taken(
    connection: AsyncConnection, participant_id: str, news: Sequence[NewAddress]
) -> None:
    """Raises AddressInUse when two of the participant's users would have one address once all `news` are
    applied, though no reason is recorded why they share it.
    """
    waivers = select(col(AddressWaiver.canonical)).where(col(AddressWaiver.participant_id) == participant_id)
    waived = set((await connection.execute(waivers)).scalars())
    takers: dict[str, CcmsUser] = {}
    for each in news:
        if each.canonical not in waived and takers.setdefault(each.canonical, each.user) is not each.user:
            raise AddressInUse(takers[each.canonical].user_id)
    moving = {each.user.pk for each in news}
    query = select(
        col(CcmsUser.pk),
        col(CcmsUser.user_id),
        col(CcmsUser.active_canonical),
        col(CcmsUser.pending_canonical),
    ).where(col(CcmsUser.participant_id) == participant_id)
    for some in _chunks(list(takers)):
        has = or_(col(CcmsUser.active_canonical).in_(some), col(CcmsUser.pending_canonical).in_(some))
        for pk, user_id, active, pending in await connection.execute(query.where(has)):
            for held in (active, None if pk in moving else pending):
                if held in takers and takers[held].pk != pk:
                    raise AddressInUse(user_id)


async def _is_waived(connection: AsyncConnection, participant_id: str, canonical: str) -> bool:
    waiver = select(col(AddressWaiver.canonical)).where(
        col(AddressWaiver.participant_id) == participant_id, col(AddressWaiver.canonical) == canonical
    )
    return (await connection.execute(waiver)).first() is not None


async def _elsewhere(connection: AsyncConnection, user: Any, canonical: str) -> str | None:
    """Another participant of which a user has the address."""
    query = select(col(CcmsUser.participant_id)).where(
        _has(canonical), col(CcmsUser.participant_id) != user.participant_id
    )
    return (await connection.execute(query.limit(1))).scalar_one_or_none()


async def flag(change: Change, news: Sequence[tuple[CcmsUser, str]]) -> None:
    """Note each of these addresses that a user of another participant has; one query for many of them."""
    for some in _chunks(news):
        canonicals = list({canonical for _user, canonical in some})
        homes: dict[str | None, set[str]] = defaultdict(set)
        for column in (col(CcmsUser.active_canonical), col(CcmsUser.pending_canonical)):
            query = select(column, col(CcmsUser.participant_id)).where(column.in_(canonicals)).distinct()
            for canonical, participant_id in await change.connection.execute(query):
                homes[canonical].add(participant_id)
        for user, canonical in some:
            if elsewhere := homes[canonical] - {user.participant_id}:
                note_flag(change, user.user_id, user.participant_id, min(elsewhere), canonical)


def note_flag(change: Change, user_id: str, participant_id: str, elsewhere: str, canonical: str) -> None:
    """Note for operations alone that two participants have the address: no DA may learn it of another."""
    facts = {"user_id": user_id, "in": participant_id, "also_in": elsewhere}
    change.events.append(Event("address.flagged", None, None, facts, {"email": canonical}))


def _permission_for(user: Any) -> Permission:
    is_da = Kind(user.kind).is_delegated_administrator
    return Permission.EDIT_DA_EMAIL if is_da else Permission.EDIT_USER_EMAIL


def _has(canonical: str) -> ColumnElement[bool]:
    return or_(col(CcmsUser.active_canonical) == canonical, col(CcmsUser.pending_canonical) == canonical)


async def _basis_to_apply(change: Change, user: CcmsUser) -> str | None:
    """By what an edit applies at once; None when it waits for a checker."""
    if Kind(user.kind).is_delegated_administrator:
        return "form DA 3"
    participant = await change.participant(user.participant_id)
    return "single-DA waiver" if participant.single_da_waiver else None


async def apply_address(
    change: Change, user: CcmsUser, typed: str, canonical: str, *, remarks: str, basis: str
) -> EmailEdited:
    """Make the address the pending one and send it a code; the active one is told and stays."""
    news = [NewAddress(user, typed, canonical, remarks)]
    (number,) = await apply_addresses(change, news, basis=basis)
    return EmailEdited(user.user_id, typed, applied=True, code_number=number)


async def apply_addresses(change: Change, news: Sequence[NewAddress], *, basis: str) -> list[int]:
    """Do as `apply_address` for many users in few statements; the number of each one's code."""
    users = [each.user for each in news]
    for some in _chunks(users):
        await void_open(change, PROPOSALS.c.user_pk.in_([user.pk for user in some]), "replaced")
    for each in news:
        user, old = each.user, each.user.pending_email
        user.pending_email, user.pending_canonical = each.email, each.canonical
        user.undeliverable, user.proposal_expires_at = False, None
        change.touch(user)
        change.record(
            "address.registered",
            user,
            email=each.email,
            old_email=old,
            basis=basis,
            remarks=each.remarks,
            version=user.version,
        )
    numbers = await issue_codes(change, users)
    for user in users:
        if user.active_email is not None:
            await tell_of_change(change, user, MailKind.CHANGE_REQUESTED, user.active_email)
    return numbers


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


async def _propose(  # noqa: PLR0917 - what is proposed, and what is said of it
    change: Change,
    user: CcmsUser,
    typed: str,
    canonical: str,
    remarks: tuple[AddressWarning, ...],
    reason: str,
    shared: Shared | None,
) -> EmailEdited:
    """Store the change for a checker; an earlier open proposal for the user is voided."""
    if shared:
        remarks = (AddressWarning(Lint.SHARES.value, shared.user_id), *remarks)
    old = user.pending_email or user.active_email
    await void_open(change, PROPOSALS.c.user_pk == user.pk, "replaced")
    user.proposal_expires_at = change.now + PROPOSAL_LIFETIME
    change.touch(user)
    proposal = Proposal(
        user_pk=user.pk or 0,
        participant_id=user.participant_id,
        old_email=old,
        new_email=typed,
        new_canonical=canonical,
        made_by=change.context.actor.operator_id,
        made_at=change.now,
        expires_at=user.proposal_expires_at,
        reason=reason,
        remarks=pack_remarks(remarks),
        shared_reason=shared.reason if shared else None,
    )
    change.session.add(proposal)
    await change.session.flush()
    number = proposal.proposal_id
    change.record(
        "address.proposed",
        user,
        proposal_id=number,
        email=typed,
        old_email=old,
        remarks=kinds_of(remarks),
        reason=reason,
        **({"shared_reason": shared.reason} if shared else {}),
        expires_at=proposal.expires_at.isoformat(),
        version=user.version,
    )
    return EmailEdited(
        user.user_id, typed, applied=False, proposal_id=number, waits_until=proposal.expires_at
    )


_ADDRESSES = {
    "address.registered": "pending address",
    "address.verified": "active address",
    "address.proposed": "proposed address",
}
_CHANGES = (*_ADDRESSES, "user.changed", "mail.bounced")


async def _conflict(change: Change, user: CcmsUser, read_version: int) -> Conflict:
    """Who changed the user since `read_version` and, from the log, what was read and what it is now."""
    query = (
        select(col(AuditEvent.action), col(AuditEvent.facts), col(AuditEvent.personal))
        .where(col(AuditEvent.user_pk) == user.pk, col(AuditEvent.action).in_(_CHANGES))
        .order_by(col(AuditEvent.event_id))
    )
    differences: dict[str, tuple[str, str]] = {}
    for action, plain, personal in await change.connection.execute(query):
        facts = json.loads(plain) | json.loads(personal or "{}")
        if facts.get("version", 0) <= read_version:
            continue
        for field, was, now in _differences(action, facts):
            differences[field] = (differences.get(field, (was,))[0], now)
    return Conflict(user.user_id, user.changed_by, user.changed_at, differences)


def _differences(action: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each field an event changed, what it was (empty where the log does not tell) and what it became."""
    if action in _ADDRESSES:
        yield _ADDRESSES[action], facts.get("old_email") or "", facts.get("email") or ""
    elif action == "user.changed":
        for column in filter(None, str(facts.get("changed", "")).split(", ")):
            yield column, "", str(facts.get(column) or "")
    elif facts.get("undeliverable"):
        yield "undeliverable", "no", "yes"
