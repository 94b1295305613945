"""The head of enrolment: what this is, whose it is, and the steps: done, now, to come."""

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from screens.text import clean, fit
from screens.words import _
from store.enrolment_views import EnrolmentState, Step

TITLE = _("CCMS two-factor authentication: enrolment")
STAGES: tuple[tuple[str, frozenset[Step]], ...] = (
    (_("Address"), frozenset({Step.ADDRESS})),
    (_("Activation"), frozenset({Step.ACTIVATE})),
    (_("Password"), frozenset({Step.PASSWORD})),
    (_("One-time password"), frozenset({Step.METHOD, Step.CONFIRM})),
    (_("Test my access"), frozenset({Step.TEST})),
)
ORDER = list(Step)


def stages(reached: Step | None, now: Step | None) -> Content:
    """The steps in one line. `reached` is how far the user is known to be, `now` what the screen is about.

    Before an activation code was good only a verified address can be known; the rest is left open.
    """
    parts: list[Content] = []
    for label, steps in STAGES:
        if now in steps:
            parts.append(Content.styled(f"▸ {label}", "bold $accent"))
        elif reached is not None and ORDER.index(reached) > max(map(ORDER.index, steps)):
            parts.append(Content.styled(f"✓ {label}", "$success"))
        else:
            known = reached is not None and reached is not Step.ACTIVATE
            parts.append(Content.styled(f"{'○' if known else '·'} {label}", "$text-muted"))
    return Content("  ").join(parts)


def known_step(state: EnrolmentState | None) -> Step | None:
    """How far the user is known to be; None while no code of the session was good."""
    return state.step if state is not None and state.user_name is not None else None


class Progress(Widget):
    """Two lines; the first is left out where a screen needs the room."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Progress { dock: top; height: 2; }
    """

    def __init__(self, user_id: str, reached: Step | None, now: Step | None) -> None:
        super().__init__()
        self._user_id = user_id
        self._reached = reached
        self._now = now

    def render(self) -> Content:
        """Both lines, or the steps alone."""
        steps = Content.assemble(" ", stages(self._reached, self._now))
        if self.size.height < 2:
            return steps
        width = self.size.width - 2
        room = max(0, width - cell_len(TITLE) - 2)
        who = clean(self._user_id)
        who = who if cell_len(who) <= room else fit(who, room)
        pad = " " * max(0, width - cell_len(TITLE) - cell_len(who))
        head = Content.assemble(
            (f" {TITLE}", "bold $foreground on $panel"), (f"{pad}{who} ", "$foreground on $panel")
        )
        return Content("\n").join([head, steps])
