"""`ccms-tui --wall`: the board's pages on a wall screen, turned by a clock; it ends by ctrl+c or q."""

import asyncio
import os
import sys
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.screen import Screen

from ccms_tui.quiet_app import QuietApp
from ccms_tui.theme import DESK
from screens.wall import Source, WallScreen
from store.errors import SessionOver

PAGE_SECONDS = 12.0
"""How long a page stands: time enough to read it twice."""


class WallApp(QuietApp):
    """Shows the wall and takes no keys but those that end it."""

    TITLE = "ccms-tui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "leave", show=False, system=True),
        Binding("q", "leave", show=False),
    ]

    def __init__(self, opener: Source, *, page_seconds: float = PAGE_SECONDS) -> None:
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.register_theme(DESK)
        self.theme = DESK.name
        self.wall = WallScreen(opener)
        self._page_seconds = page_seconds

    def get_default_screen(self) -> Screen[Any]:
        """The wall."""
        return self.wall

    def on_mount(self) -> None:
        """The first page, then one after the other."""
        self.turn()
        self.set_interval(self._page_seconds, self.turn)

    @work(group="turn", exclusive=True, exit_on_error=False)
    async def turn(self) -> None:
        """Go to the next page."""
        try:
            await self.wall.turn()
        except SessionOver as over:
            self.session_over(over)

    def action_leave(self) -> None:
        """End."""
        self.exit()


def open_wall(operator_id: str | None = None) -> int:
    """Show the wall until it is ended; the exit code."""
    from ccms_tui.launch import Opening, show, terminal_refusal  # noqa: PLC0415

    if refusal := terminal_refusal():
        print(refusal, file=sys.stderr)
        return 1
    opening = Opening(operator_id)
    return asyncio.run(show(WallApp(opening), opening.close))
