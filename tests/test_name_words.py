"""The words of names are kept with every name that is written, whoever writes it."""

from importlib import import_module
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, select, text

from ccms_tui.demo.roster import build_roster
from store.database import Database
from store.keys import Keys
from store.name_words import near_words, words_that_begin
from store.rules.mistakes import kept_words, keys_of
from store.seed import plant
from store.setup import initialise
from store.tables import NAME_WORDS, USERS
from store.views import Role
from tests.conftest import DeskOf, HeldClock, Roster
from tests.test_roster import cells, load


async def kept(database: Database) -> tuple[set[Any], set[Any]]:
    """The words under their keys that are kept, and those that the names call for."""
    async with database.reading() as connection:
        rows = {tuple(row) for row in await connection.execute(select(NAME_WORDS))}
        names = [*(await connection.execute(select(USERS.c.sort_name))).scalars()]
    return rows, {(key, word) for word in kept_words(names) for key in keys_of(word)}


async def test_a_roster_that_is_loaded_or_changed_leaves_its_words(
    database: Database, clock: HeldClock, keys: Keys, desk_of: DeskOf
) -> None:
    await initialise(database, clock, keys, "ops-1", "Operations One")
    operations = desk_of(Role.OPERATIONS)
    await load(operations, cells("U1", user_name="Chan Tai Man 陳大文"), cells("U2", user_name="CHAN Zoë"))
    rows, called_for = await kept(database)
    assert rows == called_for
    await load(operations, cells("U2", user_name="O'Brien-Fitzgerald Ⅻ " + "x" * 40))
    rows, called_for = await kept(database)
    assert rows > called_for, "a word that nobody has any more stays"
    assert {word for _key, word in rows - called_for} == {"zoë"}
    found = await desk_of(Role.HELPDESK).users.lookup("obrien-fitzgereld")
    assert ([row.user_id for row in found.rows], found.close) == (["U2"], True)
    assert (await desk_of(Role.HELPDESK).users.lookup("zoe")).rows == ()


async def test_the_invented_roster_has_its_words(database: Database, keys: Keys) -> None:
    await plant(database, keys, build_roster())
    rows, called_for = await kept(database)
    assert rows == called_for


async def test_an_upgrade_gives_the_names_that_are_there_their_words(roster: Roster) -> None:
    await roster.participant("C00001")
    await roster.user("C00001", "CHAN Tai Man 陳大文")
    await roster.user("C00001", "Anjali Raghuvanshi 7")

    def anew(connection: Connection) -> None:
        connection.execute(text("DROP TABLE name_word"))
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP INDEX user_search_participant"))
        with Operations.context(MigrationContext.configure(connection)):
            import_module("store.migrations.versions.0010_name_words").upgrade()

    async with roster.database.writing() as connection:
        await connection.run_sync(anew)
    rows, called_for = await kept(roster.database)
    assert rows == called_for


async def test_what_a_word_begins_and_what_it_may_have_been_meant_for(roster: Roster) -> None:
    await roster.participant("C00001")
    for name in ("Raghuvanshi Anjali", "RAGHU Man", "Man Mandy", "Mei 684"):
        await roster.user("C00001", name)
    async with roster.database.reading() as connection:
        begun = await words_that_begin(connection, ["ra", "man", "xy", "684", "%"], 5)
        near = await near_words(connection, ["raguvanshi", "684", "mna", "radhuv"])
        assert await near_words(connection, ["陳大文"]) == {"陳大文": {}}
    assert (begun["ra"], begun["man"], begun["684"]) == (["raghu", "raghuvanshi"], ["man", "mandy"], ["684"])
    assert begun["xy"] == begun["%"] == []
    assert near == {
        "raguvanshi": {"raghuvanshi": (1, 0)}, "684": {}, "mna": {"man": (1, 0)},
        "radhuv": {"raghuvanshi": (1, 1)},
    }  # fmt: skip


@pytest.mark.parametrize("typed", ['"', "'", "%", "_", "\\", "a\tb", "*", "NEAR(a", "]", "{", "\u202e"])
async def test_nothing_typed_is_an_operator(typed: str, roster: Roster, desk_of: DeskOf) -> None:
    await roster.participant("C00001")
    await roster.user("C00001", "CHAN Tai Man", user_id="U1")
    await roster.user("C00001", "LEE Siu Ming", user_id="U2")
    for clue in (f"chna {typed}", f"{typed}chna tai", f"chna{typed}"):
        found = await desk_of(Role.HELPDESK).users.lookup(clue)
        assert {row.user_id for row in found.rows} <= {"U1"}, "whoever else is found, it is by an operator"
