"""The schedule as operations work on it: windows, declarations, and what takes two of them."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from screens.confirm import ConfirmScreen
from screens.dialog import Line
from screens.drafts import WindowDraft
from screens.milestone import MilestoneScreen
from screens.one_line import OneLineScreen
from screens.phase_words import timing_words
from screens.reach_words import told_words
from screens.revise import ReviseScreen
from screens.schedule import ScheduleScreen
from screens.two_people import TwoPeopleScreen
from screens.widgets.choice_line import ChoiceLine
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.schedule_views import ScheduleChange, Window
from store.setup import initialise
from store.tables import MAILS, MILESTONE_REVISIONS, PHASE_CHANGES, Milestone
from store.views import Kind, MilestoneRow, MilestoneStatus, Role
from tests.at_the_desk import HOSTILE, opened, seen, shows, type_over, until
from tests.conftest import DeskOf, HeldClock, Roster

IDS = (
    "user-email", "da-email", "briefing", "user-guide", "connectivity", "parallel-start", "parallel-end",
    "decommission",
)  # fmt: skip


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def amy(database: Database, clock: HeldClock, keys: Keys, roster: Roster, desk_of: DeskOf) -> Desk:
    """Operations on an initialised database with two users, one of whom has no way in but a card."""
    await initialise(database, clock, keys, "amy", "Operations")
    await roster.participant("C00001", "Harbour Securities 港灣證券")
    await roster.user("C00001", "CARD Holder", smartcard_serial="S1")
    await roster.user("C00001", "LEE Maker", kind=Kind.DA_MAKER, active="maker@c1.example")
    return desk_of(Role.OPERATIONS, operator_id="amy")


@pytest.fixture
def ben(amy: Desk, desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS, operator_id="ben")


@pytest.fixture
async def before_the_parallel_run(amy: Desk, database: Database, clock: HeldClock) -> None:
    """All that comes before it has begun."""
    await begun(database, clock, "da-email", "connectivity")


async def begun(database: Database, clock: HeldClock, *ids: str) -> None:
    async with database.writing() as connection:
        these = Milestone.milestone_id.in_(ids)  # type: ignore[attr-defined]
        await connection.execute(update(Milestone).where(these).values(begun_at=clock.now()))


async def find(desk: Desk, milestone_id: str) -> MilestoneRow:
    return next(row for row in await desk.schedule.milestones() if row.milestone_id == milestone_id)


async def at(pilot: Pilot[Any], milestone_id: str) -> None:
    """Come to the schedule and put the cursor on a milestone."""
    if not isinstance(pilot.app.screen, ScheduleScreen):
        pilot.app.show_place("schedule")  # type: ignore[attr-defined]
    await until(pilot, lambda: isinstance(pilot.app.screen, ScheduleScreen))
    await until(pilot, shows(pilot, "Connectivity test"))
    pilot.app.screen.query_one(OptionList).highlighted = IDS.index(milestone_id)
    await pilot.pause()


def on(pilot: Pilot[Any], screen: type[Any]) -> Callable[[], bool]:
    return lambda: isinstance(pilot.app.screen, screen)


def footer(pilot: Pilot[Any]) -> str:
    """The line of keys at the foot."""
    return seen(pilot.app).splitlines()[-1]


async def look_once_more(pilot: Pilot[Any]) -> None:
    """From wherever the cursor is in the form, go to its last line and enter."""
    pilot.app.screen.query_one("#circular", Line).focus()
    await pilot.press("enter")


async def publish(pilot: Pilot[Any]) -> None:
    """Look at what becomes of a window, and say yes."""
    await look_once_more(pilot)
    await until(pilot, on(pilot, ConfirmScreen))
    await pilot.press("y")


# Windows.


@pytest.fixture
async def silent(amy: Desk, roster: Roster) -> None:
    """Three DAs whom no mail reaches: no address, one that was refused, one that is suspended."""
    await roster.user("C00001", "NO Address", kind=Kind.DA_CHECKER)
    await roster.user(
        "C00001", "BAD Address", kind=Kind.DA_MAKER, active="bad@c1.example", undeliverable=True
    )
    await roster.user("C00001", "GONE Away", kind=Kind.DA_MAKER, active="gone@c1.example", suspended=True)


TOLD = "1 of 4 DAs has a verified address and is told by mail; 3 must be told otherwise."


@pytest.mark.usefixtures("silent")
async def test_those_who_are_told_are_those_whom_mail_is_queued_for(amy: Desk, database: Database) -> None:
    reach = await amy.schedule.reach()
    await amy.schedule.confirm("briefing", "SEOCH/013/2023", version=1)
    async with database.reading() as connection:
        assert len((await connection.execute(select(MAILS.c.to_email))).all()) == reach.told == 1
    assert told_words(reach) == TOLD


@pytest.mark.usefixtures("silent")
async def test_enter_publishes_nothing_before_it_was_looked_at(amy: Desk) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "connectivity")
        await pilot.press("e")
        await until(pilot, shows(pilot, "Nothing is published before", "3 must be told otherwise"))
        await pilot.press(*"2023-02-30", "enter", "enter", "enter", "enter")
        assert isinstance(form := pilot.app.screen, ReviseScreen)
        assert form.typed == WindowDraft(
            "2023-02-30", earliest="2023-04-01", latest="2023-06-30", circular="", status="tentative"
        )
        await pilot.press("enter")
        await until(pilot, shows(pilot, "There is no day '2023-02-30'"))
        await type_over(pilot, "#words", "June 2023")
        await look_once_more(pilot)
        await until(pilot, shows(pilot, "Give the reference of the circular"))
        await type_over(pilot, "#circular", "SEOCH/012/2023")
        await look_once_more(pilot)
        await until(pilot, on(pilot, ConfirmScreen))
        assert shows(
            pilot, "Publish this window", "Was        Q2 2023  ○ tentative", "SEOCH circular, December 2022",
            "Becomes    June 2023  ○ tentative", "1 Apr to 30 Jun 2023", "by SEOCH/012/2023",
            "1 of 4 DAs has a verified address", "3 must",
        )()  # fmt: skip
        await pilot.press("enter", "n")
        await until(pilot, on(pilot, ReviseScreen))
        assert (await find(amy, "connectivity")).version == 1
        await publish(pilot)
        await until(pilot, on(pilot, ScheduleScreen))
        await until(pilot, shows(pilot, "is revised. 1 of 4 DAs has"))
    assert (await find(amy, "connectivity")).window == "June 2023"


async def test_a_window_is_revised_with_the_circulars_reference(amy: Desk, database: Database) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "connectivity")
        await pilot.press("e")
        await until(pilot, on(pilot, ReviseScreen))
        await until(pilot, shows(pilot, "Connectivity test", "Q2 2023", "2023-04-01", "2023-06-30"))
        await type_over(pilot, "#words", "12 June 2023")
        await type_over(pilot, "#earliest", "12 Jun 2023")
        await type_over(pilot, "#latest", "2023-06-12")
        await type_over(pilot, "#circular", "SEOCH/012/2023")
        await until(pilot, shows(pilot, "The day it can mean: Mon 12 Jun 2023."))
        await publish(pilot)
        await until(pilot, on(pilot, ScheduleScreen))
        await until(pilot, shows(pilot, "12 June 2023 · 12 Jun 2023", "SEOCH/012/2023", "is revised"))
    row = await find(amy, "connectivity")
    assert (row.window, row.status, row.version) == ("12 June 2023", MilestoneStatus.TENTATIVE, 2)
    async with database.reading() as connection:
        assert (await connection.execute(select(MAILS.c.to_email))).scalars().all() == ["maker@c1.example"]


async def test_the_days_that_the_words_mean_are_proposed_until_others_are_typed(amy: Desk) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "connectivity")
        await pilot.press("e")
        await until(pilot, on(pilot, ReviseScreen))
        await words_are(pilot, "Q3 2024")
        await until(pilot, shows(pilot, "2024-07-01", "2024-09-30"))
        await until(pilot, shows(pilot, "The days it can mean: Mon 1 Jul 2024 to Mon 30 Sep 2024."))
        await words_are(pilot, "after the summer")
        await words_are(pilot, "Late Q3 2024")
        await until(pilot, shows(pilot, "2024-08-16", "2024-09-30"))
        await type_over(pilot, "#earliest", "20 Aug 2024")
        await words_are(pilot, "Q4 2024")
        await until(pilot, shows(pilot, "20 Aug 2024", "2024-09-30"))
        await pilot.press("f4")
        await words_are(pilot, "October 2024")
        await until(pilot, shows(pilot, "2024-10-01", "2024-10-31"))


async def words_are(pilot: Pilot[Any], words: str) -> None:
    """Type the words of the window, and go on to the next line."""
    pilot.app.screen.query_one("#words", Line).focus()
    await type_over(pilot, "#words", words)
    await pilot.press("enter")


async def test_all_that_comes_before_is_named(amy: Desk) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "parallel-start")
        await pilot.press("b")
        titles = "'Registration of DAs' email address for 2FA', 'Connectivity test'."
        await until(pilot, lambda: "These come first" in told_in(pilot) and titles in told_in(pilot))
        await at(pilot, "da-email")
        await pilot.press("b")
        await until(pilot, on(pilot, ConfirmScreen))


def told_in(pilot: Pilot[Any]) -> str:
    return " ".join(each.message for each in pilot.app._notifications)


async def test_another_circular_that_says_the_same_is_told_nobody(amy: Desk, database: Database) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "connectivity")
        await pilot.press("e")
        await until(pilot, on(pilot, ReviseScreen))
        await type_over(pilot, "#circular", "SEOCH/012/2023")
        await look_once_more(pilot)
        await until(pilot, shows(pilot, "Only the reference changes, so nobody is told by mail."))
        await pilot.press("y")
        await until(pilot, on(pilot, ScheduleScreen))
    async with database.reading() as connection:
        assert (await connection.execute(select(MAILS.c.to_email))).all() == []


async def test_a_circular_may_revise_and_confirm_at_once(amy: Desk) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "connectivity")
        await pilot.press("e")
        await until(pilot, on(pilot, ReviseScreen))
        await type_over(pilot, "#words", "June 2023")
        pilot.app.screen.query_one(ChoiceLine).focus()
        await pilot.press("space")
        assert shows(pilot, "● confirmed")()
        await type_over(pilot, "#circular", "SEOCH/012/2023")
        await publish(pilot)
        await until(pilot, on(pilot, ScheduleScreen))
    assert (await find(amy, "connectivity")).status is MilestoneStatus.CONFIRMED
    assert (await amy.schedule.revisions("connectivity"))[0].change is ScheduleChange.REVISED


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("#earliest", "2023-02-30", "There is no day '2023-02-30'"),
        ("#earliest", "soon", "'soon' is no day"),
        ("#latest", "", "Give both days"),
        ("#latest", "31 Apr 2023", "There is no day"),
        ("#latest", "2023-03-01", "The earliest day lies after the latest"),
        ("#latest", "2123-03-01", "cannot lie after 31 Dec 2032"),
        ("#earliest", "1999-03-01", "cannot lie before 1 Dec 2022"),
        ("#words", "", "in the words of the circular"),
        ("#circular", " ", "reference of the circular"),
        ("#circular", "www.hkex.example", "Leave out the link"),
    ],
)
async def test_a_window_that_cannot_be_keeps_all_that_was_typed(
    amy: Desk, field: str, typed: str, said: str
) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "connectivity")
        await pilot.press("e")
        await until(pilot, on(pilot, ReviseScreen))
        await type_over(pilot, "#words", "Q2 of 2023")
        await type_over(pilot, "#circular", "SEOCH/012/2023")
        await type_over(pilot, field, typed)
        await look_once_more(pilot)
        await until(pilot, shows(pilot, said))
        form = pilot.app.screen
        assert isinstance(form, ReviseScreen)
        kept = form.typed
        await pilot.press("escape")
        await until(pilot, on(pilot, ScheduleScreen))
        await pilot.press("e")
        await until(pilot, on(pilot, ReviseScreen))
        await until(pilot, shows(pilot, "What you typed before was kept"))
        again = pilot.app.screen
        assert isinstance(again, ReviseScreen)
        assert again.typed == kept
        await pilot.press("f4", "escape", "e")
        await until(pilot, shows(pilot, "Nothing is published before"))
    assert (await find(amy, "connectivity")).version == 1


async def test_a_revision_that_was_overtaken_shows_what_is_and_can_be_saved_over_it(
    amy: Desk, ben: Desk
) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "connectivity")
        await pilot.press("e")
        await until(pilot, on(pilot, ReviseScreen))
        await type_over(pilot, "#words", "my June")
        await type_over(pilot, "#circular", "MY/1")
        row = await find(ben, "connectivity")
        await ben.schedule.revise(
            "connectivity", Window("his May", row.earliest, row.latest, "HIS/1"), version=row.version
        )
        await publish(pilot)
        await until(pilot, shows(pilot, "was changed by ben", "Now it is: his May", "HIS/1"))
        form = pilot.app.screen
        assert isinstance(form, ReviseScreen)
        assert form.typed.typed == "my June"
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Was        his May", "Becomes    my June"))
        await pilot.press("y")
        await until(pilot, on(pilot, ScheduleScreen))
    assert (await find(amy, "connectivity")).window == "my June"


async def test_a_window_is_confirmed_by_its_circular(amy: Desk) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "briefing")
        await pilot.press("n")
        await until(pilot, on(pilot, OneLineScreen))
        assert shows(pilot, "Confirm the window of 'Briefing", "Q1 2023 · 1 Jan to 31 Mar 2023")()
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Give the reference of the circular"))
        await type_over(pilot, "#line", "SEOCH/013/2023")
        await pilot.press("enter")
        await until(pilot, on(pilot, ScheduleScreen))
        await until(pilot, shows(pilot, "◔ confirmed", "SEOCH/013/2023"))
        await pilot.press("n")
        await until(pilot, shows(pilot, "is confirmed already; press e"))
        assert isinstance(pilot.app.screen, ScheduleScreen)
    assert (await find(amy, "briefing")).circular == "SEOCH/013/2023"


async def test_done_is_declared_after_a_yes_and_only_of_what_has_begun(amy: Desk) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "briefing")
        await pilot.press("d")
        await until(pilot, shows(pilot, "has not begun, so it cannot be done"))
        await at(pilot, "user-email")
        await pilot.press("d")
        await until(pilot, on(pilot, ConfirmScreen))
        assert shows(pilot, "it done all the same?", "! 1 of 1 users has no verified address yet.")()
        await pilot.press("n")
        await until(pilot, on(pilot, ScheduleScreen))
        assert (await find(amy, "user-email")).status is MilestoneStatus.CONFIRMED
        await pilot.press("d")
        await until(pilot, on(pilot, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, shows(pilot, "✓ done"))
        await pilot.press("e")
        await until(pilot, shows(pilot, "was declared done, and stays so"))
    assert (await find(amy, "user-email")).status is MilestoneStatus.DONE


async def test_every_revision_is_shown_newest_first(amy: Desk) -> None:
    row = await find(amy, "connectivity")
    for number in range(1, 31):
        window = Window(f"window {number}", row.earliest, row.latest, f"SEOCH/{number:03}/2023")
        await amy.schedule.revise("connectivity", window, version=number)
    async with opened(amy) as pilot:
        await at(pilot, "connectivity")
        await pilot.press("enter")
        await until(pilot, on(pilot, MilestoneScreen))
        await until(pilot, shows(pilot, "window 30", "SEOCH/030/2023", "by amy, 09:30"))
        await pilot.press("end")
        await until(pilot, shows(pilot, "window 1 ", "○ announced", "Q2 2023", "by system"))
        await pilot.press("escape")
        await until(pilot, on(pilot, ScheduleScreen))


async def test_a_tall_window_shows_the_revisions_below(amy: Desk) -> None:
    await amy.schedule.confirm("briefing", "SEOCH/013/2023", version=1)
    async with opened(amy, size=(120, 40)) as pilot:
        await at(pilot, "briefing")
        await until(pilot, shows(pilot, "All that it was", "◔ confirmed", "by amy, 09:30 · SEOCH/013/2023"))
        assert shows(pilot, "○ announced", "by system")()
        pilot.app.screen.query_one(OptionList).highlighted = IDS.index("user-guide")
        await until(pilot, lambda: "SEOCH/013/2023" not in seen(pilot.app))


@pytest.mark.parametrize(
    ("today", "said"),
    [
        (date(2022, 12, 31), "Its window is 1 day away."), (date(2023, 1, 1), ""), (date(2023, 3, 31), ""),
        (date(2023, 4, 2), "Its window ended 2 days ago."),
    ],
)  # fmt: skip
async def test_what_begins_outside_its_window_is_told_so(amy: Desk, today: date, said: str) -> None:
    row = await find(amy, "briefing")
    firm = "Its window is tentative: declaring it begun confirms it."
    assert timing_words(row, today) == " ".join(filter(None, (firm, said)))


# Two people.


@pytest.mark.usefixtures("before_the_parallel_run")
async def test_two_people_begin_the_parallel_run_and_end_it(amy: Desk, ben: Desk, database: Database) -> None:
    """The whole way: proposed on the simulation, seen by another, approved; the DAs are told."""
    for milestone_id, foreseen in (
        ("parallel-start", ("1 of 2 users would be locked out; 0 of them",)),
        (
            "parallel-end",
            (
                "2 of 2 users would be locked out; 1 of them",
                "that lose everyone: 1;",
                "Lose everyone:",
                "港灣證券",
            ),
        ),
    ):
        async with opened(amy) as pilot:
            await at(pilot, milestone_id)
            await pilot.press("b")
            await until(pilot, on(pilot, TwoPeopleScreen))
            await until(pilot, shows(pilot, "It takes a second person", "y propose it", *foreseen))
            await pilot.press("y")
            await until(pilot, on(pilot, ScheduleScreen))
            await until(pilot, shows(pilot, "◐ proposed", "second person needed (x takes it back)"))
            assert "x Reject" in footer(pilot)
            assert "a Approve" not in footer(pilot)
            await pilot.press("a")
            await until(pilot, shows(pilot, "another person of operations has to approve it"))
            await pilot.press("b")
            await until(
                pilot, shows(pilot, "You proposed", "another person of operations has to approve it, or")
            )
            assert (await find(amy, milestone_id)).begun_at is None
        async with opened(ben) as pilot:
            await at(pilot, milestone_id)
            await until(pilot, shows(pilot, "a approve, x reject", "Proposed   amy, 09:30"))
            assert "a Approve  x Reject" in footer(pilot)
            await pilot.press("a")
            await until(pilot, on(pilot, TwoPeopleScreen))
            await until(pilot, shows(pilot, "Proposed by amy", "said then: ", "y let it begin", *foreseen))
            assert "DA has a verified address" in " ".join(seen(pilot.app).replace("▌", " ").split())
            await pilot.press("n")
            await until(pilot, on(pilot, ScheduleScreen))
            assert (await find(amy, milestone_id)).begun_at is None
            await pilot.press("a")
            await until(pilot, shows(pilot, "y let it begin"))
            await pilot.press("y")
            await until(pilot, on(pilot, ScheduleScreen))
            await until(pilot, shows(pilot, "has begun"))
        assert (await find(amy, milestone_id)).begun_at is not None
    query = select(MAILS.c.facts).order_by(MAILS.c.mail_id)
    async with database.reading() as connection:
        told = [(each["milestone_id"], each["change"]) for each in await connection.scalars(query)]
    assert told == [("parallel-start", "begun"), ("parallel-end", "begun")]


@pytest.mark.usefixtures("before_the_parallel_run")
async def test_the_second_person_rejects_with_a_reason_that_the_first_reads(amy: Desk, ben: Desk) -> None:
    shown = await amy.phase_changes.foresee("parallel-start")
    await amy.phase_changes.propose("parallel-start", shown, version=1)
    async with opened(ben) as pilot:
        await at(pilot, "briefing")
        await pilot.press("x")
        await until(pilot, on(pilot, OneLineScreen))
        assert shows(pilot, "Reject: begin 'Commencement of parallel run'", "Proposed by amy")()
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Say why; who proposed it will read it."))
        await type_over(pilot, "#line", "too early")
        await pilot.press("escape", "x")
        await until(pilot, on(pilot, OneLineScreen))
        assert shows(pilot, "too early")()
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Rejected; nothing has begun."))
        await until(pilot, lambda: not pilot.app.screen.query_one("#banner").display)
        await pilot.press("x")
        await until(pilot, shows(pilot, "No phase change waits for a second person"))
    async with opened(amy) as pilot:
        await at(pilot, "parallel-start")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "proposed by amy", "rejected by ben", "too early"))
    assert (await find(amy, "parallel-start")).begun_at is None


@pytest.mark.usefixtures("before_the_parallel_run")
async def test_who_proposed_it_takes_it_back(amy: Desk) -> None:
    shown = await amy.phase_changes.foresee("parallel-start")
    await amy.phase_changes.propose("parallel-start", shown, version=1)
    async with opened(amy) as pilot:
        await at(pilot, "parallel-start")
        await pilot.press("x")
        await until(pilot, shows(pilot, "Take back: begin"))
        await type_over(pilot, "#line", "the wrong day")
        await pilot.press("enter")
        await until(pilot, shows(pilot, "Taken back; nothing has begun."))
    assert await amy.phase_changes.waiting() == ()


@pytest.mark.usefixtures("before_the_parallel_run")
async def test_a_simulation_that_got_worse_is_shown_before_anything_is_proposed(
    amy: Desk, roster: Roster
) -> None:
    async with opened(amy) as pilot:
        await at(pilot, "parallel-start")
        await pilot.press("b")
        await until(pilot, shows(pilot, "1 of 2 users would be locked out"))
        await roster.user("C00001", "NOBODY yet")
        await pilot.press("y")
        await until(
            pilot, shows(pilot, "1 more user would be locked out", "2 of 3 users would be locked out")
        )
        assert await amy.phase_changes.waiting() == ()
        await pilot.press("y")
        await until(pilot, on(pilot, ScheduleScreen))
    assert len(await amy.phase_changes.waiting()) == 1


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER, Role.HELPDESK])
@pytest.mark.usefixtures("before_the_parallel_run")
async def test_others_read_the_schedule_and_see_nothing_of_what_waits(
    amy: Desk, desk_of: DeskOf, role: Role
) -> None:
    shown = await amy.phase_changes.foresee("parallel-start")
    await amy.phase_changes.propose("parallel-start", shown, version=1)
    async with opened(desk_of(role, None if role is Role.HELPDESK else "C00001")) as pilot:
        await at(pilot, "parallel-start")
        assert not shows(pilot, "proposed")()
        for key, label in (
            ("e", "Revise"), ("n", "Confirm"), ("b", "Declare begun"), ("d", "Declare done"),
            ("a", "Approve"), ("x", "Reject"),
        ):  # fmt: skip
            await pilot.press(key)
            await until(pilot, shows(pilot, f"'{label}' is not for your role"))
        await pilot.press("enter")
        await until(pilot, shows(pilot, "All that it was, newest first", "announced"))
        assert not shows(pilot, "amy")()


async def test_the_approvals_tell_operations_of_a_phase_change_that_waits(
    amy: Desk, ben: Desk, database: Database, clock: HeldClock
) -> None:
    await begun(database, clock, "da-email", "connectivity")
    shown = await amy.phase_changes.foresee("parallel-start")
    await amy.phase_changes.propose("parallel-start", shown, version=1)
    async with opened(ben) as pilot:
        await pilot.press("5")
        await until(pilot, shows(pilot, "1 phase change waits: press 3"))
        await pilot.press("3")
        await until(pilot, shows(pilot, "second person needed (a approve, x reject): Commencement"))
        assert shows(pilot, "Proposed   amy, 09:30")()


async def test_a_long_window_leaves_room_for_the_title(amy: Desk) -> None:
    row = await find(amy, "connectivity")
    words = "in the second half of the second quarter of 2023, to be told"
    await amy.schedule.revise("connectivity", Window(words, row.earliest, row.latest, "C"), version=1)
    async with opened(amy) as pilot:
        await at(pilot, "connectivity")
        await until(pilot, shows(pilot, "○ tentative Connectivity test", "in the second half of", words))


# Hostile text.


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 40)])
@pytest.mark.usefixtures("before_the_parallel_run")
async def test_hostile_words_break_nothing_of_the_schedule(
    amy: Desk, ben: Desk, database: Database, size: tuple[int, int]
) -> None:
    shown = await amy.phase_changes.foresee("parallel-start")
    await amy.phase_changes.propose("parallel-start", shown, version=1)
    await amy.phase_changes.reject(1, (await amy.phase_changes.waiting())[0].digest, HOSTILE)
    await amy.phase_changes.propose("parallel-start", shown, version=1)
    hostile = {"window": HOSTILE, "circular": HOSTILE}
    async with database.writing() as connection:
        await connection.execute(update(Milestone).values(**hostile, title=HOSTILE, opens=HOSTILE[:32]))
        await connection.execute(update(MILESTONE_REVISIONS).values(**hostile, revised_by=HOSTILE[:64]))
        await connection.execute(update(PHASE_CHANGES).values(proposed_by=HOSTILE[:64]))
        await connection.exec_driver_sql("UPDATE participant SET name = ?", (HOSTILE,))
    async with opened(ben, size=size) as pilot:
        await pilot.press("3")
        await until(pilot, shows(pilot, "[/x] [bold]"))
        pilot.app.screen.query_one(OptionList).highlighted = IDS.index("parallel-start")
        for key, screen in (
            ("enter", MilestoneScreen), ("e", ReviseScreen), ("n", OneLineScreen), ("a", TwoPeopleScreen),
            ("x", OneLineScreen),
        ):  # fmt: skip
            await pilot.press(key)
            await until(pilot, on(pilot, screen))
            await until(pilot, shows(pilot, "[/x] [bold]"))
            text = seen(pilot.app) + " ".join(each.message for each in pilot.app._notifications)
            assert not {"\x1b", "\x07", "\u202e", "\u2066", "\u200d"} & set(text)
            await pilot.press("escape")
            await until(pilot, on(pilot, ScheduleScreen))


async def test_ten_years_of_windows_still_have_their_axis(amy: Desk) -> None:
    row = await find(amy, "decommission")
    far = Window("2032", row.earliest.replace(year=2032), row.latest.replace(year=2032), "SEOCH/099/2031")
    await amy.schedule.revise("decommission", far, version=1)
    async with opened(amy) as pilot:
        await pilot.press("3")
        await until(pilot, shows(pilot, "2032"))
        axis = str(pilot.app.screen.query_one("#axis", Static).content).splitlines()[0]
        assert axis.split() == [str(year) for year in range(2023, 2033)]
