"""The hotline drill: 22 calls on the invented roster of 2,400, each from what the caller gives to the right
answer card, whose cause and first words stand there without scrolling. Every key after the clue's counts.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from textual import events
from textual.pilot import Pilot

from ccms_tui.app import DeskApp
from ccms_tui.demo.cast import CAST
from ccms_tui.demo.roster import build_roster
from ccms_tui.demo.stage import FOUNDED, clock_at
from screens import explain_words
from screens.answer import AnswerScreen
from screens.answer_text import CLEAR_CAUSE
from screens.hotline_words import GENERAL
from screens.lookup import LookupScreen
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.rules.codes import TRIES_PER_CODE
from store.rules.explain import Reason
from store.seed import plant
from store.setup import initialise
from store.tables import CREDENTIALS, Mail, Milestone, Verification
from store.views import Kind, MailKind, MailState, Role
from tests.at_the_desk import backend, seen, until
from tests.conftest import HeldClock, Roster

__all__ = ["backend"]

MOST_KEYS = 5
DUAL, LONE_CHECKER, LONE_MAKER, NOBODY = "C10107", "C77001", "C77002", "C77003"
"""Harbour Lantern of the invented roster; participants that lack a maker, a checker, or both."""
BEGUN = ("user-email", "da-email", "connectivity", "parallel-start")
DAY = timedelta(days=1)
VERIFIED = {"verified_at": -DAY}
SET = {**VERIFIED, "password_set_at": -DAY}
ENROLLED = {**SET, "enrolled_at": -DAY}


@dataclass(frozen=True)
class Caller:
    """A caller of the drill: who they are, what is in their way, and what they give. `{mail}` is their mail's
    number; `state` is what became of the mail with their code.
    """

    reason: Reason | None
    clue: str
    user_id: str
    name: str
    facts: dict[str, Any] = field(default_factory=dict)
    state: MailState | None = None
    participant_id: str = DUAL
    kind: Kind = Kind.USER
    number: int = 1
    life: timedelta = DAY
    tries: int = 0


def waits(address: str, **facts: Any) -> dict[str, Any]:
    return {"pending": address, **facts}


ACCEPTED = MailState.ACCEPTED
CALLERS = (
    Caller(Reason.NO_EMAIL, "halb9001", "HALB9001", "IP Siu Ming 葉小明"),
    Caller(Reason.NOT_ENTERED, "HALB9OO2", "HALB9002", "WONG Ka Yan 黃嘉欣", waits("ky@x.example"), ACCEPTED),
    Caller(Reason.CODE_EXPIRED, "halb-9003", "HALB9003", "CHAN Wing 陳穎", waits("w@x.example"), ACCEPTED,
           life=-DAY),
    Caller(Reason.BOUNCED, "Kwan.Szeto@Lantern.example", "HALB9004", "SZETO Kwan 司徒君",
           waits("kwan.szeto@lantern.example", undeliverable=True), MailState.BOUNCED),
    Caller(Reason.LOCKED, "諸葛文樂", "HALB9005", "CHU KOT Man Lok 諸葛文樂",
           {"active": "ml@x.example", **ENROLLED, "locked": True}),
    Caller(Reason.SUSPENDED, "飛鴻", "HALB9006", "WONG Fei Hung 黃飛鴻", {"suspended": True}),
    Caller(Reason.AWAITING_APPROVAL, "ouyang kit lnig", "HALB9007", "OUYANG Kit Ling 歐陽傑玲",
           {"proposal_expires_at": DAY}),
    Caller(Reason.CODE_SPENT, "kwong yuk shui", "HALB9008", "SHUI Yuk Kwong 水玉光", waits("yk@x.example"),
           ACCEPTED, tries=TRIES_PER_CODE),
    Caller(Reason.NOT_SENT, "raghuvan", "HALB9009", "Anjali Raghuvanshi", waits("ar@x.example")),
    Caller(Reason.MAIL_WAITING, "fitzgerld maeve", "HALB9010", "Maeve Fitzgerald", waits("mf@x.example"),
           MailState.QUEUED),
    Caller(Reason.MAIL_DEFERRED, "harbour lantern quill", "HALB9011", "QUILL Robin", waits("rq@x.example"),
           MailState.DEFERRED),
    Caller(Reason.MAIL_HELD, "mail {mail}", "HALB9012", "LEE Suet 李雪", waits("ls@x.example"),
           MailState.HELD),
    Caller(Reason.MAIL_EXPIRED, "#{mail}", "HALB9013", "LAU Kin 劉健", waits("lk@x.example"),
           MailState.EXPIRED, life=-DAY),
    Caller(Reason.MAIL_CANCELLED, "tong code no. 7", "HALB9014", "TONG Pui 唐佩", waits("tp@x.example"),
           MailState.CANCELLED, number=7),
    Caller(Reason.NO_PASSWORD, "zhang weii han", "HALB9015", "ZHANG Wei Han 張偉恆",
           {"active": "zw@x.example", **VERIFIED}),
    Caller(Reason.NO_OTP, "mokpuiling", "HALB9016", "MOK Pui Ling 莫佩玲", {"active": "mp@x.example", **SET}),
    Caller(Reason.CLOCK_OFF, "brannigan", "HALB9017", "Zelda Brannigan",
           {"active": "zb@x.example", **ENROLLED}),
    Caller(Reason.NO_MAKER, "c77001 yip", "LONE0001", "YIP Oi 葉愛", participant_id=LONE_CHECKER),
    Caller(Reason.NO_CHECKER, "ＬＯＮＥ０００２", "LONE0002", "MAK Ho 麥浩", participant_id=LONE_MAKER),
    Caller(Reason.NO_DA, "empty house", "LONE0003", "TSE Fai 謝輝",
           {"active": "tf@x.example", **ENROLLED, "locked": True}, participant_id=NOBODY),
    Caller(Reason.NO_FORM, "o'hara sinead", "HALB9018", "Sinead O'HARA", kind=Kind.DA_CHECKER),
    Caller(None, "au  yeung hoi ting", "HALB9019", "AU-YEUNG Hoi Ting 歐陽海婷",
           {"active": "hy@x.example", **ENROLLED}),
)  # fmt: skip


@pytest.fixture
async def helpdesk(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> Desk:
    """The hotline's desk in the parallel run, with the callers among the 2,400 of the invented roster."""
    await initialise(database, clock_at(FOUNDED), keys, "ops.yeung", "Yeung Ka Wai")
    await plant(database, keys, build_roster())
    async with database.writing() as connection:
        begun = Milestone.milestone_id.in_(BEGUN)  # type: ignore[attr-defined]
        await connection.execute(update(Milestone).where(begun).values(begun_at=clock.now()))
    for participant_id, name in ((LONE_CHECKER, "Lone Checker"), (LONE_MAKER, "Lone Maker"),
                                 (NOBODY, "Empty House Brokers")):  # fmt: skip
        await roster.participant(participant_id, name)
    await roster.user(LONE_CHECKER, "A DA", kind=Kind.DA_CHECKER)
    await roster.user(LONE_MAKER, "A DA", kind=Kind.DA_MAKER)
    for place, caller in enumerate(CALLERS):
        await add(roster, caller, 900_000 + place)
    operator = next(role.operator for role in CAST if role.operator.role is Role.HELPDESK)
    return Desk(database, clock, keys, operator)


