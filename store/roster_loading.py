"""A roster plan on its way into the tables: in chunks, within one transaction, an event for every change.

Rows are staged in a temporary table and moved by one statement a chunk, because SQLite writes the search
index out after every statement: a statement a row is several times slower.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    Column,
    Insert,
    MetaData,
    Table,
    Text,
    and_,
    delete,
    false,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from store.bulk import Progress
from store.context import Change, insert_rows
from store.name_words import keep_words
from store.proposal_rows import pack_remarks, void_open
from store.registrations import lock_participant, note_flag
from store.rules.addresses import domain_of, lint
from store.rules.audit_chain import Event
from store.rules.grams import fold, name_columns
from store.rules.roles import sees_all
from store.rules.roster_plan import ChangedUser, KnownUser, NewUser, RosterPlan
from store.rules.standing import PROPOSAL_LIFETIME
from store.tables import PROPOSALS, BigKey, CcmsUser, Participant, Proposal, UtcDateTime, Verification
from store.verifications import tell_of_change
from store.views import MailKind, Standing

CHUNK = 10_000

Row = TypeVar("Row")

_NAMES = ("user_name", "sort_name", "grams")
_CHANGEABLE = (
    *_NAMES,
    "kind",
    "smartcard_serial",
    "language",
    "pending_email",
    "pending_canonical",
    "standing",
)
_STAGED = ("user_id", "participant_id", *_CHANGEABLE)

_staging = Table(
    "roster_staging",
    MetaData(),
    Column("pk", BigKey, primary_key=True, autoincrement=False),
    *(Column(name, Text) for name in _STAGED),
    prefixes=["TEMPORARY"],
)


class Loading:
    """Writes one plan. `plan_id` binds its proposals when the changes wait for a checker."""

    def __init__(self, change: Change, plan: RosterPlan, progress: Progress | None) -> None:
        self.change = change
        self.connection = change.connection
        self.plan = plan
        self.progress = progress
        self.done = 0
        self.plan_id = str(uuid.uuid4()) if plan.proposes and plan.changed else None

    async def run(self) -> None:
        """Write the participants, the new users and the changed ones, each with its event."""
        await self._lock_renamed()
        await self.change.open_log()
        await self.connection.run_sync(_staging.create)
        await self._participants()
        await self.change.write_events()
        await self._keep_words()
        await self._insert_all()
        for changed in _chunks([user for user in self.plan.changed if _concerns_user(user)]):
            await (self._propose(changed) if self.plan_id else self._update(changed))
            await self._flag()
            await self._finish(len(changed))
        await self.connection.run_sync(_staging.drop)

    async def _finish(self, rows: int) -> None:
        await self.connection.execute(delete(_staging))
        await self.change.write_events()
        self.done += rows
        if self.progress:
            self.progress(self.done, len(self.plan.new) + len(self.plan.changed))

    async def _lock_renamed(self) -> None:
        """Lock the participants that get another name before the log: a waiver is granted in that order."""
        renamed = [key for key, (old, _name) in self.plan.participants.items() if old is not None]
        for participant_id in sorted(renamed):
            await lock_participant(self.change, participant_id)

    async def _participants(self) -> None:
        for participant_id, (old, name) in self.plan.participants.items():
            if old is None:
                new = {"participant_id": participant_id, "name": name, "created_at": self.change.now}
                await self.connection.execute(insert(Participant).values(new))
                self.change.record("participant.imported", participant_id=participant_id, name=name)
            else:
                this = col(Participant.participant_id) == participant_id
                await self.connection.execute(update(Participant).where(this).values(name=name))
                self.change.record(
                    "participant.imported", participant_id=participant_id, name=name, old_name=old
                )

    async def _keep_words(self) -> None:
        """The words of the names that are written, to find them mistyped."""
        new = [user.entry.row.user_name for user in self.plan.new]
        differences = (each for user in self.plan.changed for each in user.differences)
        renamed = [each.new for each in differences if each.column == "user_name"]
        await keep_words(self.connection, map(fold, new + renamed))

    async def _new_pks(self, count: int) -> Sequence[int]:
        """Numbers for new users, known beforehand because their events name them."""
        if self.change.context.database.is_sqlite:
            newest = await self.connection.execute(select(func.max(col(CcmsUser.pk))))
            first = (newest.scalar_one() or 0) + 1
            return range(first, first + count)
        draw = text(
            "SELECT nextval(pg_get_serial_sequence('ccms_user', 'pk')) FROM generate_series(1, :count)"
        )
        return sorted((await self.connection.execute(draw, {"count": count})).scalars())

    async def _insert_all(self) -> None:
        """Insert the new users; while the database works on a chunk, its events and the next rows grow."""
        chunks = list(_chunks(list(zip(self.plan.new, await self._new_pks(len(self.plan.new)), strict=True))))
        rows = _new_rows(chunks[0]) if chunks else []
        for number, new in enumerate(chunks):
            await insert_rows(self.connection, _staging.name, rows)
            following = chunks[number + 1] if number + 1 < len(chunks) else ()
            beside = asyncio.create_task(asyncio.to_thread(self._beside, new, following))
            await self.connection.execute(self._move())
            events, rows = await beside
            await insert_rows(self.connection, "audit_event", events)
            await self._flag()
            await self._finish(len(new))

    def _move(self) -> Insert:
        """The statement that makes users of the staged rows."""
        constants = {
            "undeliverable": false(),
            "locked": false(),
            "suspended": false(),
            "version": literal(1),
            "changed_at": literal(self.change.now, UtcDateTime()),
            "changed_by": literal(self.change.context.actor.operator_id),
        }
        rows = select(_staging, *constants.values()).order_by(_staging.c.pk)
        return insert(CcmsUser).from_select(["pk", *_STAGED, *constants], rows)

    def _beside(
        self, new: Sequence[tuple[NewUser, int]], following: Sequence[tuple[NewUser, int]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        return self._imported(new), _new_rows(following)

    def _imported(self, new: Sequence[tuple[NewUser, int]]) -> list[dict[str, Any]]:
        for user, pk in new:
            row = user.entry.row
            facts = {
                "user_id": row.user_id,
                "kind": row.kind,
                "smartcard_serial": row.smartcard_serial,
                "language": row.language or "en",
                "pending": bool(row.email),
                "version": 1,
            }
            personal = {"user_name": row.user_name}
            if row.email:
                personal["email"] = row.email
            self.change.events.append(Event("user.imported", row.participant_id, pk, facts, personal))
        return self.change.chain_events()

    async def _update(self, changed: Sequence[ChangedUser]) -> None:
        await self._stage(changed, _new_values)
        await self._void_proposals()
        this = col(CcmsUser.pk) == _staging.c.pk
        values = {name: func.coalesce(_staging.c[name], getattr(CcmsUser, name)) for name in _CHANGEABLE}
        await self.connection.execute(update(CcmsUser).where(this).values(**values, **self._touched()))
        moved = select(_staging.c.pk).where(_staging.c.pending_canonical.is_not(None))
        fresh = {"undeliverable": False, "code_expires_at": None, "proposal_expires_at": None}
        await self.connection.execute(update(CcmsUser).where(col(CcmsUser.pk).in_(moved)).values(fresh))
        codes = (col(Verification.user_pk).in_(moved), col(Verification.expires_at) > self.change.now)
        await self.connection.execute(update(Verification).where(*codes).values(expires_at=self.change.now))
        basis = "roster" if sees_all(self.change.context.actor.role) else "single-DA waiver"
        for user in changed:
            await self._tell_active(user)
            self._note_address(user, "address.registered", old_email=user.known.pending_email, basis=basis)
            others = {column: new for column, _, new in user.differences if column in _CHANGEABLE}
            if others:
                facts = {**others, "changed": ", ".join(others), "version": user.known.version + 1}
                personal = {"user_name": facts.pop("user_name")} if "user_name" in facts else None
                self.change.events.append(
                    Event("user.changed", user.known.participant_id, user.known.pk, facts, personal)
                )

    async def _tell_active(self, user: ChangedUser) -> None:
        """Tell the address in use that another one was registered, as a single edit does."""
        known = user.known
        if user.canonical and known.active_email:
            person = CcmsUser(
                pk=known.pk, user_id=known.user_id, **name_columns(known.user_name), language=known.language,
                participant_id=known.participant_id, kind=known.kind, standing="", changed_by="",
            )  # fmt: skip
            await tell_of_change(self.change, person, MailKind.CHANGE_REQUESTED, known.active_email)

    async def _propose(self, changed: Sequence[ChangedUser]) -> None:
        await self._stage(changed, _proposed_values)
        await self._void_proposals()
        expires_at = self.change.now + PROPOSAL_LIFETIME
        domains = await self._domains()
        rows = [self._proposal(user, domains) | {"expires_at": expires_at} for user in changed]
        await self.connection.execute(insert(Proposal), rows)
        values = {
            "standing": func.coalesce(_staging.c.standing, col(CcmsUser.standing)),
            "proposal_expires_at": expires_at,
        }
        this = col(CcmsUser.pk) == _staging.c.pk
        await self.connection.execute(update(CcmsUser).where(this).values(**values, **self._touched()))
        for user in changed:
            old = user.known.pending_email or user.known.active_email
            until = expires_at.isoformat()
            self._note_address(
                user, "address.proposed", old_email=old, plan_id=self.plan_id, expires_at=until
            )

    async def _flag(self) -> None:
        """Note each staged address that a user of another participant has."""
        other, address = aliased(CcmsUser), _staging.c.pending_canonical
        found: dict[int, Any] = {}
        for has in (col(other.active_canonical), col(other.pending_canonical)):
            elsewhere = (has == address, col(other.participant_id) != col(CcmsUser.participant_id))
            query = (
                select(
                    _staging.c.pk, col(CcmsUser.user_id), col(CcmsUser.participant_id),
                    func.min(col(other.participant_id)), address,
                )
                .join(CcmsUser, col(CcmsUser.pk) == _staging.c.pk)
                .join(other, and_(*elsewhere))
                .group_by(_staging.c.pk, col(CcmsUser.user_id), col(CcmsUser.participant_id), address)
            )  # fmt: skip
            for pk, *flagged in await self.connection.execute(query):
                found.setdefault(pk, flagged)
        for _pk, flagged in sorted(found.items()):
            note_flag(self.change, *flagged)

    async def _domains(self) -> Counter[str]:
        """How many of the maker's users have an address at each domain: the checker reads what lint says."""
        address = func.coalesce(col(CcmsUser.active_canonical), col(CcmsUser.pending_canonical))
        own = col(CcmsUser.participant_id) == self.change.context.actor.participant_id
        found = await self.connection.execute(select(address).where(own, address.is_not(None)))
        return Counter(map(domain_of, found.scalars()))

    def _proposal(self, user: ChangedUser, domains: Counter[str]) -> dict[str, Any]:
        return {
            "plan_id": self.plan_id,
            "user_pk": user.known.pk,
            "participant_id": user.known.participant_id,
            "old_email": user.known.pending_email or user.known.active_email,
            "new_email": user.entry.row.email,
            "new_canonical": user.canonical,
            "made_by": self.change.context.actor.operator_id,
            "made_at": self.change.now,
            "state": "open",
            "remarks": pack_remarks(lint(user.canonical or "", domains - _domain_in_use(user.known))),
        }

    async def _stage(
        self, changed: Sequence[ChangedUser], values: Callable[[ChangedUser], dict[str, str | None]]
    ) -> None:
        """Put what changes into the staging table; a column that stays is empty there."""
        blank = dict.fromkeys(_CHANGEABLE)
        rows = [{**blank, **values(user), "pk": user.known.pk} for user in changed]
        await insert_rows(self.connection, _staging.name, rows)

    async def _void_proposals(self) -> None:
        """A new address makes an earlier open proposal for the same user pointless."""
        moved = select(_staging.c.pk).where(_staging.c.pending_canonical.is_not(None))
        await void_open(self.change, PROPOSALS.c.user_pk.in_(moved), "replaced")

    def _touched(self) -> dict[str, Any]:
        actor = self.change.context.actor.operator_id
        return {"version": col(CcmsUser.version) + 1, "changed_at": self.change.now, "changed_by": actor}

    def _note_address(
        self, user: ChangedUser, action: str, *, old_email: str | None, **facts: str | None
    ) -> None:
        if user.canonical:
            personal = {"email": user.entry.row.email, "old_email": old_email}
            known = user.known
            plain = {**facts, "version": known.version + 1}
            self.change.events.append(Event(action, known.participant_id, known.pk, plain, personal))


