"""The Clearing Participants, and how far the users of each are."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.context import Context
from store.enrolment_views import OtpMethod
from store.errors import BadPhone, NotFound, NotNow, ReasonNeeded
from store.registrations import lock_participant
from store.rules import telephone
from store.rules.picture import Picture
from store.rules.repair import is_ready
from store.rules.roles import Permission
from store.standings import ROWS, ROWS_OVER, split
from store.tables import CREDENTIALS, PARTICIPANTS, USERS
from store.views import Kind, ParticipantRow, Standing

_WITHOUT_ADDRESS = frozenset({Standing.NO_EMAIL, Standing.AWAITING_APPROVAL})
_ENROLLED = frozenset({Standing.ENROLLED, Standing.PROVEN})
_VERIFIED = frozenset({Standing.VERIFIED, Standing.PASSWORD_SET}) | _ENROLLED


@dataclass
class Tally:
    """The users of one participant, counted; `kinds` are those of whom one at least can log on.

    `uncoded` of the unverified were never sent a code, `uncoded_das` of these are DAs.
    """

    standing: Counter[Standing] = field(default_factory=Counter)
    of_kind: Counter[tuple[Kind, Standing]] = field(default_factory=Counter)
    kinds: set[Kind] = field(default_factory=set)
    uncoded: int = 0
    uncoded_das: int = 0
    locked: int = 0
    suspended: int = 0
    email_only: int = 0

    def of(self, standings: Iterable[Standing]) -> int:
        """How many have one of these standings."""
        return sum(self.standing[standing] for standing in standings)

    @property
    def users(self) -> int:
        """How many there are."""
        return self.standing.total()

    def ready(self, *, single_da_waiver: bool) -> bool:
        """All are enrolled, and those of the DAs are at work whom the participant needs to repair itself."""
        return is_ready(self.of(_ENROLLED), self.users, self.kinds, single_da_waiver=single_da_waiver)


async def tallies(
    connection: AsyncConnection, context: Context, *where: ColumnElement[bool]
) -> dict[str, Tally]:
    """The users within the operator's scope counted by participant, from one covering index."""
    groups = (
        USERS.c.participant_id,
        USERS.c.kind,
        USERS.c.suspended,
        USERS.c.standing,
    )
    locked = func.sum(case((USERS.c.locked, 1), else_=0))
    coded = func.count(USERS.c.code_expires_at)
    query = select(*groups, ROWS, ROWS_OVER, locked, coded).group_by(*groups)
    query = query.where(context.scope(USERS.c.participant_id), *where)
    counted: defaultdict[str, Tally] = defaultdict(Tally)
    found = await connection.execute(query, {"now": context.clock.now()})
    for participant_id, kind, suspended, kept, rows, over, locked_rows, coded_rows in found:
        tally = counted[participant_id]
        now_at = split(kept, rows, over)
        tally.standing.update(now_at)
        tally.of_kind.update({(Kind(kind), standing): number for standing, number in now_at.items()})
        uncoded = rows - coded_rows if kept == Standing.UNVERIFIED else 0
        tally.uncoded += uncoded
        tally.uncoded_das += uncoded if Kind(kind).is_delegated_administrator else 0
        tally.locked += locked_rows
        if Standing(kept) in _ENROLLED and not suspended and rows > locked_rows:
            tally.kinds.add(Kind(kind))
        tally.suspended += rows if suspended else 0
    await _count_email_only(connection, context, counted, *where)
    return counted


def tallies_of(picture: Picture) -> dict[str, Tally]:
    """The users of a picture counted in the same way."""
    counted: defaultdict[str, Tally] = defaultdict(Tally)
    for person in picture.people:
        tally, standing = counted[person.participant_id], person.standing(picture.as_of)
        tally.standing[standing] += 1
        tally.locked += person.locked
        tally.suspended += person.suspended
        tally.email_only += person.otp_method is OtpMethod.EMAIL
        if standing in _ENROLLED and not (person.suspended or person.locked):
            tally.kinds.add(person.kind)
    return counted


def rows_of(picture: Picture) -> tuple[ParticipantRow, ...]:
    """Every participant of a picture, by ID."""
    counted = tallies_of(picture)
    return tuple(
        _row(firm.participant_id, firm.name, firm.single_da_waiver, counted.get(firm.participant_id, Tally()))
        for firm in picture.firms.values()
    )


