"""A paste of several lines into a line of typing: joined, or the first one taken and the others told of."""

from textual import events
from textual.widget import Widget
from textual.widgets import Input

from screens.words import _, ngettext


def join_lines(line: Input, event: events.Paste) -> None:
    """Make one line of the pasted ones, a blank between two, and say when it has no room for all of it."""
    pasted = _filled(event)
    event.text = " ".join(each.strip() for each in pasted) if len(pasted) > 1 else "".join(pasted)
    start, end = sorted(line.selection)
    if line.max_length and len(event.text) > (room := line.max_length - len(line.value) + end - start):
        event.text = event.text[:room]
        words = _("The line takes %s characters; the rest of what was pasted was not taken.")
        line.notify(words % f"{line.max_length:,}", severity="warning", markup=False)


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
