"""`ccms-tui simulate`: who could not log on if a phase were reached, and who could not be helped then."""

import argparse
import sys
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import hong_kong, iso, print_columns, print_json, write_whole
from ccms_tui.moments import add_as_of, picture_then
from ccms_tui.options import add_json
from screens.words import _
from store.bulk import in_bulk
from store.views import Phase

if TYPE_CHECKING:
    from screens.typed_days import TypedDay
    from store.desk import Desk
    from store.rules.cutover import FirmAfter, LockedOut, Simulation
    from store.rules.cutover_changes import Changes

DONE, LOCKED_OUT = 0, 3
FEW = 20
"""Users and participants that the plain text names."""
LONGEST = 40
"""Characters that are said back of what cannot be read."""
COLUMNS = (
    "user_id", "user_name", "participant_id", "participant_name", "kind", "reason", "cannot_log_on_now",
)  # fmt: skip


def add_parsers(subparsers: Any) -> None:
    """Add the command."""
    simulate = subparsers.add_parser(
        "simulate",
        help=_("who would be locked out if a phase were reached"),
        description=_("Who could not log on if a phase were reached, and why; exit code 3 when anyone is."),
    )
    simulate.add_argument(
        "--phase",
        type=_phase,
        default=Phase.TWO_FACTOR_ONLY,
        metavar="PHASE",
        help=_("the phase, like parallel-run (two-factor-only)"),
    )
    simulate.add_argument(
        "--at",
        type=_moment,
        metavar="DATE",
        help=_("when, in Hong Kong: 2023-06-30, 30 Jun or 30/6, or '2023-06-30 09:00' (now)"),
    )
    add_as_of(simulate)
    simulate.add_argument("--csv", metavar="FILE", help=_("write all of them to this file, - for the output"))
    add_json(simulate)
    simulate.set_defaults(handler=_simulate)


def _phase(typed: str) -> Phase:
    from screens.cutover_words import PHASES, read_phase  # noqa: PLC0415
    from screens.text import clean  # noqa: PLC0415

    try:
        return read_phase(typed)
    except ValueError:
        sentence = _("'{typed}' is no phase; name one of {phases}")
        told = sentence.format(typed=clean(typed[:LONGEST]), phases=", ".join(PHASES))
        raise argparse.ArgumentTypeError(told) from None


def _moment(typed: str) -> "tuple[TypedDay, time | None]":
    from screens.text import clean  # noqa: PLC0415
    from screens.typed_days import parse_moment  # noqa: PLC0415

    try:
        return parse_moment(typed)
    except ValueError:
        sentence = _(
            "'{typed}' is no day; write it like 2023-06-30, 30 Jun or 30/6 (the day first), "
            "with a time like '30 Jun 09:00'"
        )
        raise argparse.ArgumentTypeError(sentence.format(typed=clean(typed[:LONGEST]))) from None


async def _simulate(args: argparse.Namespace, desk: "Desk") -> int:
    if args.json and args.csv == "-":
        print(_("Give --json or --csv -; the output takes one of them."), file=sys.stderr)
        return 2
    with in_bulk():
        simulation, changes = await _run(args, desk)
    if args.csv:
        as_of = simulation.as_of if args.as_of else None
        await desk.audit.note_export("simulation", "csv", len(simulation.locked_out), as_of)
        _write_csv(args.csv, simulation)
    if args.json:
        print_json(_document(simulation, changes))
    elif args.csv != "-":
        if args.as_of:
            print(_("The roster as it was on {moment}:").format(moment=hong_kong(simulation.as_of)))
        _print(simulation, changes, past=bool(args.as_of))
    return LOCKED_OUT if simulation.locked_out else DONE


async def _run(args: argparse.Namespace, desk: "Desk") -> "tuple[Simulation, Changes | None]":
    """The simulation, and what changed since the last; operations' own becomes the one to compare with.

    One of a moment that is past is compared with nothing, and nothing with it.
    """
    from screens.typed_days import moment_of  # noqa: PLC0415
    from store.rules.cutover_changes import changes  # noqa: PLC0415
    from store.rules.roles import Permission  # noqa: PLC0415

    now = desk.clock.now()
    at = moment_of(args.at[0], args.at[1], now) if args.at else None
    if args.as_of:
        picture = await picture_then(args, desk)
        return await desk.cutover.simulate(args.phase, at, picture), None
    simulation = await desk.cutover.simulate(args.phase, at)
    kept = await desk.cutover.last(args.phase)
    if desk.allows(Permission.KEEP_SIMULATION):
        await desk.cutover.keep(simulation)
    return simulation, changes(kept, simulation) if kept else None


