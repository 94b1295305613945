"""`--as-of`: a moment that is past, as it is typed at the command line."""

import argparse
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from ccms_tui.progress import progress_bar
from screens.words import _
from store.clock import HONG_KONG

if TYPE_CHECKING:
    from screens.typed_days import TypedDay
    from store.desk import Desk
    from store.rules.picture import Picture

WRITTEN = "2023-03-01 09:00"


@dataclass(frozen=True, slots=True)
class AsOf:
    """A moment in full, or a day with a time or without: that means the day as it was when it ended."""

    asked: "datetime | TypedDay"
    clock: time | None = None

    def at(self, now: datetime) -> datetime:
        """The moment meant; of today without a time the present."""
        if isinstance(self.asked, datetime):
            return self.asked
        today = now.astimezone(HONG_KONG).date()
        day = self.asked.on(today, past=True)
        if self.clock is None and day == today:
            return now
        return datetime.combine(day, self.clock or time.max, HONG_KONG)


def read_as_of(typed: str) -> AsOf:
    """What was typed: `2023-03-01 09:00` in Hong Kong time, `2023-03-01`, or as the answers in JSON have it.

    For argparse. Raises: ArgumentTypeError.
    """
    try:
        return _read(typed.strip())
    except (ValueError, OverflowError):
        words = _(
            "that is no moment; write it like '{written}' in Hong Kong time, or like 2023-03-01, 1 Mar or 1/3"
        )
        raise argparse.ArgumentTypeError(words.format(written=WRITTEN)) from None


def _read(typed: str) -> AsOf:
    from screens.typed_days import parse_moment  # noqa: PLC0415

    if re.match(r"\d{4}-\d\d-\d\dT", typed) is None:
        return AsOf(*parse_moment(typed))
    moment = datetime.fromisoformat(typed)
    moment.astimezone(UTC)  # a moment before the calendar begins overflows here
    return AsOf(moment if moment.tzinfo else moment.replace(tzinfo=HONG_KONG))


def add_as_of(parser: argparse.ArgumentParser) -> None:
    """Add `--as-of`."""
    words = _("as it was then, by the audit log: '{written}' in Hong Kong, or a day, which means its end")
    parser.add_argument("--as-of", metavar="MOMENT", type=read_as_of, help=words.format(written=WRITTEN))


async def picture_then(args: argparse.Namespace, desk: "Desk") -> "Picture":
    """The picture of the moment that was typed; a long log shows how far it is. Raises: NoSuchMoment."""
    with progress_bar(_("Following the log")) as progress:
        return await desk.moments.at(args.as_of.at(desk.clock.now()), progress)
