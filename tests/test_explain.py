"""Why they cannot log on: a user for each link and reason of the chain, and what the desk says first."""

import asyncio
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from ccms_tui.commands import build_parser, run_command
from screens import explain_words
from screens.next_step_words import next_step_words
from store.clock import Clock
from store.database import Database
from store.errors import NotFound
from store.keys import Keys
from store.rules.access import Method
from store.rules.codes import TRIES_PER_CODE
from store.rules.explain import Link, Reason, Who
from store.rules.next_step import step_of
from store.setup import initialise
from store.tables import USERS, Credential, Mail, Milestone, Verification
from store.views import Kind, MailKind, MailState, Role
from tests.command_line import Desk as Program
from tests.conftest import DeskOf, HeldClock, Roster

BEGUN = ("user-email", "da-email", "connectivity", "parallel-start")
WHOLE, NO_MAKER, NO_CHECKER, NO_DA, ALONE = "WHOLE1", "NOMAKER", "NOCHECK", "NODA", "ALONE"
REPLY = "550 5.1.1 <x@bank.example>: no such [/x] user"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Code:
    """The newest code: what became of its mail, and whether it can still be used."""

    state: MailState | None = MailState.ACCEPTED
    tries: int = 0
    life: timedelta = DAY


@dataclass(frozen=True)
class Case:
    """A user, and what stands in their way first. `without` are milestones that have not begun."""

    reason: Reason
    link: Link
    who: Who
    words: str
    columns: dict[str, Any] = field(default_factory=dict)
    code: Code | None = None
    participant_id: str = WHOLE
    kind: Kind = Kind.USER
    without: frozenset[str] = frozenset()

    @property
    def desk(self) -> frozenset[str]:
        return frozenset(BEGUN) - self.without


def waits(code: Code | None, **more: Any) -> dict[str, Any]:
    return {"columns": {"pending": "x@bank.example", **more}, "code": code}


PROPOSED = {"proposal_expires_at": DAY}
VERIFIED = {"active": "x@bank.example", "verified_at": -DAY}
SET = {**VERIFIED, "password_set_at": -DAY}
ENROLLED = {**SET, "enrolled_at": -DAY}
DA = Kind.DA_MAKER

