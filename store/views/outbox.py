"""Messages and their fate."""

from dataclasses import dataclass
from datetime import datetime

from store.views.words import MailKind, MailState


@dataclass(frozen=True, slots=True)
class MailRow:
    """A message and its fate. `code_number` is set on verification mails."""

    mail_id: int
    user_id: str
    user_name: str
    participant_id: str
    kind: MailKind
    to: str
    state: MailState
    attempts: int
    last_reply: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    accepted_at: datetime | None
    code_number: int | None
