"""Looking callers up on both databases: mistakes forgiven, by numbers, never past what one may see."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from store import near_lookup
from store.near_lookup import how_near
from store.tables import Mail, Verification
from store.views import Found, Kind, MailKind, MailState, Role, UserQuery
from tests.conftest import DeskOf, Roster


@pytest.fixture
async def people(roster: Roster) -> Roster:
    """Two participants; two who wait for a code, whose mails are nos. 4200 and 4201."""
    await roster.participant("C00001", "Citadel Harbour Bank Limited")
    await roster.participant("C00002", "Peak Securities 金峰證券")
    now = roster.clock.now()
    rows: list[dict[str, Any]] = [
        {"participant_id": "C00001", "user_name": "CHAN Tai Man 陳大文", "user_id": "HK0001", "pk": 1,
         "active": "tm.chan@citadel.example"},
        {"participant_id": "C00001", "user_name": "CHAN Tai Ming 陳大明", "user_id": "HK0002", "pk": 2,
         "pending": "ming@citadel.example"},
        {"participant_id": "C00002", "user_name": "WONG Ka Wai 黃嘉偉", "user_id": "PK-0007", "pk": 3,
         "pending": "wai@peak.example"},
        {"participant_id": "C00002", "user_name": "O'BRIEN Patricia", "user_id": "PK-4200", "pk": 4},
    ]  # fmt: skip
    await roster.insert([roster.row(**row) for row in rows])
    async with roster.database.writing() as connection:
        for pk, number in ((2, 1), (3, 2)):
            await connection.execute(insert(Verification), [{
                "verification_id": pk, "user_pk": pk, "number": number, "canonical": "x", "code_hash": b"",
                "issued_at": now, "expires_at": now + timedelta(days=1), "tries": 0,
            }])  # fmt: skip
            await connection.execute(insert(Mail), [{
                "mail_id": 4198 + pk, "message_id": f"<{pk}@x>", "user_pk": pk,
                "participant_id": "C00001" if pk == 2 else "C00002", "verification_id": pk,
                "kind": MailKind.VERIFICATION.value, "to_email": "x@x.example", "facts": {},
                "state": MailState.ACCEPTED.value, "attempts": 1, "created_at": now, "expires_at": now,
            }])  # fmt: skip
    return roster


def ids(found: Found) -> list[str]:
    return [row.user_id for row in found.rows]


@pytest.mark.parametrize(
    ("typed", "best", "close"),
    [
        ("HK0001", "HK0001", False), ("hk-0001", "HK0001", False), ("hk 00 01", "HK0001", False),
        ("ＨＫ０００１", "HK0001", False), ("HK00O1", "HK0001", True), ("HKOOOl", "HK0001", True),
        ("HK0010", "HK0001", True), ("HHK0001", "HK0001", True), ("HK001", "HK0001", True),
        ("pk0007", "PK-0007", True), ("chan tai man", "HK0001", False), ("CHAN TAI MNA", "HK0001", True),
        ("chantaiman", "HK0001", True), ("tai man chna", "HK0001", True), ("chen tai man", "HK0001", True),
        ("wong kawai", "PK-0007", True), ("wnog", "PK-0007", True), ("patrica o'brien", "PK-4200", True),
        ("harbour chna ming", "HK0002", True), ("金峰證券 wogn", "PK-0007", True),
        ("陳大文", "HK0001", False), ("大明", "HK0002", False), ("tm.chan@citadel.example", "HK0001", False),
    ],
)  # fmt: skip
async def test_one_mistake_is_forgiven_and_said(
    typed: str, best: str, close: bool, people: Roster, desk_of: DeskOf
) -> None:
    found = await desk_of(Role.HELPDESK).users.lookup(typed)
    assert (ids(found)[:1], found.close) == ([best], close)


HALF_REMEMBERED = (
    ("patircca", "PK-4200"), ("o'brine patrica", "PK-4200"), ("patrisia o'brian", "PK-4200"),
    ("chna tia man", "HK0001"), ("man tia chna", "HK0001"), ("tai chna mign", "HK0002"),
    ("wnog kaa wai", "PK-0007"), ("wai wnog kaa", "PK-0007"), ("citadel chna miing", "HK0002"),
    ("peak obrien patrica", "PK-4200"), ("ragvanshi", "HK0003"), ("anjli raghuvansi", "HK0003"),
    ("rahguv", "HK0003"), ("fitzjerald mave", "PK-0009"), ("maeve fizgerld", "PK-0009"),
)  # fmt: skip


@pytest.fixture
async def long_names(people: Roster) -> Roster:
    """Two who have names that are easily misheard."""
    await people.insert([
        people.row("C00001", "Anjali Raghuvanshi", user_id="HK0003", pk=5),
        people.row("C00002", "Maeve Fitzgerald", user_id="PK-0009", pk=6),
    ])  # fmt: skip
    return people


@pytest.mark.parametrize(("typed", "best"), HALF_REMEMBERED)
async def test_two_mistakes_are_forgiven_in_a_long_word_or_in_two(
    typed: str, best: str, long_names: Roster, desk_of: DeskOf
) -> None:
    for role in (Role.HELPDESK, Role.OPERATIONS):
        found = await desk_of(role).users.lookup(typed)
        assert (ids(found)[:1], found.close) == ([best], True), role
    theirs = "C00001" if best.startswith("HK") else "C00002"
    found = await desk_of(Role.DA_MAKER, theirs).users.lookup(typed)
    assert (ids(found)[:1], found.close) == ([best], True)
    others = {"C00001", "C00002"} - {theirs}
    assert best not in ids(await desk_of(Role.DA_MAKER, others.pop()).users.lookup(typed))


async def test_a_participants_many_users_are_compared_beside_the_desk_and_not_in_its_way(
    long_names: Roster, desk_of: DeskOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty thousand take a second or two, in which every key of the desk would wait."""
    compared_in = []

    def watched(*compared: Any) -> Any:
        compared_in.append(threading.current_thread())
        return how_near(*compared)

    monkeypatch.setattr(near_lookup, "how_near", watched)
    found = await desk_of(Role.DA_MAKER, "C00001").users.lookup("rahguv")
    assert ids(found) == ["HK0003"]
    assert compared_in
    assert threading.main_thread() not in compared_in


