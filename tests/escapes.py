# ruff: noqa: E501 - the page it writes has wide lines
"""Every way out of the desk that was tried: `docs/escapes.md` is made from this table, and a test runs each line.

`python -m tests.escapes` writes the document.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parent.parent / "docs" / "escapes.md"
MARKER = "{marker}"
"""Stands for a file that must not appear; the fixture fills it in."""

UNKNOWN = "There is no such command here"
USAGE = "'help' lists what there is"
LINE_BREAK = "a line break or another control character"
NO_CODE = "Put a one-time password before the command"
NO_TERMINAL = "The desk needs a terminal"


@dataclass(frozen=True)
class Escape:
    """One command sent by a real client: what the client is told, its exit code, what the audit log says."""

    tried: str
    words: tuple[str, ...] = ()
    told: str = UNKNOWN
    code: int = 2
    recorded: str = "command"
    options: tuple[str, ...] = ()


def _command(*words: str, told: str = UNKNOWN, code: int = 2) -> Escape:
    sent = ("--", *words) if words[0].startswith("-") else words
    return Escape("ssh desk " + " ".join(sent), sent, told, code)


COMMANDS = (
    _command("sh"),
    _command("/bin/bash -i"),
    _command(f"bash -c 'touch {MARKER}'"),
    _command(f"python3 -c 'open(\"{MARKER}\", \"w\")'"),
    _command("cat /etc/passwd"),
    _command("exec sh"),
    _command(f"touch {MARKER}"),
    _command(f"$(touch {MARKER})"),
    _command(f"`touch {MARKER}`"),
    _command(f"status; touch {MARKER}", told=UNKNOWN),
    _command(f"status && touch {MARKER}", told=USAGE),
    _command(f"status | tee {MARKER}", told=USAGE),
    _command(f"export users > {MARKER}", told=USAGE),
    _command("lookup chan --limit 9 --config /etc/passwd", told=USAGE),
    _command("ccms-tui"),
    _command("ssh gateway --operator ops1"),
    _command("operator list"),
    _command("demo"),
    _command("import /etc/passwd", told=USAGE),
    _command("import @/etc/passwd", told=USAGE),
    _command("import --operator ops1 -", told=USAGE),
    _command("--operator ops1 import"),
    _command("--config /tmp/other.toml status"),
    _command(f"export users --output {MARKER}", told=USAGE),
    _command("export users --format ../../etc/passwd", told=USAGE),
    _command("export users --form json", told=USAGE),
    _command("export ../../etc/passwd", told=USAGE),
    _command("-h"),
    _command("status --help", told=USAGE),
    _command("status --as-of /etc/passwd", told=USAGE),
    _command("otp", told="After 'otp' comes the one-time password"),
    _command("otp 123456", told="A command comes after the one-time password"),
    _command("otp 123456 sh"),
    _command("otp 123456 --config=/etc/passwd status"),
    _command("otp 123456 otp 123456 status"),
    _command("status 'unclosed", told="A quotation mark in the command is not closed"),
    Escape("a command with a line break: `status⏎id`", ("status\nid",), LINE_BREAK),
    Escape("a command with an escape sequence", ("status\x1b]0;x\x07",), LINE_BREAK),
    Escape("a command with a reading-order override", ("status \u202e",), LINE_BREAK),
    Escape("a command of bytes that are not UTF-8", (b"\xff\xfe\x80".decode("utf-8", "surrogateescape"),),
           "not UTF-8 text"),
    Escape("a command of 100,000 bytes", ("A" * 100_000,), "longer than 4096 bytes"),
    Escape("a command of 140,000 bytes", ("A" * 70_000, "B" * 70_000), "Argument list too long", 1, ""),
    Escape("`ssh -T desk`, no terminal and no command", (), NO_TERMINAL, 2, "no-code", ("-T",)),
    Escape("`ssh desk status` with a stolen key and no code", ("status",), NO_CODE, 2, "no-code"),
    Escape("subsystem sftp (`sftp desk` by hand)", ("sftp",), "", 2, "command", ("-s",)),
    Escape("another subsystem: `ssh -s desk netconf`", ("netconf",), "subsystem request failed", 255, "",
           ("-s",)),
)  # fmt: skip

FORWARDING = (
    Escape("`-W 127.0.0.1:22`: through the host to another port", (), "forwarding failed", 255, "",
           ("-W", "127.0.0.1:22")),
    Escape("`-R 0:127.0.0.1:22`: a port of the host", ("status",), "remote port forwarding failed", 255, "",
           ("-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22")),
    Escape("`-R /path:...`: a socket file on the host", ("status",), "remote port forwarding failed", 255, "",
           ("-o", "ExitOnForwardFailure=yes", "-R", MARKER + ":127.0.0.1:22")),
    Escape("`-w any`: a network tunnel", ("status",), "unnel", 255, "",
           ("-o", "ExitOnForwardFailure=yes", "-w", "any:any")),
)  # fmt: skip

ENVIRONMENT = (
    "LD_PRELOAD=/tmp/x.so",
    f"LD_DEBUG=all LD_DEBUG_OUTPUT={MARKER}",
    f"BASH_ENV={MARKER}.sh ENV={MARKER}.sh",
    "PYTHONPATH=/tmp/x PYTHONSTARTUP=/tmp/x.py PYTHONINSPECT=1 PYTHONHOME=/tmp PYTHONBREAKPOINT=os.system",
    f"TEXTUAL=debug TEXTUAL_LOG={MARKER} TEXTUAL_SCREENSHOT=1 TEXTUAL_SCREENSHOT_LOCATION=/tmp",
    "CCMS_TUI_DATABASE_URL=sqlite:////tmp/x.db CCMS_TUI_KEY_FILE=/tmp/x CCMS_TUI_CONFIG=/tmp/x",
    "HOME=/tmp XDG_CONFIG_HOME=/tmp XDG_DATA_HOME=/tmp TMPDIR=/tmp PATH=/tmp",
    "PAGER=sh EDITOR=sh LESSOPEN=sh SHELL=/tmp/x IFS=x",
    "LC_ALL=../../x LANG=$(id) LANGUAGE=x LC_TERMINAL=iTerm2 LOCPATH=/tmp GCONV_PATH=/tmp TZ=/etc/passwd OPENSSL_CONF=/tmp/x",
    "SSH_ORIGINAL_COMMAND=sh SSH_CONNECTION=ops",
)
"""Sent with SetEnv to a server that takes everything over from everybody else (`AcceptEnv *`)."""

SHOWN: dict[str, dict[str, str]] = {}
"""What else was tried, and what was seen, by the module of tests that shows it; filled by these tests."""


def shown(tried: str, seen: str) -> Callable[[Any], Any]:
    """Mark a test as the one that tries `tried` and sees `seen`."""

    def keep(test: Any) -> Any:
        SHOWN.setdefault(test.__module__, {})[tried] = seen
        return test

    return keep


HEAD = """# Ways out of the desk that were tried

