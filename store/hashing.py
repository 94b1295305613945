"""Passwords as they are kept: argon2id over a keyed hash, so that the database alone does not say them."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from store.keys import Keys

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_MEMORY_KIB, MIN_TIME, MIN_PARALLELISM = 19 * 1024, 2, 1
"""OWASP's least for argon2id (DESIGN 3.4)."""


def keyed(keys: Keys, user_pk: int, password: str) -> bytes:
    """What is hashed: bound to the key file and to the user, so that rows cannot be swapped; 32 bytes."""
    body = f"{user_pk}:".encode() + password.encode("utf-8", "surrogatepass")
    return hmac.digest(keys.derive("password"), body, hashlib.sha256)


@dataclass(frozen=True)
class Hasher:
    """The parameters of new hashes; a hash made with others still verifies, and is told `outdated`.

    Each call takes tens of milliseconds of one processor: run it in a thread, outside any transaction.
    Raises: ValueError below the least parameters.
    """

    memory_kib: int = MIN_MEMORY_KIB
    time_cost: int = MIN_TIME
    parallelism: int = MIN_PARALLELISM

    def __post_init__(self) -> None:
        """Refuse parameters that are too low."""
        least = (MIN_MEMORY_KIB, MIN_TIME, MIN_PARALLELISM)
        if any(
            given < low
            for given, low in zip((self.memory_kib, self.time_cost, self.parallelism), least, strict=True)
        ):
            raise ValueError("argon2id parameters below 19 MiB, t=2, p=1")

    @cached_property
    def _argon2(self) -> "PasswordHasher":
        from argon2 import PasswordHasher  # noqa: PLC0415 - kept off the way to the first frame

        return PasswordHasher(self.time_cost, self.memory_kib, self.parallelism)

    @cached_property
    def nobody(self) -> str:
        """A hash that no password has, as costly to try as any: for users who do not exist."""
        salt, digest = (base64.b64encode(bytes(size)).decode().rstrip("=") for size in (16, 32))
        cost = f"m={self.memory_kib},t={self.time_cost},p={self.parallelism}"
        return f"$argon2id$v=19${cost}${salt}${digest}"

    def hash(self, secret: bytes) -> str:
        """The hash to keep, with its parameters and salt."""
        return self._argon2.hash(secret)

    def verify(self, kept: str | None, secret: bytes) -> bool:
        """Whether `secret` is behind the hash; with None it never is, after the same work."""
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415

        try:
            return self._argon2.verify(kept or self.nobody, secret) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than these."""
        return self._argon2.check_needs_rehash(kept)
