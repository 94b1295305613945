"""Finding users: every word, any order, Chinese names of two characters, and nothing typed can do harm."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from store.rules.addresses import check_address
from store.rules.grams import fold, grams, name_columns, short_pieces, words
from store.rules.match import Match, match
from store.tables import PARTICIPANTS, USERS
from store.user_listing import MOST_FOUND
from store.views import Found, Role, UserQuery
from tests.conftest import DeskOf, Roster

HOSTILE = (
    "'", '"', '""', "' OR 1=1 --", '" OR "', "%", "_", "%%%", "___", "\\", "\\%", "*", "chan*", "NEAR(a b)",
    "a AND b", "NOT", "-chan", "^chan", "words:chan", "{words} : chan", "(", ")", "\x00", "chan\x00",
    "\ud800",
    "[/x]", "\x1b[31m", "\u202echan",
    "x" * 10_000, "x y " * 2_500, "陳" * 10_000, "😀", "\n\t ",
    "ﷺ" * 200, "C\u0327", "ß", "İ",
)  # fmt: skip


@pytest.fixture
async def people(roster: Roster) -> dict[str, str]:
    """A few users by a short name."""
    await roster.participant("C00001", "Citadel Harbour Bank Limited")
    await roster.participant("C00002", "Peak 100% Securities_HK")
    return {
        "chan": await roster.user("C00001", "CHAN Tai Man 陳大文", active="tm.chan@citadel.example"),
        "siu": await roster.user("C00001", "陳小明", pending="siuming@citadel.example"),
        "wong": await roster.user("C00002", "WONG Ka Wai", active="Ka_Wai%@peak.example"),
        "brien": await roster.user("C00002", "O'BRIEN Pat 50%"),
        "zoe": await roster.user("C00002", "ZOË Ｆｕｌｌｗｉｄｔｈ"),
    }


async def found_by(desk_of: DeskOf, typed: str, participant_id: str | None = None) -> list[str]:
    """What a search finds; the look-up must find the same."""
    users = desk_of(Role.OPERATIONS).users
    listing = users.listing(UserQuery(search=typed, participant_id=participant_id))
    await listing.count()
    shown = [row.user_id for row in await listing.page(0)]
    if participant_id is None:
        assert exactly(await users.lookup(typed)) == shown
    return shown


def exactly(found: Found) -> list[str]:
    """Whom a look-up found as it was typed."""
    return [] if found.close else [row.user_id for row in found.rows]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("chan", ["chan"]), ("CHAN", ["chan"]), ("tai chan", ["chan"]), ("man tai", ["chan"]), ("hant", []),
        ("陳", ["siu", "chan"]), ("小明", ["siu"]), ("大文", ["chan"]), ("陳大文", ["chan"]), ("文大", []),
        ("小", ["siu"]), ("明 陳", ["siu"]), ("chan 文", ["chan"]), ("wong 文", []), ("ka", ["wong"]),
        ("k w", ["wong"]), ("wo wai", ["wong"]), ("citadel", ["siu", "chan"]), ("harbour chan", ["chan"]),
        ("tm.chan@citadel.example", ["chan"]), ("siuming@", ["siu"]), ("c00002", ["brien", "wong", "zoe"]),
        ("100%", ["brien", "wong", "zoe"]), ("50%", ["brien"]), ("securities_hk", ["brien", "wong", "zoe"]),
        ("ka_wai%", ["wong"]), ("o'brien", ["brien"]),
        ("o'b", ["brien"]), ("o' 50", ["brien"]), ("brien pa", ["brien"]), ("zoë", ["zoe"]), ("ZOË", ["zoe"]),
        ("fullwidth", ["zoe"]), ("ｆｕｌｌ", ["zoe"]), ("nobody", []), ("zz", []),
    ],
)  # fmt: skip
async def test_search_finds(typed: str, names: list[str], people: dict[str, str], desk_of: DeskOf) -> None:
    found = await found_by(desk_of, typed)
    assert sorted(found) == sorted(people[name] for name in names)
    for participant_id in ("C00001", "C00002"):
        within = await found_by(desk_of, typed, participant_id)
        assert within == [user_id for user_id in found if user_id.startswith(participant_id)]


@pytest.mark.parametrize("participant_id", [None, "C00001"])
async def test_the_helpdesk_finds_by_a_whole_address_and_by_no_part_of_one(
    participant_id: str | None, people: dict[str, str], desk_of: DeskOf
) -> None:
    address = "tm.chan@citadel.example"
    parts = {address[start : start + size] for size in (3, 9, 22) for start in range(len(address) - size + 1)}
    named = "chan tai man 陳大文 citadel harbour bank limited"
    users = desk_of(Role.HELPDESK).users

    async def found(typed: str) -> list[str]:
        listing = users.listing(UserQuery(search=typed, participant_id=participant_id))
        shown = [row.user_id for row in await listing.page(0)] if await listing.count() else []
        assert await users.ids(UserQuery(search=typed, participant_id=participant_id)) == tuple(shown)
        assert not listing.capped
        if participant_id is None:
            assert exactly(await users.lookup(typed)) == shown
        return shown

    for part in sorted(parts - {address}):
        if part not in named:
            assert await found(part) == [], part
    for typed in (address, address.upper(), f"{address} tai", f"陳大文 {address}"):
        assert await found(typed) == [people["chan"]], typed
    assert await found("siuming@citadel.example") == [people["siu"]]
    assert await found(f"{address} siuming@citadel.example") == await found(f"{address} wong") == []
    assert await found("tai ch") == await found("tai man") == [people["chan"]]
    if participant_id is None:
        assert await found_by(desk_of, "m.chan@cit") == [people["chan"]]
        assert await found_by(desk_of, "iuming@cit") == [people["siu"]]


async def test_a_da_finds_their_own_users_by_a_part_of_an_address(
    people: dict[str, str], desk_of: DeskOf
) -> None:
    maker = desk_of(Role.DA_MAKER, "C00001").users
    assert [row.user_id for row in (await maker.lookup("m.chan@cit")).rows] == [people["chan"]]
    assert (await maker.lookup("a_wai%@pea")).rows == ()


async def test_the_helpdesk_finds_an_internationalised_address_as_it_is_said(
    roster: Roster, desk_of: DeskOf
) -> None:
    await roster.participant("C00001")
    canonical = check_address("tm@銀行.hk")
    user_id = await roster.user("C00001", active_email="tm@銀行.hk", active_canonical=canonical)
    for typed in ("tm@銀行.hk", "TM@銀行.hk", canonical):
        assert [row.user_id for row in (await desk_of(Role.HELPDESK).users.lookup(typed)).rows] == [
            user_id
        ], typed
    assert (await desk_of(Role.HELPDESK).users.lookup("銀行.hk")).rows == ()


async def test_best_match_comes_first(roster: Roster, desk_of: DeskOf) -> None:
    await roster.participant("P1")
    rows = [
        roster.row("P1", "ZED", user_id="LEE9"),
        roster.row("P1", "LEE", user_id="X2"),
        roster.row("P1", "AMY LEE", user_id="X3"),
        roster.row("P1", "LEE Ann", user_id="X1"),
        roster.row("P1", "ZED", user_id="LEE"),
    ]
    await roster.insert(rows)
    assert await found_by(desk_of, "lee") == ["X2", "LEE", "X1", "X3", "LEE9"]
    assert await found_by(desk_of, "lee", "P1") == ["X2", "LEE", "X1", "X3", "LEE9"]
    assert [row.user_id for row in (await desk_of(Role.HELPDESK).users.lookup("lee", limit=2)).rows] == [
        "X2",
        "LEE",
    ]


@pytest.mark.parametrize("typed", ["林成", "lam shing", "SHING lam", "lam shing 林成", "林成 shing lam"])
async def test_a_whole_name_comes_first_in_either_script_and_any_order_of_words(
    typed: str, roster: Roster, desk_of: DeskOf
) -> None:
    await roster.participant("P1")
    await roster.insert(
        [
            roster.row("P1", "LAM Shing Hang 林成恆", user_id="X1", pending="lam.shing.林成@x.hk"),
            roster.row("P1", "LAM Shing 林成", user_id="X2"),
            roster.row("P1", "CHAN Lam Shing 林成大", user_id="X3", pending="林成@x.hk"),
        ]
    )
    for participant_id in (None, "P1"):
        assert (await found_by(desk_of, typed, participant_id))[0] == "X2"


@pytest.mark.parametrize("typed", ["林成", "shing lam", "lam shing"])
async def test_a_whole_name_comes_first_among_more_matches_than_are_read(
    typed: str, roster: Roster, desk_of: DeskOf
) -> None:
    await roster.participant("P1")
    many = [roster.row("P1", f"LAM Shing Hang {number} 林成恆") for number in range(MOST_FOUND + 50)]
    await roster.insert([*many, roster.row("P1", "LAM Shing 林成", user_id="THIS")])
    found = (await desk_of(Role.HELPDESK).users.lookup(typed, limit=2)).rows
    assert found[0].user_id == "THIS"


NAMES = some.lists(
    some.sampled_from(["lam", "shing", "lee", "an", "林成", "林成恆", "大"]), min_size=1, max_size=4
)


@given(NAMES, NAMES, some.sampled_from(["X1", "LAM", "LAM9"]))
def test_a_better_match_is_never_worse_for_the_order_of_words(
    name: list[str], sought: list[str], user_id: str
) -> None:
    how = match(tuple(dict.fromkeys(sought)), user_id, " ".join(name))
    assert (how is Match.NAME) >= (set(sought) == set(name))
    if how is Match.NAME:
        assert match(tuple(dict.fromkeys(reversed(sought))), user_id, " ".join(name)) is Match.NAME
    if how < Match.ID_BEGINS and how is not Match.USER_ID:
        assert all(any(part in word for word in name) for part in sought)


@pytest.mark.parametrize("typed", HOSTILE)
async def test_nothing_that_is_typed_can_break_a_search(
    typed: str, people: dict[str, str], desk_of: DeskOf
) -> None:
    desk = desk_of(Role.HELPDESK)
    for query in (UserQuery(search=typed), UserQuery(search=typed, participant_id="C00002")):
        listing = desk.users.listing(query)
        count = await listing.count()
        assert len(await listing.page(0)) == count <= len(people)
    await desk.users.lookup(typed)


async def test_blank_search_lists_everybody_and_finds_nobody(people: dict[str, str], desk_of: DeskOf) -> None:
    desk = desk_of(Role.OPERATIONS)
    assert await desk.users.listing(UserQuery(search="  ")).count() == len(people)
    assert (await desk.users.lookup("  ")).rows == ()


async def test_search_holds_a_thousand_and_tells_that_there_were_more(
    roster: Roster, desk_of: DeskOf
) -> None:
    await roster.participant("P1")
    await roster.insert([roster.row("P1", f"WONG {number}") for number in range(MOST_FOUND + 1)])
    await roster.insert([roster.row("P1", "LEE WONG")])
    listing = desk_of(Role.OPERATIONS).users.listing(UserQuery(search="wong"))
    assert await listing.count() == MOST_FOUND
    assert listing.capped
    few = desk_of(Role.OPERATIONS).users.listing(UserQuery(search="lee wong"))
    assert await few.count() == 1
    assert not few.capped


async def test_search_follows_every_change(people: dict[str, str], roster: Roster, desk_of: DeskOf) -> None:
    async with roster.database.writing() as connection:
        change = USERS.update().where(USERS.c.user_id == people["chan"])
        await connection.execute(change.values(**name_columns("HO 何美"), active_email="may@new.example"))
        rename = PARTICIPANTS.update().where(PARTICIPANTS.c.participant_id == "C00001")
        await connection.execute(rename.values(name="Lion Rock Trust"))
        await connection.execute(USERS.delete().where(USERS.c.user_id == people["wong"]))
    assert await found_by(desk_of, "何美") == await found_by(desk_of, "may@new") == [people["chan"]]
    assert sorted(await found_by(desk_of, "lion rock")) == sorted([people["chan"], people["siu"]])
    for gone in ("chan", "大文", "citadel harbour", "wong", "ka wai", "k w"):
        assert await found_by(desk_of, gone) == [], gone


async def test_search_agrees_with_a_search_by_hand(roster: Roster, desk_of: DeskOf) -> None:
    """Random names, addresses and queries; within one participant and over all the rows must be the same."""
    random_ = random.Random(11)
    parts = (
        "au-yeung",
        "chan",
        "wong",
        "ka",
        "tai",
        "man",
        "陳",
        "大文",
        "小明",
        "明",
        "o'neil",
        "ab",
        "b",
        "50%",
        "x_y",
    )
    participants = {"P1": "Alpha Bank", "P2": "Beta % Broker"}
    for participant_id, name in participants.items():
        await roster.participant(participant_id, name)
    rows = []
    for number in range(120):
        name = " ".join(random_.choices(parts, k=random_.randint(1, 3)))
        rows.append(
            roster.row(
                random_.choice(["P1", "P2"]), name.title(), pending=f"{random_.choice(parts)}{number}@x.hk"
            )
        )
    await roster.insert(rows)

    def holds(row: dict[str, str], word: str) -> bool:
        if len(word) < 3:
            return set(short_pieces(word)) <= set(row["grams"].split())
        texts = (row["user_id"], row["sort_name"], row["pending_email"], row["participant_id"])
        return any(word in fold(text) for text in (*texts, participants[row["participant_id"]]))

    for _ in range(60):
        typed = " ".join(
            random_.choices(
                (*parts, "alpha", "p1", "p1u0001", "@x.hk", "han", "c", "w"), k=random_.randint(1, 3)
            )
        )
        wanted = {
            row["user_id"]
            for row in rows
            if all(holds(row, word) for word in words(typed))
            or fold(row["user_id"]).startswith(" ".join(words(typed)))
        }
        listing = desk_of(Role.OPERATIONS).users.listing(UserQuery(search=typed))
        await listing.count()
        assert {row.user_id for row in await listing.page(0)} == wanted, typed
        for participant_id in participants:
            within = await found_by(desk_of, typed, participant_id)
            assert set(within) == {user_id for user_id in wanted if user_id.startswith(participant_id)}, typed


@given(some.text(max_size=40))
def test_every_part_of_a_chinese_name_and_every_beginning_is_among_its_pieces(name: str) -> None:
    columns = name_columns(name)
    assert columns["grams"] == grams(columns["sort_name"])
    columns["grams"].encode()
    for piece in columns["grams"].split(" "):
        assert len(piece) <= 2
        assert piece in columns["sort_name"]


def test_pieces_of_a_mixed_name() -> None:
    pieces = grams(fold("CHAN Tai-Man (x) ab陳大文")).split()
    assert pieces == ["c", "ch", "t", "ta", "(", "(x", "a", "ab", "陳", "大", "文", "陳大", "大文"]
