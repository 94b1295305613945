"""The role picker: who to come in as, and that nothing here is real."""

from collections.abc import Callable
from typing import ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ccms_tui.demo.info import DemoRole
from screens.base import DeskApp
from screens.paint import hints
from screens.text import plain
from screens.words import _


class RolePicker(ModalScreen[DemoRole | None]):
    """Answers with the chosen role, or None when left. Who enrols is no operator: `enrol` sees to that."""

    CSS_PATH = "picker.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"choose({number - 1})", show=False) for number in range(1, 10)),
        Binding("q", "leave", _("Leave")),
        Binding("escape", "back", show=False),
    ]

    def __init__(self, roles: tuple[DemoRole, ...], moment: str, enrol: Callable[[], None]) -> None:
        super().__init__()
        self._roles = roles
        self._moment = moment
        self._enrol = enrol

    def compose(self) -> ComposeResult:
        """The roles, each with what awaits it."""
        with Vertical():
            yield Static(plain(_("Come in as")), id="picker-title")
            yield OptionList(
                *(
                    self._option(number, role.title, role.story)
                    for number, role in enumerate(self._roles, start=1)
                ),
                self._option(len(self._roles) + 1, _("CCMS user"), _("Not an operator: enrol for 2FA.")),
            )
            yield Static(
                plain(
                    _(
                        "All names are invented, the clock began at {moment} in Hong Kong, no mail leaves "
                        "this computer. F2 comes back here."
                    ).format(moment=self._moment)
                ),
                id="picker-note",
            )
        yield Static(hints(self._keys()), id="picker-keys")

    def _keys(self) -> list[tuple[str, str]]:
        """The keys: with a role in, esc and q both go back to it."""
        keys = [(f"1-{len(self._roles) + 1}", _("come in as")), ("↑ ↓ enter", _("choose"))]
        if cast("DeskApp", self.app).ready:
            return [*keys, ("esc", _("back to the desk"))]
        return [*keys, ("q", _("leave the demo"))]

    def on_mount(self) -> None:
        """Begin on the first role."""
        self.query_one(OptionList).highlighted = 0

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer with the role that was chosen."""
        self.action_choose(event.option_index)

    def action_choose(self, index: int) -> None:
        """Answer with the role of that number, if there is one."""
        if index < len(self._roles):
            self.dismiss(self._roles[index])
        elif index == len(self._roles):
            self._enrol()
            self.app.exit()

    def action_leave(self) -> None:
        """Answer that none was chosen."""
        self.dismiss(None)

    def action_back(self) -> None:
        """Go back to the role that is in; before one is, say how to come in and how to leave."""
        if cast("DeskApp", self.app).ready:
            self.dismiss(None)
        else:
            self.notify(_("A number or enter comes in; q leaves the demo."), markup=False)

    @staticmethod
    def _option(number: int, title: str, story: str) -> Option:
        text = plain(f"{number}  {title}", "bold")
        text.append("\n   ").append(plain(story, "not bold"))
        return Option(text)
