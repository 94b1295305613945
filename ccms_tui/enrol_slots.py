"""Places for enrolment terminals over SSH: locks, which the kernel takes back however a process ends."""

import fcntl
import os
from pathlib import Path
from zlib import crc32

from ccms_tui.config_file import read_config
from ccms_tui.enrol_limits import FAILED, MOST, MOST_EACH, WORDS, Refusal, place_of
from screens.words import _
from store.errors import StoreError

FILE = "enrol.lock"
"""Beside the key file. Nothing is in it: a place is one byte, there or not, that a process has locked."""
EACH = 1 << 20
"""Where the places of single addresses begin."""


def no_room(origin: str) -> str | None:
    """Why there is no place for one more terminal of `origin`, in words; None once one is taken for good."""
    try:
        settings = read_config()
        most = int(settings.get("enrol_terminals", MOST))
        most_each = int(settings.get("enrol_terminals_per_address", MOST_EACH))
        key_file = settings.get("key_file")
        file = os.open(Path(key_file).with_name(FILE), os.O_RDWR | os.O_CREAT, 0o600) if key_file else None
    except (StoreError, OSError, TypeError, ValueError):
        return FAILED
    if file is None:
        return _("Enrolment over SSH needs key_file among the settings; tell whoever runs this host.")
    try:
        place = crc32(place_of(origin).encode())
    except ValueError:
        place = 0
    if not _take(file, EACH + place * most_each, most_each):
        return WORDS[Refusal.ADDRESS]
    return None if _take(file, 0, most) else WORDS[Refusal.FULL]


def _take(file: int, first: int, count: int) -> bool:
    """Lock one of `count` bytes from `first` on."""
    for offset in range(first, first + count):
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except OSError:
            continue
        return True
    return False
