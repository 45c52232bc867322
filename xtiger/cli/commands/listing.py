"""`xtiger list`: records that are read from Xero and not synced."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import click

from xtiger.cli.app import App
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.mapping.listing import ListedRecord, Listing
from xtiger.mapping.listings import LISTINGS
from xtiger.rules.kinds import LISTED


@click.command("list")
@click.argument("module")
@click.option("--status", default="", help="Only these, such as AUTHORISED.")
@json_option
@click.pass_obj
def list_(app: App, module: str, status: str) -> None:
    """List what was last read of MODULE, such as CreditNotes."""
    (name,) = known_modules(app, (module,), LISTED)
    connection = app.xt.connections.get(app.connection_id())
    found = [
        one
        for one in app.xt.modules.listed(name, connection.id)
        if status.upper() in ("", one.values.get("status"))
    ]
    if app.as_json:
        app.emit({"module": name, "records": [_described(one) for one in found]})
        return
    if found:
        _show(app, LISTINGS[LISTED[name].kind], found)
    elif app.xt.modules.settings(name, connection.id).enabled:
        app.say(app.words.translate("Nothing was found. Read it again: xtiger sync"))
    else:
        app.say(
            app.words.sentence(
                "{module} are not read. Switch them on: xtiger modules set {module} --enabled on",
                module=name,
            )
        )


def _described(one: ListedRecord) -> dict[str, Any]:
    return {"xero_id": one.xero_id, **one.values}


def _show(app: App, listing: Listing, found: Sequence[ListedRecord]) -> None:
    # rich is slow to load.
    from rich.text import Text

    from xtiger.cli.tables import columns

    _ = app.words.translate
    # Amounts stand last, at the right.
    shown = sorted(listing.columns, key=lambda column: column.amount)
    table = columns(
        *(_(column.label) for column in shown if not column.amount),
        numbers=tuple(_(column.label) for column in shown if column.amount),
    )
    for one in found:
        table.add_row(*(Text(_cell(one.values[column.name])) for column in shown))
    app.console.print(table)


def _cell(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return "" if value is None else str(value)
