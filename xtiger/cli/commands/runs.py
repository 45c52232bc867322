"""`xtiger runs`: what the last syncs did."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from xtiger.cli.app import App
from xtiger.cli.options import known_modules
from xtiger.console import json_option
from xtiger.model.plans import AGREED, PROOF

if TYPE_CHECKING:
    from xtiger.model.runs import Run


@click.command()
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@json_option
@click.pass_obj
def runs(app: App, modules: tuple[str, ...], limit: int) -> None:
    """List the last runs, newest first; with MODULE only what they did there."""
    # The results and their order are those of `sync`.
    from xtiger.cli.commands.syncing import describe, seconds

    wanted = app.connection_id()
    found = app.xt.sync.runs(limit, wanted)
    if modules:
        names = known_modules(app, modules)
        found = [_of_modules(run, names) for run in found if set(names) & set(run.modules)]
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
        totals = run.totals
        table.add_row(
            words.ago(run.started_at, now),
            _(run.state),
            _(run.trigger),
            count(app, seconds(run)),
            count(app, run.calls),
            *(count(app, totals.get(result, 0)) for result in shown),
        )
    app.console.print(table)
    for run in found:
        _say(app, run, words.ago(run.started_at, now))


def _say(app: App, run: Run, ago: str) -> None:
    """What a proof found, or what stopped a sync."""
    if run.trigger == PROOF:
        # The proof's words are loaded only where one was run.
        from xtiger.panels.proof import proof_said

        sign = "✓" if run.state == AGREED else "≠"
        app.say(f"{sign} {ago}: {proof_said(app.words, run, 'command')}")
    elif run.error:
        app.say(f"▲ {ago}: {run.error}")


def _of_modules(run: Run, names: Collection[str]) -> Run:
    """The run with the counts of these modules alone."""
    return replace(run, counts={m: found for m, found in run.counts.items() if m in names})
