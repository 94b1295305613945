"""The command palette: the commands of the screen in front, found by name; none of the library's own."""

from collections.abc import Awaitable, Callable, Iterator
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from screens.base import DeskScreen
from screens.commands import Command, commands_for, key_name


class DeskCommands(Provider):
    """Offers what the command table has for the screen and the role permits."""

    def _offered(self) -> Iterator[tuple[str, Command]]:
        screen = self.screen
        if not isinstance(screen, DeskScreen):
            return
        for command in commands_for(screen.PLACE, demo=screen.shell.demo):
            if command.name != "palette" and screen.allowed(command):
                yield f"{command.label}  ({key_name(command.key.split(',')[0])})", command

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for words, command in self._offered():
            yield DiscoveryHit(words, self._runner(command), help=command.tooltip)

    async def search(self, query: str) -> Hits:
        """Those whose name or explanation matches."""
        matcher = self.matcher(query)
        for words, command in self._offered():
            score = max(matcher.match(words), matcher.match(command.tooltip) * 0.8)
            if score > 0:
                yield Hit(score, matcher.highlight(words), self._runner(command), help=command.tooltip)

    def _runner(self, command: Command) -> Callable[[], Awaitable[None]]:
        screen = cast("DeskScreen[object]", self.screen)

        async def run() -> None:
            await screen.action_command(command.name)

        return run
