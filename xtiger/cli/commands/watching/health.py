"""`xtiger health`: whether the installation does its work; for those who watch servers."""

from __future__ import annotations

import click

from xtiger.cli.app import App
from xtiger.cli.failure import Ended
from xtiger.console import json_option

#: A person must act: nothing does what is due.
_NOT_WELL = 3


@click.command()
@json_option
@click.pass_obj
def health(app: App) -> None:
    """Say whether the database answers and something does what is due; ends with 3 if not."""
    found, words = app.xt.health(), app.words
    if app.as_json:
        app.emit(
            {
                "well": found.is_well,
                "store": found.has_store,
                "run": found.is_run,
                "ticked_at": found.ticked_at,
                "connected": found.connected,
                "ended": found.ended,
            }
        )
    else:
        _ = words.translate
        app.say(f"{'✓' if found.is_well else '▲'} {_('well') if found.is_well else _('not well')}")
        ago = words.ago(found.ticked_at, app.xt.clock.now()) if found.ticked_at else _("never")
        app.say(words.sentence("Something last did what was due: {ago}.", ago=ago))
        app.say(
            words.sentence(
                "{connected} connected, {ended} ended.",
                connected=found.connected,
                ended=found.ended,
            )
        )
    if not found.is_well:
        raise Ended(_NOT_WELL)
