"""`xtiger get` and `xtiger send`: one module, one way, and nothing else but what it needs."""

from __future__ import annotations

import click

from xtiger.cli.app import App
from xtiger.cli.commands.syncing import finish, synced_one_way
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.errors import UnknownModule
from xtiger.model.starting.historical import Way
from xtiger.model.starting.one_way import ONE_WAY, role_called


@click.command()
@click.argument("what")
@json_option
@click.pass_obj
def get(app: App, what: str) -> None:
    """Get WHAT from Xero: organisation, invoice, items, accounts, or a module."""
    if role_called(what, "to_crm") == "":
        _accounts(app)
        return
    _move(app, what, "to_crm")


@click.command()
@click.argument("what")
@json_option
@click.pass_obj
def send(app: App, what: str) -> None:
    """Send WHAT to Xero: organisation, invoice, products, or a module."""
    _move(app, what, "to_xero")


def _move(app: App, what: str, way: Way) -> None:
    finish(app, synced_one_way(app, [_module(app, what, way)], way))


def _module(app: App, what: str, way: Way) -> str:
    """The module that is called so; raises UnknownModule."""
    role = role_called(what, way)
    found = [one.name for one in app.xt.modules.all() if role and one.role == role]
    if found:
        return found[0]
    try:
        return known_modules(app, (what,))[0]
    except UnknownModule as error:
        words = [one.word for one in ONE_WAY if one.way == way]
        raise UnknownModule(what, [*words, *error.known]) from None


def _accounts(app: App) -> None:
    """Read the chart of accounts, the tax rates and the currencies."""
    one = app.xt.connections.get(app.connection_id())
    app.xt.sync.read_settings(one.id)
    count = len(app.xt.context().accounts(one.id))
    if app.as_json:
        app.emit({"accounts": count})
        return
    app.say(
        app.words.counted(
            "{count} account of Xero was read.", "{count} accounts of Xero were read.", count
        )
    )
