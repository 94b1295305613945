"""SSH public keys an operator may come in with: modern types, strong enough, as OpenSSH writes them."""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from store.errors import BadKey

RSA_BITS = 3072
CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
"""Bytes of an uncompressed point on each curve."""
ED25519_BYTES = 32
COMMENT_LENGTH = 200
LINE_LENGTH = 8_192
TYPES = frozenset(
    {
        "ssh-ed25519",
        "sk-ssh-ed25519@openssh.com",
        *(f"ecdsa-sha2-{curve}" for curve in CURVES),
        "sk-ecdsa-sha2-nistp256@openssh.com",
        "ssh-rsa",
    }
)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key; `blob` is its base64 and `fingerprint` what `ssh-keygen -l` shows."""

    key_type: str
    blob: str
    fingerprint: str
    comment: str


def fingerprint_of(blob: bytes) -> str:
    """OpenSSH's `SHA256:` fingerprint of a key's bytes."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def parse_key(line: str) -> PublicKey:
    """The key in the one line of a `.pub` file. Raises: BadKey."""
    text = line.strip()
    if "PRIVATE KEY" in text:
        raise BadKey("private")
    if not text or len(text) > LINE_LENGTH or not text.isprintable():
        raise BadKey("malformed")
    key_type, _space, rest = text.partition(" ")
    written, _space, comment = rest.strip().partition(" ")
    if key_type not in TYPES:
        if any(known in rest.split() for known in TYPES):
            raise BadKey("options", key_type[:40])
        named = key_type.startswith(("ssh-", "ecdsa-", "sk-")) and key_type.isascii()
        raise BadKey("type", key_type[:60]) if named and written else BadKey("malformed")
    blob = decode_blob(written)
    _check_fields(key_type, _fields(blob))
    return PublicKey(key_type, written, fingerprint_of(blob), comment.strip()[:COMMENT_LENGTH])


def decode_blob(written: str) -> bytes:
    """The bytes of a key's base64. Raises: BadKey unless it is written the one right way."""
    try:
        blob = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise BadKey("malformed") from None
    if not blob or base64.b64encode(blob).decode() != written:
        raise BadKey("malformed")
    return blob


def _fields(blob: bytes) -> list[bytes]:
    """The length-prefixed fields (RFC 4251, section 5) that make up the whole key."""
    fields, at = [], 0
    while at < len(blob):
        start = at + 4
        at = start + int.from_bytes(blob[at:start], "big")
        if start > len(blob) or at > len(blob):
            raise BadKey("malformed")
        fields.append(blob[start:at])
    return fields


def _check_fields(key_type: str, fields: list[bytes]) -> None:
    """Raises: BadKey unless the fields are what the key's type has, and strong enough."""
    if not fields or fields[0] != key_type.encode():
        raise BadKey("malformed")
    mine = fields[1:]
    if key_type.startswith("sk-"):
        if not mine or not mine[-1].startswith(b"ssh:"):
            raise BadKey("malformed")
        mine = mine[:-1]
    if key_type == "ssh-rsa":
        _check_rsa(mine)
        return
    if "ed25519" in key_type:
        if len(mine) != 1 or len(mine[0]) != ED25519_BYTES:
            raise BadKey("malformed")
        return
    curve = key_type.removeprefix("sk-").removeprefix("ecdsa-sha2-").partition("@")[0]
    if len(mine) != 2 or mine[0] != curve.encode():
        raise BadKey("malformed")
    if len(mine[1]) != CURVES[curve] or mine[1][0] != 4 or not _is_on_curve(curve, mine[1]):
        raise BadKey("malformed")


def _is_on_curve(curve: str, point: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - kept off the first frame

    curves: dict[str, ec.EllipticCurve] = {
        "nistp256": ec.SECP256R1(),
        "nistp384": ec.SECP384R1(),
        "nistp521": ec.SECP521R1(),
    }
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(curves[curve], point)
    except ValueError:
        return False
    return True


def _check_rsa(fields: list[bytes]) -> None:
    if len(fields) != 2 or any(not field or field[0] & 0x80 for field in fields):
        raise BadKey("malformed")
    exponent, modulus = (int.from_bytes(field, "big") for field in fields)
    bits = modulus.bit_length()
    if bits < RSA_BITS:
        raise BadKey("weak", f"rsa, {bits} bits")
    if exponent < 65_537 or exponent % 2 == 0 or modulus % 2 == 0:
        raise BadKey("weak", "rsa with a bad exponent or modulus")
    if bits > 16_384:
        raise BadKey("malformed")