def _domain_in_use(known: KnownUser) -> Counter[str]:
    address = known.active_canonical or known.pending_canonical
    return Counter([domain_of(address)] if address else [])


def _concerns_user(user: ChangedUser) -> bool:
    """Whether anything of the user changes, and not the participant's name alone."""
    return any(each.column != "participant_name" for each in user.differences)


def _new_rows(new: Sequence[tuple[NewUser, int]]) -> list[dict[str, Any]]:
    return [_new_row(user, pk) for user, pk in new]


def _new_row(user: NewUser, pk: int) -> dict[str, Any]:
    row, canonical = user.entry.row, user.entry.canonical
    return {
        "pk": pk,
        "user_id": row.user_id,
        "participant_id": row.participant_id,
        **name_columns(row.user_name),
        "kind": row.kind,
        "smartcard_serial": row.smartcard_serial or None,
        "language": row.language or "en",
        "pending_email": row.email or None,
        "pending_canonical": canonical,
        "standing": (Standing.UNVERIFIED if canonical else Standing.NO_EMAIL).value,
    }


def _new_values(user: ChangedUser) -> dict[str, str | None]:
    """The columns that change, and what follows from them; an address that was reached is not taken away."""
    values: dict[str, str | None] = {
        each.column: each.new for each in user.differences if each.column in _CHANGEABLE
    }
    if name := values.get("user_name"):
        values.update(**name_columns(name))
    if user.canonical:
        values |= {"pending_email": user.entry.row.email, "pending_canonical": user.canonical}
        values["standing"] = None if user.known.active_canonical else Standing.UNVERIFIED.value
    return values


def _proposed_values(user: ChangedUser) -> dict[str, str | None]:
    """What a proposal changes on the user's row: that it waits, where nothing further is reached."""
    has_address = user.known.active_canonical or user.known.pending_canonical
    standing = None if has_address else Standing.AWAITING_APPROVAL.value
    return {"pending_canonical": user.canonical, "standing": standing}


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]
