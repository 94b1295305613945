"""How a code is read while it is typed."""

from textual.content import Content

from screens.paint import muted
from screens.words import _
from store.rules import codes


def reads_as(typed: str) -> Content:
    """The code as it is meant, whatever case, spaces and look-alikes it was typed with."""
    meant = codes.normalise(typed)
    return muted(_("reads as %s") % codes.format(meant)) if meant else Content("")
