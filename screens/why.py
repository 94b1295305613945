"""Why can they not log on: the first thing in the way, who can take it away and how, and the whole chain."""

from dataclasses import replace

from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens import explain_words as words
from screens.dialog import Dialog
from screens.explain_words import BROKEN, WELL
from screens.paint import fields, foreign, hints, lines, muted
from screens.sentences import explain_error
from screens.text import plain
from screens.widgets.looks import theme_style
from screens.words import _
from store.errors import NotFound
from store.rules.access import Method, Programme
from store.rules.explain import Explanation
from store.views import Phase


class WhyScreen(Dialog[None]):
    """The answer for a caller first, then every link with its mark; scrolls where the window is small."""

    CSS_PATH = "why.tcss"

    def __init__(self, user_id: str, phase: Phase | None = None) -> None:
        """`phase` is the one that is supposed to have been reached; None is the one that is."""
        super().__init__()
        self.user_id = user_id
        self.phase = phase

    def compose(self) -> ComposeResult:
        """The answer, the ways in and the chain, filled once they are known."""
        with Vertical(classes="panel"):
            with VerticalScroll():
                yield Static(id="who", classes="title")
                if self.phase:
                    supposed = _("As if '%s' had been reached; all else as it is now.") % _(self.phase.value)
                    yield Static(muted(supposed))
                yield Static(id="answer", classes="gap")
                yield Static(id="ways", classes="gap")
                yield Static(id="chain", classes="gap")
            yield Static(hints([("↑ ↓", _("scroll")), ("esc", _("close"))]), classes="hints")

    def on_mount(self) -> None:
        """Let the arrows scroll, and look."""
        self.query_one(VerticalScroll).focus()
        self.load()

    async def store_changed(self) -> None:
        """Show what has been taken away meanwhile."""
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Fetch the explanation and fill the parts."""
        try:
            found = await self.desk.access.explain(self.user_id)
        except NotFound as error:
            self.say(explain_error(error), severity="error")
            self.dismiss(None)
            return
        if self.phase:
            programme = Programme(self.phase, found.facts.programme.decommissioned)
            found = replace(found, facts=replace(found.facts, programme=programme))
        self.query_one("#who", Static).update(foreign(f"{found.user_name}  {found.user_id}"))
        self.query_one("#answer", Static).update(self._answer(found))
        self.query_one("#ways", Static).update(
            fields([(words.METHODS[each], self._way(found, each)) for each in Method], 12)
        )
        self.query_one("#chain", Static).update(self._chain(found))

    @staticmethod
    def _answer(found: Explanation) -> Content:
        """What can be removed now, who can and how; then what is left."""
        answer = words.answer(found)
        if answer is None:
            well = _("Nothing is in the way of logging on with two factors.")
            return Content.styled(f"{WELL.glyph} {well}", f"bold ${WELL.style}")
        told = [Content.styled(f"{BROKEN.glyph} {answer.reason}", f"bold ${BROKEN.style}")]
        if answer.who:
            told.append(Content.assemble((_("Who can help: "), "$text-muted"), (answer.who, "bold")))
        told.append(foreign(answer.remedy))
        return lines([*told, *([muted(answer.after)] if answer.after else [])])

    @staticmethod
    def _way(found: Explanation, method: Method) -> Content:
        look = WELL if found.refusal(method) is None else BROKEN
        return Content.assemble((f"{look.glyph} ", f"${look.style}"), words.access(found, method))

    def _chain(self, found: Explanation) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=1)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
        faint = theme_style(self.app, "text-muted")
        for step in words.chain(found):
            detail = plain(step.detail)
            if step.ok:
                detail.stylize(faint)
            mark = Text(step.mark.glyph, theme_style(self.app, step.mark.style))
            table.add_row(mark, Text(words.LINKS[step.link]), detail)
        return table
