"""The report: a page that needs nothing else, files for a spreadsheet, no user's name, no markup."""

import asyncio
import csv
import io
import re
import secrets
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ccms_tui.demo.cast import START
from ccms_tui.demo.roster import build_roster
from ccms_tui.report import Material, gather, page, tables
from store.clock import HONG_KONG
from store.database import Database
from store.desk import Desk
from store.errors import NoSuchMoment
from store.keys import Keys
from store.rules.goals import Goal, reached
from store.seed import plant
from store.setup import initialise
from store.views import Operator, Role
from tests.command_line import Desk as CommandDesk
from tests.conftest import DeskOf, HeldClock, Roster

PAST = datetime(2023, 1, 20, 9, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> [/x] \u202eright\u202c \x1b[31m & 陳"
ROSTER = (
    "participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language\n"
    "CP1,Harbour,U1,Chan,user,chan@harbour.com.hk,S1,en\n"
    "CP1,Harbour,U2,Lee,user,,S2,en\n"
)
FORMULA = '=HYPERLINK("http://evil.example","x")'


@pytest.fixture
def backend() -> str:
    """The report does not depend on the database behind the store."""
    return "sqlite"


class Reader(HTMLParser):
    """What a browser would fetch or run, the text, and whether every element is closed."""

    VOID = frozenset({"meta", "link", "br", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.fetched: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@dataclass
class Told:
    """What is reported of the demo's world: now, of a day before, of the maker of one participant."""

    now: Material
    past: Material
    own: Material


@pytest.fixture(scope="module")
def told(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    path = tmp_path_factory.mktemp("demo") / "desk.db"
    shutil.copyfile(sqlite_template, path)
    return asyncio.run(_tell(f"sqlite:///{path}"))


async def _tell(url: str) -> Told:
    database, clock, keys = (
        Database(url),
        HeldClock(START - timedelta(days=52)),
        Keys(secrets.token_bytes(32)),
    )
    await initialise(database, clock, keys, "ops.yeung", "Yeung Ka Wai")
    await plant(database, keys, build_roster())
    clock.moment = START
    desk = Desk(database, clock, keys, Operator("ops.yeung", "Yeung Ka Wai", Role.OPERATIONS))
    maker = Desk(database, clock, keys, Operator("jaaa.maker", "Siu", Role.DA_MAKER, "C10100"))
    with pytest.raises(NoSuchMoment):
        await gather(desk, datetime(2022, 12, 1, tzinfo=UTC))
    told = Told(await gather(desk, None), await gather(desk, PAST), await gather(maker, None))
    await database.close()
    return told


@pytest.fixture
def material(told: Told) -> Material:
    return told.now


def test_the_page_tells_what_the_board_knows_and_fetches_and_runs_nothing(material: Material) -> None:
    reader = read(page(material))
    assert reader.fetched == []
    assert not reader.tags & {"script", "link", "img", "iframe", "object"}
    for said in (
        "user registration", "Registration of DAs' email address for 2FA", "39 working days left",
        "752 of 2,400", "too late", "P50", "P90", "500 random redraws of the last 20 working days",
        "Crane Ledger", "register 64 addresses: DA maker", "could not log on under", "bounced",
        "the caller was checked in",
    ):  # fmt: skip
        assert said in reader.text


def test_a_page_alone_names_no_file_that_is_not_written(material: Material) -> None:
    assert "The first 20 are named; locked_out.csv has every user." in read(page(material)).text
    alone = read(page(material, alone=True)).text
    assert "The first 20 are named." in alone
    assert "locked_out.csv" not in alone


@pytest.mark.parametrize(("seconds", "said"), [(0, "1 second"), (29, "29 seconds"), (301, "6 minutes")])
def test_the_median_call_is_told_in_its_own_unit(material: Material, seconds: int, said: str) -> None:
    assert material.calls is not None
    calls = replace(material.calls, median_seconds=seconds)
    assert f"took at most {said}." in read(page(replace(material, calls=calls))).text


def test_the_plot_is_a_drawing_with_a_title_and_a_description(material: Material) -> None:
    (svg,) = re.findall(r"<svg.*?</svg>", page(material), flags=re.S)
    root = ElementTree.fromstring(svg)
    assert root.attrib["role"] == "img"
    named = {child.attrib["id"] for child in root if child.tag in ("title", "desc")}
    assert named == set(root.attrib["aria-labelledby"].split())
    assert "752 of 2,400 by 6 Feb 2023" in (root.findtext("desc") or "")
    _zero, _zero, width, height = (float(number) for number in root.attrib["viewBox"].split())
    for shape in root:
        for pair in shape.attrib.get("points", "").split():
            x, y = (float(number) for number in pair.split(","))
            assert 0 <= x <= width + 1
            assert 0 <= y <= height


def test_the_report_names_no_user_and_holds_no_address(material: Material) -> None:
    names = [user.user_name for user in build_roster().users[::7] if len(user.user_name) > 8]
    for text in (page(material), *tables(material).values()):
        assert "@" not in text.replace("@page", "").replace("@media", "")
        assert not [name for name in names if name in text]


def test_the_files_hold_the_figures_of_the_page(material: Material) -> None:
    files = tables(material)
    readiness = rows(files["readiness.csv"])
    assert sum(int(row["users"]) for row in readiness) == 2_400
    words = ("verified", "password set", "enrolled", "proven")
    done = sum(int(row[word]) for row in readiness for word in words)
    assert done == 752
    burn = rows(files["burn_up.csv"])
    last = [row for row in burn if row["participant_id"] == "all"][-1]
    assert (last["day"], last["verified"]) == ("2023-02-06", "752")
    assert float(last["needed"]) > 752
    assert {row["participant_id"] for row in burn} == {"all", *(row["participant_id"] for row in readiness)}
    days = {each.day.isoformat(): each for each in material.days}
    for row in burn:
        if row["participant_id"] == "all" and row["day"] in days:
            counted = days[row["day"]].standing
            assert [int(row[goal.value]) for goal in Goal] == [reached(counted, goal) for goal in Goal]
    assert len(rows(files["milestones.csv"])) == 8
    assert len(rows(files["locked_out.csv"])) == len(material.simulation.locked_out)


def test_the_report_of_the_past_is_of_that_day_and_says_what_it_cannot_know(told: Told) -> None:
    text = read(page(told.past)).text
    assert "as of 2023-01-20 17:00" in text
    assert "The state of the mail is known of the present only." in text
    assert "being handed to the mail server" not in text
    burn = told.past.burn_up(Goal.VERIFIED)
    assert burn.today.isoformat() == "2023-01-20"
    assert burn.history[-1][1] == burn.done < 752


async def test_hostile_names_are_text_on_the_page_and_no_formula_in_a_file(
    roster: Roster, clock: HeldClock, keys: Keys, desk_of: DeskOf
) -> None:
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    await roster.participant("P1", HOSTILE)
    await roster.participant("P2", FORMULA)
    await roster.user("P1")
    await roster.user("P2")
    material = await gather(desk_of(Role.OPERATIONS), None)
    written = page(material)
    assert "<script" not in written
    assert "&lt;script&gt;alert(1)&lt;/script&gt; [/x] ·right· ·[31m &amp; 陳" in written
    read(written)
    cells = [row["name"] for row in rows(tables(material)["readiness.csv"])]
    assert cells[1] == "'" + FORMULA


async def test_a_report_without_users_is_sentences(
    roster: Roster, clock: HeldClock, keys: Keys, desk_of: DeskOf
) -> None:
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    material = await gather(desk_of(Role.OPERATIONS), None)
    text = read(page(material)).text
    assert "No users yet: nothing to draw" in text
    assert "there is nobody to lock out" in text


def test_a_maker_reports_of_their_own_participant_and_hears_no_calls(told: Told) -> None:
    text = page(told.own)
    assert "Hotline" not in text
    assert [row["participant_id"] for row in rows(tables(told.own)["readiness.csv"])] == ["C10100"]
    assert "Crane Ledger" not in text


def test_the_command_writes_a_folder_or_one_page_and_says_what_it_wrote(tmp_path: Path) -> None:
    desk = CommandDesk(tmp_path)
    assert desk.run("init", "--json").code == 0
    (tmp_path / "out").mkdir()
    done = desk.run("report", "--output", "out/feb")
    names = ["report.html", "readiness.csv", "burn_up.csv", "milestones.csv", "locked_out.csv"]
    assert (done.code, done.out.split()) == (0, [f"out/feb/{name}" for name in names])
    assert done.err == f"5 files written in {tmp_path / 'out' / 'feb'}.\n"
    assert sorted(path.name for path in (tmp_path / "out" / "feb").iterdir()) == sorted(names)
    alone = desk.run("report", "--output", "alone.html")
    assert (alone.code, alone.out.split()) == (0, ["alone.html"])
    assert (tmp_path / "alone.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "export.made" in desk.run("export", "audit", "--format", "csv").out


def test_the_command_reports_of_a_moment_that_is_past(tmp_path: Path) -> None:
    desk = CommandDesk(tmp_path)
    assert desk.run("init", "--json").code == 0
    then = datetime.now(UTC)
    assert desk.run("import", "-", "--apply", stdin=ROSTER).code == 0
    assert desk.run("report", "--output", "past", "--as-of", then.isoformat()).code == 0
    assert desk.run("report", "--output", "present").code == 0
    users = [
        rows((tmp_path / name / "readiness.csv").read_text(encoding="utf-8")) for name in ("past", "present")
    ]
    assert [sum(int(row["users"]) for row in each) for each in users] == [0, 2]
    page_then = read((tmp_path / "past" / "report.html").read_text(encoding="utf-8")).text
    assert f"as of {then.astimezone(HONG_KONG):%Y-%m-%d %H:%M}" in page_then


def test_the_helpdesk_takes_no_list_of_the_locked_out_with_them(tmp_path: Path) -> None:
    desk = CommandDesk(tmp_path)
    assert desk.run("init", "--json").code == 0
    added = desk.run("operator", "add", "ho", "--name", "Ho", "--role", "helpdesk")
    assert added.code == 0
    for output in ("out", "alone.html"):
        refused = desk.run("report", "--output", output, "--operator", "ho")
        assert (refused.code, refused.out) == (4, "")
        assert refused.sentence
        assert not (tmp_path / output).exists()


def test_a_report_takes_the_place_of_a_report_but_of_nobody_elses_file_unless_told(tmp_path: Path) -> None:
    desk = CommandDesk(tmp_path)
    assert desk.run("init", "--json").code == 0
    for _time in range(2):
        assert desk.run("report", "--output", "out").code == 0
        assert desk.run("report", "--output", "alone.html").code == 0
    for path, kept in (("out/readiness.csv", "my,own\n"), ("mine.html", "<p>mine</p>"), ("big.html", "\xff")):
        (tmp_path / path).write_text(kept, encoding="latin-1")
        output = "out" if path.startswith("out/") else path
        refused = desk.run("report", "--output", output)
        assert (refused.code, refused.out) == (1, "")
        assert refused.sentence == (
            f"{path} is there and no report of ours; name another place, or --force replaces it."
        )
        assert (tmp_path / path).read_text(encoding="latin-1") == kept
        assert desk.run("report", "--output", output, "--force").code == 0
        assert (tmp_path / path).read_text(encoding="utf-8") != kept


def test_a_folder_is_made_but_not_a_path_of_them(tmp_path: Path) -> None:
    desk = CommandDesk(tmp_path)
    assert desk.run("init", "--json").code == 0
    for output, missing in (("no/where", "no"), ("no/where/page.html", "no/where"), ("no/page.html", "no")):
        refused = desk.run("report", "--output", output)
        assert (refused.code, refused.out) == (1, "")
        assert refused.sentence == f"There is no folder {missing}; make it, or name another."
    assert not (tmp_path / "no").exists()
    assert desk.run("report", "--output", "no").code == 0


def test_what_cannot_be_written_or_was_never_is_one_sentence(tmp_path: Path) -> None:
    desk = CommandDesk(tmp_path)
    assert desk.run("init", "--json").code == 0
    (tmp_path / "file").touch()
    blocked = desk.run("report", "--output", "file/inside")
    assert (blocked.code, blocked.out) == (1, "")
    assert "file" in blocked.sentence
    for long_ago in ("2001-01-01", "2001-01-01 09:00"):
        early = desk.run("report", "--output", "out", "--as-of", long_ago)
        assert (early.code, early.out) == (2, "")
        assert "the log begins on" in early.sentence
    assert not (tmp_path / "out").exists()
    assert desk.run("report", "--output", "out", "--as-of", "2023-02-30").code == 2
