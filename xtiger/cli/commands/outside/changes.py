"""`xtiger changes`: what changed in Xero since a cursor, of the kept copies."""

from __future__ import annotations

from typing import Any

import click

from xtiger.cli.app import App
from xtiger.cli.options import shortened
from xtiger.console import json_option
from xtiger.model.outside.xero_changes import XeroChange
from xtiger.rules.kinds import nature


@click.command()
@click.option("--since", metavar="CURSOR", help="Where to go on; without it, all that is kept.")
@click.option("--kinds", "kinds", multiple=True, metavar="KIND", help="Only records of this kind.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 5000))
@json_option
@click.pass_obj
def changes(app: App, since: str | None, kinds: tuple[str, ...], limit: int) -> None:
    """List what changed in Xero since a cursor, each record once, as it is now.

    Xero is not asked: these are the copies that syncs keep. The last line is the cursor for the
    next time.
    """
    connection = app.connection_id() if since is None else None
    found = app.xt.changes(since, kinds, connection_id=connection, limit=limit)
    if app.as_json:
        described = [_described(one) for one in found.changes]
        app.emit({"changes": described, "cursor": found.cursor, "more": found.more})
        return
    words, _ = app.words, app.words.translate
    if found.changes:
        # rich is slow to load.
        from rich.text import Text

        from xtiger.cli.tables import columns

        table = columns(_("When"), _("Kind"), _("Name"), _("Xero id"), _("State"))
        now = app.xt.clock.now()
        for one in found.changes:
            name = Text(shortened(_name(one)))
            state = _("gone") if one.is_gone else ""
            table.add_row(words.ago(one.seen_at, now), one.kind, name, one.xero_id, state)
        app.console.print(table)
    else:
        app.say(_("Nothing changed."))
    if found.more:
        app.say(_("There is more: go on from the cursor."))
    app.say(words.sentence("Cursor: {cursor}", cursor=found.cursor))


def _name(change: XeroChange) -> str:
    """What people tell the record by, as far as Xero's element says it."""
    traits = nature(change.kind)
    fields = (traits.number_field, traits.name_field)
    return next((str(change.record[f]) for f in fields if f and change.record.get(f)), "")


def _described(change: XeroChange) -> dict[str, Any]:
    return {
        "connection": change.connection_id,
        "kind": change.kind,
        "xero_id": change.xero_id,
        "seen_at": change.seen_at,
        "gone": change.is_gone,
        "record": change.record,
    }
