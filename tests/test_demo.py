"""The demo: its roster is the same each time and true to the rules, and its mail really goes out."""

import asyncio
import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import OptionList, Static

from ccms_tui.app import DeskApp
from ccms_tui.commands_demo import ROLES
from ccms_tui.demo.cast import CAST, START
from ccms_tui.demo.catcher import CaughtMail
from ccms_tui.demo.caught import CaughtScreen
from ccms_tui.demo.names import HOSTILE
from ccms_tui.demo.picker import RolePicker
from ccms_tui.demo.roster import build_roster
from ccms_tui.demo.stage import FOUNDED, Demo, clock_at
from store import operators
from store.database import Database
from store.desk import Desk
from store.errors import NotNow
from store.keys import Keys
from store.outbox import Outbox
from store.rules.addresses import check_address
from store.rules.standing import Facts, standing
from store.seed import Seed, SeedUser, plant
from store.setup import initialise
from store.views import Kind, MailState, Phase, Role, Standing, UserQuery
from tests.command_line import ROOT
from tests.conftest import HeldClock
from tests.terminal import KEYS, PATIENCE, Terminal


@pytest.fixture(scope="module")
def seed() -> Seed:
    return build_roster()


@pytest.fixture
async def planted(database: Database, keys: Keys, seed: Seed) -> Database:
    await initialise(database, clock_at(FOUNDED), keys, "ops.yeung", "Yeung Ka Wai 楊嘉偉")
    await plant(database, keys, seed)
    return database


async def test_the_planted_log_is_one_whole_chain_up_to_the_newest_row(planted: Database, keys: Keys) -> None:
    operations = next(role.operator for role in CAST if role.name == "operations")
    verdict = await Desk(planted, clock_at(START), keys, operations).audit.verify()
    assert verdict.ok
    assert verdict.events > 5_000


async def test_the_planted_past_is_what_its_log_tells(planted: Database, keys: Keys) -> None:
    operations = next(role.operator for role in CAST if role.name == "operations")
    desk = Desk(planted, clock_at(START), keys, operations)
    assert await desk.health.past() is None
    days = await desk.moments.daily(FOUNDED.date(), START.date())
    assert [sum(day.standing.values()) for day in days[-40:]] == [2_400] * 40
    verified = [day.standing[Standing.VERIFIED] + day.standing[Standing.PROVEN] for day in days]
    assert verified[0] == 0
    assert verified[-1] > 100


def stands(user: SeedUser, now: object = START) -> Standing:
    facts = Facts(
        has_active=user.active_email is not None,
        has_pending=user.pending_email is not None,
        undeliverable=user.undeliverable,
        code_expires_at=user.codes[-1].expires_at if user.codes else None,
        proposal_expires_at=user.waits_until,
        password_set=user.password_set_at is not None,
        enrolled=user.enrolled_at is not None,
        proven=user.proven_at is not None,
    )
    return standing(facts, START)


def test_the_roster_is_the_same_in_every_process() -> None:
    program = (
        "import hashlib; from ccms_tui.demo.roster import build_roster\n"
        "print(hashlib.sha256(repr(build_roster()).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True, text=True, check=True,
        ).stdout.strip()
        for hash_seed in ("1", "2")
    }  # fmt: skip
    assert digests == {hashlib.sha256(repr(build_roster()).encode()).hexdigest()}


def test_everybody_is_there_in_every_standing_and_mail_in_every_state(seed: Seed) -> None:
    assert (len(seed.participants), len(seed.users)) == (60, 2_400)
    assert {stands(user) for user in seed.users} == set(Standing)
    assert {mail.state for user in seed.users for mail in user.mails} == set(MailState)
    assert {user.kind for user in seed.users} == set(Kind)
    assert sum(user.locked for user in seed.users) >= 5
    assert sum(user.suspended for user in seed.users) >= 5
    assert {user.user_name for user in seed.users} >= set(HOSTILE)
    assert sum(any("\u4e00" <= char <= "\u9fff" for char in user.user_name) for user in seed.users) > 1_500


def test_the_past_obeys_the_rules(seed: Seed) -> None:
    waivers = {row.participant_id for row in seed.participants if row.waiver}
    for user in seed.users:
        if user.kind.is_delegated_administrator:
            assert stands(user) is Standing.NO_EMAIL, "registration of DAs' addresses has not begun"
        if user.proposal:
            assert user.participant_id not in waivers
            assert user.proposal.made_at < START < user.proposal.expires_at
        assert [code.number for code in user.codes] == list(range(1, len(user.codes) + 1))
        for code in user.codes:
            assert code.used_at is None or code.issued_at < code.used_at < code.expires_at
        moments = [user.password_set_at, user.enrolled_at, user.proven_at]
        reached = [moment for moment in moments if moment]
        assert reached == sorted(reached)
        assert all(event.at < START for event in user.events)
        assert [event.at for event in user.events if event.operator_id != "system"] == sorted(
            event.at for event in user.events if event.operator_id != "system"
        )


