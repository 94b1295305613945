"""The users of one participant, or all: found while typing, narrowed by standing, selected for a resend."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType

from screens.commands import bindings_for
from screens.filter_picker import Choice, FilterPicker
from screens.list_screen import ListScreen, cycle
from screens.matched import show_match
from screens.next_step_words import da_address_words, next_step_words
from screens.sentences import KINDS, LOCKED, ONLY_SMARTCARD, SUSPENDED, explain_error, look
from screens.text import clean
from screens.widgets.columns import Column
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.errors import NotAllowed
from store.rules.roles import Permission, sees_full_addresses
from store.rules.standing import NOT_VERIFIED
from store.views import Standing, UserQuery, UserRow, UserSort

KIND_FROM = 100
"""Cells of a window that has room for the kind; below, a Delegated Administrator's name is marked."""

if TYPE_CHECKING:
    from screens.resend import ResendScreen
    from store.user_listing import UserListing


def standing_cell(row: UserRow) -> Text:
    """Glyph, word and colour of a standing; a lock or suspension comes first."""
    shown = look(row.standing)
    flag = LOCKED if row.locked else SUSPENDED if row.suspended else None
    if flag is not None:
        return Text().append(f"{flag.glyph} {flag.word}", flag.style).append(f" {shown.word}", shown.style)
    text = Text().append(f"{shown.glyph} {shown.word}", shown.style)
    return text.append(_(" +new"), "text-muted") if row.change_pending else text


def address_cell(row: UserRow) -> str | Text:
    """The address, or a dash."""
    return row.email or Text("–", "text-disabled")


def participant_cell(row: UserRow) -> str:
    """The participant's name."""
    return row.participant_name


def next_step_cell(row: UserRow) -> Text:
    """The next step and whose it is."""
    return Text(next_step_words(row.next_step, row.participant_id), "text-muted")


