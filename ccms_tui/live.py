"""Keeps an eye on the database: what another process changed is on the screen within a second."""

import asyncio
from typing import TYPE_CHECKING

from screens.sentences import explain_error
from store.errors import StoreError

if TYPE_CHECKING:
    from ccms_tui.app import DeskApp

EVERY_SECONDS = 0.25


class LiveWatch:
    """Compares the database's change mark four times a second; once a minute the clock itself is a change."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self._seen: tuple[int, int] | None = None
        self._in_trouble = False

    async def run(self) -> None:
        """Watch until cancelled. A fault is told once, and watching goes on."""
        while True:
            try:
                await self._look()
                self._in_trouble = False
            except StoreError as fault:
                if not self._in_trouble:
                    self._app.notify(explain_error(fault), severity="error", markup=False)
                self._in_trouble = True
            await asyncio.sleep(EVERY_SECONDS)

    async def _look(self) -> None:
        desk = self._app.desk
        seen = (await desk.change_mark(), int(desk.clock.now().timestamp()) // 60)
        if seen == self._seen:
            return
        first, self._seen = self._seen is None, seen
        phase = await desk.schedule.phase()
        await self._app.store_changed(phase, first=first)
