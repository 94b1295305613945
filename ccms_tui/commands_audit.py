"""`ccms-tui audit`: verify the audit log, and export its signed head to hold it against one day."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import print_json, whole_file
from ccms_tui.options import add_json, add_operator
from screens.words import _

if TYPE_CHECKING:
    from store.desk import Desk

DONE, NOT_WHOLE = 0, 3
LONGEST = 4_096
"""A head takes a tenth of so many bytes."""


def add_parsers(subparsers: Any) -> None:
    """Add `audit` and its actions."""
    audit = subparsers.add_parser("audit", help=_("verify the audit log, or export its signed head"))
    actions = audit.add_subparsers(title=_("actions"), metavar=_("ACTION"), dest="action", required=True)
    verify = actions.add_parser("verify", help=_("follow the log; exit 3 when an event is bad or missing"))
    verify.add_argument(
        "--head", metavar="FILE", help=_("a head exported before (- for standard input): shows a cut log too")
    )
    add_json(verify)
    add_operator(verify)
    verify.set_defaults(handler=_verify)
    head = actions.add_parser("head", help=_("print the signed head of the log, as one line of JSON"))
    head.add_argument(
        "--output", metavar="FILE", default="-", help=_("a file to write it to (standard output)")
    )
    add_operator(head)
    head.set_defaults(handler=_head)


async def _verify(args: argparse.Namespace, desk: "Desk") -> int:
    from screens.audit_words import fault_words, verdict_lines  # noqa: PLC0415

    verdict = await desk.audit.verify(_read(args.head) if args.head is not None else None)
    if args.json:
        print_json(
            {
                "ok": verdict.ok,
                "events": verdict.events,
                "first_bad": verdict.first_bad,
                "reason": None if verdict.ok else fault_words(verdict),
            }
        )
    else:
        print("\n".join(verdict_lines(verdict)))
    return DONE if verdict.ok else NOT_WHOLE


def _read(name: str) -> str:
    """The text of a head's file. Raises: BadHead."""
    from store.errors import BadHead  # noqa: PLC0415

    try:
        if name == "-":
            return sys.stdin.buffer.read(LONGEST).decode()
        with Path(name).open("rb") as file:
            return file.read(LONGEST).decode()
    except FileNotFoundError:
        raise BadHead("missing", name) from None
    except OSError:
        raise BadHead("unreadable", name) from None
    except UnicodeDecodeError:
        raise BadHead("malformed", name) from None


async def _head(args: argparse.Namespace, desk: "Desk") -> int:
    if args.output == "-":
        print(await desk.audit.head())
        return DONE
    with whole_file(Path(args.output)) as file:
        file.write(await desk.audit.head() + "\n")
    return DONE
