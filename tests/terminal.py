"""A real pseudo-terminal with a real terminal emulator behind it, driven as a person would."""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence

import pexpect
import pyte

PATIENCE = 60.0
KEYS = {
    "enter": "\r", "esc": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H", "end": "\x1b[F", "pagedown": "\x1b[6~", "pageup": "\x1b[5~", "backspace": "\x7f",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "space": " ",
}  # fmt: skip


def _heed_signals() -> None:
    """Whatever started the tests may ignore some signals, which would be inherited."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


class Terminal:
    """A program in a pseudo-terminal of `columns` x `rows`; what it drew is read back from the emulator."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str] | None = None, columns: int = 80, rows: int = 24
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        surroundings = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(env or {})}
        for misleading in ("NO_COLOR", "COLUMNS", "LINES"):
            surroundings.pop(misleading, None)
        self.child = pexpect.spawn(
            command[0],
            list(command[1:]),
            env=surroundings,
            dimensions=(rows, columns),
            timeout=PATIENCE,
            preexec_fn=_heed_signals,
        )
        self.child.delaybeforesend = None

    def pump(self, seconds: float = 0.05) -> bool:
        """Feed what the program wrote to the emulator; False once it has ended and all is read."""
        try:
            self._stream.feed(self.child.read_nonblocking(65536, timeout=seconds))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    def rest(self, seconds: float = 0.15) -> None:
        """Press nothing for a moment: only that tells esc from a sequence that begins with it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.pump():
            pass

    @property
    def text(self) -> str:
        """The screen as the person sees it."""
        return "\n".join(self.screen.display)

    def wait(self, condition: Callable[[str], bool], what: str) -> str:
        """Pump until `condition` holds of the screen; fails with the last screen otherwise."""
        deadline = time.monotonic() + PATIENCE
        alive = True
        while not condition(self.text):
            if not alive or time.monotonic() > deadline:
                raise AssertionError(f"never saw {what}; the screen was:\n{self.text}")
            alive = self.pump()
        return self.text

    def wait_for(self, *words: str) -> str:
        """Pump until every one of `words` is on the screen."""
        return self.wait(lambda text: all(word in text for word in words), repr(words))

    def wait_gone(self, word: str) -> str:
        """Pump until `word` has left the screen."""
        return self.wait(lambda text: word not in text, f"{word!r} gone")

    def press(self, *keys: str) -> None:
        """Press named keys, or type the characters of anything else."""
        for key in keys:
            self.child.send(KEYS.get(key, key))

    def wait_end(self) -> int:
        """Pump until the program has ended; its exit status."""
        self.wait_ended()
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -(self.child.signalstatus or 0)

    def wait_ended(self) -> None:
        """Pump until the program has ended."""
        deadline = time.monotonic() + PATIENCE
        while self.pump():
            if time.monotonic() > deadline:
                raise AssertionError(f"never ended; the screen was:\n{self.text}")

    def close(self) -> None:
        """End the program whatever it is doing."""
        self.child.close(force=True)

    def hang_up(self) -> None:
        """Close the window: the program gets a hang-up signal."""
        self.child.kill(signal.SIGHUP)
