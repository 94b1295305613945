"""A QR code on the terminal: two modules a cell, black on white whatever the theme, with its quiet zone."""

import segno
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

QUIET = 4
"""Modules of white around it (ISO/IEC 18004)."""
LEAST_QUIET = 2
"""What every scanner that was tried still reads."""
_WHITE, _BLACK = "#ffffff", "#000000"
_CELLS = {
    (False, False): (" ", Style(color=_BLACK, bgcolor=_WHITE)),
    (True, False): ("▀", Style(color=_BLACK, bgcolor=_WHITE)),
    (False, True): ("▄", Style(color=_BLACK, bgcolor=_WHITE)),
    (True, True): ("█", Style(color=_BLACK, bgcolor=_BLACK)),
}
"""By (upper, lower) module, whether it is dark. A dark cell is dark in both its colours: fonts leave gaps."""


class QrCode(Widget):
    """As large as it has to be; where room is scarce its quiet zone is narrower, which scanners take."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "QrCode { width: auto; height: auto; }"

    def __init__(self, payload: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._code = segno.make_qr(payload, error="l")
        self._modules: list[list[bool]] = []
        self.cells = Size(0, 0)
        """The columns and rows it takes."""
        self._draw(QUIET)

    def fit(self, room: Size) -> bool:
        """Draw it as well as `room` allows; False when it does not."""
        for quiet in range(QUIET, LEAST_QUIET - 1, -1):
            self._draw(quiet)
            if self.cells.width <= room.width and self.cells.height <= room.height:
                self.refresh(layout=True)
                return True
        return False

    def _draw(self, quiet: int) -> None:
        self._modules = [[bool(module) for module in row] for row in self._code.matrix_iter(border=quiet)]
        self.cells = Size(len(self._modules[0]), -(-len(self._modules) // 2))

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The columns it takes."""
        return self.cells.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The rows it takes."""
        return self.cells.height

    def render_line(self, y: int) -> Strip:
        """One row of cells, two rows of modules."""
        if y >= self.cells.height:
            return Strip.blank(self.size.width)
        upper = self._modules[2 * y]
        lower = self._modules[2 * y + 1] if 2 * y + 1 < len(self._modules) else [False] * len(upper)
        return Strip([Segment(*_CELLS[pair]) for pair in zip(upper, lower, strict=True)], self.cells.width)
