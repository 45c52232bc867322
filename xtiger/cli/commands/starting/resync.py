"""`xtiger resync`: records read again from both sides and compared anew, field by field."""

from __future__ import annotations

import click

from xtiger.cli.app import App, user
from xtiger.cli.commands.syncing import finish
from xtiger.cli.options import known_modules
from xtiger.console import json_option


@click.command()
@click.argument("module")
@click.argument("ids", nargs=-1, metavar="[CRM_ID]...")
@json_option
@click.pass_obj
def resync(app: App, module: str, ids: tuple[str, ...]) -> None:
    """Read all records of MODULE again, or those of CRM_ID, and compare every field anew.

    Nothing is overwritten blindly: what both sides changed is merged, or asked for.
    """
    # rich is slow to load.
    from xtiger.cli.progress import shown_progress

    (name,) = known_modules(app, (module,))
    with shown_progress(app) as progress:
        run = app.xt.sync.resync(name, ids, app.connection_id(), progress=progress, by=user())
    finish(app, run)
