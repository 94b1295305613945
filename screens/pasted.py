"""A paste of several lines into a line of typing: joined, or the first one taken and the others told of."""

from textual import events
from textual.widget import Widget

from screens.words import ngettext


def join_lines(event: events.Paste) -> None:
    """Make one line of the pasted ones, a blank between two."""
    pasted = _filled(event)
    event.text = " ".join(line.strip() for line in pasted) if len(pasted) > 1 else "".join(pasted)


def take_first_line(widget: Widget, event: events.Paste, instead: str = "") -> None:
    """Leave the first of the pasted lines, and say how many were left out.

    `instead` is where all of them can go, as half a sentence.
    """
    first, *others = _filled(event) or [""]
    event.text = first
    if others:
        count = len(others)
        words = ngettext("%s more line was not taken", "%s more lines were not taken", count) % f"{count:,}"
        told = f"{words}; {instead}." if instead else f"{words}."
        widget.notify(told, severity="warning", markup=False)


def _filled(event: events.Paste) -> list[str]:
    return [line for line in event.text.splitlines() if line.strip()]