@pytest.mark.parametrize("typed", ["chna tia mna", "wnag kai", "patrxxxa", "raghxxxnshi", "chna ghost"])
async def test_more_mistakes_than_the_rule_allows_find_nobody(
    typed: str, long_names: Roster, desk_of: DeskOf
) -> None:
    for role in (Role.HELPDESK, Role.DA_MAKER):
        participant_id = None if role is Role.HELPDESK else "C00001"
        assert ids(await desk_of(role, participant_id).users.lookup(typed)) == []


async def test_who_is_called_so_is_never_among_those_who_are_called_nearly_so(
    people: Roster, desk_of: DeskOf
) -> None:
    await people.insert(
        [people.row("C00001", f"CHAM Tai Man {number}", pk=50 + number) for number in range(9)]
    )
    found = await desk_of(Role.HELPDESK).users.lookup("tai man chan")
    assert (ids(found), found.close) == (["HK0001"], False)
    found = await desk_of(Role.HELPDESK).users.lookup("man tai chaan")
    assert (ids(found), found.close) == (["HK0001"], True), "one mistake before two"


@pytest.mark.parametrize("typed", ["zzzz", "chan zzzz", "xyz 123", "mail 7", "code no. 9"])
async def test_what_nobody_comes_near_finds_nobody(typed: str, people: Roster, desk_of: DeskOf) -> None:
    assert ids(await desk_of(Role.HELPDESK).users.lookup(typed)) == []


async def test_a_mail_and_a_code_are_found_by_their_numbers(people: Roster, desk_of: DeskOf) -> None:
    users = desk_of(Role.HELPDESK).users
    for typed in ("mail 4201", "#4201", "mail no. 4201 wong", "4201"):
        found = await users.lookup(typed)
        assert (ids(found)[0], found.mail_id, found.mail_to) == ("PK-0007", 4201, "PK-0007"), typed
    assert ids(await users.lookup("4200")) == ["HK0002", "PK-4200"], "whoever has it in the ID comes after"
    assert ids(await users.lookup("mail 4201 chan")) == ["PK-0007"], "the mail's number alone tells"
    assert ids(await users.lookup("code no. 2")) == ids(await users.lookup("wong code 2")) == ["PK-0007"]
    assert ids(await users.lookup("no. 1")) == ["HK0002"]
    found = await users.lookup("chan code no. 2")
    assert (ids(found), found.close) == (["HK0001", "HK0002"], True), "the name, but not the code"


