"""The desk on its own host: settings, database, key and who acts, brought together."""

import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ccms_tui.config_file import BadSetting
from screens.words import _
from store.clock import Clock, SystemClock
from store.views import Operator, Role

if TYPE_CHECKING:
    from ccms_tui.settings import Settings
    from store.database import Database
    from store.desk import Desk
    from store.keys import Keys


@dataclass(frozen=True)
class Host:
    """What everything on this host works with. Close it when done: the database holds threads or sockets."""

    settings: "Settings"
    database: "Database"
    keys: "Keys"
    clock: Clock

    async def desk(self, operator_id: str | None = None) -> "Desk":
        """The desk as that operator may see it, or as the owner of the key file. Raises: NotFound."""
        from store import operators  # noqa: PLC0415
        from store.desk import Desk  # noqa: PLC0415

        operator = await operators.find(self.database, operator_id) if operator_id else key_owner()
        return Desk(self.database, self.clock, self.keys, operator)

    async def close(self) -> None:
        """Give the database back."""
        await self.database.close()


def key_owner() -> Operator:
    """Whoever owns the key file acts as operations on the host; the audit shows that it was done there."""
    login = getpass.getuser()
    return Operator(f"host:{login}"[:64], _("{login} on the host").format(login=login), Role.OPERATIONS)


def demand_key_owner(key_file: Path) -> None:
    """Raises BadSetting unless this process runs as the owner of the key file."""
    if key_file.exists() and key_file.stat().st_uid != os.geteuid():
        reason = _("{path} belongs to another account; run this as its owner").format(path=key_file)
        raise BadSetting("CCMS_TUI_KEY_FILE", reason)


async def open_host() -> Host:
    """The host by its settings, with a usable database. Raises: BadSetting, DatabaseFault, KeyFault."""
    from ccms_tui.settings import load_settings  # noqa: PLC0415
    from store.database import Database  # noqa: PLC0415
    from store.keys import read_key_file  # noqa: PLC0415

    settings = load_settings()
    database = Database(settings.database_url)
    try:
        await database.check_revision()
        demand_key_owner(settings.key_file)
        return Host(settings, database, read_key_file(settings.key_file), SystemClock())
    except BaseException:
        await database.close()
        raise


@asynccontextmanager
async def opened_host() -> AsyncIterator[Host]:
    """`open_host` for as long as the block lasts."""
    host = await open_host()
    try:
        yield host
    finally:
        await host.close()
