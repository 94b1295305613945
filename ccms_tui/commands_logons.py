"""`ccms-tui import-logons`: who logged on how, as the CCMS terminal saw it; a plan, then exactly that."""

import argparse
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import print_json
from ccms_tui.options import add_json
from ccms_tui.roster_commands import BAD_ROWS, DONE, bad_rows, complain, read_bytes
from screens.words import _, ngettext

if TYPE_CHECKING:
    from store.desk import Desk
    from store.logons import LogonPlan


def add_parsers(subparsers: Any) -> None:
    """Add the command."""
    load = subparsers.add_parser(
        "import-logons", help=_("load the terminal's logon evidence: show the plan, then --apply")
    )
    load.add_argument("file", metavar="FILE", help=_("a CSV file, or - for standard input"))
    load.add_argument("--apply", action="store_true", help=_("do what the plan says, in one transaction"))
    load.add_argument("--skip-bad", action="store_true", help=_("load the good rows although others are bad"))
    add_json(load)
    load.set_defaults(handler=_load)


async def _load(args: argparse.Namespace, desk: "Desk") -> int:
    from ccms_tui import logon_words  # noqa: PLC0415
    from screens import roster_words  # noqa: PLC0415
    from store.errors import BadFile  # noqa: PLC0415
    from store.rules.logon_file import read_logons  # noqa: PLC0415
    from store.rules.roster_file import MAX_BYTES  # noqa: PLC0415

    try:
        plan = await desk.logons.plan(read_logons(read_bytes(args.file, MAX_BYTES), desk.clock.now()))
    except BadFile as error:
        return complain(roster_words.bad_file(args.file, error, logon_words.LOGON_FILE))
    wanted = args.apply and (args.skip_bad or not plan.bad)
    if not args.json:
        _show(plan, apply=args.apply)
    if wanted:
        await desk.logons.apply(plan, skip_bad=args.skip_bad)
    if args.json:
        print_json(_document(plan, applied=wanted))
    elif wanted:
        sentence = ngettext("Loaded: {count} logon.", "Loaded: {count} logons.", len(plan.new))
        print(sentence.format(count=f"{len(plan.new):,}"))
    if args.apply and not wanted:
        sentence = _("Nothing was loaded: {rows}; correct them, or add --skip-bad to load the others.")
        return complain(sentence.format(rows=roster_words.rows(plan.bad_rows)))
    return BAD_ROWS if plan.bad and not args.apply else DONE


def _show(plan: "LogonPlan", *, apply: bool) -> None:
    from ccms_tui import logon_words  # noqa: PLC0415

    print(_("Plan: {counts}").format(counts=logon_words.counts(plan)))
    if plan.file.encoding != "UTF-8":
        print(_("The file was read as {encoding}.").format(encoding=plan.file.encoding))
    if plan.bad:
        print(_("Bad:"))
        for bad in plan.bad:
            print("  " + logon_words.bad_row(bad))
    if not apply:
        print(_next_step(plan))


def _next_step(plan: "LogonPlan") -> str:
    if not plan.new:
        return _("There is nothing to load; nothing was written.")
    if plan.bad:
        return _("Nothing was written. Correct the bad rows, or add --apply --skip-bad to load the others.")
    return _("Nothing was written. Add --apply to do this.")


def _document(plan: "LogonPlan", *, applied: bool) -> dict[str, Any]:
    return {
        "new": len(plan.new),
        "same": plan.same,
        "proves": list(plan.proves),
        "bad": bad_rows(plan.bad),
        "applied": applied,
    }
