"""How commands answer: one JSON document on standard output, or plain lines with foreign text cleaned."""

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from store.clock import HONG_KONG


def print_json(document: Any) -> None:
    """Print one document, Chinese as itself."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def iso(moment: datetime | None) -> str | None:
    """A moment as machines read it: ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def hong_kong(moment: datetime | None) -> str:
    """A moment as people here read it."""
    return f"{moment.astimezone(HONG_KONG):%Y-%m-%d %H:%M}" if moment else "-"


def print_columns(rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]) -> None:
    """Print rows in columns of terminal cells; the last column is as wide as it needs to be."""
    from screens.text import clean, fit  # noqa: PLC0415

    for row in rows:
        cells = [fit(cell, width) for cell, width in zip(row[:-1], widths, strict=True)]
        print("  ".join((*cells, clean(row[-1]))).rstrip())


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises: OSError."""
    with whole_file(path) as file:
        file.write(text)


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A file to be written whole or not at all; that it can be written is known at once. Raises: OSError."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        error.filename = str(path)
        raise
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
