"""All participants in view: how far their users are, and who needs a call first."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.binding import BindingType

from screens.commands import bindings_for
from screens.list_screen import ListScreen, cycle
from screens.sentences import LOCKED, Look, look
from screens.widgets.bar import bar, percent
from screens.widgets.columns import Column
from screens.widgets.source import MemorySource
from screens.widgets.virtual_list import VirtualList
from screens.words import _, ngettext
from store.views import ParticipantRow, Standing, UserQuery

if TYPE_CHECKING:
    from store.desk import Desk

BAR = 8
NO_DA = Look("△", _("no maker or checker"), "warning")
READY = Look("✓", _("ready"), "success")


class Order(StrEnum):
    """The orders of the list."""

    ATTENTION = "attention"
    NAME = "name"
    USERS = "number of users"
    VERIFIED = "share verified"


class Only(StrEnum):
    """What the list can be narrowed to."""

    ALL = "all"
    NEEDS_ATTENTION = "needs attention"
    NOT_READY = "not ready"


def concerns(row: ParticipantRow) -> list[tuple[int, Look]]:
    """What is wrong with a participant's users and how often, the most pressing first."""
    counted = [
        (row.undeliverable, look(Standing.UNDELIVERABLE)),
        (row.locked, LOCKED),
        (row.code_expired, look(Standing.CODE_EXPIRED)),
        (row.without_address - row.awaiting_approval, look(Standing.NO_EMAIL)),
        (row.awaiting_approval, look(Standing.AWAITING_APPROVAL)),
    ]
    return [(number, concern) for number, concern in counted if number > 0]


def signs(row: ParticipantRow) -> list[tuple[str, str]]:
    """The concerns in few words with their colours, or that there are none."""
    found = [(f"{concern.glyph} {number} {concern.word}", concern.style) for number, concern in concerns(row)]
    if not found and row.enrolled == row.users and not row.ready:
        found = [(f"{NO_DA.glyph} {NO_DA.word}", NO_DA.style)]
    if row.ready:
        found.insert(0, (f"{READY.glyph} {READY.word}", READY.style))
    return found


def attention(row: ParticipantRow, width: int | None = None) -> Text:
    """As many whole signs as `width` cells hold, and how many more there are; at least one."""
    found = signs(row)
    for shown in range(len(found), 0, -1):
        text = Text()
        for words, style in found[:shown]:
            text.append("  " if text else "").append(words, style)
        if shown < len(found):
            text.append(f" +{len(found) - shown}", "text-muted")
        if width is None or text.cell_len <= width or shown == 1:
            return text
    return Text()


def by_email(row: ParticipantRow) -> str:
    """How many rely on one-time passwords by email alone: the weaker channel."""
    return f"{row.email_only:,}" if row.email_only else "–"


def _urgency(row: ParticipantRow) -> tuple[Any, ...]:
    """In the order of what `concerns` says: the more of the most pressing, the earlier."""
    return (
        -row.undeliverable, -row.locked, -row.code_expired, row.awaiting_approval - row.without_address,
        -row.awaiting_approval, row.verified - row.users, row.name.casefold(),
    )  # fmt: skip


ORDERS: dict[Order, Callable[[ParticipantRow], Any]] = {
    Order.ATTENTION: _urgency,
    Order.NAME: lambda row: row.name.casefold(),
    Order.USERS: lambda row: (-row.users, row.name.casefold()),
    Order.VERIFIED: lambda row: (row.verified / max(row.users, 1), row.name.casefold()),
}
FILTERS: dict[Only, Callable[[ParticipantRow], bool]] = {
    Only.ALL: lambda _row: True,
    Only.NEEDS_ATTENTION: lambda row: bool(concerns(row)),
    Only.NOT_READY: lambda row: not row.ready,
}


