"""What an operator's ID may be: no name of those who act in the log without being an operator."""

import ast
from pathlib import Path

import pytest

from ccms_tui.host import key_owner
from store.errors import BadLogin
from store.rules.logins import check_login

STORE = Path(__file__).parent.parent / "store"


def actors() -> set[str]:
    """The IDs of everybody who acts in the store by name."""
    return {
        call.args[0].value
        for path in STORE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "Operator"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def test_nobody_can_be_given_the_name_of_somebody_who_acts_already() -> None:
    assert actors() >= {"door", "enrolment", "system"}
    for name in (*actors(), "host", key_owner().operator_id, "user:U1"):
        with pytest.raises(BadLogin):
            check_login(name)


def test_a_common_login_is_taken() -> None:
    check_login("ops.yeung-2")
