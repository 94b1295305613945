"""The days one can look back to, as a line: the first, the one in view, today."""

from datetime import date

from rich.cells import cell_len
from textual.content import Content

from screens.times import hk_date
from screens.words import _


def slider_line(first: date, now: date, day: date | None, width: int) -> Content:
    """The line in `width` cells; `day` is None while the present is in view."""
    left, right = f"{hk_date(first)} ", " " + _("now")
    room = width - cell_len(left + right)
    if room < 3 or first >= now:
        return Content.styled(_("◂ ▸ look back once there is a day before today"), "$text-disabled")
    at = ((day or now) - first).days * (room - 1) // (now - first).days
    style = "bold $warning" if day else "$text-muted"
    return Content.assemble(
        (left, "$text-muted"), ("─" * at, "$text-disabled"), ("◆" if day else "●", style),
        ("─" * (room - 1 - at), "$text-disabled"), (right, "$text-muted" if day else "bold $foreground"),
    )  # fmt: skip
