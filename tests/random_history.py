"""A seeded random history of a small roster, made by the store's own operations and nothing else."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from sqlalchemy import select

from store.database import Database
from store.desk import Desk
from store.enrolment import Enrolment
from store.errors import StoreError
from store.keys import Keys
from store.outbox import Outbox
from store.rules.logon_file import read_logons
from store.rules.roster_file import COLUMNS, RosterRow, read_roster, write_rows
from store.setup import initialise
from store.tables import CREDENTIALS, MAILS, USERS
from store.views import Kind, MailState, Operator, Role
from tests.conftest import HeldClock, Roster
from tests.enrolling import OTHER_PASSWORD, PASSWORD, Person, Phone, wrong

FIRMS = ("CP1", "CP2", "CP3")
NAMES = ("CHAN Tai Man", "李小明", "LEUNG [/x]", "WONG Mei Ling", "D'SOUZA Ana")
OPENED = ("da-email", "briefing", "user-guide", "connectivity")
PAUSES = (1, 40, 70, 400, 3_700, 30_000, 90_000, 700_000)
"""Seconds between two things that happen; codes and proposals run out in the longer ones."""


@dataclass
class History:
    """What happens next is drawn by `rng`; a refusal is a part of history too."""

    database: Database
    clock: HeldClock
    keys: Keys
    rng: Random
    people: dict[str, Person] = field(default_factory=dict)
    rows: dict[str, RosterRow] = field(default_factory=dict)
    addresses: int = 0
    done: dict[str, int] = field(default_factory=dict)

    async def begin(self) -> None:
        """The first day: the schedule, the first operator, the roster and the makers' logins."""
        await initialise(self.database, self.clock, self.keys, "ops1", "Operations One")
        for firm in FIRMS:
            for place, kind in enumerate((Kind.DA_MAKER, Kind.DA_CHECKER, *[Kind.USER] * 4)):
                has_address = kind is Kind.USER and self.rng.random() < 0.5
                self.rows[f"{firm}U{place}"] = RosterRow(
                    firm, f"{firm} Limited", f"{firm}U{place}", self.rng.choice(NAMES), kind.value,
                    self.address() if has_address else "", f"SC{place}" if self.rng.random() < 0.7 else "",
                    "",
                )  # fmt: skip
        await self.load()
        for firm in FIRMS:
            await Roster(self.database, self.clock).operator(f"da-maker-{firm}", Role.DA_MAKER, firm)
        terminal = Enrolment(self.database, self.clock, self.keys, origin="10.1.2.3")
        self.people = {user_id: Person(terminal, self.clock, user_id) for user_id in self.rows}

    async def step(self) -> None:
        """One thing happens, some time after the last one."""
        self.clock.advance(timedelta(seconds=self.rng.choice(PAUSES)))
        act = self.rng.choice(ACTS)
        with suppress(StoreError):
            await act(self)
            self.done[act.__name__] = self.done.get(act.__name__, 0) + 1

    def desk(self, role: Role, firm: str | None = None) -> Desk:
        name = "-".join(filter(None, (role.value, firm)))
        return Desk(self.database, self.clock, self.keys, Operator(name, name, role, firm))

    @property
    def operations(self) -> Desk:
        return self.desk(Role.OPERATIONS)

    def anybody(self, *kinds: Kind) -> str:
        fit = [key for key, row in self.rows.items() if not kinds or Kind(row.kind) in kinds]
        return self.rng.choice(fit or list(self.rows))

    def address(self) -> str:
        self.addresses += 1
        return f"Person.{self.addresses}@bank.example"

    async def load(self, *rows: RosterRow, desk: Desk | None = None) -> None:
        """Load the whole roster as it is now, or these rows of it."""
        desk = desk or self.operations
        file = read_roster(write_rows([COLUMNS, *(rows or self.rows.values())]).encode())
        await desk.roster.apply(await desk.roster.plan(file), skip_bad=True)

    async def newest_code(self, user_id: str) -> str:
        try:
            return await self.people[user_id].mailed("verification")
        except Exception:
            return "ABCD-EFGH"

    async def version(self, user_id: str) -> int:
        return (await self.operations.users.card(user_id)).version

    async def where(self, condition: object) -> str:
        """One of the users that fulfil a condition on their rows, or anybody."""
        query = select(USERS.c.user_id).outerjoin(CREDENTIALS).where(condition)  # type: ignore[arg-type]
        async with self.database.reading() as connection:
            found = list((await connection.execute(query.order_by(USERS.c.user_id))).scalars())
        return self.rng.choice(found) if found else self.anybody()


async def edit_by_maker(history: History) -> None:
    user_id = history.anybody(Kind.USER)
    desk = history.desk(Role.DA_MAKER, user_id[:3])
    await desk.registrations.edit_email(
        user_id, history.address(), version=await history.version(user_id), reason="moved"
    )


