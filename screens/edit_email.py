"""Register or change a user's designated email address: checked while it is typed, kept when saving fails."""

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from screens import drafts
from screens.address_words import problem_words, warning_words
from screens.dialog import AddressLine, Dialog, Line, Panel
from screens.drafts import Draft
from screens.edit_words import addresses_of, conflict_told, saved_words
from screens.paint import hints, lines, muted
from screens.sentences import explain_error
from screens.text import clean
from screens.words import _
from store.errors import AddressInUse, BadAddress, Conflict, NotFound, StoreError
from store.rules.roles import Permission
from store.views import EmailEdited, UserCard

if TYPE_CHECKING:
    from store.views import AddressCheck

TYPO = "typo"
DOUBTFUL = frozenset({TYPO, "unlike", "lookalike"})
"""Remarks that make enter ask once more: the address may not be the one that was meant."""


class EditEmailScreen(Dialog[bool]):
    """One line for the address; one for the reason only when another user has the same address, and one for
    what the checker should know only when the change waits for one.

    Answers True when the address was saved. What was typed is kept when it is left, and offered again.
    """

    CSS_PATH = "edit_email.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "take_suggestion", show=False),
        Binding("f4", "put_back", show=False),
    ]

    def __init__(self, user_id: str) -> None:
        super().__init__()
        self.user_id = user_id
        self.card: UserCard | None = None
        self.version = 0
        self.suggestion = ""
        self.asked_again = ""
        """The doubtful address for which enter was pressed once."""
        self.saving = False

    def compose(self) -> ComposeResult:
        """Who, what is now, the line to type in, and what is to be said about it."""
        with Panel():
            yield Static(_("Email address"), id="title", classes="title")
            yield Static(id="now", classes="gap clipped")
            yield Static(_("New address"), classes="label")
            yield AddressLine(id="address")
            yield Static(id="verdict")
            yield Static(id="warnings")
            yield Static(_("Reason why two people share it"), id="reason-label", classes="label")
            yield Line(id="reason")
            yield Static(_("Reason (the checker reads it)"), id="why-label", classes="label")
            yield Line(id="why", placeholder=_("optional; tab goes here"))
            yield Static(id="trouble")
            yield Static(id="hints", classes="hints")

    def on_mount(self) -> None:
        """Fetch the user."""
        if self.desk.allows(Permission.EDIT_USER_EMAIL):
            self.address.instead = _("on Users (2), p takes a whole list")
        self._show_hints()
        self.load()

    @property
    def address(self) -> AddressLine:
        """The line of the address."""
        return self.query_one(AddressLine)

    @property
    def reason(self) -> Line:
        """The line of the reason for sharing."""
        return self.query_one("#reason", Line)

    @property
    def why(self) -> Line:
        """The line of the reason that the checker reads."""
        return self.query_one("#why", Line)

    @property
    def typed(self) -> Draft:
        """What stands in the lines."""
        return Draft(self.address.value, self.reason.value, self.why.value)

    @property
    def draft_key(self) -> tuple[str, str, str]:
        """Under which the draft is kept: one of each operator and user."""
        return ("email", self.desk.actor.operator_id, self.user_id)

    @property
    def current(self) -> str:
        """The address the user has or is about to have."""
        card = self.card
        return (card and (card.pending_email or card.active_email)) or ""

    @property
    def offered(self) -> str:
        """What stands in the line at first: the address that waits for a checker, or the present one."""
        return self.card.proposal.new_email if self.card and self.card.proposal else self.current

    @property
    def waits_for_checker(self) -> bool:
        """Whether what is saved waits for a checker of the participant."""
        card = self.card
        at_once = card is None or card.single_da_waiver or card.row.kind.is_delegated_administrator
        return not at_once

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Show who it is, and put the draft or the present address into the line."""
        try:
            self.card = await self.desk.users.card(self.user_id)
        except NotFound as error:
            self.say(explain_error(error), severity="error")
            self.dismiss(False)
            return
        self.version = self.card.version
        self._show_card()
        draft = drafts.find(self.app, self.draft_key)
        if not self.address.value:  # what was typed ahead of the load stays
            with self.prevent(Line.Changed):
                self.address.value = draft.typed if draft else self.offered
                self.reason.value = draft.reason if draft else ""
                self.why.value = draft.why if draft else ""
            self.address.select_all()
        if draft:
            self.address.cursor_position = len(self.address.value)
            self._show_trouble(muted(_("What you typed before was kept. It is not saved yet.")))
        self._ask_why(shared=bool(draft and draft.reason))
        self.check(self.address.value)
        self._show_hints()

    @on(AddressLine.Changed, "#address")
    def _typed(self) -> None:
        self.asked_again = ""
        self._show_trouble(Content(""))
        self.check(self.address.value)
        self._keep_draft()

    @on(Line.Changed, "#reason")
    @on(Line.Changed, "#why")
    def _reasoned(self) -> None:
        self._keep_draft()

    @work(exclusive=True, group="check", exit_on_error=False)
    async def check(self, typed: str) -> None:
        """Say what is wrong or remarkable about the address, while it is typed."""
        if self.card is None:
            return
        try:
            verdict = await self.desk.registrations.check(self.user_id, typed)
        except StoreError as error:
            self._show_refusal(error)
            return
        self._show_verdict(typed, verdict)

    @on(Line.Submitted)
    def _submitted(self) -> None:
        if self.has_class("-shared") and self.address.has_focus and not self.reason.value.strip():
            self.reason.focus()
        elif not self.saving:
            self.saving = True
            self.save(self.typed)

    @work(group="save", exit_on_error=False)
    async def save(self, draft: Draft) -> None:
        """Save what was typed; a refusal keeps it and says why."""
        self._show_trouble(muted(_("Saving ...")))
        try:
            await self._save(draft)
        except StoreError as error:
            self._show_refusal(error)
        except Exception:
            self._show_refusal(StoreError())
            raise
        finally:
            self.saving = False

    async def _save(self, draft: Draft) -> None:
        try:
            await self.finish("load")
            if await self._asks_again(draft.typed):
                return
            done = await self.with_proof(lambda: self._edit(draft))
        except Conflict as conflict:
            await self._meet_conflict(conflict, draft.typed)
        except AddressInUse as error:
            self._ask_why(shared=True)
            self._show_refusal(error, "$warning")
            self.reason.focus()
        except BadAddress:
            self._show_trouble(Content.styled(_("Nothing was saved: correct the address first."), "$error"))
        else:
            drafts.keep(self.app, self.draft_key, None)
            self.card = None
            self.say(saved_words(done, self.desk.clock.now()))
            self.dismiss(True)

    async def _asks_again(self, typed: str) -> bool:
        """Whether the address may not be the one that was meant, and enter was not pressed twice for it."""
        if typed in (self.asked_again, self.current, self.offered):
            return False
        verdict = await self.desk.registrations.check(self.user_id, typed)
        if verdict.problem or not DOUBTFUL & {each.kind for each in verdict.warnings}:
            return False
        self.asked_again = typed
        keep = _("Press enter again to keep it.")
        either = _("Press enter again to keep it, or F3 (or →) to take the suggestion.")
        self._show_trouble(Content.styled(either if self.suggestion else keep, "bold $warning"))
        self.address.focus()
        return True

    async def _edit(self, draft: Draft) -> EmailEdited:
        return await self.desk.registrations.edit_email(
            self.user_id,
            draft.typed,
            version=self.version,
            shared_reason=draft.reason.strip() or None,
            reason=draft.why.strip(),
        )

    async def _meet_conflict(self, conflict: Conflict, typed: str) -> None:
        self.card = await self.desk.users.card(self.user_id)
        self.version = self.card.version
        self._show_card()
        self._show_trouble(conflict_told(conflict, typed, self.desk.clock.now()))

    def action_take_suggestion(self) -> None:
        """Put the suggested correction into the line."""
        if self.suggestion:
            self.address.value = self.suggestion
            self.address.cursor_position = len(self.suggestion)

    @on(AddressLine.Right)
    def _right_at_the_end(self) -> None:
        self.action_take_suggestion()

    def action_put_back(self) -> None:
        """Put the present address back into the line."""
        self.address.value = self.current
        self.address.cursor_position = len(self.current)
        self._show_trouble(Content(""))

    def action_leave(self) -> None:
        """Leave; what was typed is kept."""
        if drafts.find(self.app, self.draft_key):
            self.say(_("What you typed is kept until you come back or leave the desk."))
        self.dismiss(False)

    def _keep_draft(self) -> None:
        if self.card is None:
            return
        unsaved = self.typed != Draft(self.offered)
        drafts.keep(self.app, self.draft_key, self.typed if unsaved else None)

    def _ask_why(self, *, shared: bool) -> None:
        """Ask for one reason: why it is shared; else, where a checker reads it, why it changes."""
        self.set_class(shared, "-shared")
        self.set_class(self.waits_for_checker and bool(self.why.value or not shared), "-waits")

    def _show_card(self) -> None:
        card = self.card
        if card is None:
            return
        title = Content.assemble(clean(card.row.user_name), muted(f"  {card.row.user_id}"))
        self.query_one("#title", Static).update(title)
        self.query_one("#now", Static).update(addresses_of(card))
        self._ask_why(shared=self.has_class("-shared"))

    def _show_verdict(self, typed: str, verdict: "AddressCheck") -> None:
        self.suggestion = next((each.detail for each in verdict.warnings if each.kind == TYPO), "")
        if typed.strip() and typed == self.offered != self.current:
            said = muted(_("This address waits for a checker already."))
        elif typed == self.current or not typed.strip():
            said = muted(
                _("Type the address to register.") if not typed.strip() else _("The present address.")
            )
        elif verdict.problem:
            said = Content.styled(f"✗ {self._sentence(verdict.problem)}", "$error")
        elif verdict.in_use_by:
            words = _("! User %s has this address; you will be asked for the reason.") % clean(
                verdict.in_use_by
            )
            said = Content.styled(words, "$warning")
        elif verdict.warnings:
            said = Content.styled(_("! Can be registered, but look again:"), "$warning")
        else:
            said = Content.styled(_("✓ Can be registered."), "$success")
        if not verdict.in_use_by:
            self._ask_why(shared=False)
        self.query_one("#verdict", Static).update(said)
        remarks = [Content.styled(f"! {clean(warning_words(each))}", "$warning") for each in verdict.warnings]
        self.query_one("#warnings", Static).update(lines(remarks))
        self._show_hints()

    @staticmethod
    def _sentence(problem: str) -> str:
        words = clean(problem_words(problem))
        return words[:1].upper() + words[1:] + "."

    def _show_refusal(self, error: StoreError, style: str = "$error") -> None:
        self._show_trouble(Content.styled(clean(explain_error(error)), style))

    def _show_trouble(self, said: Content) -> None:
        trouble = self.query_one("#trouble", Static)
        trouble.update(said)
        if said.plain:
            self.call_after_refresh(trouble.scroll_visible, animate=False)

    def _show_hints(self) -> None:
        keys = [("enter", _("save"))]
        if self.suggestion:
            keys.append(("F3 or →", _("take the suggestion")))
        if self.current and self.address.value != self.current:
            keys.append(("F4", _("put the present one back")))
        self.query_one("#hints", Static).update(hints([*keys, ("esc", _("leave, keeping it"))]))
