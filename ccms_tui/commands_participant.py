"""`ccms-tui participant`: what operations keep of a participant beside the roster."""

import argparse
from typing import TYPE_CHECKING, Any

from ccms_tui.options import add_operator
from screens.text import clean
from screens.times import hk_date
from screens.words import _
from store.errors import BadPhone

if TYPE_CHECKING:
    from store.desk import Desk


def add_parsers(subparsers: Any) -> None:
    """Add `participant` and its actions."""
    participant = subparsers.add_parser("participant", help=_("the number that the hotline calls back"))
    actions = participant.add_subparsers(
        title=_("actions"), metavar=_("ACTION"), dest="action", required=True
    )
    parser = actions.add_parser("phone", help=_("show, enter or remove the number on file"))
    parser.add_argument("participant_id", metavar="CP", help=_("the participant"))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("number", metavar="NUMBER", nargs="?", help=_("the number, e.g. '+852 2979 7222'"))
    which.add_argument("--remove", action="store_true", help=_("have no number on file"))
    add_operator(parser)
    parser.set_defaults(handler=_phone)


async def _phone(args: argparse.Namespace, desk: "Desk") -> int:
    participant_id = args.participant_id
    if args.remove or args.number is not None:
        if args.number is not None and not args.number.strip():
            raise BadPhone(args.number)
        kept = await desk.participants.set_phone(participant_id, args.number or "")
        words = _("The hotline calls {participant} back on {number} from now on.")
        if kept is None:
            words = _("{participant} has no number on file now; the hotline cannot call back.")
        print(words.format(participant=participant_id, number=kept))
        return 0
    found = await desk.callers.number_on_file(participant_id)
    if found is None:
        print(_("{participant} has no number on file.").format(participant=participant_id))
        return 0
    words = _("{number}, entered by {who} on {day}")
    day, who = hk_date(found.entered_at), clean(found.entered_by)
    print(words.format(number=found.number, who=who, day=day))
    return 0
