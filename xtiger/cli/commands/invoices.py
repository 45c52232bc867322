"""`xtiger invoice`: its online address, sending it from Xero, whether it was opened."""

from __future__ import annotations

import click

from xtiger.cli.app import App
from xtiger.cli.failure import RECORDS, Ended
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.model.customers.deliveries import CustomerResult

#: Results that are what was asked for.
_GOOD = frozenset({"online", "sent", "opened", "not_seen"})


@click.group()
def invoice() -> None:
    """Ask what Xero offers of an invoice that is in Xero."""


@invoice.command()
@click.argument("module")
@click.argument("record_id", metavar="ID")
@json_option
@click.pass_obj
def online(app: App, module: str, record_id: str) -> None:
    """Show the address that the customer of the invoice ID of MODULE opens."""
    (name,) = known_modules(app, (module,))
    _show(app, app.xt.invoices.online(name, record_id, app.connection_id()))


@invoice.command()
@click.argument("module")
@click.argument("record_id", metavar="ID")
@click.option("--again", type=click.IntRange(1), default=0, help="It was sent so often before.")
@json_option
@click.pass_obj
def send(app: App, module: str, record_id: str, again: int) -> None:
    """Let Xero e-mail the invoice ID of MODULE to its customer, once."""
    (name,) = known_modules(app, (module,))
    _show(app, app.xt.invoices.send(name, record_id, app.connection_id(), times=again))


@invoice.command()
@click.argument("module")
@click.argument("record_id", metavar="ID")
@json_option
@click.pass_obj
def opened(app: App, module: str, record_id: str) -> None:
    """Ask the history of the invoice ID of MODULE in Xero whether its customer opened it."""
    (name,) = known_modules(app, (module,))
    _show(app, app.xt.invoices.opened(name, record_id, app.connection_id()))


def _show(app: App, result: CustomerResult) -> None:
    # Its words are loaded only where something is said.
    from xtiger.panels.customers import said_result

    sentence = said_result(result, app.words, app.xt.clock.now())
    if app.as_json:
        app.emit({"code": result.code, "url": result.url, "at": result.at, "sentence": sentence})
    else:
        app.say(sentence)
    if result.code not in _GOOD:
        raise Ended(RECORDS)
