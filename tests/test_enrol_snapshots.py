"""How each step of enrolment looks at 80x24, with a clock that stands still and a secret that is known."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from textual.pilot import Pilot

from ccms_tui.enrol_app import EnrolApp
from store.database import Database
from store.enrolment import Enrolment
from store.keys import Keys
from tests.conftest import HeldClock, Roster
from tests.enrolling import PASSWORD, STEP, Person, terminal, verified_user
from tests.test_enrol_screens import (
    activate,
    choose,
    come_to_method,
    come_to_password,
    come_to_phone,
    give,
    shows,
    type_in,
    until,
)

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
Scene = Callable[[Pilot[Any], Person], Awaitable[None]]


async def who(pilot: Pilot[Any], person: Person) -> None:
    await until(pilot, shows(pilot, "Your CCMS user ID"))


async def address(pilot: Pilot[Any], person: Person) -> None:
    await give(pilot, "#user-id", person.user_id)
    await until(pilot, shows(pilot, "Verification code"))


async def wrong_code(pilot: Pilot[Any], person: Person) -> None:
    await address(pilot, person)
    for left in (9, 8, 7):
        await give(pilot, "#code", f"ABCD-EFG{left}")
        await until(pilot, shows(pilot, f"{left} tries are left"))


async def activation(pilot: Pilot[Any], person: Person) -> None:
    await address(pilot, person)
    await choose(pilot, "activate")
    await until(pilot, shows(pilot, "code no. 1", "in 1:00"))


async def password(pilot: Pilot[Any], person: Person) -> None:
    await address(pilot, person)
    await come_to_password(pilot, person)
    await type_in(pilot, "#password", "violet anchor 7")
    await until(pilot, shows(pilot, "■"))


async def method(pilot: Pilot[Any], person: Person) -> None:
    await address(pilot, person)
    await come_to_method(pilot, person)


async def phone(pilot: Pilot[Any], person: Person) -> None:
    await address(pilot, person)
    await come_to_phone(pilot, person)


async def by_email(pilot: Pilot[Any], person: Person) -> None:
    await method(pilot, person)
    await choose(pilot, "email")
    await until(pilot, shows(pilot, "One good one-time password", "queued", "in 1:00"))


async def trial(pilot: Pilot[Any], person: Person) -> None:
    await address(pilot, person)
    person.phone = await come_to_phone(pilot, person)
    await give(pilot, "#code", person.phone.code())
    await until(pilot, shows(pilot, "Test my access", "Regular password", "Set up"))


async def second_factor(pilot: Pilot[Any], person: Person) -> None:
    await trial(pilot, person)
    await give(pilot, "#password", PASSWORD)
    await until(pilot, shows(pilot, "Your password is right"))


async def ready(pilot: Pilot[Any], person: Person) -> None:
    await second_factor(pilot, person)
    person.clock.advance(STEP)
    assert person.phone
    await give(pilot, "#code", person.phone.code())
    await until(pilot, shows(pilot, "You are ready"))


async def proof(pilot: Pilot[Any], person: Person) -> None:
    await ready(pilot, person)
    await choose(pilot, "change-method")
    await until(pilot, shows(pilot, "Before another phone or method"))


async def come_back(pilot: Pilot[Any], person: Person) -> None:
    session = await person.enrolled_by_app()
    await person.logs_on()
    await person.enrolment.end(session)
    person.clock.advance(timedelta(minutes=2))
    await address(pilot, person)
    await activate(pilot, person)
    await until(pilot, shows(pilot, "You are ready"))


SCENES = (
    who, address, wrong_code, activation, password, method, phone, by_email, trial, second_factor, ready,
    proof, come_back,
)  # fmt: skip


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__.replace("_", "-"))
def test_a_step_looks_as_it_did(
    snap_compare: Any, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    monkeypatch.setattr(pyotp, "random_base32", lambda: SECRET)
    people: list[Person] = []
    clock = HeldClock()

    async def opener() -> Enrolment:
        database = Database(sqlite_url)
        roster = Roster(database, clock)
        await roster.participant("CP1", "Jade Abacus Securities")
        user_id = await verified_user(roster, "CHAN Tai Man 陳大文")
        people.append(Person(terminal(database, clock, Keys(bytes(32))), clock, user_id))
        return people[0].enrolment

    async def act(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: people)
        await scene(pilot, people[0])
        await until(pilot, lambda: not list(pilot.app.workers))
        await people[0].database.close()

    assert snap_compare(EnrolApp(opener, clock=clock), terminal_size=(80, 24), run_before=act)
