"""`ccms-tui init` and `ccms-tui db upgrade`: what comes before a desk can be opened."""

import argparse
import asyncio
import getpass
import sys
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import print_json
from ccms_tui.options import add_json
from screens.words import _

if TYPE_CHECKING:
    from ccms_tui.settings import Settings

ISSUER = "CCMS desk"


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
    create_key_file(settings.key_file)
    upgrade(settings.database_url)
    seed = asyncio.run(_initialise(settings, operator_id, args.name or operator_id))
    uri = _otpauth_uri(seed, operator_id)
    if args.json:
        print_json(
            {
                "operator_id": operator_id,
                "otpauth_uri": uri,
                "database": where,
                "key_file": str(settings.key_file),
            }
        )
    else:
        _print_setup(where, str(settings.key_file), operator_id, seed, uri)
    return 0


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


async def _initialise(settings: "Settings", operator_id: str, name: str) -> str:
    from store.clock import SystemClock  # noqa: PLC0415
    from store.database import Database  # noqa: PLC0415
    from store.keys import read_key_file  # noqa: PLC0415
    from store.setup import initialise  # noqa: PLC0415

    database = Database(settings.database_url)
    try:
        return await initialise(database, SystemClock(), read_key_file(settings.key_file), operator_id, name)
    finally:
        await database.close()


def _otpauth_uri(seed: str, operator_id: str) -> str:
    import pyotp  # noqa: PLC0415

    return pyotp.TOTP(seed).provisioning_uri(name=operator_id, issuer_name=ISSUER)


def _print_setup(where: str, key_file: str, operator_id: str, seed: str, uri: str) -> None:
    import segno  # noqa: PLC0415

    ready = _(
        "The desk is ready in {where}; its key is {key_file}: keep a copy of each, apart from the other."
    )
    print(ready.format(where=where, key_file=key_file))
    once = _("One-time password of {operator}: put it into an authenticator app now, it is shown only once.")
    print(once.format(operator=operator_id))
    print(uri)
    print(
        _("or type the secret: {secret}").format(
            secret=" ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
        )
    )
    print(_("Next: ccms-tui import ROSTER.csv"))
    if sys.stdout.isatty():
        segno.make_qr(uri, error="l").terminal(compact=True, border=2)


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
