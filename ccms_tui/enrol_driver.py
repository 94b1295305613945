"""The library's driver for browsers, without what it offers beside painting: files and addresses to open."""

from pathlib import Path
from typing import BinaryIO, Literal, TextIO

from textual import events
from textual.drivers.web_driver import WebDriver

from ccms_tui.enrol_served import bounded

HEARD = frozenset({"focus", "blur", "quit"})


class ServedDriver(WebDriver):
    """Paints for a visitor's browser."""

    def start_application_mode(self) -> None:
        """Begin with the first field focused: the library begins as if the visitor were elsewhere."""
        super().start_application_mode()
        self._app.call_later(self._app.post_message, events.AppFocus())

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        """Hear what the server says of the window, and nothing else."""
        if packet_type == "resize":
            width, height = payload.get("width"), payload.get("height")
            if isinstance(width, int) and isinstance(height, int):
                payload["width"], payload["height"] = bounded(width, height)
                super().on_meta(packet_type, payload)
        elif packet_type in HEARD:
            super().on_meta(packet_type, payload)

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Open nothing."""

    def deliver_binary(
        self,
        binary: BinaryIO | TextIO,
        *,
        delivery_key: str,
        save_path: Path,
        open_method: Literal["browser", "download"] = "download",
        encoding: str | None = None,
        mime_type: str | None = None,
        name: str | None = None,
    ) -> None:
        """Deliver nothing."""
