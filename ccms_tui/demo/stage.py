"""Sets the demo up and clears it away: a throw-away directory, the roster, the catcher, the mail worker."""

import asyncio
import logging
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ccms_tui.demo.cast import CAST, START
from ccms_tui.demo.info import DemoRole
from store.clock import OffsetClock
from store.errors import StoreError

if TYPE_CHECKING:
    from textual.screen import ModalScreen

    from ccms_tui.demo.catcher import Catcher
    from ccms_tui.mail_deliver import SmtpTransport
    from screens.base import DeskScreen
    from store.database import Database
    from store.desk import Desk
    from store.enrolment import Enrolment
    from store.keys import Keys
    from store.seed import SeedUser

FOUNDED = datetime(2022, 12, 16, 1, 0, tzinfo=UTC)
SENDER = "CCMS registration desk (demo) <desk@ccms-tui.example>"


def clock_at(moment: datetime) -> OffsetClock:
    """A clock that says `moment` now and runs on from there."""
    return OffsetClock(moment - datetime.now(UTC))


def _can_begin(user: "SeedUser") -> bool:
    """Whether the user has a verified address and nothing else yet."""
    return bool(user.active_email) and not (user.password_set_at or user.locked or user.suspended)


class Demo:
    """One demo, from its first frame to its last; `role` skips the picker."""

    roles = CAST
    began = START

    def __init__(self, role: DemoRole | None = None) -> None:
        self.role = role
        self.enrols = False
        """Whether the desk was left for the users' own terminal."""
        self.enrolling_user = ""
        """Somebody of the roster who can begin there."""
        self.clock = clock_at(START)
        self._directory = tempfile.TemporaryDirectory(prefix="ccms-tui-demo-")
        self._ready: asyncio.Task[tuple[Database, Keys]] | None = None
        self._catcher: Catcher | None = None
        self._transport: SmtpTransport | None = None
        self._stop = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    @property
    def database_url(self) -> str:
        """The throw-away database."""
        return f"sqlite:///{self._directory.name}/desk.db"

    @property
    def key_file(self) -> Path:
        """The throw-away key."""
        return Path(self._directory.name, "desk.key")

    @property
    def catcher(self) -> "Catcher":
        """The mail catcher; there is one as soon as somebody has come in."""
        assert self._catcher is not None
        return self._catcher

    def picker(self) -> "ModalScreen[DemoRole | None]":
        """A fresh role picker; the roster is built behind it."""
        from ccms_tui.demo.picker import RolePicker  # noqa: PLC0415
        from screens.times import hk_date, hk_time  # noqa: PLC0415

        self._begin()
        return RolePicker(self.roles, f"{hk_date(START)} {hk_time(START)}", self._go_enrol)

    def _go_enrol(self) -> None:
        """The desk is left for the users' own terminal."""
        self.enrols = True

    async def enrolment(self) -> "Enrolment":
        """The store as the enrolment terminal has it. Raises: DatabaseFault, KeyFault."""
        database, keys = await self._begin()
        await self._deliver(database, keys)
        from store.enrolment import Enrolment  # noqa: PLC0415

        return Enrolment(database, self.clock, keys, origin="demo")

    async def enter(self, role: DemoRole) -> "Desk":
        """The desk as `role` may see it, once the roster is in place. Raises: DatabaseFault, KeyFault."""
        database, keys = await self._begin()
        await self._deliver(database, keys)
        from store.desk import Desk  # noqa: PLC0415

        return Desk(database, self.clock, keys, role.operator)

    def caught(self) -> "DeskScreen[None]":
        """A fresh screen of what the mail catcher received."""
        from ccms_tui.demo.caught import CaughtScreen  # noqa: PLC0415

        return CaughtScreen(self.catcher.caught)

    def _begin(self) -> "asyncio.Task[tuple[Database, Keys]]":
        if self._ready is None:
            self._ready = asyncio.create_task(self._prepare())
        return self._ready

    async def _prepare(self) -> "tuple[Database, Keys]":
        await asyncio.to_thread(self._build)
        from store.database import Database  # noqa: PLC0415
        from store.keys import read_key_file  # noqa: PLC0415

        return Database(self.database_url), read_key_file(self.key_file)

    def _build(self) -> None:
        """Build the database beside the event loop, so that the picker answers meanwhile."""
        from store.keys import create_key_file  # noqa: PLC0415
        from store.migrate import upgrade  # noqa: PLC0415

        keys = create_key_file(self.key_file)
        upgrade(self.database_url)
        asyncio.run(self._populate(keys))

    async def _populate(self, keys: "Keys") -> None:
        from ccms_tui.demo.roster import build_roster  # noqa: PLC0415
        from store.database import Database  # noqa: PLC0415
        from store.seed import plant  # noqa: PLC0415
        from store.setup import initialise  # noqa: PLC0415

        first = next(role.operator for role in self.roles if role.name == "operations")
        database = Database(self.database_url)
        try:
            await initialise(database, clock_at(FOUNDED), keys, first.operator_id, first.name)
            roster = build_roster()
            await plant(database, keys, roster)
        finally:
            await database.close()
        self.enrolling_user = next(user.user_id for user in roster.users if _can_begin(user))

    async def _deliver(self, database: "Database", keys: "Keys") -> None:
        """Start the catcher and the worker that really sends to it, once."""
        if self._worker is not None:
            return
        from ccms_tui.demo.catcher import Catcher  # noqa: PLC0415
        from ccms_tui.mail_deliver import SmtpTransport  # noqa: PLC0415
        from ccms_tui.mail_render import sender_of  # noqa: PLC0415
        from ccms_tui.mail_worker import MailWorker  # noqa: PLC0415
        from store.outbox import Outbox  # noqa: PLC0415

        for name in ("ccms_tui", "mail"):
            logging.getLogger(name).addHandler(logging.NullHandler())
        self._catcher = Catcher(self.clock)
        target = await self._catcher.start()
        self._transport = SmtpTransport(target, timeout=10.0, local_hostname="localhost")
        outbox = Outbox(database, self.clock, keys)
        worker = MailWorker(outbox, self._transport, self.clock, sender=sender_of(SENDER), poll=0.3)
        self._worker = asyncio.create_task(worker.run(self._stop))

    async def close(self) -> None:
        """Stop delivering, listen no more, and remove the directory, whatever else fails."""
        try:
            await self._end()
        finally:
            self._directory.cleanup()

    async def _end(self) -> None:
        self._stop.set()
        if self._worker is not None:
            await self._worker
        if self._transport is not None:
            await self._transport.close()
        if self._catcher is not None:
            await self._catcher.close()
        if self._ready is not None:
            with suppress(StoreError):
                database, _keys = await self._ready
                await database.close()