class ParticipantsScreen(ListScreen[ParticipantRow]):
    """One line for each participant."""

    PLACE = "participants"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("participants")]
    CSS_PATH = "list_screen.tcss"
    SEARCH_HINT = _("participant name or ID")

    def __init__(self) -> None:
        super().__init__()
        self.order = Order.ATTENTION
        self.only = Only.ALL
        self.known: tuple[ParticipantRow, ...] = ()
        self.listed: list[ParticipantRow] = []
        self._seen: tuple[Desk, int, int] | None = None

    def columns(self) -> Sequence[Column[ParticipantRow]]:
        """Name, figures, bar, what needs attention."""
        return (
            Column(_("ID"), lambda row: row.participant_id, width=7),
            Column(_("Participant"), lambda row: row.name, width=9, fraction=3),
            Column(_("Users"), lambda row: f"{row.users:,}", width=6, from_width=66, justify="right"),
            Column(_("Email"), lambda row: percent(row.with_address, row.users), width=5, justify="right"),
            Column(_("Verified"), lambda row: percent(row.verified, row.users), width=8, justify="right"),
            Column(
                "", lambda row: bar(row.verified, row.with_address, row.users, BAR), width=BAR, from_width=90
            ),
            Column(_("OTP by email"), by_email, width=12, justify="right", from_width=130),
            Column(_("Attention"), attention, width=32, fraction=3, shorten=attention),
        )

    def key_of(self, row: ParticipantRow) -> str:
        """The participant's ID."""
        return row.participant_id

    async def source(self) -> MemorySource[ParticipantRow]:
        """All participants the operator may see, narrowed and ordered here: they are a few hundred.

        Their users are many, so they are counted anew only when the desk or the minute is another one.
        """
        minute = int(self.desk.clock.now().timestamp()) // 60
        seen = (self.desk, await self.desk.change_mark(), minute)
        if seen != self._seen:
            self.known = await self.desk.participants.all()
            self._seen = seen
        words = self.search.casefold()
        self.listed = [
            row
            for row in sorted(self.known, key=ORDERS[self.order])
            if FILTERS[self.only](row)
            and (words in row.name.casefold() or words in row.participant_id.casefold())
        ]
        return MemorySource(self.listed, self.key_of)

    def status_words(self) -> str:
        """How many are listed, their users, the filter and the order."""
        of_them = f"{len(self.known):,}"
        if len(self.listed) != len(self.known):
            of_them = _("{n} of {all}").format(n=f"{len(self.listed):,}", all=of_them)
        number = ngettext("{n} participant", "{n} participants", len(self.known)).format(n=of_them)
        users = sum(row.users for row in self.listed)
        parts = [number, ngettext("{n} user", "{n} users", users).format(n=f"{users:,}")]
        parts += [_(self.only.value)] if self.only is not Only.ALL else []
        order = _("by {order}").format(order=_(self.order.value))
        if self.order is Order.ATTENTION:
            order = _("by attention: undeliverable, locked, expired")
        return " · ".join([*parts, order])

    def empty_words(self) -> str:
        """What to do when nothing is listed."""
        if not self.known:
            return _("No participants yet. Load a roster:\n  ccms-tui import roster.csv --apply")
        if self.search:
            return _(
                "No participant has '{words}' in its name or ID.\nPress esc to clear the search."
            ).format(words=self.search)
        return _("No participant to show under '{filter}'.\nPress f for the next filter.").format(
            filter=_(self.only.value)
        )

    def do_sort(self) -> None:
        """The next order."""
        self.order = cycle(list(Order), self.order)
        self.look_again(to_top=True)

    def do_filter(self) -> None:
        """The next filter."""
        self.only = cycle(list(Only), self.only)
        self.look_again(to_top=True)

    def on_virtual_list_opened(self, event: VirtualList.Opened) -> None:
        """Show the participant's users."""
        from screens.users import UsersScreen  # noqa: PLC0415

        name = next(row.name for row in self.listed if row.participant_id == event.key)
        self.app.push_screen(UsersScreen(UserQuery(participant_id=event.key), participant_name=name))
