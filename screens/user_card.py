"""The user card: all the desk knows of one user, the next step first."""

from datetime import datetime
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from screens.commands import Command, bindings_for
from screens.enrolment_words import METHODS, clock_words
from screens.history import history_words
from screens.next_step_words import next_step_words
from screens.one_user import OneUserScreen
from screens.paint import fields, foreign, lines, muted, painted
from screens.reveal import SHOWN_FOR, RevealScreen, Shown
from screens.same_caller import OnThePhone
from screens.sentences import (
    KINDS,
    LOCKED,
    MAIL_MEANINGS,
    SUSPENDED,
    explain_error,
    look,
    mail_look,
)
from screens.text import clean, plain
from screens.times import hk_moment, hk_second
from screens.widgets.looks import theme_style
from screens.words import _
from store.enrolment_views import OtpMethod
from store.errors import NotFound
from store.views import Code, MailRow, MailState, Revealed, UserCard

LOOKS_EVERY = 0.25
"""Seconds between two looks at the clock, to mask in time what was shown in full."""


class UserCardScreen(OneUserScreen):
    """One user: who, how far and whose turn it is; addresses and code; mails and their fate; history."""

    PLACE = "user"
    CSS_PATH = "user_card.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("user")]

    def __init__(self, user_id: str, *, phone: OnThePhone | None = None, revealing: bool = False) -> None:
        super().__init__(user_id, phone)
        self.shown: Shown | None = None
        """The whole addresses, while the helpdesk may see them."""
        self._revealing = revealing

    def compose(self) -> ComposeResult:
        """The parts from the top, in one column that scrolls."""
        with VerticalScroll(id="card"):
            yield Static(id="who")
            yield Static(id="standing")
            yield Static(id="address")
            yield Static(_("Mails"), id="mails-title", classes="part")
            yield Static(id="mails")
            yield Static(_("History"), id="history-title", classes="part")
            yield Static(id="history")

    def on_mount(self) -> None:
        """Fetch the user."""
        self.load()
        self._looks = self.set_interval(LOOKS_EVERY, self._mask_in_time, pause=True)

    def on_screen_suspend(self) -> None:
        """Mask the addresses before anything else is in front: a dialog, another place, the lock."""
        self._mask()

    async def store_changed(self) -> None:
        """Show what changed; the scroll position stays."""
        self.load()

    @work(exclusive=True, group="load", exit_on_error=False)
    async def load(self) -> None:
        """Fetch the card and fill the parts."""
        try:
            self.card = card = await self.desk.users.card(self.user_id)
            await self.find_call()
        except NotFound as error:
            self.say(explain_error(error), severity="error")
            self.do_back()
            return
        now = self.desk.clock.now()
        self._show("who", self._who(card))
        self._show("standing", self._standing(card, now))
        self._show_address()
        self.query_one("#mails", Static).update(self._mails(card, now))
        self.query_one("#history", Static).update(self._history(card, now))
        self.refresh_frame()
        if self._revealing:
            self._revealing = False
            await self.action_command("reveal")

    def _show_address(self) -> None:
        card, now = self.card, self.desk.clock.now()
        if card is None:
            return
        if self.shown is not None and not self.shown.holds(card, now):
            self.shown = None
        self._show("address", self._address(card, now))

    def _mask_in_time(self) -> None:
        if self.shown is None:
            self._looks.pause()
        elif self.desk.clock.now() >= self.shown.until:
            self._mask()

    def _mask(self) -> None:
        if self.shown is not None:
            self.shown = None
            self._show_address()

    def _show(self, part: str, content: Content) -> None:
        self.query_one(f"#{part}", Static).update(content)

    def in_footer(self, command: Command) -> bool:
        """A locked user is there to be unlocked."""
        locked = self.card is not None and self.card.row.locked
        return super().in_footer(command) or (locked and command.name == "unlock" and self.for_role(command))

    @staticmethod
    def _who(card: UserCard) -> Content:
        row = card.row
        about = [row.user_id, KINDS[row.kind], f"{row.participant_id} {row.participant_name}"]
        if card.single_da_waiver:
            about.insert(2, _("single-DA waiver"))
        return lines([foreign(row.user_name, "bold"), muted(" · ".join(about))])

    def _standing(self, card: UserCard, now: datetime) -> Content:
        row = card.row
        flags = [painted(flag) for flag, on in ((LOCKED, row.locked), (SUSPENDED, row.suspended)) if on]
        seen = Content("   ").join([painted(look(row.standing)), *flags]).stylize("bold")
        step = next_step_words(row.next_step, row.participant_id)
        card_serial = foreign(card.smartcard_serial) if card.smartcard_serial else muted(_("none"))
        shown: list[tuple[str, Content | str]] = [
            (_("Standing"), seen),
            (_("Next step"), step),
            (_("Smartcard"), card_serial),
        ]
        if logons := _logons(card, now):
            shown.append((_("Last logon"), foreign(logons)))
        if card.otp_method:
            words = METHODS[OtpMethod(card.otp_method)]
            by_app = card.otp_method == OtpMethod.APP
            clock = clock_words(card.clock_drift_seconds) if by_app else ""
            shown.append((_("OTP"), Content(f"{words}, {clock}" if clock else words)))
        return fields(shown)

    def _address(self, card: UserCard, now: datetime) -> Content:
        active = muted(_("none"))
        seen = self.shown.addresses if self.shown else None
        if card.active_email:
            when = _("  verified %s") % hk_moment(card.verified_at, now) if card.verified_at else ""
            address = (seen and seen.active_email) or card.active_email
            active = Content.assemble(clean(address), muted(when))
        shown: list[tuple[str, Content | str]] = [(_("Active"), active)]
        if card.pending_email:
            shown.append((_("Pending"), foreign((seen and seen.pending_email) or card.pending_email)))
        if card.proposal:
            proposed = (seen and seen.proposed_email) or card.proposal.new_email
            words = _("by %(who)s %(when)s, waits for a checker until %(until)s") % {
                "who": card.proposal.made_by,
                "when": hk_moment(card.proposal.made_at, now),
                "until": hk_moment(card.proposal.expires_at, now),
            }
            shown += [(_("Proposed"), foreign(proposed)), ("", muted(words))]
        if self.shown:
            until = _("in full until %s") % hk_second(self.shown.until)
            shown.append(("", Content.styled(until, "$warning")))
        if card.code and card.pending_email:
            shown += self._code(card.code, now)
        return fields(shown)

    @staticmethod
    def _code(code: Code, now: datetime) -> list[tuple[str, Content | str]]:
        expired = code.expires_at <= now
        words = _("code no. %(number)d, %(sent)s, tries left %(left)d, ") % {
            "number": code.number,
            "sent": hk_moment(code.issued_at, now),
            "left": code.tries_left,
        }
        until = (_("expired %s") if expired else _("expires %s")) % hk_moment(code.expires_at, now)
        fate = Content.assemble(
            painted(mail_look(code.mail_state)), muted(f"  {MAIL_MEANINGS[code.mail_state]}")
        )
        return [
            (_("Code"), Content.assemble(words, (until, "$warning" if expired else ""))),
            (_("Its mail"), fate),
        ]

    def _mails(self, card: UserCard, now: datetime) -> Table | Content:
        if not card.mails:
            return muted(_("No mail was written to this user."))
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(ratio=1, overflow="fold")
        for mail in card.mails:
            table.add_row(plain(hk_moment(mail.created_at, now)), self._state(mail), self._fate(mail, now))
        return table

    def _state(self, mail: MailRow) -> Text:
        seen = mail_look(mail.state)
        return Text(f"{seen.glyph} {seen.word}", style=theme_style(self.app, seen.style))

    def _fate(self, mail: MailRow, now: datetime) -> Text:
        number = _(" no. %d") % mail.code_number if mail.code_number else ""
        fate = plain(f"{_(mail.kind.value)}{number} → {mail.to}")
        behind = []
        if mail.last_reply:
            behind.append(mail.last_reply)
        if mail.next_attempt_at and mail.state is MailState.DEFERRED:
            behind.append(_("next attempt %s") % hk_moment(mail.next_attempt_at, now))
        if behind:
            fate.append("\n" + clean("; ".join(behind)), style=theme_style(self.app, "text-muted"))
        return fate

    def _history(self, card: UserCard, now: datetime) -> Table | Content:
        if not card.history:
            return muted(_("Nothing has happened yet."))
        faint = theme_style(self.app, "text-muted")
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, max_width=16, overflow="ellipsis")
        table.add_column(ratio=1, overflow="fold")
        for line in card.history:
            table.add_row(
                plain(hk_moment(line.at, now)),
                Text(clean(line.operator_id), style=faint),
                plain(history_words(line.action, line.facts)),
            )
        return table

    def do_reveal(self) -> None:
        """Ask for the reason, then show the whole addresses for a short while."""
        card = self.card
        if card is None:
            return
        if not (card.active_email or card.pending_email or card.proposal):
            self.say(_("%s has no address to show.") % clean(card.row.user_name))
            return
        self.app.push_screen(RevealScreen(card), self._revealed)

    def _revealed(self, addresses: Revealed | None) -> None:
        if addresses is not None and self.is_current:
            self.shown = Shown(addresses, self.desk.clock.now() + SHOWN_FOR)
            self._looks.resume()
        self.load()


def _logons(card: UserCard, now: datetime) -> str:
    """The newest good logons that the CCMS terminal saw; empty when it saw none."""
    by_card, by_two = card.smartcard_logon_at, card.two_factor_logon_at
    if by_card is None and by_two is None:
        return ""
    parts = [
        _("by smartcard %s") % hk_moment(by_card, now) if by_card else _("never by smartcard"),
        _("with 2FA %s") % hk_moment(by_two, now) if by_two else _("never with 2FA"),
    ]
    return ", ".join(parts)