async def edit_by_form(history: History) -> None:
    user_id = history.anybody(Kind.DA_MAKER, Kind.DA_CHECKER)
    version = await history.version(user_id)
    await history.operations.registrations.edit_email(user_id, history.address(), version=version)


async def share_an_address(history: History) -> None:
    user_id = history.anybody(Kind.USER)
    desk = history.desk(Role.DA_MAKER, user_id[:3])
    other = await history.operations.users.card(history.anybody(Kind.USER))
    await desk.registrations.edit_email(
        user_id,
        other.pending_email or history.address(),
        version=await history.version(user_id),
        shared_reason="one desk",
    )


async def propose_a_list(history: History) -> None:
    firm = history.rng.choice(FIRMS)
    rows = [row for row in history.rows.values() if row.participant_id == firm and row.kind == Kind.USER]
    changed = [row._replace(email=history.address()) for row in history.rng.sample(rows, min(2, len(rows)))]
    await history.load(*changed, desk=history.desk(Role.DA_MAKER, firm))


async def approve(history: History) -> None:
    for firm in FIRMS:
        desk = history.desk(Role.DA_CHECKER, firm)
        if waiting := await desk.proposals.waiting():
            row = history.rng.choice(waiting)
            await desk.proposals.approve({row.proposal_id: row.digest})


async def reject(history: History) -> None:
    for firm in history.rng.sample(FIRMS, 3):
        desk = history.desk(Role.DA_CHECKER, firm)
        if waiting := await desk.proposals.waiting():
            row = history.rng.choice(waiting)
            await desk.proposals.reject({row.proposal_id: row.digest}, "a private mailbox")
            return
    await edit_by_maker(history)


async def disable_a_maker(history: History) -> None:
    maker = f"da-maker-{history.rng.choice(FIRMS)}"
    await history.operations.operators.disable(maker, "left the firm")
    await history.operations.operators.enable(maker)


async def resend(history: History) -> None:
    user_id = await history.where(USERS.c.pending_email.is_not(None))
    await history.desk(Role.HELPDESK).verifications.resend(user_id, question="It never came.")


async def enter_the_code(history: History) -> None:
    user_id = await history.where(USERS.c.code_expires_at > history.clock.now())
    await history.operations.verifications.enter_code(user_id, await history.newest_code(user_id))


async def enter_a_wrong_code(history: History) -> None:
    user_id = await history.where(USERS.c.code_expires_at.is_not(None))
    await history.operations.verifications.enter_code(user_id, wrong(await history.newest_code(user_id)))


async def verify_at_the_terminal(history: History) -> None:
    person = history.people[await history.where(USERS.c.code_expires_at > history.clock.now())]
    session = await person.enrolment.begin(person.user_id)
    await person.enrolment.verify_address(session, await history.newest_code(person.user_id))


async def deliver(history: History) -> None:
    """The mail server takes some messages, puts some off and refuses some for good."""
    outbox = Outbox(history.database, history.clock, history.keys)
    for mail in await outbox.claim(3, "worker"):
        answer = history.rng.choice((outbox.accepted, outbox.deferred, outbox.refused, outbox.refused))
        await answer(mail.mail_id, "so it is")


async def hold_mail(history: History) -> None:
    waits = MAILS.c.state.in_((MailState.QUEUED.value, MailState.DEFERRED.value))
    async with history.database.reading() as connection:
        found = list((await connection.execute(select(MAILS.c.mail_id).where(waits))).scalars())
    if found:
        await history.operations.mailbox.hold(history.rng.choice(found))


async def set_a_password(history: History) -> None:
    ready = USERS.c.active_email.is_not(None) & USERS.c.password_set_at.is_(None)
    await history.people[await history.where(ready)].with_password()


async def enrol(history: History) -> None:
    ready = USERS.c.active_email.is_not(None) & USERS.c.enrolled_at.is_(None)
    person = history.people[await history.where(ready)]
    if history.rng.random() < 0.5:
        await person.enrolled_by_app()
    else:
        await person.enrolled_by_email()


async def log_on(history: History) -> None:
    person = history.people[await history.where(USERS.c.enrolled_at.is_not(None))]
    attempt = await person.enrolment.begin_logon(person.user_id, PASSWORD)
    code = person.phone.code() if person.phone else await person.mailed("one-time password")
    await person.enrolment.finish_logon(attempt, code)


async def log_on_with_a_clock_that_is_off(history: History) -> None:
    person = history.people[await history.where(CREDENTIALS.c.otp_method == "app")]
    if person.phone:
        attempt = await person.enrolment.begin_logon(person.user_id, PASSWORD)
        fast = history.rng.choice((30, 120, 600))
        code = Phone(person.phone.seed, history.clock, timedelta(seconds=fast)).code()
        await person.enrolment.finish_logon(attempt, code)


