"""Keeps an eye on the database: what another process changed is on the screen within a second."""

import asyncio
from typing import TYPE_CHECKING

from ccms_tui.news import DecisionWatch
from ccms_tui.sitting import READABLE_SECONDS
from screens.sentences import explain_error
from store.errors import SessionOver, StoreError

if TYPE_CHECKING:
    from ccms_tui.app import DeskApp

EVERY_SECONDS = 0.25
LONGEST_SECONDS = 2.0
"""Between two looks while there is trouble: each look that fails doubles the pause, up to this."""


class LiveWatch:
    """Compares the database's change mark four times a second; once a minute the clock itself is a change."""

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self._seen: tuple[int, int] | None = None
        self._decisions = DecisionWatch()

    async def run(self) -> None:
        """Watch until cancelled or the session is over. A fault is told once, and watching goes on."""
        pause = EVERY_SECONDS
        while True:
            try:
                await self._look()
                pause = EVERY_SECONDS
            except SessionOver as over:
                self._app.session_over(over)
                return
            except Exception as fault:
                if pause == EVERY_SECONDS:
                    told = fault if isinstance(fault, StoreError) else StoreError()
                    self._app.notify(explain_error(told), severity="error", markup=False)
                pause = min(2 * pause, LONGEST_SECONDS)
            await asyncio.sleep(pause)

    async def _look(self) -> None:
        desk = self._app.desk
        await desk.sessions.check()
        seen = (await desk.change_mark(), int(desk.clock.now().timestamp()) // 60)
        if seen == self._seen:
            return
        phase = await desk.schedule.phase()
        await self._app.store_changed(phase, first=self._seen is None)
        self._seen = seen
        if not self._app.locked and (told := await self._decisions.look(desk)):
            self._app.notify(told, timeout=READABLE_SECONDS, markup=False)
