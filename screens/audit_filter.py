"""A small form to choose which audit events are listed."""

from datetime import date, datetime, time, timedelta
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from screens.audit_words import KINDS
from screens.days import weekday
from screens.dialog import Dialog, Line, Panel
from screens.paint import foreign, hints, muted
from screens.sentences import explain_error
from screens.times import hk_day
from screens.typed_days import read_day
from screens.words import _
from store.audit_views import EventKind, EventQuery
from store.clock import HONG_KONG
from store.errors import StoreError

CHOICES: tuple[EventKind | None, ...] = (None, *EventKind)


class AuditFilter(Dialog[EventQuery]):
    """Answers the events to list; None when it was left. What is typed stays when it is not right."""

    CSS_PATH = "audit_filter.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, wanted: EventQuery) -> None:
        super().__init__()
        self.VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall")]
        self.wanted = wanted

    def compose(self) -> ComposeResult:
        """A line for each thing to narrow by, and the kinds."""
        wanted = self.wanted
        first, last = self.days_of(wanted)
        until = str(last) if last and last != first else ""
        with Panel():
            yield Static(_("Show only"), classes="title")
            yield from self._line("who", _("Who"), wanted.operator_id, _("an operator's ID"))
            if self.desk.actor.participant_id is None:
                yield from self._line(
                    "participant", _("Participant"), wanted.participant_id, _("a participant's ID")
                )
            yield from self._line("user", _("User"), wanted.user_id, _("a user's ID"))
            yield from self._line("day", _("Day"), str(first) if first else None, "2023-02-06")
            yield from self._line("until", _("until"), until, _("a later day, for more than one"))
            options = (Option(KINDS[kind] if kind else _("everything")) for kind in CHOICES)
            yield OptionList(*options, markup=False, compact=True)
            yield Static(id="trouble")
            keys = [
                ("tab", _("next")),
                ("↑ ↓", _("kind")),
                ("enter", _("show them")),
                ("esc", _("leave")),
            ]
            yield Static(hints(keys), classes="hints")

    @staticmethod
    def _line(name: str, label: str, value: str | None, placeholder: str) -> ComposeResult:
        with Horizontal():
            yield Static(label, classes="name")
            yield Line(value or "", id=name, placeholder=placeholder, max_length=64)

    def on_mount(self) -> None:
        """Begin on the first line, with the kind that is chosen now."""
        self.query_one(OptionList).highlighted = CHOICES.index(self.wanted.kind)
        self.query_one(Line).focus()

    @staticmethod
    def days_of(query: EventQuery) -> tuple[date | None, date | None]:
        """The first and the last day a query lets through."""
        first = hk_day(query.since) if query.since else None
        return first, hk_day(query.until - timedelta(seconds=1)) if query.until else None

    @on(Line.Submitted)
    @on(OptionList.OptionSelected)
    def _enter(self) -> None:
        self.apply()

    @work(group="apply", exclusive=True, exit_on_error=False)
    async def apply(self) -> None:
        """Close with what was chosen, or say what is not right with it."""
        try:
            wanted = self._chosen()
            if wanted.participant_id is not None:
                await self.desk.participants.get(wanted.participant_id)
            await self.desk.audit.listing(wanted).count()
        except StoreError as error:
            self._complain(explain_error(error))
        except ValueError as error:
            self._complain(str(error))
        else:
            self.dismiss(wanted)

    def _chosen(self) -> EventQuery:
        """What is typed and chosen. Raises: ValueError with a sentence (a day that is none)."""
        typed = {line.id: line.value.strip() or None for line in self.query(Line)}
        first, last = self._day(typed["day"] or typed["until"]), self._day(typed["until"] or typed["day"])
        kind = CHOICES[self.query_one(OptionList).highlighted or 0]
        return EventQuery(
            operator_id=typed["who"],
            kind=kind,
            participant_id=typed.get("participant"),
            user_id=typed["user"],
            since=_midnight(min(first, last)) if first and last else None,
            until=_midnight(max(first, last) + timedelta(days=1)) if first and last else None,
        )

    @on(Line.Changed, "#day,#until")
    def _day_changed(self, event: Line.Changed) -> None:
        """Say which day is meant."""
        try:
            day = self._day(event.value.strip() or None)
        except ValueError:
            day = None
        self.query_one("#trouble", Static).update(muted(weekday(day) if day else ""))

    def _day(self, typed: str | None) -> date | None:
        """The day that is typed, None for none. Raises: ValueError with a sentence."""
        today = hk_day(self.desk.clock.now())
        return None if typed is None else read_day(typed, today, past=True)

    def _complain(self, sentence: str) -> None:
        self.query_one("#trouble", Static).update(foreign(sentence, "$warning"))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, HONG_KONG)