def _document(simulation: "Simulation", changes: "Changes | None") -> dict[str, Any]:
    from screens.cutover_words import TYPED  # noqa: PLC0415

    return {
        "phase": TYPED[simulation.phase],
        "at": iso(simulation.at),
        "as_of": iso(simulation.as_of),
        "present_phase": TYPED[simulation.present],
        "users": simulation.users,
        "locked_out": [
            {
                "user_id": each.user_id,
                "participant_id": each.participant_id,
                "reason": each.reason.value,
                "cannot_log_on_now": each.already,
            }
            for each in simulation.locked_out
        ],
        "participants_losing_everyone": [firm.participant_id for firm in simulation.losing_everyone],
        "participants_without_maker_or_checker": [
            firm.participant_id for firm in simulation.without_maker_or_checker
        ],
        "since_last": changes
        and {
            "simulated_at": iso(changes.kept_at),
            "by": changes.kept_by,
            "newly_locked_out": [each.user_id for each in changes.added],
            "no_longer_locked_out": [each.user_id for each in changes.removed],
        },
    }


def _write_csv(name: str, simulation: "Simulation") -> None:
    """All who are locked out, as a spreadsheet opens them; UTF-8 whatever the terminal's locale says."""
    from store.rules.roster_file import write_rows  # noqa: PLC0415

    text = write_rows([COLUMNS, *_rows(simulation)])
    if name == "-":
        sys.stdout.buffer.write(text.encode())
    else:
        write_whole(Path(name), text)


def _rows(simulation: "Simulation") -> Iterator[tuple[str, ...]]:
    names = {firm.participant_id: firm.name for firm in simulation.firms}
    for each in simulation.locked_out:
        yield (
            each.user_id,
            each.user_name,
            each.participant_id,
            names[each.participant_id],
            each.kind.value,
            each.reason.value,
            "yes" if each.already else "no",
        )


def _print(simulation: "Simulation", changes: "Changes | None", *, past: bool) -> None:
    from screens import cutover_words as words  # noqa: PLC0415
    from screens.text import fit  # noqa: PLC0415

    print(words.headline(simulation))
    if not past and (said := words.as_of_words(simulation)):
        print(said)
    if simulation.locked_out:
        print(words.today_words(simulation))
    if changes:
        print(words.changes_words(changes))
    if simulation.locked_out:
        print()
        print(_("Why:"))
        for cause, count in words.by_reason(simulation):
            print(f"  {fit(words.CAUSES[cause].word, 24)}{count:>9,}")
    _print_firms(_("Participants losing everyone: {n}"), simulation.losing_everyone)
    without = _("Participants without a working maker or checker, which cannot repair themselves: {n}")
    _print_firms(without, simulation.without_maker_or_checker)
    _print_users(simulation.locked_out)


def _print_firms(title: str, firms: "tuple[FirmAfter, ...]") -> None:
    from screens.cutover_words import lacks  # noqa: PLC0415

    if not firms:
        return
    print()
    print(title.format(n=f"{len(firms):,}"))
    rows: list[tuple[str, ...]] = [
        (f"  {firm.participant_id}", firm.name, f"{firm.locked_out:,}/{firm.users:,}", lacks(firm))
        for firm in firms[:FEW]
    ]
    print_columns(rows, (12, 36, 9))
    _print_more(len(firms))


def _print_users(locked_out: "tuple[LockedOut, ...]") -> None:
    from screens.cutover_words import CAUSES  # noqa: PLC0415

    if not locked_out:
        return
    print()
    print(_("Locked out:"))
    rows: list[tuple[str, ...]] = [
        (
            f"  {each.user_id}",
            each.user_name,
            each.participant_id,
            CAUSES[each.reason].word,
            _("cannot log on now either") if each.already else "",
        )
        for each in locked_out[:FEW]
    ]
    print_columns(rows, (14, 24, 10, 22))
    _print_more(len(locked_out))


def _print_more(count: int) -> None:
    if count > FEW:
        print(
            _("  ... and {n} more; --csv FILE writes all users, --json names all.").format(
                n=f"{count - FEW:,}"
            )
        )
