"""An application whose faults are told in one sentence, without values; nothing of the library's own reaches
the host: no file, no browser, no suspended process.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from rich.console import RenderableType
from textual import events
from textual.app import App, ScreenStackError, SuspendNotSupported, SystemCommand
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets._toast import ToastHolder, ToastRack
from textual.worker import Worker, WorkerState

from screens.sentences import explain_error
from screens.words import _
from store.errors import SessionOver, StoreError

SESSION_ENDED = 4
"""The exit code of what is not allowed (any more)."""
MOST_TOLD = 1
"""How many sentences stand on the screen at once: the header that they lie over has two lines."""
LARGEST = Size(1_000, 500)
"""Columns and rows that are drawn: the terminal may claim any number, and each cell costs memory and time."""


class QuietApp(App[None], inherit_bindings=False):
    """Ends on a fault without Textual's picture of it, which would print the names and codes it held."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "say_how_to_leave", show=False, system=True)]

    ending = "left"
    """How it ended, as the audit calls it: left, hung-up, over or failed."""
    parting = ""
    """What the terminal is told once it is restored."""

    def get_driver_class(self) -> type[Driver]:
        """The driver of the terminal, whatever the environment says."""
        from ccms_tui.terminal_driver import TerminalDriver  # noqa: PLC0415

        return TerminalDriver

    @property
    def fault(self) -> Exception | None:
        """What ended the application, if it was a fault."""
        return self._exception

    async def on_event(self, event: events.Event) -> None:
        """Take the window for as large as a window can be, whatever the terminal says of itself."""
        if isinstance(event, events.Resize):
            window = self._window(event.size)
            size = Size(min(window.width, LARGEST.width), min(window.height, LARGEST.height))
            event = event if size == event.size else events.Resize(size, size)
        if not (isinstance(event, events.MouseDown) and self._is_gone(event)):
            await super().on_event(event)

    def _is_gone(self, click: events.MouseDown) -> bool:
        """Whether what was clicked has just left the screen; the library would end looking for its place."""
        if not self.screen_stack:
            return False
        widget, _offset = self.screen.get_widget_and_offset_at(click.x, click.y)
        return widget is not None and widget.parent is None

    def _window(self, claimed: Size) -> Size:
        """What the line itself says of its size, where there is one: anybody can type another."""
        line: int = getattr(self._driver, "fileno", -1)
        with suppress(OSError):  # no terminal: a test, or a browser
            columns, rows = os.get_terminal_size(line)
            if columns and rows:
                return Size(columns, rows)
        return claimed

    def session_over(self, error: StoreError) -> None:
        """End because the operator's session has; the terminal is told why once it is restored."""
        if not self.parting:
            self.ending, self.parting = "over", explain_error(error)
            self.exit(return_code=SESSION_ENDED)

    def hang_up(self) -> None:
        """End because nobody is at the other end of the line."""
        if not self.parting:
            self.ending = "hung-up"
            self.exit()

    def _fatal_error(self) -> None:
        self.ending = "failed"
        self._close_messages_no_wait()

    def panic(self, *_renderables: RenderableType) -> None:
        """End at once."""
        self._close_messages_no_wait()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell of a failure that nobody foresaw; it never ends the desk."""
        if event.state is not WorkerState.ERROR:
            return
        if isinstance(event.worker.error, SessionOver):
            self.session_over(event.worker.error)
            return
        self.notify(explain_error(StoreError()), severity="error", markup=False)

    def action_say_how_to_leave(self) -> None:
        """ctrl+c does nothing by itself: an operator may press it out of habit."""
        self.notify(_("Press q to leave the desk."), markup=False)

    def _refresh_notifications(self) -> None:
        for old in list(self._notifications)[:-MOST_TOLD]:
            self._unnotify(old, refresh=False)
        told = {ToastRack._toast_id(each) for each in self._notifications}
        with suppress(ScreenStackError):  # what is taken back leaves no empty line where it stood
            for holder in self.screen.query(ToastHolder):
                if holder.id not in told:
                    holder.remove()
        super()._refresh_notifications()

    def clear_warnings(self) -> None:
        """Take back the warnings of the place that is left."""
        for told in [each for each in self._notifications if each.severity == "warning"]:
            self._unnotify(told)

    def unsay(self, sentence: str) -> None:
        """Tell a sentence no longer."""
        for told in [each for each in self._notifications if each.message == sentence]:
            self._unnotify(told)

    # What the library would do on the host, for somebody who is not there.

    def get_system_commands(self, _screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None of the library's own."""
        return ()

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Open nothing: the browser would be the host's."""

    def deliver_text(self, *_args: Any, **_options: Any) -> str | None:
        """Write no file: it would be the host's."""
        return None

    def deliver_binary(self, *_args: Any, **_options: Any) -> str | None:
        """Write no file: it would be the host's."""
        return None

    def save_screenshot(self, *_args: Any, **_options: Any) -> str:
        """Write no picture: it would be a file of the host's."""
        return ""

    def action_suspend_process(self) -> None:
        """Stay: there is no shell to come back from."""

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Raises SuspendNotSupported: the terminal is never lent to another program."""
        raise SuspendNotSupported(_("The desk keeps its terminal."))
        yield
