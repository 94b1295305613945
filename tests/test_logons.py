"""The terminal's logon evidence: read, planned, loaded once, and what the desk shows of it."""

import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from store.database import Database
from store.desk import Desk
from store.errors import BadFile, NotAllowed, NotNow
from store.logons import LogonPlan
from store.rules.access import Method
from store.rules.logon_file import LogonFault, Result, read_logons
from store.rules.roster_file import FileFault, RowFault
from store.tables import EVENTS, LOGONS, USERS
from store.views import Role, Standing, UserQuery
from tests.command_line import Desk as Program
from tests.conftest import START, DeskOf, HeldClock, Roster

HEADER = "user_id,method,at,result\n"
NOW = START


def faults(rows: str) -> list[tuple[int, str, str]]:
    return [(bad.line, bad.column, bad.reason) for bad in read_logons((HEADER + rows).encode(), NOW).bad]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("U1,card,2023-01-01T00:00:00Z,ok", "method", LogonFault.METHOD),
        ("U1,,2023-01-01T00:00:00Z,ok", "method", RowFault.EMPTY),
        ("U1,2fa,2023-01-01T00:00:00Z,maybe", "result", LogonFault.RESULT),
        ("U1,2fa,2023-01-01T00:00:00Z,", "result", RowFault.EMPTY),
        ("U1,2fa,yesterday,ok", "at", LogonFault.TIME),
        ("U1,2fa,2023-02-30T00:00:00Z,ok", "at", LogonFault.TIME),
        ("U1,2fa,9999-12-31T23:59:59-14:00,ok", "at", LogonFault.TIME),
        ("U1,2fa,0001-01-01T00:00:00+14:00,ok", "at", LogonFault.TIME),
        ("U1,2fa,,ok", "at", RowFault.EMPTY),
        ("U1,2fa,2023-01-01T00:00:00,ok", "at", LogonFault.NO_ZONE),
        ("U1,2fa,2023-01-01,ok", "at", LogonFault.NO_ZONE),
        ("U1,2fa,2023-02-06T09:30:01+08:00,ok", "at", LogonFault.FUTURE),
        ("U 1,2fa,2023-01-01T00:00:00Z,ok", "user_id", RowFault.ID),
        (",2fa,2023-01-01T00:00:00Z,ok", "user_id", RowFault.EMPTY),
        ("U1\u202e,2fa,2023-01-01T00:00:00Z,ok", "user_id", RowFault.ID),
        ("U1,2fa,2023-01-01T00:00:00Z", "result", RowFault.MISSING_COLUMN),
        ("U1,2fa,2023-01-01T00:00:00Z,ok,more", "", RowFault.EXTRA_COLUMN),
    ],
)
def test_each_fault_of_a_row_is_named_with_its_line(row: str, column: str, reason: str) -> None:
    assert faults(f"\n{row}\n") == [(3, column, reason)]


def test_a_row_with_several_faults_names_them_all() -> None:
    assert faults("U 1,card,soon,no\n") == [
        (2, "user_id", RowFault.ID),
        (2, "method", LogonFault.METHOD),
        (2, "at", LogonFault.TIME),
        (2, "result", LogonFault.RESULT),
    ]


def test_the_same_moment_in_another_zone_is_a_repetition() -> None:
    rows = "U1,2fa,2023-01-01T08:00:00+08:00,ok\nU1,2FA,2023-01-01T00:00:00Z,OK\n"
    (bad,) = read_logons((HEADER + rows).encode(), NOW).bad
    assert (bad.line, bad.reason, bad.detail) == (3, LogonFault.REPEATED, "line 2")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", FileFault.EMPTY),
        (b"U1,2fa,2023-01-01T00:00:00Z,ok\n", FileFault.NO_HEADER),
        (b"user_id,method,at\n", FileFault.MISSING_COLUMN),
        (HEADER.replace("result", "result,note").encode(), FileFault.EXTRA_COLUMN),
        (HEADER.encode() + b"U1,\xff\xfe\n", FileFault.ENCODING),
        (HEADER.encode() + b"U1,\0\n", FileFault.NUL),
        (HEADER.encode() + b'"U1,2fa\n', FileFault.UNCLOSED_QUOTE),
    ],
)
def test_a_file_that_is_no_evidence_is_refused_whole(data: bytes, reason: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_logons(data, NOW)
    assert refused.value.reason == reason


def test_columns_in_any_order_a_bom_big5_and_utf16_are_read() -> None:
    text = "at,result,user_id,method\n2023-01-01T08:00:00+08:00,ok,U1,smartcard\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "big5"):
        (entry,) = read_logons(text.encode(encoding), NOW).entries
        assert entry.logon == ("U1", Method.SMARTCARD, datetime(2023, 1, 1, tzinfo=UTC), Result.OK)


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (HEADER + text).encode(errors="replace"))
)
def test_whatever_a_file_holds_it_is_read_or_refused(data: bytes) -> None:
    try:
        read = read_logons(data, NOW)
    except BadFile:
        return
    assert all(entry.logon.at <= NOW for entry in read.entries)


