"""Windows confirmed and revised, milestones done; every revision kept, every change told by mail."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from ccms_tui.mail_render import render, sender_of
from store import setup
from store.audit_rows import facts_of
from store.database import Database
from store.desk import Desk
from store.errors import BadWindow, Conflict, NotAllowed, NotFound, NotNow, StoreError
from store.keys import Keys
from store.outbox import Outbox
from store.rules.phases import FIRST_DAY, LAST_DAY
from store.schedule_news import NEWS_LIFETIME, PACE
from store.schedule_views import ScheduleChange, Window
from store.tables import EVENTS, MAILS, Milestone, MilestoneRevision
from store.verifications import NOTICE_LIFETIME
from store.views import Kind, MailKind, MilestoneRow, MilestoneStatus, Role
from tests.conftest import DeskOf, HeldClock, Roster
from tests.test_registrations import everything

CIRCULAR = "SEOCH/012/2023 附件 [/x] \u202e"
JUNE = Window("12 June 2023", date(2023, 6, 12), date(2023, 6, 12), "SEOCH/012/2023")
TENTATIVE, CONFIRMED = MilestoneStatus.TENTATIVE, MilestoneStatus.CONFIRMED
CANCELLED, DONE = MilestoneStatus.CANCELLED, MilestoneStatus.DONE


@pytest.fixture(autouse=True)
async def day_one(database: Database, clock: HeldClock, keys: Keys, roster: Roster) -> None:
    """The circular's schedule, and two participants."""
    await setup.initialise(database, clock, keys, "ops-1", "Operations One")
    await roster.participant("CP1")
    await roster.participant("CP2")


@pytest.fixture
def operations(desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS, operator_id="amy")


async def find(desk: Desk, milestone_id: str) -> MilestoneRow:
    return next(row for row in await desk.schedule.milestones() if row.milestone_id == milestone_id)


async def events(database: Database) -> list[tuple[str, dict[str, Any]]]:
    """The actions and facts of all events, oldest first."""
    query = select(EVENTS.c.action, EVENTS.c.facts, EVENTS.c.personal).order_by(EVENTS.c.event_id)
    async with database.reading() as connection:
        return [(row.action, facts_of(row.facts, row.personal)) for row in await connection.execute(query)]


async def told(database: Database) -> Sequence[Any]:
    """The mails about the schedule, in the order of their going out."""
    query = select(MAILS).where(MAILS.c.kind == MailKind.SCHEDULE_CHANGED.value)
    async with database.reading() as connection:
        return (await connection.execute(query.order_by(MAILS.c.next_attempt_at))).all()


async def test_a_revision_is_written_kept_and_can_be_rebuilt_from_its_event(
    database: Database, clock: HeldClock, operations: Desk
) -> None:
    before = await find(operations, "connectivity")
    revised = await operations.schedule.revise("connectivity", JUNE, version=1)
    assert (revised.window, revised.earliest, revised.latest) == ("12 June 2023", JUNE.earliest, JUNE.latest)
    assert (revised.status, revised.circular, revised.version) == (TENTATIVE, "SEOCH/012/2023", 2)
    assert await find(operations, "connectivity") == revised
    newest, first = await operations.schedule.revisions("connectivity")
    assert (first.change, first.window, first.circular) == (
        ScheduleChange.ANNOUNCED, before.window, before.circular,
    )  # fmt: skip
    assert (newest.change, newest.window, newest.revised_by, newest.revised_at) == (
        ScheduleChange.REVISED, "12 June 2023", "amy", clock.now(),
    )  # fmt: skip
    action, facts = (await events(database))[-1]
    assert action == "milestone.revised"
    assert facts == {
        "milestone_id": "connectivity", "window": "12 June 2023", "earliest": "2023-06-12",
        "latest": "2023-06-12", "status": "tentative", "circular": "SEOCH/012/2023", "begun_at": None,
        "version": 2, "change": "revised",
    }  # fmt: skip


