"""Runs the real program as people and scripts do: a process, its two outputs and its exit code."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from tests import warm_program
from tests.warm_program import ROOT

WITHOUT_OVERRIDE = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
PATIENCE = 120


@dataclass
class Done:
    """What a finished command left."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line on standard error; fails when there is more, or a traceback."""
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0]


@dataclass
class Desk:
    """A desk in a directory of its own, as its commands see it."""

    home: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.home / "desk.db"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "CCMS_TUI_DATABASE_URL": f"sqlite:///{self.database}",
            "CCMS_TUI_KEY_FILE": str(self.home / "desk.key"),
            **self.settings,
        }

    def run(self, *arguments: str, stdin: str = "", held_to_modes: bool = False, **settings: str) -> Done:
        """Run one command, in a process forked from a warm one.

        `held_to_modes` takes from root the right to write what is read-only.
        """
        if held_to_modes or any(not name.startswith("CCMS_TUI_") for name in settings):
            return self.run_cold(*arguments, stdin=stdin, held_to_modes=held_to_modes, **settings)
        with TemporaryFile("w+", encoding="utf-8") as typed, _output() as out, _output() as err:
            typed.write(stdin)
            typed.seek(0)
            surroundings = self.environment | settings
            code = warm_program.ask(arguments, surroundings, self.home, (typed, out, err), PATIENCE)
            for file in (out, err):
                file.seek(0)
            done = Done(code, out.read(), err.read())
        assert "Traceback" not in done.err, done.err
        return done

    def run_cold(
        self, *arguments: str, stdin: str = "", held_to_modes: bool = False, **settings: str
    ) -> Done:
        """Run one command as a shell would: an interpreter that has to import all it needs."""
        prefix = WITHOUT_OVERRIDE if held_to_modes and os.geteuid() == 0 else ()
        done = subprocess.run(
            [*prefix, sys.executable, "-m", "ccms_tui", *arguments],
            cwd=self.home,
            env=self.environment | settings,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)


def _output() -> IO[str]:
    return TemporaryFile("w+", encoding="utf-8")
