"""The parser and the options that several commands share."""

import argparse
from typing import NoReturn

from screens.words import _


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence with a remedy."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        self.exit(2, _("{message}; see {program} --help.\n").format(message=message, program=self.prog))


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add `--config`."""
    parser.add_argument("--config", metavar="FILE", help=_("the TOML file with the settings"))


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
