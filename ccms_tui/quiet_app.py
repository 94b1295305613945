"""An application whose faults are told in one sentence, once the terminal is restored, without values."""

from rich.console import RenderableType
from textual.app import App


class QuietApp(App[None], inherit_bindings=False):
    """Ends on a fault without Textual's picture of it, which would print the names and codes it held."""

    @property
    def fault(self) -> Exception | None:
        """What ended the application, if it was a fault."""
        return self._exception

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()

    def panic(self, *_renderables: RenderableType) -> None:
        """End at once."""
        self._close_messages_no_wait()
