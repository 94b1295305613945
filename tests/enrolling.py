"""What the enrolment tests share: terminals, mailboxes and phones of users."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pyotp
from sqlalchemy import select

from store.database import Database
from store.enrolment import Enrolment
from store.enrolment_views import EnrolmentSession, LoggedOn
from store.keys import Keys
from store.tables import CREDENTIALS, EVENTS, MAILS, USERS
from tests.conftest import HeldClock, Roster

PASSWORD = "violet anchor 7 paints the harbour"
OTHER_PASSWORD = "eleven quiet tramways uphill at noon"
MINUTE, STEP = timedelta(minutes=1), timedelta(seconds=30)


def wrong(code: str) -> str:
    """A well-formed code that is not this one."""
    return ("7" if code[0] != "7" else "8") + code[1:]


@dataclass
class Phone:
    """A mobile application with a seed; `fast` is how far its clock is ahead."""

    seed: str
    clock: HeldClock
    fast: timedelta = timedelta()

    def code(self) -> str:
        return pyotp.TOTP(self.seed).at(self.clock.now() + self.fast)


@dataclass
class Person:
    """Somebody at an enrolment terminal, with a mailbox to read."""

    enrolment: Enrolment
    clock: HeldClock
    user_id: str
    phone: Phone | None = None

    @property
    def database(self) -> Database:
        return self.enrolment.database

    def elsewhere(self, **changed: Any) -> "Person":
        return Person(replace(self.enrolment, **changed), self.clock, self.user_id, self.phone)

    async def mailed(self, kind: str) -> str:
        """The code in the newest mail of a kind to this user."""
        query = (
            select(MAILS.c.sealed).join(USERS).where(USERS.c.user_id == self.user_id, MAILS.c.kind == kind)
        )
        async with self.database.reading() as connection:
            newest = query.order_by(MAILS.c.mail_id.desc()).limit(1)
            return self.enrolment.keys.unseal(bytes((await connection.execute(newest)).scalar_one()))

    async def mailed_kinds(self) -> list[str]:
        """The mails to this user that hold no code, in order."""
        query = (
            select(MAILS.c.kind).join(USERS).where(USERS.c.user_id == self.user_id, MAILS.c.sealed.is_(None))
        )
        async with self.database.reading() as connection:
            return list((await connection.execute(query.order_by(MAILS.c.mail_id))).scalars())

    async def activated(self) -> EnrolmentSession:
        """A session that the activation code has opened."""
        session = await self.enrolment.begin(self.user_id)
        await self.enrolment.send_activation(session)
        await self.enrolment.activate(session, await self.mailed("activation"))
        return session

    async def with_password(self, password: str = PASSWORD) -> EnrolmentSession:
        session = await self.activated()
        await self.enrolment.set_password(session, password)
        return session

    async def take_app(self, session: EnrolmentSession) -> Phone:
        """Choose the application and give its first code."""
        setup = await self.enrolment.choose_app(session)
        self.phone = Phone(setup.secret.replace(" ", ""), self.clock)
        await self.enrolment.confirm_otp(session, self.phone.code())
        return self.phone

    async def enrolled_by_app(self) -> EnrolmentSession:
        """Enrolled a minute ago, so that the phone shows a fresh code and another mail may be sent."""
        session = await self.with_password()
        await self.take_app(session)
        self.clock.advance(MINUTE)
        return session

    async def enrolled_by_email(self) -> EnrolmentSession:
        session = await self.with_password()
        await self.enrolment.choose_email(session)
        await self.enrolment.confirm_otp(session, await self.mailed("one-time password"))
        return session

    async def logs_on(self, password: str = PASSWORD) -> LoggedOn:
        attempt = await self.enrolment.begin_logon(self.user_id, password)
        assert self.phone is not None
        return await self.enrolment.finish_logon(attempt, self.phone.code())


async def verified_user(roster: Roster, user_name: str = "CHAN Tai Man", **facts: Any) -> str:
    """A user of CP1 whose address is verified."""
    facts = {"active": "tm.chan@bank.example", "verified_at": roster.clock.now()} | facts
    return await roster.user("CP1", user_name, **facts)


async def change(database: Database, user_id: str, **values: Any) -> None:
    """Change a user's row past the store."""
    async with database.writing() as connection:
        await connection.execute(USERS.update().where(USERS.c.user_id == user_id).values(values))


async def change_credential(database: Database, user_id: str, **values: Any) -> None:
    """Change what a user logs on with past the store."""
    users = select(USERS.c.pk).where(USERS.c.user_id == user_id)
    async with database.writing() as connection:
        mine = CREDENTIALS.update().where(CREDENTIALS.c.user_pk.in_(users))
        await connection.execute(mine.values(values))


async def user_row(database: Database, user_id: str) -> Any:
    async with database.reading() as connection:
        return (await connection.execute(select(USERS).where(USERS.c.user_id == user_id))).one()


async def credential_row(database: Database, user_id: str) -> Any:
    query = select(CREDENTIALS).join(USERS).where(USERS.c.user_id == user_id)
    async with database.reading() as connection:
        return (await connection.execute(query)).one_or_none()


async def actions(database: Database) -> list[tuple[str, str]]:
    """Who did what, in order."""
    async with database.reading() as connection:
        query = select(EVENTS.c.operator_id, EVENTS.c.action).order_by(EVENTS.c.event_id)
        return [(row.operator_id, row.action) for row in await connection.execute(query)]


def terminal(database: Database, clock: HeldClock, keys: Keys, **more: Any) -> Enrolment:
    return Enrolment(database, clock, keys, origin="10.1.2.3", **more)
