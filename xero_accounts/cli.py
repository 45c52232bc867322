"""The commands `xtiger accounts` and `xtiger taxes`."""

from __future__ import annotations

import click

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
from xtiger.console import json_option, print_json, print_table
from xtiger.i18n.language import language


@click.command()
@click.option("--type", "type_", default="", help="An account type or class, such as REVENUE.")
@click.option("--text", default="", help="Part of the name, code or description.")
@click.option("--active", is_flag=True, help="Leave archived accounts out.")
@json_option
@click.pass_context
def accounts(ctx: click.Context, type_: str, text: str, active: bool) -> None:
    """List the chart of accounts as last read from Xero."""
    context = ctx.obj.context()
    chart = context.accounts(choose(context.connections(), ctx.obj.connection_id() or "").id)
    found = find_accounts(chart, type=type_, text=text, archived=not active)
    if ctx.obj.as_json:
        print_json({"accounts": [account_fields(account) for account in found]})
        return
    words = language(context.locale)
    heads = [words.translate(column) for column in ACCOUNT_COLUMNS]
    print_table(ctx.obj.console, heads, [account_cells(account, words) for account in found])
    _print_count(len(found), len(chart), "accounts")


@click.command()
@click.option("--text", default="", help="Part of the name or tax type.")
@click.option("--active", is_flag=True, help="Leave archived tax rates out.")
@json_option
@click.pass_context
def taxes(ctx: click.Context, text: str, active: bool) -> None:
    """List the tax rates as last read from Xero."""
    context = ctx.obj.context()
    rates = context.tax_rates(choose(context.connections(), ctx.obj.connection_id() or "").id)
    found = find_tax_rates(rates, text=text, archived=not active)
    if ctx.obj.as_json:
        print_json({"tax_rates": [tax_fields(rate) for rate in found]})
        return
    words = language(context.locale)
    heads = [words.translate(column) for column in TAX_COLUMNS]
    print_table(ctx.obj.console, heads, [tax_cells(rate, words) for rate in found])
    _print_count(len(found), len(rates), "tax rates")


def _print_count(found: int, total: int, what: str) -> None:
    if not total:
        click.echo(f"No {what} have been read from Xero yet. Read them: xtiger sync")
    else:
        click.echo(f"{found} of {total} {what}.")