async def add(roster: Roster, caller: Caller, pk: int) -> None:
    now = roster.clock.now()
    facts = {key: now + each if isinstance(each, timedelta) else each for key, each in caller.facts.items()}
    if caller.state is not None:
        facts["code_expires_at"] = now + caller.life
    await roster.user(
        caller.participant_id, caller.name, kind=caller.kind, user_id=caller.user_id, pk=pk, **facts
    )
    async with roster.database.writing() as connection:
        if caller.state is not None:
            await connection.execute(insert(Verification), [code(caller, pk, now)])
            await connection.execute(insert(Mail), [mail(caller, pk, now)])
        if caller.reason is Reason.CLOCK_OFF:
            clock_off = {"user_pk": pk, "otp_method": "app", "drift_seconds": 600, "drift_seen_at": now}
            await connection.execute(insert(CREDENTIALS), [clock_off])


def code(caller: Caller, pk: int, now: Any) -> dict[str, Any]:
    return {
        "verification_id": pk, "user_pk": pk, "number": caller.number, "canonical": caller.facts["pending"],
        "code_hash": b"", "issued_at": now - DAY, "expires_at": now + caller.life, "tries": caller.tries,
    }  # fmt: skip


def mail(caller: Caller, pk: int, now: Any) -> dict[str, Any]:
    assert caller.state is not None
    return {
        "mail_id": pk, "message_id": f"<{pk}@x>", "user_pk": pk, "participant_id": caller.participant_id,
        "verification_id": pk, "kind": MailKind.VERIFICATION.value, "to_email": caller.facts["pending"],
        "facts": {}, "state": caller.state.value, "attempts": 1, "created_at": now - DAY,
        "expires_at": now + DAY,
    }  # fmt: skip


@dataclass
class Keyboard:
    """The agent's keys, counted, but for the characters of the clue."""

    pilot: Pilot[Any]
    pressed: int = 0

    async def give(self, clue: str) -> None:
        """Type the clue as fast as people do: the box takes each key while it looks up what stands there."""
        for char in clue:
            self.pilot.app.post_message(events.Key("space" if char == " " else char, char))
        await until(self.pilot, lambda: self.box.input.value == clue)

    async def press(self, key: str) -> None:
        self.pressed += 1
        await self.pilot.press(key)

    @property
    def box(self) -> Any:
        return self.pilot.app.screen.query_one("SearchBox")


async def test_every_call_of_the_drill_comes_to_its_answer_in_five_keys(helpdesk: Desk) -> None:
    async def opener() -> Desk:
        return helpdesk

    app = DeskApp(opener)
    counted = {}
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LookupScreen))
        for place, caller in enumerate(CALLERS):
            keyboard = Keyboard(pilot)
            await keyboard.give(caller.clue.format(mail=900_000 + place))
            await keyboard.press("enter")
            await until(
                pilot, lambda: isinstance(app.screen, AnswerScreen) and GENERAL.english[:40] in seen(app)
            )
            assert isinstance(app.screen, AnswerScreen)
            assert app.screen.user_id == caller.user_id, (caller.clue, app.screen.user_id)
            assert await cause_of(helpdesk, caller) in " ".join(seen(app).split()), caller.reason
            counted[caller.clue] = keyboard.pressed
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, LookupScreen))
    assert len({caller.reason for caller in CALLERS}) == len(CALLERS) >= 20
    assert max(counted.values()) <= MOST_KEYS, counted


async def cause_of(desk: Desk, caller: Caller) -> str:
    """The cause that the card must tell, which `explain` must find by itself."""
    found = await desk.access.explain(caller.user_id)
    lead = found.leading
    assert (lead.reason if lead else None) is caller.reason, caller
    return " ".join((explain_words.reason(found, lead) if lead else CLEAR_CAUSE).split())
