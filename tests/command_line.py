"""Runs the real program as people and scripts do: a process, its two outputs and its exit code."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WITHOUT_OVERRIDE = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
ROOT = Path(__file__).parent.parent


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
        """Run one command; `held_to_modes` takes from root the right to write what is read-only."""
        prefix = WITHOUT_OVERRIDE if held_to_modes and os.geteuid() == 0 else ()
        done = subprocess.run(
            [*prefix, sys.executable, "-m", "ccms_tui", *arguments],
            cwd=self.home,
            env=self.environment | settings,
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)
