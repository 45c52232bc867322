"""`xtiger link`, `unlink` and `credit`: what a person decides about one record."""

from __future__ import annotations

import click

from xtiger.cli.app import App
from xtiger.cli.options import known_modules
from xtiger.console import json_option


@click.command()
@click.argument("module")
@click.argument("crm_id")
@click.argument("xero_id", required=False)
@click.option("--new", "as_new", is_flag=True, help="Create it in Xero as a new record anyway.")
@click.option("--alias", is_flag=True, help="One of both is linked: the other is the same again.")
@json_option
@click.pass_obj
def link(
    app: App, module: str, crm_id: str, xero_id: str | None, as_new: bool, alias: bool
) -> None:
    """Link the record CRM_ID of MODULE to the record XERO_ID, or create it as --new.

    XERO_ID ends the address of the record's page in Xero, after View/ or the word InvoiceID.
    """
    if as_new == (xero_id is not None):
        raise click.UsageError("Give the id of the record in Xero, or --new.")
    if as_new and alias:
        raise click.UsageError("An alias is not new: leave --new or --alias out.")
    (name,) = known_modules(app, (module,))
    sentence = app.xt.links.link(name, crm_id, xero_id, app.connection_id(), alias=alias)
    app.say(sentence)
    if app.as_json:
        app.emit({"module": name, "crm_id": crm_id, "xero_id": xero_id, "sentence": sentence})


@click.command()
@click.argument("module")
@click.argument("crm_id")
@click.argument("xero_id", required=False)
@click.option("--promote", metavar="CRM_ID", help="The alias that takes its place.")
@json_option
@click.pass_obj
def unlink(app: App, module: str, crm_id: str, xero_id: str | None, promote: str | None) -> None:
    """Take the link of the record CRM_ID of MODULE away; both records stay.

    With XERO_ID that of its alias in Xero.
    """
    (name,) = known_modules(app, (module,))
    app.xt.links.unlink(name, crm_id, app.connection_id(), xero_id=xero_id, promote=promote)
    app.say(
        app.words.sentence(
            "{module} {id} is no longer linked. Both records stay.", module=name, id=crm_id
        )
    )
    if app.as_json:
        app.emit({"module": name, "crm_id": crm_id, "linked": False})


@click.command()
@click.argument("module")
@click.argument("crm_id")
@json_option
@click.pass_obj
def credit(app: App, module: str, crm_id: str) -> None:
    """Have the record CRM_ID of MODULE, which gives money back, made a credit note in Xero."""
    (name,) = known_modules(app, (module,))
    sentence = app.xt.credits.make(name, crm_id, app.connection_id())
    app.say(sentence)
    if app.as_json:
        app.emit({"module": name, "crm_id": crm_id, "sentence": sentence})
