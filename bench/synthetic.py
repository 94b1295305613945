"""A desk of any number of synthetic users in a SQLite file, or in PostgreSQL, written through Core."""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text

from store.clock import SystemClock
from store.database import Database
from store.keys import Keys, create_key_file
from store.migrate import upgrade
from store.name_words import keep_words
from store.rules.grams import name_columns
from store.setup import initialise
from store.tables import CcmsUser, Mail, Participant, Verification

FAMILY = (
    "Chan 陳",
    "Lee 李",
    "Wong 黃",
    "Cheung 張",
    "Lau 劉",
    "Ho 何",
    "Ng 吳",
    "Tam 譚",
    "Au-Yeung 歐陽",
    "Leung 梁",
)
GIVEN = (
    "Tai Man 大文",
    "Siu Ming 小明",
    "Ka Yan 嘉欣",
    "Chi Keung 志強",
    "Mei Ling 美玲",
    "Wing Sze 詠詩",
    "Kwok Wai 國偉",
)
A_PARTICIPANT = 400
BATCH = 10_000
NOW = datetime(2023, 2, 6, 1, 30, tzinfo=UTC)


def environment(folder: Path) -> dict[str, str]:
    """The settings under which the program opens the desk in `folder`."""
    return {
        "CCMS_TUI_DATABASE_URL": f"sqlite:///{folder / 'desk.db'}",
        "CCMS_TUI_KEY_FILE": str(folder / "desk.key"),
        "XDG_CONFIG_HOME": str(folder),
    }


def make_desk(folder: Path, users: int, url: str | None = None) -> dict[str, str]:
    """A desk with that many users in `folder` (or at `url`, its key in `folder`), made unless it is there.

    Answers the program's settings for it.
    """
    settings = environment(folder)
    if url is not None:
        settings["CCMS_TUI_DATABASE_URL"] = url
    if (folder / "made").exists():
        return settings
    folder.mkdir(parents=True, exist_ok=True)
    upgrade(settings["CCMS_TUI_DATABASE_URL"])
    asyncio.run(_initialise(settings["CCMS_TUI_DATABASE_URL"], create_key_file(folder / "desk.key"), users))
    (folder / "made").touch()
    return settings


async def _initialise(url: str, keys: Keys, users: int) -> None:
    database = Database(url)
    try:
        await initialise(database, SystemClock(), keys, "bench", "Bench")
        async with without_search_indexes(database):
            await _fill(database, users)
    finally:
        await database.close()


@asynccontextmanager
async def without_search_indexes(database: Database) -> AsyncIterator[None]:
    """On PostgreSQL fill the tables first and build the search indexes after, which takes minutes less."""
    if database.is_sqlite:
        yield
        return
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname IN ('user_search', 'user_grams')"
    async with database.writing() as connection:
        built = (await connection.execute(text(indexes))).all()
        for name, _definition in built:
            await connection.execute(text(f"DROP INDEX {name}"))
    yield
    async with database.writing() as connection:
        for _name, definition in built:
            await connection.execute(text(definition))
        await connection.execute(text("ANALYZE"))


async def _fill(database: Database, users: int) -> None:
    participants = [
        {"participant_id": f"C{number:05}", "name": f"Participant {number:05} Limited", "created_at": NOW}
        for number in range(max(1, -(-users // A_PARTICIPANT)))
    ]
    async with database.writing() as connection:
        await connection.execute(insert(Participant), participants)
    for first in range(0, users, BATCH):
        rows = list(_users(first, min(first + BATCH, users)))
        async with database.writing() as connection:
            await connection.execute(insert(CcmsUser), rows)
            await keep_words(connection, [row["sort_name"] for row in rows])
            await connection.execute(insert(Verification), list(_codes(rows)))
            await connection.execute(insert(Mail), list(_mails(rows)))
    async with database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(CcmsUser))).scalar_one() == users


def _codes(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A code for each user who waits for one; every third has had one before, and every ninth two."""
    for row in rows:
        if row["pending_email"]:
            yield {
                "verification_id": row["pk"], "user_pk": row["pk"], "number": 1 + row["pk"] % 9 // 3,
                "canonical": row["pending_canonical"], "code_hash": b"", "issued_at": NOW, "expires_at": NOW,
                "tries": 0,
            }  # fmt: skip


def _mails(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The mail of each code."""
    for row in rows:
        if row["pending_email"]:
            yield {
                "mail_id": row["pk"], "message_id": f"<{row['pk']}@bench.example>", "user_pk": row["pk"],
                "participant_id": row["participant_id"], "verification_id": row["pk"], "kind": "verification",
                "to_email": row["pending_email"], "facts": {}, "state": "accepted", "attempts": 1,
                "created_at": NOW, "expires_at": NOW,
            }  # fmt: skip


def _users(first: int, end: int) -> Iterator[dict[str, Any]]:
    for number in range(first, end):
        family, family_chinese = FAMILY[number * 7 % len(FAMILY)].split(" ")
        given, given_chinese = GIVEN[number * 11 % len(GIVEN)].rsplit(" ", 1)
        address = f"{given.split()[0].lower()}.{family.lower()}{number}@firm{number // A_PARTICIPANT}.example"
        active, pending = (number % 3 == 0), (number % 3 == 1)
        yield {
            "pk": number + 1,
            "user_id": f"U{number:07}",
            "participant_id": f"C{number // A_PARTICIPANT:05}",
            **name_columns(f"{family} {given} {family_chinese}{given_chinese} {number % 997}"),
            "kind": ("user", "da-maker", "da-checker")[number % 40 if number % 40 < 3 else 0],
            "language": "en",
            "active_email": address if active else None,
            "active_canonical": address if active else None,
            "verified_at": NOW if active else None,
            "pending_email": address if pending else None,
            "pending_canonical": address if pending else None,
            "undeliverable": False,
            "locked": number % 50 == 0,
            "suspended": False,
            "standing": ("verified", "unverified", "no email")[number % 3],
            "version": 1,
            "changed_at": NOW,
            "changed_by": "system",
        }


def main() -> None:
    """Make one desk and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("users", type=int)
    given = parser.parse_args()
    began = time.perf_counter()
    make_desk(given.folder, given.users)
    sys.stdout.write(f"{given.users:,} users in {time.perf_counter() - began:.1f} s\n")


if __name__ == "__main__":
    main()
