"""How far a long command is, told where somebody looks on."""

from collections.abc import Iterator
from contextlib import contextmanager

from store.bulk import Progress


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """A bar on standard error when that is a terminal; silent otherwise."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield lambda _done, _all: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, everything: bar.update(task, completed=done, total=everything)
