"""The world in which every operation is called, and the list that each of them is entered in."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import select

from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.rules.roles import Permission
from store.setup import initialise
from store.tables import MAILS, USERS
from store.views import Kind, MailState, Operator, Role
from tests.conftest import HeldClock, Roster

OWN, OTHER = "OWN1", "OTHER2"
NEW_ADDRESS = "brand.new@example.com"


@dataclass
class World:
    """Two participants with one user, one maker and one message each; registration is open for both."""

    roster: Roster
    clock: HeldClock
    keys: Keys
    users: dict[str, str]
    makers: dict[str, str]

    @property
    def operations(self) -> Desk:
        return Desk(self.roster.database, self.clock, self.keys, Operator("ops", "ops", Role.OPERATIONS))

    async def code(self, participant_id: str) -> str:
        """The code in the newest mail to the participant's user."""
        query = select(MAILS.c.sealed).where(MAILS.c.participant_id == participant_id)
        async with self.roster.database.reading() as connection:
            sealed = (await connection.execute(query.order_by(MAILS.c.mail_id.desc()).limit(1))).scalar_one()
        return self.keys.unseal(bytes(sealed))

    async def mail(self, participant_id: str, state: MailState) -> int:
        """The number of the message to the participant's user, put into a state first."""
        mine = MAILS.c.participant_id == participant_id
        async with self.roster.database.writing() as connection:
            await connection.execute(MAILS.update().where(mine).values(state=state.value))
            return int((await connection.execute(select(MAILS.c.mail_id).where(mine))).scalar_one())

    async def holders_of(self, address: str) -> set[str]:
        """The participants that have a user whose pending address this is."""
        query = select(USERS.c.participant_id).where(USERS.c.pending_canonical == address)
        async with self.roster.database.reading() as connection:
            return set((await connection.execute(query)).scalars())


KEYS = Keys(secrets.token_bytes(32))
"""One key for all these tests: it sealed what the databases that they begin with hold."""


async def furnish(url: str) -> None:
    """Make the world in an empty database."""
    database, clock = Database(url), HeldClock()
    roster = Roster(database, clock)
    await initialise(database, clock, KEYS, "ops1", "Operations One")
    operations = Desk(database, clock, KEYS, Operator("ops", "ops", Role.OPERATIONS))
    begun = {row.milestone_id: row for row in await operations.schedule.milestones()}
    await operations.schedule.declare_begun("da-email", version=begun["da-email"].version)
    for participant_id in (OWN, OTHER):
        await roster.participant(participant_id, waiver="sole proprietor")
        user_id = await roster.user(participant_id, pending=f"{participant_id}@example.com")
        await roster.user(participant_id, "LEE Maker", kind=Kind.DA_MAKER)
        await operations.verifications.resend(user_id)
    await database.close()


Act = Callable[[Desk, World, str], Awaitable[set[str] | None]]


@dataclass(frozen=True)
class Operation:
    """One way to call one method: on one participant's row (`targets`), or `act` tells what it touched."""

    method: str
    permissions: tuple[Permission, ...]
    act: Act
    targets: bool = True


OPERATIONS: list[Operation] = []


def operation(method: str, *permissions: Permission, targets: bool = True) -> Callable[[Act], Act]:
    def enter(act: Act) -> Act:
        OPERATIONS.append(Operation(method, permissions, act, targets))
        return act

    return enter
