"""The commands `xtiger accounts` and `xtiger taxes`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
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


@click.command()
@click.option("--type", "type_", default="", help="An account type or class, such as REVENUE.")
@click.option("--text", default="", help="Part of the name, code or description.")
@click.option("--connection", default="", help="Name or id of the Xero organisation.")
@click.option("--active", is_flag=True, help="Leave archived accounts out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def accounts(
    ctx: click.Context, type_: str, text: str, connection: str, active: bool, as_json: bool
) -> None:
    """List the chart of accounts as last read from Xero."""
    context = ctx.obj.context()
    chart = context.accounts(choose(context.connections(), connection).id)
    found = find_accounts(chart, type=type_, text=text, archived=not active)
    if as_json:
        _print_json(account_fields(account) for account in found)
        return
    _print_table(ACCOUNT_COLUMNS, [account_cells(account) for account in found])
    _print_count(len(found), len(chart), "accounts")


@click.command()
@click.option("--text", default="", help="Part of the name or tax type.")
@click.option("--connection", default="", help="Name or id of the Xero organisation.")
@click.option("--active", is_flag=True, help="Leave archived tax rates out.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def taxes(ctx: click.Context, text: str, connection: str, active: bool, as_json: bool) -> None:
    """List the tax rates as last read from Xero."""
    context = ctx.obj.context()
    rates = context.tax_rates(choose(context.connections(), connection).id)
    found = find_tax_rates(rates, text=text, archived=not active)
    if as_json:
        _print_json(tax_fields(rate) for rate in found)
        return
    _print_table(TAX_COLUMNS, [tax_cells(rate) for rate in found])
    _print_count(len(found), len(rates), "tax rates")


def _print_json(rows: Iterable[dict[str, Any]]) -> None:
    click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # Columns that nobody fills only make the others narrow.
    used = [i for i, _ in enumerate(columns) if any(row[i] for row in rows)]
    table = Table(*(columns[i] for i in used))
    for row in rows:
        # Text, since names from Xero may hold square brackets, which rich takes for markup.
        table.add_row(*(Text(row[i]) for i in used))
    if rows:
        Console().print(table)


def _print_count(found: int, total: int, what: str) -> None:
    if not total:
        click.echo(f"No {what} have been read from Xero yet. Read them: xtiger sync")
    else:
        click.echo(f"{found} of {total} {what}.")
