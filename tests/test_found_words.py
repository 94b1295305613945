"""What a look-up says beside whom it found: examples that are true, that there are more, what a number is."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert

from ccms_tui.app import DeskApp
from screens.lookup import CLUES, LookupScreen
from store.desk import Desk
from store.rules.clue_examples import ClueKind, Known, clue_examples
from store.tables import Verification
from store.views import Kind, Role
from tests.conftest import DeskOf, Roster
from tests.test_hotline_drill import Keyboard, backend, helpdesk, seen, until
from tests.test_lookup import ids, people

__all__ = ["backend", "helpdesk", "people"]


async def test_a_list_of_those_who_got_such_a_code_says_that_there_are_more(
    people: Roster, desk_of: DeskOf
) -> None:
    now, users = people.clock.now(), [900 + number for number in range(12)]
    await people.insert([people.row("C00001", f"YIP {pk}", pk=pk) for pk in users])
    async with people.database.writing() as connection:
        await connection.execute(insert(Verification), [
            {"verification_id": pk, "user_pk": pk, "number": 4, "canonical": "x", "code_hash": b"",
             "issued_at": now, "expires_at": now + timedelta(days=1), "tries": 0} for pk in users
        ])  # fmt: skip
    desk = desk_of(Role.HELPDESK).users
    found = await desk.lookup("code no. 4", limit=10)
    assert (len(found.rows), found.more) == (10, True)
    assert found.rows[0].user_name == "YIP 911", "the newest first"
    found = await desk.lookup("code no. 4", limit=12)
    assert (len(found.rows), found.more) == (12, False)
    found = await desk.lookup("yip code no. 4", limit=5)
    assert (len(found.rows), found.more) == (5, True)


@pytest.mark.parametrize("role", [Role.HELPDESK, Role.OPERATIONS, Role.DA_MAKER])
async def test_each_example_of_a_clue_finds_somebody(role: Role, people: Roster, desk_of: DeskOf) -> None:
    users = desk_of(role, "C00002" if role is Role.DA_MAKER else None).users
    examples = await users.clue_examples()
    assert examples[ClueKind.USER_ID] == "PK-0007"
    assert {*ClueKind} - {*examples} == {ClueKind.DA}, "there is none"
    for example in examples.values():
        found = await users.lookup(example)
        assert ("PK-0007" in ids(found), found.close) == (True, False), example


async def test_an_example_is_of_the_operators_own_and_there_is_none_without_users(
    roster: Roster, desk_of: DeskOf
) -> None:
    assert await desk_of(Role.HELPDESK).users.clue_examples() == {}
    await roster.participant("C00008", "Eight")
    await roster.participant("C00009", "Nine & Co")
    await roster.user("C00009", "HO Ada", user_id="N1", kind=Kind.DA_MAKER)
    assert await desk_of(Role.DA_MAKER, "C00008").users.clue_examples() == {}
    examples = await desk_of(Role.DA_MAKER, "C00009").users.clue_examples()
    assert set(examples.values()) == {"N1", "ada ho", "nine ho", "nine DA"}


def test_nothing_that_cannot_be_said_is_an_example() -> None:
    hostile = Known("N" * 30, "[/x]\x1b[2J \u202e陳大文!", "\x1b]0;x", mail_id=7)
    assert clue_examples(hostile) == {ClueKind.MAIL: "mail 7"}
    chinese = Known("N1", "陳大文", "金峰", code_number=2)
    assert clue_examples(chinese) == {ClueKind.USER_ID: "N1", ClueKind.CHINESE: "大文"}


async def test_what_the_empty_screen_shows_finds_somebody(helpdesk: Desk) -> None:
    async def opener() -> Desk:
        return helpdesk

    examples = await helpdesk.users.clue_examples()
    app = DeskApp(opener)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "For example:" in seen(app))
        shown = [line.rstrip() for line in seen(app).splitlines()]
    for kind, example in examples.items():
        whole = re.compile(f"{re.escape(example)} +{re.escape(CLUES[kind])}$")
        assert any(map(whole.search, shown)), f"{example}: whole, at 80 cells"
        found = await helpdesk.users.lookup(example)
        assert found.rows, example
        assert not found.close, example


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("code no. 1", "The newest 50 of more who got such a code; add a part of the name"),
        ("chan", "The best 50 of more; type on to narrow them"),
        ("987654", "No mail that you may see has the number 987654"),
        ("4321", "A code's number is typed: code no. 4321."),
        ("900003", "1 found · mail no. 900003 went to HALB9004"),
        ("zzzz", "Nobody found"),
    ],
)
async def test_the_screen_says_that_there_are_more_and_what_a_number_is(
    typed: str, words: str, helpdesk: Desk
) -> None:
    async def opener() -> Desk:
        return helpdesk

    app = DeskApp(opener)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, LookupScreen))
        await Keyboard(pilot).give(typed)
        await until(pilot, lambda: words in seen(app))
