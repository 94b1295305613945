"""A roster plan on its way into the tables: in chunks, within one transaction, an event for every change."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, select, text, update
from sqlmodel import col

from store.context import Change, Event
from store.rules.grams import name_columns
from store.rules.roster_plan import ChangedUser, NewUser, RosterPlan
from store.tables import CcmsUser, Participant, Proposal
from store.views import Standing

CHUNK = 5_000
PROPOSAL_LIFE = timedelta(days=7)

NOT_ON_USER = ("participant_name", "email")

Progress = Callable[[int, int], None]


class Loading:
    """Writes one plan. `plan_id` binds its proposals when the changes wait for a checker."""

    def __init__(self, change: Change, plan: RosterPlan, progress: Progress | None) -> None:
        self.change = change
        self.plan = plan
        self.progress = progress
        self.done = 0
        self.plan_id = str(uuid.uuid4()) if plan.proposes and plan.changed else None
        self._stamp = {"changed_at": change.now, "changed_by": change.context.actor.operator_id}

    async def run(self) -> None:
        """Write the participants, the new users and the changed ones, each with its event."""
        await self._participants()
        pks = await self._new_pks(len(self.plan.new))
        for start, new in _chunks(self.plan.new):
            await self._insert(new, pks[start : start + len(new)])
            await self._report(len(new))
        for _, changed in _chunks(self.plan.changed):
            await (self._propose(changed) if self.plan_id else self._update(changed))
            await self._report(len(changed))

    async def _report(self, rows: int) -> None:
        await self.change.write_events()
        self.done += rows
        if self.progress:
            self.progress(self.done, len(self.plan.new) + len(self.plan.changed))

    async def _participants(self) -> None:
        for participant_id, (old, name) in self.plan.participants.items():
            if old is None:
                statement: Any = insert(Participant).values(
                    participant_id=participant_id, name=name, created_at=self.change.now
                )
            else:
                statement = (
                    update(Participant)
                    .where(col(Participant.participant_id) == participant_id)
                    .values(name=name)
                )
            await self.change.connection.execute(statement)
            facts = {"name": name} if old is None else {"name": name, "old_name": old}
            self._note("participant.imported", participant_id, None, **facts)

    async def _new_pks(self, count: int) -> Sequence[int]:
        """Numbers for new users, known beforehand because their events name them."""
        if self.change.context.database.is_sqlite:
            newest = await self.change.connection.execute(
                select(func.coalesce(func.max(col(CcmsUser.pk)), 0))
            )
            first = int(newest.scalar_one()) + 1
            return range(first, first + count)
        draw = text(
            "SELECT nextval(pg_get_serial_sequence('ccms_user', 'pk')) FROM generate_series(1, :count)"
        )
        return sorted((await self.change.connection.execute(draw, {"count": count})).scalars())

    async def _insert(self, new: Sequence[NewUser], pks: Sequence[int]) -> None:
        rows = [self._new_row(user, pk) for user, pk in zip(new, pks, strict=True)]
        await self.change.connection.execute(insert(CcmsUser), rows)
        for user, pk in zip(new, pks, strict=True):
            row = user.entry.row
            facts = {
                "user_id": row.user_id,
                "user_name": row.user_name,
                "kind": row.kind,
                "email": row.email or None,
            }
            facts |= {"smartcard_serial": row.smartcard_serial or None, "language": row.language or "en"}
            self._note("user.imported", row.participant_id, pk, **facts)

    def _new_row(self, user: NewUser, pk: int) -> dict[str, Any]:
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
            "undeliverable": False,
            "locked": False,
            "suspended": False,
            "standing": (Standing.UNVERIFIED if canonical else Standing.NO_EMAIL).value,
            "version": 1,
            **self._stamp,
        }

    async def _update(self, changed: Sequence[ChangedUser]) -> None:
        await self._void_proposals([user for user in changed if user.canonical])
        await self._write((user.known.pk, _new_values(user)) for user in changed)
        for user in changed:
            known = user.known
            others = {each.column: each.new for each in user.differences if each.column not in NOT_ON_USER}
            if user.canonical:
                old = known.pending_email or known.active_email
                email = user.entry.row.email
                self._note("address.registered", known.participant_id, known.pk, email=email, old_email=old)
            if others:
                self._note("user.changed", known.participant_id, known.pk, **others)

    async def _propose(self, changed: Sequence[ChangedUser]) -> None:
        await self._void_proposals(changed)
        expires_at = self.change.now + PROPOSAL_LIFE
        rows = [
            {
                "plan_id": self.plan_id,
                "user_pk": user.known.pk,
                "participant_id": user.known.participant_id,
                "old_email": user.known.pending_email or user.known.active_email,
                "new_email": user.entry.row.email,
                "new_canonical": user.canonical,
                "user_version": user.known.version + 1,
                "made_by": self._stamp["changed_by"],
                "made_at": self.change.now,
                "expires_at": expires_at,
                "state": "open",
            }
            for user in changed
        ]
        await self.change.connection.execute(insert(Proposal), rows)
        await self._write(
            (user.known.pk, {"proposal_expires_at": expires_at, **_proposed(user)}) for user in changed
        )
        for row in rows:
            facts = {"plan_id": self.plan_id, "email": row["new_email"], "old_email": row["old_email"]}
            self._note("address.proposed", str(row["participant_id"]), row["user_pk"], **facts)

    async def _void_proposals(self, users: Sequence[ChangedUser]) -> None:
        """A new address makes an earlier open proposal for the same user pointless."""
        if users:
            void = (
                update(Proposal)
                .where(col(Proposal.user_pk) == bindparam("of_pk"), col(Proposal.state) == "open")
                .values(state="voided")
            )
            await self.change.connection.execute(void, [{"of_pk": user.known.pk} for user in users])

    async def _write(self, rows: Iterable[tuple[int, dict[str, Any]]]) -> None:
        """Update users; those that change the same columns go together."""
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for pk, values in rows:
            if values:
                alike[tuple(values)].append({"of_pk": pk, **values, **self._stamp})
        statement = update(CcmsUser).where(col(CcmsUser.pk) == bindparam("of_pk"))
        for group in alike.values():
            await self.change.connection.execute(statement.values(version=col(CcmsUser.version) + 1), group)

    def _note(self, action: str, participant_id: str, user_pk: int | None, **facts: Any) -> None:
        """Note an event; keys that end in `email` or `name` go to its personal part."""
        personal = {key: value for key, value in facts.items() if key.endswith(("email", "name"))}
        plain = {key: value for key, value in facts.items() if key not in personal}
        self.change.events.append(Event(action, participant_id, user_pk, plain, personal or None))


def _new_values(user: ChangedUser) -> dict[str, Any]:
    """The columns of the user that change, and what follows from them."""
    values: dict[str, Any] = {}
    for column, _, new in user.differences:
        if column == "user_name":
            values |= name_columns(new)
        elif column not in NOT_ON_USER:
            values[column] = new
    if user.canonical:
        values |= {
            "pending_email": user.entry.row.email,
            "pending_canonical": user.canonical,
            "undeliverable": False,
            "code_expires_at": None,
            "proposal_expires_at": None,
        }
        if user.known.active_canonical is None:
            values["standing"] = Standing.UNVERIFIED.value
    return values


def _proposed(user: ChangedUser) -> dict[str, Any]:
    has_address = user.known.active_canonical or user.known.pending_canonical
    return {} if has_address else {"standing": Standing.AWAITING_APPROVAL.value}


def _chunks(rows: Sequence[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
    for start in range(0, len(rows), CHUNK):
        yield start, rows[start : start + CHUNK]
