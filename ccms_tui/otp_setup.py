"""Handing somebody their one-time-password seed: shown once, confirmed by one code, wiped off the screen."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

from screens.sentences import explain_error
from screens.words import _
from store.errors import SignInRefused

TRIES = 3
WIPE = "\x1b[H\x1b[2J\x1b[3J"
"""Home, clear the screen, clear what was scrolled off it."""


def show_setup(operator_id: str, uri: str) -> None:
    """Print the seed as a QR code and in groups of four."""
    import segno  # noqa: PLC0415

    if sys.stdout.isatty():
        segno.make_qr(uri, error="l").terminal(compact=True, border=2)
    secret = parse_qs(urlsplit(uri).query)["secret"][0]
    once = _("One-time password of {operator}: put it into an authenticator app now, it is shown only once.")
    print(once.format(operator=operator_id))
    if not sys.stdout.isatty():
        print(uri)
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    print(_("or type the secret: {secret}").format(secret=groups))


async def confirm(operator_id: str, try_code: Callable[[str], Awaitable[None]]) -> bool:
    """Ask for one code on the terminal and try it; whether it was good. The seed then leaves the screen."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    for _attempt in range(TRIES):
        try:
            code = await asyncio.to_thread(input, _("One-time password: "))
        except EOFError:
            break
        except asyncio.CancelledError:
            _say_not_confirmed(operator_id)
            raise
        if not code.strip():
            break
        try:
            await try_code(code)
        except SignInRefused as error:
            print(explain_error(error))
            continue
        print(WIPE, end="")
        print(_("The one-time password of {operator} is set up.").format(operator=operator_id))
        return True
    _say_not_confirmed(operator_id)
    return False


def _say_not_confirmed(operator_id: str) -> None:
    print(WIPE, end="")
    print(
        _("Not confirmed: the first good code of {operator} at sign-in confirms it; if the app never got the "
          "secret, use ccms-tui operator reset-otp {operator}.").format(operator=operator_id)
    )  # fmt: skip