CASES: dict[str, Case] = {
    "before the parallel run": Case(
        Reason.NOT_OPEN, Link.PHASE, Who.NOBODY, "announced for Q2 2023", columns=ENROLLED,
        without=frozenset({"parallel-start"}),
    ),
    "before it, without an address too": Case(
        Reason.NOT_OPEN, Link.PHASE, Who.NOBODY, "parallel run", without=frozenset({"parallel-start"})
    ),
    "nobody to register": Case(
        Reason.NO_MAKER, Link.PARTICIPANT, Who.OPERATIONS, "no DA maker", participant_id=NO_MAKER
    ),
    "nobody to approve what is registered": Case(
        Reason.NO_CHECKER, Link.PARTICIPANT, Who.OPERATIONS, "no DA checker", participant_id=NO_CHECKER
    ),
    "nobody to approve what waits": Case(
        Reason.NO_CHECKER, Link.PARTICIPANT, Who.OPERATIONS, "no DA checker", PROPOSED,
        participant_id=NO_CHECKER,
    ),
    "nobody to unlock": Case(
        Reason.NO_DA, Link.PARTICIPANT, Who.OPERATIONS, "no DA who", {**ENROLLED, "locked": True},
        participant_id=NO_DA,
    ),
    "suspended": Case(
        Reason.SUSPENDED, Link.USER, Who.OPERATIONS, "is suspended", {**ENROLLED, "suspended": True}
    ),
    "suspended and locked": Case(
        Reason.SUSPENDED, Link.USER, Who.OPERATIONS, "is suspended", {"suspended": True, "locked": True}
    ),
    "locked": Case(Reason.LOCKED, Link.LOCK, Who.MAKER, "is locked", {**ENROLLED, "locked": True}),
    "locked, with a checker only": Case(
        Reason.LOCKED, Link.LOCK, Who.CHECKER, "is locked", {**ENROLLED, "locked": True},
        participant_id=NO_MAKER,
    ),
    "a locked DA": Case(
        Reason.LOCKED, Link.LOCK, Who.OPERATIONS, "is locked", {**ENROLLED, "locked": True}, kind=DA
    ),
    "no address": Case(Reason.NO_EMAIL, Link.ADDRESS, Who.MAKER, "No email address is registered."),
    "no address, a waiver": Case(
        Reason.NO_EMAIL, Link.ADDRESS, Who.MAKER, "No email address is registered.", participant_id=ALONE
    ),
    "a DA without an address": Case(
        Reason.NO_FORM, Link.ADDRESS, Who.OPERATIONS, "form DA 3", kind=Kind.DA_CHECKER
    ),
    "a DA too early": Case(
        Reason.DA_NOT_OPEN, Link.ADDRESS, Who.OPERATIONS, "announced for Q1 2023", kind=Kind.DA_CHECKER,
        without=frozenset({"da-email"}),
    ),
    "awaiting approval": Case(
        Reason.AWAITING_APPROVAL, Link.ADDRESS, Who.CHECKER, "waits for a checker", PROPOSED
    ),
    "code not entered": Case(
        Reason.NOT_ENTERED, Link.ADDRESS, Who.USER, "Code no. 1 went to x@bank.example", **waits(Code())
    ),
    "code expired": Case(
        Reason.CODE_EXPIRED, Link.ADDRESS, Who.MAKER, "not used in time", **waits(Code(life=-DAY))
    ),
    "a DA's code expired": Case(
        Reason.CODE_EXPIRED, Link.ADDRESS, Who.HELPDESK, "not used in time", **waits(Code(life=-DAY)), kind=DA
    ),
    "code spent": Case(
        Reason.CODE_SPENT, Link.ADDRESS, Who.MAKER, "tried too often", **waits(Code(tries=TRIES_PER_CODE))
    ),
    "no code sent": Case(Reason.NOT_SENT, Link.MAIL, Who.MAKER, "No code was sent", **waits(None)),
    "mail queued": Case(
        Reason.MAIL_WAITING, Link.MAIL, Who.NOBODY, "on its way", **waits(Code(MailState.QUEUED))
    ),
    "mail being sent": Case(
        Reason.MAIL_WAITING, Link.MAIL, Who.NOBODY, "on its way", **waits(Code(MailState.SENDING))
    ),
    "mail deferred": Case(
        Reason.MAIL_DEFERRED, Link.MAIL, Who.NOBODY, "off (550", **waits(Code(MailState.DEFERRED))
    ),
    "mail held": Case(
        Reason.MAIL_HELD, Link.MAIL, Who.OPERATIONS, "held back", **waits(Code(MailState.HELD))
    ),
    "mail expired": Case(
        Reason.MAIL_EXPIRED, Link.MAIL, Who.MAKER, "in time", **waits(Code(MailState.EXPIRED, life=-DAY))
    ),
    "mail put off until its code was dead": Case(
        Reason.MAIL_EXPIRED, Link.MAIL, Who.MAKER, "in time", **waits(Code(MailState.DEFERRED, life=-DAY))
    ),
    "mail cancelled": Case(
        Reason.MAIL_CANCELLED, Link.MAIL, Who.MAKER, "never sent", **waits(Code(MailState.CANCELLED))
    ),
    "mail bounced": Case(
        Reason.BOUNCED, Link.MAIL, Who.MAKER, "no such [/x] user",
        **waits(Code(MailState.BOUNCED), undeliverable=True),
    ),
    "a DA's mail bounced": Case(
        Reason.BOUNCED, Link.MAIL, Who.OPERATIONS, "refused for good",
        **waits(Code(MailState.BOUNCED), undeliverable=True), kind=DA,
    ),
    "no password": Case(Reason.NO_PASSWORD, Link.PASSWORD, Who.USER, "No regular password is set", VERIFIED),
    "no one-time password": Case(Reason.NO_OTP, Link.OTP, Who.USER, "One-time passwords", SET),
}  # fmt: skip


def test_there_is_a_user_for_every_reason_that_a_row_can_tell() -> None:
    assert {case.reason for case in CASES.values()} == set(Reason) - {Reason.CLOCK_OFF}
    assert len(CASES) >= 25


async def build(roster: Roster) -> dict[str, str]:
    """The participants with their DAs, and every case's user by name."""
    for participant_id in (WHOLE, NO_MAKER, NO_CHECKER, NO_DA, ALONE):
        await roster.participant(participant_id, waiver="alone" if participant_id == ALONE else None)
    for participant_id, kind in (
        (WHOLE, Kind.DA_MAKER), (WHOLE, Kind.DA_CHECKER),
        (NO_MAKER, Kind.DA_CHECKER), (NO_CHECKER, Kind.DA_MAKER), (ALONE, Kind.DA_MAKER),
    ):  # fmt: skip
        await roster.user(participant_id, "A working DA", kind=kind)
    await roster.user(NO_MAKER, "A suspended DA", kind=Kind.DA_MAKER, suspended=True)
    return {name: await add_user(roster, case) for name, case in CASES.items()}


