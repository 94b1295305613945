"""Verification codes: 8 characters of Crockford base32 (40 bits), shown `ABCD-EFGH` (DESIGN 3.3).

The alphabet leaves out I, L, O and U; typed, I and L mean 1, O means 0; case, spaces and dashes nothing.
"""

import secrets
import unicodedata
from collections.abc import Callable
from datetime import timedelta

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
LIFETIME = timedelta(hours=24)
TRIES_PER_CODE = 5
TRIES_PER_DAY = 20

_DASHES = "-‐‑‒–—−"
_AS_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"} | dict.fromkeys(_DASHES))


def generate(randbits: Callable[[int], int] = secrets.randbits) -> str:
    """A fresh code of `LENGTH` characters; `randbits(n)` gives n unforeseeable bits."""
    number = randbits(5 * LENGTH)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def normalise(typed: str) -> str | None:
    """The code that was meant by what was typed, or None when it cannot be one."""
    plain = unicodedata.normalize("NFKC", typed[:64])
    code = "".join(plain.split()).upper().translate(_AS_MEANT)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def format(code: str) -> str:
    """The code as mail and people write it: `ABCD-EFGH`."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"