async def test_a_window_is_confirmed_as_it_stands(database: Database, operations: Desk) -> None:
    confirmed = await operations.schedule.confirm("briefing", CIRCULAR, version=1)
    assert (confirmed.status, confirmed.window, confirmed.circular) == (CONFIRMED, "Q1 2023", CIRCULAR)
    assert (await operations.schedule.revisions("briefing"))[0].change is ScheduleChange.CONFIRMED
    action, facts = (await events(database))[-1]
    assert (action, facts["status"], facts["change"]) == ("milestone.revised", "confirmed", "confirmed")
    with pytest.raises(NotNow) as refusal:
        await operations.schedule.confirm("briefing", "another", version=2)
    assert refusal.value.why == "confirmed"


async def test_a_cancelled_window_comes_back_by_another_circular(operations: Desk) -> None:
    q3 = Window("Q3 2023", date(2023, 7, 1), date(2023, 9, 30), "SEOCH/015/2023", CANCELLED)
    await operations.schedule.revise("briefing", q3, version=1)
    assert (await operations.schedule.revisions("briefing"))[0].change is ScheduleChange.CANCELLED
    for act in (
        lambda: operations.schedule.declare_begun("briefing", version=2),
        lambda: operations.schedule.confirm("briefing", "any", version=2),
    ):
        with pytest.raises(NotNow) as refusal:
            await act()
        assert refusal.value.why == "cancelled"
    back = await operations.schedule.revise(
        "briefing", Window(q3.words, q3.earliest, q3.latest, "SEOCH/020/2023", CONFIRMED), version=2
    )
    assert (back.status, back.version) == (CONFIRMED, 3)


async def test_words_are_kept_on_one_line(operations: Desk) -> None:
    window = Window(" 12  June\n2023 ", JUNE.earliest, JUNE.latest, "  SEOCH\t012 ")
    revised = await operations.schedule.revise("briefing", window, version=1)
    assert (revised.window, revised.circular) == ("12 June 2023", "SEOCH 012")


@pytest.mark.parametrize(
    ("window", "problem"),
    [
        (Window("", JUNE.earliest, JUNE.latest, "C"), "no words"),
        (Window(" \n ", JUNE.earliest, JUNE.latest, "C"), "no words"),
        (Window("June", JUNE.earliest, JUNE.latest, "  "), "no source"),
        (Window("x" * 61, JUNE.earliest, JUNE.latest, "C"), "long"),
        (Window("June", JUNE.earliest, JUNE.latest, "x" * 10_000), "long"),
        (Window("June", JUNE.earliest, JUNE.latest, "see https://hkex.example/c"), "link"),
        (Window("June", JUNE.latest, JUNE.earliest - timedelta(days=1), "C"), "reversed"),
        (Window("June", FIRST_DAY - timedelta(days=1), JUNE.latest, "C"), "early"),
        (Window("June", JUNE.earliest, LAST_DAY + timedelta(days=1), "C"), "late"),
    ],
)
async def test_a_window_that_cannot_be_changes_nothing(
    database: Database, operations: Desk, window: Window, problem: str
) -> None:
    before = await everything(database, Milestone, MilestoneRevision)
    with pytest.raises(BadWindow) as refusal:
        await operations.schedule.revise("connectivity", window, version=1)
    assert refusal.value.problem == problem
    assert await everything(database, Milestone, MilestoneRevision) == before


async def test_what_has_begun_stays_as_firm_and_cannot_have_ended_before(operations: Desk) -> None:
    begun = await operations.schedule.declare_begun("briefing", version=1)
    january = Window("January 2023", date(2023, 1, 2), date(2023, 1, 31), "C", CONFIRMED)
    with pytest.raises(BadWindow) as refusal:
        await operations.schedule.revise("briefing", january, version=begun.version)
    assert (refusal.value.problem, refusal.value.begun_on) == ("before begun", date(2023, 2, 6))
    for status in (TENTATIVE, CANCELLED, DONE):
        with pytest.raises(NotNow) as stays:
            await operations.schedule.revise(
                "briefing", Window("Q1", date(2023, 1, 1), date(2023, 3, 31), "C", status), version=2
            )
        assert stays.value.why == "stays begun"
    february = Window("February 2023", date(2023, 2, 1), date(2023, 2, 28), "C", CONFIRMED)
    revised = await operations.schedule.revise("briefing", february, version=2)
    assert (revised.begun_at, revised.window) == (begun.begun_at, "February 2023")