@pytest.fixture
async def users(roster: Roster) -> dict[str, str]:
    """Two participants; one user is enrolled since yesterday, one has only a password."""
    await roster.participant("CP1")
    await roster.participant("CP2")
    day = timedelta(days=1)
    facts = {"active": "a@bank.example", "verified_at": NOW - day, "password_set_at": NOW - day}
    return {
        "enrolled": await roster.user("CP1", enrolled_at=NOW - day, **facts),
        "started": await roster.user("CP1", **facts),
        "other": await roster.user("CP2"),
    }


@pytest.fixture
def operations(desk_of: DeskOf) -> Desk:
    return desk_of(Role.OPERATIONS)


def file_of(*rows: tuple[str, str, timedelta, str]) -> bytes:
    """Rows of user, method, how long ago, and result."""
    lines = [f"{user},{method},{(NOW - ago).isoformat()},{result}\n" for user, method, ago, result in rows]
    return (HEADER + "".join(lines)).encode()


async def load(desk: Desk, data: bytes) -> LogonPlan:
    plan = await desk.logons.plan(read_logons(data, desk.clock.now()))
    await desk.logons.apply(plan, skip_bad=True)
    return plan


async def count_rows(database: Database) -> int:
    async with database.reading() as connection:
        return len((await connection.execute(select(LOGONS))).all())


async def actions(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(select(EVENTS.c.action).order_by(EVENTS.c.event_id))).scalars())


HOUR = timedelta(hours=1)


async def test_evidence_is_kept_once_however_often_it_is_loaded(
    users: dict[str, str], operations: Desk, database: Database
) -> None:
    data = file_of(
        (users["started"], "smartcard", HOUR, "ok"),
        (users["started"], "2fa", HOUR, "refused"),
        (users["other"], "smartcard", 2 * HOUR, "ok"),
    )
    first, again = await load(operations, data), await load(operations, data)
    assert (len(first.new), first.same) == (3, 0)
    assert (len(again.new), again.same) == (0, 3)
    assert await count_rows(database) == 3
    assert await actions(database) == ["logons.imported"]


async def test_the_card_shows_the_newest_good_logon_by_either_method(
    users: dict[str, str], operations: Desk
) -> None:
    user = users["started"]
    await load(operations, file_of((user, "smartcard", 2 * HOUR, "ok"), (user, "2fa", HOUR, "refused")))
    await load(operations, file_of((user, "smartcard", 3 * HOUR, "ok"), (user, "smartcard", HOUR, "refused")))
    card = await operations.users.card(user)
    assert (card.smartcard_logon_at, card.two_factor_logon_at) == (NOW - 2 * HOUR, None)
    await load(operations, file_of((user, "2fa", HOUR, "ok")))
    assert (await operations.users.card(user)).two_factor_logon_at == NOW - HOUR


async def test_who_still_uses_only_the_smartcard_is_counted_and_listed(
    users: dict[str, str], operations: Desk, desk_of: DeskOf
) -> None:
    await load(
        operations,
        file_of(
            (users["started"], "smartcard", HOUR, "ok"),
            (users["enrolled"], "smartcard", HOUR, "ok"),
            (users["enrolled"], "2fa", HOUR, "ok"),
            (users["other"], "smartcard", HOUR, "ok"),
        ),
    )
    query = UserQuery(only_smartcard=True)
    assert (await operations.status()).only_smartcard == 2
    assert set(await operations.users.ids(query)) == {users["started"], users["other"]}
    maker = desk_of(Role.DA_MAKER, "CP1")
    assert (await maker.status()).only_smartcard == 1
    assert await maker.users.ids(query) == (users["started"],)
    assert await maker.users.ids(UserQuery(only_smartcard=True, search="chan")) == (users["started"],)


