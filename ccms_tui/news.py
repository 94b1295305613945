"""What a maker should hear of: the decisions of checkers, in this process or another, each told once."""

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

    async def look(self, desk: "Desk") -> str | None:
        """What was decided on the operator's own changes since the last look, in words; None when nothing.

        Raises: StoreError.
        """
        if not desk.allows(Permission.EDIT_USER_EMAIL):
            return None
        if desk is not self._desk:
            self._desk, self._after = desk, None
        self._after, news = await desk.proposals.news(self._after)
        if not news:
            return None
        from screens.approval_words import news_words  # noqa: PLC0415

        return clean(news_words(news))