async def test_the_same_window_again_is_nothing_to_save(operations: Desk) -> None:
    row = await find(operations, "briefing")
    same = Window(row.window, row.earliest, row.latest, row.circular)
    with pytest.raises(NotNow) as refusal:
        await operations.schedule.revise("briefing", same, version=1)
    assert refusal.value.why == "same"


async def test_done_comes_only_after_begun_and_closes_nothing(
    database: Database, clock: HeldClock, operations: Desk
) -> None:
    with pytest.raises(NotNow) as refusal:
        await operations.schedule.declare_done("briefing", version=1)
    assert refusal.value.why == "only once begun"
    begun = await operations.schedule.declare_begun("briefing", version=1)
    clock.advance(timedelta(days=1))
    phase = await operations.schedule.phase()
    done = await operations.schedule.declare_done("briefing", version=2)
    assert (done.status, done.begun_at, done.version) == (DONE, begun.begun_at, 3)
    assert await operations.schedule.phase() is phase
    assert [each.change for each in await operations.schedule.revisions("briefing")] == [
        ScheduleChange.DONE, ScheduleChange.BEGUN, ScheduleChange.ANNOUNCED,
    ]  # fmt: skip
    action, facts = (await events(database))[-1]
    assert (action, facts["status"], facts["begun_at"], facts["done_at"], facts["version"]) == (
        "milestone.done", "done", begun.begun_at and begun.begun_at.isoformat(), clock.now().isoformat(), 3,
    )  # fmt: skip
    for act in (
        lambda: operations.schedule.declare_done("briefing", version=3),
        lambda: operations.schedule.revise("briefing", JUNE, version=3),
    ):
        with pytest.raises(NotNow) as over:
            await act()
        assert over.value.why == "done"


async def test_the_circulars_order_is_kept(operations: Desk) -> None:
    with pytest.raises(NotNow) as refusal:
        await operations.schedule.declare_begun("connectivity", version=1)
    assert (refusal.value.why, refusal.value.what) == (
        "comes first", "Registration of DAs' email address for 2FA",
    )  # fmt: skip
    await operations.schedule.declare_begun("da-email", version=1)
    begun = await operations.schedule.declare_begun("connectivity", version=1)
    assert begun.begun_at is not None


async def test_what_was_cancelled_is_passed_over(operations: Desk) -> None:
    row = await find(operations, "da-email")
    never = Window(row.window, row.earliest, row.latest, "SEOCH/030/2023", CANCELLED)
    await operations.schedule.revise("da-email", never, version=1)
    assert (await operations.schedule.declare_begun("connectivity", version=1)).begun_at is not None


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER, Role.HELPDESK])
async def test_only_operations_revise_confirm_and_declare_done(
    database: Database, desk_of: DeskOf, role: Role
) -> None:
    desk = desk_of(role, None if role is Role.HELPDESK else "CP1")
    before = await everything(database, Milestone, MilestoneRevision)
    for act in (
        lambda: desk.schedule.revise("briefing", JUNE, version=1),
        lambda: desk.schedule.confirm("briefing", "C", version=1),
        lambda: desk.schedule.declare_done("user-email", version=1),
    ):
        with pytest.raises(NotAllowed):
            await act()
    assert await everything(database, Milestone, MilestoneRevision) == before
    assert len(await desk.schedule.revisions("briefing")) == 1


async def test_a_milestone_that_there_is_not_is_not_found(operations: Desk) -> None:
    for act in (
        lambda: operations.schedule.revise("holiday", JUNE, version=1),
        lambda: operations.schedule.confirm("holiday", "C", version=1),
        lambda: operations.schedule.declare_done("holiday", version=1),
    ):
        with pytest.raises(NotFound):
            await act()
    assert await operations.schedule.revisions("holiday") == ()


