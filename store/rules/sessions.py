"""How long an operator's session lasts, and how fresh their proof must be for what matters most."""

from datetime import datetime, timedelta

SESSION_LIFE = timedelta(hours=12)
"""From the sign-in, whatever is done in between."""
IDLE_LIMIT = timedelta(minutes=5)
"""Without a key or a click, until the desk locks."""
PROOF_LIFE = timedelta(minutes=5)
"""How long one good one-time password lets an operator change an address, an operator or a phase."""


def why_over(
    began_at: datetime, ended_at: datetime | None, disabled_at: datetime | None, now: datetime
) -> str:
    """Why the session is over (disabled, ended, aged); empty while it lasts."""
    if disabled_at is not None:
        return "disabled"
    if ended_at is not None:
        return "ended"
    return "aged" if now - began_at >= SESSION_LIFE else ""


def is_fresh(proved_at: datetime, now: datetime) -> bool:
    """Whether a proof given then still counts."""
    return now - proved_at < PROOF_LIFE
