"""The short forms that a screen shows for want of room, in full: the help of that screen has them."""

from collections.abc import Mapping

from screens.words import _

_READY = _("all its users are enrolled, and at least one maker and one checker are")

SHORT_FORMS: Mapping[str, Mapping[str, str]] = {
    "users": {
        "+new": _("a new address waits beside the one in use: for its code, or for a checker"),
        "DA": _("Delegated Administrator, maker or checker: operations enter the address"),
    },
    "participants": {_("ready"): _READY},
    "board": {
        _("ready"): _READY,
        "P50": _("as likely before this day as after it, at the pace of the last working days"),
        "P90": _("nine times in ten reached by this day, at that pace"),
        _("+1 phase (3)"): _("a phase change waits for a second person of operations: press 3"),
    },
    "approvals": {
        "!": _("something is remarkable about the new address; its words stand below the list"),
        "●": _("selected; the rows of a plan are decided on together"),
    },
}
"""By the place, and by what stands there."""
