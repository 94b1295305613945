"""Telephone numbers as operations enter them: kept as people read them out, with the country in front."""

import re
import unicodedata

HONG_KONG = "+852"
_LENGTHS = range(8, 16)
"""Digits of a number with its country code (ITU-T E.164: at most 15)."""
_TYPED = re.compile(r"\+?[0-9 ()./-]+")


def normalise(typed: str) -> str | None:
    """`+852 2979 7222`, or None when what was typed is no telephone number.

    Eight digits alone are a number in Hong Kong; others begin with + or 00 and the country code.
    """
    plain = unicodedata.normalize("NFKC", typed[:64]).strip().replace("\N{EN DASH}", "-")
    if not _TYPED.fullmatch(plain):
        return None
    digits = re.sub(r"[^0-9]", "", plain)
    if plain.startswith("+"):
        number = digits
    elif digits.startswith("00"):
        number = digits[2:]
    else:
        number = HONG_KONG[1:] + digits if len(digits) == 8 else ""
    if len(number) not in _LENGTHS or number.startswith("0"):
        return None
    if number.startswith(HONG_KONG[1:]):
        rest = number[3:]
        return f"{HONG_KONG} {rest[:4]} {rest[4:]}" if len(rest) == 8 and rest[0] != "0" else None
    return f"+{number}"
