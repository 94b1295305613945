"""Process start to first paint, in one interleaved batch: a bare Textual hello-world, the desk, its peers.

Run: `python -m bench.first_paint [--rounds 15] [--harlequin PATH] [--posting PATH]`.
The desk is the real program on a real database.
"""

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from bench.synthetic import make_desk
from bench.timed_terminal import TimedTerminal

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("Hello, World!")
Hello().run()
"""
USERS = 2400


@dataclass
class Contender:
    """A program, the words that mean it has painted, and those that mean it is ready (when they differ)."""

    name: str
    command: list[str]
    painted: str
    ready: str = ""
    env: dict[str, str] = field(default_factory=dict)
    paints: list[float] = field(default_factory=list)
    readies: list[float] = field(default_factory=list)

    def runs(self) -> bool:
        """Whether it runs on this machine at all; says so when it does not."""
        try:
            self.run_once()
        except EOFError:
            sys.stdout.write(f"{self.name} ends at once on this machine: not measured\n")
            return False
        return True

    def run_once(self) -> None:
        """Start it, time it, end it."""
        with TimedTerminal(self.command, self.env) as terminal:
            self.paints.append(terminal.wait_for(self.painted))
            if self.ready:
                self.readies.append(terminal.wait_for(self.ready))


def measure(rounds: int, harlequin: str | None, posting: str | None) -> list[Contender]:
    """All contenders, run in turn; the first round warms the caches and is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        env = make_desk(Path(folder) / "desk", USERS)
        contenders = [
            Contender("Textual hello-world", [sys.executable, "-c", HELLO], "Hello, World!"),
            Contender(
                "the desk", [sys.executable, "-m", "ccms_tui"], "registration desk", "2,400 users", env
            ),
        ]
        peers = (("harlequin", harlequin, "Query Editor"), ("posting", posting, "Collection"))
        contenders += [
            peer
            for name, program, words in peers
            if program and (peer := Contender(name, [program], words, env={"HOME": folder})).runs()
        ]
        for number in range(rounds + 1):
            for contender in contenders:
                contender.run_once()
                if number == 0:
                    contender.paints.clear()
                    contender.readies.clear()
    return contenders


def report(contenders: list[Contender]) -> str:
    """A table of medians, each beside hello-world's."""
    hello = statistics.median(contenders[0].paints)
    lines = [
        f"{'first paint (median of ' + str(len(contenders[0].paints)) + ')':36} {'ms':>7} {'of hello':>9}"
    ]
    for each in contenders:
        paint = statistics.median(each.paints)
        lines.append(f"{each.name:36} {paint * 1000:7.0f} {paint / hello:9.2f}")
        if each.readies:
            ready = statistics.median(each.readies)
            lines.append(f"{'  with its rows':36} {ready * 1000:7.0f} {ready / hello:9.2f}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--harlequin", metavar="PATH", help="a harlequin executable to run beside the desk")
    parser.add_argument("--posting", metavar="PATH", help="a posting executable to run beside the desk")
    given = parser.parse_args()
    sys.stdout.write(report(measure(given.rounds, given.harlequin, given.posting)) + "\n")


if __name__ == "__main__":
    main()
