"""A pasted list on a real database: what each line would do, what is submitted, what stays to be mended."""

from typing import Any

import pytest
from sqlalchemy import func, select
from textual import events
from textual.pilot import Pilot

from screens.confirm import ConfirmScreen
from screens.paste_list import LONGEST_LIST, PasteListScreen
from screens.resend import ResendScreen
from screens.users import UsersScreen
from store.database import Database
from store.desk import Desk
from store.keys import Keys
from store.setup import initialise
from store.tables import CcmsUser, Mail, Proposal
from store.views import Kind, Role
from tests.at_the_desk import CP, HOSTILE, MAKER, opened, seen, shows, until
from tests.conftest import DeskOf, HeldClock, Roster


async def paste(pilot: Pilot[Any], text: str) -> None:
    pilot.app.post_message(events.Paste(text))
    await pilot.pause()


async def proposals(database: Database) -> list[tuple[str, str, str]]:
    query = select(CcmsUser.user_id, Proposal.new_email, Proposal.plan_id).join(
        CcmsUser, CcmsUser.pk == Proposal.user_pk
    )
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(query.order_by(CcmsUser.user_id))]


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
async def desk(database: Database, clock: HeldClock, keys: Keys, roster: Roster, desk_of: DeskOf) -> Desk:
    """A maker's desk of a participant with a single-DA waiver, on an initialised database."""
    await initialise(database, clock, keys, "ops", "Operations")
    await roster.participant(CP, "Harbour Securities 港灣證券", waiver="ops: sole proprietor")
    return desk_of(MAKER, CP)


@pytest.fixture
async def two(roster: Roster) -> tuple[str, str]:
    """Two users of a participant under dual control, and its maker's desk."""
    await roster.participant("C00002", "Dual Limited")
    one = await roster.user("C00002", "Chan Mei Oi 陳美愛")
    return one, await roster.user("C00002", "Ho Wai Siu", active="old@dual.hk")


@pytest.fixture
async def maker(desk: Desk, desk_of: DeskOf, two: tuple[str, str]) -> Desk:
    return desk_of(MAKER, "C00002")


async def test_a_list_waits_for_the_checker_as_one_plan(
    maker: Desk, two: tuple[str, str], database: Database
) -> None:
    async with opened(maker, UsersScreen()) as pilot:
        await pilot.press("p")
        await until(pilot, shows(pilot, "Nothing changes before you submit"))
        await paste(pilot, f"Name\tEmail\n{two[0]}\tmei.oi@dual.hk\nHo Wai Siu <wai.siu@dual.hk>")
        await until(pilot, shows(pilot, "2 new addresses", "as one plan", "old@dual.hk → wai.siu@dual.hk"))
        assert not await proposals(database), "nothing changes before it is submitted"
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, UsersScreen))
        assert shows(pilot, "2 addresses wait for your checker, as one plan.")()
        waiting = await proposals(database)
        assert [row[:2] for row in waiting] == [(two[0], "mei.oi@dual.hk"), (two[1], "wai.siu@dual.hk")]
        assert len({row[2] for row in waiting} - {None}) == 1
        await pilot.press("p")
        await until(pilot, lambda: isinstance(pilot.app.screen, PasteListScreen))
        assert not pilot.app.screen.query_one("TextArea").text, "what was submitted is not offered again"


async def test_lines_that_cannot_be_taken_are_named_and_stay_when_the_others_go(
    maker: Desk, two: tuple[str, str], database: Database
) -> None:
    async with opened(maker, PasteListScreen()) as pilot:
        bad = ["NOBODY,x@dual.hk", f"{two[1]},a@@dual.hk"]
        await paste(pilot, "\n".join([bad[0], f"{two[0]},mei.oi@dual.hk", bad[1]]))
        await until(pilot, shows(pilot, "2 lines to mend", "line 1", "no such user", "more than one @"))
        area = pilot.app.screen.query_one("TextArea")
        await pilot.press("f4")
        assert area.cursor_location[0] == 0, "from the last line on to the first again"
        await pilot.press("f4")
        assert area.cursor_location[0] == 2
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, PasteListScreen))
        assert not await proposals(database)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: area.text == "\n".join(bad))
        assert [row[:2] for row in await proposals(database)] == [(two[0], "mei.oi@dual.hk")]
        await pilot.press("f3")
        await until(pilot, shows(pilot, "nothing to submit"))
        await pilot.press("escape")
        await until(pilot, shows(pilot, "kept until you come back"))
        await pilot.app.push_screen(PasteListScreen())
        await until(pilot, shows(pilot, "2 lines to mend"))


