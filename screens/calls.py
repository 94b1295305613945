"""Calls: what was promised and is still to be done, today's calls, and all of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from screens.base import DeskScreen
from screens.call_words import FILTERS, GOING_ON, OUTCOMES, caller_look, cause_words, duration
from screens.commands import Command, bindings_for
from screens.days import past_day
from screens.list_screen import ListScreen, cycle
from screens.paint import foreign, lines, muted, painted
from screens.sentences import Look
from screens.text import clean
from screens.times import hk_date, hk_day, hk_moment
from screens.widgets.columns import Column
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.enquiry_views import Call, CallFilter, EnquiryQuery, HandOver, HotlineLoad
from store.rules.roles import Permission

if TYPE_CHECKING:
    from store.enquiries import CallListing

NOTE_LINES = 3


def outcome_look(call: Call) -> Look:
    """How the call ended, or that it has not."""
    return OUTCOMES[call.outcome] if call.outcome else GOING_ON


def outcome_cell(call: Call) -> Text:
    """Glyph, word and colour of a call's outcome."""
    look = outcome_look(call)
    return Text(f"{look.glyph} {look.word}", look.style)


class CallsScreen(ListScreen[Call]):
    """One line for each call; the note of the last shift above, what is known of the call below."""

    PLACE = "calls"
    CSS_PATH: ClassVar[list[str]] = ["list_screen.tcss", "calls.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("calls")]

    def __init__(self) -> None:
        super().__init__()
        self.which = CallFilter.FOLLOW_UPS
        self.note: HandOver | None = None
        self.load_now: HotlineLoad | None = None

    def compose(self) -> ComposeResult:
        """Note, status line, list, detail."""
        yield Static(id="note")
        yield Static(id="status")
        yield self.rows
        with Vertical(id="detail"):
            yield Static(id="call")

    def columns(self) -> Sequence[Column[Call]]:
        """What is due and when, or what was asked and how it ended."""
        about = [
            Column[Call](_("User"), lambda call: call.user_id or "–", width=9),
            Column[Call](_("CP"), lambda call: call.participant_id or "–", width=7, from_width=100),
        ]
        by = Column[Call](_("By"), lambda call: call.taken_by, width=10)
        if self.which is CallFilter.FOLLOW_UPS:
            text = Column[Call](_("Follow-up"), _promised, width=20, fraction=1)
            return [Column[Call](_("Due"), self._due_cell, width=13), *about, text, by]
        return [
            Column[Call](_("Taken"), self._taken, width=12),
            Column[Call](_("Outcome"), outcome_cell, width=17),
            *about,
            Column[Call](_("Cause"), lambda call: cause_words(call.cause), width=18),
            Column[Call](_("Question"), lambda call: call.question, width=10, fraction=1),
            Column[Call](by.title, by.render, width=10, from_width=100),
        ]

    @property
    def newest_first(self) -> bool:
        """All but the follow-ups, of which the soonest due comes first."""
        return self.which is not CallFilter.FOLLOW_UPS

    def key_of(self, row: Call) -> int:
        """The call's number."""
        return row.enquiry_id

    async def source(self) -> "CallListing":
        """The calls that are wanted now."""
        enquiries = self.desk.enquiries
        self.note, self.load_now = await enquiries.newest_hand_over(), await enquiries.load()
        return enquiries.listing(EnquiryQuery(self.which))

    def status_words(self) -> str:
        """Which calls, how many, and how busy the hotline is."""
        count = self.rows.count
        shown = ngettext("{n} call", "{n} calls", count).format(n=f"{count:,}")
        parts = [FILTERS[self.which], shown]
        if (load := self.load_now) is not None:
            parts += [_("{n} overdue").format(n=load.overdue)] if load.overdue else []
            words = _("today {today} (by now {day} {before}, last week {last_week})")
            day = past_day(load.day_before, hk_day(self.desk.clock.now()))
            parts.append(
                words.format(today=load.today, day=day, before=load.before, last_week=load.last_week)
            )
        return " · ".join(parts)

    def empty_words(self) -> str:
        """What to do when nothing is listed."""
        return {
            CallFilter.FOLLOW_UPS: _(
                "Nothing was promised that is still to be done.\nPress f for today's calls."
            ),
            CallFilter.TODAY: _("Nobody has called today.\nPress c on a user, or here, when somebody does."),
            CallFilter.OPEN: _("No call is going on.\nPress f for all calls."),
            CallFilter.ALL: _("No call was logged yet.\nPress c on a user, or here, when somebody calls."),
        }[self.which]

    def show_status(self) -> None:
        """Bring the note, the status line and the detail up to date."""
        super().show_status()
        self._show_note()
        self._show_detail()

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        """Show what is known of the call under the cursor."""
        self._show_detail()

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """Go on with a call that has not ended, whoever took it; else show the user's card."""
        row = self.rows.cursor_row
        if row is None:
            return
        if row.ended_at is None and self.desk.allows(Permission.WRITE_ENQUIRY):
            self._log(row.user_id, row.participant_id if row.user_id is None else None, row.enquiry_id)
        elif row.user_id is not None:
            from screens.user_card import UserCardScreen  # noqa: PLC0415

            self.app.push_screen(UserCardScreen(row.user_id))
        else:
            self.say(_("Call no. %d is about no user, so there is no card to open.") % row.enquiry_id)

    def label_of(self, command: Command) -> str:
        """The filter's key says what it shows next."""
        return FILTERS[self._next_filter] if command.name == "filter" else super().label_of(command)

    @property
    def _next_filter(self) -> CallFilter:
        following: CallFilter = cycle(list(CallFilter), self.which)
        return following

    def do_filter(self) -> None:
        """Show the next of: open follow-ups, today's calls, those going on, all."""
        self._show_filter(self._next_filter)

    def _show_filter(self, which: CallFilter) -> None:
        self.which = which
        self.rows.columns = self.columns()
        self.look_again(to_top=True)
        self.refresh_frame()

    def do_back(self) -> None:
        """Show what is still to be done again; when that is shown, leave."""
        if self.which is CallFilter.FOLLOW_UPS:
            DeskScreen.do_back(self)
        else:
            self._show_filter(CallFilter.FOLLOW_UPS)

    @work(exclusive=True, group="call", exit_on_error=False)
    async def do_log_call(self) -> None:
        """Log a call about no user in particular."""
        from screens.same_caller import log_call  # noqa: PLC0415

        await log_call(self, None, self._came_back)

    def _log(self, user_id: str | None, participant_id: str | None, enquiry_id: int) -> None:
        from screens.log_call import LogCallScreen  # noqa: PLC0415

        dialog = LogCallScreen(user_id, participant_id=participant_id, enquiry_id=enquiry_id)
        self.app.push_screen(dialog, self._came_back)

    def do_follow_up_done(self) -> None:
        """Note that what was promised in the call under the cursor has been done."""
        from screens.follow_up_done import FollowUpDoneScreen  # noqa: PLC0415

        row = self.rows.cursor_row
        if row is None:
            return
        if row.follow_up is None or row.follow_up.done_at is not None:
            self.say(_("Nothing is still to be done for call no. %d.") % row.enquiry_id, severity="warning")
            return
        self.app.push_screen(FollowUpDoneScreen(row), self._came_back)

    def do_hand_over(self) -> None:
        """Write a note for the next shift."""
        from screens.hand_over import HandOverScreen  # noqa: PLC0415

        self.app.push_screen(HandOverScreen(), self._came_back)

    def do_figures(self) -> None:
        """Show what the calls were about."""
        from screens.call_figures import CallFiguresScreen  # noqa: PLC0415

        self.app.push_screen(CallFiguresScreen())

    def _came_back(self, _answer: object) -> None:
        self.look_again()

    def _taken(self, call: Call) -> str:
        return hk_moment(call.taken_at, self.desk.clock.now())

    def _due_cell(self, call: Call) -> Text | str:
        if call.follow_up is None:
            return "–"
        today, due = hk_day(self.desk.clock.now()), call.follow_up.due
        if call.follow_up.overdue(today):
            return Text(f"! {hk_date(due)}", "error")
        return Text(_("◷ today"), "warning") if due == today else Text(f"◷ {hk_date(due)}")

    def _show_note(self) -> None:
        shown, note = self.query_one("#note", Static), self.note
        shown.display = note is not None
        if note is None:
            return
        said = note.note.split("\n")
        more = [_("… (n shows all)")] if len(said) > NOTE_LINES else []
        head = _("Note of %(who)s, %(when)s") % {
            "who": note.written_by,
            "when": hk_moment(note.written_at, self.desk.clock.now()),
        }
        shown.update(lines([muted(head), *map(foreign, said[:NOTE_LINES]), *map(muted, more)]))

    def _show_detail(self) -> None:
        row, now = self.rows.cursor_row, self.desk.clock.now()
        self.query_one("#detail").display = row is not None
        if row is not None:
            self.query_one("#call", Static).update(_detail(row, now))


def _promised(call: Call) -> str:
    return call.follow_up.text if call.follow_up else ""


def _detail(call: Call, now: datetime) -> Content:
    """What is known of one call, in five lines."""
    who = (
        muted(f"  {call.user_id or ''} · {call.participant_id or ''}") if call.participant_id else Content("")
    )
    name = call.user_name or call.participant_name or _("About no user in particular")
    took = duration(call.seconds) if call.seconds is not None else _("length not known")
    facts = [_("no. %d") % call.enquiry_id, call.taken_by, took if call.ended_at else _("going on")]
    if call.caller_name:
        facts.insert(1, _("caller: %s") % call.caller_name)
    if call.codes_sent:
        facts.append(_("code no. %s sent") % ", ".join(map(str, call.codes_sent)))
    ended = outcome_look(call)
    return lines(
        [
            Content.assemble((clean(name), "bold"), muted(f"  {who}")),
            foreign(call.question or _("(nothing was written down)")),
            Content.assemble(
                painted(ended),
                muted(f"  {cause_words(call.cause)}  "),
                painted(caller_look(call.caller, call.ended_at or now)),
            ),
            muted(" · ".join(facts)),
            _follow_up_line(call, now),
        ]
    )


def _follow_up_line(call: Call, now: datetime) -> Content:
    promised = call.follow_up
    if promised is None:
        return muted(_("No follow-up."))
    if promised.done_at is None:
        return foreign(
            _("To do until %(day)s: %(text)s") % {"day": hk_date(promised.due), "text": promised.text}
        )
    words = _("Done by %(who)s %(when)s: %(text)s") % {
        "who": promised.done_by,
        "when": hk_moment(promised.done_at, now),
        "text": promised.text,
    }
    return muted(f"{words} ({promised.done_note})" if promised.done_note else words)
