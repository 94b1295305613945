"""What a maker should hear of: the decisions of checkers, in this process or another, each told once."""

from datetime import datetime
from typing import TYPE_CHECKING

from screens.text import clean
from store.rules.roles import Permission

if TYPE_CHECKING:
    from store.desk import Desk


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