async def add_user(roster: Roster, case: Case) -> str:
    now = roster.clock.now()
    facts = {
        key: now + value if isinstance(value, timedelta) else value for key, value in case.columns.items()
    }
    if case.code:
        facts["code_expires_at"] = now + case.code.life
    number = next(roster.numbers) * 1_000
    user_id = await roster.user(case.participant_id, "CHAN 大文 [/x]", kind=case.kind, pk=number, **facts)
    if case.code:
        await add_code(roster, case, number, case.code)
    return user_id


async def add_code(roster: Roster, case: Case, pk: int, code: Code) -> None:
    now = roster.clock.now()
    verification = {
        "verification_id": pk, "user_pk": pk, "number": 1, "canonical": "x@bank.example", "code_hash": b"",
        "issued_at": now - DAY, "expires_at": now + code.life, "tries": code.tries, "used_at": None,
    }  # fmt: skip
    mail = {
        "mail_id": pk, "message_id": f"<{pk}@x>", "user_pk": pk, "participant_id": case.participant_id,
        "verification_id": pk, "kind": MailKind.VERIFICATION.value, "to_email": "x@bank.example", "facts": {},
        "state": (code.state or MailState.QUEUED).value, "attempts": 1, "created_at": now - DAY,
        "expires_at": now, "next_attempt_at": now if code.state is MailState.DEFERRED else None,
        "last_reply": REPLY if code.state in (MailState.DEFERRED, MailState.BOUNCED) else None,
    }  # fmt: skip
    async with roster.database.writing() as connection:
        await connection.execute(insert(Verification), [verification])
        await connection.execute(insert(Mail), [mail])


async def begin(database: Database, clock: Clock, begun: frozenset[str]) -> None:
    async with database.writing() as connection:
        await connection.execute(update(Milestone).values(begun_at=None))
        this = Milestone.milestone_id.in_(begun)  # type: ignore[attr-defined]
        await connection.execute(update(Milestone).where(this).values(begun_at=clock.now()))


async def set_clock(database: Database, clock: Clock, user_id: str, seconds: int) -> None:
    """Let the clock of the user's phone be known to be off."""
    async with database.writing() as connection:
        pk = await connection.execute(select(USERS.c.pk).where(USERS.c.user_id == user_id))
        facts = {"otp_method": "app", "drift_seconds": seconds, "drift_seen_at": clock.now()}
        await connection.execute(insert(Credential).values(user_pk=pk.scalar_one(), **facts))