Act = Callable[[Desk], Awaitable[MilestoneRow]]
AT_ONCE: dict[str, tuple[Act, Act]] = {
    "begun": (
        lambda desk: desk.schedule.declare_begun("da-email", version=1),
        lambda desk: desk.schedule.declare_begun("da-email", version=1),
    ),
    "done": (
        lambda desk: desk.schedule.declare_done("user-email", version=1),
        lambda desk: desk.schedule.declare_done("user-email", version=1),
    ),
    "begun and revised": (
        lambda desk: desk.schedule.declare_begun("da-email", version=1),
        lambda desk: desk.schedule.revise("da-email", JUNE, version=1),
    ),
}


@pytest.mark.parametrize("acts", AT_ONCE.values(), ids=AT_ONCE)
async def test_of_two_who_change_one_milestone_at_once_one_wins_and_the_other_is_told_by_whom_and_when(
    database_url: str, clock: HeldClock, keys: Keys, desk_of: DeskOf, acts: tuple[Act, Act]
) -> None:
    """Each has a database of their own, as two processes have."""
    databases = [Database(database_url) for _each in acts]
    desks = [
        Desk(own, clock, keys, desk_of(Role.OPERATIONS, operator_id=name).actor)
        for own, name in zip(databases, ("amy", "ben"), strict=True)
    ]

    async def attempt(desk: Desk, act: Act) -> StoreError | None:
        try:
            await act(desk)
        except StoreError as error:
            return error
        return None

    outcomes = await asyncio.gather(*map(attempt, desks, acts))
    for own in databases:
        await own.close()
    assert outcomes.count(None) == 1
    (conflict,) = filter(None, outcomes)
    assert isinstance(conflict, Conflict)
    assert conflict.changed_by == desks[outcomes.index(None)].actor.operator_id
    assert conflict.changed_at == clock.now()


# The mail.


@pytest.fixture
async def administrators(roster: Roster) -> list[str]:
    """Those who are told, in the order of their rows, among others who are not."""
    maker = await roster.user("CP1", "LEE Maker", kind=Kind.DA_MAKER, active="maker@cp1.example")
    await roster.user("CP1", "CHAN User", active="user@cp1.example")
    await roster.user("CP1", "WONG Unverified", kind=Kind.DA_CHECKER, pending="new@cp1.example")
    await roster.user("CP1", "HO Away", kind=Kind.DA_CHECKER, active="away@cp1.example", suspended=True)
    await roster.user("CP2", "LAM Bounced", kind=Kind.DA_MAKER, active="gone@cp2.example", undeliverable=True)
    checker = await roster.user("CP2", "NG Checker 吳", kind=Kind.DA_CHECKER, active="checker@cp2.example")
    moving = await roster.user(
        "CP2", "YU Moving", kind=Kind.DA_MAKER, active="old@cp2.example", pending="typo@cp2.example",
        undeliverable=True,
    )  # fmt: skip
    return [maker, checker, moving]


async def test_administrators_of_all_participants_are_told_of_a_revision(
    database: Database, clock: HeldClock, operations: Desk, administrators: list[str]
) -> None:
    await operations.schedule.revise("connectivity", JUNE, version=1)
    mails = await told(database)
    assert [mail.facts["user_id"] for mail in mails] == administrators
    assert [mail.to_email for mail in mails] == [
        "maker@cp1.example",
        "checker@cp2.example",
        "old@cp2.example",
    ]
    first = mails[0]
    assert (first.sealed, first.verification_id, first.state, first.attempts) == (None, None, "queued", 0)
    assert first.expires_at == clock.now() + NEWS_LIFETIME > clock.now() + NOTICE_LIFETIME
    assert first.facts | {"user_id": "", "user_name": ""} == {
        "user_id": "", "user_name": "", "language": "en", "milestone_id": "connectivity", "change": "revised",
        "title": "Connectivity test", "window": "12 June 2023", "earliest": "2023-06-12",
        "latest": "2023-06-12", "status": "tentative", "circular": "SEOCH/012/2023", "old_window": "Q2 2023",
        "changed_at": clock.now().isoformat(),
    }  # fmt: skip
    assert [mail.next_attempt_at for mail in mails] == [clock.now() + number * PACE for number in range(3)]
    assert len({mail.message_id for mail in mails}) == 3


