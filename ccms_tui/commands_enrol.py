"""`ccms-tui enrol`: the terminal of CCMS users, who are not operators."""

import argparse
from typing import Any

from screens.words import _


def add_parsers(subparsers: Any) -> None:
    """Add the command."""
    enrol = subparsers.add_parser(
        "enrol", help=_("a user's own terminal: address, password, one-time password, test")
    )
    enrol.add_argument(
        "--forced",
        action="store_true",
        help=_("run by sshd in place of a shell: no setting comes from the environment"),
    )
    enrol.set_defaults(plain_handler=_enrol)


def _enrol(args: argparse.Namespace) -> int:
    from ccms_tui.enrol_open import open_enrolment  # noqa: PLC0415

    return open_enrolment(args.config, forced=args.forced)
