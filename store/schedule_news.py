"""The mail that tells all Delegated Administrators of a change of the schedule."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from store.context import MAIL_DOMAIN, Change
from store.schedule_reach import ADMINISTRATORS, TOLD
from store.schedule_views import ScheduleChange
from store.tables import MAILS, USERS, Milestone
from store.views import MailKind, MailState, MilestoneRow

NEWS_LIFETIME = timedelta(days=7)
"""For so long the news is of use; by then the schedule has been read elsewhere."""
PACE = timedelta(milliseconds=100)
"""Between two of these mails: the codes that others wait for are sent between them, not after them all."""
CHUNK = 1_000
_WAITING = (MailState.QUEUED.value, MailState.DEFERRED.value, MailState.HELD.value)


async def tell_administrators(
    change: Change, milestone: Milestone, what: ScheduleChange, was: MilestoneRow
) -> None:
    """Queue one mail to each maker and checker whose address is in use and takes mail.

    It overtakes what still waits of the milestone's earlier news.
    """
    await _cancel_waiting(change, milestone.milestone_id)
    facts = {
        "milestone_id": milestone.milestone_id,
        "change": what.value,
        "title": milestone.title,
        "window": milestone.window,
        "earliest": milestone.earliest.isoformat(),
        "latest": milestone.latest.isoformat(),
        "status": milestone.status,
        "circular": milestone.circular,
        "old_window": _old_window(milestone, was),
        "changed_at": change.now.isoformat(),
    }
    table = USERS.c
    administrators = select(
        table.pk, table.user_id, table.participant_id, table.user_name, table.language, table.active_email
    ).where(ADMINISTRATORS, TOLD)
    found = (await change.connection.execute(administrators.order_by(table.pk))).all()
    rows = list(_mails(change, found, facts))
    for start in range(0, len(rows), CHUNK):
        await change.connection.execute(insert(MAILS), rows[start : start + CHUNK])


async def _cancel_waiting(change: Change, milestone_id: str) -> None:
    """Cancel what waits, but that the milestone has begun: that stays true and says what to do."""
    table = MAILS.c
    waiting = update(MAILS).where(
        table.state.in_(_WAITING),
        table.kind == MailKind.SCHEDULE_CHANGED.value,
        table.facts["milestone_id"].as_string() == milestone_id,
        table.facts["change"].as_string() != ScheduleChange.BEGUN.value,
    )
    cancelled = await change.connection.execute(
        waiting.values(state=MailState.CANCELLED.value, next_attempt_at=None)
    )
    if cancelled.rowcount:
        change.record("mail.overtaken", milestone_id=milestone_id, messages=cancelled.rowcount)


def _old_window(milestone: Milestone, was: MilestoneRow) -> str:
    """The window before: its words, or its days where the words stayed; nothing where it is the same."""
    if milestone.window != was.window:
        return was.window
    if (milestone.earliest, milestone.latest) == (was.earliest, was.latest):
        return ""
    return f"{was.earliest} – {was.latest}" if was.earliest != was.latest else str(was.earliest)


def _mails(change: Change, found: Any, facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for number, user in enumerate(found):
        own = {"user_id": user.user_id, "user_name": user.user_name, "language": user.language}
        yield {
            "message_id": f"<{secrets.token_hex(16)}@{MAIL_DOMAIN}>",
            "user_pk": user.pk,
            "participant_id": user.participant_id,
            "kind": MailKind.SCHEDULE_CHANGED.value,
            "to_email": user.active_email,
            "facts": {**facts, **own},
            "state": MailState.QUEUED.value,
            "attempts": 0,
            "created_at": change.now,
            "expires_at": change.now + NEWS_LIFETIME,
            "next_attempt_at": change.now + number * PACE,
        }
