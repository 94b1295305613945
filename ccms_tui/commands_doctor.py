"""`ccms-tui doctor`: is everything there that the desk needs, and is it right; exit 3 when it is not."""

import argparse
import asyncio
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from ccms_tui.answers import print_json
from ccms_tui.options import add_json
from screens.words import _

if TYPE_CHECKING:
    from ccms_tui.doctor import Finding

DONE, NOT_HELD = 0, 3
LONG, NARROWEST = 10_000, 30
"""Characters of a line without a terminal, and of one however narrow the terminal is."""
LOOKS = {"ok": "✓", "look": "!", "fails": "✗", "not set up": "–"}


def add_parsers(subparsers: Any) -> None:
    """Add the command."""
    doctor = subparsers.add_parser(
        "doctor", help=_("check database, key, audit log, clock, mail server, sshd and terminal")
    )
    doctor.add_argument(
        "--whole", action="store_true", help=_("follow the whole audit log, not the newest 10,000 events")
    )
    add_json(doctor)
    doctor.set_defaults(plain_handler=_doctor)


def _doctor(args: argparse.Namespace) -> int:
    from ccms_tui.doctor import State  # noqa: PLC0415

    findings = asyncio.run(_examined(args))
    healthy = all(finding.state is not State.FAILS for finding in findings)
    if args.json:
        checks = [
            {
                "check": finding.check,
                "verdict": finding.state.value,
                "detail": finding.detail,
                "remedy": finding.remedy,
            }
            for finding in findings
        ]
        print_json({"ok": healthy, "checks": checks})
    return DONE if healthy else NOT_HELD


async def _examined(args: argparse.Namespace) -> "list[Finding]":
    """Every finding; each is shown as soon as it is there, unless JSON is wanted."""
    from ccms_tui.doctor import examine  # noqa: PLC0415

    findings = []
    async for finding in examine(whole=args.whole):
        findings.append(finding)
        if not args.json:
            _print(finding)
    return findings


def _print(finding: "Finding") -> None:
    """A line for the verdict and one for the remedy, folded where a terminal is narrow."""
    from screens.text import clean  # noqa: PLC0415

    state = f"{LOOKS[finding.state.value]} {finding.state.value}"
    margin = f"{state:<13}{finding.check:<13}"
    width = shutil.get_terminal_size().columns - len(margin) if sys.stdout.isatty() else LONG
    for text in filter(None, (finding.detail, finding.remedy)):
        for line in textwrap.wrap(clean(text), max(width, NARROWEST)):
            print(f"{margin}{line}", flush=True)
            margin = " " * len(margin)
