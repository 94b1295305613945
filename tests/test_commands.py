"""The command table: one source of keys, labels and permissions."""

import re
from collections import Counter
from pathlib import Path

import pytest

from screens.commands import COMMANDS, bindings_for, commands_for, key_table

PLACES = (
    "lookup", "answer", "board", "participants", "users", "user", "schedule", "mail", "approvals", "audit",
    "cutover", "calls",
    "figures", "caught", "opening",
)  # fmt: skip
DELIVERED = re.compile(r"[A-Za-z0-9]|f\d|enter|space|escape|slash|left|right|question_mark|ctrl\+p")
SWALLOWED = {f"ctrl+{letter}" for letter in "abchijmqsz"}


@pytest.mark.parametrize("place", PLACES)
def test_no_key_means_two_things_in_one_place(place: str) -> None:
    keys = Counter(key for command in commands_for(place, demo=True) for key in command.key.split(","))
    assert [key for key, times in keys.items() if times > 1] == []


def test_every_key_is_one_that_every_terminal_delivers() -> None:
    for command in COMMANDS:
        for key in command.key.split(","):
            assert key not in SWALLOWED
            assert DELIVERED.fullmatch(key)


@pytest.mark.parametrize("place", PLACES)
def test_every_binding_can_be_remapped_and_has_a_tooltip(place: str) -> None:
    for binding in bindings_for(place):
        assert binding.id
        assert binding.tooltip


def test_what_is_dangerous_also_mutates_and_needs_a_permission() -> None:
    for command in COMMANDS:
        assert command.mutates or not command.dangerous
        assert command.permission is not None or not command.mutates


def test_the_readme_has_the_key_table_of_today() -> None:
    readme = Path(__file__).parent.parent / "README.md"
    assert key_table() in readme.read_text(encoding="utf-8")