async def test_a_good_2fa_logon_proves_who_was_enrolled_by_then(
    users: dict[str, str], operations: Desk, database: Database
) -> None:
    data = file_of(
        (users["enrolled"], "2fa", HOUR, "ok"),
        (users["enrolled"], "2fa", 2 * HOUR, "ok"),
        (users["enrolled"], "2fa", 72 * HOUR, "ok"),
        (users["started"], "2fa", HOUR, "ok"),
    )
    before = (await operations.users.card(users["enrolled"])).version
    plan = await load(operations, data)
    assert plan.proves == {users["enrolled"]: NOW - 2 * HOUR}
    card = await operations.users.card(users["enrolled"])
    assert (card.row.standing, card.version) == (Standing.PROVEN, before + 1)
    assert [line.action for line in card.history] == ["user.proven"]
    assert (await operations.users.card(users["started"])).row.standing is Standing.PASSWORD_SET
    async with database.reading() as connection:
        mine = select(USERS.c.proven_at).where(USERS.c.user_id == users["enrolled"])
        assert (await connection.execute(mine)).scalar_one() == NOW - 2 * HOUR


@pytest.mark.parametrize(("method", "result"), [("2fa", "refused"), ("smartcard", "ok")])
async def test_nothing_else_proves_anybody(
    method: str, result: str, users: dict[str, str], operations: Desk
) -> None:
    assert (await load(operations, file_of((users["enrolled"], method, HOUR, result)))).proves == {}
    assert (await operations.users.card(users["enrolled"])).row.standing is Standing.ENROLLED


async def test_with_bad_rows_nothing_is_loaded_unless_they_are_to_be_skipped(
    users: dict[str, str], operations: Desk, database: Database
) -> None:
    data = file_of((users["other"], "smartcard", HOUR, "ok"), ("NOBODY", "2fa", HOUR, "ok"))
    plan = await operations.logons.plan(read_logons(data, NOW))
    assert [(bad.line, bad.column, bad.reason) for bad in plan.bad] == [
        (3, "user_id", LogonFault.UNKNOWN_USER)
    ]
    with pytest.raises(NotNow):
        await operations.logons.apply(plan)
    assert await count_rows(database) == 0
    await operations.logons.apply(plan, skip_bad=True)
    assert await count_rows(database) == 1


async def test_a_plan_that_the_desk_has_overtaken_is_not_done(
    users: dict[str, str], operations: Desk, database: Database
) -> None:
    data = file_of((users["started"], "2fa", HOUR, "ok"))
    plan = await operations.logons.plan(read_logons(data, NOW))
    async with database.writing() as connection:
        await connection.execute(update(USERS).values(enrolled_at=NOW - 2 * HOUR))
    with pytest.raises(NotNow):
        await operations.logons.apply(plan)
    assert await count_rows(database) == 0


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER, Role.HELPDESK])
async def test_nobody_but_operations_loads_evidence(
    role: Role, users: dict[str, str], desk_of: DeskOf
) -> None:
    desk = desk_of(role, None if role is Role.HELPDESK else "CP1")
    with pytest.raises(NotAllowed):
        await desk.logons.plan(read_logons(file_of((users["other"], "2fa", HOUR, "ok")), NOW))


async def test_ten_thousand_logons_go_in_and_are_found_again(
    roster: Roster, operations: Desk, clock: HeldClock, database: Database
) -> None:
    await roster.participant("CP1")
    rows = [roster.row("CP1") for _number in range(6_000)]
    await roster.insert(rows)
    names = [row["user_id"] for row in rows]
    data = file_of(*[(user, method, HOUR, "ok") for user in names for method in ("smartcard", "2fa")])
    assert len((await load(operations, data)).new) == 12_000
    assert (await load(operations, data)).same == 12_000
    assert (await operations.status()).only_smartcard == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Program:
    program = Program(tmp_path_factory.mktemp("logons"))
    assert program.run("init").code == 0
    (program.home / "roster.csv").write_text(
        "participant_id,participant_name,user_id,user_name,kind,email,smartcard_serial,language\n"
        "CP1,Harbour 海港,U1,陳大文,user,,S1,en\nCP1,Harbour 海港,U2,Lee [/x],user,,S2,en\n",
        encoding="utf-8",
    )
    assert program.run("import", "roster.csv", "--apply").code == 0
    return program


