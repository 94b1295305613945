"""`ccms-tui ssh`: what sshd runs, to learn whose key it was offered and then in place of a shell."""

import argparse
import asyncio
import os
import re
import shlex
import sys
from collections.abc import Sequence
from typing import Any

from ccms_tui.options import Parser, add_config
from screens.words import _

_TYPE = re.compile(r"[a-z0-9@.-]{1,64}")
_BLOB = re.compile(r"[A-Za-z0-9+/]{16,12000}={0,2}")


def add_parsers(subparsers: Any) -> None:
    """Add `ssh` and its two actions."""
    ssh = subparsers.add_parser("ssh", help=_("what sshd runs to let operators in"))
    actions = ssh.add_subparsers(title=_("actions"), metavar=_("ACTION"), dest="action", required=True)
    keys = actions.add_parser("authorized-keys", help=_("AuthorizedKeysCommand: %%u %%t %%k"))
    keys.add_argument("login", metavar="LOGIN", help=_("the account on this host (%%u)"))
    keys.add_argument("key_type", metavar="TYPE", help=_("the type of the offered key (%%t)"))
    keys.add_argument("blob", metavar="KEY", help=_("the offered key in base64 (%%k)"))
    keys.set_defaults(plain_handler=_authorized_keys)
    gateway = actions.add_parser("gateway", help=_("the forced command: one-time password, then the desk"))
    gateway.add_argument("--operator", metavar="ID", required=True, help=_("whose key sshd accepted"))
    gateway.set_defaults(plain_handler=_gateway)


def run_ssh(arguments: Sequence[str]) -> int:
    """Run one of them without the parser of all commands: sshd and the operator wait. Raises: StoreError."""
    parser = Parser(prog="ccms-tui")
    add_config(parser)
    add_parsers(parser.add_subparsers(dest="command", required=True))
    args = parser.parse_args(arguments)
    if args.config is not None:
        os.environ["CCMS_TUI_CONFIG"] = args.config
    return int(args.plain_handler(args))


def _authorized_keys(args: argparse.Namespace) -> int:
    if not (_TYPE.fullmatch(args.key_type) and _BLOB.fullmatch(args.blob)):
        return 0
    from ccms_tui.config_file import database_url  # noqa: PLC0415
    from store.known_keys import known_holder  # noqa: PLC0415

    operator_id = known_holder(database_url(), args.key_type, args.blob)
    operator_id = operator_id or asyncio.run(_holder(args.key_type, args.blob))
    if operator_id is not None:
        print(authorized_line(operator_id, args.key_type, args.blob))
    return 0


def authorized_line(operator_id: str, key_type: str, blob: str) -> str:
    """The line for sshd: nothing but a terminal, and nothing but the gateway on it."""
    from ccms_tui.config_file import config_path  # noqa: PLC0415

    path = config_path()
    config = ["--config", str(path.resolve())] if path else []
    words = [sys.executable, "-I", "-m", "ccms_tui", *config, "ssh", "gateway", "--operator", operator_id]
    command = shlex.join(words).replace("\\", "\\\\").replace('"', '\\"')
    return f'restrict,pty,command="{command}" {key_type} {blob}'


async def _holder(key_type: str, blob: str) -> str | None:
    from ccms_tui.host import opened_host  # noqa: PLC0415
    from store.sign_in import SignIn  # noqa: PLC0415

    async with opened_host() as host:
        return await SignIn(host.database, host.clock, host.keys).holder_of(key_type, blob)


def _gateway(args: argparse.Namespace) -> int:
    from ccms_tui.gateway import run_gateway  # noqa: PLC0415

    return run_gateway(args.operator, args.config)
