"""Tables for the terminal, all alike."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from xtiger.cli.app import App


def columns(*headers: str, numbers: tuple[str, ...] = ()) -> Table:
    """A table with these headers; those in `numbers` follow, aligned to the right."""
    # A plan has ten columns of numbers, and a terminal 80 characters.
    gap = 1 if len(numbers) > 7 else 2
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for header in headers:
        table.add_column(Text(header), overflow="fold", vertical="top")
    for header in numbers:
        table.add_column(Text(header), justify="right", no_wrap=True, vertical="bottom")
    return table


def count(app: App, number: int) -> Text:
    """A number of a table; nothing to see is a dot."""
    return Text(app.words.number(number)) if number else Text("·", style="dim")
