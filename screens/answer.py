"""The answer card: who it is, why they cannot log on, and what to say, on the smallest terminal at once."""

from typing import ClassVar

from rich.style import Style
from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.answer_text import NO_WAYS, AnswerText, answer_text, may_do
from screens.call_words import caller_look
from screens.commands import bindings_for
from screens.explain_words import BROKEN, WELL
from screens.hotline_words import ANYBODY, RESENT, Say, never_ask
from screens.one_user import OneUserScreen
from screens.paint import foreign, lines, muted, painted
from screens.same_caller import still_open
from screens.sentences import explain_error
from screens.text import plain
from screens.widgets.looks import theme_style
from screens.words import _
from store.errors import NotFound, StoreError
from store.rules.caller_check import Deed

LABEL = 9
NO_WAY = frozenset({Deed.CALL_BACK, Deed.SEND_CHECK_CODE})
"""Where neither can be done, no caller can be checked."""


class AnswerScreen(OneUserScreen):
    """One caller's answer. Those who take no calls see the cause, the mail and the past alone."""

    PLACE = "answer"
    CSS_PATH = "answer.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("answer")]

    REVEALS_WITHOUT_CALL = False

    def compose(self) -> ComposeResult:
        """The parts from the top, in one column that scrolls."""
        with VerticalScroll(id="answer"):
            yield Static(id="who")
            yield Static(id="cause")
            yield Static(id="words")
            yield Static(id="mail")
            yield Static(id="timeline")

    def on_mount(self) -> None:
        """Fetch the answer."""
        self.load()

    async def store_changed(self) -> None:
        """Show what changed; the scroll position stays."""
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Fetch what is known and fill the parts."""
        try:
            found = await self.desk.access.explain(self.user_id)
            self.card = card = await self.desk.users.card(self.user_id)
            ways = await self.desk.callers.ways(self.user_id) if self.takes_calls else NO_WAYS
            await self.find_call()
        except NotFound as error:
            self.say(explain_error(error), severity="error")
            self.do_back()
            return
        told = answer_text(found, card, self.desk.clock.now(), ways)
        self.query_one("#who", Static).update(self._who(told))
        self.query_one("#cause", Static).update(self._cause(told))
        self.query_one("#words", Static).update(self._words(told) if self.takes_calls else "")
        self.query_one("#mail", Static).update(self._mail(told))
        self.query_one("#timeline", Static).update(self._timeline(told))
        self.refresh_frame()

    @staticmethod
    def _who(told: AnswerText) -> Content:
        name, about = told.who
        seen = Content("  ").join(painted(each) for each in told.standing).stylize("bold")
        email = Content(told.email) if told.email else muted(_("no address"))
        return lines(
            [
                Content.assemble((name, "bold"), "  ", seen),
                Content.assemble(muted(about), muted(" · "), email),
            ]
        )

    @staticmethod
    def _cause(told: AnswerText) -> Content:
        mark = WELL if told.is_clear else BROKEN
        parts = [Content.styled(f"{mark.glyph} {told.cause}", f"bold ${mark.style}")]
        if told.helper:
            parts.append(
                Content.assemble(
                    (told.helper[:1].upper() + told.helper[1:], "bold"), ": ", foreign(told.remedy)
                )
            )
        elif told.remedy:
            parts.append(foreign(told.remedy))
        if told.then:
            parts.append(muted(told.then))
        return lines(parts)

    def _words(self, told: AnswerText) -> Table:
        """What to say, and what not: to anybody first, while it is not known who is calling."""
        now = self.desk.clock.now()
        table = Table.grid(padding=(0, 1))
        table.add_column(width=LABEL, no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
        stands, checked = caller_look(self.caller, now), self.caller.verified(now)
        state = Text(f"{stands.glyph} {stands.word}", self._style(stands.style))
        if (call := self.in_doubt) is not None:
            state = Text(f"! {still_open(call)}", self._style("warning")).append(_(" i to say"), "default")
        elif not checked:
            state.append(_(", and cannot be") if told.impossible >= NO_WAY else _(", i to check"), "default")
        table.add_row(self._label(_("Caller")), state)
        self._say(table, self._label(_("Say"), "bold accent"), told.say if checked else told.first)
        self._say(table, self._label(_("Never ask"), "bold error"), never_ask())
        if not checked:
            self._say(table, self._label(_("Or"), "bold accent"), ANYBODY)
            table.add_row("", Text(_("Only once the caller is checked, say:"), self._style("warning")))
            self._say(table, Text(""), told.say, self._style("text-muted"))
        may, not_yet = may_do(told, self.caller, now)
        table.add_row(self._label(_("You may")), Text("; ".join(may)))
        if not checked:
            after = _("If asked") if Deed.RESEND in told.impossible else _("After r")
            self._say(table, self._label(after), RESENT)
            table.add_row(self._label(_("Not yet")), Text("; ".join(not_yet), self._style("text-muted")))
        return table

    def _label(self, words: str, style: str = "text-muted") -> Text:
        return Text(words, self._style(style))

    def _style(self, name: str) -> Style:
        return theme_style(self.app, name)

    @staticmethod
    def _say(table: Table, label: Text, words: Say, style: Style | None = None) -> None:
        table.add_row(label, Text(words.english, style or Style()))
        table.add_row("", Text(words.chinese, style or Style()))

    @staticmethod
    def _mail(told: AnswerText) -> Content:
        if told.mail is None or told.mail_look is None:
            return Content.assemble(muted(_("Last mail  ")), _("none was written"))
        return Content.assemble(muted(_("Last mail  ")), painted(told.mail_look), "  ", foreign(told.mail))

    def _timeline(self, told: AnswerText) -> Table | Content:
        if not told.timeline:
            return muted(_("Nothing has happened yet."))
        faint = theme_style(self.app, "text-muted")
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, max_width=16, overflow="ellipsis")
        table.add_column(ratio=1, overflow="fold")
        for when, by, what in told.timeline:
            table.add_row(plain(when), Text(by, style=faint), plain(what))
        return table

    def do_open(self) -> None:
        """Show all that is known of the user."""
        from screens.user_card import UserCardScreen  # noqa: PLC0415

        self.app.push_screen(UserCardScreen(self.user_id, phone=self.phone))

    def do_reveal(self) -> None:
        """Show the whole addresses on the user's card, for a reason."""
        from screens.user_card import UserCardScreen  # noqa: PLC0415

        self.app.push_screen(UserCardScreen(self.user_id, phone=self.phone, revealing=True))

    @work(exclusive=True, group="check", exit_on_error=False)
    async def do_check_caller(self) -> None:
        """Check who is calling: the call is in the log from then on."""
        from screens.check_caller import CheckCallerScreen  # noqa: PLC0415

        try:
            if not await self.is_same_caller():
                return
            call = await self.desk.enquiries.begin(self.user_id, since=self.phone.since)
        except StoreError as error:
            self.say(explain_error(error), severity="error")
            return
        await self.app.push_screen_wait(CheckCallerScreen(call))
        self.load()

    def do_search(self) -> None:
        """Go back to the box, for the next caller."""
        self.shell.show_place("lookup")