def test_all_addresses_are_good_unlike_and_belong_to_nobody(seed: Seed) -> None:
    seen: set[str] = set()
    for user in seed.users:
        for address in filter(None, (user.active_email, user.pending_email)):
            assert check_address(address) == address.lower()
            assert address.endswith(".example"), address
            assert address.lower() not in seen
            seen.add(address.lower())


async def test_the_database_says_what_the_roster_says(
    planted: Database, desk_of: Callable[..., Desk], seed: Seed
) -> None:
    status = await desk_of(Role.OPERATIONS).status()
    assert status.phase is Phase.USER_REGISTRATION
    assert (status.participants, status.users) == (60, 2_400)
    assert {word: count for word, count in status.standing.items() if count} == Counter(
        map(stands, seed.users)
    )
    assert status.locked == sum(user.locked for user in seed.users)
    found = (await desk_of(Role.OPERATIONS).users.lookup("小明")).rows
    assert any(row.user_name == HOSTILE[1] for row in found)


async def test_a_card_tells_the_whole_past(
    planted: Database, desk_of: Callable[..., Desk], seed: Seed
) -> None:
    twice = (user for user in seed.users if [code.used_at is None for code in user.codes] == [True, False])
    user = next(user for user in twice if len(user.mails) == 2)
    card = await desk_of(Role.OPERATIONS).users.card(user.user_id)
    assert card.active_email == user.active_email
    assert [mail.state for mail in card.mails] == [MailState.ACCEPTED] * 2
    assert {line.action for line in card.history} >= {
        "user.imported",
        "verification.issued",
        "address.verified",
    }


async def test_the_hotline_had_calls_on_two_days_with_two_follow_ups_to_do_and_a_note(
    planted: Database, keys: Keys, clock: HeldClock
) -> None:
    desk = Desk(planted, clock, keys, next(role.operator for role in CAST if role.name == "helpdesk"))
    load, note = await desk.enquiries.load(), await desk.enquiries.newest_hand_over()
    assert (load.today, load.open_follow_ups, load.overdue) == (4, 2, 1)
    assert note is not None
    assert note.written_by != desk.actor.operator_id
    friday = await desk.enquiries.statistics(START - timedelta(days=3), START - timedelta(days=2))
    assert friday.calls >= 8
    assert len(friday.by_cause) >= 4
    newest = (await desk.enquiries.listing().page(0))[0]
    call = await desk.enquiries.begin(question="after the planted ones")
    assert call.enquiry_id == newest.enquiry_id + 1
    assert await desk.callers.number_on_file("C10100") is not None


async def test_only_an_empty_database_is_planted(planted: Database, keys: Keys, seed: Seed) -> None:
    with pytest.raises(NotNow):
        await plant(planted, keys, seed)


async def test_the_queue_does_not_flood(planted: Database, keys: Keys, clock: HeldClock) -> None:
    outbox = Outbox(planted, clock, keys)
    assert await outbox.claim(100, "test") == ()
    clock.advance(timedelta(minutes=14))
    assert await outbox.claim(100, "test") == (), "whoever tries the demo sees their own mail first"
    clock.advance(timedelta(minutes=17))
    queued = await outbox.claim(100, "test")
    assert 4 <= len(queued) < 20, "three queued, one whose worker went away, and what was deferred"
    assert all(re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", mail.secret or "") for mail in queued)


async def test_those_one_can_come_in_as_are_operators_of_the_roster(planted: Database) -> None:
    assert tuple(role.name for role in CAST) == ROLES
    for role in CAST:
        found = await operators.find(planted, role.operator.operator_id)
        assert found == role.operator


@asynccontextmanager
async def a_demo(role: str | None = None) -> AsyncIterator[Demo]:
    demo = Demo(next((one for one in CAST if one.name == role), None))
    try:
        yield demo
    finally:
        await demo.close()


async def caught(demo: Demo, address: str) -> CaughtMail:
    async with asyncio.timeout(20):
        while True:
            found = [mail for mail in demo.catcher.caught if mail.to == address]
            if found:
                return found[-1]
            await asyncio.sleep(0.02)


async def test_what_the_maker_enters_is_caught_and_its_code_verifies() -> None:
    async with a_demo() as demo:
        desk = await demo.enter(CAST[0])
        listing = desk.users.listing(UserQuery(standings=frozenset({Standing.NO_EMAIL})))
        user = next(row for row in await listing.page(0) if row.kind is Kind.USER)
        card = await desk.users.card(user.user_id)
        await desk.registrations.edit_email(user.user_id, "new.one@jadeabacus.example", version=card.version)
        mail = await caught(demo, "new.one@jadeabacus.example")
        code = re.search(r"Verification code:\s+(\S+)", mail.text)
        assert code
        await desk.verifications.enter_code(user.user_id, code[1])
        assert (await desk.users.card(user.user_id)).row.standing is Standing.VERIFIED
        directory = Path(demo.key_file).parent
        assert directory.exists()
    assert not directory.exists(), "the demo leaves nothing behind"


async def test_the_demo_leaves_nothing_behind_when_left_at_the_picker() -> None:
    async with a_demo() as demo:
        demo.picker()
        directory = demo.key_file.parent
    assert not directory.exists()


@pytest.mark.parametrize("leaving", ["q", "hang-up"])
def test_the_real_program_leaves_nothing_behind_however_it_is_left(tmp_path: Path, leaving: str) -> None:
    command = [sys.executable, "-m", "ccms_tui", "demo", "--role", "operations"]
    terminal = Terminal(command, {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)})
    terminal.wait_for("of 60 ready")
    assert list(tmp_path.iterdir())
    if leaving == "q":
        terminal.child.send("q")
    else:
        terminal.child.kill(signal.SIGHUP)
    _ended(terminal)
    assert terminal.child.exitstatus == 0
    assert list(tmp_path.iterdir()) == []


