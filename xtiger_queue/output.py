"""How the commands of the queue print: one sentence, a table, or one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from xtiger.i18n.harmless import json_text

if TYPE_CHECKING:
    from rich.console import Console


def _remember(ctx: click.Context, _parameter: click.Parameter, chosen: bool) -> bool:
    # The command line tells errors as JSON too where a command was asked for it.
    if chosen:
        ctx.obj.as_json = True
    return chosen


#: The option --json of every command.
JSON = click.option(
    "--json", "as_json", is_flag=True, callback=_remember, help="Print one JSON object."
)


def answer(as_json: bool, sentence: str, **data: Any) -> None:
    """Print the sentence, or the data as JSON."""
    if as_json:
        print_json(data)
    else:
        click.echo(sentence)


def print_json(data: dict[str, Any]) -> None:
    """Print one JSON object."""
    click.echo(json_text(data))


def print_table(console: Console, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows without the columns that nobody fills, which only make the others narrow."""
    used = [i for i, _ in enumerate(columns) if any(row[i] for row in rows)]
    table = Table(*(columns[i] for i in used), box=None, header_style="bold")
    for row in rows:
        # Text, since names of records may hold square brackets, which rich takes for markup.
        table.add_row(*(Text(row[i]) for i in used))
    console.print(table)
