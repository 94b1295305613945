"""Every user-facing sentence passes through here, so that a catalogue can translate it later."""

import gettext

_catalogue = gettext.translation("ccms_tui", fallback=True)


def _(message: str) -> str:
    """The sentence in the operator's language."""
    return _catalogue.gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """The sentence for `count` things."""
    return _catalogue.ngettext(one, many, count)
