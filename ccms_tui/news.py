"""What an operator should hear of, each told once: a maker of decisions, the hotline of a new note."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from screens.text import clean
from screens.words import _
from store.rules.roles import Permission

if TYPE_CHECKING:
    from store.desk import Desk


NOTE_SHOWN = 160
"""Characters of a hand-over note that are told; the screen Calls shows all of it."""
NOTE_LIFE = timedelta(days=3)


class DecisionWatch:
    """Asked after a change was seen; remembers, for one desk, up to which event it has told."""

    def __init__(self) -> None:
        self._desk: Desk | None = None
        self._after: int | None = None

    async def look(self, desk: "Desk", away_since: datetime | None = None) -> str | None:
        """What was decided on the operator's own changes since the last look, in words; None when nothing.

        The first look at a desk tells how many were decided after `away_since`. Raises: StoreError.
        """
        if not desk.allows(Permission.EDIT_USER_EMAIL):
            return None
        if desk is not self._desk:
            self._desk = desk
            self._after, _none = await desk.proposals.news(None)
            return await self._while_away(desk, away_since) if away_since else None
        self._after, news = await desk.proposals.news(self._after)
        if not news:
            return None
        from screens.approval_words import news_words  # noqa: PLC0415

        return clean(news_words(news))

    @staticmethod
    async def _while_away(desk: "Desk", since: datetime) -> str | None:
        mine = desk.actor.operator_id
        decided = [
            each
            for each in await desk.proposals.decided()
            if each.proposal.made_by == mine and each.decided_at > since
        ]
        if not decided:
            return None
        from screens.approval_words import away_words  # noqa: PLC0415

        return away_words(sum(each.approved for each in decided), sum(not each.approved for each in decided))


class NoteWatch:
    """Tells the hotline of a note that another shift left: at sign-in, and when a new one comes."""

    def __init__(self) -> None:
        self._desk: Desk | None = None
        self._told = 0

    async def look(self, desk: "Desk") -> str | None:
        """The newest note of somebody else, unless it was told before. Raises: StoreError."""
        if not desk.allows(Permission.WRITE_ENQUIRY):
            return None
        if desk is not self._desk:
            self._desk, self._told = desk, 0
        note = await desk.enquiries.newest_hand_over()
        if note is None or note.note_id == self._told:
            return None
        self._told = note.note_id
        old = desk.clock.now() - note.written_at > NOTE_LIFE
        if old or note.written_by == desk.actor.operator_id:
            return None
        text = clean(" / ".join(filter(None, note.note.split("\n"))))
        short = text if len(text) <= NOTE_SHOWN else text[:NOTE_SHOWN].rstrip() + "…"
        return _("%(who)s left a note (8): %(note)s") % {"who": clean(note.written_by), "note": short}
