"""Enter the verification code that the user has read from the mail."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from screens.dialog import CodeLine, Dialog, Line, Panel
from screens.paint import fields, foreign, hints, muted, painted
from screens.sentences import MAIL_MEANINGS, explain_error, mail_look
from screens.text import clean
from screens.times import hk_moment
from screens.words import _
from store.errors import CodeRefused, NotFound, StoreError
from store.rules import codes
from store.views import AddressVerified, UserCard


class EnterCodeScreen(Dialog[bool]):
    """One line for the code, and which code it is: number, moment, address, tries. True when it was good."""

    CSS_PATH = "enter_code.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, user_id: str) -> None:
        super().__init__()
        self.user_id = user_id
        self.card: UserCard | None = None
        self.trying = False
        self._refused: str | None = None
        """What was refused last, as it was meant; it is not sent again."""

    def compose(self) -> ComposeResult:
        """Who, which code, the line to type in, and what is to be said about it."""
        with Panel():
            yield Static(_("Verification code"), id="title", classes="title")
            yield Static(id="which", classes="gap clipped")
            yield Static(_("Code"), classes="label")
            yield CodeLine(id="code", placeholder=_("e.g. ABCD-EFGH"), max_length=40)
            yield Static(id="verdict")
            yield Static(hints([("enter", _("try it")), ("esc", _("leave"))]), classes="hints")

    def on_mount(self) -> None:
        """Fetch the user."""
        self.load()

    async def store_changed(self) -> None:
        """Show the newest code, leaving what is being typed."""
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Show who it is and which code is expected."""
        try:
            self.card = await self.desk.users.card(self.user_id)
        except NotFound as error:
            self.say(explain_error(error), severity="error")
            self.dismiss(False)
            return
        self._show_card(self.card)

    @on(Line.Changed)
    def _typed(self, event: Line.Changed) -> None:
        meant = codes.normalise(event.value)
        self._say_here(muted(_("reads as %s") % codes.format(meant)) if meant else Content(""))

    @on(Line.Submitted)
    def _submitted(self) -> None:
        typed = self.query_one(Line).value
        if self._refused and codes.normalise(typed) == self._refused:
            words = _("This was refused just now, so it was not tried again; type another one.")
            self._say_here(muted(words))
        elif not self.trying:
            self.trying = True
            self.try_code(typed)

    @work(group="try", exit_on_error=False)
    async def try_code(self, typed: str) -> None:
        """Ask the store whether the code is good; what was typed stays when it is not."""
        try:
            done = await self.with_proof(lambda: self.desk.verifications.enter_code(self.user_id, typed))
        except CodeRefused as error:
            self._refused = codes.normalise(typed)
            self._say_here(Content.styled(f"✗ {clean(explain_error(error))}", "$error"))
            self.load()
        except StoreError as error:
            self._say_here(Content.styled(f"✗ {clean(explain_error(error))}", "$error"))
            self.load()
        else:
            self.say(self._what_happened(done))
            self.dismiss(True)
        finally:
            self.trying = False

    @staticmethod
    def _what_happened(done: AddressVerified) -> str:
        if done.replaced:
            words = _("%(email)s is verified and replaces %(old)s, which is told by mail.")
            return words % {"email": clean(done.email), "old": clean(done.replaced)}
        return _("%s is verified.") % clean(done.email)

    def action_leave(self) -> None:
        """Leave without trying."""
        self.dismiss(False)

    def _say_here(self, said: Content) -> None:
        self.query_one("#verdict", Static).update(said)

    def _show_card(self, card: UserCard) -> None:
        self.query_one("#title", Static).update(
            Content.assemble(clean(card.row.user_name), muted(f"  {card.row.user_id}"))
        )
        which = self.query_one("#which", Static)
        if card.code is None or card.pending_email is None:
            which.update(muted(_("No address of this user waits for a code.")))
            return
        now, code = self.desk.clock.now(), card.code
        words = _("no. %(number)d, sent %(sent)s, tries left: %(left)d, expires %(expires)s")
        if code.expires_at <= now:
            words = _("no. %(number)d, sent %(sent)s, expired %(expires)s; send a fresh one")
        facts = {
            "number": code.number,
            "sent": hk_moment(code.issued_at, now),
            "expires": hk_moment(code.expires_at, now),
            "left": code.tries_left,
        }
        mail = Content.assemble(
            painted(mail_look(code.mail_state)), muted(f"  {MAIL_MEANINGS[code.mail_state]}")
        )
        which.update(
            fields(
                [
                    (_("Address"), foreign(card.pending_email)),
                    (_("Code"), Content(words % facts)),
                    (_("Its mail"), mail),
                ]
            )
        )
