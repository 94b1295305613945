"""Revise the window of a milestone, as a circular announces it: typed, looked at once more, published.

What was typed is kept when it is left, or when saving fails.
"""

from datetime import date
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from screens import drafts
from screens.confirm import ConfirmScreen
from screens.days import day_range, weekday
from screens.dialog import Dialog, Line, Panel
from screens.drafts import WindowDraft
from screens.paint import LABEL, fields, foreign, hints, lines, muted, painted
from screens.reach_words import told_words
from screens.sentences import MILESTONES, explain_error
from screens.text import clean
from screens.times import hk_day
from screens.typed_days import names_a_day, read_day
from screens.widgets.choice_line import ChoiceLine
from screens.window_days import days_meant
from screens.words import _
from store.clock import HONG_KONG
from store.errors import BadWindow, Conflict, NotNow, StoreError
from store.rules.phases import SOURCE_LENGTH, WORDS_LENGTH, window_problem
from store.schedule_views import Window
from store.views import MilestoneRow, MilestoneStatus

FIRMNESS = (MilestoneStatus.TENTATIVE, MilestoneStatus.CONFIRMED, MilestoneStatus.CANCELLED)
"""What a circular can make of a window that has not begun."""


class ReviseScreen(Dialog[bool]):
    """The window in the circular's words, the days it can mean, how firm it is, and the circular's reference.

    Enter goes from line to line, and after the last one shows what was and what becomes of it; only `y` there
    publishes it. True when it was saved. What was typed is kept when it is left, and offered again.
    """

    CSS_PATH = "revise.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "put_back", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, row: MilestoneRow) -> None:
        super().__init__()
        self.row = row
        self.saving = False
        self._offered = [row.earliest.isoformat(), row.latest.isoformat()]
        """The days that nobody typed: those kept, or those that the words mean."""

    def compose(self) -> ComposeResult:
        """What is now, and the lines to type in."""
        with Panel():
            yield Static(foreign(self.row.title), classes="title")
            yield Static(_("Window, in the words of the circular"), classes="label")
            yield Line(id="words", placeholder="Q2 2023", max_length=WORDS_LENGTH, replaced=True)
            with Horizontal(classes="days"):
                with Vertical(classes="first"):
                    yield Static(_("Earliest day it can mean"), classes="label")
                    yield Line(id="earliest", placeholder="2023-04-01", max_length=40, replaced=True)
                with Vertical():
                    yield Static(_("Latest day it can mean"), classes="label")
                    yield Line(id="latest", placeholder="2023-06-30", max_length=40, replaced=True)
            yield Static(_("By that circular it is (space changes it)"), id="status-label", classes="label")
            yield ChoiceLine([MILESTONES[status].word for status in FIRMNESS], id="status")
            yield Static(_("Reference of the circular that says so"), classes="label")
            yield Line(id="circular", placeholder=self._circular_before(), max_length=SOURCE_LENGTH)
            yield Static(id="trouble", classes="gap")
            keys = [("enter", _("next line")), ("↑ ↓", _("move")), ("F4", _("as it is kept"))]
            yield Static(hints([*keys, ("esc", _("leave, keeping it"))]), classes="hints")

    def on_mount(self) -> None:
        """Offer what was typed before, or what is kept."""
        draft = drafts.find(self.app, self.draft_key)
        kept = draft if isinstance(draft, WindowDraft) else None
        self._fill(kept or self.kept)
        if kept:
            self._trouble(muted(_("What you typed before was kept. It is not saved yet.")))
        else:
            self.tell_reach()
        self.set_class(self.row.begun_at is None, "-firm-or-not")
        words = self.line("words")
        words.focus()
        words.select_all()

    def line(self, name: str) -> Line:
        """One of the lines."""
        return self.query_one(f"#{name}", Line)

    def _circular_before(self) -> str:
        return _("now by %s") % clean(self.row.circular)

    @work(exclusive=True, group="reach", exit_on_error=False)
    async def tell_reach(self) -> None:
        """Say how many DAs are told of it, while nothing else is said."""
        told = told_words(await self.desk.schedule.reach())
        if self.typed == self.kept:
            self._trouble(muted(_("Nothing is published before you have looked at it. %s") % told))

    @property
    def draft_key(self) -> tuple[str, str, str]:
        """Under which the draft is kept: one of each operator and milestone."""
        return ("window", self.desk.actor.operator_id, self.row.milestone_id)

    @property
    def kept(self) -> WindowDraft:
        """The window as the store has it, in the form of what is typed; the circular is another one."""
        row = self.row
        return WindowDraft(
            row.window,
            earliest=row.earliest.isoformat(),
            latest=row.latest.isoformat(),
            circular="",
            status=row.status.value,
        )

    @property
    def typed(self) -> WindowDraft:
        """What stands in the lines."""
        return WindowDraft(
            self.line("words").value,
            earliest=self.line("earliest").value,
            latest=self.line("latest").value,
            circular=self.line("circular").value,
            status=self._status().value,
        )

    def _status(self) -> MilestoneStatus:
        if self.row.begun_at is not None:
            return self.row.status
        return FIRMNESS[self.query_one(ChoiceLine).chosen]

    def _fill(self, draft: WindowDraft) -> None:
        typed = {
            "words": draft.typed, "earliest": draft.earliest, "latest": draft.latest,
            "circular": draft.circular,
        }  # fmt: skip
        with self.prevent(Line.Changed):
            for name, value in typed.items():
                self.line(name).value = value
                self.line(name).cursor_position = len(value)
            known = [status.value for status in FIRMNESS]
            self.query_one(ChoiceLine).chosen = known.index(draft.status) if draft.status in known else 0

    @on(Line.Blurred, "#words")
    def _propose_days(self) -> None:
        """Put in the days that the words mean once they stand, unless other days were typed."""
        lines_of = [self.line("earliest"), self.line("latest")]
        meant = days_meant(self.line("words").value)
        if meant and [line.value for line in lines_of] == self._offered:
            self._offered = [day.isoformat() for day in meant]
            for line, day in zip(lines_of, self._offered, strict=True):
                line.value = day

    @on(Line.Changed)
    @on(ChoiceLine.Changed)
    def _changed(self) -> None:
        drafts.keep(self.app, self.draft_key, self.typed if self.typed != self.kept else None)
        self._trouble(self._meant())

    def _meant(self) -> Content:
        """The days that are typed, read back, or what is wrong with them."""
        try:
            first, last = self._day(self.line("earliest").value), self._day(self.line("latest").value)
        except ValueError as error:
            return Content.styled(f"! {clean(str(error))}", "$warning")
        if first == last:
            return muted(_("The day it can mean: %s.") % weekday(first))
        said = _("The days it can mean: %(first)s to %(last)s.")
        return muted(said % {"first": weekday(first), "last": weekday(last)})

    def _day(self, typed: str) -> date:
        """The day that is typed. Raises: ValueError with a sentence."""
        if not typed.strip():
            raise ValueError(_("Give both days, such as 12 Jun 2023."))
        return read_day(typed, hk_day(self.desk.clock.now()))

    @on(Line.Submitted)
    @on(ChoiceLine.Submitted)
    def _submitted(self, event: Line.Submitted | ChoiceLine.Submitted) -> None:
        if event.control is not self.line("circular"):
            self.focus_next()
        elif not self.saving:
            self.saving = True
            self.save(self.typed)

    def _window(self, draft: WindowDraft) -> Window:
        """What was typed, as a window. Raises: ValueError with a sentence, BadWindow, NotNow (the same)."""
        if names_a_day(draft.typed):
            self._day(draft.typed)
        row, days = self.row, (self._day(draft.earliest), self._day(draft.latest))
        begun_on = row.begun_at.astimezone(HONG_KONG).date() if row.begun_at else None
        if problem := window_problem(draft.typed, *days, draft.circular, begun_on):
            raise BadWindow(problem.value, begun_on)
        window = Window(draft.typed, *days, draft.circular, MilestoneStatus(draft.status))
        kept = Window(row.window, row.earliest, row.latest, row.circular, row.status)
        if window == kept:
            raise NotNow(row.title, "same")
        return window

    @work(group="save", exit_on_error=False)
    async def save(self, draft: WindowDraft) -> None:
        """Show what becomes of it, and save it after a yes; a refusal keeps what was typed and says why."""
        try:
            window = self._window(draft)
            if not await self.app.push_screen_wait(await self._question(window)):
                return
            row = self.row
            await self.with_proof(
                lambda: self.desk.schedule.revise(row.milestone_id, window, version=row.version)
            )
            told = await self._told(row, window)
        except ValueError as error:
            self._refused(str(error))
        except Conflict as conflict:
            await self._meet_conflict(conflict)
        except StoreError as error:
            self._refused(explain_error(error))
        else:
            drafts.keep(self.app, self.draft_key, None)
            self.say(_("The window of '%s' is revised.") % clean(row.title) + " " + told)
            self.dismiss(True)
        finally:
            self.saving = False

    async def _told(self, row: MilestoneRow, window: Window) -> str:
        """Whom it is told; that another circular says the same is no news."""
        was = Window(row.window, row.earliest, row.latest, window.circular, row.status)
        if window == was:
            return _("Only the reference changes, so nobody is told by mail.")
        return told_words(await self.desk.schedule.reach())

    async def _question(self, window: Window) -> ConfirmScreen:
        """What was, what becomes of it, by which circular, and whom that is told."""
        row = self.row
        was = Window(row.window, row.earliest, row.latest, row.circular, row.status)
        told = await self._told(row, window)
        shown = fields([(_("Was"), _window_words(was)), (_("Becomes"), _window_words(window))])
        question = _("Publish this window of '%s'?") % clean(row.title)
        return ConfirmScreen(question, lines([shown, "", told]), _("publish it"))

    async def _meet_conflict(self, conflict: Conflict) -> None:
        """Show what somebody else made of it; what is typed stays, and can be saved over it."""
        rows = await self.desk.schedule.milestones()
        self.row = next(row for row in rows if row.milestone_id == self.row.milestone_id)
        self.set_class(self.row.begun_at is None, "-firm-or-not")
        now = _("Now it is: %(window)s (%(days)s), %(status)s, by %(circular)s.") % {
            "window": clean(self.row.window),
            "days": day_range(self.row.earliest, self.row.latest),
            "status": MILESTONES[self.row.status].word,
            "circular": clean(self.row.circular),
        }
        told = Content.styled(f"! {clean(explain_error(conflict))}", "$warning")
        self._trouble(lines([told, Content(now), muted(_("enter puts yours over it, esc gives up."))]))
        self.line("circular").placeholder = self._circular_before()
        self.line("circular").focus()

    def _refused(self, sentence: str) -> None:
        self._trouble(Content.styled(f"✗ {clean(sentence)}", "$error"))

    def _trouble(self, said: Content) -> None:
        self.query_one("#trouble", Static).update(said)

    def action_put_back(self) -> None:
        """Put back what is kept."""
        self._fill(self.kept)
        self._offered = [self.kept.earliest, self.kept.latest]
        drafts.keep(self.app, self.draft_key, None)
        self._trouble(self._meant())

    def action_leave(self) -> None:
        """Leave; what was typed is kept."""
        if drafts.find(self.app, self.draft_key):
            self.say(_("What you typed is kept until you come back or leave the desk."))
        self.dismiss(False)


def _window_words(window: Window) -> Content:
    """A window in three lines: the words and how firm they are, the days they can mean, the circular."""
    indent = "\n" + " " * LABEL
    return Content.assemble(
        *(foreign(window.words, "bold"), "  ", painted(MILESTONES[window.status]), indent),
        *(day_range(window.earliest, window.latest), indent),
        foreign(_("by %s") % window.circular),
    )
