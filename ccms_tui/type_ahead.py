"""Keys and pastes in the order they came: each has done its work before the next is looked at.

Over a slow line a burst of keys arrives at once. Textual hands each to whatever has the focus at that moment,
before the key in front of it has moved the focus or changed the screen: `/`, then digits, would turn pages,
and what is pasted after enter would land in the line that enter has left.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard

from textual import events

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.worker import Worker

LAPS = 2
"""One lap for the key itself; one for the focus or screen that it asked for."""
A_MOMENT = 0.005
"""Seconds between two looks whether there is a screen again."""
PATIENCE = 2.0
"""Seconds after which a key that is still at work no longer holds up the others."""
LONGEST_SAVING = 30.0
"""The same for one that changes something: what is typed meanwhile is meant for what comes after."""


Typed = events.Key | events.Paste


def typed_now(event: events.Event) -> TypeGuard[Typed]:
    """Whether this is a key or a paste as it comes from the terminal, not one handed down to a widget."""
    return isinstance(event, Typed) and not event.is_forwarded


class TypeAhead:
    """Holds what is typed back while something earlier is at work; a key pressed alone passes untouched.

    `saving` says whether a change is being written.
    """

    def __init__(self, app: "App[Any]", saving: Callable[[], object] = bool) -> None:
        self._app = app
        self._saving = saving
        self._held: deque[Typed] = deque()
        self._passing: Typed | None = None
        self._turn: Worker[None] | None = None

    def holds(self, typed: Typed) -> bool:
        """Whether it must wait; it is delivered again when its turn comes."""
        if typed is self._passing:
            return False
        waits = self._turn is not None or not self._app.screen_stack
        if waits:
            self._held.append(typed)
        if self._turn is None:
            self._turn = self._app.run_worker(self._take_turns(), group="keys", exit_on_error=False)
        return waits

    async def _take_turns(self) -> None:
        try:
            await self._finish()
            while self._held and self._app.screen_stack:
                self._passing = self._held.popleft()
                self._app.post_message(self._passing)
                await self._finish()
        except Exception:
            self._held.clear()  # meant for what would have been there; the next key starts afresh
            raise
        finally:
            self._turn = self._passing = None

    async def _finish(self) -> None:
        """Wait until the key has gone from the focused widget up to the app and its command has run."""
        try:
            async with asyncio.timeout(PATIENCE):
                for _lap in range(LAPS):
                    await self._reach(self._app)
                    # While a place is first made there is no screen, and no event tells of it.
                    while not self._app.screen_stack:  # noqa: ASYNC110
                        await asyncio.sleep(A_MOMENT)
                    for pump in (self._app.focused or self._app.screen).ancestors_with_self:
                        await self._reach(pump)
            async with asyncio.timeout(LONGEST_SAVING):
                while self._saving():  # noqa: ASYNC110 - it is written by several screens at once
                    await asyncio.sleep(A_MOMENT)
        except TimeoutError:
            return

    @staticmethod
    async def _reach(pump: "MessagePump") -> None:
        """Wait until the pump has handled all that is before us in its queue."""
        reached = asyncio.Event()
        if pump.is_running and pump.post_message(events.Callback(callback=reached.set)):
            await reached.wait()
