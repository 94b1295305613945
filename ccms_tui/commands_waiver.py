"""`ccms-tui waiver`: let a participant with a single Delegated Administrator change addresses alone."""

import argparse
from typing import TYPE_CHECKING, Any

from ccms_tui.options import add_operator
from screens.words import _

if TYPE_CHECKING:
    from store.desk import Desk


def add_parsers(subparsers: Any) -> None:
    """Add `waiver` and its actions."""
    waiver = subparsers.add_parser("waiver", help=_("grant or withdraw a single-DA waiver"))
    actions = waiver.add_subparsers(title=_("actions"), metavar=_("ACTION"), dest="action", required=True)
    for name, what in (
        ("grant", _("changes apply at once, without a checker")),
        ("withdraw", _("changes wait for a checker again")),
    ):
        parser = actions.add_parser(name, help=what)
        parser.add_argument("participant_id", metavar="CP", help=_("the participant"))
        parser.add_argument("--reason", required=True, help=_("why; the audit keeps it"))
        add_operator(parser)
        parser.set_defaults(handler=_run)


async def _run(args: argparse.Namespace, desk: "Desk") -> int:
    participant_id = args.participant_id
    if args.action == "grant":
        await desk.participants.grant_waiver(participant_id, args.reason)
        words = _("Changes of {participant} apply at once from now on; what waits still needs a checker.")
    else:
        await desk.participants.withdraw_waiver(participant_id, args.reason)
        words = _("Changes of {participant} wait for a checker from now on.")
    print(words.format(participant=participant_id))
    return 0
