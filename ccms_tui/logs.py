"""The program's own log, on standard error: no address stands in it, whoever writes."""

import logging
import sys

from store.rules.masking import mask_within


class _Masked(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return mask_within(super().format(record))


def log_to_stderr() -> None:
    """Let our own news and everybody's warnings be written down, with addresses masked."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Masked("%(asctime)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("ccms_tui").setLevel(logging.INFO)
