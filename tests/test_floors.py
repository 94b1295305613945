"""Three floors, imports go down only; and what must stay off the way to the first frame does."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

KEEPS_OUT = {
    "store.desk, store.migrate, store.setup, store.outbox": {
        "textual",
        "rich",
        "aiosmtplib",
        "aiosmtpd",
        "segno",
    },
    "screens.users, screens.participants": {"sqlalchemy", "sqlmodel", "alembic", "pydantic", "aiosmtplib"},
    "ccms_tui.app": {"sqlalchemy", "sqlmodel", "alembic", "pydantic", "aiosmtplib"},
    "ccms_tui.enrol_app": {"sqlalchemy", "sqlmodel", "alembic", "pydantic", "aiosmtplib", "segno", "argon2"},
    "store.rules.roles, store.rules.standing, store.views, store.errors": {
        "sqlalchemy",
        "sqlmodel",
        "pydantic",
    },
    "store.desk": {"alembic"},
    "ccms_tui": {"textual", "sqlalchemy"},
}


@pytest.mark.parametrize("modules", KEEPS_OUT)
def test_importing_this_loads_none_of_that(modules: str) -> None:
    program = f"import sys, {modules}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not KEEPS_OUT[modules] & set(done.stdout.split())


def test_import_contracts_hold() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
