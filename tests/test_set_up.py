"""The guide and the files of a host keep to each other, to the program and to what the wheel carries."""

import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ccms_tui.commands import build_parser
from ccms_tui.config_file import OF_THE_HOST
from ccms_tui.settings import load_settings
from tests import escapes
from tests.command_line import ROOT

GUIDE = (ROOT / "docs" / "set-up.md").read_text(encoding="utf-8")
ENROLMENT = (ROOT / "docs" / "enrolment.md").read_text(encoding="utf-8")
FILES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "deploy").iterdir()}
DEPLOY = {name: text for name, text in FILES.items() if "enrol" not in name}
LINES = [
    line
    for block in re.findall(r"^```\n(.*?)^```", GUIDE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]
EXPOSED = 15
"""Tenths of the ten points that systemd gives to what may do anything."""
FLOORS = ("ccms_tui", "screens", "store")


def test_the_guide_names_files_that_exist() -> None:
    named = set(re.findall(r"\b(?:deploy|requirements|docs)/[\w.-]+", "\n".join(LINES)))
    named |= {f"docs/{name}" for name in re.findall(r"\]\(([\w.-]+\.md)\)", GUIDE)}
    assert named >= {f"deploy/{name}" for name in DEPLOY}
    assert [name for name in FILES if name not in DEPLOY and f"deploy/{name}" not in ENROLMENT] == []
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_page_of_escapes_is_what_the_suite_does() -> None:
    page = escapes.DOCUMENT.read_text(encoding="utf-8")
    assert page == escapes.document(), "stale: write it with python -m tests.escapes"


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("desk ")])
def test_every_command_of_the_guide_is_one(line: str) -> None:
    words = shlex.split(re.split(r" [<>|] ", line)[0])
    assert build_parser().parse_args(words[1:]).command == words[1]


def test_the_settings_of_the_host_can_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCMS_TUI_CONFIG", str(ROOT / "deploy" / "config.toml"))
    for name in ("CCMS_TUI_DATABASE_URL", "CCMS_TUI_KEY_FILE", "CCMS_TUI_SMTP_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = load_settings()
    assert settings.smtp_target.host == "mail.example"
    for path in (settings.key_file, Path(settings.database_url.removeprefix("sqlite:///"))):
        assert "install -d -o desk -g desk -m 700" in GUIDE
        assert str(path.parent) in GUIDE


def test_guide_fragment_and_unit_speak_of_one_program_account_and_settings() -> None:
    program = f"/opt/ccms-tui/bin/ccms-tui --config {OF_THE_HOST}"
    assert f"AuthorizedKeysCommand {program} ssh authorized-keys" in DEPLOY["sshd-ccms-tui.conf"]
    assert f"ExecStart={program} mail run" in DEPLOY["ccms-tui-mail.service"]
    assert f"-- {program} " in GUIDE
    for line in ("Match User desk", "AuthorizedKeysCommandUser desk"):
        assert line in DEPLOY["sshd-ccms-tui.conf"]
    assert "User=desk" in DEPLOY["ccms-tui-mail.service"]
    for name, text in DEPLOY.items():
        installed = text.removeprefix("# ").partition(":")[0]
        assert f" deploy/{name} {installed}" in GUIDE


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.endswith(".service")))
def test_systemd_understands_the_unit_and_finds_little_that_it_may_do(name: str, tmp_path: Path) -> None:
    unit = tmp_path / name
    unit.write_text(FILES[name].replace("/opt/ccms-tui/bin/ccms-tui", sys.executable), encoding="utf-8")
    understood = ("verify", "--man=no", str(unit))
    exposed = ("security", "--offline=yes", f"--threshold={EXPOSED}", "--no-pager", str(unit))
    for words in (understood, exposed):
        done = subprocess.run(("systemd-analyze", *words), capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_the_wheel_carries_every_file_of_the_program(tmp_path: Path) -> None:
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", str(tmp_path))
    source = tmp_path / "source"
    source.mkdir()
    found = (path.relative_to(ROOT) for floor in FLOORS for path in (ROOT / floor).rglob("*.*"))
    files = {str(path) for path in found if "__pycache__" not in path.parts and path.suffix != ".mako"}
    for name in (*files, "pyproject.toml", "README.md", "LICENSE"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run((sys.executable, "-m", "pip", "wheel", *options, str(source)), check=True)
    [wheel] = tmp_path.glob("*.whl")
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(FLOORS)}
    assert files - carried == set()
