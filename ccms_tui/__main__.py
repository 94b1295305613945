"""The command line; with nothing after it, `ccms-tui` opens the desk. A fault is one sentence with a remedy.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a check did not hold, 4 not allowed.
"""

import os
import sys
import traceback
from collections.abc import Sequence

from screens.words import _
from store.errors import BeforeRoster, CannotFollow, NoSuchMoment, NotAllowed, StoreError

FAILED, WRONG_USAGE, NOT_ALLOWED = 1, 2, 4


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command, or the desk; the exit code.

    The program itself (`argv` is None) ends at once: all is closed by then, and the interpreter's own
    clearing up would be felt.
    """
    _forget_library_settings()
    code = _answer(list(sys.argv[1:] if argv is None else argv))
    if argv is None:
        sys.stderr.flush()
        os._exit(code)
    return code


def _forget_library_settings() -> None:
    """The library takes orders from the environment: to write logs and pictures, to load another driver."""
    for name in [name for name in os.environ if name.partition("_")[0] == "TEXTUAL"]:
        del os.environ[name]


def _answer(arguments: list[str]) -> int:  # noqa: PLR0911 - one answer for each kind of fault
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except NotAllowed as error:
        return _fail(_explain(error), NOT_ALLOWED)
    except (CannotFollow, BeforeRoster, NoSuchMoment) as error:
        return _fail(_explain(error), WRONG_USAGE)
    except StoreError as error:
        return _fail(_explain(error))
    except KeyboardInterrupt:
        return _fail(_("Interrupted; what was done before stays done."))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return _fail(
            _("{what}: {reason}.").format(what=error.filename or "ccms-tui", reason=error.strerror or error)
        )
    except Exception as error:
        return _fail(_unexpected(error))


def _run(arguments: list[str]) -> int:
    if not arguments:
        from ccms_tui.launch import open_desk  # noqa: PLC0415

        return open_desk()
    if arguments[0] == "ssh" or (arguments[0] == "--config" and arguments[2:3] == ["ssh"]):
        from ccms_tui.commands_ssh import run_ssh  # noqa: PLC0415 - sshd waits, so without the other commands

        return run_ssh(arguments)
    from ccms_tui.commands import build_parser, run_command  # noqa: PLC0415

    return run_command(build_parser().parse_args(arguments))


def _explain(error: StoreError) -> str:
    from ccms_tui.config_file import BadSetting  # noqa: PLC0415
    from screens.sentences import explain_error  # noqa: PLC0415

    return str(error) if isinstance(error, BadSetting) else explain_error(error)


def _unexpected(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return _("A fault in the desk itself ({kind} at {file}:{line}); please report it with this line.").format(
        kind=type(error).__name__, file=os.path.basename(last.filename), line=last.lineno
    )


def _fail(sentence: str, code: int = FAILED) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
