"""What XeroAccounts adds to the library: its name and the hooks it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xero_accounts import choices, page, panel, related
from xtiger.hookspecs import (
    ExtensionInfo,
    MenuEntry,
    PageAction,
    PageSpec,
    PanelRow,
    hookimpl,
)
from xtiger.i18n.language import language
from xtiger.i18n.process_log import process_log

if TYPE_CHECKING:
    from click import Command

    from xtiger.model.connections import Connection
    from xtiger.model.records import Choice, Record
    from xtiger.ports import Context

EXTENSION = ExtensionInfo(
    name="XeroAccounts",
    label="Xero Accounts",
    package="xero_accounts",
    requires=("XTiger",),
)


@hookimpl
def pages() -> Sequence[PageSpec]:
    """The chart of accounts, the tax rates, and the accounts of one record."""
    refresh = PageAction(page.REFRESH, "Read from Xero now", page.press_refresh, of_page=True)
    of_record = (
        PageAction(related.CHOOSE, "Choose it", related.press_choose),
        PageAction(related.TAKE, "Take away", related.press_take),
    )
    return [
        PageSpec("accounts", page.ACCOUNTS_TITLE, page.accounts_page, (refresh,)),
        PageSpec("taxes", page.TAXES_TITLE, page.taxes_page, (refresh,)),
        PageSpec(related.PAGE, related.TITLE, related.load, of_record, listed=False),
    ]


@hookimpl
def menu() -> Sequence[MenuEntry]:
    """The accounts; the overview leads to the tax rates."""
    return [MenuEntry(page.ACCOUNTS_TITLE, "accounts")]


@hookimpl
def cli_commands() -> Sequence[Command]:
    """The commands `accounts` and `taxes`."""
    # Only the command line needs click and rich.
    from xero_accounts.cli import accounts, taxes

    return [accounts, taxes]


@hookimpl
def pick_lists(context: Context, connection: Connection, name: str) -> Sequence[Choice]:
    """The accounts or tax rates that fit the field, active ones only."""
    return choices.choices(name, context.accounts(connection.id), context.tax_rates(connection.id))


@hookimpl
def panel_rows(
    context: Context, connection: Connection | None, module: str, record: Record
) -> Sequence[PanelRow]:
    """The record's accounts by name, to see, choose and take away."""
    described = next((m for m in context.host.modules() if m.name == module), None)
    if connection is None or described is None:
        return []
    words = language(context.locale)
    rows = panel.account_rows(described, record, context.accounts(connection.id), words)
    return [*rows, panel.related_row(record, words)] if rows else []


@hookimpl
def post_install(context: Context) -> None:
    """Say in the event log for which organisations a chart is there already."""
    log = process_log("xero_accounts")
    for tenant in context.tenants():
        own = context.for_tenant(tenant)
        for connection in own.connections():
            count = len(own.accounts(connection.id))
            log.info("%s accounts of connection %s are ready", count, connection.id)
