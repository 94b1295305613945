"""What the door writes down: each thing once, no flood, and no code that somebody could still use."""

import base64
import secrets
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from ccms_tui.gateway_request import BadRequest, read_request
from screens.history import history_words
from store.audit_rows import facts_of
from store.database import Database
from store.desk import Desk
from store.errors import SignInRefused
from store.keys import Keys
from store.rules.masking import hide_codes
from store.setup import initialise
from store.sign_in import FREE_REFUSALS_A_MINUTE, UNKNOWN_KEYS_AN_HOUR, SignIn
from store.tables import EVENTS
from store.views import Operator, Role
from tests.conftest import DeskOf, HeldClock, Roster

HERE, THERE = "10.1.2.3", "192.0.2.9"


@pytest.fixture
async def operations(roster: Roster, keys: Keys, clock: HeldClock, desk_of: DeskOf) -> Desk:
    """A desk with a maker, whose one-time password is set up."""
    await initialise(roster.database, clock, keys, "ops1", "Operations One")
    await roster.participant("CP1")
    desk = desk_of(Role.OPERATIONS)
    await desk.operators.add(Operator("mia", "Mia", Role.DA_MAKER, "CP1"))
    return desk


@pytest.fixture
def door(database: Database, clock: HeldClock, keys: Keys) -> SignIn:
    return SignIn(database, clock, keys)


async def refusals(database: Database) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Every refused sign-in: who acted, the participant, the facts."""
    columns = (EVENTS.c.operator_id, EVENTS.c.participant_id, EVENTS.c.facts, EVENTS.c.personal)
    query = select(*columns).where(EVENTS.c.action == "signin.refused").order_by(EVENTS.c.event_id)
    async with database.reading() as connection:
        return [
            (row.operator_id, row.participant_id, facts_of(row.facts, row.personal))
            for row in await connection.execute(query)
        ]


def a_key() -> str:
    return base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + secrets.token_bytes(32)).decode()


# Keys.


async def test_strangers_take_no_room_from_the_trace_of_a_disabled_operators_key(
    operations: Desk, door: SignIn, database: Database, clock: HeldClock
) -> None:
    theirs = a_key()
    await operations.operators.add_keys("mia", [f"ssh-ed25519 {theirs} mia@desk"])
    await operations.operators.disable("mia", "left the firm")
    for _stranger in range(UNKNOWN_KEYS_AN_HOUR + 5):
        assert await door.holder_of("ssh-ed25519", a_key()) is None
    assert len(await refusals(database)) == UNKNOWN_KEYS_AN_HOUR
    for _try in range(3):
        assert await door.holder_of("ssh-ed25519", theirs) is None
    actor, participant_id, facts = (await refusals(database))[UNKNOWN_KEYS_AN_HOUR]
    assert (actor, participant_id, facts["reason"], facts["operator"]) == ("door", "CP1", "disabled", "mia")
    assert len(await refusals(database)) == UNKNOWN_KEYS_AN_HOUR + 1
    clock.advance(timedelta(hours=1))
    await door.holder_of("ssh-ed25519", theirs)
    await door.holder_of("ssh-ed25519", a_key())
    assert len(await refusals(database)) == UNKNOWN_KEYS_AN_HOUR + 3


# Free refusals.


async def test_refusals_that_take_turns_are_each_recorded_once_a_minute(
    operations: Desk, door: SignIn, database: Database, clock: HeldClock
) -> None:
    for _round in range(10):
        for reason in ("command", "no-code"):
            await door.refuse("mia", reason, origin=HERE)
    assert [facts["reason"] for _who, _whose, facts in await refusals(database)] == ["command", "no-code"]
    await door.refuse("mia", "no-code", origin=THERE)
    assert [facts["origin"] for _who, _whose, facts in await refusals(database)] == [HERE, HERE, THERE]
    clock.advance(timedelta(minutes=1))
    await door.refuse("mia", "no-code", origin=HERE)
    assert len(await refusals(database)) == 4


async def test_no_more_than_a_few_free_refusals_a_minute_are_recorded_of_one_operator(
    operations: Desk, door: SignIn, database: Database, clock: HeldClock
) -> None:
    for number in range(3 * FREE_REFUSALS_A_MINUTE):
        await door.refuse("mia", "no-code", origin=f"10.1.2.{number}")
    assert len(await refusals(database)) == FREE_REFUSALS_A_MINUTE
    await door.refuse("ops1", "no-code", origin=HERE)
    assert len(await refusals(database)) == FREE_REFUSALS_A_MINUTE + 1
    with pytest.raises(SignInRefused):
        await door.open("mia", "000000", origin=HERE)
    assert (await refusals(database))[-1][2]["reason"] == "wrong"
    clock.advance(timedelta(minutes=1))
    await door.refuse("mia", "no-code", origin=HERE)
    assert len(await refusals(database)) == FREE_REFUSALS_A_MINUTE + 3


async def test_a_repeated_refusal_waits_for_nobody_who_writes(
    operations: Desk, door: SignIn, database: Database
) -> None:
    await door.refuse("mia", "no-code", origin=HERE)
    await door.holder_of("ssh-ed25519", stranger := a_key())
    async with database.writing():
        await door.refuse("mia", "no-code", origin=HERE)
        assert await door.holder_of("ssh-ed25519", stranger) is None
    assert len(await refusals(database)) == 2


# What was tried.


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("otp 492017 exprot users", "otp *** exprot users"),
        ("otp '492 017' exprot users", "otp *** exprot users"),
        (" OTP 49201 exprot", "OTP *** exprot"),
        ("exprot 12345678 users", "exprot *** users"),
        ("492 017 export users", "*** export users"),
        ("x" * 36 + " 492017", "x" * 36 + " ***"),
        ("lokup ann@own.example", "lokup a***@own.example"),
    ],
)
async def test_no_one_time_password_is_kept_of_a_command_that_was_refused(
    typed: str, kept: str, operations: Desk, door: SignIn, database: Database
) -> None:
    with pytest.raises(BadRequest):
        read_request(typed.encode())
    await door.refuse("mia", "command", origin=HERE, tried=typed)
    assert (await refusals(database))[-1][2]["tried"].strip() == kept


@given(st.from_regex(r"[a-z ]{0,6}[0-9]{6,8}[a-z ]{0,6}", fullmatch=True))
def test_no_code_is_left_wherever_it_stands(typed: str) -> None:
    assert not any(char.isdigit() for char in hide_codes(typed))


# On the host.


async def test_a_wrong_code_at_the_confirmation_tells_whose_it_was(
    operations: Desk, database: Database
) -> None:
    with pytest.raises(SignInRefused):
        await operations.operators.confirm("mia", "000000")
    actor, participant_id, facts = (await refusals(database))[-1]
    assert (actor, participant_id, facts["operator"]) == (operations.actor.operator_id, "CP1", "mia")
    assert history_words("signin.refused", facts) == (
        "sign-in refused: wrong one-time password, from the host, login mia"
    )