Operators reach the desk through OpenSSH with `restrict,pty,command="... ssh gateway --operator ID"` bound to their key. Each line
below is run by `tests/test_ssh_*.py` with the real client against Debian's sshd, set up from `deploy/sshd-ccms-tui.conf` on a server
that would accept any variable. For each one the test looks at **every program that sshd or its children started** (as the kernel
saw it, by strace): nothing but sshd itself, the look-up of the key, and the gateway with the operator's ID; at **every file they
made or opened for writing**: nothing but the database, terminals and the system's list of who is logged in; and at any socket that
a session of sshd listens on: none.

This page is written by `python -m tests.escapes`; a test fails when it is not what the suite does. `MARKER` stands for a file name.

"""


def document() -> str:
    """The page."""
    commands = "".join(_row(escape) for escape in COMMANDS)
    forwarding = "".join(_row(escape) for escape in FORWARDING)
    variables = "".join(f"| `{_plain(each)}` |\n" for each in ENVIRONMENT)
    clients, window = (_shown(module) for module in ("test_ssh_other_clients", "test_ssh_at_the_desk"))
    heading = "| tried | told | exit | audit log |\n|---|---|---|---|\n"
    return (
        f"{HEAD}## Commands\n\n{heading}{commands}\n## Forwarding\n\n{heading}{forwarding}"
        "\n## Variables sent by the client\n\nNone of them reaches the gateway or the shell before it: the answer is the same as without.\n\n"
        f"| sent |\n|---|\n{variables}"
        f"\n## By other clients and other switches\n\n{clients}\n## In a window\n\n{window}"
    )


def _shown(module: str) -> str:
    import_module(f"tests.{module}")
    rows = "".join(
        f"| {_plain(tried)} | {_plain(seen)} |\n" for tried, seen in SHOWN[f"tests.{module}"].items()
    )
    return f"| tried | seen |\n|---|---|\n{rows}"


def _row(escape: Escape) -> str:
    tried = escape.tried if "`" in escape.tried or " of " in escape.tried or "with" in escape.tried else None
    tried = tried or f"`` {escape.tried} ``"
    told = f"… {escape.told} …" if escape.told else "nothing"
    recorded = f"signin.refused ({escape.recorded})" if escape.recorded else "-"
    return f"| {_plain(tried)} | {told} | {escape.code} | {recorded} |\n"


def _plain(text: str) -> str:
    return text.replace(MARKER, "MARKER").replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(import_module("tests.escapes").document(), encoding="utf-8")
