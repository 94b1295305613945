"""How many enrolment terminals may be open, in all and for one address, and how fast new ones come."""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from screens.words import _

MOST, MOST_EACH, A_MINUTE = 20, 5, 10
"""What is allowed unless the settings say otherwise."""

MINUTE = 60.0
SITE_BITS = 64
"""What one IPv6 subscriber has at the least; to count single addresses of it would limit nothing."""


class Refusal(StrEnum):
    """Why no terminal can be opened now."""

    FULL = "full"
    ADDRESS = "address"
    FAST = "fast"


WORDS: dict[Refusal, str] = {
    Refusal.FULL: _("Too many people are enrolling at the moment; please try again in a few minutes."),
    Refusal.ADDRESS: _(
        "Too many enrolment windows are open from your network; close one, or try again in a few minutes."
    ),
    Refusal.FAST: _(
        "Too many enrolment windows were opened from your network; please try again in a minute."
    ),
}
FAILED = _("Enrolment does not work at the moment; what was done stays done. Please try again later.")
"""What a stranger is told of a fault of this host."""


def place_of(address: str) -> str:
    """What is counted as one client: an IPv4 address, or the /64 network of an IPv6 address."""
    known = ip_address(address)
    if isinstance(known, IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ip_network((known, SITE_BITS), strict=False))
    return str(known)


@dataclass
class Turnstile:
    """Counts open terminals. `most` in all, `most_each` for one place, `a_minute` new ones for one place."""

    most: int
    most_each: int
    a_minute: int
    _open: Counter[str] = field(default_factory=Counter)
    _begun: dict[str, deque[float]] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """How many terminals are open."""
        return self._open.total()

    def refusal(self, address: str, now: float) -> Refusal | None:
        """Why one more from `address` would be refused at `now` (seconds); it is not counted."""
        place = place_of(address)
        if self._open.total() >= self.most:
            return Refusal.FULL
        if self._open[place] >= self.most_each:
            return Refusal.ADDRESS
        begun = self._begun.get(place, ())
        if sum(moment > now - MINUTE for moment in begun) >= self.a_minute:
            return Refusal.FAST
        return None

    def enter(self, address: str, now: float) -> Refusal | None:
        """Count one more terminal, unless it is refused; `leave` gives it back."""
        if refusal := self.refusal(address, now):
            return refusal
        place = place_of(address)
        self._open[place] += 1
        self._forget(now)
        self._begun.setdefault(place, deque(maxlen=self.a_minute)).append(now)
        return None

    def leave(self, address: str) -> None:
        """One terminal of `address` has ended."""
        place = place_of(address)
        self._open[place] -= 1
        if self._open[place] <= 0:
            del self._open[place]

    def _forget(self, now: float) -> None:
        """Keep no place longer than it counts."""
        for place in [place for place, begun in self._begun.items() if begun[-1] <= now - MINUTE]:
            del self._begun[place]
