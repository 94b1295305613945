"""What the process of somebody who came in by SSH may know of its host, and do to itself: next to nothing."""

import os
import re
import resource
import signal

PATH = "/usr/bin:/bin"
_TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,39}")


def confine(config: str | None = None) -> None:
    """Keep a handful of checked variables, leave no core behind, and answer no key with a stopped process.

    The settings come from `config` alone: nobody at the other end can have a say in them.
    """
    kept = {"HOME": os.environ.get("HOME", "/"), "PATH": PATH, "LC_ALL": "C.UTF-8", "TERM": _terminal()}
    if os.environ.get("NO_COLOR"):
        kept["NO_COLOR"] = "1"
    if config is not None:
        kept["CCMS_TUI_CONFIG"] = config
    for name in list(os.environ):
        del os.environ[name]
    os.environ.update(kept)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGTSTP, signal.SIGQUIT, signal.SIGTTIN, signal.SIGTTOU):
        signal.signal(number, signal.SIG_IGN)


def _terminal() -> str:
    """The client's word for its terminal, if it is a word."""
    named = os.environ.get("TERM", "")
    return named if _TERM.fullmatch(named) else "dumb"
