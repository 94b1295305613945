"""The mail that tells all Delegated Administrators of a change of the schedule."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, or_, select

from store.context import MAIL_DOMAIN, Change
from store.schedule_views import ScheduleChange
from store.tables import MAILS, USERS, Milestone
from store.views import Kind, MailKind, MailState, MilestoneRow

NEWS_LIFETIME = timedelta(days=7)
"""For so long the news is of use; by then the schedule has been read elsewhere."""
PACE = timedelta(milliseconds=100)
"""Between two of these mails: the codes that others wait for are sent between them, not after them all."""
CHUNK = 1_000


async def tell_administrators(
    change: Change, milestone: Milestone, what: ScheduleChange, was: MilestoneRow
) -> None:
    """Queue one mail to each maker and checker whose address is in use and takes mail."""
    facts = {
        "milestone_id": milestone.milestone_id,
        "change": what.value,
        "title": milestone.title,
        "window": milestone.window,
        "earliest": milestone.earliest.isoformat(),
        "latest": milestone.latest.isoformat(),
        "status": milestone.status,
        "circular": milestone.circular,
        "old_window": was.window,
        "changed_at": change.now.isoformat(),
    }
    table = USERS.c
    reads_mail = or_(table.undeliverable.is_(False), table.pending_canonical.is_not(None))
    administrators = select(
        table.pk, table.user_id, table.participant_id, table.user_name, table.language, table.active_email
    ).where(
        table.kind.in_([Kind.DA_MAKER.value, Kind.DA_CHECKER.value]),
        table.active_canonical.is_not(None),
        table.suspended.is_(False),
        reads_mail,
    )
    found = (await change.connection.execute(administrators.order_by(table.pk))).all()
    rows = list(_mails(change, found, facts))
    for start in range(0, len(rows), CHUNK):
        await change.connection.execute(insert(MAILS), rows[start : start + CHUNK])


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
