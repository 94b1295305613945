"""What the terminal sends, made into events; nothing that is typed, pasted or answered ends the reading."""

import time
from collections.abc import Callable, Iterable, Iterator

from textual import events
from textual._xterm_parser import BRACKETED_PASTE_END as END
from textual._xterm_parser import BRACKETED_PASTE_START as START
from textual._xterm_parser import XTermParser
from textual.keys import Keys
from textual.message import Message

LONGEST_PASTE = 1_000_000
"""Characters of one paste that are kept; what is beyond them is dropped, not typed."""
PASTE_PATIENCE = 3.0
"""Seconds without a character, after which a paste that was never ended counts as ended."""
BURST = 8
"""No key sends more characters: what comes at once after a paste that fell silent is the rest of it."""


class Reader:
    """Reads a terminal. A paste ends with its mark, after a pause, or by esc alone: its mark may be lost."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._sequences = _Sequences()
        self._tail = ""
        self._pasting = False
        self._pasted = 0
        self._silent = False
        """Whether a paste was ended by its silence: its rest may still come."""
        self._last = now()

    def read(self, text: str) -> list[Message]:
        """The events of what just came."""
        self._last = self._now()
        if self._silent:
            self._silent = False
            if START not in text and (END in text or len(text) > BURST):
                text = START + text
        seen = self._tail + text
        self._tail = seen[1 - len(END) :]
        if self._pasting and self._pasted > LONGEST_PASTE:
            at = seen.find(END)
            text = seen[at:] if at >= 0 else ""
        found = list(self._sequences.feed(text)) if text else []
        self._follow_paste(seen, found)
        return found

    def rest(self) -> list[Message]:
        """The events of nothing having come for a moment: an esc that begins no sequence, a paste's end."""
        found = list(self._sequences.tick())
        if self._pasting and (_has_esc(found) or self._now() - self._last >= PASTE_PATIENCE):
            self._silent = not _has_esc(found)
            return self._end_paste() or found
        return found

    def _end_paste(self) -> list[Message]:
        """The paste so far, without the esc that ended it."""
        self._pasting, self._tail = False, ""
        return [
            events.Paste(message.text.rstrip("\x1b")) if isinstance(message, events.Paste) else message
            for message in self._sequences.feed(END)
        ]

    def _follow_paste(self, seen: str, found: Iterable[Message]) -> None:
        """Know whether a paste is open, when in doubt that it is: to end one that is not does nothing."""
        begun, ended = seen.rfind(START), seen.rfind(END)
        if begun > ended:
            self._pasting, self._pasted = True, len(seen) - begun
        elif any(isinstance(message, events.Paste) for message in found):
            self._pasting = False
        elif begun >= 0:
            self._pasting, self._pasted = True, len(seen) - begun
        else:
            self._pasted += len(seen)


def _has_esc(found: Iterable[Message]) -> bool:
    return any(isinstance(message, events.Key) and message.key == "escape" for message in found)


class _Sequences(XTermParser):
    """The library's parser; what has no meaning is passed over, where the library would fail."""

    def parse_mouse_code(self, code: str) -> Message | None:
        """The event of a mouse, unless the window is said to have no pixels."""
        try:
            return super().parse_mouse_code(code)
        except ArithmeticError:
            return None

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterator[events.Key]:
        """The keys of a sequence; one that names a character that there is not is passed over whole."""
        try:
            keys = list(super()._sequence_to_key_events(sequence, alt))
        except (ValueError, OverflowError):
            keys = [events.Key(Keys.Ignore, sequence)]
        yield from (events.Key(Keys.Ignore, sequence) if _is_half(key.character) else key for key in keys)


def _is_half(character: str | None) -> bool:
    """Whether it holds half of a character, which can be neither kept nor painted."""
    return any("\ud800" <= char <= "\udfff" for char in character or "")
