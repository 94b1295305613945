"""Options that several commands share."""

import argparse

from screens.words import _


def add_operator(parser: argparse.ArgumentParser, *, default: str | None = argparse.SUPPRESS) -> None:
    """Add `--operator`; on a subcommand its absence leaves what stood before the subcommand."""
    parser.add_argument(
        "--operator",
        metavar="ID",
        default=default,
        help=_("act as this operator instead of the key file's owner"),
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help=_("print one JSON document"))
