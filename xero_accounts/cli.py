"""The commands `xtiger accounts` and `xtiger taxes`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.table import Table
from rich.text import Text

from xero_accounts.choices import find_accounts, find_tax_rates
from xero_accounts.connection import choose
from xero_accounts.page import (
    ACCOUNT_COLUMNS,
    TAX_COLUMNS,
    account_cells,
    account_fields,
    tax_cells,
    tax_fields,
)
from xtiger.i18n.harmless import json_text

if TYPE_CHECKING:
    from rich.console import Console


def _remember(ctx: click.Context, _parameter: click.Parameter, chosen: bool) -> bool:
    # The command line tells errors as JSON too where a command was asked for it.
    if chosen:
        ctx.obj.as_json = True
    return chosen


@click.command()
@click.option("--type", "type_", default="", help="An account type or class, such as REVENUE.")
@click.option("--text", default="", help="Part of the name, code or description.")
@click.option("--active", is_flag=True, help="Leave archived accounts out.")
@click.option("--json", "as_json", is_flag=True, callback=_remember, help="Print one JSON object.")
@click.pass_context
def accounts(ctx: click.Context, type_: str, text: str, active: bool, as_json: bool) -> None:
    """List the chart of accounts as last read from Xero."""
    context = ctx.obj.context()
    chart = context.accounts(choose(context.connections(), ctx.obj.connection_id() or "").id)
    found = find_accounts(chart, type=type_, text=text, archived=not active)
    if as_json:
        _print_json("accounts", [account_fields(account) for account in found])
        return
    _print_table(ctx.obj.console, ACCOUNT_COLUMNS, [account_cells(account) for account in found])
    _print_count(len(found), len(chart), "accounts")


@click.command()
@click.option("--text", default="", help="Part of the name or tax type.")
@click.option("--active", is_flag=True, help="Leave archived tax rates out.")
@click.option("--json", "as_json", is_flag=True, callback=_remember, help="Print one JSON object.")
@click.pass_context
def taxes(ctx: click.Context, text: str, active: bool, as_json: bool) -> None:
    """List the tax rates as last read from Xero."""
    context = ctx.obj.context()
    rates = context.tax_rates(choose(context.connections(), ctx.obj.connection_id() or "").id)
    found = find_tax_rates(rates, text=text, archived=not active)
    if as_json:
        _print_json("tax_rates", [tax_fields(rate) for rate in found])
        return
    _print_table(ctx.obj.console, TAX_COLUMNS, [tax_cells(rate) for rate in found])
    _print_count(len(found), len(rates), "tax rates")


def _print_json(name: str, rows: list[dict[str, Any]]) -> None:
    click.echo(json_text({name: rows}))


def _print_table(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # Columns that nobody fills only make the others narrow.
    used = [i for i, _ in enumerate(columns) if any(row[i] for row in rows)]
    table = Table(*(columns[i] for i in used), box=None, header_style="bold")
    for row in rows:
        # Text, since names from Xero may hold square brackets, which rich takes for markup.
        table.add_row(*(Text(row[i]) for i in used))
    if rows:
        console.print(table)


def _print_count(found: int, total: int, what: str) -> None:
    if not total:
        click.echo(f"No {what} have been read from Xero yet. Read them: xtiger sync")
    else:
        click.echo(f"{found} of {total} {what}.")
