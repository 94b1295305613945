"""`ccms-tui demo`: the embedded desk."""

import argparse
from typing import Any

from screens.words import _

ROLES = ("maker", "dual-maker", "checker", "helpdesk", "operations", "second")


def add_parsers(subparsers: Any) -> None:
    """Add the command."""
    demo = subparsers.add_parser("demo", help=_("try the desk on an invented roster, with a mail catcher"))
    demo.add_argument("--role", choices=ROLES, default=None, help=_("come in as this role at once"))
    demo.set_defaults(plain_handler=_demo)


def _demo(args: argparse.Namespace) -> int:
    from ccms_tui.demo.run import run_demo  # noqa: PLC0415

    return run_demo(args.role)
