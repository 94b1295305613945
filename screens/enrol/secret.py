"""A line for a password with a way to see what is typed."""

from collections.abc import Iterator

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.line import SecretLine
from screens.enrol.step import EnrolScreen
from screens.words import _

SHOW, HIDE = _("Show what I type"), _("Hide what I type")


class SecretScreen(EnrolScreen):
    """A step that asks for a password in the line `#password`, and maybe for it once more in `#again`."""

    hidden = True

    def secret(self, label: str) -> Iterator[Widget]:
        """The line."""
        yield Static(label, classes="label")
        yield SecretLine(id="password", wanted=_("First type your password."))

    def toggle(self) -> Action:
        """The choice to see it."""
        return Action(SHOW, id="toggle")

    @property
    def line(self) -> SecretLine:
        """The line for the password."""
        return self.query_one("#password", SecretLine)

    @on(Action.Chosen, "#toggle")
    def _toggled(self) -> None:
        self.hidden = not self.hidden
        for line in self.query(SecretLine):
            line.password = self.hidden
        self.set_class(not self.hidden, "-shown")
        self.query_one("#toggle", Action).relabel(SHOW if self.hidden else HIDE)
        self.tell(Content(""))
        self.line.focus()
