"""`ccms-tui init` and `ccms-tui db upgrade`: what comes before a desk can be opened."""

import argparse
import asyncio
import getpass
import sys
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import print_json
from ccms_tui.commands_operator import key_lines
from ccms_tui.options import add_json
from screens.words import _

if TYPE_CHECKING:
    from ccms_tui.settings import Settings
    from store.rules.ssh_keys import PublicKey


def add_parsers(subparsers: Any) -> None:
    """Add both commands."""
    init = subparsers.add_parser(
        "init", help=_("make the database, the key, the schedule and the first operator")
    )
    init.add_argument(
        "--operator",
        metavar="ID",
        default=argparse.SUPPRESS,
        help=_("the first operations operator (your login)"),
    )
    init.add_argument("--name", default=None, help=_("that operator's name"))
    init.add_argument("--key", action="append", default=[], metavar="FILE",
                      help=_("a file with their SSH public keys; may be given again"))  # fmt: skip
    add_json(init)
    init.set_defaults(plain_handler=_init)
    database = subparsers.add_parser("db", help=_("look after the database"))
    actions = database.add_subparsers(title=_("actions"), metavar=_("ACTION"), dest="action", required=True)
    upgrade = actions.add_parser("upgrade", help=_("bring the database to this program's version"))
    upgrade.set_defaults(plain_handler=_upgrade)


def _init(args: argparse.Namespace) -> int:
    from ccms_tui.settings import load_settings  # noqa: PLC0415
    from store.database import describe_url, normalise_url  # noqa: PLC0415
    from store.keys import create_key_file  # noqa: PLC0415
    from store.migrate import upgrade  # noqa: PLC0415
    from store.rules.logins import check_login  # noqa: PLC0415
    from store.rules.ssh_keys import parse_key  # noqa: PLC0415

    settings = load_settings()
    where = describe_url(normalise_url(settings.database_url))
    if asyncio.run(_exists(settings)):
        print(
            _("{where} is a desk already and was not changed; open it with ccms-tui, or name another one in "
              "CCMS_TUI_DATABASE_URL.").format(where=where),
            file=sys.stderr,
        )  # fmt: skip
        return 1
    operator_id = args.operator or getpass.getuser()
    check_login(operator_id)
    keys = [parse_key(line) for file in args.key for line in key_lines(file)]
    create_key_file(settings.key_file)
    upgrade(settings.database_url)
    asyncio.run(_set_up(args, settings, operator_id, keys))
    return 0


async def _set_up(
    args: argparse.Namespace, settings: "Settings", operator_id: str, keys: "list[PublicKey]"
) -> None:
    """Make the desk and hand the first operator's one-time password over."""
    from ccms_tui.host import opened_host  # noqa: PLC0415
    from ccms_tui.otp_setup import confirm, show_setup  # noqa: PLC0415
    from store.database import describe_url, normalise_url  # noqa: PLC0415
    from store.operators import otpauth_uri  # noqa: PLC0415
    from store.setup import initialise  # noqa: PLC0415

    where, key_file = describe_url(normalise_url(settings.database_url)), str(settings.key_file)
    async with opened_host() as host:
        name = args.name or operator_id
        seed = await initialise(host.database, host.clock, host.keys, operator_id, name, ssh_keys=keys)
        uri = otpauth_uri(operator_id, seed)
        if args.json:
            who = {"operator_id": operator_id, "otpauth_uri": uri}
            print_json({**who, "database": where, "key_file": key_file})
            return
        ready = _(
            "The desk is ready in {where}; its key is {key_file}: keep a copy of each, apart from the other."
        )
        print(ready.format(where=where, key_file=key_file))
        show_setup(operator_id, uri)
        desk = await host.desk()
        await confirm(operator_id, lambda code: desk.operators.confirm(operator_id, code))
        print(_("Next: ccms-tui import ROSTER.csv"))


async def _exists(settings: "Settings") -> bool:
    """Whether the database holds a desk already, of any version. Raises: DatabaseFault."""
    from store.database import Database  # noqa: PLC0415
    from store.errors import DatabaseFault  # noqa: PLC0415

    database = Database(settings.database_url)
    try:
        await database.check_revision()
    except DatabaseFault as fault:
        if fault.kind == "missing":
            return False
        if fault.kind not in ("older", "newer"):
            raise
    finally:
        await database.close()
    return True


def _upgrade(_args: argparse.Namespace) -> int:
    from ccms_tui.settings import load_settings  # noqa: PLC0415
    from store.database import HEAD_REVISION, describe_url, normalise_url  # noqa: PLC0415
    from store.migrate import upgrade  # noqa: PLC0415

    settings = load_settings()
    upgrade(settings.database_url)
    print(_("{where} is at version {version}.").format(
        where=describe_url(normalise_url(settings.database_url)), version=HEAD_REVISION
    ))  # fmt: skip
    return 0
