"""`ccms-tui report`: the steering committee's report as a page that prints, with files for a spreadsheet."""

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import write_whole
from ccms_tui.moments import add_as_of
from screens.words import _, ngettext

if TYPE_CHECKING:
    from store.desk import Desk

PAGE = "report.html"
FAILED = 1
LOOKED_AT = 2_000
"""As much of a file as tells whether it is a report of ours."""


def add_parsers(subparsers: Any) -> None:
    """Add the command."""
    report = subparsers.add_parser("report", help=_("write the steering committee's report"))
    report.add_argument(
        "--output",
        required=True,
        metavar="DIR|FILE",
        type=Path,
        help=_("a folder for the page and its CSV files, or a .html file for the page alone"),
    )
    report.add_argument(
        "--force", action="store_true", help=_("replace files that are there, whatever they are")
    )
    add_as_of(report)
    report.set_defaults(handler=_report)


async def _report(args: argparse.Namespace, desk: "Desk") -> int:
    from ccms_tui.report import TABLES, gather, page, tables  # noqa: PLC0415

    alone = args.output.suffix.lower() in (".html", ".htm")
    folder = args.output.parent if alone else args.output
    name = args.output.name if alone else PAGE
    place = folder if alone or folder.exists() else folder.parent
    if place.is_file():
        return _refused(
            _("{file} is a file; name a folder, or a file that ends in .html.").format(file=place)
        )
    if not place.is_dir():
        return _refused(_("There is no folder {folder}; make it, or name another.").format(folder=place))
    theirs = _somebody_elses(folder / each for each in ((name,) if alone else (name, *TABLES)))
    if theirs and not args.force:
        words = _("{file} is there and no report of ours; name another place, or --force replaces it.")
        return _refused(words.format(file=theirs))
    as_of = args.as_of.at(desk.clock.now()) if args.as_of else None
    material = await gather(desk, as_of)
    await desk.audit.note_export("report", "html", material.figures.users, as_of)
    whole = {name: page(material, alone=alone)}
    _write(folder, whole if alone else {**whole, **tables(material)})
    return 0


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the files, name each on the output, and say how many there are and where. Raises: OSError."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        write_whole(folder / name, text)
        print(folder / name)
    words = ngettext("{n} file written in {folder}.", "{n} files written in {folder}.", len(texts))
    print(words.format(n=len(texts), folder=folder.resolve()), file=sys.stderr)


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return FAILED


def _somebody_elses(paths: Iterable[Path]) -> Path | None:
    """The first file that is there and was not written by a report."""
    return next((path for path in paths if path.exists() and not _is_ours(path)), None)


def _is_ours(path: Path) -> bool:
    """Whether a report wrote it: the page says so, a file for a spreadsheet begins with our columns."""
    from ccms_tui.report import MARK, TABLES  # noqa: PLC0415
    from store.rules.roster_file import write_rows  # noqa: PLC0415

    try:
        with path.open(encoding="utf-8") as file:
            begins = file.read(LOOKED_AT)
    except (OSError, ValueError):
        return False
    columns = TABLES.get(path.name)
    return begins.startswith(write_rows([columns])) if columns else MARK in begins
