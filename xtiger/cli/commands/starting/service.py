"""`xtiger service`: what does the work in the background, what it needs, and whether it runs."""

from __future__ import annotations

from collections.abc import Mapping

import click

from xtiger.cli.app import App, user
from xtiger.console import json_option
from xtiger.model.starting.service import SERVICES, ServiceName, ServiceState

#: What has to be set up for each.
SET_UP: Mapping[ServiceName, str] = {
    "process": "Start it where the CRM opens the library, in one process only:",
    "cron": "Put this into the crontab of the CRM's user:",
    "worker": "Let systemd keep it running, as docs/deployment.md shows:",
}


@click.group(invoke_without_command=True)
@json_option
@click.pass_obj
@click.pass_context
def service(ctx: click.Context, app: App) -> None:
    """Show what does the work in the background, and whether it runs."""
    if ctx.invoked_subcommand is None:
        _show(app, app.xt.service.state())


@service.command("set")
@click.argument("name", type=click.Choice(SERVICES))
@json_option
@click.pass_obj
def choose(app: App, name: ServiceName) -> None:
    """Choose it: process, cron or worker; shows what has to be set up."""
    _show(app, app.xt.service.choose(name, user()))


def _show(app: App, state: ServiceState) -> None:
    from xtiger.i18n.service_text import MEANT, spoken_running
    from xtiger.services.syncing.service import set_up  # slow to load

    lines = set_up(state.chosen, app.xt.settings) if state.chosen else ()
    if app.as_json:
        app.emit(
            {
                "chosen": state.chosen,
                "by": state.by,
                "last": state.last,
                "looked_at": state.looked_at.isoformat() if state.looked_at else None,
                "is_running": state.is_running,
                "set_up": list(lines),
            }
        )
        return
    words = app.words
    if state.chosen:
        what = words.translate(MEANT[state.chosen])
        app.say(words.sentence("Chosen: {what}", what=what))
    else:
        known = ", ".join(SERVICES)
        app.say(words.sentence("Nothing is chosen yet. Choose one of: {known}", known=known))
    app.say(spoken_running(state, words, app.xt.clock.now()))
    if state.chosen and not (state.is_running and state.last == state.chosen):
        app.say(words.translate(SET_UP[state.chosen]))
        for line in lines:
            app.say(f"  {line}")