@pytest.mark.usefixtures("administrators")
async def test_the_mail_that_goes_out_tells_what_was_queued(
    database: Database, clock: HeldClock, keys: Keys, operations: Desk
) -> None:
    await operations.schedule.revise("connectivity", JUNE, version=1)
    (claimed,) = await Outbox(database, clock, keys).claim(1, "worker")
    message = render(claimed, sender_of("Desk <desk@desk.example>"))
    assert message["To"] == "maker@cp1.example"
    text = str(message.get_content())
    assert "12 June 2023 (2023-06-12 to 2023-06-12)" in text
    assert text.count("SEOCH/012/2023") == 2


@pytest.mark.usefixtures("administrators")
async def test_what_opens_nothing_is_begun_and_done_without_a_mail(
    database: Database, operations: Desk
) -> None:
    await operations.schedule.declare_begun("briefing", version=1)
    await operations.schedule.declare_done("briefing", version=2)
    assert await told(database) == []
    await operations.schedule.declare_begun("da-email", version=1)
    await operations.schedule.declare_done("da-email", version=2)
    mails = sorted(await told(database), key=lambda mail: mail.mail_id)
    assert [mail.facts["change"] for mail in mails] == ["begun"] * 3 + ["done"] * 3


@pytest.mark.usefixtures("administrators")
@pytest.mark.parametrize("state", ["queued", "deferred", "held"])
async def test_news_overtakes_what_still_waits_of_the_same_milestone(
    database: Database, clock: HeldClock, keys: Keys, operations: Desk, state: str
) -> None:
    await operations.schedule.revise("connectivity", JUNE, version=1)
    await Outbox(database, clock, keys).claim(1, "worker")
    async with database.writing() as connection:
        await connection.execute(update(MAILS).where(MAILS.c.state == "queued").values(state=state))
    await operations.schedule.confirm("briefing", "SEOCH/012/2023", version=1)
    await operations.schedule.confirm("connectivity", "SEOCH/012/2023", version=2)
    mails = sorted(await told(database), key=lambda mail: mail.mail_id)
    assert [(mail.facts["milestone_id"], mail.facts["change"], mail.state) for mail in mails] == [
        ("connectivity", "revised", "sending"),
        *[("connectivity", "revised", "cancelled")] * 2,
        *[("briefing", "confirmed", "queued")] * 3,
        *[("connectivity", "confirmed", "queued")] * 3,
    ]
    assert [mail.next_attempt_at for mail in mails[1:3]] == [None, None]
    assert [facts for action, facts in await events(database) if action == "mail.overtaken"] == [
        {"milestone_id": "connectivity", "messages": 2}
    ]


@pytest.mark.usefixtures("administrators")
async def test_that_it_has_begun_is_told_whatever_comes_after(database: Database, operations: Desk) -> None:
    await operations.schedule.declare_begun("da-email", version=1)
    await operations.schedule.declare_done("da-email", version=2)
    assert {mail.state for mail in await told(database)} == {"queued"}


@pytest.mark.usefixtures("administrators")
@pytest.mark.parametrize("status", [TENTATIVE, CONFIRMED, CANCELLED])
async def test_another_circular_that_says_the_same_is_no_news(
    database: Database, operations: Desk, status: MilestoneStatus
) -> None:
    await operations.schedule.revise("connectivity", replace(JUNE, status=status), version=1)
    before = await told(database)
    same = replace(JUNE, status=status, circular="SEOCH/013/2023")
    assert (await operations.schedule.revise("connectivity", same, version=2)).circular == "SEOCH/013/2023"
    assert await told(database) == before


@pytest.mark.usefixtures("administrators")
@pytest.mark.parametrize(
    ("window", "said"),
    [
        (JUNE, "The window of this milestone is tentative now; it may still change."),
        (replace(JUNE, words="mid June"), "was revised; it was 12 June 2023 before."),
        (replace(JUNE, latest=date(2023, 6, 13)), "was revised; it was 2023-06-12 before."),
    ],
)
async def test_the_mail_says_what_became_of_the_window(
    database: Database, clock: HeldClock, keys: Keys, operations: Desk, window: Window, said: str
) -> None:
    await operations.schedule.revise("connectivity", replace(JUNE, status=CONFIRMED), version=1)
    await operations.schedule.revise("connectivity", window, version=2)
    (claimed,) = await Outbox(database, clock, keys).claim(1, "worker")
    text = " ".join(str(render(claimed, sender_of("Desk <desk@desk.example>")).get_content()).split())
    assert said in text
    assert ("was revised" in text) is (window != JUNE)


