"""`ccms-tui operator`: who may sign in, with which SSH keys, and their one-time password's seed."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import hong_kong, iso, print_columns, print_json
from ccms_tui.options import add_json, add_operator
from screens.words import _
from store.errors import BadLogin
from store.views import Operator, Role

if TYPE_CHECKING:
    from store.desk import Desk
    from store.views import OperatorDetail

LONGEST_KEY_FILE = 65_536
DA_ROLES = (Role.DA_MAKER, Role.DA_CHECKER)


def add_parsers(subparsers: Any) -> None:
    """Add `operator` and its actions."""
    operator = subparsers.add_parser("operator", help=_("manage who may sign in to this desk"))
    actions = operator.add_subparsers(title=_("actions"), metavar=_("ACTION"), dest="action", required=True)
    add = _action(actions, "add", _("give somebody a login"), _add)
    add.add_argument("--name", required=True, help=_("the person's name"))
    add.add_argument("--role", required=True, type=Role, choices=list(Role), metavar="ROLE",
                     help=", ".join(Role))  # fmt: skip
    add.add_argument("--participant", metavar="CP", help=_("a Delegated Administrator's participant"))
    add.add_argument("--key", action="append", default=[], metavar="FILE",
                     help=_("a file with their SSH public keys; may be given again"))  # fmt: skip
    add_json(add)
    listing = actions.add_parser("list", help=_("show every login"))
    listing.set_defaults(handler=_list)
    add_json(listing)
    add_operator(listing)
    disable = _action(actions, "disable", _("close a login and its sessions at once"), _disable)
    disable.add_argument("--reason", required=True, help=_("why; the audit keeps it"))
    _action(actions, "enable", _("open a disabled login again"), _enable)
    _action(actions, "unlock", _("lift the lock that wrong codes brought"), _unlock)
    add_json(_action(actions, "reset-otp", _("give a fresh one-time password"), _reset_otp))
    key = _action(actions, "key", _("add, remove or list SSH public keys"), _key)
    what = key.add_mutually_exclusive_group()
    what.add_argument("--add", action="append", default=[], metavar="FILE",
                      help=_("register the keys in FILE (- for standard input); may be given again"),
                      )  # fmt: skip
    what.add_argument("--remove", action="append", default=[], metavar="FINGERPRINT",
                      help=_("take this key away; may be given again"))  # fmt: skip
    add_json(key)


def _action(actions: Any, name: str, what: str, handler: Any) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=what)
    parser.add_argument("operator_id", metavar="ID", help=_("the login"))
    add_operator(parser)
    parser.set_defaults(handler=handler)
    return parser


async def _add(args: argparse.Namespace, desk: "Desk") -> int:
    if (args.role in DA_ROLES) != (args.participant is not None):
        raise BadLogin(args.operator_id, "participant")
    lines = [line for file in args.key for line in key_lines(file)]
    operator = Operator(args.operator_id, args.name, args.role, args.participant)
    await _hand_over(args, desk, await desk.operators.add(operator, lines))
    if not lines and not args.json:
        print(_no_key(args.operator_id))
    return 0


async def _reset_otp(args: argparse.Namespace, desk: "Desk") -> int:
    await _hand_over(args, desk, await desk.operators.reset_otp(args.operator_id))
    return 0


async def _hand_over(args: argparse.Namespace, desk: "Desk", uri: str) -> None:
    from ccms_tui.otp_setup import confirm, show_setup  # noqa: PLC0415

    operator_id = args.operator_id
    if args.json:
        print_json({"operator_id": operator_id, "otpauth_uri": uri})
        return
    show_setup(operator_id, uri)
    await confirm(operator_id, lambda code: desk.operators.confirm(operator_id, code))


async def _disable(args: argparse.Namespace, desk: "Desk") -> int:
    await desk.operators.disable(args.operator_id, args.reason)
    print(_("{operator} can no longer sign in, and is signed out.").format(operator=args.operator_id))
    return 0


async def _enable(args: argparse.Namespace, desk: "Desk") -> int:
    await desk.operators.enable(args.operator_id)
    print(_("{operator} can sign in again.").format(operator=args.operator_id))
    return 0


async def _unlock(args: argparse.Namespace, desk: "Desk") -> int:
    await desk.operators.unlock(args.operator_id)
    print(_("{operator} can try again at once.").format(operator=args.operator_id))
    return 0


async def _key(args: argparse.Namespace, desk: "Desk") -> int:
    if args.add:
        await desk.operators.add_keys(
            args.operator_id, [line for file in args.add for line in key_lines(file)]
        )
    for fingerprint in args.remove:
        await desk.operators.remove_key(args.operator_id, fingerprint)
    detail = await desk.operators.get(args.operator_id)
    if args.json:
        print_json({"operator_id": args.operator_id, "keys": _keys(detail)})
    else:
        rows: list[tuple[str, ...]] = [
            (key.key_type, hong_kong(key.added_at), key.fingerprint, key.comment) for key in detail.keys
        ]
        print_columns(rows, (36, 16, 50))
        if not rows:
            print(_no_key(args.operator_id))
    return 0


def _no_key(operator_id: str) -> str:
    return _(
        "{operator} has no SSH key and cannot come in: ccms-tui operator key {operator} --add FILE"
    ).format(operator=operator_id)


async def _list(args: argparse.Namespace, desk: "Desk") -> int:
    details = await desk.operators.listing()
    if args.json:
        print_json({"operators": [_document(detail) for detail in details]})
        return 0
    rows = [(_("login"), _("role"), _("CP"), _("keys"), _("last sign-in"), _("state"), _("name"))]
    for detail in details:
        who = detail.operator
        row = (who.operator_id, who.role.value, who.participant_id or "-", str(len(detail.keys)))
        rows.append((*row, hong_kong(detail.last_sign_in), _state(detail), who.name))
    print_columns(rows, (20, 10, 10, 4, 16, 17))
    return 0


def _state(detail: "OperatorDetail") -> str:
    if detail.disabled_at is not None:
        return _("disabled")
    if detail.locked:
        return _("locked")
    return _("active") if detail.confirmed else _("OTP not confirmed")


def _document(detail: "OperatorDetail") -> dict[str, Any]:
    who = detail.operator
    return {
        "operator_id": who.operator_id,
        "name": who.name,
        "role": who.role.value,
        "participant_id": who.participant_id,
        "otp_confirmed": detail.confirmed,
        "locked": detail.locked,
        "disabled_at": iso(detail.disabled_at),
        "last_sign_in": iso(detail.last_sign_in),
        "keys": _keys(detail),
    }


def _keys(detail: "OperatorDetail") -> list[dict[str, Any]]:
    return [
        {"fingerprint": key.fingerprint, "type": key.key_type, "comment": key.comment} for key in detail.keys
    ]


def key_lines(file: str) -> list[str]:
    """The lines with keys of a file, or of standard input; as they are, for the store to judge."""
    raw = sys.stdin.buffer.read(LONGEST_KEY_FILE) if file == "-" else _read(Path(file))
    text = raw.decode("utf-8", errors="replace")
    if "PRIVATE KEY" in text:
        return [text]
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return lines or [""]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LONGEST_KEY_FILE)