def test_a_fault_of_the_program_ends_it_in_one_sentence_that_shows_no_values(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from ccms_tui.app import DeskApp\n"
        "from ccms_tui.__main__ import main\n"
        "def fails(app):\n"
        "    secret = 'hunter2'\n"
        "    raise RuntimeError(secret)\n"
        "DeskApp.do_role = fails\n"
        "sys.exit(main(['demo', '--role', 'operations']))"
    )
    terminal = Terminal(
        [sys.executable, "-c", program], {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}, 120, 40
    )
    terminal.wait_for("of 60 ready")
    terminal.child.send(KEYS["f2"])
    _ended(terminal)
    assert terminal.child.exitstatus == 1
    assert "A fault in the desk itself (RuntimeError at" in terminal.text
    assert "hunter2" not in terminal.text
    assert list(tmp_path.iterdir()) == []


def app_of(demo: Demo) -> DeskApp:
    async def never() -> Desk:
        raise AssertionError

    return DeskApp(never, demo=demo)


@pytest.mark.parametrize("size", [(80, 24), (60, 15)])
async def test_the_picker_lets_one_come_in_and_f2_brings_it_back(size: tuple[int, int]) -> None:
    async with a_demo() as demo:
        app = app_of(demo)
        async with app.run_test(size=size) as pilot:
            await _until(
                pilot, lambda: isinstance(app.screen, RolePicker) and bool(app.screen.query(OptionList))
            )
            assert app.screen.query_one(OptionList).option_count == 7
            assert "q leave the demo" in _keys(app)
            assert "esc" not in _keys(app)
            await pilot.press("escape")
            await _until(pilot, lambda: len(app._notifications) == 1)
            assert "q leaves the demo" in next(iter(app._notifications)).message
            assert isinstance(app.screen, RolePicker)
            await pilot.press("4")
            await _until(pilot, lambda: app.ready)
            assert app.desk.actor.role is Role.HELPDESK
            await pilot.press("escape", "f2")
            await _until(pilot, lambda: isinstance(app.screen, RolePicker))
            assert "esc back to the desk" in _keys(app)
            await pilot.press("5")
            await _until(pilot, lambda: app.desk.actor.role is Role.OPERATIONS)


def _keys(app: DeskApp) -> str:
    return str(app.screen.query_one("#picker-keys", Static).content)


async def test_the_caught_screen_shows_new_mail_by_itself() -> None:
    async with a_demo("maker") as demo:
        app = app_of(demo)
        async with app.run_test(size=(80, 24)) as pilot:
            await _until(pilot, lambda: app.ready and app.current_mode != "opening")
            await pilot.press("7")
            await _until(pilot, lambda: isinstance(app.screen, CaughtScreen))
            user = next(
                row
                for row in await app.desk.users.listing(
                    UserQuery(standings=frozenset({Standing.NO_EMAIL}))
                ).page(0)
                if row.kind is Kind.USER
            )
            card = await app.desk.users.card(user.user_id)
            await app.desk.registrations.edit_email(
                user.user_id, "new.one@jadeabacus.example", version=card.version
            )
            mail = await caught(demo, "new.one@jadeabacus.example")
            code = re.search(r"Verification code:\s+(\S+)", mail.text)
            assert code

            def shown() -> bool:
                return code[1] in str(app.screen.query_one("#caught-text", Static).content)

            await _until(pilot, shown)


def _ended(terminal: Terminal) -> None:
    deadline = time.monotonic() + PATIENCE
    while terminal.pump():
        assert time.monotonic() < deadline, terminal.text
    terminal.child.close()


async def _until(pilot: object, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await pilot.pause(0.02)  # type: ignore[attr-defined]
