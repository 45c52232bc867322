"""Progress bars on a terminal; nothing in a pipe and nothing with --json."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from xtiger.cli.app import App

#: Called with (module, done, total).
Report = Callable[[str, int, int], None]


@contextmanager
def shown_progress(app: App) -> Iterator[Report]:
    """One bar per module while the block runs; nothing is shown where nobody watches."""
    if app.as_json or not app.errors.is_terminal:
        yield lambda _module, _done, _total: None
        return
    bars: dict[str, TaskID] = {}
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(24),
        MofNCompleteColumn(separator="/"),
        console=app.errors,
    ) as progress:

        def report(module: str, done: int, total: int) -> None:
            if module not in bars:
                bars[module] = progress.add_task(module, total=total)
            progress.update(bars[module], completed=done, total=total)

        yield report
