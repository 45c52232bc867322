"""Tables for the terminal, all alike."""

from __future__ import annotations

from collections.abc import Iterable

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from xtiger.cli.app import App


def columns(*headers: str, numbers: tuple[str, ...] = ()) -> Table:
    """A table with these headers; those in `numbers` follow, aligned to the right."""
    # A plan has ten columns of numbers, and a terminal 80 characters.
    gap = 1 if len(numbers) > 7 else 2
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for header in headers:
        table.add_column(Text(header), overflow="fold", vertical="bottom")
    for header in numbers:
        table.add_column(Text(header), justify="right", no_wrap=True, vertical="bottom")
    return table


def count(app: App, number: int) -> Text:
    """A number of a table; nothing to see is a dot."""
    return Text(app.words.number(number)) if number else Text("·", style="dim")


#: From this width on, what to do has a column of its own.
_WIDE = 120
#: Columns that the name of a record may take beside its sentence.
_NAME_WIDTH = 26


def troubles(app: App, rows: Iterable[tuple[str, str, str, str]]) -> Padding:
    """Why records are not in step, from rows of (name, why, what to do, code)."""
    wide = app.console.width >= _WIDE
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(
        overflow="ellipsis" if wide else "fold", max_width=None if wide else _NAME_WIDTH
    )
    table.add_column(overflow="fold", ratio=1 if wide else None)
    for name, why, fix, code in rows:
        said, step = Text(why), Text(fix, "bold").append(f"  {code}", "not bold dim")
        if wide:
            table.add_row(Text(name), said, step)
        else:
            table.add_row(Text(name), Text(" ").join([said, step]))
    return Padding(table, (0, 0, 0, 2))
