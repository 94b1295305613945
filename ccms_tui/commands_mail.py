"""`ccms-tui mail`: deliver the queue, look at it, and steer a single message."""

import argparse
import asyncio
import logging
import signal
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import hong_kong, iso, print_columns, print_json
from ccms_tui.logs import log_to_stderr
from ccms_tui.options import add_json, add_operator
from screens.words import _
from store.errors import NotAllowed
from store.rules.roles import Permission
from store.views import MailState

if TYPE_CHECKING:
    from ccms_tui.host import Host
    from ccms_tui.mail_deliver import SmtpTransport
    from ccms_tui.mail_worker import MailWorker
    from store.desk import Desk
    from store.views import MailRow


def add_parsers(subparsers: Any) -> None:
    """Add `mail` and its actions."""
    mail = subparsers.add_parser("mail", help=_("deliver the mail queue, or look after it"))
    actions = mail.add_subparsers(title=_("actions"), metavar=_("ACTION"), dest="action", required=True)
    run = actions.add_parser("run", help=_("deliver the queue until stopped"))
    add_operator(run)
    run.set_defaults(handler=_run)
    once = actions.add_parser("once", help=_("deliver what is due now, then end"))
    add_json(once)
    add_operator(once)
    once.set_defaults(handler=_once)
    listing = actions.add_parser("list", help=_("show the messages and their fate, newest first"))
    listing.add_argument("--state", action="append", type=MailState, choices=list(MailState), default=[],
                         metavar="STATE", help=_("only these states; may be given again"))  # fmt: skip
    listing.add_argument("--limit", type=int, default=None, help=_("how many at most (all)"))
    add_json(listing)
    add_operator(listing)
    listing.set_defaults(handler=_list)
    for name, what in (
        ("retry", _("try a message again now")),
        ("hold", _("keep a message from being sent")),
        ("release", _("let a held message go")),
    ):
        steer = actions.add_parser(name, help=what)
        steer.add_argument("mail_id", type=int, nargs="+", metavar="ID", help=_("the message's number"))
        add_json(steer)
        add_operator(steer)
        steer.set_defaults(handler=_steer)


def _worker(host: "Host", desk: "Desk") -> tuple["MailWorker", "SmtpTransport"]:
    from ccms_tui.mail_deliver import SmtpTransport  # noqa: PLC0415
    from ccms_tui.mail_render import sender_of  # noqa: PLC0415
    from ccms_tui.mail_worker import MailWorker  # noqa: PLC0415
    from store.outbox import Outbox  # noqa: PLC0415

    if not desk.allows(Permission.MANAGE_MAIL):
        raise NotAllowed(Permission.MANAGE_MAIL.value, desk.actor.role.value)
    settings = host.settings
    transport = SmtpTransport(
        settings.smtp_target,
        connections=settings.mail_connections,
        timeout=settings.mail_timeout,
        ca_file=settings.smtp_ca_file,
    )
    outbox = Outbox(host.database, host.clock, host.keys)
    sender = sender_of(settings.mail_from)
    return MailWorker(outbox, transport, host.clock, sender=sender, poll=settings.mail_poll), transport


async def _once(args: argparse.Namespace, desk: "Desk") -> int:
    worker, transport = _worker(args.host, desk)
    try:
        counts = await worker.run_once()
    finally:
        await transport.close()
    if args.json:
        print_json({fate.value: count for fate, count in counts.items()})
    else:
        print(", ".join(f"{count} {fate.value}" for fate, count in counts.items()))
    return 0


async def _run(args: argparse.Namespace, desk: "Desk") -> int:
    worker, transport = _worker(args.host, desk)
    log_to_stderr()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    logging.getLogger("ccms_tui.mail").info("delivering to %s", transport.target)
    try:
        await worker.run(stop)
    finally:
        await transport.close()
    return 0


async def _list(args: argparse.Namespace, desk: "Desk") -> int:
    listing = desk.mailbox.listing(frozenset(args.state))
    total = await listing.count()
    wanted = total if args.limit is None else min(total, args.limit)
    rows: list[MailRow] = []
    for number in range(-(-wanted // listing.PAGE)):
        rows += await listing.page(number)
    _print_rows(rows[:wanted], as_json=args.json)
    return 0


async def _steer(args: argparse.Namespace, desk: "Desk") -> int:
    box = desk.mailbox
    steer = {"retry": box.retry, "hold": box.hold, "release": box.release}[args.action]
    _print_rows([await steer(mail_id) for mail_id in args.mail_id], as_json=args.json)
    return 0


def _print_rows(rows: "list[MailRow]", *, as_json: bool) -> None:
    if as_json:
        print_json({"messages": [_message(row) for row in rows]})
    elif rows:
        print_columns([_line(row) for row in rows], (7, 12, 17, 10, 3, 16, 30))
    else:
        print(_("No messages."))


def _message(row: "MailRow") -> dict[str, Any]:
    return {
        "id": row.mail_id,
        "user_id": row.user_id,
        "kind": row.kind.value,
        "state": row.state.value,
        "attempts": row.attempts,
        "last_reply": row.last_reply,
        "next_attempt_at": iso(row.next_attempt_at),
    }


def _line(row: "MailRow") -> tuple[str, ...]:
    due = hong_kong(row.next_attempt_at)
    return (
        str(row.mail_id), row.user_id, row.kind.value, row.state.value, str(row.attempts), due, row.to,
        row.last_reply or "-",
    )  # fmt: skip
