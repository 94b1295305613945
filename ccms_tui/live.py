"""Keeps an eye on the database: what another process changed is on the screen within a second."""

import asyncio
from typing import TYPE_CHECKING

from ccms_tui.news import DecisionWatch, NoteWatch
from ccms_tui.sitting import READABLE_SECONDS
from screens.sentences import explain_error
from store.errors import SessionOver, StoreError

if TYPE_CHECKING:
    from ccms_tui.app import DeskApp

EVERY_SECONDS = 0.25
SETTLE_SECONDS, SLOWEST_SECONDS, IDLE_SHARE = 1.0, 5.0, 10
"""After a change was shown, until the next is: at least one second, and ten times what it took, up to five.

Where fifty desks work on one database, each change of one has all the others read and paint: this leaves a
busy host to those who press keys.
"""
LONGEST_SECONDS = 2.0
"""Between two looks while there is trouble: each look that fails doubles the pause, up to this."""


class LiveWatch:
    """Compares the database's change mark four times a second; once a minute the clock itself is a change.

    A session that was ended elsewhere is a change as well, and one that is too old is found within a minute:
    while nothing changes, nothing is read.
    """

    def __init__(self, app: "DeskApp") -> None:
        self._app = app
        self._seen: tuple[int, int] | None = None
        self._decisions = DecisionWatch()
        self._notes = NoteWatch()

    async def run(self) -> None:
        """Watch until cancelled or the session is over. A fault is told once, and watching goes on."""
        pause, failing, clock = EVERY_SECONDS, False, asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                shown = await self._look()
                settle = min(max(SETTLE_SECONDS, IDLE_SHARE * (clock() - began)), SLOWEST_SECONDS)
                pause, failing = (settle if shown else EVERY_SECONDS), False
            except SessionOver as over:
                self._app.session_over(over)
                return
            except Exception as fault:
                if not failing:
                    told = fault if isinstance(fault, StoreError) else StoreError()
                    self._app.notify(explain_error(told), severity="error", markup=False)
                pause = min(2 * pause, LONGEST_SECONDS) if failing else 2 * EVERY_SECONDS
                failing = True
            await asyncio.sleep(pause)

    async def _look(self) -> bool:
        """Show what changed; whether anything had."""
        desk = self._app.desk
        seen = (await desk.change_mark(), int(desk.clock.now().timestamp()) // 60)
        if seen == self._seen:
            return False
        phase = await desk.schedule.phase()
        await self._app.store_changed(phase, first=self._seen is None)
        self._seen = seen
        if not self._app.locked:
            news = (await self._decisions.look(desk, self._app.away_since), await self._notes.look(desk))
            for told in filter(None, news):
                self._app.notify(told, timeout=READABLE_SECONDS, markup=False)
        return True
