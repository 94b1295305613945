"""`ccms-tui import` and `ccms-tui export`: the roster in, as a plan and then exactly that, and out again."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import print_json
from ccms_tui.moments import add_as_of
from ccms_tui.options import add_json
from ccms_tui.progress import progress_bar
from screens.words import _, ngettext
from store.bulk import in_bulk

if TYPE_CHECKING:
    from store.desk import Desk
    from store.rules.roster_file import BadRow, RosterFile
    from store.rules.roster_plan import RosterPlan
    from store.views import ResendPreview

DONE, FAILED, USAGE, BAD_ROWS = 0, 1, 2, 3


def add_parsers(subparsers: Any) -> None:
    """Add both commands."""
    load = subparsers.add_parser("import", help=_("load a roster: show the plan, then do it with --apply"))
    load.add_argument("file", metavar="FILE", help=_("a CSV file, or - for standard input"))
    add_import_options(load)
    out = subparsers.add_parser("export", help=_("print users, participants, the schedule or the audit"))
    add_export_options(out)


def add_import_options(load: argparse.ArgumentParser) -> None:
    """Add what `import` takes beside the file."""
    load.add_argument("--apply", action="store_true", help=_("do what the plan says, in one transaction"))
    load.add_argument("--skip-bad", action="store_true", help=_("load the good rows although others are bad"))
    load.add_argument(
        "--send", action="store_true", help=_("with --apply: send the verifications never sent yet")
    )
    load.add_argument("--yes", action="store_true", help=_("with --send: do not ask"))
    add_json(load)
    load.set_defaults(handler=run_import)


def add_export_options(out: argparse.ArgumentParser) -> None:
    """Add what `export` takes."""
    out.add_argument("what", choices=("users", "participants", "schedule", "audit"))
    out.add_argument("--format", choices=("csv", "json"), default="csv")
    add_as_of(out)
    out.set_defaults(handler=_run_export)


async def _run_export(args: argparse.Namespace, desk: "Desk") -> int:
    from ccms_tui.roster_export import run_export  # noqa: PLC0415

    if args.as_of and args.what == "audit":
        return complain(_("The audit log is the past itself: export it whole, without --as-of."), USAGE)
    return await run_export(args, desk)


async def run_import(args: argparse.Namespace, desk: "Desk") -> int:
    """Plan, show, and with --apply load a roster file. Raises: StoreError."""
    from screens import roster_words as words  # noqa: PLC0415
    from store.errors import BadFile, Conflict  # noqa: PLC0415

    if wrong := _wrong_usage(args):
        return complain(wrong, USAGE)
    try:
        plan, applied = await _plan_and_load(args, desk)
    except BadFile as error:
        return complain(words.bad_file(args.file, error))
    except Conflict as error:
        return complain(words.overtaken(error))
    sent = await _verifications(args, desk, plan.file) if applied else None
    if args.json:
        print_json(_document(plan, applied=applied, sent=sent))
    if args.apply and not applied:
        sentence = _("Nothing was loaded: {rows}; correct them, or add --skip-bad to load the others.")
        return complain(sentence.format(rows=words.rows(plan.bad_rows)))
    return BAD_ROWS if plan.bad and not args.apply else DONE


def _wrong_usage(args: argparse.Namespace) -> str | None:
    if args.send and not args.apply:
        return _("--send needs --apply: only what is loaded can be verified.")
    if args.send and not args.yes and (args.file == "-" or not sys.stdin.isatty()):
        return _("--send asks before it sends; without a terminal to ask on, add --yes.")
    return None


async def _plan_and_load(args: argparse.Namespace, desk: "Desk") -> tuple["RosterPlan", bool]:
    """The plan, shown unless JSON is wanted, and whether it was done. Raises: BadFile, Conflict."""
    from store.errors import BadFile  # noqa: PLC0415
    from store.rules.roster_file import MAX_BYTES, MAX_BYTES_OF_ONE, FileFault  # noqa: PLC0415

    with in_bulk():
        of_one = desk.actor.participant_id is not None
        plan = await desk.roster.plan_of(read_bytes(args.file, MAX_BYTES_OF_ONE if of_one else MAX_BYTES))
        if not args.json:
            _show(plan, apply=args.apply)
        wanted = args.apply and (args.skip_bad or not plan.bad)
        if wanted and getattr(args, "is_cut", _never)():
            raise BadFile(FileFault.CUT)
        if wanted:
            await _load(args, desk, plan)
    return plan, wanted


def _never() -> bool:
    """On the host a file cannot be cut off on its way."""
    return False


def read_bytes(name: str, most: int) -> bytes:
    """The file's bytes; no more of it is read than shows that it is too large. Raises: BadFile."""
    from store.errors import BadFile  # noqa: PLC0415
    from store.rules.roster_file import FileFault, too_large  # noqa: PLC0415

    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise BadFile(FileFault.UNREADABLE, detail=error.strerror or "") from None
    if len(data) > most:
        raise too_large(most)
    return data