async def guess_until_locked(history: History) -> None:
    person = history.people[await history.where(USERS.c.password_set_at.is_not(None))]
    for _try in range(11):
        with suppress(StoreError):
            await person.enrolment.begin_logon(person.user_id, OTHER_PASSWORD)
        history.clock.advance(timedelta(hours=2))


async def change_the_method(history: History) -> None:
    person = history.people[await history.where(USERS.c.enrolled_at.is_not(None))]
    session = await person.activated()
    await person.enrolment.prove_by_password(session, PASSWORD)
    person.phone = None
    await person.enrolment.choose_email(session)
    await person.enrolment.confirm_otp(session, await person.mailed("one-time password"))


async def change_the_password(history: History) -> None:
    person = history.people[await history.where(CREDENTIALS.c.otp_method == "app")]
    if person.phone:
        session = await person.activated()
        await person.enrolment.prove_by_app(session, person.phone.code())
        await person.enrolment.set_password(session, PASSWORD)


async def unlock(history: History) -> None:
    user_id = await history.where(USERS.c.locked)
    await _helper(history, user_id).credentials.unlock(user_id, "it is them")


async def start_over(history: History) -> None:
    user_id = await history.where(USERS.c.password_set_at.is_not(None))
    await _helper(history, user_id).credentials.start_over(user_id, "a new phone")
    history.people[user_id].phone = None


def _helper(history: History, user_id: str) -> Desk:
    is_da = Kind(history.rows[user_id].kind).is_delegated_administrator
    return history.operations if is_da else history.desk(Role.DA_CHECKER, user_id[:3])


async def grant_a_waiver(history: History) -> None:
    await history.operations.participants.grant_waiver(history.rng.choice(FIRMS), "sole proprietor")


async def withdraw_a_waiver(history: History) -> None:
    await history.operations.participants.withdraw_waiver(history.rng.choice(FIRMS), "two by now")


async def declare(history: History) -> None:
    key = history.rng.choice(OPENED)
    versions = {row.milestone_id: row.version for row in await history.operations.schedule.milestones()}
    await history.operations.schedule.declare_begun(key, version=versions[key])


async def load_other_cells(history: History) -> None:
    """Another name, kind, card, language or first address of one user, and another name of a participant."""
    user_id = history.anybody()
    cells = {
        "user_name": history.rng.choice(NAMES) + " B",
        "kind": history.rng.choice(list(Kind)).value,
        "smartcard_serial": f"SC{history.rng.randrange(99)}",
        "language": history.rng.choice(("en", "zh-Hant")),
        "email": history.address(),
    }
    some = {name: cells[name] for name in history.rng.sample(sorted(cells), 2)}
    name = f"{user_id[:3]} Limited {history.rng.randrange(2)}"
    await history.load(history.rows[user_id]._replace(**some, participant_name=name))
    async for row in history.operations.roster.export():
        history.rows[row.user_id] = row._replace(email="")


async def load_somebody_new(history: History) -> None:
    firm = history.rng.choice(FIRMS)
    row = history.rows[f"{firm}U5"]
    email = history.address() if history.rng.random() < 0.5 else ""
    user_id = f"{firm}N{len(history.rows)}"
    new = row._replace(user_id=user_id, kind="user", email=email, smartcard_serial="", language="zh-Hant")
    await history.load(new)
    history.rows[user_id] = new
    history.people[user_id] = Person(history.people[f"{firm}U0"].enrolment, history.clock, user_id)


async def load_logons(history: History) -> None:
    at, method = history.clock.now().isoformat(), history.rng.choice(("2fa", "smartcard"))
    user_id = await history.where(USERS.c.enrolled_at.is_not(None))
    text = f"user_id,method,at,result\n{user_id},{method},{at},ok\n"
    desk = history.operations
    await desk.logons.apply(await desk.logons.plan(read_logons(text.encode(), history.clock.now())))


async def look_at_an_address(history: History) -> None:
    await history.desk(Role.HELPDESK).users.reveal(history.anybody(), "read back")


async def do_what_is_not_allowed(history: History) -> None:
    await history.desk(Role.HELPDESK).participants.grant_waiver("CP1", "please")


ACTS: tuple[Callable[[History], Awaitable[None]], ...] = (
    edit_by_maker, edit_by_maker, edit_by_maker, edit_by_form, share_an_address, propose_a_list, approve,
    approve, reject, disable_a_maker, resend, resend, enter_the_code, enter_the_code, enter_the_code,
    enter_a_wrong_code, verify_at_the_terminal, deliver, deliver, deliver, hold_mail, set_a_password, enrol,
    enrol, enrol, log_on, log_on, log_on_with_a_clock_that_is_off, guess_until_locked, change_the_method,
    change_the_password, unlock, start_over, grant_a_waiver, withdraw_a_waiver, declare, load_other_cells,
    load_other_cells, load_somebody_new, load_logons, look_at_an_address, do_what_is_not_allowed,
)  # fmt: skip
