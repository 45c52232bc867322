"""`xtiger modules`: what is synced with what."""

from __future__ import annotations

import click

from xtiger.cli.app import App
from xtiger.cli.options import json_option


@click.command()
@json_option
@click.pass_obj
def modules(app: App) -> None:
    """List the modules that are synced."""
    found = app.xt.modules()
    if app.as_json:
        rows = [
            {"name": m.name, "label": m.label, "kind": m.kind, "needs": m.needs,
             "directions": m.directions}
            for m in found
        ]  # fmt: skip
        app.emit({"modules": rows})
        return
    # rich is slow to load.
    from xtiger.cli.tables import columns

    _ = app.words.translate
    table = columns(_("Module"), "", "Xero", _("after"))
    for module in found:
        ways = frozenset(module.directions)
        arrow = "↔" if len(ways) == 2 else "→" if "to_xero" in ways else "←"
        table.add_row(module.name, arrow, module.kind, ", ".join(module.needs))
    app.console.print(table)
