"""What an operator's ID may look like: it becomes part of a command in sshd's hands."""

import re

from store.errors import BadLogin

RESERVED = frozenset({"system", "door", "host", "enrolment"})
"""Who acts in the log besides operators; a colon (`host:NAME`, `user:ID`) can be in no login anyway."""
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{0,31}")


def check_login(operator_id: str) -> None:
    """Lower case letters, digits, '.', '-' and '_', a letter first, at most 32. Raises: BadLogin."""
    if _LOGIN.fullmatch(operator_id) is None or operator_id in RESERVED:
        raise BadLogin(operator_id)