@pytest.fixture
async def users(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> dict[str, str]:
    await initialise(database, clock, keys, "ops1", "Operations One")
    return await build(roster)


async def test_each_user_is_told_the_first_thing_in_the_way(
    users: dict[str, str], database: Database, clock: HeldClock, desk_of: DeskOf
) -> None:
    desk = desk_of(Role.OPERATIONS)
    for begun in {case.desk for case in CASES.values()}:
        await begin(database, clock, begun)
        for name, case in CASES.items():
            if case.desk != begun:
                continue
            found = await desk.access.explain(users[name])
            first = found.obstacles[0]
            assert (first.reason, first.link, first.who) == (case.reason, case.link, case.who), name
            assert found.refusal(Method.TWO_FACTOR) is not None


def test_the_command_names_the_same_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of them within this process, which is much faster, and one as people run it."""
    program = Program(tmp_path)
    for name in ("CCMS_TUI_DATABASE_URL", "CCMS_TUI_KEY_FILE"):
        monkeypatch.setenv(name, program.environment[name])
    assert program.run("init").code == 0
    clock = HeldClock(datetime.now(UTC))

    async def prepare() -> dict[str, str]:
        database = Database(program.environment["CCMS_TUI_DATABASE_URL"])
        try:
            return await build(Roster(database, clock))
        finally:
            await database.close()

    async def declare(begun: frozenset[str]) -> None:
        database = Database(program.environment["CCMS_TUI_DATABASE_URL"])
        await begin(database, clock, begun)
        await database.close()

    made = asyncio.run(prepare())
    for begun in {case.desk for case in CASES.values()}:
        asyncio.run(declare(begun))
        for name, case in CASES.items():
            if case.desk == begun:
                args = build_parser().parse_args(["explain", made[name], "--json"])
                assert run_command(args) == 0
                check_document(json.loads(capsys.readouterr().out), made[name], case)
    asyncio.run(declare(frozenset(BEGUN)))
    shown = program.run("explain", made["mail bounced"])
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0].startswith("In the way: Mail to x@bank.example was refused for good (550")
    assert lines[1] == "Who can help: a DA maker of WHOLE1"
    assert [line[0] for line in lines if line[:1] in ("✓", "✗", "!", "–")] == list("✓✓✓✓!✗✗✗–")
    assert program.run("explain", made["mail bounced"].lower()).out == shown.out
    unknown = program.run("explain", "NOBODY")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.sentence == "There is no user NOBODY that you may see; check the spelling."


def check_document(document: Any, user_id: str, case: Case) -> None:
    assert set(document) == {"user_id", "may_log_on", "obstacle", "next_step", "chain"}
    assert set(document["obstacle"]) == {"link", "reason", "who", "remedy"}
    assert document["user_id"] == user_id
    assert set(document["may_log_on"]) == {"smartcard", "two_factor"}
    assert document["may_log_on"]["two_factor"] is False
    obstacle = document["obstacle"]
    assert (obstacle["link"], obstacle["who"]) == (case.link.value, case.who.value)
    assert case.words in obstacle["reason"]
    assert obstacle["remedy"].endswith(".")
    assert [step["link"] for step in document["chain"]] == [link.value for link in Link]
    first = next(step for step in document["chain"] if not step["ok"])
    assert (first["link"], first["detail"]) == (obstacle["link"], obstacle["reason"])


async def test_nothing_is_in_the_way_of_who_is_enrolled_in_the_parallel_run(
    users: dict[str, str], database: Database, clock: HeldClock, roster: Roster, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset(BEGUN))
    ready = await add_user(roster, Case(Reason.NO_OTP, Link.OTP, Who.USER, "", ENROLLED))
    found = await desk_of(Role.OPERATIONS).access.explain(ready)
    assert found.obstacles == ()
    assert found.refusal(Method.TWO_FACTOR) is None
    assert found.refusal(Method.SMARTCARD) is not None, "no card was given out to this user"


async def test_before_the_parallel_run_what_can_be_removed_now_comes_first_and_the_phase_after_it(
    users: dict[str, str], database: Database, clock: HeldClock, roster: Roster, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset({"user-email"}))
    desk = desk_of(Role.OPERATIONS)
    locked = await desk.access.explain(users["locked"])
    assert locked.obstacles[0].reason is Reason.NOT_OPEN
    told = explain_words.answer(locked)
    assert told is not None
    assert told.reason == explain_words.REASONS[Reason.LOCKED]
    assert told.who == f"a DA maker of {WHOLE}"
    assert told.after == "Two-factor logon itself opens with the parallel run, announced for Q2 2023."
    bounced = explain_words.answer(await desk.access.explain(users["mail bounced"]))
    assert bounced is not None
    assert bounced.reason.startswith("Mail to x@bank.example was refused for good")
    assert bounced.after == "Then: No regular password is set. (the user)"


async def test_nobody_who_is_locked_reads_that_nobody_can_help(
    users: dict[str, str], database: Database, clock: HeldClock, roster: Roster, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset({"user-email"}))
    for kind in Kind:
        case = Case(Reason.LOCKED, Link.LOCK, Who.MAKER, "", {"locked": True}, kind=kind)
        found = await desk_of(Role.OPERATIONS).access.explain(await add_user(roster, case))
        told = explain_words.answer(found)
        assert told is not None
        assert told.reason == explain_words.REASONS[Reason.LOCKED]
        assert "nobody" not in f"{told.who} {told.after}"


async def test_who_only_waits_for_the_phase_is_told_what_they_can_do_meanwhile(
    users: dict[str, str], database: Database, clock: HeldClock, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset({"user-email"}))
    told = explain_words.answer(
        await desk_of(Role.OPERATIONS).access.explain(users["before the parallel run"])
    )
    assert told is not None
    assert (told.who, told.after) == ("the user", "")
    assert told.reason.startswith("Two-factor logon opens with the parallel run")
    assert "test logon" in told.remedy


@pytest.mark.parametrize(
    ("name", "mark"),
    [("mail bounced", "!"), ("code expired", "✗"), ("mail queued", "!"), ("no password", "✓")],
)
async def test_an_address_that_is_not_verified_is_never_marked_as_well(
    name: str, mark: str, users: dict[str, str], database: Database, clock: HeldClock, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset(BEGUN))
    chain = explain_words.chain(await desk_of(Role.OPERATIONS).access.explain(users[name]))
    assert next(step.mark.glyph for step in chain if step.link is Link.ADDRESS) == mark


async def test_the_card_and_the_explanation_say_the_same_of_enrolment(
    users: dict[str, str], database: Database, clock: HeldClock, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset({"user-email"}))
    found = await desk_of(Role.OPERATIONS).access.explain(users["no password"])
    step = next_step_words(step_of(found), found.participant_id)
    assert step == "The user: Open the enrolment terminal, enter the user ID and go on from there."
    assert explain_words.remedy(found, found.obstacles[0]).startswith(step)
    unverified = await desk_of(Role.OPERATIONS).access.explain(users["no address"])
    remedy = explain_words.remedy(unverified, unverified.obstacles[0])
    assert remedy.startswith("The user can enrol once the address is verified.")


CARD = {"smartcard_serial": "SC1"}


@pytest.mark.parametrize(
    ("begun", "may"),
    [
        (BEGUN[:3], True),
        (BEGUN, True),
        ((*BEGUN, "parallel-end"), False),
        ((*BEGUN, "decommission"), False),
        (("user-email", "decommission"), False),
    ],
)
async def test_a_smartcard_opens_until_the_end_of_the_parallel_run(
    begun: tuple[str, ...], may: bool, users: dict[str, str], database: Database, clock: HeldClock,
    roster: Roster, desk_of: DeskOf,
) -> None:  # fmt: skip
    await begin(database, clock, frozenset(begun))
    holder = await add_user(roster, Case(Reason.NO_OTP, Link.OTP, Who.USER, "", {**ENROLLED, **CARD}))
    found = await desk_of(Role.OPERATIONS).access.explain(holder)
    assert (found.refusal(Method.SMARTCARD) is None) is may


@pytest.mark.parametrize("sign", [1, -1])
async def test_a_known_drift_of_the_phones_clock_comes_last(
    sign: int, users: dict[str, str], database: Database, clock: HeldClock, roster: Roster, desk_of: DeskOf,
) -> None:  # fmt: skip
    await begin(database, clock, frozenset(BEGUN))
    ready = await add_user(roster, Case(Reason.NO_OTP, Link.OTP, Who.USER, "", ENROLLED))
    await set_clock(database, clock, ready, sign * 600)
    (obstacle,) = (await desk_of(Role.OPERATIONS).access.explain(ready)).obstacles
    assert (obstacle.reason, obstacle.link, obstacle.who) == (Reason.CLOCK_OFF, Link.CLOCK, Who.USER)


async def test_nobody_is_sent_back_to_a_smartcard_they_cannot_use(
    users: dict[str, str], database: Database, clock: HeldClock, roster: Roster, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset({"user-email"}))
    desk = desk_of(Role.OPERATIONS)
    for columns, told in ((CARD, True), ({}, False), ({**CARD, "suspended": True}, False)):
        user_id = await add_user(roster, Case(Reason.NOT_OPEN, Link.PHASE, Who.NOBODY, "", columns))
        found = await desk.access.explain(user_id)
        assert found.obstacles[0].reason is Reason.NOT_OPEN
        remedy = explain_words.remedy(found, found.obstacles[0])
        assert ("smartcard" in remedy) is told


async def test_the_helpdesk_is_told_without_the_address(
    users: dict[str, str], database: Database, clock: HeldClock, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset(BEGUN))
    found = await desk_of(Role.HELPDESK).access.explain(users["mail bounced"])
    said = " ".join(
        [
            explain_words.reason(found, found.obstacles[0]),
            *(step.detail for step in explain_words.chain(found)),
        ]
    )
    assert "x***@bank.example" in said
    assert "x@bank.example" not in said


async def test_another_participants_user_is_unknown(users: dict[str, str], desk_of: DeskOf) -> None:
    with pytest.raises(NotFound):
        await desk_of(Role.DA_MAKER, NO_DA).access.explain(users["locked"])


async def test_a_pending_change_is_not_in_the_way_of_who_has_an_address(
    users: dict[str, str], database: Database, clock: HeldClock, roster: Roster, desk_of: DeskOf
) -> None:
    await begin(database, clock, frozenset(BEGUN))
    case = Case(Reason.NO_OTP, Link.OTP, Who.USER, "", {**ENROLLED, "pending": "new@bank.example"})
    bounced = replace(case, columns={**case.columns, "undeliverable": True}, code=Code(MailState.BOUNCED))
    for each in (case, bounced):
        assert (await desk_of(Role.OPERATIONS).access.explain(await add_user(roster, each))).obstacles == ()
