"""What strangers at the enrolment terminal can use up, and what is kept back for others (DESIGN 3.3, 3.4).

Whoever knows a user ID may ask and try there, so every limit is met by strangers too. What remains for many
strangers in many networks together: they can fill the sessions of an hour (`SESSIONS` and what is kept back),
use up a user's activation mails of a day, but not those of a session in which the registration code was good,
and lock a user by ten wrong entries, which the desk unlocks. They cannot touch the desk's own tries.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from store.rules import resend

HOUR = timedelta(hours=1)
SESSIONS_OF_A_NETWORK = 30
"""Begun within an hour from one network and not activated: those of who has proven nothing."""
SESSIONS = 600
"""The same of all networks together."""
SESSIONS_KEPT_BACK = 200
"""More, for networks that have begun none within the hour."""
MAILS_KEPT_BACK_AN_HOUR, MAILS_KEPT_BACK_A_DAY = 3, 5
"""Activation mails to a user beyond the limits of `resend`, for networks that have not used those up."""
LOGONS_AN_HOUR = 20
"""Good passwords of a user within an hour that no one-time password followed."""
NOTED_AN_HOUR = 10
"""Events an hour of refusals that count for nothing: nobody can fill the log by repeating them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A session that was begun, or an activation mail that was sent, and for whom.

    `vouched` says that the code of the registration mail was good in the session.
    """

    at: datetime
    origin: str
    vouched: bool = False


def place_of(origin: str) -> str:
    """What counts as one place: an IPv4 address, the /64 network of an IPv6 address, or the origin's name."""
    try:
        address = ip_address(origin)
    except ValueError:
        return origin
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))
    return str(address)


def is_network(origin: str) -> bool:
    """Whether the origin tells one caller from another: an address that is not this host's own."""
    try:
        return not ip_address(origin).is_loopback
    except ValueError:
        return False


def session_wait(begun: Iterable[Asked], origin: str, now: datetime) -> int:
    """Seconds until a session may be begun from `origin`; 0 when it may be now.

    `begun` are the sessions of the last hour that were not activated.
    """
    recent = sorted((each for each in begun if each.at > now - HOUR), key=lambda each: each.at, reverse=True)
    here = [each.at for each in recent if place_of(each.origin) == place_of(origin)]
    known, limit = is_network(origin), SESSIONS
    if known and not here:
        limit += SESSIONS_KEPT_BACK
    waits = [_until_room([each.at for each in recent], limit, now)]
    if known:
        waits.append(_until_room(here, SESSIONS_OF_A_NETWORK, now))
    return max(waits)


def activation_wait(
    sent: Iterable[Asked], origin: str, now: datetime, *, vouched: bool
) -> resend.Wait | None:
    """The wait before another activation mail may be sent to a user, None when it may be now.

    All have the limits of `resend` together. A session whose registration code was good counts only with its
    like; one from a place that has not used the limits up itself has what is kept back.
    """
    mails = [each for each in sent if each.vouched is vouched]
    wait = resend.wait_before_next([each.at for each in mails], now)
    if wait is None or vouched:
        return wait
    times = [each.at for each in mails]
    hour = sum(at > now - resend.HOUR for at in times)
    day = sum(at > now - resend.DAY for at in times)
    if hour >= resend.PER_HOUR + MAILS_KEPT_BACK_AN_HOUR or day >= resend.PER_DAY + MAILS_KEPT_BACK_A_DAY:
        return wait
    mine = [each.at for each in mails if place_of(each.origin) == place_of(origin)]
    own = resend.wait_before_next(mine, now)
    return None if own is None else min(own, wait, key=lambda each: each.seconds)


def logon_wait(unfinished: Iterable[datetime], now: datetime) -> int:
    """Seconds until another logon may be begun with a good password; 0 when it may be now."""
    recent = sorted((moment for moment in unfinished if moment > now - HOUR), reverse=True)
    return _until_room(recent, LOGONS_AN_HOUR, now)


def noted_next(noted: int, since: datetime | None, now: datetime) -> tuple[int, datetime] | None:
    """How many were noted, since when, once this refusal is; None when enough of them were."""
    if since is None or since <= now - HOUR:
        return 1, now
    return (noted + 1, since) if noted < NOTED_AN_HOUR else None


def _until_room(newest_first: Sequence[datetime], limit: int, now: datetime) -> int:
    """Seconds until fewer than `limit` of these lie within the hour."""
    if len(newest_first) < limit:
        return 0
    return max(0, math.ceil((newest_first[limit - 1] + HOUR - now).total_seconds()))
