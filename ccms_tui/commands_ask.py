"""`ccms-tui lookup` and `ccms-tui status`: answers for a person on the telephone, or for a script."""

import argparse
from typing import TYPE_CHECKING, Any

from ccms_tui.answer_print import answer_document, print_answer, read_answer
from ccms_tui.answers import hong_kong, iso, print_columns, print_json
from ccms_tui.moments import add_as_of, picture_then
from ccms_tui.options import add_json
from screens.words import _, ngettext

if TYPE_CHECKING:
    from store.desk import Desk
    from store.views import DeskStatus, Found, UserRow

OTHERS = 10
"""Others who fit that are named after the answer for the best match."""
MOST = 1_000
"""Matches that one look-up answers: more are for `export`, or for a script that asks more narrowly."""


def add_parsers(subparsers: Any) -> None:
    """Add both commands."""
    add_lookup_options(subparsers.add_parser("lookup", help=_("find a user and what to tell them")))
    add_status_options(
        subparsers.add_parser("status", help=_("which phase it is and how many users are ready"))
    )


def add_lookup_options(lookup: argparse.ArgumentParser) -> None:
    """Add what `lookup` takes."""
    lookup.add_argument(
        "text", nargs="+", metavar="TEXT",
        help=_("an ID, a name, an address, a participant, 'mail 1234' or 'NAME code no. 2'"),
    )  # fmt: skip
    lookup.add_argument(
        "--answer", action="store_true", help=_("the whole answer for the best match (as for a single match)")
    )
    lookup.add_argument("--limit", type=_count, default=50, help=_("how many at most (50)"))
    add_json(lookup)
    lookup.set_defaults(handler=_lookup)


def add_status_options(status: argparse.ArgumentParser) -> None:
    """Add what `status` takes."""
    add_as_of(status)
    add_json(status)
    status.set_defaults(handler=_status)


def _count(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        count = 0
    if not 1 <= count <= MOST:
        raise argparse.ArgumentTypeError(_("give a number from 1 to %s") % f"{MOST:,}")
    return count


async def _lookup(args: argparse.Namespace, desk: "Desk") -> int:
    found = await desk.users.lookup(" ".join(args.text), limit=args.limit)
    best = found.rows[0].user_id if found.rows and (args.answer or len(found.rows) == 1) else None
    answer = await read_answer(desk, best) if best is not None else None
    if args.json:
        document: dict[str, Any] = {"matches": [_match(row) for row in found.rows]}
        if found.rows and found.close:
            document["close"] = True
        if found.more:
            document["more"] = True
        print_json(document | ({"answer": answer_document(*answer)} if answer else {}))
        return 0
    if found.rows and found.close:
        print(_("Nobody is called exactly that; these come close:"))
    if answer is not None:
        print_answer(*answer)
        others = found.rows[1:]
        if others:
            print("\n" + _others_words(len(others)))
            print_columns([_line(row) for row in others[:OTHERS]], (12, 24, 10, 30, 18))
    elif found.rows:
        print_columns([_line(row) for row in found.rows], (12, 24, 10, 30, 18))
    else:
        print(_nobody(" ".join(args.text)))
    _print_notes(" ".join(args.text), found)
    return 0


def _others_words(count: int) -> str:
    return ngettext(
        "One other user fits too; give the ID of the one you mean:",
        "{count} other users fit too; give the ID of the one you mean:",
        count,
    ).format(count=count)


def _print_notes(typed: str, found: "Found") -> None:
    """That there are more than are listed, and what a number alone may have meant."""
    from screens.found_words import about_number, as_sentences, the_best_of  # noqa: PLC0415

    more = [the_best_of(len(found.rows), typed)] if found.more else []
    if notes := as_sentences([*more, *about_number(typed, found)]):
        print("\n".join(["", *notes]))


def _nobody(typed: str) -> str:
    from screens.sentences import too_long  # noqa: PLC0415
    from store.rules.clues import is_too_long  # noqa: PLC0415

    if is_too_long(typed):
        return too_long(typed)
    return _("Nobody you may see matches that; try fewer letters, or another part of the name.")


def _match(row: "UserRow") -> dict[str, Any]:
    return {
        "user_id": row.user_id,
        "user_name": row.user_name,
        "participant_id": row.participant_id,
        "email": row.email,
        "standing": row.standing.value,
        "next_step": _next_step(row),
    }


def _line(row: "UserRow") -> tuple[str, ...]:
    flags = [word for word, holds in ((_("locked"), row.locked), (_("suspended"), row.suspended)) if holds]
    standing = ", ".join((row.standing.value, *flags))
    return (row.user_id, row.user_name, row.participant_id, row.email or "-", standing, _next_step(row))


def _next_step(row: "UserRow") -> str:
    from screens.next_step_words import next_step_words  # noqa: PLC0415

    return next_step_words(row.next_step, row.participant_id)


async def _status(args: argparse.Namespace, desk: "Desk") -> int:
    status = await (_status_then(args, desk) if args.as_of else desk.status())
    if args.json:
        print_json(
            {
                "phase": status.phase.value,
                "as_of": iso(status.as_of),
                "participants": status.participants,
                "users": status.users,
                "ready_participants": status.ready_participants,
                "standing": {standing.value: count for standing, count in status.standing.items()},
            }
        )
    else:
        _print_status(status, now=args.as_of is None)
    return 0


async def _status_then(args: argparse.Namespace, desk: "Desk") -> "DeskStatus":
    """The status of a moment that is past. Raises: NoSuchMoment."""
    from store.status import status_of  # noqa: PLC0415

    return status_of(await picture_then(args, desk))


def _print_status(status: "DeskStatus", *, now: bool) -> None:
    print(_("Phase: {phase}, as of {moment} Hong Kong time").format(
        phase=status.phase.value, moment=hong_kong(status.as_of)
    ))  # fmt: skip
    ready = ngettext("{n} is ready", "{n} are ready", status.ready_participants).format(
        n=status.ready_participants
    )
    print(_("Participants: {all}, of which {ready}").format(all=status.participants, ready=ready))
    print(_("Users: {all}, of which {locked} locked and {suspended} suspended").format(
        all=status.users, locked=status.locked, suspended=status.suspended
    ))  # fmt: skip
    for standing, count in status.standing.items():
        print(f"  {standing.value:<18}{count:>8}")
    if not now:
        print(_("Rebuilt from the audit log, which does not tell how many messages were in which state."))
        return
    if status.only_smartcard:
        print(_("Logged on by smartcard only so far: {n}").format(n=status.only_smartcard))
    mail = ", ".join(f"{count} {state.value}" for state, count in status.mail.items() if count)
    print(_("Mail: {counts}").format(counts=mail or _("none")))
