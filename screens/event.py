"""One audit event in full."""

import re
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.dialog import Dialog
from screens.history import history_words
from screens.paint import fields, foreign, hints, muted
from screens.text import clean
from screens.times import hk_date, hk_second
from screens.words import _
from store.audit_views import EventRow

HASH_DIGITS = 16
LABEL = 17
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+\d\d:\d\d|Z)")
"""A moment as an event keeps it (RFC 3339), its offset given."""


class EventScreen(Dialog[str]):
    """Who did what, when and to whom; every fact; its place in the chain. Answers a user to be shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "user", show=False),
        Binding("q", "leave", show=False),
    ]

    def __init__(self, row: EventRow) -> None:
        super().__init__()
        self.row = row

    def compose(self) -> ComposeResult:
        """The event, its facts, its place in the log."""
        row = self.row
        keys = [("enter", _("the user's card"))] if row.user_id else []
        with VerticalScroll(classes="panel"):
            yield Static(_("Event {number}").format(number=f"{row.event_id:,}"), classes="title")
            yield Static(foreign(history_words(row.action, row.facts), "bold"), classes="gap")
            yield Static(fields(self._who_and_when(), LABEL), classes="gap")
            if row.facts:
                yield Static(_("Facts"), classes="label")
                yield Static(fields(self._facts(), LABEL))
            yield Static(muted(self._place()), classes="gap")
            yield Static(hints([*keys, ("esc", _("close"))]), classes="hints")

    def on_mount(self) -> None:
        """Let the arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def _who_and_when(self) -> list[tuple[str, Content | str]]:
        row = self.row
        when = muted(_("(unreadable)"))
        if row.at:
            when = Content(_moment(row.at))
        user = " ".join(part for part in (row.user_id, row.user_name) if part)
        known = (
            (_("When"), when),
            (_("Who"), foreign(row.operator_id)),
            (_("Participant"), foreign(row.participant_id or "")),
            (_("User"), foreign(user)),
            (_("Recorded as"), foreign(row.action)),
        )
        return [(label, value) for label, value in known if value.plain]

    def _facts(self) -> list[tuple[str, Content | str]]:
        return [
            (clean(key.replace("_", " ")), muted("–") if value is None else foreign(_shown(value)))
            for key, value in sorted(self.row.facts.items())
        ]

    def _place(self) -> str:
        return _("Its hash begins with {digits}.").format(digits=self.row.hash[:HASH_DIGITS] or "?")

    def action_user(self) -> None:
        """Go on to the user the event is about."""
        if self.row.user_id:
            self.dismiss(self.row.user_id)


def _shown(value: object) -> str:
    """A fact as people read it: a moment in Hong Kong's time, all else as it was kept."""
    if not MOMENT.fullmatch(str(value)):
        return str(value)
    try:
        return _moment(datetime.fromisoformat(str(value)))
    except ValueError:
        return str(value)


def _moment(moment: datetime) -> str:
    return f"{hk_date(moment)} {hk_second(moment)}"
