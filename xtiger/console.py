"""How the commands of all four packages print: one JSON object, a table, or one sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xtiger.i18n.harmless import json_text

if TYPE_CHECKING:
    from rich.console import Console

Command = TypeVar("Command", bound=Callable[..., Any])


def json_option(command: Command) -> Command:
    """--json: one JSON object on standard output and nothing else; sets `as_json` of the `obj`.

    The command line reads it there, too: it prints errors as JSON then.
    """

    def remember(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
        if ctx.obj is not None and value:
            ctx.obj.as_json = True

    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        expose_value=False,
        callback=remember,
        is_eager=True,
        help="Print one JSON object, for scripts.",
    )(command)


def print_json(data: Mapping[str, Any]) -> None:
    """Print one JSON object; Decimals and times become text."""
    # Names in plain letters where the reader takes them, escaped where not.
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower()
    click.echo(json_text(plain(data), ascii_only=not encoding.startswith("utf")))


def print_result(ctx: click.Context, sentence: str, **data: Any) -> None:
    """Print the sentence, or with --json the data."""
    if ctx.obj.as_json:
        print_json(data)
    else:
        click.echo(sentence)


def plain(value: Any) -> Any:
    """A value as JSON writers take it: mappings, lists, text, whole numbers, yes and no."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def print_table(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows without the columns that nobody fills, which only make the others narrow."""
    # Drawing takes longer to load than most commands take, and `--help` draws nothing.
    from rich.table import Table
    from rich.text import Text

    used = [i for i, _ in enumerate(columns) if any(row[i] for row in rows)]
    table = Table(*(columns[i] for i in used), box=None, header_style="bold")
    for row in rows:
        # Text, since names of records may hold square brackets, which rich takes for markup.
        table.add_row(*(Text(row[i]) for i in used))
    if rows:
        console.print(table)
