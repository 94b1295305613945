"""What somebody asks for by SSH: the desk, or one of a few commands, and never by way of a shell."""

import argparse
import shlex
from dataclasses import dataclass
from typing import Any, NoReturn

from ccms_tui import commands_ask, commands_explain, roster_commands
from screens.words import _
from store.errors import StoreError

LONGEST = 4_096
"""Bytes of a command; a search text is the longest thing it needs to hold."""
COMMANDS = ("import", "export", "lookup", "status", "explain", "help")


class BadRequest(StoreError):
    """A command that the gateway does not run; its text is the whole sentence."""


@dataclass(frozen=True)
class Request:
    """What is to be done: `args` is None for the desk itself; `otp` is the code given before the command."""

    args: argparse.Namespace | None = None
    otp: str | None = None

    @property
    def is_help(self) -> bool:
        """Whether only the list of commands is wanted, for which nobody has to sign in."""
        return self.args is not None and self.args.command == "help"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise BadRequest(_("{message}; 'help' lists what there is.").format(message=message))


def read_request(command: bytes) -> Request:
    """The request in `SSH_ORIGINAL_COMMAND` (empty: the desk). Raises: BadRequest."""
    words = _words(command)
    otp = None
    if words and words[0] == "otp":
        if len(words) < 2:
            raise BadRequest(_("After 'otp' comes the one-time password, then the command."))
        otp, words = words[1], words[2:]
        if not words:
            raise BadRequest(_("A command comes after the one-time password; 'help' lists what there is."))
    if not words:
        return Request()
    if words[0] not in COMMANDS:
        raise BadRequest(_("There is no such command here; 'help' lists what there is."))
    args = _parser().parse_args(words)
    args.operator = None
    return Request(args, otp)


def _words(command: bytes) -> list[str]:
    if len(command) > LONGEST:
        raise BadRequest(_("The command is longer than {longest} bytes.").format(longest=LONGEST))
    try:
        text = command.decode()
    except UnicodeDecodeError:
        raise BadRequest(_("The command is not UTF-8 text.")) from None
    if text and not text.isprintable():
        raise BadRequest(_("The command holds a line break or another control character."))
    try:
        return shlex.split(text)
    except ValueError:
        raise BadRequest(_("A quotation mark in the command is not closed.")) from None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="desk", add_help=False, allow_abbrev=False)
    subparsers: Any = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        subparsers.add_parser(name, add_help=False, allow_abbrev=False)
    roster_commands.add_import_options(subparsers.choices["import"])
    subparsers.choices["import"].add_argument("file", nargs="?", choices=("-",), default="-", metavar="-")
    roster_commands.add_export_options(subparsers.choices["export"])
    commands_ask.add_lookup_options(subparsers.choices["lookup"])
    commands_ask.add_status_options(subparsers.choices["status"])
    commands_explain.add_explain_options(subparsers.choices["explain"])
    return parser


def help_text(host: str = "desk") -> str:
    """What there is to ask for, with an example each."""
    return "\n".join(
        (
            _("Without a command the desk opens. The commands, each after its own one-time password:"),
            f"  ssh {host} otp 123456 import [--apply [--send --yes]] [--skip-bad] [--json] < emails.csv",
            f"  ssh {host} otp 123456 export users|participants|schedule [--format csv|json] > file",
            f"  ssh {host} otp 123456 lookup TEXT [--json]",
            f"  ssh {host} otp 123456 status [--as-of 2023-03-01] [--json]",
            f"  ssh {host} otp 123456 explain USER [--json]",
            _("emails.csv is a roster, or a user ID or name and an address on each line."),
            _("Operations can export audit, too."),
            _("With a terminal (ssh -t) lookup, status and explain ask for the one-time password instead."),
        )
    )
