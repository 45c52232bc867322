"""`xtiger terms`: what is agreed to before the first data moves."""

from __future__ import annotations

import click

from xtiger.cli.app import App, user
from xtiger.console import json_option


@click.command()
@click.option("--accept", is_flag=True, help="Accept them.")
@json_option
@click.pass_obj
def terms(app: App, accept: bool) -> None:
    """Show or accept the terms; nothing is synced before they are accepted."""
    _ = app.words.translate
    if accept:
        app.xt.connections.accept_terms(user())
    accepted = app.xt.connections.terms_accepted()
    if app.as_json:
        app.emit({"terms_accepted": accepted})
        return
    app.say(
        _(
            "Once set up, XTiger copies records of this CRM to Xero and back as its mapping says. "
            "You decide what is sent and check each plan. The software comes without warranty."
        )
    )
    if accepted:
        app.say(_("The terms are accepted."))
    else:
        app.say(_("Accept them: xtiger terms --accept"))
