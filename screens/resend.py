"""Send fresh codes, to one user or many: first what it would do, then how it goes, then a result for each."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from screens.call_words import goes_on
from screens.dialog import Dialog, Line, Panel
from screens.paint import hints, lines, muted
from screens.sentences import LEFT_OUT, explain_error
from screens.text import clean
from screens.times import waiting_time
from screens.widgets.columns import Column
from screens.widgets.source import MemorySource
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.errors import DatabaseFault, EnquiryNeeded, StoreError
from store.rules.caller_check import CallerStatus
from store.views import ResendPreview, Role

BAR = 32
UNDELIVERABLE = "undeliverable address"
PAINTS_A_SECOND = 5
UNCHECKED = _("Caller not checked: say neither where a code goes nor whether one was sent.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one user's resend."""

    user_id: str
    queued: bool
    words: str


class ResendScreen(Dialog[None]):
    """Preview, then progress, then a result per user; esc stops between two users."""

    CSS_PATH = "resend.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self,
        user_ids: tuple[str, ...],
        *,
        everybody: bool = False,
        participant_id: str | None = None,
        since: datetime | None = None,
    ) -> None:
        super().__init__()
        self.user_ids = user_ids
        self.participant_id, self.since = participant_id, since
        """Whom a call about many users is about; since when who wants the code is on the telephone."""
        self.enquiry_id: int | None = None
        """The call that all codes answer, once there is one: one caller has one call."""
        self.everybody = everybody
        """Whether these are all of a list, and nobody in particular: who has a fresh code is left alone."""
        self.preview: ResendPreview | None = None
        self.outcomes: list[Outcome] = []
        self.sending = False
        self.stopping = False
        self.done = False
        self.unchecked = False
        """Whether it answers a caller who was not checked, and must not be told what came of it."""

    @property
    def asks_question(self) -> bool:
        """The helpdesk sends only in answer to a call."""
        return self.desk.actor.role is Role.HELPDESK

    def compose(self) -> ComposeResult:
        """The preview, the caller's question, the progress and the results."""
        with Panel():
            yield Static(_("Send a fresh code"), classes="title")
            yield Static(muted(_("Looking up who needs one ...")), id="preview", classes="gap")
            yield Static(_("What did the caller ask?"), id="question-label", classes="label")
            yield Line(id="question", placeholder=_("e.g. my code never came"))
            yield Static(id="progress", classes="gap")
            yield Static(id="trouble")
            yield self._results()
            yield Static(id="hints", classes="hints")

    def _results(self) -> VirtualList[Outcome]:
        columns = [
            Column[Outcome](_("User"), lambda each: each.user_id, width=14),
            Column[Outcome](_("Result"), lambda each: each.words, width=20, fraction=1),
        ]
        return VirtualList(columns, lambda each: each.user_id, id="results")

    def on_mount(self) -> None:
        """Find out what it would do."""
        self.query_one(Line).can_focus = self.asks_question
        self.query_one(VirtualList).can_focus = False
        self.set_class(self.asks_question, "-asks")
        self._show_hints()
        self.look_up()

    @property
    def _to_send(self) -> tuple[str, ...]:
        """Who gets a code: those of the preview; an address that bounced gets another chance one by one."""
        if self.preview is None:
            return ()
        retried = self.preview.left_out.keys() == {UNDELIVERABLE} and len(self.user_ids) == 1
        return self.user_ids if retried else self.preview.user_ids

    @work(exclusive=True, group="look up", exit_on_error=False)
    async def look_up(self) -> None:
        """Show how many will be sent, how many not, and why."""
        try:
            self.preview = await self.desk.verifications.preview(self.user_ids, only_stale=self.everybody)
            await self._find_call()
        except StoreError as error:
            self._show_trouble(error)
            return
        self._show_preview(self.preview)
        self._show_hints()
        if self.asks_question:
            self.query_one(Line).focus()

    async def _find_call(self) -> None:
        """The call that is going on about the user is what the code answers: its question stands there."""
        if not self.asks_question:
            return
        call = await self.desk.enquiries.current(self.user_ids[0] if len(self.user_ids) == 1 else None)
        if call is not None and call.user_id is None and call.participant_id != self.participant_id:
            call = None
        self.enquiry_id = call.enquiry_id if call else None
        status, now = call.caller if call else CallerStatus(), self.desk.clock.now()
        self.unchecked = not status.verified(now)
        if call is not None and not self.query_one(Line).value:
            self.query_one("#question-label", Static).update(
                _("Tied to call no. %d. What did the caller ask?") % call.enquiry_id
            )
            self.query_one(Line).value = call.question

    def key_enter(self) -> None:
        """Send, when there is no question to answer first."""
        if not self.asks_question:
            self._begin()

    @on(Line.Submitted)
    def _begin(self) -> None:
        user_ids = self._to_send
        if not user_ids or self.sending or self.done:
            return
        question = self.query_one(Line).value.strip()
        if self.asks_question and not question:
            self._show_trouble(EnquiryNeeded())
            return
        self.sending = True
        self.query_one(Line).disabled = True
        self.query_one("#trouble", Static).update("")
        self.add_class("-sending")
        self.send(user_ids, question or None)

    @work(group="send", exit_on_error=False)
    async def send(self, user_ids: tuple[str, ...], question: str | None) -> None:
        """Send to one user after the other; one that is refused does not keep the others from theirs."""
        painting = self.set_interval(1 / PAINTS_A_SECOND, self.paint_progress)
        try:
            await self._begin_call(question)
            for user_id in user_ids:
                if self.stopping:
                    break
                self.outcomes.append(await self._send_to(user_id, question))
        except StoreError as fault:
            self._show_trouble(fault)
        finally:
            painting.stop()
            self.sending, self.done = False, True
            await self.paint_progress()
            self._show_hints()
            self.query_one(VirtualList).can_focus = True
            self.query_one(VirtualList).focus()

    async def _begin_call(self, question: str | None) -> None:
        """One caller who asks for many users has one call. Raises: StoreError."""
        if self.asks_question and self.enquiry_id is None and len(self.user_ids) > 1:
            call = await self.desk.enquiries.begin(
                participant_id=self.participant_id, question=question or "", since=self.since
            )
            self.enquiry_id = call.enquiry_id

    async def _send_to(self, user_id: str, question: str | None) -> Outcome:
        try:
            sent = await self.desk.verifications.resend(
                user_id, question=question, enquiry_id=self.enquiry_id, since=self.since
            )
        except DatabaseFault:
            raise
        except StoreError as error:
            return Outcome(user_id, queued=False, words=f"✗ {explain_error(error)}")
        self.enquiry_id = sent.enquiry_id
        words = _("✓ queued: code no. %(number)d to %(email)s") % {
            "number": sent.code_number,
            "email": sent.email,
        }
        return Outcome(user_id, queued=True, words=words)

    async def paint_progress(self) -> None:
        """Draw the bar and the results so far."""
        if not self.is_mounted:
            return
        total, count = len(self._to_send), len(self.outcomes)
        filled = BAR * count // total
        queued = sum(each.queued for each in self.outcomes)
        words = _("  %(count)d of %(total)d") % {"count": count, "total": total}
        if self.done:
            words = _("  %(queued)d queued, %(refused)d refused, %(left)d not tried") % {
                "queued": queued,
                "refused": count - queued,
                "left": total - count,
            }
        bar = Content.assemble(("━" * filled, "$accent"), ("━" * (BAR - filled), "$text-disabled"), words)
        self.query_one("#progress", Static).update(bar)
        results: VirtualList[Outcome] = self.query_one("#results", VirtualList)
        newest = self.outcomes[-1].user_id if self.outcomes else None
        await results.show(MemorySource(self.outcomes, lambda each: each.user_id), at=newest)

    def action_leave(self) -> None:
        """Stop after the present user while sending, otherwise leave."""
        if self.sending:
            self.stopping = True
            self._show_hints()
        else:
            if self.done and self.enquiry_id is not None:
                self.say(goes_on(self.enquiry_id))
            self.dismiss(None)

    def _show_preview(self, preview: ResendPreview) -> None:
        count, left_out = len(preview.user_ids), sum(preview.left_out.values())
        if count == 1 and not left_out:
            told = [
                Content(
                    _("%s gets a fresh code by mail; the one before it stops working.") % preview.user_ids
                )
            ]
        elif count:
            words = ngettext(
                "%d user gets a fresh code by mail; the one before it stops working.",
                "%d users get a fresh code by mail; the ones before stop working.",
                count,
            )
            told = [Content(words % count)]
        else:
            told = [Content.styled(_("Nobody gets a code."), "$warning")]
        if left_out:
            told.append(Content(ngettext("%d is left out:", "%d are left out:", left_out) % left_out))
            told += [
                Content.assemble((f"{number:>6}  ", "bold"), clean(LEFT_OUT.get(reason, reason)))
                for reason, number in sorted(preview.left_out.items(), key=lambda pair: -pair[1])
            ]
        if preview.soonest is not None:
            one = _("Wait %s.") if len(self.user_ids) == 1 else _("The next of them can get one in %s.")
            told.append(Content(one % waiting_time(preview.soonest)))
        if self.unchecked:
            told.append(Content.styled(f"! {UNCHECKED}", "$warning"))
        if not count and self._to_send:
            told.append(Content(_("Press enter to try the address once more all the same.")))
        self.query_one("#preview", Static).update(lines(told))

    def _show_trouble(self, error: StoreError) -> None:
        self.query_one("#trouble", Static).update(Content.styled(clean(explain_error(error)), "$error"))

    def _show_hints(self) -> None:
        keys = [("esc", _("leave"))]
        if self._to_send and not self.done:
            keys.insert(0, ("enter", _("send")))
        if self.sending:
            keys = [("esc", _("stopping ...") if self.stopping else _("stop after this user"))]
        self.query_one("#hints", Static).update(hints(keys))
