"""The enrolment terminal in the demo: F2 reads the mail that was caught, where a user would read theirs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ccms_tui.demo.catcher import CaughtMail
from ccms_tui.enrol_app import EnrolApp
from screens.paint import foreign, hints, lines, muted
from screens.words import _

if TYPE_CHECKING:
    from ccms_tui.demo.stage import Demo

UNTIL_READ = 3600
"""Seconds: a hint stays until what it is about is done."""


class DemoEnrolApp(EnrolApp):
    """As users have it, and F2."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f2", "mail", show=False)]

    def __init__(self, demo: "Demo") -> None:
        super().__init__(demo.enrolment)
        self._demo = demo
        self._told_of_mail = False

    def on_mount(self) -> None:
        """Say whom one can be, once the roster is there."""
        self.run_worker(self._suggest(), group="demo", exit_on_error=False)

    async def _suggest(self) -> None:
        await self.enrolment()
        if self.visit is None:
            words = _("Demo: %s has a verified address. Leaving goes back to the other roles.")
            self.notify(words % self._demo.enrolling_user, timeout=UNTIL_READ, markup=False)

    def look(self) -> None:
        """Say how mail is read once somebody has come in."""
        super().look()
        if self.visit is not None and not self._told_of_mail:
            self._told_of_mail = True
            self.clear_notifications()
            words = _(
                "Demo: F2 reads the mail that comes in. Later choose email: "
                "the demo's clock is not your phone's."
            )
            self.notify(words, timeout=UNTIL_READ, markup=False)

    def action_mail(self) -> None:
        """Read the newest mail, with no hint in front of it."""
        if self._demo.enrolling_user and not isinstance(self.screen, NewestMail):
            self.clear_notifications()
            self.push_screen(NewestMail(self._demo.catcher.caught))


class NewestMail(ModalScreen[None]):
    """The newest mail that was caught; esc or F2 leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f2", "dismiss", show=False)]
    DEFAULT_CSS = """
    NewestMail {
        align: center middle;
        VerticalScroll { height: 20; scrollbar-size-vertical: 1; background: $surface; }
        #keys { dock: bottom; height: 1; background: $panel; }
    }
    """

    def __init__(self, caught: Sequence[CaughtMail]) -> None:
        super().__init__()
        self._caught = caught

    def compose(self) -> ComposeResult:
        """The mail, or that there is none yet."""
        with VerticalScroll():
            yield Static(id="mail")
            yield Static(hints([("↓ ↑", _("scroll")), ("esc", _("back"))]), id="keys")

    def on_mount(self) -> None:
        """Show it, and each that comes in meanwhile."""
        self.set_interval(0.5, self._show)
        self._show()

    def _show(self) -> None:
        mail = self.query_one("#mail", Static)
        if not self._caught:
            mail.update(muted(_("Nothing was caught yet: a mail takes a second.")))
            return
        newest = self._caught[-1]
        head: list[Content | str] = [
            foreign(_("To: {to}").format(to=newest.to), "bold"),
            foreign(newest.subject, "bold"),
            "",
        ]
        text: list[Content | str] = [foreign(line) for line in newest.text.splitlines()]
        mail.update(lines(head + text))
