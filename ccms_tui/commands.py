"""The table of subcommands: one parser, each command's module and how its handler is run.

A module's `add_parsers(subparsers)` sets `handler`, an `async (args, desk) -> exit code`; a command that
needs no desk sets `plain_handler`, an `(args) -> exit code`. Handlers import what they need when they run.
"""

import argparse
import asyncio
import os

from ccms_tui import (
    __version__,
    commands_ask,
    commands_audit,
    commands_demo,
    commands_doctor,
    commands_enrol,
    commands_explain,
    commands_init,
    commands_logons,
    commands_mail,
    commands_operator,
    commands_participant,
    commands_report,
    commands_simulate,
    commands_ssh,
    commands_waiver,
    roster_commands,
)
from ccms_tui.options import Parser, add_config, add_operator
from screens.words import _

MODULES = (
    commands_init,
    roster_commands,
    commands_ask,
    commands_explain,
    commands_simulate,
    commands_logons,
    commands_mail,
    commands_operator,
    commands_participant,
    commands_report,
    commands_ssh,
    commands_waiver,
    commands_audit,
    commands_enrol,
    commands_doctor,
    commands_demo,
)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all subcommands."""
    parser = Parser(
        prog="ccms-tui", description=_("The registration desk for two-factor authentication on CCMS.")
    )
    parser.add_argument("--version", action="version", version=f"ccms-tui {__version__}")
    add_config(parser)
    add_operator(parser, default=None)
    parser.add_argument(
        "--wall",
        action="store_true",
        help=_("show the board on a wall: pages turn by themselves; q or ctrl+c ends it"),
    )
    subparsers = parser.add_subparsers(title=_("commands"), metavar=_("COMMAND"), dest="command")
    for module in MODULES:
        module.add_parsers(subparsers)
    for name in ("import", "export", "lookup", "status", "explain", "simulate", "import-logons", "report"):
        add_operator(subparsers.choices[name])
    return parser


def run_command(args: argparse.Namespace) -> int:
    """Run the chosen command; with none chosen, the desk. Raises: StoreError."""
    if args.config is not None:
        os.environ["CCMS_TUI_CONFIG"] = args.config
    if args.command is None and args.wall:
        from ccms_tui.wall import open_wall  # noqa: PLC0415

        return open_wall(args.operator)
    if args.command is None:
        from ccms_tui.launch import open_desk  # noqa: PLC0415

        return open_desk(args.operator)
    if handler := getattr(args, "plain_handler", None):
        return int(handler(args))
    return asyncio.run(_with_desk(args))


async def _with_desk(args: argparse.Namespace) -> int:
    from ccms_tui.host import opened_host  # noqa: PLC0415

    async with opened_host() as host:
        args.host = host
        return int(await args.handler(args, await host.desk(args.operator)))