class UsersScreen(ListScreen[UserRow]):
    """One line for each user of the query."""

    PLACE = "users"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("users")]
    CSS_PATH = "list_screen.tcss"
    SEARCH_HINT = _("ID, name (two Chinese characters will do), address or participant")
    SELECTABLE = True

    def __init__(self, query: UserQuery | None = None, *, participant_name: str = "") -> None:
        super().__init__()
        self.wanted_users = query or UserQuery()
        self.participant_name = participant_name
        self.listing: UserListing | None = None
        self.lifted = False
        """Whether this search shows all standings, because nobody matches under the filter."""

    @property
    def of_participant(self) -> str | None:
        """The participant whose users alone can be listed here."""
        return self.wanted_users.participant_id or self.desk.actor.participant_id

    def columns(self) -> Sequence[Column[UserRow]]:
        """Few at 80 cells, more when there is room; the participant only in a list of more than one."""
        columns = [
            Column[UserRow](_("User ID"), lambda row: row.user_id, width=9, fraction=1),
            Column[UserRow](
                _("Name"), lambda row: row.user_name, width=13, fraction=6, shorten=self._name_cell
            ),
            Column[UserRow](_("Address"), address_cell, width=9, fraction=6),
            Column[UserRow](_("Standing"), standing_cell, width=19),
            Column[UserRow](_("Kind"), lambda row: KINDS[row.kind], width=10, from_width=KIND_FROM),
        ]
        if self.of_participant is None:
            columns += [
                Column[UserRow](_("CP"), lambda row: row.participant_id, width=7, from_width=70),
                Column[UserRow](_("Participant"), participant_cell, width=10, fraction=4, from_width=112),
            ]
        return [*columns, Column(_("Next step"), next_step_cell, width=20, fraction=10, from_width=150)]

    def _name_cell(self, row: UserRow, width: int) -> str | Text:
        mark = _("DA") if row.kind.is_delegated_administrator and self.size.width < KIND_FROM else ""
        left = width - len(mark) - 1 if mark else width
        name = show_match(row.user_name, self.search, left) if self.search else row.user_name
        return Text(mark, "accent").append(f" {clean(name)}", "foreground") if mark else name

    def key_of(self, row: UserRow) -> str:
        """The user's ID."""
        return row.user_id

    async def source(self) -> "UserListing":
        """The listing of what is wanted now."""
        self.wanted_users = replace(self.wanted_users, search=self.search)
        self.listing, self.lifted = self.desk.users.listing(self.wanted_users), False
        if self.search and self.narrowed_words() and not await self.listing.count():
            wider = self.desk.users.listing(self._without_filter())
            if await wider.count():
                self.listing, self.lifted = wider, True
        return self.listing

    def _without_filter(self) -> UserQuery:
        return replace(self.wanted_users, standings=frozenset(), locked=False, only_smartcard=False)

    def status_words(self) -> str:
        """Of whom, how many, narrowed how, in which order, how many selected."""
        wanted, count = self.wanted_users, self.rows.count
        whose = " ".join(part for part in (self.of_participant, self.participant_name) if part) or _(
            "All users"
        )
        if self.listing is not None and self.listing.capped:
            number = _("the best {n} matches; type more to narrow").format(n=f"{count:,}")
        else:
            number = ngettext("{n} user", "{n} users", count).format(n=f"{count:,}")
        narrowed = [_("filter lifted for this search")] if self.lifted else self.narrowed_words()
        parts = [whose, number, *narrowed]
        order = _("best match first") if wanted.search else _("by {order}").format(order=_(wanted.sort.value))
        parts.append(order)
        if chosen := len(self.rows.selection):
            parts.append(ngettext("{n} selected", "{n} selected", chosen).format(n=f"{chosen:,}"))
        return " · ".join(parts)

    def narrowed_words(self) -> list[str]:
        """What the filter lets through, in words; nothing when it lets all through."""
        wanted = self.wanted_users
        words = [look(standing).word for standing in Standing if standing in wanted.standings]
        if wanted.standings == NOT_VERIFIED:
            words = [_("not yet verified")]
        words += [LOCKED.word] if wanted.locked else []
        groups = [words, [ONLY_SMARTCARD.word] if wanted.only_smartcard else []]
        return [_("only {words}").format(words=", ".join(group)) for group in groups if group]

    def empty_words(self) -> str:
        """What to do when nobody is listed."""
        narrowed = self.narrowed_words()
        if self.search:
            lines = [_("Nobody here matches '{words}'.").format(words=self.search)]
            if not sees_full_addresses(self.desk.actor.role):
                lines.append(_("An address finds its user only when it is typed whole."))
            lines += [_("Press 2 to search in all participants.")] if self.wanted_users.participant_id else []
            return "\n".join([*lines, _("Press esc to clear the search.")])
        if narrowed:
            return _("Nobody to show under the filter: {filter}.\nPress f, then x to show all.").format(
                filter=" · ".join(narrowed)
            )
        return _("No users yet. Load a roster:\n  ccms-tui import roster.csv --apply")

    def do_back(self) -> None:
        """Clear the search, then the selection; then leave."""
        if not self.search and self.rows.selection:
            self.rows.clear_selection()
        else:
            super().do_back()

    def do_sort(self) -> None:
        """The next order."""
        self.wanted_users = replace(self.wanted_users, sort=cycle(list(UserSort), self.wanted_users.sort))
        self.look_again(to_top=True)

    @work(group="filter", exclusive=True, exit_on_error=False)
    async def do_filter(self) -> None:
        """Choose the standings to show."""
        wanted = self.wanted_users
        status = await self.desk.status() if wanted.participant_id is None else None
        counts: Mapping[Standing, int] = status.standing if status else {}
        picker = FilterPicker(
            Choice(wanted.standings, wanted.locked, wanted.only_smartcard),
            counts,
            status.locked if status else None,
            status.only_smartcard if status else None,
        )
        choice = await self.app.push_screen_wait(picker)
        if choice is not None:
            self.wanted_users = replace(
                self.wanted_users,
                standings=choice.standings,
                locked=choice.locked,
                only_smartcard=choice.only_smartcard,
            )
            self.look_again(to_top=True)

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """Show the user's card."""
        from screens.user_card import UserCardScreen  # noqa: PLC0415

        self.app.push_screen(UserCardScreen(event.key))

    def do_edit_email(self) -> None:
        """Edit the address of the user under the cursor."""
        from screens.edit_email import EditEmailScreen  # noqa: PLC0415

        if (row := self.rows.cursor_row) is None:
            return
        needed = (
            Permission.EDIT_DA_EMAIL if row.kind.is_delegated_administrator else Permission.EDIT_USER_EMAIL
        )
        if self.desk.allows(needed, row.participant_id):
            self.app.push_screen(EditEmailScreen(row.user_id))
        elif row.kind.is_delegated_administrator:
            self.say(da_address_words(row.next_step), severity="warning")
        else:
            self.say(explain_error(NotAllowed(needed.value, self.desk.actor.role.value)), severity="warning")

    def do_paste_list(self) -> None:
        """Register the addresses of a pasted list."""
        from screens.paste_list import PasteListScreen  # noqa: PLC0415

        self.app.push_screen(PasteListScreen())

    def do_enter_code(self) -> None:
        """Enter the code of the user under the cursor."""
        from screens.enter_code import EnterCodeScreen  # noqa: PLC0415

        if (key := self.rows.cursor_key) is not None:
            self.app.push_screen(EnterCodeScreen(key))

    def do_reveal(self) -> None:
        """Open the card of the user under the cursor, and ask there why the whole addresses are needed."""
        from screens.user_card import UserCardScreen  # noqa: PLC0415

        if (key := self.rows.cursor_key) is not None:
            self.app.push_screen(UserCardScreen(key, revealing=True))

    def do_unlock(self) -> None:
        """Unlock the user under the cursor."""
        from screens.unlock import UnlockScreen, not_locked  # noqa: PLC0415

        if (row := self.rows.cursor_row) is None:
            return
        if row.locked:
            self.app.push_screen(UnlockScreen(row.user_id))
        else:
            self.say(not_locked(row.user_id), severity="warning")

    @work(exclusive=True, group="call", exit_on_error=False)
    async def do_log_call(self) -> None:
        """Open the dialog for a call about the user under the cursor."""
        from screens.same_caller import log_call  # noqa: PLC0415

        await log_call(self, self.rows.cursor_key, lambda _ended: None)

    def do_why(self) -> None:
        """Show what is in the way of the user under the cursor."""
        from screens.why import WhyScreen  # noqa: PLC0415

        if (key := self.rows.cursor_key) is not None:
            self.app.push_screen(WhyScreen(key))

    def do_start_over(self) -> None:
        """Let the user under the cursor start over."""
        from screens.unlock import StartOverScreen  # noqa: PLC0415

        if (key := self.rows.cursor_key) is not None:
            self.app.push_screen(StartOverScreen(key))

    def do_resend(self) -> None:
        """Send a fresh code to the selected users, or to the one under the cursor."""
        key = self.rows.cursor_key
        self._resend(self.rows.selection or ((key,) if key is not None else ()))

    @work(group="resend", exclusive=True, exit_on_error=False)
    async def do_resend_all(self) -> None:
        """Send fresh codes to all in this list that need one; the next screen shows who and asks."""
        shown = self._without_filter() if self.lifted else self.wanted_users
        self._resend(await self.desk.users.ids(shown), everybody=True)

    def _resend(self, user_ids: tuple[str, ...], *, everybody: bool = False) -> None:
        """Open the dialog; the helpdesk's codes belong to the call of who is on the telephone."""
        from screens.resend import ResendScreen  # noqa: PLC0415

        dialog = ResendScreen(user_ids, everybody=everybody, participant_id=self.of_participant)
        if user_ids and self.desk.allows(Permission.WRITE_ENQUIRY):
            self._resend_in_call(dialog)
        elif user_ids:
            self.app.push_screen(dialog)

    @work(group="call", exclusive=True, exit_on_error=False)
    async def _resend_in_call(self, dialog: "ResendScreen") -> None:
        from screens.same_caller import who_calls  # noqa: PLC0415

        user_id = dialog.user_ids[0] if len(dialog.user_ids) == 1 else None
        if (phone := await who_calls(self, user_id, dialog.participant_id)) is not None:
            dialog.since = phone.since
            self.app.push_screen(dialog)
