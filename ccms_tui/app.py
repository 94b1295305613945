"""The application shell: it paints first, opens the store after, and keeps one screen for each place."""

import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events, work
from textual.screen import Screen

from ccms_tui.config_file import BadSetting
from ccms_tui.landing import Landing, landing, places
from ccms_tui.live import LiveWatch
from ccms_tui.palette import DeskCommands
from ccms_tui.quiet_app import QuietApp
from ccms_tui.sitting import Sitting
from ccms_tui.theme import DESK
from ccms_tui.type_ahead import TypeAhead, typed_now
from screens.base import DeskScreen
from screens.opening import OpeningScreen, cover_when_too_small
from screens.sentences import explain_error
from store.errors import StoreError
from store.views import Phase

if TYPE_CHECKING:
    from ccms_tui.demo.info import DemoInfo
    from store.desk import Desk


class DeskApp(QuietApp):
    """The desk on a terminal. `opener` opens the store once the first frame stands; a demo brings its own."""

    TITLE = "ccms-tui"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["desk.tcss", "told.tcss"]
    ENABLE_COMMAND_PALETTE = False
    COMMANDS: ClassVar[set[Any]] = {DeskCommands}
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {"opening": OpeningScreen}

    def __init__(
        self,
        opener: Callable[[], Awaitable["Desk"]],
        *,
        demo: "DemoInfo | None" = None,
        keymap: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self.register_theme(DESK)
        self.theme = DESK.name
        self.set_class(self.no_color, "-no-color")
        self.demo = demo is not None
        self.ready = False
        self.phase: Phase | None = None
        self.changes = self.saving = 0
        self._opener = opener
        self._demo = demo
        self._own_keys = dict(keymap or {})
        self._desk: Desk | None = None
        self._type_ahead = TypeAhead(self, lambda: self.saving)
        self._sitting = Sitting(self)

    def get_default_screen(self) -> Screen[Any]:
        """The first frame: a default screen costs one pass over the style sheets less than a mode."""
        return OpeningScreen()

    @property
    def desk(self) -> "Desk":
        """The store as the acting operator may see it; not before `ready`."""
        assert self._desk is not None
        return self._desk

    @property
    def away_since(self) -> datetime | None:
        """When the operator was last here, None where nobody knows; in a demo, its beginning."""
        if self._demo is not None:
            return self._demo.began
        session = self.desk.session
        return session.previous_at if session else None

    async def on_event(self, event: events.Event) -> None:
        """Take keys one after the other, however fast they come; each shows that somebody is there."""
        self._sitting.note(event)
        if not (typed_now(event) and self._type_ahead.holds(event)):
            await super().on_event(event)

    def on_mount(self) -> None:
        """Open the store as soon as the first frame is on the terminal."""
        self.set_keymap(self._own_keys)
        self.call_after_refresh(self._open, again=False)

    def do_role(self) -> None:
        """Come in as somebody else (demo)."""
        self._open(again=True)

    @work(exclusive=True, group="open", exit_on_error=False)
    async def _open(self, *, again: bool) -> None:
        """Open the store, or say on the opening screen why it cannot be opened."""
        try:
            desk = await self._come_in(again=again)
        except StoreError as fault:
            sentence = str(fault) if isinstance(fault, BadSetting) else explain_error(fault)
            if not isinstance(self.screen_stack[0], OpeningScreen):
                await self.switch_mode("opening")
            cast("OpeningScreen", self.screen_stack[0]).show_fault(sentence)
            return
        if desk is not None:
            await self._enter(desk)

    async def _come_in(self, *, again: bool) -> "Desk | None":
        if self._demo is None:
            return await self._opener()
        role = self._demo.role if not again else None
        role = role or await self.push_screen_wait(self._demo.picker())
        if role is not None:
            return await self._demo.enter(role)
        if not again:
            self.exit()
        return None

    async def _enter(self, desk: "Desk") -> None:
        """Show the desk to its operator, where their work is."""
        first = self._desk is None
        self._desk = desk
        self.ready = True
        start = landing(desk.actor)
        await self._make_places(start)
        await self.switch_mode(start.place)
        cover_when_too_small(self, self.size)
        if first:
            self.run_worker(LiveWatch(self).run(), group="live", exit_on_error=False)
            self.run_worker(self._sitting.run(), group="sitting")

    async def _make_places(self, start: Landing) -> None:
        kept = {"opening", "_default"}
        if self.current_mode not in kept:
            await self.switch_mode("opening")
        for mode in [mode for mode in self._modes if mode not in kept]:
            await self.remove_mode(mode)
        for place, make in places(start).items():
            self.add_mode(place, make)
        if self._demo is not None:
            self.add_mode("caught", self._demo.caught)

    async def store_changed(self, phase: Phase, *, first: bool) -> None:
        """Let the screens in front show what changed; the others catch up when they come back."""
        self.phase = phase
        self.changes += not first
        for screen in self.screen_stack:
            if isinstance(screen, DeskScreen):
                screen.refresh_frame()
                screen.seen_changes = self.changes
                if not first:
                    await screen.store_changed()

    def show_place(self, place: str) -> None:
        """Go to a numbered screen; when it is in front already, leave what was opened on top of it."""
        self.clear_warnings()
        if place == self.current_mode:
            self._come_back(place)
        else:
            self.switch_mode(place)
            if place == "lookup":  # the next caller is somebody else
                self.call_later(self._come_back, place)

    def _come_back(self, place: str) -> None:
        """Leave what was opened on top of a numbered screen, which is in front."""
        if self.current_mode == place:
            while len(self.screen_stack) > 1:
                self.pop_screen()
            cast("DeskScreen[None]", self.screen).came_again()

    def push_screen(self, *args: Any, mode: str | None = None, **options: Any) -> Any:
        """Put a screen in front; while the desk is locked, in front of what is locked."""
        return super().push_screen(*args, mode=mode or self._sitting.covered, **options)

    @property
    def locked(self) -> bool:
        """Whether the locked screen covers the desk."""
        return self._sitting.covered is not None

    def unlock(self) -> None:
        """Show again what the locked screen covers."""
        self.call_later(self._sitting.unlock)

    def on_resize(self, event: events.Resize) -> None:
        """Cover the desk while its window is too small."""
        if self._sitting.covered is None:
            cover_when_too_small(self, event.size)