async def test_of_a_roster_its_header_stays_with_the_rows_to_be_mended(
    maker: Desk, two: tuple[str, str], database: Database
) -> None:
    header = "participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language"
    good = f"C00002,Dual Limited,{two[0]},Chan Mei Oi 陳美愛,user,mei.oi@dual.hk,,"
    bad = "C00002,Dual Limited,NOBODY,No Body,user,no.body@dual.hk,,"
    async with opened(maker, PasteListScreen()) as pilot:
        await paste(pilot, "\n".join((header, bad, good)))
        await until(pilot, shows(pilot, "1 new address", "1 line to mend"))
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(pilot.app.screen, PasteListScreen))
        await until(pilot, shows(pilot, "0 new addresses", "1 line to mend", "line 2"))
        assert pilot.app.screen.query_one("TextArea").text == f"{header}\n{bad}"
        assert [row[:2] for row in await proposals(database)] == [(two[0], "mei.oi@dual.hk")]


async def test_under_a_waiver_it_applies_at_once_and_offers_the_codes(
    desk: Desk,
    roster: Roster,
    database: Database,
) -> None:
    user_id = await roster.user(CP)
    async with opened(desk, PasteListScreen()) as pilot:
        await paste(pilot, f"{user_id};tai.man@harbour.hk")
        await until(pilot, shows(pilot, "1 new address: applies at once"))
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, ResendScreen))
        await until(pilot, shows(pilot, f"{user_id} gets a fresh code"))
        assert (await desk.users.card(user_id)).pending_email == "tai.man@harbour.hk"
        async with database.reading() as connection:
            assert not (await connection.execute(select(func.count()).select_from(Mail))).scalar()


async def test_what_somebody_else_did_meanwhile_is_a_new_plan(maker: Desk, two: tuple[str, str]) -> None:
    async with opened(maker, PasteListScreen()) as pilot:
        await paste(pilot, f"{two[0]},mei.oi@dual.hk")
        await until(pilot, shows(pilot, "1 new address"))
        screen = pilot.app.screen
        assert isinstance(screen, PasteListScreen)
        await maker.registrations.edit_email(two[0], "mei.oi@dual.hk", version=1)
        await pilot.press("f3")
        await until(pilot, lambda: isinstance(pilot.app.screen, PasteListScreen) and not screen.busy)
        await until(pilot, shows(pilot, "1 as they are"))
        assert screen.area.text, "nothing typed is lost"


async def test_hostile_and_endless_lists_do_no_harm(maker: Desk) -> None:
    async with opened(maker, PasteListScreen()) as pilot:
        await paste(pilot, f"{HOSTILE}\t{HOSTILE}@x\n=cmd|' /C calc'!A0,a@dual.hk")
        await until(pilot, shows(pilot, "2 lines to mend"))
        assert not {"\x1b", "\x07", "\u202e"} & set(seen(pilot.app))
        before = pilot.app.screen.query_one("TextArea").text
        await paste(pilot, "x" * (LONGEST_LIST + 1))
        await until(pilot, shows(pilot, "longer than 200,000 characters"))
        assert pilot.app.screen.query_one("TextArea").text == before


@pytest.mark.parametrize(("role", "participant"), [(Role.DA_CHECKER, CP), (Role.HELPDESK, None)])
async def test_only_a_maker_pastes_lists(
    desk: Desk,
    desk_of: DeskOf,
    roster: Roster,
    role: Role,
    participant: str | None,
) -> None:
    await roster.user(CP, kind=Kind.USER)
    async with opened(desk_of(role, participant), UsersScreen()) as pilot:
        await pilot.press("p")
        await until(pilot, shows(pilot, "Paste a list"))
        assert isinstance(pilot.app.screen, UsersScreen)
