"""The application of the enrolment terminal: its first frame takes the user ID while the store opens."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.screen import Screen

from ccms_tui.quiet_app import SESSION_ENDED, QuietApp
from ccms_tui.sitting import BEING_THERE
from ccms_tui.theme import DESK
from ccms_tui.type_ahead import TypeAhead, typed_now
from screens.enrol.step import STYLE, EnrolScreen
from screens.enrol.visit import Visit
from screens.enrol.who import WhoScreen
from screens.sentences import explain_error
from screens.words import _
from store.clock import Clock, SystemClock
from store.errors import EnrolmentOver, StoreError

if TYPE_CHECKING:
    from store.enrolment import Enrolment

IDLE_LIMIT = timedelta(minutes=5)
WARNED_BEFORE = timedelta(minutes=1)
READABLE_SECONDS = 20
EVERY_SECONDS = 0.5


class EnrolApp(QuietApp):
    """One user's visit. `opener` opens the store; left alone for five minutes, it ends and shows nothing."""

    TITLE = "ccms-tui"
    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("desk.tcss"), STYLE]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, opener: Callable[[], Awaitable["Enrolment"]], *, clock: Clock | None = None) -> None:
        super().__init__()
        self.register_theme(DESK)
        self.theme = DESK.name
        self.visit: Visit | None = None
        self._opener = opener
        self._opening = asyncio.Lock()
        self._enrolment: Enrolment | None = None
        self._clock = clock or SystemClock()
        self._last_seen = self._clock.now()
        self._warned = False
        self._type_ahead = TypeAhead(self)

    def get_default_screen(self) -> Screen[Any]:
        """The first frame."""
        return WhoScreen()

    def on_mount(self) -> None:
        """Open the store once the first frame is on the terminal, and watch whether anybody is there."""
        self.call_after_refresh(self._open)
        self.set_interval(EVERY_SECONDS, self.look)

    def _open(self) -> None:
        self.run_worker(self._open_early(), group="open", exit_on_error=False)

    async def _open_early(self) -> None:
        try:
            await self.enrolment()
        except StoreError as fault:
            if isinstance(self.screen, EnrolScreen):
                self.screen.refused(fault)

    async def enrolment(self) -> "Enrolment":
        """The store's side, once it is open; tried again each time it is asked for. Raises: StoreError."""
        async with self._opening:
            if self._enrolment is None:
                self._enrolment = await self._opener()
        return self._enrolment

    def enrolment_over(self, error: EnrolmentOver) -> None:
        """End, saying why once the terminal is restored."""
        self._end(explain_error(error), SESSION_ENDED)

    async def close_visit(self) -> None:
        """End the session in the store, if one was begun."""
        if self.visit is not None:
            with suppress(StoreError):
                await self.visit.enrolment.end(self.visit.session)

    async def on_event(self, event: events.Event) -> None:
        """Take keys one after the other, however fast they come; each shows that somebody is there."""
        if isinstance(event, BEING_THERE):
            self._last_seen, self._warned = self._clock.now(), False
        if not (typed_now(event) and self._type_ahead.holds(event)):
            await super().on_event(event)

    def look(self) -> None:
        """End, or warn of it, when nobody has been there for long."""
        idle = self._clock.now() - self._last_seen
        if idle >= IDLE_LIMIT:
            words = _(
                "Ended after five minutes without a key. What was done stays done; begin again to go on."
            )
            self._end(words, 0)
        elif idle >= IDLE_LIMIT - WARNED_BEFORE and not self._warned:
            self._warned = True
            words = _("Is anybody there? This window ends in a minute; any key keeps it open.")
            self.notify(words, severity="warning", timeout=READABLE_SECONDS, markup=False)

    def _end(self, words: str, code: int) -> None:
        if not self.parting:
            self.ending, self.parting = "over", words
            self.exit(return_code=code)

    def action_say_how_to_leave(self) -> None:
        """ctrl+c does nothing by itself: a user may press it to copy."""
        self.notify(_("Press esc twice to leave."), markup=False)