@pytest.mark.usefixtures("administrators")
async def test_what_is_refused_tells_nobody(database: Database, operations: Desk) -> None:
    with pytest.raises(NotNow):
        await operations.schedule.declare_begun("connectivity", version=1)
    with pytest.raises(Conflict):
        await operations.schedule.revise("connectivity", JUNE, version=7)
    assert await told(database) == []


async def test_two_thousand_are_told_in_few_statements_and_codes_go_out_between(
    database: Database, clock: HeldClock, keys: Keys, operations: Desk, roster: Roster
) -> None:
    await roster.insert(
        [
            roster.row("CP1", f"DA {number}", kind=Kind.DA_MAKER, active=f"da{number}@cp1.example")
            for number in range(2_000)
        ]
    )
    caller = await roster.user("CP2", pending="caller@cp2.example")
    await operations.schedule.confirm("connectivity", "SEOCH/012/2023", version=1)
    clock.advance(timedelta(seconds=2))
    await operations.verifications.resend(caller)
    assert len(await told(database)) == 2_000
    claimed = await Outbox(database, clock, keys).claim(30, "worker")
    kinds = [each.kind for each in claimed]
    assert kinds == [MailKind.SCHEDULE_CHANGED] * 21 + [MailKind.VERIFICATION]


async def test_news_does_not_hide_what_became_of_a_users_own_mail(
    database: Database, operations: Desk, roster: Roster
) -> None:
    user_id = await roster.user("CP1", kind=Kind.DA_MAKER, active="da@cp1.example", pending="new@cp1.example")
    await operations.verifications.resend(user_id)
    async with database.writing() as connection:
        await connection.execute(update(MAILS).values(state="bounced", last_reply="550 no such user"))
    await operations.schedule.revise("connectivity", JUNE, version=1)
    explanation = await operations.access.explain(user_id)
    assert explanation.mail is not None
    assert (explanation.mail.kind, explanation.mail.state) == (MailKind.VERIFICATION, "bounced")
    card = await operations.users.card(user_id)
    assert card.code is not None
    assert card.code.mail_state == "bounced"
    assert [mail.kind for mail in card.mails] == [MailKind.SCHEDULE_CHANGED, MailKind.VERIFICATION]


# The past.


async def test_the_schedule_of_any_moment_is_rebuilt_from_the_events(
    clock: HeldClock, operations: Desk, desk_of: DeskOf
) -> None:
    second = desk_of(Role.OPERATIONS, operator_id="ben")

    async def begin_the_parallel_run() -> None:
        shown = await operations.phase_changes.foresee("parallel-start")
        proposed = await operations.phase_changes.propose("parallel-start", shown, version=1)
        await second.phase_changes.approve(proposed.change_id, proposed.digest, shown)

    never = Window("never", JUNE.earliest, JUNE.latest, "SEOCH/016/2023", CANCELLED)
    acts: list[Callable[[], Awaitable[Any]]] = [
        lambda: operations.schedule.revise("connectivity", JUNE, version=1),
        lambda: operations.schedule.confirm("connectivity", "SEOCH/014/2023", version=2),
        lambda: operations.schedule.revise("briefing", never, version=1),
        lambda: operations.schedule.declare_begun("da-email", version=1),
        lambda: operations.schedule.declare_done("da-email", version=2),
        lambda: operations.schedule.declare_begun("connectivity", version=3),
        begin_the_parallel_run,
    ]
    kept = {}
    for act in acts:
        await act()
        kept[clock.now()] = await operations.schedule.milestones()
        clock.advance(timedelta(hours=1))
    for moment, milestones in kept.items():
        assert (await operations.moments.at(moment)).milestones == milestones
