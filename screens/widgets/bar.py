"""A bar of a fixed number of cells, exact to the eighth of a cell."""

from rich.text import Text

EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(done: int, begun: int, whole: int, width: int) -> Text:
    """`done` of `whole` as a block, what is `begun` beyond it as a line, the rest as a faint one."""
    if whole <= 0:
        return Text("─" * width, "text-disabled")
    eighths = done * width * 8 // whole
    full, part = divmod(eighths, 8)
    block = "█" * full + (EIGHTHS[part] if part else "")
    reached = max(len(block), begun * width // whole)
    text = Text(block, "bar")
    return text.append("━" * (reached - len(block)), "primary").append(
        "─" * (width - reached), "text-disabled"
    )


def percent(part: int, whole: int) -> str:
    """A share in whole percent, rounded, halves up; 100% means all of them and 0% none."""
    if not whole:
        return "–"
    rounded = (200 * part + whole) // (2 * whole)
    return f"{rounded if part in (0, whole) else max(1, min(99, rounded))}%"