def _show(plan: "RosterPlan", *, apply: bool) -> None:
    from screens import roster_words as words  # noqa: PLC0415

    print(_("Plan: {counts}").format(counts=words.counts(plan)))
    if plan.file.encoding != "UTF-8":
        print(_("The file was read as {encoding}.").format(encoding=plan.file.encoding))
    for line in words.participants(plan):
        print(line)
    if plan.bad:
        print(_("Bad:"))
        for bad in plan.bad:
            print("  " + words.bad_row(bad))
    if plan.warnings:
        print(_("To be looked at, but no obstacle:"))
        for remark in plan.warnings:
            print("  " + words.warning(remark))
    if not apply:
        print(_next_step(plan))


def _next_step(plan: "RosterPlan") -> str:
    if not (plan.new or plan.changed):
        return _("There is nothing to load; nothing was written.")
    if plan.bad:
        return _("Nothing was written. Correct the bad rows, or add --apply --skip-bad to load the others.")
    return _("Nothing was written. Add --apply to do this.")


async def _load(args: argparse.Namespace, desk: "Desk", plan: "RosterPlan") -> None:
    with progress_bar(_("Loading")) as progress:
        applied = await desk.roster.apply(plan, progress, skip_bad=args.skip_bad)
    if args.json:
        return
    if applied.plan_id:
        sentence = ngettext(
            "{count} new address waits for a checker of your participant, as plan {plan}.",
            "{count} new addresses wait for a checker of your participant, as plan {plan}.",
            applied.changed,
        )
        print(sentence.format(count=f"{applied.changed:,}", plan=applied.plan_id))
    else:
        print(
            _("Loaded: {new} new, {changed} changed.").format(
                new=f"{applied.new:,}", changed=f"{applied.changed:,}"
            )
        )


async def _verifications(args: argparse.Namespace, desk: "Desk", file: "RosterFile") -> int | None:
    """Offer, or with --send queue, the verifications never sent yet; how many were queued."""
    preview = await desk.verifications.preview(await desk.roster.unsent(file))
    if not args.json:
        _show_preview(preview, send=args.send)
    if not args.send or not (args.yes or _confirmed(len(preview.user_ids))):
        return None
    queued, refusals = await _send(desk, preview)
    if not args.json:
        sentence = ngettext("{count} verification is queued.", "{count} verifications are queued.", queued)
        print(sentence.format(count=f"{queued:,}"))
        _show_reasons(refusals)
    return queued


def _show_preview(preview: "ResendPreview", *, send: bool) -> None:
    count = len(preview.user_ids)
    if count == 0:
        print(_("There is no verification to send."))
    elif not send:
        sentence = ngettext("{count} verification can be sent", "{count} verifications can be sent", count)
        how = _("load the same file again with --apply --send --yes, or use 'Resend all' on the desk.")
        print(sentence.format(count=f"{count:,}") + ": " + how)
    _show_reasons(preview.left_out)


def _show_reasons(reasons: Any) -> None:
    for reason, count in reasons.items():
        print(_("  left out: {count} ({reason})").format(count=f"{count:,}", reason=reason))


def _confirmed(count: int) -> bool:
    if count == 0:
        return False
    sentence = ngettext("Send {count} verification? [y/N] ", "Send {count} verifications? [y/N] ", count)
    print(sentence.format(count=f"{count:,}"), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def _send(desk: "Desk", preview: "ResendPreview") -> tuple[int, Counter[str]]:
    """Queue one verification after the other; a user who is refused one keeps nobody else waiting."""
    from screens.sentences import explain_error  # noqa: PLC0415
    from store.errors import DatabaseFault, StoreError  # noqa: PLC0415

    queued, refusals = 0, Counter[str]()
    with progress_bar(_("Sending")) as progress:
        for user_id in preview.user_ids:
            try:
                await desk.verifications.resend(user_id)
                queued += 1
            except DatabaseFault:
                raise
            except StoreError as error:
                refusals[explain_error(error)] += 1
            progress(queued + refusals.total(), len(preview.user_ids))
    return queued, refusals


def bad_rows(rows: Iterable["BadRow"]) -> list[dict[str, Any]]:
    """Faults of rows, for a JSON document."""
    return [
        {
            "line": bad.line,
            "column": bad.column,
            "value": bad.value,
            "reason": f"{bad.reason}: {bad.detail}" if bad.detail else str(bad.reason),
        }
        for bad in rows
    ]


def _document(plan: "RosterPlan", *, applied: bool, sent: int | None) -> dict[str, Any]:
    document: dict[str, Any] = {
        "new": len(plan.new),
        "changed": len(plan.changed),
        "same": plan.same,
        "absent": len(plan.absent),
        "bad": bad_rows(plan.bad),
        "applied": applied,
    }
    return document if sent is None else document | {"sent": sent}


def complain(sentence: str, code: int = FAILED) -> int:
    """Say on standard error why not; the exit code."""
    print(sentence, file=sys.stderr)
    return code
