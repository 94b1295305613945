"""Nothing secret anywhere: not in a dump of the database, not in the audit, the facts of mails, the logs."""

import asyncio
import logging
from typing import Any

import pytest
from sqlalchemy import text

from store.database import Database
from store.errors import EntryRefused
from store.keys import Keys
from tests.conftest import HeldClock, Roster
from tests.enrolling import MINUTE, OTHER_PASSWORD, PASSWORD, Person, terminal, verified_user

TABLES = (
    "ccms_user", "credential", "entry_throttle", "enrolment_session", "logon_attempt", "mailed_code", "mail",
    "verification", "audit_event", "participant",
)  # fmt: skip


async def dump(database: Database) -> str:
    """Every value of every table, bytes as they are and in hexadecimal."""
    parts: list[str] = []
    async with database.reading() as connection:
        for table in TABLES:
            for row in await connection.execute(text(f"SELECT * FROM {table}")):
                for value in row:
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else None
                    parts += [raw.decode("latin-1"), raw.hex()] if raw is not None else [str(value)]
    return "\n".join(parts)


async def test_no_secret_of_a_whole_enrolment_is_in_the_database_or_the_logs(
    database: Database,
    clock: HeldClock,
    keys: Keys,
    roster: Roster,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    await roster.participant("CP1")
    by_app = Person(terminal(database, clock, keys), clock, await verified_user(roster))
    by_email = Person(by_app.enrolment, clock, await verified_user(roster, active="e@bank.example"))
    secrets: set[str] = {PASSWORD, OTHER_PASSWORD}
    session = await by_app.enrolled_by_app()
    assert by_app.phone is not None
    attempt = await by_app.enrolment.begin_logon(by_app.user_id, PASSWORD)
    secrets |= {by_app.phone.seed, session.token, attempt.token, await by_app.mailed("activation")}
    await by_app.enrolment.finish_logon(attempt, by_app.phone.code())
    with pytest.raises(EntryRefused) as refusal:
        await by_app.enrolment.begin_logon(by_app.user_id, OTHER_PASSWORD)
    clock.advance(MINUTE)
    await by_email.enrolled_by_email()
    mailed = await by_email.enrolment.begin_logon(by_email.user_id, PASSWORD)
    secrets |= {mailed.token, await by_email.mailed("activation"), await by_email.mailed("one-time password")}
    found = await dump(database)
    logged = caplog.text + "".join(capfd.readouterr()) + repr((session, attempt, refusal.value, mailed))
    assert "CP1U00001" in found
    for secret in secrets:
        for spelt in (secret, secret.replace("-", "").replace(" ", ""), secret.encode().hex()):
            assert spelt not in found, spelt
            assert spelt not in logged, spelt


async def test_passwords_are_hashed_off_the_event_loop_and_outside_transactions(
    database: Database, clock: HeldClock, keys: Keys, roster: Roster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a hash is made the loop runs, and another writer gets its turn."""
    await roster.participant("CP1")
    person = Person(terminal(database, clock, keys), clock, await verified_user(roster))
    await person.enrolled_by_app()
    loop, hashing = asyncio.get_running_loop(), type(person.enrolment.hasher)
    tried, ours = hashing.verify, []

    def verify(self: Any, kept: str | None, secret: bytes) -> bool:
        written = asyncio.run_coroutine_threadsafe(roster.participant("CP2"), loop)
        ours.append(written.result(timeout=20))
        return tried(self, kept, secret)

    monkeypatch.setattr(hashing, "verify", verify)
    await person.logs_on()
    assert ours == ["CP2"]
