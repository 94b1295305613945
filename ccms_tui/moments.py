"""Moments as they are typed at the command line: in Hong Kong time, or with an offset of their own."""

import argparse
from dataclasses import dataclass
from datetime import date, datetime, time

from screens.words import _
from store.clock import HONG_KONG

WRITTEN = "2023-03-01 09:00"
LONGEST = 40
"""Characters of a moment with everything that can be told of it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A moment, or a day without a time."""

    day: date
    moment: datetime | None = None

    def at_start(self) -> datetime:
        """The moment; of a day its first."""
        return self.moment or datetime.combine(self.day, time(), HONG_KONG)

    def at_end(self, now: datetime) -> datetime:
        """The moment; of a day its last, and of today the present."""
        if self.moment is not None:
            return self.moment
        end = datetime.combine(self.day, time.max, HONG_KONG)
        return now if now <= end and now.astimezone(HONG_KONG).date() == self.day else end


def typed_moment(text: str) -> Typed:
    """What `text` says: `2023-03-01 09:00` or `2023-03-01`, for argparse. Raises: ArgumentTypeError."""
    try:
        return _read(text.strip()[: LONGEST + 1])
    except (ValueError, OverflowError):
        words = _("write a moment that exists as %s in Hong Kong time, or a day as 2023-03-01")
        raise argparse.ArgumentTypeError(words % WRITTEN) from None


def _read(text: str) -> Typed:
    if len(text) == len("2023-03-01"):
        return Typed(date.fromisoformat(text))
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=HONG_KONG)
    return Typed(moment.astimezone(HONG_KONG).date(), moment)


def add_as_of(parser: argparse.ArgumentParser) -> None:
    """Add `--as-of`."""
    parser.add_argument(
        "--as-of",
        metavar="MOMENT",
        type=typed_moment,
        help=_("as it was then, rebuilt from the audit: '%s' Hong Kong time; a day alone means its end")
        % WRITTEN,
    )
