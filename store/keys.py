"""The key file outside the database: seals what must be read back, hashes what must only be compared.

The file holds one line of 64 hexadecimal digits (256 bits), readable by its owner only. Sub-keys for each
use are derived with HMAC-SHA256, so that a hash of one kind can never stand for another.
"""

import hashlib
import hmac
import os
import secrets
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import KeyFault

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


@dataclass(frozen=True)
class Keys:
    """The desk's secrets, derived from one 32-byte master key."""

    master: bytes

    def derive(self, use: str) -> bytes:
        """The 32-byte sub-key for one use."""
        return hmac.digest(self.master, use.encode(), hashlib.sha256)

    @cached_property
    def audit(self) -> bytes:
        """The sub-key that chains audit events."""
        return self.derive("audit chain")

    @cached_property
    def audit_head(self) -> bytes:
        """The sub-key that signs exported heads of the audit log."""
        return self.derive("audit head")

    @cached_property
    def _fernet(self) -> "Fernet":
        import base64  # noqa: PLC0415 - kept off the way to the first frame

        from cryptography.fernet import Fernet  # noqa: PLC0415

        return Fernet(base64.urlsafe_b64encode(self.derive("seal")))

    def seal(self, secret: str) -> bytes:
        """Encrypt and authenticate a secret that the desk must read back later."""
        return self._fernet.encrypt(secret.encode())

    def unseal(self, sealed: bytes) -> str:
        """The secret behind `seal`; raises KeyFault when it was sealed with another key."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415

        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise KeyFault("wrong", "the key file") from None

    def hash_code(self, verification: str, code: str) -> bytes:
        """The keyed hash of a verification code, bound to the verification it belongs to."""
        return hmac.digest(
            self.derive("verification code"), f"{verification}:{code}".encode(), hashlib.sha256
        )


def create_key_file(path: Path) -> Keys:
    """Write a fresh key, readable by its owner only; an existing file is used as it is.

    Raises: KeyFault when the file or its directory cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_key_file(path)
    except OSError:
        raise KeyFault("unwritable", str(path)) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    return read_key_file(path)


def read_key_file(path: Path) -> Keys:
    """The keys in `path`. Raises: KeyFault (missing, unreadable, exposed to others, malformed)."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise KeyFault("missing", str(path)) from None
    except UnicodeDecodeError:
        raise KeyFault("malformed", str(path)) from None
    except OSError:
        raise KeyFault("unreadable", str(path)) from None
    if stat.S_IMODE(mode) & 0o077:
        raise KeyFault("exposed", str(path))
    try:
        master = bytes.fromhex(text)
    except ValueError:
        master = b""
    if len(master) != 32:
        raise KeyFault("malformed", str(path))
    return Keys(master)