@pytest.mark.parametrize("role", [Role.DA_MAKER, Role.DA_CHECKER])
async def test_a_da_is_told_of_nobody_elses_users_however_it_is_typed(
    role: Role, people: Roster, desk_of: DeskOf
) -> None:
    users = desk_of(role, "C00001").users
    for typed in (
        "PK-0007",
        "pk0007",
        "PK-0O07",
        "wnog",
        "wong ka wai",
        "mail 42",
        "42",
        "code no. 2",
        "金峰 wogn",
    ):
        found = await users.lookup(typed)
        assert (ids(found), found.mail_to) == ([], None), typed
    assert ids(await users.lookup("CHAN TAI MNA"))[0] == "HK0001"
    assert ids(await users.lookup("mail 4200")) == ["HK0002"]


async def test_nothing_near_an_address_finds_who_has_it(people: Roster, desk_of: DeskOf) -> None:
    """Forgiving an address would let who sees it masked spell it out, one letter after the other."""
    users = desk_of(Role.HELPDESK).users
    address = "tm.chan@citadel.example"
    for at in range(len(address)):
        for typed in (address[:at] + address[at + 1 :], address[:at] + "x" + address[at + 1 :]):
            assert typed == address or ids(await users.lookup(typed)) == [], typed


async def test_what_is_too_long_or_empty_is_answered_at_once(people: Roster, desk_of: DeskOf) -> None:
    users = desk_of(Role.HELPDESK).users
    for typed in ("", "\x00\x1b", "x" * 10_000, "chan " * 2_000, "陳" * 10_000):
        assert await users.lookup(typed) == Found()


@pytest.mark.parametrize(
    "typed", ["code 99999999999", "code 10000", "mail 999999999999999999", "#" + "9" * 30]
)
async def test_a_number_beyond_all_counting_finds_nobody(typed: str, people: Roster, desk_of: DeskOf) -> None:
    for clue in (typed, f"chan {typed}"):
        assert ids(await desk_of(Role.HELPDESK).users.lookup(clue)) == []


async def test_the_closest_come_first_and_no_more_than_asked_for(people: Roster, desk_of: DeskOf) -> None:
    await people.insert(
        [people.row("C00001", f"CHAN Tai Mandy {number:03}", pk=100 + number) for number in range(60)]
    )
    found = await desk_of(Role.HELPDESK).users.lookup("chan tai mna", limit=10)
    assert (ids(found)[0], len(found.rows), found.more, found.close) == ("HK0001", 10, True, True)


@pytest.fixture
async def administrators(people: Roster) -> Roster:
    """The same with Delegated Administrators, and somebody whose name only sounds like one."""
    rows: list[dict[str, Any]] = [
        {"participant_id": "C00001", "user_name": "LAM Yan", "user_id": "DA1", "kind": Kind.DA_MAKER},
        {"participant_id": "C00001", "user_name": "HO Yee", "user_id": "DA2", "kind": Kind.DA_CHECKER},
        {"participant_id": "C00002", "user_name": "LAM Wai", "user_id": "DA3", "kind": Kind.DA_MAKER},
        {"participant_id": "C00002", "user_name": "WANG Da", "user_id": "NAMED"},
        {"participant_id": "C00002", "user_name": "MAKER Peter", "user_id": "PETER"},
    ]
    await people.insert([people.row(**row, pk=10 + number) for number, row in enumerate(rows)])
    return people


BY_KIND = {
    "C00001 DA": {"DA1", "DA2"}, "c00001 maker": {"DA1"}, "citadel checker": {"DA2"}, "maker": {"DA1", "DA3"},
    "DA": {"DA1", "DA2", "DA3"}, "lam maker": {"DA1", "DA3"}, "DA maker": {"DA1", "DA3"},
    "wang da": {"NAMED"}, "WANG DA": {"NAMED"}, "maker peter": {"PETER"},
}  # fmt: skip


async def test_a_participants_das_are_found_by_what_they_are(administrators: Roster, desk_of: DeskOf) -> None:
    for role in (Role.HELPDESK, Role.OPERATIONS):
        desk = desk_of(role)
        for typed, found in BY_KIND.items():
            assert set(ids(await desk.users.lookup(typed))) == found, typed
            listed = await desk.users.listing(UserQuery(search=typed)).page(0)
            assert {row.user_id for row in listed} == found, typed
        small = await desk.users.lookup("citadel da")
        assert (set(ids(small)), small.close) == ({"DA1", "DA2"}, False), "nobody is called so"
    own = await desk_of(Role.DA_MAKER, "C00002").users.lookup("maker")
    assert ids(own) == ["DA3"]
