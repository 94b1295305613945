"""`ccms-tui enrol`: the terminal of CCMS users, who are not operators."""

import argparse
from typing import Any

from screens.words import _

DEFAULT_PLACE = "127.0.0.1:8080"


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
    enrol.add_argument(
        "--serve",
        nargs="?",
        const=DEFAULT_PLACE,
        metavar="ADDRESS:PORT",
        help=_("serve it to browsers, behind a proxy with TLS (%s)") % DEFAULT_PLACE,
    )
    enrol.add_argument(
        "--unprotected",
        action="store_true",
        help=_("with --serve: also on an address that others can reach without TLS"),
    )
    enrol.add_argument("--served", action="store_true", help=argparse.SUPPRESS)
    enrol.set_defaults(plain_handler=_enrol)


def _enrol(args: argparse.Namespace) -> int:
    if args.serve is not None:
        from ccms_tui.enrol_start import serve_enrolment  # noqa: PLC0415

        return serve_enrolment(args.serve, args.config, unprotected=args.unprotected)
    if args.served:
        from ccms_tui.enrol_served import open_served  # noqa: PLC0415

        return open_served(args.config)
    from ccms_tui.enrol_open import open_enrolment  # noqa: PLC0415

    return open_enrolment(args.config, forced=args.forced)
