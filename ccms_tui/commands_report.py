"""`ccms-tui report`: the steering committee's report as a page that prints, with files for a spreadsheet."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import write_whole
from ccms_tui.moments import add_as_of
from screens.words import _

if TYPE_CHECKING:
    from store.desk import Desk

PAGE = "report.html"


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
    add_as_of(report)
    report.set_defaults(handler=_report)


async def _report(args: argparse.Namespace, desk: "Desk") -> int:
    from ccms_tui.report import gather, page, tables  # noqa: PLC0415

    as_of = args.as_of.at(desk.clock.now()) if args.as_of else None
    material = await gather(desk, as_of)
    await desk.audit.note_export("report", "html", material.figures.users, as_of)
    alone = args.output.suffix.lower() in (".html", ".htm")
    folder = args.output.parent if alone else args.output
    folder.mkdir(parents=True, exist_ok=True)
    whole = {args.output.name if alone else PAGE: page(material, alone=alone)}
    texts = whole if alone else {**whole, **tables(material)}
    for name, text in texts.items():
        write_whole(folder / name, text)
        print(folder / name)
    return 0
