"""An operator's time at the desk, signed in by SSH: locked when nobody is at it, warned of before its end."""

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from textual import events

from screens.session_words import last_sign_in
from screens.times import hk_time
from screens.words import _
from store.rules.sessions import IDLE_LIMIT, SESSION_LIFE

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from ccms_tui.app import DeskApp

EVERY_SECONDS = 0.25
WARNED_BEFORE = timedelta(minutes=10)
READABLE_SECONDS = 20
LOCKED = "locked"
BEING_THERE = (events.Key, events.Paste, events.MouseDown, events.MouseScrollDown, events.MouseScrollUp)


class Sitting:
    """Asks nothing of the database, so that a slow one does not hold up the lock."""

    def __init__(self, app: "DeskApp") -> None:
        self.covered: str | None = None
        """The place that the locked screen covers; None while the desk is open."""
        self._app = app
        self._last_seen: datetime | None = None
        self._size = app.size
        self._warned = False

    def note(self, event: events.Event) -> None:
        """Remember that the operator is there, if this shows it; a mouse that merely moves does not."""
        if self._app.ready and isinstance(event, BEING_THERE):
            self._last_seen = self._app.desk.clock.now()

    async def run(self) -> None:
        """Say when and from where the operator last came, then watch until cancelled.

        Who works on the host, and who plays the demo, has no session.
        """
        self._last_seen = self._app.desk.clock.now()
        if self._app.desk.session is not None:
            self._say(last_sign_in(self._app.desk.session))
        while self._app.desk.session is not None:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Lock, or warn of the end, when it is time."""
        session, now = self._app.desk.session, self._app.desk.clock.now()
        if session is None or self._last_seen is None or self.covered is not None:
            return
        ends_at = session.began_at + SESSION_LIFE
        if now - self._last_seen >= IDLE_LIMIT:
            await self._lock()
        elif not self._warned and now >= ends_at - WARNED_BEFORE:
            self._warned = True
            words = _("Your twelve hours end at %s; save what you are doing and sign in again.")
            self._say(words % hk_time(ends_at), severity="warning")

    def _say(self, sentence: str, severity: "SeverityLevel" = "information") -> None:
        """Tell it for long enough to be read by somebody who looks elsewhere."""
        self._app.notify(sentence, severity=severity, timeout=READABLE_SECONDS, markup=False)

    async def _lock(self) -> None:
        """Put the locked screen in the place of everything else, as a place with no way out but its own."""
        from screens.lock import LockScreen  # noqa: PLC0415

        app = self._app
        self.covered, self._size = app.current_mode, app.size
        app.clear_notifications()
        for screen in app.screen_stack:
            screen.query("ToastHolder").remove()
        app.add_mode(LOCKED, LockScreen)
        await app.switch_mode(LOCKED)
        app.run_worker(app.desk.sessions.lock(), group=LOCKED, exit_on_error=False)

    async def unlock(self) -> None:
        """Show what was covered, as it was left; the live watch sees the resumed session as a change."""
        app, covered = self._app, self.covered
        if covered is None:
            return
        self.covered, self._last_seen = None, app.desk.clock.now()
        await app.switch_mode(covered)
        await app.remove_mode(LOCKED)
        if app.size != self._size:
            app.post_message(events.Resize(app.size, app.size))
