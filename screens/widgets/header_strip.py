"""The head of a screen: the desk, who is signed in, the numbered screens, the phase."""

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widget import Widget

from screens.commands import COMMANDS, Command, key_name
from screens.sentences import ROLES
from screens.text import clean, fit
from screens.times import hk_date, hk_time
from screens.words import _

if TYPE_CHECKING:
    from screens.base import DeskApp, DeskScreen

TITLE = _("CCMS 2FA registration desk")
SHORT_TITLE = _("CCMS 2FA desk")


class HeaderStrip(Widget):
    """Two lines: the desk and its operator; the numbered screens and the phase."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    HeaderStrip {
        dock: top;
        height: 2;
    }
    """

    @property
    def shell(self) -> "DeskApp":
        """The application, as screens may use it."""
        return cast("DeskApp", self.app)

    def render(self) -> Content:
        """Both lines."""
        return Content("\n").join([self._desk_line(), self._tab_line()])

    def _desk_line(self) -> Content:
        width = self.size.width - 2
        who, demo = clean(self._who()), self._demo()
        title = self._title(width - 2 - cell_len(demo + who))
        if demo and cell_len(title + demo + self._role()) + 3 > width:
            demo = " · " + _("DEMO")
        room = max(0, width - cell_len(title + demo) - 2)
        shown = who if cell_len(who) <= room else fit(who, room)
        pad = " " * max(0, width - cell_len(title + demo + shown))
        return Content.assemble(
            (f" {title}", "bold $foreground on $panel"),
            (demo, "bold $warning on $panel"),
            (f"{pad}{shown} ", "$foreground on $panel"),
        )

    def _title(self, room: int) -> str:
        """The desk, and the phase where the numbered screens leave it no room, as long as there is room."""
        phase = f" · {self._phase()}" if self._phase_left_out() else ""
        titles = (TITLE + phase, SHORT_TITLE + phase, TITLE)
        return next((title for title in titles if cell_len(title) <= room), SHORT_TITLE)

    def _phase_left_out(self) -> bool:
        return self._room_beside(self._tabs()) < cell_len(self._phase())

    def _demo(self) -> str:
        if not self.shell.demo:
            return ""
        if not self.shell.ready:
            return " · " + _("DEMO")
        now = self.shell.desk.clock.now()
        return " · " + _("DEMO · clock at {date} {time} HKT").format(date=hk_date(now), time=hk_time(now))

    def _role(self) -> str:
        return ROLES[self.shell.desk.actor.role] if self.shell.ready else ""

    def _who(self) -> str:
        if not self.shell.ready:
            if self.shell.demo and not self.screen.is_active:
                return _("nobody has come in yet")
            return _("opening …") if not self.screen.has_class("-fault") else ""
        actor, signed_in = self.shell.desk.actor, self.shell.desk.session is not None
        login = actor.operator_id if signed_in and actor.operator_id != actor.name else None
        parts = (ROLES[actor.role], actor.participant_id, login, actor.name)
        return " · ".join(part for part in parts if part)

    def _tabs(self) -> list[tuple[Command, str]]:
        """The numbered screens: closer together, then only those the role has by their short names, where
        there is no room otherwise; the one in front keeps its whole name as long as it can.

        Looks that leave room for the phase go before those that do not.
        """
        places = [each for each in COMMANDS if each.is_place and (self.shell.demo or not each.demo_only)]
        mine = [each for each in places if self._is_theirs(each)]
        looks = [
            [(each, f" {key_name(each.key)} {each.label} ") for each in places],
            [(each, f" {key_name(each.key)} {each.label}") for each in places],
            [(each, f" {key_name(each.key)} {self._short(each)}") for each in mine],
            [(each, f" {key_name(each.key)} {each.short}") for each in mine],
        ]
        beside = [tabs for tabs in looks if self._room_beside(tabs) >= cell_len(self._phase())]
        alone = [tabs for tabs in looks if self._room_beside(tabs) >= 0]
        return next(iter((*beside, *alone, looks[-1])))

    def _is_theirs(self, command: Command) -> bool:
        return not self.shell.ready or cast("DeskScreen[object]", self.screen).allowed(command)

    def _short(self, command: Command) -> str:
        return command.label if command.name == self._current else command.short

    @property
    def _current(self) -> str:
        place = cast("DeskScreen[object]", self.screen).PLACE
        return {"user": "users", "answer": "lookup", "figures": "calls"}.get(place, place)

    def _room_beside(self, tabs: list[tuple[Command, str]]) -> int:
        return self.size.width - 2 - sum(cell_len(words) for _command, words in tabs)

    def _phase(self) -> str:
        return _(self.shell.phase.value) if self.shell.phase else ""

    def _tab_line(self) -> Content:
        tabs = self._tabs()
        parts = [(words, self._look(command)) for command, words in tabs]
        room = self._room_beside(tabs)
        said = _("Phase: {phase}").format(phase=self._phase()) if self.shell.phase else ""
        said = next((words for words in (said, self._phase()) if cell_len(words) <= room), "")
        return Content.assemble(*parts, (said.rjust(room + 1), "$foreground"))

    def _look(self, command: Command) -> str:
        if command.name == self._current:
            return "bold $background on $accent"
        return "$text-muted" if self._is_theirs(command) else "$text-disabled"

    async def on_click(self, event: events.Click) -> None:
        """Go to the screen whose tab was clicked."""
        at = event.x
        if event.y != 1:
            return
        for command, words in self._tabs():
            if 0 <= at < cell_len(words):
                await cast("DeskScreen[object]", self.screen).action_command(command.name)
                return
            at -= cell_len(words)
