"""An application whose faults are told in one sentence, without values; the library's own keys are gone."""

from typing import ClassVar

from rich.console import RenderableType
from textual.app import App
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerState

from screens.sentences import explain_error
from screens.words import _
from store.errors import StoreError


class QuietApp(App[None], inherit_bindings=False):
    """Ends on a fault without Textual's picture of it, which would print the names and codes it held."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "say_how_to_leave", show=False, system=True)]

    @property
    def fault(self) -> Exception | None:
        """What ended the application, if it was a fault."""
        return self._exception

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *_renderables: RenderableType) -> None:
        """End at once."""
        self._close_messages_no_wait()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell of a failure that nobody foresaw; it never ends the desk."""
        if event.state is WorkerState.ERROR:
            self.notify(explain_error(StoreError()), severity="error", markup=False)

    def action_say_how_to_leave(self) -> None:
        """ctrl+c does nothing by itself: an operator may press it out of habit."""
        self.notify(_("Press q to leave the desk."), markup=False)
