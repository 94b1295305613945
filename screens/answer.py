"""The answer card: who it is, why they cannot log on, and what to say, on the smallest terminal at once."""

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.answer_text import AnswerText, answer_text, standing_looks, who_lines
from screens.commands import bindings_for
from screens.explain_words import BROKEN, WELL
from screens.hotline_words import ANYBODY, GENERAL, NEVER, Say
from screens.one_user import OneUserScreen
from screens.paint import foreign, lines, muted, painted
from screens.sentences import explain_error
from screens.text import plain
from screens.widgets.looks import theme_style
from screens.words import _
from store.errors import NotFound
from store.rules.roles import Permission
from store.views import UserCard

LABEL = 9


class AnswerScreen(OneUserScreen):
    """One caller's answer. Those who take no calls see the cause, the mail and the past alone."""

    PLACE = "answer"
    CSS_PATH = "answer.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("answer")]

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

    @property
    def takes_calls(self) -> bool:
        """Whether there is somebody on the telephone."""
        return self.desk.allows(Permission.WRITE_ENQUIRY)

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Fetch what is known and fill the parts."""
        try:
            found = await self.desk.access.explain(self.user_id)
            self.card = card = await self.desk.users.card(self.user_id)
        except NotFound as error:
            self.say(explain_error(error), severity="error")
            self.do_back()
            return
        told = answer_text(found, card, self.desk.clock.now())
        self.query_one("#who", Static).update(self._who(card))
        self.query_one("#cause", Static).update(self._cause(told))
        self.query_one("#words", Static).update(self._words(told) if self.takes_calls else "")
        self.query_one("#mail", Static).update(self._mail(told))
        self.query_one("#timeline", Static).update(self._timeline(told))
        self.refresh_frame()

    @staticmethod
    def _who(card: UserCard) -> Content:
        name, about = who_lines(card)
        seen = Content("  ").join(painted(each) for each in standing_looks(card))
        email = card.active_email or card.pending_email
        return lines(
            [
                Content.assemble((name, "bold"), "  ", seen.stylize("bold")),
                Content.assemble(
                    muted(about), muted(" · "), foreign(email) if email else muted(_("no address"))
                ),
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
        table = Table.grid(padding=(0, 1))
        table.add_column(width=LABEL, no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
        accent, faint = theme_style(self.app, "bold accent"), theme_style(self.app, "text-muted")
        self._say(table, Text(_("Say"), accent), GENERAL)
        table.add_row(
            Text("", faint), Text(_("only once the caller is verified:"), theme_style(self.app, "warning"))
        )
        self._say(table, Text(_("Then say"), accent), told.say)
        table.add_row(
            Text(_("Never ask"), theme_style(self.app, "bold error")),
            Text(f"{NEVER.english}\n{NEVER.chinese}"),
        )
        self._say(table, Text(_("Anybody"), accent), ANYBODY)
        return table

    @staticmethod
    def _say(table: Table, label: Text, words: Say) -> None:
        table.add_row(label, Text(words.english))
        table.add_row("", Text(words.chinese))

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

        self.app.push_screen(UserCardScreen(self.user_id))

    def do_reveal(self) -> None:
        """Show the whole addresses on the user's card, for a reason."""
        from screens.user_card import UserCardScreen  # noqa: PLC0415

        self.app.push_screen(UserCardScreen(self.user_id, revealing=True))

    def do_search(self) -> None:
        """Go back to the box, for the next caller."""
        self.shell.show_place("lookup")
