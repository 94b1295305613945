"""The foot of a screen: as many of its keys as the width takes, those that do nothing for this row dimmed."""

from typing import TYPE_CHECKING, NamedTuple, cast

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widget import Widget

from screens.commands import Command, commands_for, key_name, types
from screens.words import _

if TYPE_CHECKING:
    from screens.base import DeskScreen

GAP = 2


class Item(NamedTuple):
    """One command of the bar."""

    command: Command
    key: str
    allowed: bool
    label: str

    @property
    def width(self) -> int:
        """The cells it takes."""
        return cell_len(self.key) + 1 + cell_len(self.label)


def _key(keys: str, *, typing: bool) -> str:
    """The first of a command's keys that runs it now: while something is typed, none that only types."""
    return next((key for key in keys.split(",") if not typing or not types(key)), "")


def _gives_way(item: Item) -> bool:
    """Whether it gives way where there is no room: all do but help, and what this very moment calls for."""
    return item.command.name != "help" and item.command.in_footer


class CommandBar(Widget):
    """One line of keys. The commands come in the table's order of use; `? Help` always has its place."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    CommandBar {
        dock: bottom;
        height: 1;
        padding: 0 1;
        background: $panel;
    }
    """

    def items(self) -> list[Item]:
        """The commands that fit, in the table's order."""
        screen = cast("DeskScreen[object]", self.screen)
        keymap = self.app._keymap
        offered = [
            Item(command, key_name(key), screen.allowed(command), screen.label_of(command))
            for command in commands_for(screen.PLACE, demo=screen.shell.demo)
            if screen.in_footer(command)
            and (key := _key(keymap.get(command.name, command.key), typing=screen.typing))
        ]
        free = self.size.width + GAP
        fitting: set[str] = set()
        for item in sorted(offered, key=_gives_way):
            if item.width + GAP <= free:
                free -= item.width + GAP
                fitting.add(item.command.name)
        return [item for item in offered if item.command.name in fitting]

    def render(self) -> Content:
        """The keys with their labels."""
        gap = " " * GAP
        parts: list[Content | str | tuple[str, str]] = []
        for item in self.items():
            parts.append((item.key, "bold $accent" if item.allowed else "$text-disabled"))
            parts.append((f" {item.label}{gap}", "" if item.allowed else "$text-disabled"))
        if cast("DeskScreen[object]", self.screen).typing:
            parts += [("↓", "bold $accent"), _(" List")]
        return Content.assemble(*parts)

    async def on_click(self, event: events.Click) -> None:
        """Run the command that was clicked."""
        at = event.get_content_offset_capture(self).x
        for item in self.items():
            if 0 <= at < item.width:
                await cast("DeskScreen[object]", self.screen).action_command(item.command.name)
                return
            at -= item.width + GAP
