"""Step 4, by mobile application: the QR code and the secret, seen in this step only, and one good code."""

from collections.abc import Iterator
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from screens.enrol.action import Action
from screens.enrol.confirm import confirm
from screens.enrol.line import SIX_DIGITS, EntryLine
from screens.enrol.progress import Progress
from screens.enrol.qr import QrCode
from screens.enrol.step import EnrolScreen
from screens.paint import foreign, hints, lines
from screens.words import _
from store.enrolment_views import AppSetup, Step

BESIDE, HEAD = 31, 1
"""The columns that what stands beside the QR code needs, and the rows of what stands above."""
GROUPS = 4


class PhoneScreen(EnrolScreen):
    """The QR code takes nearly all of 80x24, so the head is one line and the words stand beside it."""

    STEP: ClassVar[Step | None] = Step.CONFIRM

    def __init__(self, setup: AppSetup) -> None:
        super().__init__()
        self.add_class("-tall")
        self._setup = setup

    def compose(self) -> ComposeResult:
        """The QR code at the left, what to do at the right."""
        yield Progress(self.visit.state.user_id, self.visit.state.step, self.STEP)
        with Horizontal():
            yield QrCode(self._setup.uri, id="qr")
            with VerticalScroll(id="body", can_focus=False):
                yield from self.body()

    def body(self) -> Iterator[Widget]:
        """What to do, the secret for typing, the line."""
        yield Static(
            _("This window is too small for the QR code: make it 80 columns by 24 rows, or type the secret."),
            id="too-small",
        )
        yield Static(_("Scan it with your app"), classes="title", id="scan")
        yield Static(_("or type this secret into it:"), classes="muted")
        yield Static(lines(self._grouped()), id="secret")
        yield Static(_("It is shown in this step only."), classes="muted")
        yield Static(_("Then the code the app shows"), classes="label")
        yield EntryLine(id="code", placeholder=_("six digits"), wanted=SIX_DIGITS)
        yield Static(id="verdict")
        yield Action(_("Another method"), id="method")
        yield Static(hints([("enter", _("go on")), ("esc", _("leave (twice)"))]), classes="gap")

    def _grouped(self) -> list[Content | str]:
        """The secret, four groups a line."""
        groups = self._setup.secret.split()
        rows = [" ".join(groups[at : at + GROUPS]) for at in range(0, len(groups), GROUPS)]
        return [foreign(row, "bold") for row in rows]

    def on_mount(self) -> None:
        """See whether the QR code has room."""
        self._fit(self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """See whether the QR code has room now."""
        self._fit(event.size)

    def _fit(self, size: Size) -> None:
        room = Size(size.width - BESIDE, size.height - HEAD)
        self.set_class(not self.query_one(QrCode).fit(room), "-no-room")

    @on(EntryLine.Submitted, "#code")
    def _submitted(self, event: EntryLine.Submitted) -> None:
        self.give(event, partial(confirm, self))

    @on(Action.Chosen, "#method")
    def _method(self) -> None:
        from screens.enrol.method import MethodScreen  # noqa: PLC0415 - each leads to the other

        self.show_step(MethodScreen())
