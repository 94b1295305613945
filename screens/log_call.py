"""Log a call: what was asked, by whom, what was in the way, how it ended, and what was promised."""

from dataclasses import replace
from datetime import date, datetime
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from screens import drafts
from screens.call_form import CallForm
from screens.call_words import (
    TAKEN_BACK,
    caller_look,
    duration,
    ended_words,
    goes_on,
    is_untouched,
    may_say,
    never_ask,
)
from screens.dialog import Line
from screens.drafts import CallDraft
from screens.due_day import due_day
from screens.paint import hints, lines, muted, painted
from screens.sentences import explain_error
from screens.text import clean
from screens.widgets.one_of import OneOf
from screens.words import _
from store.enquiry_views import CLEAR, GENERAL, Call, Ending, Outcome
from store.errors import BadDay, NotFound, NotNow, StoreError
from store.rules.caller_check import CallerStatus

THROWS_AWAY = _("! F8 once more throws away what you typed.")


class LogCallScreen(CallForm):
    """One call: about a user, a participant, or nobody in particular. Answers with it once it has ended.

    Left before its end, what was typed is kept and the call goes on: `c` comes back to it, and a code sent
    meanwhile is tied to it. `since` is when it began, if that was before this opened; `enquiry_id` a call to
    end, whoever took it and however long ago.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "check_caller", show=False),
        Binding("f8", "take_back", show=False),
    ]

    def __init__(
        self,
        user_id: str | None = None,
        *,
        participant_id: str | None = None,
        since: datetime | None = None,
        enquiry_id: int | None = None,
    ) -> None:
        super().__init__()
        self.user_id, self.participant_id = user_id, participant_id
        self.since, self.enquiry_id = since, enquiry_id
        self.call: Call | None = None
        """The call in the log, once there is one."""
        self.ready = False
        self.busy = False
        self._first = CallDraft()
        """What stood in the lines before anything was typed."""
        self._warned = False

    def on_mount(self) -> None:
        """Find the call that is going on, or what one would be about; the time runs from now."""
        self.since = self.since or self.desk.clock.now()
        self.line("question").focus()
        self.set_interval(1, self._show_time)
        self._show_hints()
        self.load()

    @property
    def draft_key(self) -> tuple[str, ...]:
        """Under which the draft is kept: one for each operator, user and participant, or colleague's call."""
        me, call = self.desk.actor.operator_id, self.call
        whose = str(call.enquiry_id) if call is not None and call.taken_by != me else ""
        return ("call", me, self.user_id or "", self.participant_id or "", whose)

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Take up the call that is going on, with what was typed before; else begin where the card is."""
        enquiries, number = self.desk.enquiries, self.enquiry_id
        try:
            call = await enquiries.get(number) if number else await enquiries.current(self.user_id)
            if call is not None and (self.user_id or call.participant_id == self.participant_id):
                self.call, self.since = call, call.taken_at
            cause = call.cause if call else await self._cause()
            self.questions = await enquiries.commonest_questions()
            whom = await self._whom()
        except NotFound as error:
            self.say(explain_error(error), severity="error")
            self.dismiss(None)
            return
        self.query_one("#whom", Static).update(whom)
        self._fill(CallDraft(cause=cause, outcome=Outcome.TOLD.value))
        self.ready = True
        self._show_caller()
        self._show_hints()

    async def _cause(self) -> str:
        if self.user_id is None:
            return GENERAL
        leading = (await self.desk.access.explain(self.user_id)).leading
        return leading.reason.value if leading else CLEAR

    async def _whom(self) -> Content:
        if self.user_id is not None:
            row = (await self.desk.users.card(self.user_id)).row
            about = f"  {row.user_id} · {row.participant_id} {row.participant_name}"
            return Content.assemble((clean(row.user_name), "bold"), muted(about))
        if self.participant_id is not None:
            row_of = await self.desk.participants.get(self.participant_id)
            return Content.assemble((clean(row_of.name), "bold"), muted(f"  {row_of.participant_id}"))
        return muted(_("A general question, about no user in particular"))

    def _fill(self, at_first: CallDraft) -> None:
        """Put into the lines what was typed before, else what the log has; what was typed ahead stays."""
        call, draft = self.call, drafts.find(self.app, self.draft_key)
        if call is not None:
            at_first = replace(at_first, question=call.question, caller_name=call.caller_name)
        self._first = at_first
        shown: CallDraft = draft or at_first
        ahead = self.typed
        with self.prevent(Line.Changed):
            self.line("question").value = ahead.question or shown.question
            self.line("caller").value = ahead.caller_name or shown.caller_name
            self.line("follow-up").value = ahead.follow_up or shown.follow_up
            self.line("due").value = ahead.due or shown.due
        self.choice("cause").value = shown.cause
        self.choice("outcome").value = shown.outcome
        question = self.line("question")
        question.cursor_position = len(question.value)
        self._show_day()
        if draft:
            self._show_trouble(muted(_("What you typed before was kept. The call has not ended yet.")))
        self._keep()

    @on(Line.Changed)
    def _line_changed(self, event: Line.Changed) -> None:
        """Keep what is typed; what is promised makes a follow-up of the call."""
        outcome = self.choice("outcome")
        if event.input.id == "follow-up" and event.value and outcome.value == Outcome.TOLD.value:
            outcome.value = Outcome.FOLLOW_UP.value
        if event.input.id == "due":
            self._show_day()
        self._show_trouble(Content(""))
        self._keep()

    @on(OneOf.Changed)
    def _choice_changed(self) -> None:
        self._show_trouble(Content(""))
        self._keep()

    def _keep(self) -> None:
        if self.ready:
            unsaved = self.typed != self._first
            drafts.keep(self.app, self.draft_key, self.typed if unsaved else None)

    @on(Line.Submitted)
    @on(OneOf.Submitted)
    def _submitted(self) -> None:
        if not self.busy:
            self.busy = True
            self.end()

    @work(group="end", exit_on_error=False)
    async def end(self) -> None:
        """End the call with what was typed; a refusal keeps it and says why."""
        try:
            await self.finish("load")
            due = due_day(self.typed.due, self._today)
            call = await self._begun()
            ended = await self.desk.enquiries.finish(call.enquiry_id, self._ending(due))
        except ValueError as error:
            self._show_trouble(Content.styled(f"✗ {clean(str(error))}", "$error"))
            self.line("due").focus()
        except StoreError as error:
            if isinstance(error, BadDay):
                self.line("due").focus()
            if isinstance(error, NotNow):  # it was ended elsewhere
                self.call = None
            self._show_refusal(error)
        except Exception:
            self._show_refusal(StoreError())
            raise
        else:
            drafts.keep(self.app, self.draft_key, None)
            self.ready = False
            self.say(ended_words(ended))
            self.dismiss(ended)
        finally:
            self.busy = False

    def _ending(self, due: date) -> Ending:
        typed = self.typed
        return Ending(
            Outcome(typed.outcome),
            question=typed.question,
            caller_name=typed.caller_name,
            cause=typed.cause,
            follow_up=typed.follow_up,
            due=due,
        )

    async def _begun(self) -> Call:
        """The call in the log; it comes there now if it was not. Raises: StoreError."""
        if self.call is None:
            self.call = await self.desk.enquiries.begin(
                self.user_id,
                participant_id=self.participant_id,
                question=self.typed.question,
                caller_name=self.typed.caller_name,
                since=self.since,
            )
        return self.call

    @work(group="check", exclusive=True, exit_on_error=False)
    async def action_check_caller(self) -> None:
        """Check who is calling: by a call back, or by a code to the verified address."""
        from screens.check_caller import CheckCallerScreen  # noqa: PLC0415

        try:
            await self.finish("load")
            call = await self._begun()
        except StoreError as error:
            self._show_refusal(error)
            return
        checking: Screen[Call] = CheckCallerScreen(call)
        self.call = await self.app.push_screen_wait(checking)
        self._show_caller()
        self._show_hints()

    def action_take_back(self) -> None:
        """Take back a call that was begun by mistake."""
        if not self.busy:
            self.busy = True
            self.take_back()

    @work(group="end", exit_on_error=False)
    async def take_back(self) -> None:
        """Take it back, unless something was done in it; what was typed goes only when that is wanted."""
        try:
            await self.finish("load")
            if self.typed != self._first and not self._warned:
                self._warned = True
                self._show_trouble(Content.styled(THROWS_AWAY, "$warning"))
                return
            if self.call is not None:
                await self.desk.enquiries.take_back(self.call.enquiry_id)
        except StoreError as error:
            self._show_refusal(error)
        else:
            drafts.keep(self.app, self.draft_key, None)
            self.ready = False
            if self.call is not None:
                self.say(TAKEN_BACK % self.call.enquiry_id)
            self.dismiss(None)
        finally:
            self.busy = False

    def action_leave(self) -> None:
        """Leave; what was typed is kept."""
        self.leave()

    @work(group="leave", exclusive=True, exit_on_error=False)
    async def leave(self) -> None:
        """Leave; a call of which something was written down goes on, and what was typed is kept."""
        try:
            await self.finish("load")
            if self.call is None and self.typed.question.strip() and self.ready:
                await self._begun()
        except StoreError as error:
            self.say(explain_error(error), severity="warning")
        if self.call is not None:
            self.say(goes_on(self.call.enquiry_id))
        elif drafts.find(self.app, self.draft_key):
            self.say(_("What you typed is kept until you come back or leave the desk."))
        self.dismiss(None)

    def _show_time(self) -> None:
        took = (self.desk.clock.now() - self.since).total_seconds() if self.since else 0
        self.query_one("#took", Static).update(muted(duration(int(took))))

    def _show_caller(self) -> None:
        status, now = self.call.caller if self.call else CallerStatus(), self.desk.clock.now()
        told = [painted(caller_look(status, now)), muted(may_say(status, now)), muted(never_ask())]
        self.query_one("#caller-check", Static).update(lines(told))
        self._show_time()

    def _show_hints(self) -> None:
        keys = [("enter", _("end it")), ("F3", _("often asked")), ("F4", _("check"))]
        if self.call is not None and is_untouched(self.call):
            keys.append(("F8", _("take back")))
        else:
            keys.append(("↑↓", _("fields")))
        keys.append(("esc", _("keep")))
        self.query_one("#hints", Static).update(hints(keys))
