"""Lines of text of which an indented one keeps its indent where it wraps."""

from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

HANGS = "! "
"""Behind this mark the rest of a line stands in line with its first word."""


class Hanging(Static):
    """A text of any number of lines, each wrapped under its own beginning."""

    def __init__(self, told: Content, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._told = told

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as it wraps into."""
        return len(self._wrapped(width)) if width else 0

    def render(self) -> Content:
        """The lines, wrapped."""
        return Content("\n").join(self._wrapped(self.content_size.width))

    def _wrapped(self, width: int) -> list[Content]:
        return [part for line in self._told.split("\n") for part in _wrap(line, width)]


def _wrap(line: Content, width: int) -> list[Content]:
    indent = len(line.plain) - len(line.plain.lstrip(" "))
    if line.plain[indent:].startswith(HANGS):
        indent += len(HANGS)
    if not 0 < indent < width // 2:
        return line.wrap(width) if width else [line]
    first, *others = line[indent:].wrap(width - indent)
    return [
        Content.assemble(line[:indent], first),
        *(Content.assemble(" " * indent, each) for each in others),
    ]
