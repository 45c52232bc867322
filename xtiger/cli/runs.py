"""`xtiger runs`: what the last syncs did."""

from __future__ import annotations

import click

from xtiger.cli.app import App
from xtiger.cli.options import json_option


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@json_option
@click.pass_obj
def runs(app: App, limit: int) -> None:
    """List the last runs, newest first."""
    # The results and their order are those of `sync`.
    from xtiger.cli.syncing import describe, seconds, total

    wanted = app.connection_id()
    found = [run for run in app.xt.runs(limit) if wanted in (None, run.connection_id)]
    if app.as_json:
        app.emit({"runs": [describe(run) for run in found]})
        return
    words, _ = app.words, app.words.translate
    if not found:
        app.say(_("Nothing was synced yet. See what a sync would do: xtiger plan"))
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns, count

    shown = ("created", "updated", "linked", "held", "failed")
    headers = ("s", _("calls"), *(_(result) for result in shown))
    table = columns(_("Started"), _("State"), _("Started by"), numbers=headers)
    now = app.xt.clock.now()
    for run in found:
        totals = total(run)
        table.add_row(
            words.ago(run.started_at, now), _(run.state), _(run.trigger),
            count(app, seconds(run)), count(app, run.calls),
            *(count(app, totals.get(result, 0)) for result in shown),
        )  # fmt: skip
    app.console.print(table)
    for run in found:
        if run.error:
            app.say(f"▲ {words.ago(run.started_at, now)}: {run.error}")