async def _count_email_only(
    connection: AsyncConnection, context: Context, counted: dict[str, Tally], *where: ColumnElement[bool]
) -> None:
    """How many rely on one-time passwords by email alone: the weaker channel (DESIGN 3.4)."""
    query = (
        select(USERS.c.participant_id, func.count())
        .join(CREDENTIALS, CREDENTIALS.c.user_pk == USERS.c.pk)
        .where(CREDENTIALS.c.otp_method == OtpMethod.EMAIL.value)
        .where(context.scope(USERS.c.participant_id), *where)
    )
    for participant_id, users in await connection.execute(query.group_by(USERS.c.participant_id)):
        counted[participant_id].email_only = users


class Participants:
    """The Clearing Participants within the operator's scope."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def all(self) -> tuple[ParticipantRow, ...]:
        """Every participant, by ID. Raises: DatabaseFault."""
        return await self._rows()

    async def get(self, participant_id: str) -> ParticipantRow:
        """One participant. Raises: NotFound (outside the scope too), DatabaseFault."""
        (row,) = await self._rows(participant_id)
        return row

    async def grant_waiver(self, participant_id: str, reason: str) -> None:
        """Waive dual control for a participant with a single DA: their changes apply at once from now on.

        What waits already still needs a checker. Raises: NotAllowed, ProofNeeded, NotFound, ReasonNeeded,
        NotNow (granted before).
        """
        await self._set_waiver(participant_id, reason, granted=True)

    async def withdraw_waiver(self, participant_id: str, reason: str) -> None:
        """Bring dual control back: changes wait for a checker again. Raises: as `grant_waiver`."""
        await self._set_waiver(participant_id, reason, granted=False)

    async def set_phone(self, participant_id: str, number: str) -> str | None:
        """Put on file the number that the hotline calls back, and answer it as it is kept; empty removes it.

        Raises: NotAllowed, ProofNeeded, NotFound, BadPhone.
        """
        async with self._context.changing() as change:
            change.demand(Permission.SET_PHONE, participant_id)
            row = await change.participant(participant_id)
            phone = telephone.normalise(number) if number.strip() else None
            if number.strip() and phone is None:
                raise BadPhone(number)
            action = "participant.phone-set" if phone else "participant.phone-removed"
            change.record(action, participant_id=participant_id, phone=phone, old_phone=row.phone)
            who = self._context.actor.operator_id
            row.phone, row.phone_by, row.phone_at = phone, who, change.now
            return phone

    async def _set_waiver(self, participant_id: str, reason: str, *, granted: bool) -> None:
        async with self._context.changing() as change:
            change.demand(Permission.GRANT_WAIVER, participant_id)
            await lock_participant(change, participant_id)
            row = await change.participant(participant_id)
            if not reason.strip():
                raise ReasonNeeded("waiver")
            if (row.single_da_waiver is not None) is granted:
                raise NotNow(participant_id, "waived" if granted else "not waived")
            who = self._context.actor.operator_id
            row.single_da_waiver = f"{reason.strip()} ({who})" if granted else None
            action = "waiver.granted" if granted else "waiver.withdrawn"
            change.record(action, participant_id=participant_id, reason=reason.strip())

    async def _rows(self, participant_id: str | None = None) -> tuple[ParticipantRow, ...]:
        context = self._context
        query = select(PARTICIPANTS).where(context.scope(PARTICIPANTS.c.participant_id))
        narrowed = []
        if participant_id is not None:
            query = query.where(PARTICIPANTS.c.participant_id == participant_id)
            narrowed.append(USERS.c.participant_id == participant_id)
        async with context.reading(Permission.SEE) as connection:
            counted = await tallies(connection, context, *narrowed)
            found = (await connection.execute(query.order_by(PARTICIPANTS.c.participant_id))).all()
            if participant_id is not None and not found:
                raise NotFound("participant", participant_id)
        return tuple(
            _row(
                row.participant_id,
                row.name,
                row.single_da_waiver is not None,
                counted.get(row.participant_id, Tally()),
            )
            for row in found
        )


def _row(participant_id: str, name: str, single_da_waiver: bool, tally: Tally) -> ParticipantRow:
    return ParticipantRow(
        participant_id=participant_id,
        name=name,
        single_da_waiver=single_da_waiver,
        users=tally.users,
        with_address=tally.users - tally.of(_WITHOUT_ADDRESS),
        verified=tally.of(_VERIFIED),
        enrolled=tally.of(_ENROLLED),
        undeliverable=tally.standing[Standing.UNDELIVERABLE],
        code_expired=tally.standing[Standing.CODE_EXPIRED],
        awaiting_approval=tally.standing[Standing.AWAITING_APPROVAL],
        locked=tally.locked,
        ready=tally.ready(single_da_waiver=single_da_waiver),
        email_only=tally.email_only,
    )