@pytest.fixture
def program(made: Program, tmp_path: Path) -> Program:
    home = tmp_path / "home"
    shutil.copytree(made.home, home)
    (home / "good.csv").write_text(
        HEADER + "U1,smartcard,2023-04-03T09:00:00+08:00,ok\nU2,2fa,2023-04-03T09:01:00+08:00,refused\n",
        encoding="utf-8-sig",
    )
    (home / "bad.csv").write_text(
        HEADER
        + "U1,smartcard,2023-04-03T09:00:00+08:00,ok\n"
        + "U1,smartcard,2023-04-03T01:00:00Z,ok\n"
        + "U9,2fa,2023-04-03T09:00:00+08:00,ok\n"
        + "U2,2fa,2099-04-03T09:00:00+08:00,ok\n"
        + "U2,chip\x1b[31m,today,\n",
        encoding="utf-8",
    )
    return Program(home)


def kept(program: Program) -> int:
    with sqlite3.connect(program.database) as database:
        return int(database.execute("SELECT count(*) FROM logon_evidence").fetchone()[0])


def test_the_command_plans_and_loads_and_the_status_counts(program: Program) -> None:
    planned = program.run("import-logons", "good.csv")
    assert (planned.code, kept(program)) == (0, 0)
    assert planned.out.splitlines()[0] == "Plan: 2 new, 0 same, 0 bad, 0 proven by it."
    loaded = program.run("import-logons", "good.csv", "--apply")
    assert (loaded.code, kept(program)) == (0, 2)
    assert "Loaded: 2 logons." in loaded.out
    assert "Logged on by smartcard only so far: 1" in program.run("status").out
    again = program.run(
        "import-logons", "-", "--apply", "--json", stdin=(program.home / "good.csv").read_text()
    )
    assert again.document == {"new": 0, "same": 2, "proves": [], "bad": [], "applied": True}


def test_bad_rows_are_told_one_by_one_and_nothing_is_loaded(program: Program) -> None:
    done = program.run("import-logons", "bad.csv", "--apply")
    assert (done.code, kept(program)) == (1, 0)
    assert done.sentence == (
        "Nothing was loaded: 4 rows are bad; correct them, or add --skip-bad to load the others."
    )
    told = [line.strip() for line in done.out.splitlines() if line.startswith("  line")]
    assert told[0] == "line 3, the row 'U1': this logon is already on line 2; keep one of the two."
    assert told[1].startswith("line 4, user_id 'U9': the desk has no such user")
    assert told[2].startswith("line 5, at '2099-04-03T09:00:00+08:00': this time is still to come")
    assert [line.partition(":")[0] for line in told[3:]] == [
        "line 6, method 'chip·[31m'", "line 6, at 'today'", "line 6, result",
    ]  # fmt: skip
    assert "\x1b" not in done.out
    assert program.run("import-logons", "bad.csv").code == 3
    assert program.run("import-logons", "bad.csv", "--apply", "--skip-bad").code == 0
    assert kept(program) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"U1,2fa,2023-01-01T00:00:00Z,ok\n", "put 'user_id,method,at,result' first"),
        (b"user_id,method,at\n", "lacks the column result"),
        (b"user_id,method,at,result,note\n", "a column 'note' that logon evidence does not have"),
        (HEADER.encode() + b"U1,\xff\xfe\n", "Line 2 is neither UTF-8 nor Big5"),
    ],
    ids=["empty", "header", "missing", "extra", "encoding"],
)
def test_a_malformed_file_is_one_sentence(program: Program, data: bytes, words: str) -> None:
    (program.home / "odd.csv").write_bytes(data)
    done = program.run("import-logons", "odd.csv", "--apply")
    assert (done.code, done.out, kept(program)) == (1, "", 0)
    assert done.sentence.startswith("odd.csv was not loaded. ")
    assert words in done.sentence


def test_a_missing_file_and_a_role_that_may_not_are_one_sentence(program: Program) -> None:
    assert "check its name" in program.run("import-logons", "missing.csv").sentence
    with sqlite3.connect(program.database) as database:
        database.execute(
            "INSERT INTO operator (operator_id, name, role, participant_id, created_at) "
            "VALUES ('maker', 'Somebody', 'da-maker', 'CP1', '2023-01-01')"
        )
    database.close()
    refused = program.run("import-logons", "good.csv", "--operator", "maker")
    assert (refused.code, refused.out) == (4, "")
    assert "may not load evidence of logons" in refused.sentence
